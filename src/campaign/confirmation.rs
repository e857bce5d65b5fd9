//! Confirmation: the fittest candidates and those they would replace, measured side by side on
//! tasks drawn anew.
//!
//! The best of many on the tasks that selected owes part of its lead to luck. So nothing is called
//! a winner by that lead, but by fresh tasks.

use std::sync::mpsc::channel;
use std::thread::Builder;

use super::error::CampaignError;
use super::evaluator::{FreshOrder, Unmeasured};
use super::event::Event;
use super::ground::Ground;
use super::setup::Campaign;
use crate::formula::Formula;
use crate::lab::{compare, compare_runs, p_value_of_runs, Comparison, Draw};
use crate::numerics::statistics::holm;
use crate::numerics::stop::{NoThread, Stop};
use crate::numerics::stream::Key;
use crate::record::candidate::Candidate;
use crate::record::charter::Charter;
use crate::record::confirmation::{Confirmation, Contender};

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
    let draws = campaign.evaluator.draws();
    let contenders: Vec<&Candidate> = champions.iter().chain(&incumbents).copied().collect();
    let mut measured = match measured(campaign, &contenders, (seed, draws), stop, observe)? {
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

/// Measures the contenders on the fresh tasks; the inner error is how it ended where nothing came
/// of it.
fn measured(
    campaign: &Campaign,
    contenders: &[&Candidate],
    (seed, draws): (u64, u32),
    stop: &Stop,
    observe: &mut dyn FnMut(Event),
) -> Result<Result<Vec<Contender>, Ended>, CampaignError> {
    let formulas = parsed(contenders)?;
    let formulas: Vec<&Formula> = formulas.iter().collect();
    let (trial, trials) = channel();
    let measured = std::thread::scope(|scope| {
        let measuring = Builder::new().spawn_scoped(scope, || {
            // Dropped with this thread, which ends the counting below.
            let trial = trial;
            let order = FreshOrder {
                formulas: &formulas,
                target: &campaign.charter.target,
                seed,
                draws,
                workers: campaign.workers,
                done: &|more, of| {
                    trial
                        .send((more, of))
                        .expect("the trials are counted until the last")
                },
            };
            campaign.evaluator.measure_fresh(&order, stop)
        });
        let measuring = measuring.map_err(|_| Unmeasured::Failed(NoThread.into()))?;
        observe(Event::Confirming { done: 0, of: 0 });
        let mut done = 0;
        for (more, of) in trials.iter() {
            done += more;
            observe(Event::Confirming { done, of });
        }
        measuring
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    match measured {
        Ok(fresh) => {
            let contender = |(candidate, fresh): (&&Candidate, _)| Contender::new(candidate, fresh);
            Ok(Ok(contenders.iter().zip(fresh).map(contender).collect()))
        }
        Err(Unmeasured::Halted) => Ok(Err(Ended::Halted)),
        Err(Unmeasured::Impossible(why)) => {
            observe(Event::Warning(format!(
                "the champions stay unconfirmed: {why}"
            )));
            Ok(Err(Ended::Confirmed))
        }
        Err(Unmeasured::Failed(error)) => Err(error),
    }
}

/// The formulas of contenders; an error where this version does not read one.
fn parsed(contenders: &[&Candidate]) -> Result<Vec<Formula>, CampaignError> {
    let parse = |contender: &&Candidate| {
        let foreign = |error| CampaignError::ForeignFormula {
            attempt: contender.attempt,
            error,
        };
        Formula::parse(&contender.formula.formula).map_err(foreign)
    };
    contenders.iter().map(parse).collect()
}

/// The difference between two contenders of one confirmation under the campaign's target.
pub fn compare_contenders(
    contender: &Contender,
    rival: &Contender,
    confirmation: &Confirmation,
    ground: Ground,
    target: &str,
) -> Option<Comparison> {
    let lab = match ground {
        Ground::Lab(lab) => lab,
        Ground::Benchmark(_) => return compare_on_benchmark(contender, rival, confirmation),
    };
    let profiles = lab.target_profiles(target).ok()?;
    let profiles: Vec<String> = profiles.into_iter().map(str::to_owned).collect();
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

/// The difference on the test part, its p-value adjusted for all champions and all that they are
/// held against (Holm 1979).
fn compare_on_benchmark(
    contender: &Contender,
    rival: &Contender,
    confirmation: &Confirmation,
) -> Option<Comparison> {
    let pairs: Vec<(&Contender, &Contender)> = confirmation
        .champions
        .iter()
        .flat_map(|champion| {
            let incumbents = confirmation.incumbents.iter();
            incumbents.map(move |incumbent| (champion, incumbent))
        })
        .collect();
    let p_value = |(one, other): &(&Contender, &Contender)| {
        p_value_of_runs(&one.fresh.runs, &other.fresh.runs)
    };
    let adjusted = holm(&pairs.iter().map(p_value).collect::<Vec<_>>());
    let is_this = |(one, other): &(&Contender, &Contender)| {
        let ids = [&one.formula.id, &other.formula.id];
        ids == [&contender.formula.id, &rival.formula.id]
            || ids == [&rival.formula.id, &contender.formula.id]
    };
    let place = pairs.iter().position(is_this);
    compare_runs(&contender.fresh.runs, &rival.fresh.runs, &|p_value| {
        place.map_or(p_value, |place| adjusted[place])
    })
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
    let baselines = campaign.evaluator.judging().baselines.len();
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
