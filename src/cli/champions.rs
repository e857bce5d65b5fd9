//! What a confirmation shows: the champions beside the known activations on fresh tasks, as a
//! table, as JSON and in words.

use std::fmt::Display;

use serde_json::{json, Map, Value};

use crate::campaign::{Ground, YARDSTICK};
use crate::cli::common::shortened;
use crate::cli::table::{interval, probability, ranked_cells, signed, table};
use crate::cli::{nearest_known, output};
use crate::lab::{Comparison, Verdict};
use crate::record::confirmation::{Confirmation, Contender};
use crate::record::evaluation::Estimate;
use crate::review::Standings;

/// A row for each that took part, fittest on the fresh tasks first, with what it came to beside
/// GELU.
pub fn standings_table(standings: &Standings) -> impl Display {
    // The one profile of a block is the target, which has columns of its own.
    let profiles = match standings.is_of_block {
        true => Vec::new(),
        false => standings.ground.ground().profiles(),
    };
    let profiles: Vec<&str> = profiles.iter().map(String::as_str).collect();
    let mut heads = vec![
        "formula",
        "fresh fitness",
        "95 % interval",
        "selection fitness",
    ];
    heads.extend(&profiles);
    heads.extend([
        "P(beats gelu)",
        "verdict",
        "cost",
        "name",
        "origin",
        "nearest known",
    ]);
    let mut table = table(&heads);
    let contenders = standings.contenders();
    let cells_under = |profile: &&str| {
        let estimates: Vec<Option<Estimate>> = contenders
            .iter()
            .map(|contender| contender.fresh.profiles.get(*profile).copied())
            .collect();
        ranked_cells(&estimates)
    };
    let profile_cells: Vec<Vec<String>> = profiles.iter().map(cells_under).collect();
    for (index, contender) in contenders.iter().enumerate() {
        let under_profiles = profile_cells.iter().map(|column| column[index].clone());
        table.add_row(row(standings, contender, under_profiles));
    }
    table
}

fn row(
    standings: &Standings,
    contender: &Contender,
    under_profiles: impl Iterator<Item = String>,
) -> Vec<String> {
    let fresh = &contender.fresh;
    let beside = standings.beside_yardstick(contender);
    let mut cells = vec![
        shortened(&contender.formula.formula),
        signed(fresh.estimate.fitness.value()),
        interval(fresh.estimate.fitness_interval),
        signed(contender.selection.fitness.value()),
    ];
    cells.extend(under_profiles);
    cells.push(
        beside
            .as_ref()
            .map_or(String::new(), |beside| probability(beside.probability)),
    );
    cells.push(beside.map_or(String::new(), |beside| beside.words(YARDSTICK)));
    cells.push(contender.formula.cost.to_string());
    cells.push(contender.label().to_owned());
    cells.push(if contender.attempt == 0 {
        "known".to_owned()
    } else {
        format!("attempt {}", contender.attempt)
    });
    cells.push(nearest_known::distance_of(&contender.formula.formula));
    cells
}

/// The champions as JSON, block by block, fittest on the fresh tasks first.
pub fn champions_document(blocks: &[Standings]) -> Value {
    let of_block = |standings: &Standings| -> Vec<Value> {
        let fields = |champion: &Contender| {
            let mut fields = output::formula(&champion.formula);
            fields.insert("attempt".to_owned(), json!(champion.attempt));
            fields.extend(contender_fields(standings, champion));
            Value::Object(fields)
        };
        standings.champions().into_iter().map(fields).collect()
    };
    blocks.iter().flat_map(of_block).collect()
}

/// On what the champions were confirmed, and beside whom, block by block, as JSON; null where
/// nothing was.
pub fn circumstances_document<'a>(blocks: impl IntoIterator<Item = &'a Standings>) -> Value {
    let blocks: Vec<&Standings> = blocks.into_iter().collect();
    let incumbents = |standings: &Standings| -> Vec<Value> {
        let fields = |incumbent: &Contender| {
            let mut fields = output::object(json!({ "name": incumbent.label() }));
            fields.extend(contender_fields(standings, incumbent));
            Value::Object(fields)
        };
        let incumbents = standings.confirmation.incumbents.iter();
        incumbents.map(fields).collect()
    };
    let Some(first) = blocks.first() else {
        return Value::Null;
    };
    let Confirmation {
        candidates,
        seed,
        draws,
        ..
    } = &first.confirmation;
    json!({
        "candidates": candidates,
        "seed": seed,
        "draws": draws,
        "tasks": first.tasks(),
        "incumbents": blocks.iter().copied().flat_map(incumbents).collect::<Vec<_>>(),
    })
}

