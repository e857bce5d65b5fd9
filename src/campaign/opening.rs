//! The opening: the briefs of a campaign's first attempts, by which models are asked before anything
//! is trained, so that a server that is down or writes prose costs no training.
//!
//! Where an earlier campaign has measured the known activations, the briefs are what the loop will
//! make. Else no fitness is known: known activations are shown without one, and what is to be
//! changed is drawn among them. The reply keeps the prompt that was sent; the parents that the loop
//! records for such an attempt are those that it draws once they are measured.

use super::beginning::{Beginning, Beginnings};
use super::briefing::{bare_brief, brief, key_of};
use super::founders::{known_activations, EarlierFounders};
use super::unmeasured::unmeasured;
use crate::archive::{Archive, Guidances};
use crate::formula::Formula;
use crate::journal::Journal;
use crate::lab::screen;
use crate::proposer::{Brief, Exemplar};
use crate::record::arithmetic::Arithmetic;
use crate::record::candidate::{Candidate, FormulaRecord};
use crate::record::charter::Charter;
use crate::record::judging::Judging;

/// Functions that a proposal is made from where no fitness is known, and those shown beside them: as
/// many as an island gives.
const PARENTS: usize = 2;
const INSPIRATIONS: usize = 3;

/// The briefs of the first `attempts` attempts of a campaign, at most as many as it opens at once,
/// which their proposer has not assigned. `journal` is where earlier campaigns are looked for that
/// measured the known activations by `arithmetic`.
pub fn opening(
    charter: &Charter,
    judging: &Judging,
    attempts: usize,
    journal: Option<&Journal>,
    arithmetic: &Arithmetic,
) -> Vec<Brief> {
    let attempts = (attempts as u64).min(charter.lag).min(charter.attempts);
    let founders = journal.and_then(|journal| measured(charter, judging, journal, arithmetic));
    let founded = founders.map(|founders| {
        let archive = Archive::founded(
            &charter.blocks(&judging.profiles),
            charter.islands,
            charter.cost_budget,
            founders.clone(),
        );
        (founders, archive)
    });
    let mut beginnings = Beginnings::new(charter);
    let brief = |attempt| {
        let renews = matches!(beginnings.open(attempt), Beginning::Asked { renews: true });
        match &founded {
            Some((founders, archive)) => {
                brief(charter, judging, founders, archive, attempt, renews)
            }
            None => unmeasured_brief(charter, judging, attempt, renews),
        }
    };
    (1..=attempts).map(brief).collect()
}

/// The known activations as an earlier campaign with the same target measured them; `None` where
/// not all of them were, so that what the archive would sample is not known.
fn measured(
    charter: &Charter,
    judging: &Judging,
    journal: &Journal,
    arithmetic: &Arithmetic,
) -> Option<Vec<Candidate>> {
    let earlier = EarlierFounders::find(journal, charter, arithmetic)?;
    let same_target = journal
        .campaign(&earlier.campaign)
        .ok()?
        .is_some_and(|other| other.target == charter.target);
    if !same_target {
        return None;
    }
    let founder = |(name, formula): (String, Formula)| {
        let record = FormulaRecord::from(&formula);
        let founder = earlier
            .founders
            .iter()
            .find(|founder| founder.formula == record)?;
        Some(Candidate {
            name: Some(name),
            measures: screen(&formula).ok()?,
            ..founder.clone()
        })
    };
    known_activations(&judging.baselines)
        .into_iter()
        .map(founder)
        .collect()
}

/// A brief made from known activations of which no fitness is known.
fn unmeasured_brief(charter: &Charter, judging: &Judging, attempt: u64, renews: bool) -> Brief {
    let known: Vec<Exemplar> = known_activations(&judging.baselines)
        .iter()
        .map(|(name, formula)| unmeasured(name, formula))
        .collect();
    let (mut drawn, key) = (known.clone(), key_of(charter, attempt));
    key.word("unmeasured").stream().shuffle(&mut drawn);
    let mut drawn = drawn.into_iter();
    Brief {
        parents: drawn.by_ref().take(PARENTS).collect(),
        inspirations: drawn.take(INSPIRATIONS).collect(),
        baselines: known.into_iter().take(judging.baselines.len()).collect(),
        guidance_record: renews.then(|| Guidances::default().results()),
        ..bare_brief(charter, judging, attempt)
    }
}
