//! A niche: one cell of an island's grid over behaviour.

use std::fmt;

use crate::record::candidate::{Asymptote, Measures};

/// The cell in which functions of like behaviour compete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Niche {
    left: Asymptote,
    right: Asymptote,
    monotone: bool,
    /// 0 for smooth, 1 for a ripple, 2 for an oscillation that carries the curve.
    oscillation: u8,
    /// Which third of the cost budget.
    cost: u8,
}

impl Niche {
    /// The niche of these measures; `cost_budget` is the campaign's.
    pub fn of(measures: &Measures, cost_budget: u32) -> Niche {
        let oscillation = match measures.periodic_energy {
            energy if energy < 0.05 => 0,
            energy if energy < 0.5 => 1,
            _ => 2,
        };
        let cost = (u64::from(measures.cost) * 3 / u64::from(cost_budget.max(1))).min(2) as u8;
        Niche {
            left: measures.left,
            right: measures.right,
            monotone: measures.monotone,
            oscillation,
            cost,
        }
    }
}

impl fmt::Display for Niche {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let monotone = if self.monotone { "monotone" } else { "turning" };
        let oscillation = ["smooth", "rippled", "oscillating"][self.oscillation as usize];
        let cost = ["cheap", "middling", "dear"][self.cost as usize];
        write!(
            out,
            "{:?} to {:?}, {monotone}, {oscillation}, {cost}",
            self.left, self.right
        )
    }
}
