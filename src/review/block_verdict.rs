//! What a block has come to: the best formula for it, and what that is better than.

use crate::lab::{Comparison, Verdict};
use crate::record::confirmation::Contender;
use crate::review::standings::Standings;

/// The outcome of a confirmation under one target.
pub struct BlockVerdict<'a> {
    /// The mined formula that is best there: the fittest of those that are better than the rival,
    /// else the fittest of all.
    pub best: &'a Contender,
    /// What it is held against: the best known activation, where something mined is better than
    /// that; else GELU where it was measured, and the best known activation where not.
    pub rival: &'a Contender,
    /// How they compare; `None` where they cannot be compared.
    pub comparison: Option<Comparison>,
    /// Whether it is better than the rival.
    pub is_won: bool,
    /// The known activation that is fittest there.
    pub best_known: &'a Contender,
    /// The fittest of all.
    pub leader: &'a Contender,
}

impl Standings {
    /// Returns what its block has come to; `None` where nothing mined or nothing known took part.
    pub fn verdict(&self) -> Option<BlockVerdict<'_>> {
        let best_known = self.confirmation.best_known()?;
        let contenders = self.contenders();
        let leader = *contenders.first()?;
        let yardstick = self.yardstick().unwrap_or(best_known);
        for rival in [best_known, yardstick] {
            let is_better = |mined: &&&Contender| {
                let comparison = self.compare(mined, rival);
                mined.attempt > 0
                    && comparison.is_some_and(|beside| beside.verdict == Verdict::Better)
            };
            if let Some(best) = contenders.iter().find(is_better) {
                return Some(BlockVerdict {
                    best,
                    rival,
                    comparison: self.compare(best, rival),
                    is_won: true,
                    best_known,
                    leader,
                });
            }
        }
        let best = self.confirmation.winner()?;
        Some(BlockVerdict {
            best,
            rival: yardstick,
            comparison: self.compare(best, yardstick),
            is_won: false,
            best_known,
            leader,
        })
    }
}
