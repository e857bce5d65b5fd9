//! The cascade: cheap rungs first, the full lab only for what the running field does not outclass.

use std::collections::HashMap;

use super::fitness;
use super::laboratory::{Laboratory, TrialAddress};
use crate::attempt::{Rejection, RungResult};
use crate::evaluation::{Evaluation, Trial, TrialStatus};
use crate::formula::kernel::Activation;
use crate::formula::Formula;
use crate::network::{Halt, Workspace};

/// What each cheap rung asks for, in the lab's order; `None` where its field is still too small.
pub type Thresholds = Vec<Option<f64>>;

/// How a formula left the cascade.
#[derive(Debug, PartialEq)]
pub enum CascadeEnd {
    /// It passed every rung.
    Passed { rungs: Vec<RungResult>, evaluation: Box<Evaluation> },
    /// It was dropped; `rungs` holds the fitness on each rung that was completed.
    Dropped { rungs: Vec<RungResult>, rejection: Rejection },
    /// It was cut off from outside; nothing is known of it.
    Halted(Halt),
}

/// Trains `formula` on the rungs one after the other, the target's networks on the cheap ones and every profile's on the last.
pub fn climb(
    laboratory: &Laboratory,
    formula: &Formula,
    target: &str,
    thresholds: &Thresholds,
    workspace: &mut Workspace,
    halt: &mut dyn FnMut() -> Option<Halt>,
) -> CascadeEnd {
    let mut activation = formula.activation();
    let target_profiles = laboratory.profiles_of(target);
    let mut rungs = Vec::new();
    let mut known = KnownTrials::default();
    for (index, rung) in laboratory.lab().rungs.iter().enumerate() {
        let addresses = laboratory.addresses(Some(index), &target_profiles);
        if let Err(error) = laboratory.check_memory(&activation, &addresses) {
            return CascadeEnd::Dropped { rungs, rejection: Rejection::Forbidden { detail: error.to_string() } };
        }
        let mut trials = Vec::with_capacity(addresses.len());
        for address in &addresses {
            match known.run(laboratory, &mut activation, address, workspace, halt) {
                Ok(trial) if trial.status == TrialStatus::Diverged && index == 0 => {
                    return CascadeEnd::Dropped { rungs, rejection: diverged(&trial) };
                }
                Ok(trial) => trials.push(trial),
                Err(halt) => return CascadeEnd::Halted(halt),
            }
        }
        let reached = fitness::rung_fitness(laboratory, &addresses, &trials, &target_profiles).value();
        let threshold = thresholds.get(index).copied().flatten();
        rungs.push(RungResult { rung: rung.name.clone(), fitness: reached, threshold });
        if let Some(threshold) = threshold.filter(|threshold| reached < *threshold) {
            let rejection = Rejection::Outclassed { rung: rung.name.clone(), fitness: reached, threshold };
            return CascadeEnd::Dropped { rungs, rejection };
        }
    }
    let addresses = laboratory.addresses(None, &laboratory.all_profiles());
    if let Err(error) = laboratory.check_memory(&activation, &addresses) {
        return CascadeEnd::Dropped { rungs, rejection: Rejection::Forbidden { detail: error.to_string() } };
    }
    let mut run = |address| known.run(laboratory, &mut activation, address, workspace, halt);
    let trials: Result<Vec<Trial>, Halt> = addresses.iter().map(&mut run).collect();
    let trials = match trials {
        Ok(trials) => trials,
        Err(halt) => return CascadeEnd::Halted(halt),
    };
    let of_target = addresses.iter().zip(&trials).filter(|(address, _)| target_profiles.contains(&address.profile));
    if of_target.clone().all(|(_, trial)| trial.status == TrialStatus::Diverged) {
        return CascadeEnd::Dropped { rungs, rejection: diverged(&trials[0]) };
    }
    CascadeEnd::Passed { rungs, evaluation: Box::new(fitness::evaluate(laboratory, &addresses, trials, target)) }
}

/// The trials of one formula that were run already: a rung whose networks are the full rung's leaves them to it.
#[derive(Default)]
struct KnownTrials(HashMap<TrialAddress, Trial>);

impl KnownTrials {
    fn run(
        &mut self,
        laboratory: &Laboratory,
        activation: &mut Activation,
        address: &TrialAddress,
        workspace: &mut Workspace,
        halt: &mut dyn FnMut() -> Option<Halt>,
    ) -> Result<Trial, Halt> {
        let canonical = laboratory.canonical(address);
        if let Some(trial) = self.0.get(&canonical) {
            return Ok(trial.clone());
        }
        let trial = laboratory.run(activation, &canonical, workspace, halt)?;
        self.0.insert(canonical, trial.clone());
        Ok(trial)
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
