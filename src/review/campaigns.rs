//! The campaigns of an archive: one by name, and what each has come to so far.

use crate::archive::{ranked_under, ranking};
use crate::formula::nearest::nearest;
use crate::journal::Journal;
use crate::lab::{identity, Lab};
use crate::record::candidate::Candidate;
use crate::record::charter::Charter;
use crate::record::ledger::Money;
use crate::review::error::ReviewError;

/// Returns the charter of the campaign of this name, or of the campaign begun last where `name` is
/// `None`.
///
/// # Errors
/// [`ReviewError::NoCampaign`] where the archive has none, [`ReviewError::UnknownCampaign`] where
/// none has the name, with the nearest name.
pub fn find_campaign(journal: &Journal, name: Option<&str>) -> Result<Charter, ReviewError> {
    let mut campaigns = journal.campaigns()?;
    let Some(latest) = campaigns.pop() else {
        return Err(ReviewError::NoCampaign);
    };
    let Some(name) = name else {
        return Ok(latest);
    };
    campaigns.push(latest);
    let nearest = nearest(
        name,
        campaigns.iter().map(|charter| charter.campaign.as_str()),
    );
    let unknown = ReviewError::UnknownCampaign {
        name: name.to_owned(),
        nearest: nearest.to_owned(),
    };
    campaigns
        .into_iter()
        .find(|charter| charter.campaign == name)
        .ok_or(unknown)
}

/// Returns the name of the shipped lab that a campaign ran on; `None` for a lab of the user's own,
/// of which the archive keeps the text and not the file's place.
pub fn shipped_lab(charter: &Charter) -> Option<&str> {
    let is_shipped = Lab::shipped(&charter.lab)
        .is_ok_and(|text| identity(text) == identity(&charter.lab_definition));
    is_shipped.then_some(charter.lab.as_str())
}

/// The candidate that is fittest under one target of a campaign.
pub struct BlockBest {
    /// A profile's name, or the campaign's only target.
    pub target: String,
    /// The candidate.
    pub candidate: Candidate,
}

/// The targets by which a campaign selects; of one whose lab this version does not read, its own
/// target alone.
pub fn blocks_of(charter: &Charter) -> Vec<String> {
    let lab = match charter.is_for_all() {
        true => Lab::parse(&charter.lab_definition).ok(),
        false => None,
    };
    let profiles = lab.into_iter().flat_map(|lab| lab.profiles);
    let names: Vec<String> = profiles.map(|profile| profile.name).collect();
    charter.blocks(&names)
}

/// What a campaign has come to so far.
pub struct CampaignOverview {
    /// The campaign's settings.
    pub charter: Charter,
    /// The attempts that are settled.
    pub attempts: usize,
    /// The candidate that is fittest on the tasks that selected, under each target by which the
    /// campaign selects; empty where there is none.
    pub best: Vec<BlockBest>,
    /// Why its latest run stopped, such as `attempts_made`; `cut off` where that run ended without
    /// saying so, or where attempts were made since.
    pub state: String,
    /// Money that was spent, and money that is held for requests under way.
    pub spent: Money,
}

impl CampaignOverview {
    /// Returns the overview of every campaign, in the order in which they were begun.
    ///
    /// # Errors
    /// [`ReviewError::Journal`] where the archive cannot be read.
    pub fn all(journal: &Journal) -> Result<Vec<CampaignOverview>, ReviewError> {
        let of = |charter| CampaignOverview::of(journal, charter);
        journal.campaigns()?.into_iter().map(of).collect()
    }

    fn of(journal: &Journal, charter: Charter) -> Result<CampaignOverview, ReviewError> {
        let attempts = journal.attempts(&charter.campaign)?;
        // A conclusion that the attempts have outgrown, or a goal not reached, belongs to an
        // earlier run.
        let conclusion = journal
            .conclusion(&charter.campaign)?
            .filter(|conclusion| conclusion.attempts == attempts.len() as u64)
            .filter(|conclusion| {
                conclusion.stop_reason != "attempts_made" || conclusion.attempts >= charter.attempts
            });
        let balance = journal.balance(&charter.campaign)?;
        let candidates = ranking(&attempts);
        let best = |target: String| {
            let candidate = ranked_under(&candidates, &target)
                .into_iter()
                .next()?
                .clone();
            Some(BlockBest { target, candidate })
        };
        Ok(CampaignOverview {
            attempts: attempts.len(),
            best: blocks_of(&charter).into_iter().filter_map(best).collect(),
            state: conclusion
                .map_or_else(|| "cut off".to_owned(), |conclusion| conclusion.stop_reason),
            spent: balance.spent + balance.held,
            charter,
        })
    }
}
