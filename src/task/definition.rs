//! The definition of a task, as a lab file states it, and the data that follow from it.

use serde::{Deserialize, Serialize};

use super::chaos::ChaosTask;
use super::data::TaskData;
use super::error::TaskError;
use super::family::Family;
use super::feynman::FeynmanTask;
use super::file::FileTask;
use super::harmonic::HarmonicTask;
use super::law::Law;
use super::polynomial::PolynomialTask;
use super::process::ProcessTask;
use super::region::Region;
use super::sizes::Sizes;
use super::standardisation::{RawSet, RawTask};
use crate::numerics::stream::Key;

/// The largest mean squared target, in training variances, that a shell may have if it ends at
/// [`JUDGED_SHELLS`] or nearer.
pub const LARGEST_MEAN_SQUARE: f64 = 50.0;

/// The farthest end, in half-widths, of a shell whose targets are bounded by
/// [`LARGEST_MEAN_SQUARE`]. Shells beyond it are for experiments, and their targets may grow
/// without limit.
pub const JUDGED_SHELLS: f64 = 1.5;

/// How many draws of a random law are tried before a task counts as explosive.
const MOST_DRAWS: u64 = 200;

/// A given law is judged by this many fixed points of the training region, and of each shell.
const JUDGING_POINTS: usize = 2048;

/// One `[[task]]` table of a lab file; `family` says which of the six it is, and the other keys are
/// that family's.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(tag = "family", rename_all = "lowercase")]
pub enum TaskDefinition {
    /// A random polynomial.
    Polynomial(PolynomialTask),
    /// A spherical harmonic, or a random mixture of them.
    Harmonic(HarmonicTask),
    /// An equation of the Feynman tables.
    Feynman(FeynmanTask),
    /// A chaotic system's flow map, iterates of its map, or its vector field.
    Chaos(ChaosTask),
    /// A draw of a Gaussian process.
    Process(ProcessTask),
    /// Tables of the user's own.
    File(FileTask),
}

/// Where a task's law comes from.
enum Source {
    /// From the task's key: another key draws another.
    Drawn,
    /// From the fixed stream of this number.
    Pinned(u64),
    /// From the definition, which leaves nothing to draw.
    Given,
    /// From the definition and the system's own box, in whose reach states stay bounded.
    Bounded,
}

impl TaskDefinition {
    /// The task's name, by which records and seeds refer to it.
    pub fn name(&self) -> &str {
        match self {
            TaskDefinition::Polynomial(task) => &task.name,
            TaskDefinition::Harmonic(task) => &task.name,
            TaskDefinition::Feynman(task) => &task.name,
            TaskDefinition::Chaos(task) => &task.name,
            TaskDefinition::Process(task) => &task.name,
            TaskDefinition::File(task) => &task.name,
        }
    }

    /// The family of the task.
    pub fn family(&self) -> Family {
        match self {
            TaskDefinition::Polynomial(_) => Family::Polynomial,
            TaskDefinition::Harmonic(_) => Family::Harmonic,
            TaskDefinition::Feynman(_) => Family::Feynman,
            TaskDefinition::Chaos(_) => Family::Chaos,
            TaskDefinition::Process(_) => Family::Process,
            TaskDefinition::File(_) => Family::File,
        }
    }

    /// Checks that the definition describes a task that exists, without drawing or reading it.
    ///
    /// # Errors
    /// The first field that is wrong, with what was wanted and found.
    pub fn check(&self) -> Result<(), TaskError> {
        if self.name().is_empty() {
            return Err(TaskError::BadField {
                task: String::new(),
                field: "name",
                wanted: "a word".into(),
                found: "nothing".into(),
            });
        }
        match self {
            TaskDefinition::Polynomial(task) => task.check(),
            TaskDefinition::Harmonic(task) => task.check(),
            TaskDefinition::Feynman(task) => task.check(),
            TaskDefinition::Chaos(task) => task.check(),
            TaskDefinition::Process(task) => task.check(),
            TaskDefinition::File(task) => task.check(),
        }
    }

    /// The paths of the task's files as the definition writes them; empty for families that are
    /// computed.
    pub fn files(&self) -> Vec<&str> {
        match self {
            TaskDefinition::File(task) => task.files(),
            _ => Vec::new(),
        }
    }