/// What became of one formula, by id, as JSON; empty where it did not take part. Of several blocks
/// the first in which it did is told, and all of those under `blocks`.
pub fn fields_of<'a>(
    blocks: impl IntoIterator<Item = &'a Standings>,
    id: &str,
) -> Map<String, Value> {
    let blocks: Vec<&Standings> = blocks.into_iter().collect();
    let fields = |standings: &&Standings| {
        let contender = standings.confirmation.contender(id)?;
        Some(contender_fields(standings, contender))
    };
    let all: Vec<Map<String, Value>> = blocks.iter().filter_map(fields).collect();
    let mut first = all.first().cloned().unwrap_or_default();
    if blocks.iter().any(|standings| standings.is_of_block) {
        first.insert("blocks".to_owned(), json!(all));
    }
    first
}

/// What became of one formula, by id, in words; `None` where it did not take part.
pub fn words_of(standings: &Standings, id: &str) -> Option<String> {
    let contender = standings.confirmation.contender(id)?;
    let fresh = contender.fresh.estimate;
    let beside = standings.beside_yardstick(contender);
    let beside = beside.map_or(String::new(), |beside| {
        format!(
            "; {}, P {}",
            beside.words(YARDSTICK),
            probability(beside.probability)
        )
    });
    Some(format!(
        "{}, 95 % interval {}, on {}{beside}",
        signed(fresh.fitness.value()),
        interval(fresh.fitness_interval),
        tasks_in_words(standings)
    ))
}

/// How far the champions fell from where they were selected, and how others are measured where they
/// were: a line each.
pub fn circumstances_in_words(blocks: &[Standings]) -> Vec<String> {
    let Some(standings) = blocks.first() else {
        return Vec::new();
    };
    let champions: Vec<&Contender> = blocks
        .iter()
        .flat_map(|block| &block.confirmation.champions)
        .collect();
    let ground = match standings.ground.ground() {
        Ground::Lab(_) => "tasks",
        Ground::Benchmark(_) => "seeds",
    };
    let mean = |fitness: fn(&Contender) -> f64| {
        champions.iter().copied().map(fitness).sum::<f64>() / champions.len() as f64
    };
    let mut lines = vec![format!(
        "the mean fitness of the {} tried was {} on the {ground} that selected them and is {} on \
         fresh ones (higher is better)",
        champions.len(),
        signed(mean(|champion| champion.selection.fitness.value())),
        signed(mean(|champion| champion.fresh.estimate.fitness.value()))
    )];
    let Confirmation { draws, seed, .. } = &standings.confirmation;
    if let Ground::Benchmark(_) = standings.ground.ground() {
        return lines;
    }
    let target = if standings.is_of_block {
        " --target PROFILE"
    } else {
        ""
    };
    lines.push(format!(
        "others on the same fresh tasks: motherlode evaluate FORMULA --lab {} --fresh {draws} \
         --seed {seed}{target}",
        lab_argument(standings.shipped_lab.as_deref())
    ));
    if standings.file_tasks() > 0 {
        let which = if standings.only_file_tasks() {
            "every task reads files".to_owned()
        } else {
            format!("tasks that read files: {}", standings.file_tasks())
        };
        lines.push(format!(
            "{which}: no draw has other rows, so there the rows that selected judge again; keep \
             rows of your own back, in a lab that no campaign selects on"
        ));
    }
    lines
}

/// How a command line names a campaign's lab: a shipped one by its name; of another the archive
/// does not know the file.
pub fn lab_argument(shipped: Option<&str>) -> &str {
    shipped.unwrap_or("LAB_FILE")
}

