//! What a running campaign has come to, in words for its progress.

use crate::archive::{ranked_under, ranking};
use crate::cli::mine::summary::label;
use crate::cli::table::signed;
use crate::record::attempt::Attempt;
use crate::record::candidate::Candidate;
use crate::record::ledger::Money;

/// The sums of the settled attempts.
pub struct Tally {
    /// One a target by which the campaign selects.
    blocks: Vec<BlockTally>,
    rejected: usize,
    spent: Money,
}

/// The best so far under one target.
struct BlockTally {
    target: String,
    /// The first two founders with their fitness, to compare with.
    reference: String,
    best: Option<f64>,
}

impl BlockTally {
    fn of(target: String, founders: &[Candidate], candidates: &[Candidate]) -> BlockTally {
        let fitness = |candidate: &Candidate| candidate.fitness_under(&target);
        let reference: Vec<String> = founders
            .iter()
            .map(|founder| format!("{} {}", label(founder), signed(fitness(founder))))
            .take(2)
            .collect();
        let best = ranked_under(candidates, &target);
        BlockTally {
            reference: reference.join(", "),
            best: best.first().map(|best| fitness(best)),
            target,
        }
    }

    fn words(&self) -> String {
        let best = self.best.map_or_else(|| "none yet".to_owned(), signed);
        format!("{best} ({})", self.reference)
    }
}

impl Tally {
    /// The tally of the attempts that earlier runs settled; `blocks` are the targets by which the
    /// campaign selects.
    pub fn of(blocks: Vec<String>, founders: &[Candidate], settled: &[Attempt]) -> Tally {
        let candidates = ranking(settled);
        let block = |target| BlockTally::of(target, founders, &candidates);
        Tally {
            blocks: blocks.into_iter().map(block).collect(),
            rejected: settled
                .iter()
                .filter(|attempt| attempt.outcome.rejection().is_some())
                .count(),
            spent: settled.iter().map(Attempt::cost).sum(),
        }
    }

    /// Counts one more attempt.
    pub fn add(&mut self, attempt: &Attempt) {
        self.rejected += usize::from(attempt.outcome.rejection().is_some());
        self.spent += attempt.cost();
        let Some(evaluation) = &attempt.evaluation else {
            return;
        };
        for block in &mut self.blocks {
            let found = evaluation.under(&block.target).fitness.value();
            block.best = Some(block.best.map_or(found, |best| best.max(found)));
        }
    }

    /// The tally in words. The best is no winner: the best of many owes part of its lead to the
    /// tasks that selected it.
    pub fn words(&self) -> String {
        let best = match &self.blocks[..] {
            [only] => only.words(),
            several => {
                let words = |block: &BlockTally| format!("{} {}", block.target, block.words());
                several.iter().map(words).collect::<Vec<_>>().join(", ")
            }
        };
        let spent = if self.spent.is_zero() {
            String::new()
        } else {
            format!(", {} spent", self.spent)
        };
        format!(
            "best so far on the selecting tasks {best}, {} rejected{spent}",
            self.rejected
        )
    }
}
