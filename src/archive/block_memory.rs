//! What an archive remembers for one block beside its elites: the running fields of the cascade and
//! the latest rejections.

use std::collections::{BTreeMap, VecDeque};

use crate::record::attempt::{Attempt, Outcome, Rejection};

/// Recent rejections of formulas that are kept to be shown.
const REMEMBERED_REJECTIONS: usize = 8;

/// The running fields and rejections of the attempts on the islands of one block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlockMemory {
    fields: BTreeMap<String, Vec<f64>>,
    rejections: VecDeque<(String, Rejection)>,
}

impl BlockMemory {
    /// Takes in a settled attempt of the block, in the order of their numbers.
    pub(super) fn fold(&mut self, attempt: &Attempt) {
        for rung in &attempt.rungs {
            self.fields
                .entry(rung.rung.clone())
                .or_default()
                .push(rung.fitness);
        }
        // A call that failed says nothing of formulas.
        if let (Outcome::Rejected(rejection), Some(proposal)) =
            (&attempt.outcome, &attempt.proposal)
        {
            self.rejections
                .push_front((proposal.formula.clone(), rejection.clone()));
            self.rejections.truncate(REMEMBERED_REJECTIONS);
        }
    }

    /// The fitness that a rung asks for: the least of the best `keep` of the latest `field`
    /// fitnesses there; `None` below `least_field` of them.
    pub fn threshold(
        &self,
        rung: &str,
        keep: f64,
        field: usize,
        least_field: usize,
    ) -> Option<f64> {
        let all = self.fields.get(rung)?;
        let mut latest: Vec<f64> = all[all.len().saturating_sub(field)..].to_vec();
        if latest.len() < least_field.max(1) {
            return None;
        }
        latest.sort_by(|a, b| b.total_cmp(a));
        let kept = ((latest.len() as f64 * keep).ceil() as usize).clamp(1, latest.len());
        Some(latest[kept - 1])
    }

    /// The latest rejections of formulas with their text, newest first.
    pub fn rejections(&self) -> impl Iterator<Item = &(String, Rejection)> {
        self.rejections.iter()
    }
}
