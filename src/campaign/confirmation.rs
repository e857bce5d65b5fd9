//! Confirmation: the fittest candidates and those they would replace, measured side by side on
//! tasks drawn anew.
//!
//! The best of many on the tasks that selected owes part of its lead to luck. So nothing is called
//! a winner by that lead, but by fresh tasks.

use std::fmt::Display;
use std::sync::mpsc::channel;
use std::thread::Builder;

use super::error::CampaignError;
use super::event::Event;
use super::setup::Campaign;
use crate::formula::Formula;
use crate::lab::laboratory::PreparationError;
use crate::lab::{compare, evaluate_all, Comparison, Draw, Lab, Laboratory};
use crate::numerics::stop::{Halt, NoThread, Stop};
use crate::numerics::stream::Key;
use crate::record::candidate::Candidate;
use crate::record::charter::Charter;
use crate::record::confirmation::{Confirmation, Contender};

/// The fewest fresh tasks of a confirmation.
const LEAST_TASKS: usize = 24;
/// The fewest draws of the lab in a confirmation, since tasks vary far more than seeds.
const LEAST_DRAWS: u32 = 2;
/// The known activation that every contender is compared with, whatever the lab's baselines are.
pub const YARDSTICK: &str = "gelu";

/// How a confirmation ended.
pub enum Ended {
    /// The champions are confirmed, now or before, or there is nothing to confirm.
    Confirmed,
    /// It was cut off; nothing is kept of it.
    Halted,
}

/// Measures the champions of a campaign that has made its attempts, and records what they came to,
/// unless that is recorded already.
///
/// The result depends on the seed, the lab, the candidates and the confirmation before this one;
/// not on the workers.
pub fn confirm(
    campaign: &Campaign,
    ranking: &[Candidate],
    stop: &Stop,
    observe: &mut dyn FnMut(Event),
) -> Result<Ended, CampaignError> {
    let name = &campaign.charter.campaign;
    let earlier = campaign.journal.confirmations(name)?.pop();
    let candidates = ranking.len() as u64;
    let champions: Vec<&Candidate> = ranking
        .iter()
        .take(campaign.charter.champions as usize)
        .collect();
    if champions.is_empty()
        || earlier
            .as_ref()
            .is_some_and(|earlier| earlier.candidates >= candidates)
    {
        return Ok(Ended::Confirmed);
    }
    let incumbents = incumbents(campaign, ranking, &champions, earlier.as_ref());
    let seed = fresh_seed(campaign.charter, candidates);
    let draws = draws(campaign.laboratory.lab());
    let contenders: Vec<&Candidate> = champions.iter().chain(&incumbents).copied().collect();
    let draw = Draw::Fresh { seed, draws };
    let mut measured = match measured(campaign, &contenders, draw, stop, observe)? {
        Ok(measured) => measured.into_iter(),
        Err(ended) => return Ok(ended),
    };
    let champions = measured.by_ref().take(champions.len()).collect();
    let confirmation = Confirmation {
        candidates,
        seed,
        draws,
        champions,
        incumbents: measured.collect(),
    };
    campaign.journal.confirm(name, &confirmation)?;
    tracing::info!(campaign = name, candidates, "the champions are confirmed");
    Ok(Ended::Confirmed)
}

/// Draws the fresh tasks and measures the contenders on them; the inner error is how it ended where
/// nothing came of it.
fn measured(
    campaign: &Campaign,
    contenders: &[&Candidate],
    draw: Draw,
    stop: &Stop,
    observe: &mut dyn FnMut(Event),
) -> Result<Result<Vec<Contender>, Ended>, CampaignError> {
    let unconfirmed =
        |why: &dyn Display| Event::Warning(format!("the champions stay unconfirmed: {why}"));
    let lab = campaign.laboratory.lab().clone().without_rungs();
    let backend = campaign.laboratory.backend().clone();
    let laboratory = match Laboratory::prepare_on(backend, lab, draw, campaign.workers, stop) {
        Ok(laboratory) => laboratory,
        Err(PreparationError::NoThread(error)) => return Err(error.into()),
        Err(PreparationError::Halted(halt)) if halt != Halt::DeviceFailed => {
            return Ok(Err(Ended::Halted))
        }
        Err(error) => {
            observe(unconfirmed(&error));
            return Ok(Err(Ended::Confirmed));
        }
    };
    match measure(campaign, &laboratory, contenders, stop, observe)? {
        Ok(measured) => Ok(Ok(measured)),
        Err(Halt::DeviceFailed) => {
            observe(unconfirmed(&"the device failed while it trained them"));
            Ok(Err(Ended::Confirmed))
        }
        Err(Halt::NoThread) => Err(NoThread.into()),
        Err(Halt::Stopped | Halt::TimedOut) => Ok(Err(Ended::Halted)),
    }
}

