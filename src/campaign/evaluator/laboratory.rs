//! The lab as evaluator: its cascade selects, and fresh draws of its tasks confirm.

use super::measuring::{Evaluator, FreshOrder, RungTerms, Unmeasured};
use crate::campaign::error::CampaignError;
use crate::formula::Formula;
use crate::lab::laboratory::PreparationError;
use crate::lab::{climb, evaluate_all, CascadeEnd, Draw, Laboratory, Thresholds};
use crate::nets::small::Workspace;
use crate::numerics::stop::{Halt, NoThread, Stop};
use crate::record::evaluation::Evaluation;
use crate::record::judging::Judging;

/// The fewest fresh tasks of a confirmation.
const LEAST_TASKS: usize = 24;
/// The fewest draws of the lab in a confirmation, since tasks vary far more than seeds.
const LEAST_DRAWS: u32 = 2;

impl Evaluator for Laboratory {
    fn judging(&self) -> &Judging {
        Laboratory::judging(self)
    }

    fn rungs(&self) -> Vec<RungTerms> {
        let rungs = self.lab().rungs.iter();
        rungs
            .map(|rung| RungTerms {
                name: rung.name.clone(),
                keep: rung.keep,
                field: rung.field,
                least_field: rung.least_field,
            })
            .collect()
    }

    fn climb(
        &self,
        formula: &Formula,
        target: &str,
        thresholds: &Thresholds,
        workspace: &mut Workspace,
        stop: &Stop,
    ) -> Result<CascadeEnd, CampaignError> {
        Ok(climb(self, formula, target, thresholds, workspace, stop))
    }

    fn draws(&self) -> u32 {
        (LEAST_TASKS.div_ceil(self.lab().tasks.len()) as u32).max(LEAST_DRAWS)
    }

    /// On fresh draws of the tasks, under all profiles or those of the target alone. A fitness under
    /// a profile is the same either way.
    fn measure_fresh(
        &self,
        order: &FreshOrder,
        stop: &Stop,
    ) -> Result<Vec<Evaluation>, Unmeasured> {
        let draw = Draw::Fresh {
            seed: order.seed,
            draws: order.draws,
        };
        let (backend, lab) = (self.backend().clone(), self.lab().clone().without_rungs());
        let lab = match order.alone {
            true => lab.only(order.target),
            false => lab,
        };
        let fresh =
            Laboratory::prepare_on(backend, lab, draw, order.workers, stop).map_err(unprepared)?;
        let trials = fresh.addresses(None, &fresh.all_profiles()).len();
        let of = (order.formulas.len() * trials) as u64;
        let done = || (order.done)(1, of);
        evaluate_all(
            &fresh,
            order.formulas,
            order.target,
            order.workers,
            stop,
            &done,
        )
        .map_err(|halt| match halt {
            Halt::DeviceFailed => {
                Unmeasured::Impossible("the device failed while it trained them".to_owned())
            }
            Halt::NoThread => Unmeasured::Failed(NoThread.into()),
            Halt::Stopped | Halt::TimedOut => Unmeasured::Halted,
        })
    }
}

fn unprepared(error: PreparationError) -> Unmeasured {
    match error {
        PreparationError::NoThread(error) => Unmeasured::Failed(error.into()),
        PreparationError::Halted(halt) if halt != Halt::DeviceFailed => Unmeasured::Halted,
        other => Unmeasured::Impossible(other.to_string()),
    }
}
