//! The sealed lab as a benchmark: each seed is a fresh draw of its tasks, on which no campaign
//! selects, and an activation's value is its fitness there.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::ready_benchmark::{Assignment, BenchmarkRunError, ReadyBenchmark, RunWatch};
use super::trainer::Trained;
use crate::config::FoundLab;
use crate::lab::fitness::rung_fitness;
use crate::lab::{Draw, Lab, Laboratory, PreparationError, ENGINE_VERSION};
use crate::nets::small::Workspace;
use crate::nets::Backend;
use crate::numerics::stop::{Halt, NoThread, Stop};
use crate::record::benchmark_run::{BenchmarkRecord, BenchmarkRun, BenchmarkRunEnd, Direction};
use crate::record::evaluation::{Trial, TrialStatus};

/// The name of the benchmark, and of the lab that it takes where none is named.
pub const VAULT: &str = "vault";
/// The target whose fitness is the value of a run where none is named.
pub const TARGET: &str = "general";
/// The draws that are held in memory at once.
const MOST_HELD: usize = 8;

/// A lab as a benchmark.
pub struct Vault {
    lab: Lab,
    target: String,
    record: BenchmarkRecord,
    steps: u64,
    workers: usize,
    /// The draws by their seeds, the latest last. The worker that needs a draw first prepares it,
    /// while others that need it wait.
    draws: Mutex<Vec<(u64, Arc<DrawSlot>)>>,
}

type DrawSlot = Mutex<Option<Arc<Laboratory>>>;

impl Vault {
    /// Makes a benchmark of a lab, whose draws are prepared on `workers` threads as they are
    /// needed. A run's value is the fitness under [`TARGET`].
    pub fn new(found: FoundLab, workers: usize) -> Vault {
        Vault::under(TARGET, found, workers)
    }

    /// The same with another target, which the lab must have. It belongs to the benchmark's record.
    pub fn under(target: &str, found: FoundLab, workers: usize) -> Vault {
        let record = record(&found, target);
        let lab = found.lab.without_rungs();
        let networks: usize = profiles(&lab, target)
            .iter()
            .map(|profile| lab.profiles[*profile].networks.len())
            .sum();
        let steps = (networks * lab.tasks.len()) as u64 * u64::from(lab.seeds);
        Vault {
            lab,
            target: target.to_owned(),
            record,
            steps,
            workers,
            draws: Mutex::new(Vec::new()),
        }
    }

    /// Returns the lab, without its cheap rungs.
    pub fn lab(&self) -> &Lab {
        &self.lab
    }

    /// Returns the draw of a seed, prepared where it is not at hand.
    fn draw(
        &self,
        seed: u64,
        backend: &Backend,
        stop: &Stop,
    ) -> Result<Arc<Laboratory>, BenchmarkRunError> {
        let prepared = {
            let mut draws = locked(&self.draws);
            match draws.iter().find(|(other, _)| *other == seed) {
                Some((_, prepared)) => Arc::clone(prepared),
                None => {
                    if draws.len() == MOST_HELD {
                        draws.remove(0);
                    }
                    draws.push((seed, Arc::default()));
                    Arc::clone(&draws[draws.len() - 1].1)
                }
            }
        };
        let mut prepared = locked(&prepared);
        if let Some(laboratory) = &*prepared {
            return Ok(Arc::clone(laboratory));
        }
        let laboratory = Laboratory::prepare_on(
            backend.clone(),
            self.lab.clone(),
            Draw::Fresh { seed, draws: 1 },
            self.workers,
            stop,
        );
        let laboratory = Arc::new(laboratory.map_err(|error| match error {
            PreparationError::Halted(Halt::Stopped | Halt::TimedOut) => {
                BenchmarkRunError::Interrupted
            }
            other => BenchmarkRunError::Laboratory(other),
        })?);
        *prepared = Some(Arc::clone(&laboratory));
        Ok(laboratory)
    }

