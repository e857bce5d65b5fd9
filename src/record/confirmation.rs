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
    /// Of a campaign for several blocks: what each came to, in their order. The lists above are empty
    /// then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<BlockConfirmation>,
}

/// What the fittest candidates for one block came to, on fresh tasks under the networks of that
/// block alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlockConfirmation {
    /// The profile that the networks are of.
    pub profile: String,
    /// The fittest candidates under it on the tasks that selected, each of another shape, fittest
    /// there first.
    pub champions: Vec<Contender>,
    /// What they are held against: known activations, and the block's winner in the confirmation
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
    /// All that were measured, champions first, block by block where there are several.
    pub fn contenders(&self) -> impl Iterator<Item = &Contender> {
        let of_blocks = self
            .blocks
            .iter()
            .flat_map(|block| block.champions.iter().chain(&block.incumbents));
        self.champions
            .iter()
            .chain(&self.incumbents)
            .chain(of_blocks)
    }

    /// Each block's own confirmation with its target, which is `target` where the campaign selects
    /// by one alone.
    pub fn by_block(&self, target: &str) -> Vec<(String, Confirmation)> {
        if self.blocks.is_empty() {
            return vec![(target.to_owned(), self.clone())];
        }
        let alone = |block: &BlockConfirmation| {
            let confirmation = Confirmation {
                champions: block.champions.clone(),
                incumbents: block.incumbents.clone(),
                blocks: Vec::new(),
                ..*self
            };
            (block.profile.clone(), confirmation)
        };
        self.blocks.iter().map(alone).collect()
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
    /// A candidate or founder with what it came to on the fresh tasks, under the target of that
    /// evaluation.
    pub fn new(candidate: &Candidate, fresh: Evaluation) -> Contender {
        let name = candidate.name.clone().filter(|_| candidate.attempt == 0);
        Contender {
            formula: candidate.formula.clone(),
            name,
            attempt: candidate.attempt,
            selection: candidate.evaluation.under(&fresh.target),
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