    /// Reads the task's files, each by one call of `read` with its path as the definition writes
    /// it; [`TaskDefinition::generate`] needs them. Does nothing for families that are computed.
    ///
    /// # Errors
    /// What [`TaskDefinition::check`] refuses of a file task, what `read` says, and tables that are
    /// no table of numbers: with file, row and column.
    pub fn load(
        &mut self,
        read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<(), TaskError> {
        match self {
            TaskDefinition::File(task) => task.load(read),
            _ => Ok(()),
        }
    }

    /// What [`TaskDefinition::load`] left out of a task's tables as an index: the training file as
    /// the definition writes it, and its columns in words; `None` where nothing was.
    pub fn index_left_out(&self) -> Option<(&str, &[String])> {
        match self {
            TaskDefinition::File(task) => task.index_left_out(),
            _ => None,
        }
    }

    /// Makes an index column an input when the task is loaded, as it was before there was a rule
    /// for it.
    pub fn take_index(&mut self) {
        if let TaskDefinition::File(task) = self {
            task.take_index();
        }
    }

    /// The region of the task's inputs, before standardising.
    ///
    /// # Errors
    /// The definition has an unknown name, or is a file task, whose inputs are rows.
    pub fn region(&self) -> Result<Region, TaskError> {
        match self {
            TaskDefinition::Polynomial(task) => Ok(task.region()),
            TaskDefinition::Harmonic(task) => Ok(task.region()),
            TaskDefinition::Feynman(task) => task.region(),
            TaskDefinition::Chaos(task) => task.region(),
            TaskDefinition::Process(task) => Ok(task.region()),
            TaskDefinition::File(task) => Err(TaskError::NoLaw {
                task: task.name.clone(),
            }),
        }
    }

    /// The law that `key` draws. Every key gives the same Feynman equation, chaotic system, single
    /// harmonic or pinned law.
    ///
    /// # Errors
    /// The definition has an unknown name, or is a file task, whose targets are rows.
    pub fn law(&self, key: &Key) -> Result<Box<dyn Law>, TaskError> {
        match self.source() {
            Source::Pinned(number) => self.draw(&pinned(number).number(0)),
            _ => self.draw(key),
        }
    }

    fn draw(&self, key: &Key) -> Result<Box<dyn Law>, TaskError> {
        Ok(match self {
            TaskDefinition::Polynomial(task) => Box::new(task.draw(key)),
            TaskDefinition::Harmonic(task) => Box::new(task.draw(key)),
            TaskDefinition::Feynman(task) => Box::new(task.draw()?),
            TaskDefinition::Chaos(task) => Box::new(task.draw()?),
            TaskDefinition::Process(task) => Box::new(task.draw(key)),
            TaskDefinition::File(task) => {
                return Err(TaskError::NoLaw {
                    task: task.name.clone(),
                })
            }
        })
    }

    fn source(&self) -> Source {
        let drawn = |draw: Option<u64>| draw.map_or(Source::Drawn, Source::Pinned);
        match self {
            TaskDefinition::Polynomial(task) => drawn(task.draw),
            TaskDefinition::Harmonic(task) if task.is_single() => Source::Given,
            TaskDefinition::Harmonic(task) => drawn(task.draw),
            TaskDefinition::Feynman(_) | TaskDefinition::File(_) => Source::Given,
            TaskDefinition::Chaos(_) => Source::Bounded,
            TaskDefinition::Process(_) => Source::Drawn,
        }
    }

    /// How many half-widths the shells may reach, and what ends there.
    fn reach(&self) -> Result<(f64, &'static str), TaskError> {
        match self {
            TaskDefinition::Polynomial(_)
            | TaskDefinition::Process(_)
            | TaskDefinition::File(_) => Ok((f64::INFINITY, "")),
            TaskDefinition::Harmonic(task) => Ok(task.reach()),
            TaskDefinition::Feynman(task) => Ok(task.reach()),
            TaskDefinition::Chaos(task) => task.reach(),
        }
    }

    /// The task's data: a pure function of (definition, key, sizes), and of the files' contents for
    /// a file task. The key should name the campaign's seed and the task, so that two tasks differ;
    /// another key is another draw of the same law and other points.
    ///
    /// Points are uniform in the training region and in each shell. Inputs and targets are
    /// standardised by the mean and standard deviation of the training part, in 64-bit arithmetic,
    /// and rounded to 32 bits last.
    ///
    /// A law is admitted where its training targets vary and no shell up to [`JUDGED_SHELLS`]
    /// exceeds [`LARGEST_MEAN_SQUARE`]. A random law is judged by the task's own points and drawn
    /// again from the key's next stream where it fails. A given or pinned law is judged by fixed
    /// points, the same for every key, so that a lab fails at every seed or at none; a pinned one
    /// is drawn again from its fixed stream. A chaotic system is not judged: its reach keeps its
    /// states bounded. Neither is a file task, whose rows are what the user wants to measure on.
    ///
    /// # Errors
    /// What [`TaskDefinition::check`] and [`Sizes::check`] refuse; shells beyond the law's range;
    /// targets that do not exist, are not finite, are constant, or explode (in every draw, where
    /// the law is drawn); files that were not loaded, or hold too few rows.
    pub fn generate(&self, key: &Key, sizes: &Sizes) -> Result<TaskData, TaskError> {
        self.check()?;
        sizes.check()?;
        let raw = match self {
            TaskDefinition::File(task) => task.raw(key, sizes)?,
            _ => self.tabulated(key, sizes)?,
        };
        raw.standardised(self.name(), self.family())
    }

    fn tabulated(&self, key: &Key, sizes: &Sizes) -> Result<RawTask, TaskError> {
        let (reach, reason) = self.reach()?;
        // The slack lets a shell end exactly at a reach that is a quotient of decimals.
        if sizes.reach() > reach * (1.0 + 1e-9) {
            return Err(TaskError::BeyondReach {
                task: self.name().to_string(),
                outer: sizes.reach(),
                reach,
                reason,
            });
        }
        let region = self.region()?;
        let points = Points::draw(&region, key, sizes);
        let fixed = || {
            let shells = sizes
                .shells
                .iter()
                .copied()
                .filter(|(_, outer)| *outer <= JUDGED_SHELLS)
                .collect();
            let sizes = Sizes {
                train: JUDGING_POINTS,
                in_distribution: 1,
                shell: JUDGING_POINTS,
                shells,
            };
            Points::draw(&region, &Key::new(0).word("judging points"), &sizes)
        };
        let law = match self.source() {
            Source::Drawn => return Ok(self.admitted(&key.word("law"), MOST_DRAWS, &points)?.1),
            Source::Pinned(number) => self.admitted(&pinned(number), MOST_DRAWS, &fixed())?.0,
            Source::Given => self.admitted(key, 1, &fixed())?.0,
            Source::Bounded => self.draw(key)?,
        };
        self.tabulate(&points, law.as_ref(), None)
    }

    /// The first of up to `draws` laws of `key` that is admitted by `points`, and its targets
    /// there.
    fn admitted(
        &self,
        key: &Key,
        draws: u64,
        points: &Points,
    ) -> Result<(Box<dyn Law>, RawTask), TaskError> {
        for draw in 0..draws {
            let law = self.draw(&key.number(draw))?;
            match self.tabulate(points, law.as_ref(), Some(draw + 1)) {
                Err(TaskError::Explosive { .. } | TaskError::Constant { .. })
                    if draw + 1 < draws =>
                {
                    continue
                }
                Err(error) => return Err(error),
                Ok(raw) => return Ok((law, raw)),
            }
        }
        unreachable!("the last draw returns")
    }

    /// The law's targets at all points; `judged` is the number of draws that a refusal names, where
    /// the law is to be judged by these points.
    fn tabulate(
        &self,
        points: &Points,
        law: &dyn Law,
        judged: Option<u64>,
    ) -> Result<RawTask, TaskError> {
        let train = self.targets(law, points.dimension, &points.train)?;
        let (dimension, in_distribution) = (points.dimension, RawSet::default());
        let mut raw = RawTask {
            dimension,
            train,
            in_distribution,
            shells: Vec::new(),
        };
        let scale = raw.target_scale(self.name())?;
        for (inner, outer, inputs) in &points.shells {
            let shell = self.targets(law, dimension, inputs)?;
            let found = scale.mean_square(&shell.targets);
            if let Some(draws) =
                judged.filter(|_| *outer <= JUDGED_SHELLS && found > LARGEST_MEAN_SQUARE)
            {
                return Err(TaskError::Explosive {
                    task: self.name().to_string(),
                    found,
                    allowed: LARGEST_MEAN_SQUARE,
                    draws,
                });
            }
            raw.shells.push((*inner, *outer, shell));
        }
        raw.in_distribution = self.targets(law, dimension, &points.in_distribution)?;
        Ok(raw)
    }

    fn targets(
        &self,
        law: &dyn Law,
        dimension: usize,
        inputs: &[f64],
    ) -> Result<RawSet, TaskError> {
        let point = |index: usize| inputs[index * dimension..(index + 1) * dimension].to_vec();
        let targets = law
            .targets(inputs, dimension)
            .map_err(|(index, undefined)| TaskError::Undefined {
                task: self.name().to_string(),
                point: point(index),
                reason: undefined.0,
            })?;
        match targets.iter().position(|target| !target.is_finite()) {
            Some(index) => Err(TaskError::NotFinite {
                task: self.name().to_string(),
                point: point(index),
                value: targets[index],
            }),
            None => Ok(RawSet {
                inputs: inputs.to_vec(),
                targets,
            }),
        }
    }
}

/// The stream of streams of the pinned laws of a number.
fn pinned(number: u64) -> Key {
    Key::new(0).word("pinned law").number(number)
}

/// The raw inputs of every set of a task, row-major.
struct Points {
    dimension: usize,
    train: Vec<f64>,
    in_distribution: Vec<f64>,
    /// With the radii.
    shells: Vec<(f64, f64, Vec<f64>)>,
}

impl Points {
    fn draw(region: &Region, key: &Key, sizes: &Sizes) -> Points {
        let key = key.word("points");
        let draw = |key: Key, count: usize, inner: f64, outer: f64| {
            let mut stream = key.stream();
            (0..count)
                .flat_map(|_| region.sample(&mut stream, inner, outer))
                .collect()
        };
        let shell = |(i, &(inner, outer)): (u64, &(f64, f64))| {
            (
                inner,
                outer,
                draw(key.word("shell").number(i), sizes.shell, inner, outer),
            )
        };
        Points {
            dimension: region.dimension(),
            train: draw(key.word("train"), sizes.train, 0.0, 1.0),
            in_distribution: draw(key.word("in_distribution"), sizes.in_distribution, 0.0, 1.0),
            shells: (0u64..).zip(&sizes.shells).map(shell).collect(),
        }
    }
}
