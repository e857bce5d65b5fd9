//! How a run of `motherlode mine` is summed up: the closing table, the `finished` event, and what
//! to do next.

use serde_json::{json, Value};

use super::remedy::Remedy;
use crate::campaign::Ground;
use crate::campaign::{Finish, SmallerLimit, StopReason};
use crate::cli::champions::{champions_document, circumstances_document, standings_table};
use crate::cli::common::{counted, Common, Failure};
use crate::cli::table::{formula_table, table, FormulaRow};
use crate::cli::{champions, nearest_known, output};
use crate::config::Plan;
use crate::journal::Journal;
use crate::numerics::stream::Key;
use crate::proposer::Pause;
use crate::record::candidate::Candidate;
use crate::record::charter::Charter;
use crate::record::confirmation::Confirmation;
use crate::record::ledger::Spending;
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
            standings.as_ref(),
            baseline_fields(baselines),
            spending,
        );
        event["smaller_limit"] = json!(remedy.smaller_limit.as_ref().map(smaller_limit_fields));
        output::document(&event)?;
    } else {
        match &standings {
            Some(standings) => output::line(standings_table(standings))?,
            None => {
                let shown = baselines.iter().chain(finish.ranking.iter().take(SHOWN));
                let columns = FitnessColumns {
                    ground,
                    target: &charter.target,
                    key: Key::new(charter.seed),
                };
                output::line(formula_table(shown.map(FormulaRow::of).collect(), &columns))?;
            }
        }
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
    common.say_all(closing_words(finish, charter, standings.as_ref(), remedy));
    Ok(())
}

/// The champions on fresh tasks; `None` while that is to be measured.
pub fn standings(finish: &Finish, charter: &Charter) -> Result<Option<Standings>, Failure> {
    let of = |confirmation: &Confirmation| Standings::of(confirmation.clone(), charter);
    Ok(finish.confirmation.as_ref().map(of).transpose()?)
}

/// The `finished` event.
pub fn finished(
    finish: &Finish,
    charter: &Charter,
    standings: Option<&Standings>,
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
        "best": finish.ranking.first().map(candidate_fields), "baselines": baselines,
        "champions": standings.map_or_else(|| json!([]), champions_document),
        "confirmation": standings.map(circumstances_document) })
}

/// The limit that makes room in a budget, as JSON carries it.
fn smaller_limit_fields(smaller: &SmallerLimit) -> Value {
    json!({ "model": smaller.model, "max_tokens": smaller.most_tokens,
        "requests": smaller.requests })
}

fn closing_words(
    finish: &Finish,
    charter: &Charter,
    standings: Option<&Standings>,
    remedy: &Remedy,
) -> [String; 3] {
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
    let reminder = match standings {
        Some(standings) => champions::words(standings),
        None => format!(
            "fitness: higher is better, the reference is 0; {}",
            unconfirmed(finish, charter)
        ),
    };
    let best = standings.and_then(Standings::winner).or(finish
        .ranking
        .first()
        .map(|best| best.formula.nickname.as_str()));
    let next = match best {
        Some(best) => format!("next: motherlode archive show {best}"),
        None => format!("next: motherlode archive attempts {name}"),
    };
    let counts = format!(
        "{}, {}",
        counted(finish.attempts, "attempt"),
        counted(finish.candidates, "candidate")
    );
    let seconds = finish.wall.as_secs_f64();
    [
        format!("{counts}, {seconds:.0} s: {stopped}"),
        reminder,
        next,
    ]
}

/// Why nothing can be called a winner yet.
fn unconfirmed(finish: &Finish, charter: &Charter) -> &'static str {
    match finish.stop_reason {
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