    /// Returns the same benchmark with its runs on this device, which belongs to its record.
    pub fn on(mut self, backend: &Backend) -> Vault {
        let (setting, value) = backend.setting();
        self.record.settings[setting] = value.into();
        self
    }
}

impl ReadyBenchmark for Vault {
    fn record(&self) -> &BenchmarkRecord {
        &self.record
    }

    fn epochs(&self) -> u32 {
        1
    }

    /// Returns the trials of a run.
    fn steps(&self) -> u64 {
        self.steps
    }

    /// Returns 0: the networks take a few kilobytes, and a run holds them to the engine's own
    /// limit.
    fn bytes(&self, _: &Trained) -> u64 {
        0
    }

    /// Trains the activation on a draw of the lab. A trial that diverges counts as the worst on its
    /// task; the run has diverged where all trials do.
    fn run(
        &self,
        assignment: &Assignment,
        watch: &RunWatch,
    ) -> Result<BenchmarkRun, BenchmarkRunError> {
        let Trained::Formula { activation, .. } = assignment.trained else {
            return Err(BenchmarkRunError::Mixed {
                benchmark: self.record.benchmark.clone(),
            });
        };
        let laboratory = self.draw(assignment.seed, assignment.backend, watch.stop)?;
        let profiles = profiles(&self.lab, &self.target);
        let addresses = laboratory.addresses(None, &profiles);
        let benchmark_run = |end: BenchmarkRunEnd| BenchmarkRun {
            benchmark: self.record.clone(),
            activation: assignment.activation.clone(),
            seed: assignment.seed,
            end,
            curve: Vec::new(),
            shares: Vec::new(),
        };
        if let Err(refusal) = laboratory.check_memory(activation, &addresses) {
            return Ok(benchmark_run(BenchmarkRunEnd::OutOfMemory {
                detail: refusal.to_string(),
            }));
        }
        let (mut activation, mut workspace) = (activation.clone(), Workspace::default());
        let mut trials = Vec::with_capacity(addresses.len());
        for group in laboratory.groups(&addresses) {
            let ran = laboratory.run(&mut activation, group, false, &mut workspace, watch.stop);
            trials.extend(ran.map_err(|halt| match halt {
                Halt::DeviceFailed => BenchmarkRunError::DeviceFailed,
                Halt::NoThread => BenchmarkRunError::Laboratory(NoThread.into()),
                Halt::Stopped | Halt::TimedOut => BenchmarkRunError::Interrupted,
            })?);
            (watch.stepped)(group.len() as u64);
        }
        (watch.advanced)(1);
        let diverged = |trial: &Trial| trial.status == TrialStatus::Diverged;
        let end = if trials.iter().all(diverged) {
            BenchmarkRunEnd::Diverged { epoch: 1 }
        } else {
            BenchmarkRunEnd::Finished {
                value: rung_fitness(&laboratory, &addresses, &trials, &profiles).value(),
            }
        };
        Ok(benchmark_run(end))
    }
}

/// Returns the indices of the profiles of a target.
fn profiles(lab: &Lab, target: &str) -> Vec<usize> {
    let names = lab.target_profiles(target).unwrap_or_default();
    (0..lab.profiles.len())
        .filter(|index| names.contains(&lab.profiles[*index].name.as_str()))
        .collect()
}

fn record(found: &FoundLab, target: &str) -> BenchmarkRecord {
    let FoundLab { lab, files, .. } = found;
    let names: Vec<&str> = profiles(lab, target)
        .into_iter()
        .map(|profile| lab.profiles[profile].name.as_str())
        .collect();
    BenchmarkRecord {
        benchmark: VAULT.to_owned(),
        dataset: lab.name.clone(),
        architecture: names.join(" and "),
        metric: "fitness".to_owned(),
        direction: Direction::Higher,
        settings: json!({
            "lab": blake3::hash(found.identity().as_bytes()).to_hex().to_string(),
            "files": files.iter().map(|file| &file.hash).collect::<Vec<_>>(),
            "target": target,
            "draw": "fresh",
            "engine": ENGINE_VERSION,
        }),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}
