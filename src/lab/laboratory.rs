//! A lab made ready: its data drawn, the reference's trials run, every trial addressable.

use std::collections::{HashMap, HashSet};

use super::definition::{Lab, Profile};
use super::description::judging;
use super::jobs::run_jobs;
use crate::formula::kernel::Compiled;
use crate::formula::Formula;
use crate::nets::small::{Assignment, NetworkDefinition, NetworkError, TrialEnd, Workspace};
use crate::nets::Backend;
use crate::numerics::stop::{Halt, NoThread, Stop};
use crate::numerics::stream::Key;
use crate::record::evaluation::{Trial, TrialStatus};
use crate::record::judging::Judging;
use crate::task::{TaskData, TaskDefinition, TaskError};

/// Where a trial stands in its lab: the same for every formula, so that comparisons are paired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TrialAddress {
    /// The index of the cheap rung, or `None` on the full rung.
    pub rung: Option<usize>,
    /// The index of the lab's profile.
    pub profile: usize,
    /// The index of the profile's network on that rung.
    pub network: usize,
    /// The index of the task in [`Laboratory::tasks`].
    pub task: usize,
    /// The trial seed, from 0.
    pub seed: u32,
}

/// Which draw of a lab's tasks: another draw has other random laws, points, initial weights and
/// batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draw {
    /// The draw on which campaigns of this seed select.
    Own {
        /// The campaign's seed.
        seed: u64,
    },
    /// `draws` draws that no campaign of this seed selects on, pooled: a task of each, named
    /// `p_2d3/2` from the second on. Cheap rungs stay with the first.
    Fresh {
        /// The campaign's seed.
        seed: u64,
        /// How many draws are pooled, from 1.
        draws: u32,
    },
}

impl Draw {
    /// The key of what belongs to the draw as a whole, such as the bootstrap's.
    pub fn key(&self) -> Key {
        match self {
            Draw::Own { seed } => Key::new(*seed),
            Draw::Fresh { seed, .. } => Key::new(*seed).word("fresh"),
        }
    }
}

/// A lab with its data, and the reference's out-of-distribution losses.
pub struct Laboratory {
    lab: Lab,
    judging: Judging,
    backend: Backend,
    key: Key,
    tasks: Vec<TaskData>,
    reference: HashMap<TrialAddress, Vec<f64>>,
}

/// Why a laboratory could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum PreparationError {
    /// A task cannot be drawn.
    #[error("{0}")]
    Task(#[from] TaskError),
    /// The reference has no losses to hold others against.
    #[error(
        "the reference {formula} diverged on task {task}: the lab measures nothing there; lower \
         the learning rate or change the task"
    )]
    ReferenceDiverged {
        /// The reference's formula.
        formula: String,
        /// The name of the task.
        task: String,
    },
    /// It was ended from outside, or the device failed.
    #[error(
        "{} before the lab was ready",
        if *.0 == Halt::DeviceFailed { "the device failed" } else { "stopped" }
    )]
    Halted(Halt),
    /// There are not as many threads.
    #[error(transparent)]
    NoThread(#[from] NoThread),
}

/// The trials of a job, or why it was cut off.
type GroupEnd = Result<Vec<Trial>, Halt>;

impl Laboratory {
    /// Draws the data of `lab` and runs the reference on every rung, on `workers` threads.
    ///
    /// The result does not depend on `workers`.
    pub fn prepare(
        lab: Lab,
        draw: Draw,
        workers: usize,
        stop: &Stop,
    ) -> Result<Laboratory, PreparationError> {
        Laboratory::prepare_on(Backend::Fused, lab, draw, workers, stop)
    }

