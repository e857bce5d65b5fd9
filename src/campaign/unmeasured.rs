//! What is known of an activation before it is measured.

use crate::formula::Formula;
use crate::proposer::Exemplar;
use crate::record::candidate::FormulaRecord;

/// What is known of an activation before it is measured.
pub fn unmeasured(name: &str, formula: &Formula) -> Exemplar {
    Exemplar {
        formula: FormulaRecord::from(formula),
        fitness: f64::NAN,
        profiles: Vec::new(),
        name: Some(name.to_owned()),
        rationale: None,
    }
}
