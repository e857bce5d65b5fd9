//! The history of a formula, as JSON and as tables.

use serde_json::{json, Map, Value};

use crate::archive::Niche;
use crate::cli::archive::attempts::{attempt_fields, purpose};
use crate::cli::archive::candidates::candidate_fields;
use crate::cli::archive::replays::replays_table;
use crate::cli::champions;
use crate::cli::common::{counted, shortened};
use crate::cli::portrait::{self, Portrait};
use crate::cli::replay::document::document as replay_document;
use crate::cli::table::{interval, loss, signed, table as markdown};
use crate::cli::{nearest_known, output};
use crate::formula::Formula;
use crate::record::attempt::Attempt;
use crate::record::candidate::{Candidate, FormulaRecord, Measures};
use crate::record::charter::Charter;
use crate::record::evaluation::Evaluation;
use crate::review::{ArchivedFormula, FormulaHistory};

/// Names of facts, and what they are.
type Facts = Vec<(String, String)>;

/// The JSON of a history: `campaign` is null where no campaign has the formula.
pub fn document(history: &FormulaHistory) -> Map<String, Value> {
    let standings = &history.standings;
    let mut fields = output::formula(&history.formula);
    fields.insert("campaign".to_owned(), Value::Null);
    fields.insert(
        "nearest_known".to_owned(),
        nearest_known::fields_of(&history.formula.formula),
    );
    match &history.archived {
        Some(ArchivedFormula::Attempted { charter, attempt }) => {
            fields.extend(attempt_fields(attempt));
            if let Some(candidate) = attempt.candidate() {
                fields.extend(candidate_fields(&candidate, charter, standings));
            }
            fields.insert("campaign".to_owned(), json!(charter.campaign));
            fields.insert("record".to_owned(), json!(attempt));
        }
        Some(ArchivedFormula::Founder { charter, founder }) => {
            fields.extend(candidate_fields(founder, charter, standings));
            fields.insert("outcome".to_owned(), json!("founder"));
            fields.insert("campaign".to_owned(), json!(charter.campaign));
            fields.insert("record".to_owned(), json!(founder));
        }
        Some(ArchivedFormula::Replayed(_)) => {}
        None => fields.extend(
            portrait_of(&history.formula)
                .iter()
                .flat_map(portrait::document),
        ),
    }
    let replays = history.replays.iter().map(replay_document).collect();
    fields.insert("replays".to_owned(), replays);
    fields
}

/// The history for people: facts, losses by task, and replays; of what the archive does not have,
/// what the language and the library say.
pub fn table(history: &FormulaHistory) -> String {
    let mut parts = vec![match (&history.archived, portrait_of(&history.formula)) {
        (None, Some(portrait)) => portrait::table_of(&portrait),
        _ => facts_table(&facts(history)),
    }];
    parts.extend(evaluation(history).map(losses));
    parts.extend(replays_table(&history.replays));
    parts.join("\n\n")
}

/// `None` for a record that this version of the language does not read.
fn portrait_of(record: &FormulaRecord) -> Option<Portrait> {
    let formula = Formula::parse(&record.formula).ok()?;
    Some(Portrait::of(&formula))
}

fn evaluation(history: &FormulaHistory) -> Option<&Evaluation> {
    match history.archived.as_ref()? {
        ArchivedFormula::Attempted { attempt, .. } => attempt.evaluation.as_ref(),
        ArchivedFormula::Founder { founder, .. } => Some(&founder.evaluation),
        ArchivedFormula::Replayed(_) => None,
    }
}

fn facts_table(facts: &Facts) -> String {
    let mut rows = markdown(&["", ""]);
    for (name, value) in facts {
        rows.add_row([name, value]);
    }
    rows.to_string()
}

fn facts(history: &FormulaHistory) -> Facts {
    let mut facts = Facts::new();
    match &history.archived {
        Some(ArchivedFormula::Attempted { charter, attempt }) => {
            let written = attempt.proposal.as_ref().map(|proposal| &proposal.formula);
            let written = written.filter(|text| **text != history.formula.formula);
            facts.extend(written.map(|text| fact("as written", shortened(text))));
            facts.extend(formula_facts(&history.formula));
            facts.extend(attempt_facts(attempt, charter));
            facts.extend(attempt.measures.map(|measures| niche(&measures, charter)));
        }
        Some(ArchivedFormula::Founder { charter, founder }) => {
            facts.extend(formula_facts(&history.formula));
            facts.extend(founder_facts(founder, charter));
            facts.push(niche(&founder.measures, charter));
        }
        Some(ArchivedFormula::Replayed(_)) | None => {
            facts.extend(formula_facts(&history.formula));
            facts.push(fact("from", "a replay"));
        }
    }
    if let Some(evaluation) = evaluation(history) {
        facts.extend(evaluation_facts(evaluation, history));
    }
    facts
}

