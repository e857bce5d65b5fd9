//! The cascade: cheap rungs first, the full lab only for what the running field does not outclass.

use std::collections::HashMap;

use super::fitness;
use super::laboratory::{Laboratory, TrialAddress};
use crate::formula::kernel::Compiled;
use crate::formula::Formula;
use crate::nets::small::Workspace;
use crate::numerics::stop::{Halt, Stop};
use crate::record::attempt::{Rejection, RungResult};
use crate::record::evaluation::{Evaluation, Trial, TrialStatus};

/// What each cheap rung asks for, in the lab's order; `None` where its field is still too small.
pub type Thresholds = Vec<Option<f64>>;

/// How a formula left the cascade.
#[derive(Debug, PartialEq)]
pub enum CascadeEnd {
    /// It passed every rung.
    Passed {
        /// Its fitness on each cheap rung.
        rungs: Vec<RungResult>,
        /// What it is worth on the full rung.
        evaluation: Box<Evaluation>,
    },
    /// It was dropped.
    Dropped {
        /// Its fitness on each cheap rung that was completed.
        rungs: Vec<RungResult>,
        /// Why.
        rejection: Rejection,
    },
    /// It was cut off from outside; nothing is known of it.
    Halted(Halt),
}

/// Trains `formula` on the rungs one after the other, the target's networks on the cheap ones and
/// every profile's on the last.
pub fn climb(
    laboratory: &Laboratory,
    formula: &Formula,
    target: &str,
    thresholds: &Thresholds,
    workspace: &mut Workspace,
    stop: &Stop,
) -> CascadeEnd {
    let mut climb = Climb {
        laboratory,
        activation: formula.activation(),
        target,
        target_profiles: laboratory.profiles_of(target),
        known: KnownTrials::default(),
        rungs: Vec::new(),
    };
    let reached = climb.climb_to_the_top(thresholds, workspace, stop);
    let rungs = climb.rungs;
    match reached {
        Ok(evaluation) => CascadeEnd::Passed {
            rungs,
            evaluation: Box::new(evaluation),
        },
        Err(Fall::Dropped(rejection)) => CascadeEnd::Dropped { rungs, rejection },
        Err(Fall::Halted(halt)) => CascadeEnd::Halted(halt),
    }
}

/// One formula on its way up.
struct Climb<'a> {
    laboratory: &'a Laboratory,
    activation: Compiled,
    target: &'a str,
    target_profiles: Vec<usize>,
    known: KnownTrials,
    /// Those that were completed.
    rungs: Vec<RungResult>,
}

/// Why a formula went no further.
enum Fall {
    Dropped(Rejection),
    Halted(Halt),
}

impl Climb<'_> {
    /// Every cheap rung, and then the full one.
    fn climb_to_the_top(
        &mut self,
        thresholds: &Thresholds,
        workspace: &mut Workspace,
        stop: &Stop,
    ) -> Result<Evaluation, Fall> {
        for index in 0..self.laboratory.lab().rungs.len() {
            let threshold = thresholds.get(index).copied().flatten();
            self.pass(index, threshold, workspace, stop)?;
        }
        self.evaluate(workspace, stop)
    }

    /// A cheap rung with the target's networks. On the first one, a trial that diverges drops the
    /// formula.
    fn pass(
        &mut self,
        index: usize,
        threshold: Option<f64>,
        workspace: &mut Workspace,
        stop: &Stop,
    ) -> Result<(), Fall> {
        let laboratory = self.laboratory;
        let rung = &laboratory.lab().rungs[index].name;
        let addresses = laboratory.addresses(Some(index), &self.target_profiles);
        let trials = self.run(&addresses, index == 0, workspace, stop)?;
        let last = trials.last().filter(|_| index == 0);
        if let Some(trial) = last.filter(|trial| trial.status == TrialStatus::Diverged) {
            return Err(Fall::Dropped(diverged(trial)));
        }
        let fitness =
            fitness::rung_fitness(laboratory, &addresses, &trials, &self.target_profiles).value();
        self.rungs.push(RungResult {
            rung: rung.clone(),
            fitness,
            threshold,
        });
        match threshold.filter(|threshold| fitness < *threshold) {
            None => Ok(()),
            Some(threshold) => Err(Fall::Dropped(Rejection::Outclassed {
                rung: rung.clone(),
                fitness,
                threshold,
            })),
        }
    }

    /// The full rung with every profile's networks. Where all trials of the target diverge, the
    /// formula is dropped.
    fn evaluate(&mut self, workspace: &mut Workspace, stop: &Stop) -> Result<Evaluation, Fall> {
        let laboratory = self.laboratory;
        let addresses = laboratory.addresses(None, &laboratory.all_profiles());
        let trials = self.run(&addresses, false, workspace, stop)?;
        let of_target: Vec<&Trial> = addresses
            .iter()
            .zip(&trials)
            .filter(|(address, _)| self.target_profiles.contains(&address.profile))
            .map(|(_, trial)| trial)
            .collect();
        let has_diverged = |trial: &&Trial| trial.status == TrialStatus::Diverged;
        if of_target.iter().all(has_diverged) {
            return Err(Fall::Dropped(diverged(of_target[0])));
        }
        Ok(fitness::evaluate(
            laboratory,
            &addresses,
            trials,
            self.target,
        ))
    }

    /// The trials at these addresses; a formula that needs too much memory there is dropped.
    fn run(
        &mut self,
        addresses: &[TrialAddress],
        until_divergence: bool,
        workspace: &mut Workspace,
        stop: &Stop,
    ) -> Result<Vec<Trial>, Fall> {
        let (laboratory, activation) = (self.laboratory, &mut self.activation);
        laboratory
            .check_memory(activation, addresses)
            .map_err(|error| {
                Fall::Dropped(Rejection::Forbidden {
                    detail: error.to_string(),
                })
            })?;
        self.known
            .run(
                laboratory,
                activation,
                addresses,
                until_divergence,
                workspace,
                stop,
            )
            .map_err(Fall::Halted)
    }
}

/// The trials of one formula that were run already: a rung whose networks are the full rung's
/// leaves them to it.
#[derive(Default)]
struct KnownTrials(HashMap<TrialAddress, Trial>);

impl KnownTrials {
    /// As [`Laboratory::run`], but that known trials are not run again.
    fn run(
        &mut self,
        laboratory: &Laboratory,
        activation: &mut Compiled,
        addresses: &[TrialAddress],
        until_divergence: bool,
        workspace: &mut Workspace,
        stop: &Stop,
    ) -> Result<Vec<Trial>, Halt> {
        let canonical: Vec<TrialAddress> = addresses
            .iter()
            .map(|address| laboratory.canonical(address))
            .collect();
        let unknown: Vec<TrialAddress> = canonical
            .iter()
            .filter(|address| !self.0.contains_key(address))
            .copied()
            .collect();
        let trials = laboratory.run(activation, &unknown, until_divergence, workspace, stop)?;
        self.0.extend(unknown.into_iter().zip(trials));
        // Where a divergence cut the run short, what comes after it is missing.
        Ok(canonical
            .iter()
            .map_while(|address| self.0.get(address).cloned())
            .collect())
    }
}

fn diverged(trial: &Trial) -> Rejection {
    Rejection::Diverged {
        detail: format!(
            "the training loss exploded on task {}, network {} of profile {}, seed {}",
            trial.task, trial.network, trial.profile, trial.seed
        ),
    }
}
