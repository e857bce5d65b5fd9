//! How a run of `motherlode mine` is summed up: the closing table, the `finished` event, and what
//! to do next.

use serde_json::{json, Value};

use super::remedy::Remedy;
use crate::archive::ranked_under;
use crate::campaign::Ground;
use crate::campaign::{Finish, SmallerLimit, StopReason};
use crate::cli::champions::{champions_document, circumstances_document, standings_table};
use crate::cli::common::{counted, quoted, Common, Failure};
use crate::cli::table::{formula_table, table, FormulaRow};
use crate::cli::{blocks, nearest_known, output};
use crate::config::Plan;
use crate::journal::Journal;
use crate::numerics::stream::Key;
use crate::proposer::Pause;
use crate::record::candidate::Candidate;
use crate::record::charter::Charter;
use crate::record::ledger::Spending;
use crate::record::target_benchmark::TargetBenchmark;
use crate::review::{spending_of, FitnessColumns, Standings};

/// Mined formulas in a table of what is not confirmed.
const SHOWN: usize = 5;

/// The closing table, or the `finished` event.
pub fn report(
    finish: &Finish,
    plan: &Plan,
    ground: Ground,
    baselines: &[Candidate],
    journal: &Journal,
    common: &Common,
) -> Result<(), Failure> {
    let charter = &plan.charter;
    let spending = &spending_of(journal, &charter.campaign)?;
    let remedy = &Remedy::of(finish, plan, spending, journal)?;
    let standings = standings(finish, charter)?;
    if common.json {
        let mut event = finished(
            finish,
            charter,
            &standings,
            baseline_fields(baselines),
            spending,
        );
        event["smaller_limit"] = json!(remedy.smaller_limit.as_ref().map(smaller_limit_fields));
        output::document(&event)?;
    } else {
        let tables = match standings.is_empty() {
            true => unconfirmed_tables(finish, charter, ground, baselines),
            false => standings.iter().map(confirmed_table).collect(),
        };
        output::line(tables.join("\n\n"))?;
        let mut rejections = table(&["rejected as", "attempts"]);
        finish.rejections.iter().for_each(|(kind, count)| {
            rejections.add_row([kind.clone(), count.to_string()]);
        });
        if !finish.rejections.is_empty() {
            output::line(format!("\n{rejections}"))?;
        }
        if spending.total.requests > 0 {
            output::line(format!("\n{}", crate::cli::spend::breakdown(spending)))?;
        }
    }
    if spending.total.requests > 0 {
        common.say(crate::cli::spend::words(spending, charter));
    }
    common.say_all(closing_words(finish, charter, &standings, remedy));
    Ok(())
}

/// The champions of each block on fresh tasks; none while that is to be measured.
pub fn standings(finish: &Finish, charter: &Charter) -> Result<Vec<Standings>, Failure> {
    Ok(match &finish.confirmation {
        Some(confirmation) => Standings::of(confirmation, charter)?,
        None => Vec::new(),
    })
}

/// The champions under one target, under its name where there are several.
fn confirmed_table(standings: &Standings) -> String {
    let table = standings_table(standings);
    match standings.is_of_block {
        true => format!("{}:\n{table}", standings.target),
        false => table.to_string(),
    }
}

/// The fittest candidates under each target beside the baselines, on the tasks that selected.
fn unconfirmed_tables(
    finish: &Finish,
    charter: &Charter,
    ground: Ground,
    baselines: &[Candidate],
) -> Vec<String> {
    let table = |target: &String| {
        let ranked = ranked_under(&finish.ranking, target).into_iter();
        let columns = FitnessColumns {
            ground,
            target,
            key: Key::new(charter.seed),
        };
        let shown = baselines.iter().chain(ranked.take(SHOWN));
        formula_table(shown.map(FormulaRow::of).collect(), &columns)
    };
    charter
        .blocks(&ground.profiles())
        .iter()
        .map(table)
        .collect()
}