fn fact(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

fn formula_facts(formula: &FormulaRecord) -> Facts {
    let parameters = if formula.parameters == 0 {
        String::new()
    } else {
        format!(", {} trainable", formula.parameters)
    };
    vec![
        fact("formula", &formula.formula),
        fact("nickname", &formula.nickname),
        fact("id", &formula.id),
        fact("canonical", &formula.canonical),
        fact(
            "class and cost",
            format!(
                "{}{parameters}, {} weighted operations an element",
                formula.class, formula.cost
            ),
        ),
        fact(
            "nearest known",
            nearest_known::distance_of(&formula.formula),
        ),
    ]
}

fn attempt_facts(attempt: &Attempt, charter: &Charter) -> Facts {
    let mut facts = vec![fact(
        "from",
        format!(
            "attempt {} of campaign {} by {}, lab {}, target {}",
            attempt.attempt, charter.campaign, attempt.proposer, charter.lab, charter.target
        ),
    )];
    if let Some(reply) = attempt.reply.as_ref().filter(|_| !attempt.calls.is_empty()) {
        let asked =
            purpose(attempt).map_or_else(String::new, |purpose| format!(", asked to {purpose}"));
        let requests = counted(attempt.calls.len() as u64, "request");
        let model = shortened(&reply.model);
        let cost = attempt.cost();
        facts.push(fact("model", format!("{model}{asked}; {requests}, {cost}")));
    }
    let doubts = attempt.calls.iter().filter_map(|call| call.doubt.as_ref());
    facts.extend(doubts.map(|doubt| {
        let booked = "the usage that its server told cannot be, and all that was held is booked";
        fact("doubtful", format!("{booked}: {doubt}"))
    }));
    if let Some(first) = attempt.sibling_of {
        facts.push(fact("came with", format!("the reply of attempt {first}")));
    }
    let parents: Vec<String> = attempt
        .parents
        .iter()
        .map(|id| id.chars().take(8).collect())
        .collect();
    facts.push(fact("parents", parents.join(", ")));
    let proposal = attempt.proposal.as_ref();
    let rationale = proposal.and_then(|proposal| proposal.rationale.clone());
    facts.push(fact("rationale", rationale.unwrap_or_default()));
    facts.push(fact(
        "outcome",
        attempt.outcome.rejection().map_or_else(
            || attempt.outcome.name().to_owned(),
            |rejection| format!("{}: {}", rejection.kind(), rejection.detail()),
        ),
    ));
    facts
}

fn founder_facts(founder: &Candidate, charter: &Charter) -> Facts {
    let name = founder.name.as_deref().unwrap_or(&founder.formula.nickname);
    vec![fact(
        "from",
        format!(
            "{name}, a known activation that campaign {} measured before its attempts, lab {}, \
             target {}",
            charter.campaign, charter.lab, charter.target
        ),
    )]
}

fn niche(measures: &Measures, charter: &Charter) -> (String, String) {
    fact(
        "niche",
        Niche::of(measures, charter.cost_budget).to_string(),
    )
}

fn evaluation_facts(evaluation: &Evaluation, history: &FormulaHistory) -> Facts {
    let estimate = evaluation.estimate;
    let confirmed = history.standings.iter().filter_map(|standings| {
        let words = champions::words_of(standings, &history.formula.id)?;
        Some(match standings.is_of_block {
            true => format!("as {}: {words}", standings.target),
            false => words,
        })
    });
    let confirmed: Vec<String> = confirmed.collect();
    let confirmed = match confirmed.is_empty() {
        true => "not measured on fresh tasks".to_owned(),
        false => confirmed.join("; "),
    };
    let mut facts = vec![
        fact(
            &fitness_name(evaluation, history),
            format!(
                "{}, 95 % interval {}",
                signed(estimate.fitness.value()),
                interval(estimate.fitness_interval)
            ),
        ),
        fact("fresh fitness", confirmed),
    ];
    for (profile, estimate) in &evaluation.profiles {
        facts.push(fact(
            &format!("fitness as {profile}"),
            format!(
                "{}, {}",
                signed(estimate.fitness.value()),
                interval(estimate.fitness_interval)
            ),
        ));
    }
    let trained = evaluation.trained_parameters_in_words();
    facts.extend(trained.map(|words| fact("trained parameters", words)));
    facts
}

/// `fitness`, with the profile that selected the formula where its campaign has several.
fn fitness_name(evaluation: &Evaluation, history: &FormulaHistory) -> String {
    let campaign = history
        .archived
        .as_ref()
        .and_then(ArchivedFormula::campaign);
    match campaign.is_some_and(Charter::is_for_all) {
        true => format!("fitness, selected as {}", evaluation.target),
        false => "fitness".to_owned(),
    }
}

fn losses(evaluation: &Evaluation) -> String {
    let mut losses = markdown(&[
        "task",
        "family",
        "train",
        "in-distribution",
        "out-of-distribution",
        "trials",
    ]);
    for task in &evaluation.tasks {
        losses.add_row([
            task.task.clone(),
            task.family.clone(),
            loss(task.train_loss),
            loss(task.in_distribution_loss),
            loss(task.out_of_distribution_loss),
            task.trials.to_string(),
        ]);
    }
    losses.to_string()
}
