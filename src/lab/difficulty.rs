//! How hard a task is, and whether it can tell activations apart: references from a constant to
//! networks, and what is suspicious about them.

use std::fmt;

use super::laboratory::TrialAddress;
use crate::record::evaluation::Trial;
use crate::task::definition::LARGEST_MEAN_SQUARE;
use crate::task::{Split, TaskData};

/// A task is learnt where the reference's in-distribution loss is below this share of the targets'
/// variance.
pub const LEARNT: f64 = 0.05;
/// The reference must stay below this share of the constant's out-of-distribution loss.
pub const BETTER_THAN_CONSTANT: f64 = 0.9;
/// The log ratio of two activations must vary less than this from seed to seed.
pub const NOISIEST: f64 = 0.5;
/// Activations whose log losses spread less than this are not told apart, however little noise
/// there is.
pub const LEAST_SPREAD: f64 = 0.05;
/// No loss counts for more than this many times the constant's: a diverged trial counts so.
const WORST: f64 = 4.5;

/// What the targets of a set are like, in units of the training targets' standard deviation.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct TargetStatistics {
    pub rows: usize,
    pub mean: f64,
    pub deviation: f64,
    pub least: f64,
    pub greatest: f64,
    /// The loss of the best constant of the training part, 0.
    pub mean_square: f64,
}

impl TargetStatistics {
    /// Of a set, which must have a row.
    pub fn of(split: &Split) -> TargetStatistics {
        let targets = || split.targets.iter().map(|target| f64::from(*target));
        let count = split.rows() as f64;
        let mean = targets().sum::<f64>() / count;
        TargetStatistics {
            rows: split.rows(),
            mean,
            deviation: (targets().map(|target| (target - mean).powi(2)).sum::<f64>() / count)
                .sqrt(),
            least: targets().fold(f64::INFINITY, f64::min),
            greatest: targets().fold(f64::NEG_INFINITY, f64::max),
            mean_square: targets().map(|target| target * target).sum::<f64>() / count,
        }
    }
}

/// The least-squares linear model with an intercept.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearModel {
    /// One an input, and the intercept last.
    pub weights: Vec<f64>,
}

impl LinearModel {
    /// Fits `split`, whose rows have `dimension` inputs. An input that is a combination of the ones
    /// before it gets the weight 0.
    pub fn fit(split: &Split, dimension: usize) -> LinearModel {
        let size = dimension + 1;
        // The normal equations with the right side as a last column.
        let mut system = vec![vec![0.0; size + 1]; size];
        for (row, target) in split.inputs.chunks_exact(dimension).zip(&split.targets) {
            let at = |index: usize| row.get(index).map_or(1.0, |x| f64::from(*x));
            for (i, equation) in system.iter_mut().enumerate() {
                (0..size).for_each(|j| equation[j] += at(i) * at(j));
                equation[size] += at(i) * f64::from(*target);
            }
        }
        let scales: Vec<f64> = (0..size).map(|i| system[i][i]).collect();
        let mut solved = vec![false; size];
        // Gauss-Jordan on the diagonal: what is left of a pivot is what the inputs before it do not
        // explain. The intercept goes first.
        for pivot in std::iter::once(dimension).chain(0..dimension) {
            if system[pivot][pivot] <= 1e-10 * scales[pivot] {
                continue;
            }
            solved[pivot] = true;
            let divisor = system[pivot][pivot];
            system[pivot].iter_mut().for_each(|value| *value /= divisor);
            let row = system[pivot].clone();
            for (_, other) in system
                .iter_mut()
                .enumerate()
                .filter(|(index, _)| *index != pivot)
            {
                let factor = other[pivot];
                other
                    .iter_mut()
                    .zip(&row)
                    .for_each(|(value, own)| *value -= factor * own);
            }
        }
        LinearModel {
            weights: (0..size)
                .map(|index| {
                    if solved[index] {
                        system[index][size]
                    } else {
                        0.0
                    }
                })
                .collect(),
        }
    }

    /// The mean squared error on a set of the same dimension.
    pub fn loss(&self, split: &Split) -> f64 {
        let (intercept, weights) = self
            .weights
            .split_last()
            .expect("a linear model has an intercept");
        let value = |row: &[f32]| {
            row.iter()
                .zip(weights)
                .map(|(x, weight)| f64::from(*x) * weight)
                .sum::<f64>()
                + intercept
        };
        let rows = split.inputs.chunks_exact(weights.len()).zip(&split.targets);
        rows.map(|(row, target)| (value(row) - f64::from(*target)).powi(2))
            .sum::<f64>()
            / split.rows() as f64
    }
}