    /// The same with another back end, which trains here and in all that the laboratory is asked
    /// for later.
    pub fn prepare_on(
        backend: Backend,
        lab: Lab,
        draw: Draw,
        workers: usize,
        stop: &Stop,
    ) -> Result<Laboratory, PreparationError> {
        let mut laboratory = Laboratory {
            backend,
            ..Laboratory::drawn(lab, draw, workers)?
        };
        let formula =
            Formula::parse(&laboratory.lab.baselines[0]).expect("a checked lab's baselines parse");
        let all_profiles = laboratory.all_profiles();
        let rungs = (0..laboratory.lab.rungs.len()).map(Some).chain([None]);
        let mut addresses: Vec<TrialAddress> = rungs
            .flat_map(|rung| laboratory.addresses(rung, &all_profiles))
            .collect();
        // A rung may ask for trials of the full rung, which then are run once.
        let mut seen = HashSet::new();
        addresses.retain(|address| seen.insert(laboratory.canonical(address)));
        addresses
            .iter_mut()
            .for_each(|address| *address = laboratory.canonical(address));
        let trials = laboratory
            .run_all(&[&formula], &addresses, workers, stop, &|| ())
            .map_err(|halt| match halt {
                Halt::NoThread => NoThread.into(),
                halt => PreparationError::Halted(halt),
            })?;
        for (address, trial) in addresses.into_iter().zip(trials.into_iter().flatten()) {
            let losses: Option<Vec<f64>> = trial.shell_losses.iter().copied().collect();
            let losses = losses.ok_or_else(|| PreparationError::ReferenceDiverged {
                formula: formula.to_string(),
                task: trial.task.clone(),
            })?;
            laboratory.reference.insert(address, losses);
        }
        Ok(laboratory)
    }

    /// Draws the data of `lab` alone, to look at or to run trials on: nothing is known of the
    /// reference, so that [`Laboratory::reference`] panics.
    pub fn drawn(lab: Lab, draw: Draw, workers: usize) -> Result<Laboratory, PreparationError> {
        let (key, tasks) = draw_tasks(&lab, draw, workers)?;
        Ok(Laboratory {
            judging: judging(&lab),
            lab,
            backend: Backend::Fused,
            key,
            tasks,
            reference: HashMap::new(),
        })
    }

    /// The lab, as it was drawn.
    pub fn lab(&self) -> &Lab {
        &self.lab
    }

    /// How it judges formulas.
    pub fn judging(&self) -> &Judging {
        &self.judging
    }

    /// The tasks' data, in the lab's order.
    pub fn tasks(&self) -> &[TaskData] {
        &self.tasks
    }

    /// The reference's losses, one a shell, on the trial at `address`, which must be one of this
    /// laboratory's `addresses`.
    pub fn reference(&self, address: &TrialAddress) -> &[f64] {
        self.reference
            .get(&self.canonical(address))
            .expect("the reference was run at every address")
    }

    /// The key of draws that belong to the lab as a whole, such as the bootstrap's.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The indices of the profiles that `target` stands for, as [`Lab::target_profiles`] names
    /// them.
    pub fn profiles_of(&self, target: &str) -> Vec<usize> {
        let names = self.lab.target_profiles(target).unwrap_or_default();
        (0..self.lab.profiles.len())
            .filter(|index| names.contains(&self.lab.profiles[*index].name.as_str()))
            .collect()
    }

    /// The indices of all profiles.
    pub fn all_profiles(&self) -> Vec<usize> {
        (0..self.lab.profiles.len()).collect()
    }

    /// Every trial of a rung under the given profiles (indices into the lab's), in a fixed order.
    pub fn addresses(&self, rung: Option<usize>, profiles: &[usize]) -> Vec<TrialAddress> {
        let tasks: Vec<usize> = match rung {
            None => (0..self.tasks.len()).collect(),
            Some(index) => {
                let named = &self.lab.rungs[index].tasks;
                (0..self.tasks.len())
                    .filter(|task| named.contains(&self.tasks[*task].name))
                    .collect()
            }
        };
        let mut addresses = Vec::new();
        for &profile in profiles {
            for network in 0..self.profile(rung, profile).networks.len() {
                for &task in &tasks {
                    addresses.extend((0..self.lab.seeds).map(|seed| TrialAddress {
                        rung,
                        profile,
                        network,
                        task,
                        seed,
                    }));
                }
            }
        }
        addresses
    }

