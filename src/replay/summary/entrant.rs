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
}