/// The difference between two contenders of one confirmation under the campaign's target.
pub fn compare_contenders(
    contender: &Contender,
    rival: &Contender,
    confirmation: &Confirmation,
    lab: &Lab,
    target: &str,
) -> Option<Comparison> {
    let profiles: Vec<String> = lab
        .target_profiles(target)
        .ok()?
        .into_iter()
        .map(str::to_owned)
        .collect();
    let key = Draw::Fresh {
        seed: confirmation.seed,
        draws: confirmation.draws,
    }
    .key();
    compare(
        &lab.fitness,
        &contender.fresh,
        &rival.fresh,
        &profiles,
        &key,
    )
}

/// Known activations that the champions are held against: the lab's baselines, GELU, and the winner
/// of the confirmation before this one.
fn incumbents<'a>(
    campaign: &'a Campaign,
    ranking: &'a [Candidate],
    champions: &[&Candidate],
    earlier: Option<&Confirmation>,
) -> Vec<&'a Candidate> {
    let yardstick =
        Formula::parse(YARDSTICK).expect("the yardstick is an activation of the library");
    let baselines = campaign.laboratory.lab().baselines.len();
    let is_known = |(index, founder): &(usize, &Candidate)| {
        *index < baselines || founder.formula.id == yardstick.id()
    };
    let known = campaign
        .founders
        .iter()
        .enumerate()
        .filter(is_known)
        .map(|(_, founder)| founder);
    let winner = earlier
        .and_then(Confirmation::winner)
        .map(|winner| &winner.formula.id);
    let is_champion = |candidate: &&Candidate| {
        champions
            .iter()
            .any(|champion| champion.formula.id == candidate.formula.id)
    };
    known
        .chain(
            ranking
                .iter()
                .filter(|candidate| {
                    Some(&candidate.formula.id) == winner && !is_champion(candidate)
                })
                .take(1),
        )
        .collect()
}

/// Runs every trial of every contender on the fresh tasks; the outer error is that a recorded
/// formula cannot be read.
fn measure(
    campaign: &Campaign,
    laboratory: &Laboratory,
    contenders: &[&Candidate],
    stop: &Stop,
    observe: &mut dyn FnMut(Event),
) -> Result<Result<Vec<Contender>, Halt>, CampaignError> {
    let parse = |contender: &&Candidate| {
        let foreign = |error| CampaignError::ForeignFormula {
            attempt: contender.attempt,
            error,
        };
        Formula::parse(&contender.formula.formula).map_err(foreign)
    };
    let formulas: Vec<Formula> = contenders.iter().map(parse).collect::<Result<_, _>>()?;
    let formulas: Vec<&Formula> = formulas.iter().collect();
    let of = (formulas.len() * laboratory.addresses(None, &laboratory.all_profiles()).len()) as u64;
    let (trial, trials) = channel();
    observe(Event::Confirming { done: 0, of });
    let evaluations = std::thread::scope(|scope| {
        let measuring = Builder::new().spawn_scoped(scope, || {
            // Dropped with this thread, which ends the counting below.
            let trial = trial;
            let done = || {
                trial
                    .send(())
                    .expect("the trials are counted until the last")
            };
            evaluate_all(
                laboratory,
                &formulas,
                &campaign.charter.target,
                campaign.workers,
                stop,
                &done,
            )
        });
        let measuring = measuring.map_err(|_| Halt::NoThread)?;
        for (done, ()) in (1..).zip(trials.iter()) {
            observe(Event::Confirming { done, of });
        }
        measuring
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    let contender = |(candidate, fresh): (&&Candidate, _)| Contender::new(candidate, fresh);
    Ok(evaluations.map(|evaluations| contenders.iter().zip(evaluations).map(contender).collect()))
}

/// Another seed for every number of candidates, so that a campaign that goes on is never confirmed
/// twice on the same tasks.
fn fresh_seed(charter: &Charter, candidates: u64) -> u64 {
    // Short enough to be typed, and to be a number of JSON.
    Key::new(charter.seed)
        .word("confirmation")
        .number(candidates)
        .stream()
        .bits()
        >> 32
}

fn draws(lab: &Lab) -> u32 {
    (LEAST_TASKS.div_ceil(lab.tasks.len()) as u32).max(LEAST_DRAWS)
}