    /// The address under which a trial is known: that on the full rung, where a cheap rung names
    /// one of the full rung's networks, and else its own. Trials with the same canonical address
    /// are the same to the bit.
    pub fn canonical(&self, address: &TrialAddress) -> TrialAddress {
        let definition = self.network(address);
        let full = self
            .profile(None, address.profile)
            .networks
            .iter()
            .position(|network| network == definition);
        full.map_or(*address, |network| TrialAddress {
            rung: None,
            network,
            ..*address
        })
    }

    /// The back end that trains.
    pub fn backend(&self) -> &Backend {
        &self.backend
    }

    /// Whether the networks at these addresses have the memory that an activation needs.
    pub fn check_memory(
        &self,
        activation: &Compiled,
        addresses: &[TrialAddress],
    ) -> Result<(), NetworkError> {
        addresses.iter().try_for_each(|address| {
            self.network(address)
                .check_memory(activation, self.tasks[address.task].train.rows())
        })
    }

    /// Runs every trial in `addresses` on the calling thread, in their order; with
    /// `until_divergence` it may leave out what comes after the first that diverges, which is then
    /// the last one given. Where the back end takes many trials at once, those of a network are run
    /// together.
    pub fn run(
        &self,
        activation: &mut Compiled,
        addresses: &[TrialAddress],
        until_divergence: bool,
        workspace: &mut Workspace,
        stop: &Stop,
    ) -> Result<Vec<Trial>, Halt> {
        let mut trials = Vec::with_capacity(addresses.len());
        for group in self.groups(addresses) {
            let assignments: Vec<Assignment> = group
                .iter()
                .map(|address| self.assignment(address))
                .collect();
            let ends = self
                .backend
                .train(
                    activation,
                    self.network(&group[0]),
                    &assignments,
                    workspace,
                    stop,
                )
                .map_err(|error| {
                    tracing::error!("{error}");
                    Halt::DeviceFailed
                })?;
            for (address, end) in group.iter().zip(ends) {
                trials.push(self.trial(address, end)?);
                if until_divergence
                    && trials
                        .last()
                        .is_some_and(|trial| trial.status == TrialStatus::Diverged)
                {
                    return Ok(trials);
                }
            }
        }
        Ok(trials)
    }

