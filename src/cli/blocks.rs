//! What was found for each block of a network: a winner or none, in words and as JSON, and how to
//! try it on the benchmark of that block.

use serde_json::{json, Map, Value};

use crate::cli::champions::{
    circumstances_in_words, contender_fields, fresh_tasks_in_words, victory,
};
use crate::cli::common::{quoted, shortened};
use crate::cli::output;
use crate::cli::table::{interval, probability, signed};
use crate::config::find_lab;
use crate::formula::Formula;
use crate::lab::shape::Shape;
use crate::lab::Comparison;
use crate::record::confirmation::Contender;
use crate::replay::vault::VAULT;
use crate::replay::Benchmark;
use crate::review::{BlockVerdict, Standings};

/// The seeds of a suggested replay: what a paired test of differences as usual needs.
const SEEDS: u32 = 5;

/// What a campaign has come to on fresh tasks: a line for each block, or which champions beat the
/// best known activation where it has one target; and what is to be known of it.
pub fn words_of_all(blocks: &[Standings]) -> Vec<String> {
    let of_block = |standings: &Standings| match standings.is_of_block {
        true => vec![words(standings)],
        false => victory(standings),
    };
    let mut lines: Vec<String> = blocks.iter().flat_map(of_block).collect();
    lines.extend(circumstances_in_words(blocks));
    lines
}

/// One line a block: the best formula for it, and what it is better than on how many fresh tasks; or
/// that nothing is, and what leads.
pub fn words(standings: &Standings) -> String {
    let block = &standings.target;
    let Some(verdict) = standings.verdict() else {
        return format!("nothing was there to compare for {block}");
    };
    let (rival, tasks) = (verdict.rival.label(), fresh_tasks_in_words(standings));
    let beside = verdict.comparison.as_ref();
    let difference = beside.map_or_else(String::new, difference_in_words);
    if !verdict.is_won {
        return format!(
            "none is better than {rival} for {block} on {tasks}; {} leads{}",
            written(verdict.leader),
            nearest_in_words(&verdict, &format!(" (beside {rival}: {difference})"))
        );
    }
    let best_known = verdict.best_known;
    let beyond = match best_known.formula.id == verdict.rival.formula.id {
        true => String::new(),
        false => format!(
            "; not better than {}, the best known activation there",
            best_known.label()
        ),
    };
    format!(
        "best for {block}: {}{}, better than {rival} on {tasks} ({difference}){beyond}",
        written(verdict.best),
        shape_of(standings, verdict.best)
            .map_or_else(String::new, |name| format!(" (the shape of {name})"))
    )
}

/// The known activation beside which a formula was measured and of whose shape it is; `None` where
/// there is none, so that its shape is another too.
fn shape_of<'a>(standings: &'a Standings, best: &Contender) -> Option<&'a str> {
    let shape = |contender: &Contender| {
        let formula = Formula::parse(&contender.formula.formula).ok()?;
        Some(Shape::of(&formula))
    };
    let own = shape(best)?;
    let known = standings.confirmation.incumbents.iter();
    known
        .filter(|known| known.attempt == 0)
        .find(|known| shape(known).is_some_and(|other| own.is_same(&other)))
        .map(Contender::label)
}

/// Where nothing won: the best that was mined, where that does not lead itself.
fn nearest_in_words(verdict: &BlockVerdict, difference: &str) -> String {
    match verdict.best.formula.id == verdict.leader.formula.id {
        true => difference.to_owned(),
        false => format!(
            ", and the nearest that was mined is {}{difference}",
            written(verdict.best)
        ),
    }
}

/// A known activation's name, else the formula as it is printed.
fn written(contender: &Contender) -> String {
    match &contender.name {
        Some(name) => name.clone(),
        None => shortened(&contender.formula.formula),
    }
}

fn difference_in_words(beside: &Comparison) -> String {
    let p_adjusted = beside
        .p_adjusted
        .map_or_else(String::new, |p| format!(", p {} adjusted", probability(p)));
    format!(
        "difference {}, {}{p_adjusted}",
        signed(beside.difference),
        interval(beside.interval)
    )
}

/// How to try what was found for a block on its benchmark; `None` where nothing won.
pub fn next(standings: &Standings) -> Option<String> {
    let verdict = standings.verdict().filter(|verdict| verdict.is_won)?;
    replay_command(&standings.target, &verdict.best.formula.formula)
}

/// The replay of a formula on the benchmark whose network has the block of a profile, and where none
/// has, in the vault under that profile; `None` where the vault lacks it.
fn replay_command(profile: &str, formula: &str) -> Option<String> {
    let benchmark = match Benchmark::of_profile(profile) {
        Some(benchmark) => benchmark.to_owned(),
        None => {
            let vault = find_lab(VAULT).ok()?;
            vault.lab.target_profiles(profile).ok()?;
            format!("{VAULT} --target {}", quoted(profile))
        }
    };
    Some(format!(
        "motherlode replay --benchmark {benchmark} --formula {} --seeds {SEEDS}",
        quoted(formula)
    ))
}

/// Every block with what was found for it, as JSON.
pub fn document<'a>(blocks: impl IntoIterator<Item = &'a Standings>) -> Value {
    blocks.into_iter().map(fields).collect()
}

fn fields(standings: &Standings) -> Value {
    let verdict = standings.verdict();
    let best = verdict.as_ref().map(|verdict| {
        let mut fields = output::formula(&verdict.best.formula);
        fields.insert("attempt".to_owned(), json!(verdict.best.attempt));
        fields.extend(contender_fields(standings, verdict.best));
        Value::Object(fields)
    });
    let mut fields = output::object(json!({ "profile": standings.target, "best": best }));
    fields.extend(verdict.as_ref().map_or_else(Map::new, verdict_fields));
    let shape = verdict.as_ref();
    let shape = shape.and_then(|verdict| shape_of(standings, verdict.best));
    fields.extend(output::object(json!({
        "shape_of": shape,
        "tasks": standings.tasks(),
        "words": words(standings),
        "next": next(standings),
    })));
    Value::Object(fields)
}

fn verdict_fields(verdict: &BlockVerdict) -> Map<String, Value> {
    let beside = verdict.comparison.as_ref();
    output::object(json!({
        "won": verdict.is_won,
        "verdict": beside.map(|beside| beside.verdict.name()),
        "rival": verdict.rival.label(),
        "best_known": verdict.best_known.label(),
        "difference": beside.map(|beside| beside.difference),
        "interval": beside.map(|beside| beside.interval),
        "p_value": beside.map(|beside| beside.p_value),
        "p_adjusted": beside.and_then(|beside| beside.p_adjusted),
    }))
}
