//! What a confirmation comes to: the champions beside the incumbents on fresh tasks.

use std::collections::BTreeMap;

use crate::campaign::{compare_contenders, CampaignGround, Ground, YARDSTICK};
use crate::formula::Formula;
use crate::journal::Journal;
use crate::lab::{Comparison, Verdict};
use crate::numerics::statistics::holm;
use crate::record::charter::Charter;
use crate::record::confirmation::{Confirmation, Contender};
use crate::review::campaigns::shipped_lab;
use crate::review::error::ReviewError;
use crate::task::TaskDefinition;

/// A confirmation with what is needed to compare those who took part in it.
pub struct Standings {
    /// The record of the confirmation.
    pub confirmation: Confirmation,
    /// The lab or the benchmark of the campaign.
    pub ground: CampaignGround,
    /// The name of that lab where it is a shipped one; `None` for a lab of the user's own.
    pub shipped_lab: Option<String>,
    /// Whose fitness ranks: a profile's name, or `general`.
    pub target: String,
    /// Whether it is of one block of several, whose networks alone were trained.
    pub is_of_block: bool,
    /// Of a campaign for several blocks: the adjusted p-values of what was mined beside the known
    /// activations, by their ids. All comparisons of all blocks are adjusted together.
    adjusted: BTreeMap<(String, String), f64>,
}

/// What a formula came to on fresh tasks.
pub struct FreshResult {
    /// Its fitness there.
    pub fitness: f64,
    /// How it compares there with a rival; `None` for the rival itself, and where the rival did
    /// not take part.
    pub beside: Option<Comparison>,
}

impl Standings {
    /// Returns the standings of a campaign's latest confirmation, one a block; none where nothing is
    /// confirmed.
    ///
    /// # Errors
    /// [`ReviewError::Journal`] where the archive cannot be read, [`ReviewError::Lab`] where this
    /// version does not read the campaign's lab.
    pub fn latest(journal: &Journal, charter: &Charter) -> Result<Vec<Standings>, ReviewError> {
        match journal.confirmations(&charter.campaign)?.pop() {
            Some(latest) => Standings::of(&latest, charter),
            None => Ok(Vec::new()),
        }
    }

    /// Returns the standings of a campaign's latest confirmation in which the formula of this id
    /// took part, of the blocks in which it did; none where it took part in none.
    ///
    /// # Errors
    /// Those of [`Standings::latest`].
    pub fn latest_with(
        journal: &Journal,
        charter: &Charter,
        id: &str,
    ) -> Result<Vec<Standings>, ReviewError> {
        let took_part = |confirmation: &Confirmation| confirmation.contender(id).is_some();
        let confirmations = journal.confirmations(&charter.campaign)?;
        let Some(latest) = confirmations.into_iter().rev().find(took_part) else {
            return Ok(Vec::new());
        };
        let mut standings = Standings::of(&latest, charter)?;
        standings.retain(|standings| took_part(&standings.confirmation));
        Ok(standings)
    }

    /// Returns the standings of a confirmation of this campaign, one a block.
    ///
    /// # Errors
    /// [`ReviewError::Lab`] where this version does not read the campaign's lab.
    pub fn of(
        confirmation: &Confirmation,
        charter: &Charter,
    ) -> Result<Vec<Standings>, ReviewError> {
        let is_of_block = !confirmation.blocks.is_empty();
        let of_block = |(target, confirmation): (String, Confirmation)| {
            let ground = CampaignGround::of(charter)?;
            Ok(Standings {
                confirmation,
                ground: match is_of_block {
                    true => ground.only(&target),
                    false => ground,
                },
                shipped_lab: shipped_lab(charter).map(str::to_owned),
                target,
                is_of_block,
                adjusted: BTreeMap::new(),
            })
        };
        let blocks = confirmation.by_block(&charter.target).into_iter();
        let mut standings = blocks
            .map(of_block)
            .collect::<Result<Vec<Standings>, ReviewError>>()?;
        if is_of_block {
            adjust(&mut standings);
        }
        Ok(standings)
    }

    /// Returns the nickname of the mined formula that is fittest on the fresh tasks; `None` where
    /// nothing mined took part.
    pub fn winner(&self) -> Option<&str> {
        self.confirmation
            .winner()
            .map(|winner| winner.formula.nickname.as_str())
    }

    /// Returns all that took part, fittest on the fresh tasks first.
    pub fn contenders(&self) -> Vec<&Contender> {
        by_fresh_fitness(self.confirmation.contenders())
    }

    /// Returns the champions, fittest on the fresh tasks first.
    pub fn champions(&self) -> Vec<&Contender> {
        by_fresh_fitness(self.confirmation.champions.iter())
    }

    /// Returns the champions that are better than `rival`, fittest first.
    pub fn better_than(&self, rival: &Contender) -> Vec<&Contender> {
        let is_better = |champion: &&Contender| {
            self.compare(champion, rival)
                .is_some_and(|beside| beside.verdict == Verdict::Better)
        };
        self.champions().into_iter().filter(is_better).collect()
    }