/// A reference's losses on a task: mean squared errors in training variances.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct ReferenceLoss {
    pub in_distribution: f64,
    /// The geometric mean over shells, as the fitness averages their logarithms.
    pub out_of_distribution: f64,
}

/// The networks of a profile on a task.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ProfileDifficulty {
    pub profile: String,
    /// The panel's losses, geometric means over networks and seeds, in the panel's order.
    pub activations: Vec<(String, ReferenceLoss)>,
    /// The standard deviation between activations of the mean log out-of-distribution loss, the
    /// seeds' share taken off: what a seed's verdict is about.
    pub spread: f64,
    /// The standard deviation over seeds of the log ratio of two activations on the same seed;
    /// `None` with one seed.
    pub paired_seed_deviation: Option<f64>,
    /// Trials of the panel that diverged.
    pub diverged: u32,
}

/// How hard a task is.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct TaskDifficulty {
    pub task: String,
    pub family: String,
    pub dimension: usize,
    /// Of the shells' targets, innermost first.
    pub mean_squares: Vec<f64>,
    /// The training targets' mean.
    pub constant: ReferenceLoss,
    pub linear: ReferenceLoss,
    pub profiles: Vec<ProfileDifficulty>,
}

/// What is suspicious about a task.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    Explosive {
        shell: usize,
        mean_square: f64,
    },
    Unlearnt {
        profile: String,
        activation: String,
        loss: f64,
    },
    ConstantAsGood {
        profile: String,
        activation: String,
        share: f64,
    },
    LinearAsGood {
        profile: String,
        linear: f64,
        best: f64,
    },
    SeedNoise {
        profile: String,
        deviation: f64,
    },
    Indistinct {
        profile: String,
        spread: f64,
        deviation: Option<f64>,
    },
    Diverging {
        profile: String,
        trials: u32,
    },
    Duplicate {
        of: String,
    },
}

impl Fault {
    /// The word that JSON carries.
    pub fn kind(&self) -> &'static str {
        match self {
            Fault::Explosive { .. } => "explosive",
            Fault::Unlearnt { .. } => "unlearnt",
            Fault::ConstantAsGood { .. } => "constant_as_good",
            Fault::LinearAsGood { .. } => "linear_as_good",
            Fault::SeedNoise { .. } => "seed_noise",
            Fault::Indistinct { .. } => "indistinct",
            Fault::Diverging { .. } => "diverging",
            Fault::Duplicate { .. } => "duplicate",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Explosive { shell, mean_square } => write!(
                f,
                "the targets of shell {} explode: their mean square is {mean_square:.3e} training \
                 variances, at most {LARGEST_MEAN_SQUARE} measures more than growth; bring the \
                 shell nearer or lower the degree",
                shell + 1
            ),
            Fault::Unlearnt {
                profile,
                activation,
                loss,
            } => write!(
                f,
                "it is not learnt: {activation} leaves {loss:.3} of the variance in distribution \
                 under {profile}, wanted is less than {LEARNT}; make it easier, or train longer"
            ),
            Fault::ConstantAsGood {
                profile,
                activation,
                share,
            } => write!(
                f,
                "a constant is nearly as good: {activation} keeps {share:.2} of the constant's \
                 out-of-distribution loss under {profile}, wanted is less than \
                 {BETTER_THAN_CONSTANT}; bring the shells nearer"
            ),
            Fault::LinearAsGood {
                profile,
                linear,
                best,
            } => write!(
                f,
                "a linear model is as good: its out-of-distribution loss is {linear:.3e}, the \
                 best network's under {profile} {best:.3e}; nothing nonlinear is measured"
            ),
            Fault::SeedNoise { profile, deviation } => write!(
                f,
                "its losses are seed noise: the log ratio of two activations varies by \
                 {deviation:.2} from seed to seed under {profile}, wanted is less than \
                 {NOISIEST}; take more points or steps, or another task"
            ),
            Fault::Indistinct {
                profile,
                spread,
                deviation: Some(deviation),
            } => write!(
                f,
                "no activation can be told from another under {profile}: their log losses spread \
                 by {spread:.3}, a seed's noise is {deviation:.3}"
            ),
            Fault::Indistinct {
                profile,
                spread,
                deviation: None,
            } => {
                write!(
                    f,
                    "no activation can be told from another under {profile}: their log losses \
                     spread by {spread:.3} only"
                )
            }
            Fault::Diverging { profile, trials } => {
                write!(
                    f,
                    "{trials} trials of known activations diverged under {profile}; lower the \
                     learning rate or bring the shells nearer"
                )
            }
            Fault::Duplicate { of } => write!(
                f,
                "it is the same task as {of}, which so counts twice; remove one"
            ),
        }
    }
}