/// Which of the champions beat the best known activation, if any do, and which GELU where that is
/// another: a line each.
pub fn victory(standings: &Standings) -> Vec<String> {
    let confirmation = &standings.confirmation;
    let (Some(best), Some(winner)) = (confirmation.best_known(), confirmation.winner()) else {
        return vec!["nothing was there to compare".to_owned()];
    };
    let tasks = tasks_in_words(standings);
    let winners = labels(&standings.better_than(best));
    let beside = standings.compare(winner, best).map_or_else(
        || "not comparable".to_owned(),
        |beside| difference_in_words(&beside, best.label()),
    );
    let confirmed = if standings.only_file_tasks() {
        "not confirmed but repeated"
    } else {
        "confirmed"
    };
    let words = if winners.is_empty() {
        format!(
            "no candidate beats {}, the best known activation, on {tasks}; the nearest is {} \
             ({beside})",
            best.label(),
            winner.label()
        )
    } else {
        format!(
            "{confirmed} on {tasks}: better than {}, the best known activation: {winners} ({}: \
             {beside})",
            best.label(),
            winner.label()
        )
    };
    let mut lines = vec![words];
    let gelu = standings.yardstick();
    if let Some(gelu) = gelu.filter(|gelu| gelu.formula.id != best.formula.id) {
        let winners = labels(&standings.better_than(gelu));
        let winners = if winners.is_empty() {
            "none"
        } else {
            winners.as_str()
        };
        lines.push(format!("better than {YARDSTICK}: {winners}"));
    }
    lines
}

fn labels(contenders: &[&Contender]) -> String {
    let labels: Vec<&str> = contenders
        .iter()
        .map(|contender| contender.label())
        .collect();
    labels.join(", ")
}

fn difference_in_words(beside: &Comparison, rival: &str) -> String {
    format!(
        "difference {}, 95 % {}, P {}: {}",
        signed(beside.difference),
        interval(beside.interval),
        probability(beside.probability),
        beside.words(rival)
    )
}

/// What JSON says of one that took part.
pub fn contender_fields(standings: &Standings, contender: &Contender) -> Map<String, Value> {
    let beside = standings.beside_yardstick(contender);
    let against = |rival: &Contender| {
        let beside = standings.compare(contender, rival)?;
        let mut fields = output::object(json!({
            "name": rival.label(),
            "difference": beside.difference,
            "interval": beside.interval,
            "probability": beside.probability,
        }));
        if let Some(p_adjusted) = beside.p_adjusted {
            fields.insert("p_adjusted".to_owned(), json!(p_adjusted));
        }
        fields.extend(verdict_fields(Some(&beside.verdict)));
        Some(Value::Object(fields))
    };
    let against: Vec<Value> = standings
        .confirmation
        .incumbents
        .iter()
        .filter(|rival| rival.formula.id != contender.formula.id)
        .filter_map(against)
        .collect();
    let mut fields = match standings.is_of_block {
        true => output::object(json!({ "profile": standings.target })),
        false => Map::new(),
    };
    fields.extend(output::object(json!({
        "selection_fitness": contender.selection.fitness,
        "selection_interval": contender.selection.fitness_interval,
        "fresh_fitness": contender.fresh.estimate.fitness,
        "fresh_interval": contender.fresh.estimate.fitness_interval,
        "fresh_profiles": contender.fresh.profiles,
        "beats_gelu": beside.as_ref().map(|beside| beside.probability),
        "against": against,
    })));
    fields.extend(verdict_fields(
        beside.as_ref().map(|beside| &beside.verdict),
    ));
    fields
}

/// `24 fresh tasks`.
pub fn fresh_tasks_in_words(standings: &Standings) -> String {
    match standings.ground.ground() {
        Ground::Lab(_) => format!("{} {} tasks", standings.tasks(), how_fresh(standings)),
        Ground::Benchmark(_) => tasks_in_words(standings),
    }
}

/// Tasks of which none could be drawn afresh are not called so.
fn how_fresh(standings: &Standings) -> &'static str {
    if standings.only_file_tasks() {
        "redrawn"
    } else {
        "fresh"
    }
}

/// `24 fresh tasks (3 draws of 8)`.
fn tasks_in_words(standings: &Standings) -> String {
    let draws = standings.confirmation.draws;
    if let Ground::Benchmark(target) = standings.ground.ground() {
        let benchmark = &target.record.benchmark;
        return format!("the test part of {benchmark}, {draws} fresh seeds");
    }
    format!(
        "{} {} tasks ({} draws of {})",
        standings.tasks(),
        how_fresh(standings),
        draws,
        standings.lab_tasks().len()
    )
}

/// A verdict as JSON, with the family that carries it where one does.
fn verdict_fields(verdict: Option<&Verdict>) -> Map<String, Value> {
    output::object(json!({
        "verdict": verdict.map(Verdict::name),
        "verdict_family": verdict.and_then(Verdict::carried_by),
    }))
}
