//! Confirmation: the fittest candidates and those they would replace, measured side by side on
//! tasks drawn anew.
//!
//! The best of many on the tasks that selected owes part of its lead to luck. So nothing is called
//! a winner by that lead, but by fresh tasks.

use std::sync::mpsc::channel;
use std::thread::Builder;

use super::champions::champions;
use super::error::CampaignError;
use super::evaluator::{FreshOrder, Unmeasured};
use super::event::Event;
use super::ground::Ground;
use super::setup::Campaign;
use crate::archive::ranked_under;
use crate::formula::Formula;
use crate::lab::{compare, compare_runs, p_value_of_runs, Comparison, Draw};
use crate::numerics::statistics::holm;
use crate::numerics::stop::{NoThread, Stop};
use crate::numerics::stream::Key;
use crate::record::candidate::Candidate;
use crate::record::charter::Charter;
use crate::record::confirmation::{BlockConfirmation, Confirmation, Contender};

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
    let is_confirmed = |earlier: &Confirmation| earlier.candidates >= candidates;
    if ranking.is_empty()
        || campaign.charter.champions == 0
        || earlier.as_ref().is_some_and(is_confirmed)
    {
        return Ok(Ended::Confirmed);
    }
    let mut confirmation = Confirmation {
        candidates,
        seed: fresh_seed(campaign.charter, candidates),
        draws: campaign.evaluator.draws(),
        champions: Vec::new(),
        incumbents: Vec::new(),
        blocks: Vec::new(),
    };
    let earlier = earlier.map(|earlier| earlier.by_block(&campaign.charter.target));
    for target in campaign
        .charter
        .blocks(&campaign.evaluator.judging().profiles)
    {
        let of_block = |(block, _): &&(String, Confirmation)| *block == target;
        let earlier = earlier.iter().flatten().find(of_block);
        let block = BlockOrder {
            target: &target,
            ranking: ranked_under(ranking, &target),
            earlier: earlier.map(|(_, earlier)| earlier),
            draw: (confirmation.seed, confirmation.draws),
        };
        match confirm_block(campaign, &block, stop, observe)? {
            Ok(block) => confirmation.blocks.push(block),
            Err(ended) => return Ok(ended),
        }
    }
    if !campaign.charter.is_for_all() {
        let alone = confirmation.blocks.swap_remove(0);
        (confirmation.champions, confirmation.incumbents) = (alone.champions, alone.incumbents);
    }
    campaign.journal.confirm(name, &confirmation)?;
    tracing::info!(campaign = name, candidates, "the champions are confirmed");
    Ok(Ended::Confirmed)
}

/// What is to be confirmed under one target.
struct BlockOrder<'a> {
    target: &'a str,
    /// All candidates, fittest under it first.
    ranking: Vec<&'a Candidate>,
    /// The confirmation before this one.
    earlier: Option<&'a Confirmation>,
    /// The seed of the fresh tasks, and how many draws of them.
    draw: (u64, u32),
}

/// Measures the champions of a block beside its incumbents; the inner error is how it ended where
/// nothing came of it.
fn confirm_block(
    campaign: &Campaign,
    block: &BlockOrder,
    stop: &Stop,
    observe: &mut dyn FnMut(Event),
) -> Result<Result<BlockConfirmation, Ended>, CampaignError> {
    let wanted = campaign.charter.champions as usize;
    let champions = match campaign.charter.is_for_all() {
        true => champions(&block.ranking, wanted),
        false => block.ranking.iter().take(wanted).copied().collect(),
    };
    let incumbents = incumbents(campaign, block, &champions);
    let contenders: Vec<&Candidate> = champions.iter().chain(&incumbents).copied().collect();
    let measured = measured(campaign, block, &contenders, stop, observe)?;
    Ok(measured.map(|mut measured| {
        let incumbents = measured.split_off(champions.len());
        BlockConfirmation {
            profile: block.target.to_owned(),
            champions: measured,
            incumbents,
        }
    }))
}

/// Measures the contenders on the fresh tasks; the inner error is how it ended where nothing came
/// of it.
fn measured(
    campaign: &Campaign,
    block: &BlockOrder,
    contenders: &[&Candidate],
    stop: &Stop,
    observe: &mut dyn FnMut(Event),
) -> Result<Result<Vec<Contender>, Ended>, CampaignError> {
    let (seed, draws) = block.draw;
    let of_several = campaign.charter.is_for_all();
    let confirming = |done, of| Event::Confirming {
        block: of_several.then_some(block.target),
        done,
        of,
    };
    let formulas: Vec<Formula> = parsed(contenders)?;
    let formulas: Vec<&Formula> = formulas.iter().collect();
    let (trial, trials) = channel();
    let measured = std::thread::scope(|scope| {
        let measuring = Builder::new().spawn_scoped(scope, || {
            // Dropped with this thread, which ends the counting below.
            let trial = trial;
            let order = FreshOrder {
                formulas: &formulas,
                target: block.target,
                alone: of_several,
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
        observe(confirming(0, 0));
        let mut done = 0;
        for (more, of) in trials.iter() {
            done += more;
            observe(confirming(done, of));
        }
        measuring
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    match measured {
        Ok(fresh) => Ok(Ok(contenders
            .iter()
            .zip(fresh)
            .map(|(candidate, fresh)| Contender::new(candidate, fresh))
            .collect())),
        Err(unmeasured) => Ok(Err(ended(unmeasured, observe)?)),
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

/// How a confirmation ended of which nothing came.
fn ended(unmeasured: Unmeasured, observe: &mut dyn FnMut(Event)) -> Result<Ended, CampaignError> {
    match unmeasured {
        Unmeasured::Halted => Ok(Ended::Halted),
        Unmeasured::Impossible(why) => {
            observe(Event::Warning(format!(
                "the champions stay unconfirmed: {why}"
            )));
            Ok(Ended::Confirmed)
        }
        Unmeasured::Failed(error) => Err(error),
    }
}

/// The difference between two contenders of one confirmation under a target.
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
    block: &BlockOrder<'a>,
    champions: &[&Candidate],
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
    let winner = block
        .earlier
        .and_then(Confirmation::winner)
        .map(|winner| &winner.formula.id);
    let is_champion = |candidate: &&Candidate| {
        champions
            .iter()
            .any(|champion| champion.formula.id == candidate.formula.id)
    };
    let ranked = block.ranking.iter().copied();
    let reigning =
        ranked.filter(|candidate| Some(&candidate.formula.id) == winner && !is_champion(candidate));
    known.chain(reigning.take(1)).collect()
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
