//! What a confirmation comes to: the champions beside the incumbents on fresh tasks.

use crate::campaign::{compare_contenders, CampaignGround, Ground, YARDSTICK};
use crate::formula::Formula;
use crate::journal::Journal;
use crate::lab::{Comparison, Verdict};
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
    /// Returns the standings of a campaign's latest confirmation; `None` where there is none.
    ///
    /// # Errors
    /// [`ReviewError::Journal`] where the archive cannot be read, [`ReviewError::Lab`] where this
    /// version does not read the campaign's lab.
    pub fn latest(journal: &Journal, charter: &Charter) -> Result<Option<Standings>, ReviewError> {
        let latest = journal.confirmations(&charter.campaign)?.pop();
        latest
            .map(|confirmation| Standings::of(confirmation, charter))
            .transpose()
    }

    /// Returns the standings of a campaign's latest confirmation in which the formula of this id
    /// took part; `None` where it took part in none.
    ///
    /// # Errors
    /// Those of [`Standings::latest`].
    pub fn latest_with(
        journal: &Journal,
        charter: &Charter,
        id: &str,
    ) -> Result<Option<Standings>, ReviewError> {
        let confirmations = journal.confirmations(&charter.campaign)?;
        let latest = confirmations
            .into_iter()
            .rev()
            .find(|confirmation| confirmation.contender(id).is_some());
        latest
            .map(|confirmation| Standings::of(confirmation, charter))
            .transpose()
    }

    /// Returns the standings of a confirmation of this campaign.
    ///
    /// # Errors
    /// [`ReviewError::Lab`] where this version does not read the campaign's lab.
    pub fn of(confirmation: Confirmation, charter: &Charter) -> Result<Standings, ReviewError> {
        Ok(Standings {
            confirmation,
            ground: CampaignGround::of(charter)?,
            shipped_lab: shipped_lab(charter).map(str::to_owned),
            target: charter.target.clone(),
        })
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

    /// Compares two contenders under the campaign's target, paired over the fresh tasks; `None`
    /// where they cannot be compared.
    pub fn compare(&self, contender: &Contender, rival: &Contender) -> Option<Comparison> {
        compare_contenders(
            contender,
            rival,
            &self.confirmation,
            self.ground.ground(),
            &self.target,
        )
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

fn by_fresh_fitness<'a>(contenders: impl Iterator<Item = &'a Contender>) -> Vec<&'a Contender> {
    let fitness = |contender: &Contender| contender.fresh.estimate.fitness.value();
    let mut ranked: Vec<&Contender> = contenders.collect();
    ranked.sort_by(|a, b| fitness(b).total_cmp(&fitness(a)));
    ranked
}
