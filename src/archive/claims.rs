//! Claims: the functions that a campaign knows already, by the fingerprint of their curve.

use crate::formula::{Fingerprint, Formula};

/// Who claimed a function first.
#[derive(Clone, Debug, PartialEq)]
pub struct Owner {
    /// A known activation's name, or a mined formula's nickname.
    pub name: String,
    /// The attempt that claimed it; `None` for a known activation.
    pub attempt: Option<u64>,
}

/// Every claimed function, in the order of the claims.
#[derive(Clone, Default)]
pub struct Claims(Vec<(Fingerprint, Owner)>);

impl Claims {
    /// Claims the function for `owner`, or answers who has it already.
    pub fn claim(&mut self, formula: &Formula, owner: Owner) -> Result<(), Owner> {
        let fingerprint = formula.fingerprint();
        if let Some((_, first)) = self.0.iter().find(|(known, _)| known.matches(&fingerprint)) {
            return Err(first.clone());
        }
        self.0.push((fingerprint, owner));
        Ok(())
    }
}