/// The `finished` event.
pub fn finished(
    finish: &Finish,
    charter: &Charter,
    standings: &[Standings],
    baselines: Value,
    spending: &Spending,
) -> Value {
    let detail = match &finish.stop_reason {
        StopReason::Paused { detail, .. } | StopReason::RepliesExhausted { detail } => Some(detail),
        _ => None,
    };
    json!({ "event": "finished", "campaign": charter.campaign,
    "stop_reason": finish.stop_reason.name(), "attempts": finish.attempts,
        "stop_detail": detail,
        "candidates": finish.candidates, "rejections": finish.rejections,
        "spent_usd": spending.total.spent.usd(),
        "spending": crate::cli::spend::fields(spending, charter, &finish.balance),
        "wall_s": finish.wall.as_secs_f64(),
        "best": best(finish, standings), "baselines": baselines,
        "champions": champions_document(standings),
        "confirmation": circumstances_document(standings),
        "blocks": blocks::document(standings) })
}

/// The candidate that a campaign is summed up by: the fittest on the tasks that selected, or of a
/// campaign for several blocks the best of the first block that has a winner, else of the first
/// block, with its fitness there.
fn best(finish: &Finish, standings: &[Standings]) -> Option<Value> {
    let verdicts = || {
        let of_blocks = standings.iter().filter(|block| block.is_of_block);
        of_blocks.filter_map(|block| Some((&block.target, block.verdict()?)))
    };
    let won = verdicts().find(|(_, verdict)| verdict.is_won);
    let Some((profile, verdict)) = won.or_else(|| verdicts().next()) else {
        return finish.ranking.first().map(candidate_fields);
    };
    let id = &verdict.best.formula.id;
    let is_best = |candidate: &&Candidate| candidate.formula.id == *id;
    let candidate = finish.ranking.iter().find(is_best)?;
    let estimate = candidate.evaluation.under(profile);
    let mut fields = candidate_fields(candidate);
    fields["profile"] = json!(profile);
    fields["fitness"] = json!(estimate.fitness);
    fields["fitness_interval"] = json!(estimate.fitness_interval);
    Some(fields)
}

/// The limit that makes room in a budget, as JSON carries it.
fn smaller_limit_fields(smaller: &SmallerLimit) -> Value {
    json!({ "model": smaller.model, "max_tokens": smaller.most_tokens,
        "requests": smaller.requests })
}

fn closing_words(
    finish: &Finish,
    charter: &Charter,
    standings: &[Standings],
    remedy: &Remedy,
) -> Vec<String> {
    let (name, command) = (&charter.campaign, remedy.command(charter));
    let stopped = match &finish.stop_reason {
        StopReason::AttemptsMade => "all attempts are made".to_owned(),
        StopReason::TimeLimit => {
            format!("the time limit is reached; go on with: motherlode mine --resume {name}")
        }
        StopReason::Interrupted => format!("stopped; go on with: motherlode mine --resume {name}"),
        StopReason::RepliesExhausted { detail } => detail.clone(),
        StopReason::Paused {
            pause: Pause::Budget,
            detail,
        } => match &remedy.words {
            Some(words) => format!(
                "STOPPED at the budget: {detail}; {words}. Raise it by --budget-usd or \
                 --budget-tokens, or go on with: {command}"
            ),
            None => format!(
                "STOPPED at the budget: {detail}; raise it by --budget-usd or --budget-tokens and \
                 go on with: {command}"
            ),
        },
        StopReason::Paused { pause, detail } => format!(
            "PAUSED, {}: {detail}. Then go on with: {command}",
            pause.name()
        ),
    };
    let reminders = match standings.is_empty() {
        false => blocks::words_of_all(standings),
        true => vec![format!(
            "fitness: higher is better, the reference is 0; {}",
            unconfirmed(finish, charter)
        )],
    };
    let counts = format!(
        "{}, {}",
        counted(finish.attempts, "attempt"),
        counted(finish.candidates, "candidate")
    );
    let seconds = finish.wall.as_secs_f64();
    let mut lines = vec![format!("{counts}, {seconds:.0} s: {stopped}")];
    lines.extend(reminders);
    lines.extend(next(finish, charter, standings));
    lines
}

