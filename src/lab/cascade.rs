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
        rungs: Vec<RungResult>,
        evaluation: Box<Evaluation>,
    },
    /// It was dropped; `rungs` holds the fitness on each rung that was completed.
    Dropped {
        rungs: Vec<RungResult>,
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
    let mut activation = formula.activation();
    let target_profiles = laboratory.profiles_of(target);
    let mut rungs = Vec::new();
    let mut known = KnownTrials::default();
    for (index, rung) in laboratory.lab().rungs.iter().enumerate() {
        let addresses = laboratory.addresses(Some(index), &target_profiles);
        if let Err(error) = laboratory.check_memory(&activation, &addresses) {
            return CascadeEnd::Dropped {
                rungs,
                rejection: Rejection::Forbidden {
                    detail: error.to_string(),
                },
            };
        }
        let trials = match known.run(
            laboratory,
            &mut activation,
            &addresses,
            index == 0,
            workspace,
            stop,
        ) {
            Ok(trials) => trials,
            Err(halt) => return CascadeEnd::Halted(halt),
        };
        if let Some(trial) = trials
            .last()
            .filter(|trial| index == 0 && trial.status == TrialStatus::Diverged)
        {
            return CascadeEnd::Dropped {
                rungs,
                rejection: diverged(trial),
            };
        }
        let reached =
            fitness::rung_fitness(laboratory, &addresses, &trials, &target_profiles).value();
        let threshold = thresholds.get(index).copied().flatten();
        rungs.push(RungResult {
            rung: rung.name.clone(),
            fitness: reached,
            threshold,
        });
        if let Some(threshold) = threshold.filter(|threshold| reached < *threshold) {
            let rejection = Rejection::Outclassed {
                rung: rung.name.clone(),
                fitness: reached,
                threshold,
            };
            return CascadeEnd::Dropped { rungs, rejection };
        }
    }
    let addresses = laboratory.addresses(None, &laboratory.all_profiles());
    if let Err(error) = laboratory.check_memory(&activation, &addresses) {
        return CascadeEnd::Dropped {
            rungs,
            rejection: Rejection::Forbidden {
                detail: error.to_string(),
            },
        };
    }
    let trials = match known.run(
        laboratory,
        &mut activation,
        &addresses,
        false,
        workspace,
        stop,
    ) {
        Ok(trials) => trials,
        Err(halt) => return CascadeEnd::Halted(halt),
    };
    let of_target: Vec<&Trial> = addresses
        .iter()
        .zip(&trials)
        .filter(|(address, _)| target_profiles.contains(&address.profile))
        .map(|(_, trial)| trial)
        .collect();
    if of_target
        .iter()
        .all(|trial| trial.status == TrialStatus::Diverged)
    {
        return CascadeEnd::Dropped {
            rungs,
            rejection: diverged(of_target[0]),
        };
    }
    CascadeEnd::Passed {
        rungs,
        evaluation: Box::new(fitness::evaluate(laboratory, &addresses, trials, target)),
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
