//! The cascade: cheap rungs first, the full lab only for what the running field does not outclass.

use super::fitness;
use super::laboratory::Laboratory;
use crate::attempt::{Rejection, RungResult};
use crate::evaluation::{Evaluation, Trial, TrialStatus};
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
    for (index, rung) in laboratory.lab().rungs.iter().enumerate() {
        let addresses = laboratory.addresses(Some(index), &target_profiles);
        if let Err(error) = laboratory.check_memory(&activation, &addresses) {
            return CascadeEnd::Dropped { rungs, rejection: Rejection::Forbidden { detail: error.to_string() } };
        }
        let trials = match laboratory.run(&mut activation, &addresses, true, workspace, halt) {
            Ok(trials) => trials,
            Err(halt) => return CascadeEnd::Halted(halt),
        };
        if let Some(trial) = trials.last().filter(|trial| trial.status == TrialStatus::Diverged) {
            return CascadeEnd::Dropped { rungs, rejection: diverged(trial) };
        }
        let reached = fitness::rung_fitness(laboratory, &addresses, &trials, &target_profiles).value();
        let threshold = thresholds.get(index).copied().flatten();
        rungs.push(RungResult { rung: rung.name.clone(), fitness: reached, threshold });
        if let Some(threshold) = threshold.filter(|threshold| reached < *threshold) {
            let rejection = Rejection::Outclassed { rung: rung.name.clone(), fitness: reached, threshold };
            return CascadeEnd::Dropped { rungs, rejection };
        }
    }
    let all_profiles: Vec<usize> = (0..laboratory.lab().profiles.len()).collect();
    let addresses = laboratory.addresses(None, &all_profiles);
    if let Err(error) = laboratory.check_memory(&activation, &addresses) {
        return CascadeEnd::Dropped { rungs, rejection: Rejection::Forbidden { detail: error.to_string() } };
    }
    let trials = match laboratory.run(&mut activation, &addresses, false, workspace, halt) {
        Ok(trials) => trials,
        Err(halt) => return CascadeEnd::Halted(halt),
    };
    let of_target = addresses.iter().zip(&trials).filter(|(address, _)| target_profiles.contains(&address.profile));
    if of_target.clone().all(|(_, trial)| trial.status == TrialStatus::Diverged) {
        return CascadeEnd::Dropped { rungs, rejection: diverged(&trials[0]) };
    }
    CascadeEnd::Passed { rungs, evaluation: Box::new(fitness::evaluate(laboratory, &addresses, trials, target)) }
}

fn diverged(trial: &Trial) -> Rejection {
    Rejection::Diverged {
        detail: format!(
            "the training loss exploded on task {}, network {} of profile {}, seed {}",
            trial.task, trial.network, trial.profile, trial.seed
        ),
    }
}
