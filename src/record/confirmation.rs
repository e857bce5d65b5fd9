//! The record of a confirmation: would-be champions and incumbents, measured side by side on fresh
//! tasks, on which nothing was selected.

use serde::{Deserialize, Serialize};

use crate::record::candidate::{Candidate, FormulaRecord};
use crate::record::evaluation::{Estimate, Evaluation};

/// What a campaign's fittest candidates came to on tasks that none of them was selected on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The candidates that the campaign had; once it has more, there are champions to confirm
    /// again.
    pub candidates: u64,
    /// The seed of the fresh draws, which is not the campaign's.
    pub seed: u64,
    /// How many draws of the lab's tasks were pooled.
    pub draws: u32,
    /// The fittest candidates on the tasks that selected, fittest there first.
    pub champions: Vec<Contender>,
    /// What they are held against: known activations, and the winner of the campaign's confirmation
    /// before this one.
    pub incumbents: Vec<Contender>,
}

/// A formula that was measured on the fresh tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contender {
    /// The formula.
    pub formula: FormulaRecord,
    /// A known activation's name.
    pub name: Option<String>,
    /// The attempt that made it; 0 for a known activation.
    pub attempt: u64,
    /// Its fitness on the tasks that selected.
    pub selection: Estimate,
    /// How it did on the fresh tasks.
    pub fresh: Evaluation,
}

impl Confirmation {
    /// All that were measured, champions first.
    pub fn contenders(&self) -> impl Iterator<Item = &Contender> {
        self.champions.iter().chain(&self.incumbents)
    }

    /// The mined formula that is fittest on the fresh tasks, the earlier of equals.
    pub fn winner(&self) -> Option<&Contender> {
        fittest(self.contenders().filter(|contender| contender.attempt > 0))
    }

    /// The known activation that is fittest on the fresh tasks.
    pub fn best_known(&self) -> Option<&Contender> {
        fittest(
            self.incumbents
                .iter()
                .filter(|contender| contender.attempt == 0),
        )
    }

    /// The formula of this id, if it was measured.
    pub fn contender(&self, id: &str) -> Option<&Contender> {
        self.contenders()
            .find(|contender| contender.formula.id == id)
    }
}

impl Contender {
    /// A candidate or founder with what it came to on the fresh tasks.
    pub fn new(candidate: &Candidate, fresh: Evaluation) -> Contender {
        let name = candidate.name.clone().filter(|_| candidate.attempt == 0);
        Contender {
            formula: candidate.formula.clone(),
            name,
            attempt: candidate.attempt,
            selection: candidate.evaluation.estimate,
            fresh,
        }
    }

    /// What tables call it: a known activation's name, else its nickname.
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.formula.nickname)
    }
}

fn fittest<'a>(contenders: impl Iterator<Item = &'a Contender>) -> Option<&'a Contender> {
    let fitness = |contender: &Contender| contender.fresh.estimate.fitness.value();
    contenders.reduce(|best, next| {
        if fitness(next) > fitness(best) {
            next
        } else {
            best
        }
    })
}