    /// Divides addresses into runs whose trials are trained together: those of one network where
    /// the back end takes many, else each alone. Joined, they are `addresses`.
    pub fn groups<'a>(
        &self,
        addresses: &'a [TrialAddress],
    ) -> impl Iterator<Item = &'a [TrialAddress]> {
        let many = self.backend.takes_many();
        addresses.chunk_by(move |a, b| {
            many && (a.rung, a.profile, a.network) == (b.rung, b.profile, b.network)
        })
    }

    fn assignment(&self, address: &TrialAddress) -> Assignment<'_> {
        let (task, definition) = (&self.tasks[address.task], self.network(address));
        Assignment {
            task,
            key: self
                .key
                .word("trial")
                .word(&task.name)
                .word(&definition.name)
                .number(u64::from(address.seed)),
        }
    }

    fn trial(&self, address: &TrialAddress, end: TrialEnd) -> Result<Trial, Halt> {
        let task = &self.tasks[address.task];
        let finite = |loss: f64| loss.is_finite().then_some(loss);
        let mut trial = Trial {
            task: task.name.clone(),
            family: task.family.name().to_owned(),
            profile: self.profile(address.rung, address.profile).name.clone(),
            network: self.network(address).name.clone(),
            seed: u64::from(address.seed),
            status: TrialStatus::Diverged,
            train_loss: None,
            in_distribution_loss: None,
            shell_losses: vec![None; task.shells.len()],
            curve: Vec::new(),
            trained_parameters: Vec::new(),
        };
        match end {
            TrialEnd::Finished(losses) => {
                trial.status = TrialStatus::Finished;
                trial.train_loss = finite(losses.train);
                trial.in_distribution_loss = finite(losses.in_distribution);
                trial.shell_losses = losses.shells.into_iter().map(finite).collect();
                trial.curve = losses.curve;
                trial.trained_parameters = losses.parameters;
                Ok(trial)
            }
            // A trial that was refused has no losses either; candidates are held to `check_memory`
            // before any.
            TrialEnd::Diverged { .. } | TrialEnd::Refused(_) => Ok(trial),
            TrialEnd::Halted { halt, .. } => Err(halt),
        }
    }

    /// Runs every trial in `addresses` for every formula on `workers` threads; `done` is called
    /// after each trial, from any thread. Where the back end takes many trials at once, those of a
    /// formula and a network are one job.
    ///
    /// The trials come in the order of `formulas` and `addresses`, the same bits whatever `workers`
    /// is.
    pub fn run_all(
        &self,
        formulas: &[&Formula],
        addresses: &[TrialAddress],
        workers: usize,
        stop: &Stop,
        done: &(dyn Fn() + Sync),
    ) -> Result<Vec<Vec<Trial>>, Halt> {
        let groups: Vec<&[TrialAddress]> = self.groups(addresses).collect();
        let state = || {
            let activations: Vec<Option<Compiled>> = vec![None; formulas.len()];
            (Workspace::default(), activations)
        };
        let job = |(workspace, activations): &mut (Workspace, Vec<Option<Compiled>>),
                   job: usize| {
            let (formula, group) = (job / groups.len(), groups[job % groups.len()]);
            let activation =
                activations[formula].get_or_insert_with(|| formulas[formula].activation());
            let trials = self.run(activation, group, false, workspace, stop)?;
            group.iter().for_each(|_| done());
            Ok(trials)
        };
        let jobs = formulas.len() * groups.len();
        let results: Vec<Option<GroupEnd>> =
            run_jobs(jobs, workers, state, job, Result::is_err).map_err(|_| Halt::NoThread)?;
        // Of several reasons, that of a trial that was run: what was never begun only says that
        // something stopped.
        if let Some(halt) = results
            .iter()
            .flatten()
            .find_map(|result| result.as_ref().err())
        {
            return Err(*halt);
        }
        let mut trials = results.into_iter().flatten().flatten().flatten();
        Ok(formulas
            .iter()
            .map(|_| trials.by_ref().take(addresses.len()).collect())
            .collect())
    }

    fn profile(&self, rung: Option<usize>, profile: usize) -> &Profile {
        let wanted = &self.lab.profiles[profile];
        match rung {
            None => wanted,
            Some(index) => {
                let own = self.lab.rungs[index]
                    .profiles
                    .iter()
                    .find(|own| own.name == wanted.name);
                // A checked lab's rung that leaves a profile out has said that it means the
                // profile's own networks.
                own.unwrap_or(wanted)
            }
        }
    }

    /// The network that is trained at `address`.
    pub fn network(&self, address: &TrialAddress) -> &NetworkDefinition {
        &self.profile(address.rung, address.profile).networks[address.network]
    }
}

/// The key of a draw and its tasks' data, each task a job of its own.
fn draw_tasks(
    lab: &Lab,
    draw: Draw,
    workers: usize,
) -> Result<(Key, Vec<TaskData>), PreparationError> {
    let key = draw.key();
    let keys: Vec<Key> = match draw {
        Draw::Own { .. } => vec![key.clone()],
        Draw::Fresh { draws, .. } => (0..u64::from(draws))
            .map(|number| key.number(number))
            .collect(),
    };
    let jobs: Vec<(usize, &Key, &TaskDefinition)> = keys
        .iter()
        .enumerate()
        .flat_map(|(number, key)| lab.tasks.iter().map(move |task| (number, key, task)))
        .collect();
    let draw = |_: &mut (), job: usize| -> Result<TaskData, TaskError> {
        let (number, key, task) = jobs[job];
        let mut data = task.generate(&key.word("task").word(task.name()), &lab.sizes)?;
        if number > 0 {
            data.name = format!("{}/{}", data.name, number + 1);
        }
        Ok(data)
    };
    let drawn = run_jobs(jobs.len(), workers, || (), draw, |_| false)?;
    let tasks = drawn
        .into_iter()
        .map(|data| data.expect("every job was taken"))
        .collect::<Result<Vec<_>, _>>()?;
    Ok((key, tasks))
}