    /// Returns GELU as it was measured beside the champions; `None` where it did not take part.
    pub fn yardstick(&self) -> Option<&Contender> {
        self.confirmation
            .contender(Formula::parse(YARDSTICK).ok()?.id())
    }

    /// Compares a contender with GELU; `None` for GELU itself, and where it did not take part.
    pub fn beside_yardstick(&self, contender: &Contender) -> Option<Comparison> {
        let yardstick = self
            .yardstick()
            .filter(|gelu| gelu.formula.id != contender.formula.id)?;
        self.compare(contender, yardstick)
    }

    /// Compares two contenders under the target, paired over the fresh tasks; `None` where they
    /// cannot be compared. Where a campaign has several blocks, what was mined is compared with known
    /// activations by p-values that are adjusted for all such comparisons of all blocks.
    pub fn compare(&self, contender: &Contender, rival: &Contender) -> Option<Comparison> {
        let comparison = self.compare_alone(contender, rival)?;
        let pair = (contender.formula.id.clone(), rival.formula.id.clone());
        Some(match self.adjusted.get(&pair) {
            Some(p_adjusted) => comparison.adjusted(*p_adjusted),
            None => comparison,
        })
    }

    fn compare_alone(&self, contender: &Contender, rival: &Contender) -> Option<Comparison> {
        compare_contenders(
            contender,
            rival,
            &self.confirmation,
            self.ground.ground(),
            &self.target,
        )
    }

    /// The p-values of all that was mined beside all known activations, by their ids.
    fn p_values(&self) -> Vec<((String, String), f64)> {
        let contenders = || self.confirmation.contenders();
        let mined = contenders().filter(|contender| contender.attempt > 0);
        let pairs = mined.flat_map(|mined| {
            let known = contenders().filter(|contender| contender.attempt == 0);
            known.map(move |known| (mined, known))
        });
        pairs
            .filter_map(|(mined, known)| {
                let comparison = self.compare_alone(mined, known)?;
                let pair = (mined.formula.id.clone(), known.formula.id.clone());
                Some((pair, comparison.p_value))
            })
            .collect()
    }

    /// Returns what the formula of this id came to on the fresh tasks, beside the one of the id
    /// `rival`; `None` where it did not take part.
    pub fn fresh(&self, id: &str, rival: Option<&str>) -> Option<FreshResult> {
        let contender = self.confirmation.contender(id)?;
        let rival = rival
            .filter(|rival| *rival != id)
            .and_then(|rival| self.confirmation.contender(rival));
        Some(FreshResult {
            fitness: contender.fresh.estimate.fitness.value(),
            beside: rival.and_then(|rival| self.compare(contender, rival)),
        })
    }

    /// Returns how many fresh tasks each contender was measured on, all draws together.
    pub fn tasks(&self) -> usize {
        let first = self.confirmation.champions.first();
        first.map_or(0, |champion| champion.fresh.tasks.len())
    }

    /// Returns how many tasks of the lab read files, so that no draw has other rows; none of a
    /// benchmark do.
    pub fn file_tasks(&self) -> usize {
        let reads_file = |task: &&TaskDefinition| matches!(task, TaskDefinition::File(_));
        self.lab_tasks().iter().filter(reads_file).count()
    }

    /// Returns whether every task of the lab reads files, so that nothing could be drawn afresh.
    pub fn only_file_tasks(&self) -> bool {
        let tasks = self.lab_tasks();
        !tasks.is_empty() && self.file_tasks() == tasks.len()
    }

    /// Returns the tasks of the lab; none where a benchmark measures.
    pub fn lab_tasks(&self) -> &[TaskDefinition] {
        match self.ground.ground() {
            Ground::Lab(lab) => &lab.tasks,
            Ground::Benchmark(_) => &[],
        }
    }
}

/// Adjusts the comparisons of all blocks of a campaign for their number.
fn adjust(blocks: &mut [Standings]) {
    let of_blocks: Vec<_> = blocks.iter().map(Standings::p_values).collect();
    let p_values: Vec<f64> = of_blocks.iter().flatten().map(|(_, p)| *p).collect();
    let mut adjusted = holm(&p_values).into_iter();
    for (block, of_block) in blocks.iter_mut().zip(of_blocks) {
        let pairs = of_block.into_iter().map(|(pair, _)| pair);
        block.adjusted = pairs.zip(adjusted.by_ref()).collect();
    }
}

fn by_fresh_fitness<'a>(contenders: impl Iterator<Item = &'a Contender>) -> Vec<&'a Contender> {
    let fitness = |contender: &Contender| contender.fresh.estimate.fitness.value();
    let mut ranked: Vec<&Contender> = contenders.collect();
    ranked.sort_by(|a, b| fitness(b).total_cmp(&fitness(a)));
    ranked
}
