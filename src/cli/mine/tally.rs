//! What a running campaign has come to, in words for its progress.

use crate::archive::ranking;
use crate::cli::mine::summary::label;
use crate::cli::table::signed;
use crate::record::attempt::Attempt;
use crate::record::candidate::Candidate;
use crate::record::ledger::Money;

/// The sums of the settled attempts.
pub struct Tally {
    /// The first two founders with their fitness, to compare with.
    reference: String,
    best: Option<f64>,
    rejected: usize,
    spent: Money,
}

impl Tally {
    /// The tally of the attempts that earlier runs settled.
    pub fn of(founders: &[Candidate], settled: &[Attempt]) -> Tally {
        let reference: Vec<String> = founders
            .iter()
            .map(|founder| format!("{} {}", label(founder), signed(founder.fitness())))
            .take(2)
            .collect();
        Tally {
            reference: reference.join(", "),
            best: ranking(settled).first().map(Candidate::fitness),
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
        if let Some(evaluation) = &attempt.evaluation {
            let found = evaluation.estimate.fitness.value();
            self.best = Some(self.best.map_or(found, |best| best.max(found)));
        }
    }

    /// The tally in words. The best is no winner: the best of many owes part of its lead to the
    /// tasks that selected it.
    pub fn words(&self) -> String {
        let best = self.best.map_or_else(|| "none yet".to_owned(), signed);
        let spent = if self.spent.is_zero() {
            String::new()
        } else {
            format!(", {} spent", self.spent)
        };
        format!(
            "best so far on the selecting tasks {best} ({}), {} rejected{spent}",
            self.reference, self.rejected
        )
    }
}