/// What to do next: of a campaign for several blocks, the benchmark of each that has a winner; else
/// to look at the best.
fn next(finish: &Finish, charter: &Charter, standings: &[Standings]) -> Vec<String> {
    let of_blocks = standings.iter().filter(|block| block.is_of_block);
    let replays: Vec<String> = of_blocks.filter_map(blocks::next).collect();
    if !replays.is_empty() {
        return replays.iter().map(|next| format!("next: {next}")).collect();
    }
    let won = standings.first().and_then(Standings::verdict);
    let won = won.filter(|verdict| verdict.is_won);
    if let (Some(target), Some(verdict)) = (&charter.benchmark, won) {
        let replay = tuned_replay(target, &verdict.best.formula.formula);
        return vec![format!("next: {replay}")];
    }
    let winner = standings.first().and_then(Standings::winner);
    let best = winner.or(finish
        .ranking
        .first()
        .map(|best| best.formula.nickname.as_str()));
    vec![match best {
        Some(best) => format!("next: motherlode archive show {best}"),
        None => format!("next: motherlode archive attempts {}", charter.campaign),
    }]
}

/// The replay that tells how much of a formula's gain on the benchmark of its campaign is scale: beside
/// baselines that are tuned as often, under the same recipe.
fn tuned_replay(target: &TargetBenchmark, formula: &str) -> String {
    let written = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let option = |(key, value): (&String, &Value)| {
        let name = match key.as_str() {
            "name" => "recipe".to_owned(),
            other => other.replace('_', "-"),
        };
        format!(" --{name} {}", written(value))
    };
    let recipe: String = target
        .recipe
        .as_object()
        .map_or_else(String::new, |recipe| recipe.iter().map(option).collect());
    format!(
        "motherlode replay --benchmark {}{recipe} --seeds {} --tune --formula {}",
        target.record.benchmark,
        target.fresh_seeds,
        quoted(formula)
    )
}

/// Why nothing can be called a winner yet.
fn unconfirmed(finish: &Finish, charter: &Charter) -> &'static str {
    match finish.stop_reason {
        _ if charter.benchmark.is_some() && !finish.ranking.is_empty() => {
            "it is measured on the images held out, under the seeds that selected: nothing here is \
             a winner before it is measured under fresh seeds and on the test part"
        }
        _ if finish.ranking.is_empty() => "no candidate was found",
        _ if charter.champions == 0 => {
            "it is measured on the tasks that selected, and this campaign confirms none on fresh \
             tasks: nothing here is a winner"
        }
        _ => {
            "it is measured on the tasks that selected; unconfirmed: nothing here is a winner \
             before it is measured on fresh tasks, which follows the attempts"
        }
    }
}

fn candidate_fields(candidate: &Candidate) -> Value {
    let mut fields = output::formula(&candidate.formula);
    fields.extend(output::evaluation(&candidate.evaluation));
    fields.insert("attempt".to_owned(), json!(candidate.attempt));
    fields.insert(
        "nearest_known".to_owned(),
        nearest_known::fields_of(&candidate.formula.formula),
    );
    Value::Object(fields)
}

/// Baselines by name, with their fitness.
pub fn baseline_fields(baselines: &[Candidate]) -> Value {
    baselines
        .iter()
        .map(|founder| json!({ "name": label(founder), "fitness": founder.fitness() }))
        .collect()
}

/// What a founder is called.
pub fn label(founder: &Candidate) -> &str {
    founder.name.as_deref().unwrap_or(&founder.formula.formula)
}
