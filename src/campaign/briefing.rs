//! Briefing: what a proposer is told for one attempt, from the archive as it stands.

use super::beginning::{Beginning, Beginnings};
use super::draft::Sibling;
use super::founders::known_activations;
use super::unmeasured::unmeasured;
use crate::archive::Archive;
use crate::numerics::stream::Key;
use crate::proposer::{Brief, Exemplar, Proposer, Setback};
use crate::record::attempt::{Attempt, GuidanceResult, Rejection};
use crate::record::candidate::Candidate;
use crate::record::charter::Charter;
use crate::record::judging::Judging;
use crate::record::ledger::Purpose;

/// The brief of an attempt, before its proposer has assigned it; with what the guidances so far
/// brought where it `renews` them.
pub fn brief(
    charter: &Charter,
    judging: &Judging,
    founders: &[Candidate],
    archive: &Archive,
    attempt: u64,
    renews: bool,
) -> Brief {
    let key = key_of(charter, attempt);
    let sample = archive.sample(attempt, &key);
    let island = archive.island_of(attempt);
    let target = archive.target_of(island);
    let exemplar = |candidate: &Candidate| exemplar(candidate, target);
    let is_baseline = |founder: &&Candidate| {
        founder
            .name
            .as_ref()
            .is_some_and(|name| judging.baselines.contains(name))
    };
    Brief {
        parents: sample.parents.iter().map(|elite| exemplar(elite)).collect(),
        inspirations: sample
            .inspirations
            .iter()
            .map(|elite| exemplar(elite))
            .collect(),
        setbacks: archive
            .memory_of(island)
            .rejections()
            .map(|(formula, rejection)| setback(formula, rejection))
            .collect(),
        baselines: founders.iter().filter(is_baseline).map(exemplar).collect(),
        guidance: archive
            .guidances()
            .choose(&mut key.word("guidance").stream())
            .cloned(),
        guidance_record: renews.then(|| archive.guidances().results()),
        ..bare_brief(charter, judging, attempt)
    }
}

/// What a campaign's next attempt will be.
pub enum Next {
    /// It is asked for by this brief, which its proposer has not assigned yet, but has learnt for;
    /// with what the guidances so far brought.
    Asked {
        /// What its proposer is told.
        brief: Box<Brief>,
        /// What each guidance brought so far, the best first.
        guidances: Vec<GuidanceResult>,
    },
    /// Its formula is there already: it came in the reply of this attempt.
    Sibling {
        /// The attempt that got the reply.
        of: u64,
    },
}

/// The attempt that follows `attempts`, all that a campaign has settled, as the loop would open it.
pub fn next(
    charter: &Charter,
    judging: &Judging,
    founders: &[Candidate],
    attempts: &[Attempt],
    proposer: &dyn Proposer,
) -> Next {
    let mut archive = Archive::founded(
        &charter.blocks(&judging.profiles),
        charter.islands,
        charter.cost_budget,
        founders.to_vec(),
    );
    let (mut beginnings, mut placed) = (Beginnings::new(charter), attempts.iter().peekable());
    let mut open = |attempt: u64| {
        while let Some(settled) =
            placed.next_if(|settled| settled.attempt.saturating_add(charter.lag) <= attempt)
        {
            archive.fold(settled);
            proposer.learn(settled);
            beginnings.take_in(Sibling::all_of(settled));
        }
        beginnings.open(attempt)
    };
    let next = attempts.len() as u64 + 1;
    (1..next).for_each(|attempt| drop(open(attempt)));
    match open(next) {
        Beginning::Sibling(sibling) => Next::Sibling { of: sibling.of },
        Beginning::Asked { renews } => {
            let brief = Box::new(brief(charter, judging, founders, &archive, next, renews));
            Next::Asked {
                brief,
                guidances: archive.guidances().results(),
            }
        }
    }
}

/// A brief such as an attempt gets in the course of a campaign, before anything is measured: for
/// its length, not for its content.
pub fn rough_brief(charter: &Charter, judging: &Judging) -> Brief {
    let known: Vec<Exemplar> = known_activations(&judging.baselines)
        .into_iter()
        .map(|(name, formula)| wordy(unmeasured(&name, &formula), judging))
        .collect();
    let failed = |exemplar: &Exemplar| {
        let words =
            "fitness -0.000 on rung eight tasks, the running field asked for 0.000".to_owned();
        Setback {
            formula: exemplar.formula.formula.clone(),
            kind: "Outclassed".to_owned(),
            detail: words,
        }
    };
    Brief {
        parents: known.iter().take(2).cloned().collect(),
        inspirations: known.iter().skip(2).take(3).cloned().collect(),
        setbacks: known.iter().rev().take(8).map(failed).collect(),
        baselines: known
            .iter()
            .take(judging.baselines.len())
            .cloned()
            .collect(),
        purpose: Purpose::Crossover,
        ..bare_brief(charter, judging, 1)
    }
}

/// The brief of an attempt without any function in it.
pub fn bare_brief(charter: &Charter, judging: &Judging, attempt: u64) -> Brief {
    Brief {
        attempt,
        key: key_of(charter, attempt).word("proposal"),
        target: charter.target_of(attempt, &judging.profiles),
        judging: judging.words.clone(),
        parents: Vec::new(),
        inspirations: Vec::new(),
        setbacks: Vec::new(),
        baselines: Vec::new(),
        cost_budget: charter.cost_budget,
        class: charter.class,
        parameters: charter.parameters,
        instructions: charter.instructions.clone(),
        guidance: None,
        guidance_record: None,
        earlier: Vec::new(),
        purpose: Purpose::Propose,
        model: None,
    }
}

/// The key of all that is drawn for an attempt.
pub fn key_of(charter: &Charter, attempt: u64) -> Key {
    Key::new(charter.seed).word("campaign").number(attempt)
}

/// What is known of a function, with as many words as a measured one of a model has.
fn wordy(exemplar: Exemplar, judging: &Judging) -> Exemplar {
    let rationale = "one to three sentences on what was changed and why it should generalise \
        better than what was there before, as models write them";
    Exemplar {
        fitness: 0.0,
        profiles: judging
            .profiles
            .iter()
            .map(|profile| (profile.clone(), 0.0))
            .collect(),
        rationale: Some(rationale.to_owned()),
        ..exemplar
    }
}

/// A candidate as proposers are shown it, with its fitness under this target.
fn exemplar(candidate: &Candidate, target: &str) -> Exemplar {
    let evaluation = &candidate.evaluation;
    Exemplar {
        formula: candidate.formula.clone(),
        fitness: candidate.fitness_under(target),
        profiles: evaluation
            .profiles
            .iter()
            .map(|(name, estimate)| (name.clone(), estimate.fitness.value()))
            .collect(),
        name: candidate.name.clone(),
        rationale: candidate.rationale.clone(),
    }
}

fn setback(formula: &str, rejection: &Rejection) -> Setback {
    Setback {
        formula: formula.to_owned(),
        kind: rejection.kind().to_owned(),
        detail: rejection.detail(),
    }
}
