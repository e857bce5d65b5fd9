//! An activation that a summary is of.

use crate::record::benchmark_run::ActivationRecord;

/// An activation of the summary, in the order in which its rows come.
#[derive(Clone, Debug, PartialEq)]
pub struct Entrant {
    /// The activation, as records hold it.
    pub activation: ActivationRecord,
    /// The name that tables show.
    pub name: String,
    /// Whether candidates are compared with it.
    pub baseline: bool,
    /// What it is the outcome of, where its constants were tuned.
    pub tuned: Option<TuningNote>,
}

/// Of which baseline a tuned one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TuningNote {
    /// The name of the baseline that was tuned; the entrant's own where nothing was better than the
    /// baseline as it is.
    pub of: String,
    /// The evaluations that it was given.
    pub evaluations: u32,
}
