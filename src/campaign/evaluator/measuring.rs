//! What measures the formulas of a campaign, whatever it is.

use crate::campaign::error::CampaignError;
use crate::formula::Formula;
use crate::lab::{CascadeEnd, Thresholds};
use crate::nets::small::Workspace;
use crate::numerics::stop::Stop;
use crate::record::evaluation::Evaluation;
use crate::record::judging::Judging;

/// What measures the formulas of a campaign: rungs of growing cost by which it selects, and a
/// measurement on which nothing was selected.
pub trait Evaluator: Sync {
    /// How it judges formulas.
    fn judging(&self) -> &Judging;

    /// What decides who leaves a cheap rung, cheapest first.
    fn rungs(&self) -> Vec<RungTerms>;

    /// Measures a formula on the rungs one after the other under a target, and wholly where none of
    /// them drops it. The result is a pure function of formula, target and thresholds.
    ///
    /// # Errors
    /// A journal that does not take what is measured, and a benchmark that cannot be run.
    fn climb(
        &self,
        formula: &Formula,
        target: &str,
        thresholds: &Thresholds,
        workspace: &mut Workspace,
        stop: &Stop,
    ) -> Result<CascadeEnd, CampaignError>;

    /// How many fresh draws a confirmation pools; of a benchmark, its fresh seeds.
    fn draws(&self) -> u32;

    /// Measures formulas side by side on what no formula was selected on.
    ///
    /// # Errors
    /// Why nothing came of it.
    fn measure_fresh(&self, order: &FreshOrder, stop: &Stop)
        -> Result<Vec<Evaluation>, Unmeasured>;
}

/// What decides who leaves a cheap rung: the running field, and the share of it that goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct RungTerms {
    /// What tables and rejections call the rung.
    pub name: String,
    /// The fraction of the running field that goes on: above 0, at most 1.
    pub keep: f64,
    /// The running field: this many of the latest fitnesses on the rung.
    pub field: usize,
    /// With fewer fitnesses than this in the field, every formula goes on.
    pub least_field: usize,
}

/// What is to be measured where nothing was selected.
pub struct FreshOrder<'a> {
    /// The formulas, each of which is measured in the same way.
    pub formulas: &'a [&'a Formula],
    /// Whose fitness counts.
    pub target: &'a str,
    /// Whether nothing is measured but what counts.
    pub alone: bool,
    /// The seed of all that is drawn, which no selection has.
    pub seed: u64,
    /// How many draws, or seeds.
    pub draws: u32,
    /// Threads that train.
    pub workers: usize,
    /// Called after trials, or steps of benchmark runs, from any thread, with how many are done
    /// more, and the number of all.
    pub done: &'a (dyn Fn(u64, u64) + Sync),
}

/// Why nothing came of a fresh measurement.
pub enum Unmeasured {
    /// It was stopped; what is kept of it is not measured again.
    Halted,
    /// It cannot be made here, for this reason.
    Impossible(String),
    /// The campaign cannot go on.
    Failed(CampaignError),
}