/// One activation's trials on one task, with their addresses.
pub type TaskTrials<'a> = Vec<(&'a TrialAddress, &'a Trial)>;

/// How hard `task` is. `panel` has each activation's name and its trials on this task, all at the
/// same addresses of the full rung in the same order; the first is the reference.
pub fn difficulty(
    task: &TaskData,
    profiles: &[String],
    panel: &[(String, TaskTrials)],
) -> TaskDifficulty {
    let model = LinearModel::fit(&task.train, task.dimension);
    let loss = |of: &dyn Fn(&Split) -> f64| ReferenceLoss {
        in_distribution: of(&task.in_distribution),
        out_of_distribution: geometric_mean(task.shells.iter().map(|shell| of(&shell.split))),
    };
    let constant = loss(&|split| TargetStatistics::of(split).mean_square);
    let of_profile =
        |(index, name): (usize, &String)| profile_difficulty(index, name, panel, &constant);
    TaskDifficulty {
        task: task.name.clone(),
        family: task.family.name().to_owned(),
        dimension: task.dimension,
        mean_squares: task
            .shells
            .iter()
            .map(|shell| TargetStatistics::of(&shell.split).mean_square)
            .collect(),
        linear: loss(&|split| model.loss(split)),
        profiles: profiles.iter().enumerate().map(of_profile).collect(),
        constant,
    }
}

fn profile_difficulty(
    profile: usize,
    name: &str,
    panel: &[(String, TaskTrials)],
    constant: &ReferenceLoss,
) -> ProfileDifficulty {
    let cap = |loss: Option<f64>, constant: f64| {
        loss.map_or(WORST * constant, |loss| loss.min(WORST * constant))
            .max(f64::MIN_POSITIVE)
            .ln()
    };
    let outside = |trial: &Trial| {
        let logs: Option<Vec<f64>> = trial
            .shell_losses
            .iter()
            .map(|loss| loss.map(|loss| loss.max(f64::MIN_POSITIVE).ln()))
            .collect();
        cap(
            logs.map(|logs| (logs.iter().sum::<f64>() / logs.len() as f64).exp()),
            constant.out_of_distribution,
        )
    };
    let mean = |logs: Vec<f64>| (logs.iter().sum::<f64>() / logs.len().max(1) as f64).exp();
    let activation = |(activation, trials): &(String, TaskTrials)| {
        let inside = of_profile(trials, profile)
            .iter()
            .map(|trial| cap(trial.in_distribution_loss, constant.in_distribution))
            .collect();
        let losses = ReferenceLoss {
            in_distribution: mean(inside),
            out_of_distribution: mean(
                of_profile(trials, profile)
                    .into_iter()
                    .map(outside)
                    .collect(),
            ),
        };
        (activation.clone(), losses)
    };
    let networks: std::collections::BTreeSet<usize> = panel
        .iter()
        .flat_map(|(_, trials)| trials)
        .filter(|(address, _)| address.profile == profile)
        .map(|(address, _)| address.network)
        .collect();
    let tables: Vec<Vec<Vec<f64>>> = networks
        .into_iter()
        .map(|network| {
            let here =
                |address: &TrialAddress| address.profile == profile && address.network == network;
            let row = |(_, trials): &(String, TaskTrials)| {
                trials
                    .iter()
                    .filter(|(address, _)| here(address))
                    .map(|(_, trial)| outside(trial))
                    .collect()
            };
            panel.iter().map(row).collect()
        })
        .collect();
    let (spread, paired_seed_deviation) = separation(&tables);
    let diverged = panel
        .iter()
        .flat_map(|(_, trials)| of_profile(trials, profile))
        .filter(|trial| trial.shell_losses.iter().any(Option::is_none))
        .count() as u32;
    ProfileDifficulty {
        profile: name.to_owned(),
        activations: panel.iter().map(activation).collect(),
        spread,
        paired_seed_deviation,
        diverged,
    }
}

fn of_profile<'a>(trials: &TaskTrials<'a>, profile: usize) -> Vec<&'a Trial> {
    trials
        .iter()
        .filter(|(address, _)| address.profile == profile)
        .map(|(_, trial)| *trial)
        .collect()
}

/// What separates the rows of tables `[activation][seed]` of log losses, one table a network, and
/// what separates them by chance: the standard deviation between rows, without what seeds add to
/// it, and that over seeds of the difference of two rows, `None` with one seed.
///
/// Two-way analysis of variance without replication: a seed that is easy for every activation is no
/// noise, since comparisons are paired.
pub fn separation(tables: &[Vec<Vec<f64>>]) -> (f64, Option<f64>) {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let (mut between, mut within) = (0.0, 0.0);
    let seeds = tables
        .first()
        .and_then(|table| table.first())
        .map_or(0, Vec::len);
    for table in tables {
        let rows: Vec<f64> = table.iter().map(|row| mean(row)).collect();
        let columns: Vec<f64> = (0..seeds)
            .map(|seed| mean(&table.iter().map(|row| row[seed]).collect::<Vec<f64>>()))
            .collect();
        let whole = mean(&rows);
        between += rows.iter().map(|row| (row - whole).powi(2)).sum::<f64>()
            / (rows.len() as f64 - 1.0).max(1.0);
        let residual = |(row, own): (&Vec<f64>, &f64)| {
            row.iter()
                .zip(&columns)
                .map(|(value, column)| (value - own - column + whole).powi(2))
                .sum::<f64>()
        };
        let freedom = ((rows.len() as f64 - 1.0) * (seeds as f64 - 1.0)).max(1.0);
        within += table.iter().zip(&rows).map(residual).sum::<f64>() / freedom;
    }
    let count = tables.len().max(1) as f64;
    let (between, within) = (between / count, within / count);
    if seeds < 2 {
        return (between.sqrt(), None);
    }
    (
        (between - within / seeds as f64).max(0.0).sqrt(),
        Some((2.0 * within).sqrt()),
    )
}

impl TaskDifficulty {
    /// What is suspicious about the task, by the limits at the head of this file; the reference is
    /// the panel's first activation.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults: Vec<Fault> = Vec::new();
        let explosive = self
            .mean_squares
            .iter()
            .enumerate()
            .filter(|(_, mean_square)| **mean_square > LARGEST_MEAN_SQUARE);
        faults.extend(explosive.map(|(shell, mean_square)| Fault::Explosive {
            shell,
            mean_square: *mean_square,
        }));
        for profile in &self.profiles {
            faults.extend(self.profile_faults(profile));
        }
        faults
    }

    fn profile_faults(&self, difficulty: &ProfileDifficulty) -> Vec<Fault> {
        let mut faults = Vec::new();
        let profile = || difficulty.profile.clone();
        let Some((activation, loss)) = difficulty.activations.first() else {
            return faults;
        };
        if difficulty.diverged > 0 {
            faults.push(Fault::Diverging {
                profile: profile(),
                trials: difficulty.diverged,
            });
        }
        if loss.in_distribution >= LEARNT {
            faults.push(Fault::Unlearnt {
                profile: profile(),
                activation: activation.clone(),
                loss: loss.in_distribution,
            });
        }
        let share = loss.out_of_distribution / self.constant.out_of_distribution;
        if share >= BETTER_THAN_CONSTANT {
            faults.push(Fault::ConstantAsGood {
                profile: profile(),
                activation: activation.clone(),
                share,
            });
        }
        let best = difficulty
            .activations
            .iter()
            .map(|(_, loss)| loss.out_of_distribution)
            .fold(f64::INFINITY, f64::min);
        if self.linear.out_of_distribution <= best {
            faults.push(Fault::LinearAsGood {
                profile: profile(),
                linear: self.linear.out_of_distribution,
                best,
            });
        }
        if let Some(deviation) = difficulty
            .paired_seed_deviation
            .filter(|deviation| *deviation >= NOISIEST)
        {
            faults.push(Fault::SeedNoise {
                profile: profile(),
                deviation,
            });
        }
        let noise = difficulty.paired_seed_deviation;
        if difficulty.spread <= noise.unwrap_or(0.0).max(LEAST_SPREAD) {
            faults.push(Fault::Indistinct {
                profile: profile(),
                spread: difficulty.spread,
                deviation: noise,
            });
        }
        faults
    }
}

fn geometric_mean(values: impl Iterator<Item = f64>) -> f64 {
    let logs: Vec<f64> = values
        .map(|value| value.max(f64::MIN_POSITIVE).ln())
        .collect();
    (logs.iter().sum::<f64>() / logs.len() as f64).exp()
}
