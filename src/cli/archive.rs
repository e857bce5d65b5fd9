//! `motherlode archive`: reviews campaigns, candidates and attempts.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use serde_json::{json, Map, Value};

use crate::archive::{named, ranking, Niche};
use crate::cli::champions::Standings;
use crate::cli::common::{counted, quoted, shortened, Common, Ending, Failure};
use crate::cli::replay::{print_replays, replayed, replays_of, Replay};
use crate::cli::table::{formula_table, interval, loss, signed, table, FormulaRow, Terms};
use crate::cli::{formula_argument, nearest_known, output};
use crate::journal::Journal;
use crate::lab::Lab;
use crate::numerics::stream::Key;
use crate::proposer::Pause;
use crate::record::attempt::Attempt;
use crate::record::candidate::{Candidate, FormulaRecord};
use crate::record::charter::Charter;
use crate::record::ledger::{Money, Purpose};

/// Ids that a message lists.
const NAMED_AT_MOST: usize = 5;

#[derive(Subcommand)]
pub enum ArchiveCommand {
    /// The campaigns of the archive
    List,
    /// The fittest candidates of a campaign
    Top(TopArguments),
    /// One formula: where it came from and how it did on every task
    Show(ShowArguments),
    /// Every attempt of a campaign with its outcome
    Attempts(AttemptsArguments),
}

#[derive(Args)]
pub struct TopArguments {
    /// A campaign by name [default: the latest]
    campaign: Option<String>,
    /// How many candidates
    #[arg(long, short = 'n', default_value_t = 10)]
    top: usize,
}

#[derive(Args)]
pub struct ShowArguments {
    /// A nickname, an id, or the beginning of an id
    formula: String,
}

#[derive(Args)]
pub struct AttemptsArguments {
    /// A campaign by name [default: the latest]
    campaign: Option<String>,
}

pub fn run(command: &ArchiveCommand, common: &Common) -> Result<Ending, Failure> {
    let journal = Journal::open(&common.archive_folder()?).map_err(Failure::of_archive)?;
    match command {
        ArchiveCommand::List => list(&journal, common),
        ArchiveCommand::Top(arguments) => top(&journal, arguments, common),
        ArchiveCommand::Show(arguments) => show(&journal, &arguments.formula, common),
        ArchiveCommand::Attempts(arguments) => {
            attempts(&journal, arguments.campaign.as_deref(), common)
        }
    }?;
    journal.close()?;
    Ok(Ending::Done)
}

/// The JSON of an attempt.
pub fn attempt_fields(attempt: &Attempt) -> Map<String, Value> {
    let rejection = attempt
        .outcome
        .rejection()
        .map(|rejection| json!({ "kind": rejection.kind(), "detail": rejection.detail() }));
    output::object(json!({
        "attempt": attempt.attempt,
        "outcome": attempt.outcome.name(),
        "rejection": rejection,
        "proposer": attempt.proposer,
        "formula": written(attempt),
        "id": attempt.formula.as_ref().map(|formula| &formula.id),
        "nickname": attempt.formula.as_ref().map(|formula| &formula.nickname),
        "written": attempt.proposal.as_ref().map(|proposal| &proposal.formula),
        "canonical": attempt.formula.as_ref().map(|formula| &formula.canonical),
        "parents": attempt.parents,
        "sibling_of": attempt.sibling_of,
        "model": attempt.reply.as_ref().map(|reply| &reply.model),
        "purpose": purpose(attempt),
        "cost_usd": attempt.cost().usd(),
        "fitness": attempt.evaluation.as_ref().map(|evaluation| evaluation.estimate.fitness),
    }))
}

/// What its model was asked for; `None` where none was asked.
fn purpose(attempt: &Attempt) -> Option<Purpose> {
    attempt
        .calls
        .iter()
        .map(|call| call.purpose)
        .find(|purpose| Purpose::proposing().contains(purpose))
}

/// The formula as printed, else as proposed.
fn written(attempt: &Attempt) -> Option<&str> {
    let printed = attempt
        .formula
        .as_ref()
        .map(|formula| formula.formula.as_str());
    printed.or(attempt
        .proposal
        .as_ref()
        .map(|proposal| proposal.formula.as_str()))
}

/// The named campaign, or the latest.
pub fn find_campaign(journal: &Journal, name: Option<&str>) -> Result<Charter, Failure> {
    let campaigns = journal.campaigns()?;
    let names: Vec<&str> = campaigns
        .iter()
        .map(|charter| charter.campaign.as_str())
        .collect();
    let found = match name {
        Some(name) => campaigns.iter().find(|charter| charter.campaign == name),
        None => campaigns.last(),
    };
    found.cloned().ok_or_else(|| match name {
        Some(name) => Failure::usage(format!(
            "the archive has no campaign '{name}'; it has: {}",
            names.join(", ")
        )),
        None => Failure::usage("the archive has no campaign yet; start one with motherlode mine"),
    })
}

fn list(journal: &Journal, common: &Common) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for charter in journal.campaigns()? {
        let attempts = journal.attempts(&charter.campaign)?;
        let best = ranking(&attempts).into_iter().next();
        let conclusion = journal.conclusion(&charter.campaign)?;
        // A conclusion that the attempts have outgrown, or a goal not reached, belongs to an
        // earlier run.
        let current = conclusion.filter(|conclusion| conclusion.attempts == attempts.len() as u64);
        let current = current.filter(|conclusion| {
            conclusion.stop_reason != "attempts_made" || conclusion.attempts >= charter.attempts
        });
        let state =
            current.map_or_else(|| "cut off".to_owned(), |conclusion| conclusion.stop_reason);
        let balance = journal.balance(&charter.campaign)?;
        rows.push((
            charter,
            attempts.len(),
            best,
            state,
            balance.spent + balance.held,
        ));
    }
    if common.json {
        let fields = |(charter, attempts, best, state, spent): &(
            Charter,
            usize,
            Option<Candidate>,
            String,
            Money,
        )| {
            json!({ "campaign": charter.campaign, "created": charter.created, "proposer": charter.proposer, "lab": charter.lab, "target": charter.target,
                "class": charter.class, "parameters": charter.parameters,
                "seed": charter.seed, "goal": charter.attempts, "attempts": attempts, "state": state, "spent_usd": spent.usd(),
                "best": best.as_ref().map(|best| json!({ "id": best.formula.id, "nickname": best.formula.nickname, "formula": best.formula.formula,
                    "fitness": best.evaluation.estimate.fitness })) })
        };
        output::document(&json!({ "campaigns": rows.iter().map(fields).collect::<Vec<_>>() }))?;
        return Ok(());
    }
    let limits: Vec<Option<String>> = rows.iter().map(|(charter, ..)| charter.allows()).collect();
    let limited = limits.iter().any(Option::is_some);
    let mut heads = vec![
        "campaign", "created", "proposer", "lab", "target", "attempts", "state", "best", "fitness",
    ];
    if limited {
        heads.push("allows");
    }
    let paid = rows.iter().any(|(.., spent)| !spent.is_zero());
    if paid {
        heads.push("spent");
    }
    let mut table = table(&heads);
    for ((charter, attempts, best, state, spent), limits) in rows.iter().zip(limits) {
        let (name, fitness) = best
            .as_ref()
            .map_or(("none".to_owned(), String::new()), |best| {
                (
                    best.formula.nickname.clone(),
                    signed(best.evaluation.estimate.fitness.value()),
                )
            });
        let progress = format!("{attempts} of {}", charter.attempts);
        let mut cells = vec![
            charter.campaign.clone(),
            charter.created.clone(),
            charter.proposer.clone(),
            charter.lab.clone(),
            charter.target.clone(),
            progress,
            if Pause::all().iter().any(|pause| pause.name() == state) {
                format!("paused: {state}")
            } else {
                state.clone()
            },
            name,
            fitness,
        ];
        if limited {
            cells.push(limits.unwrap_or_else(|| "pointwise".to_owned()));
        }
        if paid {
            cells.push(spent.to_string());
        }
        table.add_row(cells);
    }
    output::line(&table)?;
    common.say(match rows.last() {
        Some((charter, ..)) => format!("next: motherlode archive top {}", charter.campaign),
        None => "next: motherlode mine".to_owned(),
    });
    Ok(())
}

fn top(journal: &Journal, arguments: &TopArguments, common: &Common) -> Result<(), Failure> {
    let charter = find_campaign(journal, arguments.campaign.as_deref())?;
    let mut candidates = ranking(&journal.attempts(&charter.campaign)?);
    candidates.truncate(arguments.top);
    let baselines = baselines(journal, &charter)?;
    let standings = Standings::latest(journal, &charter)?;
    if common.json {
        let fields = |candidate: &Candidate| {
            Value::Object(candidate_fields(candidate, &charter, standings.as_ref()))
        };
        let rows: Vec<Value> = candidates.iter().map(fields).collect();
        let known = |founder: &Candidate| json!({ "name": founder.name, "fitness": founder.evaluation.estimate.fitness });
        let baselines: Vec<Value> = baselines.iter().map(known).collect();
        let confirmation = standings.as_ref().map(Standings::circumstances);
        output::document(
            &json!({ "campaign": charter.campaign, "candidates": rows, "baselines": baselines, "confirmation": confirmation }),
        )?;
        return Ok(());
    }
    let lab = Lab::parse(&charter.lab_definition)?;
    let terms = Terms {
        lab: &lab,
        target: &charter.target,
        key: Key::new(charter.seed),
    };
    let standard = terms.standard().map(|(_, id)| id);
    let fresh = |candidate: &Candidate| {
        standings
            .as_ref()?
            .fresh(&candidate.formula.id, standard.as_deref())
    };
    let row = |candidate| FormulaRow {
        fresh: fresh(candidate),
        ..FormulaRow::of(candidate)
    };
    output::line(formula_table(
        baselines.iter().chain(&candidates).map(row).collect(),
        &terms,
    ))?;
    common.say(match candidates.first() {
        Some(best) => {
            format!(
            "campaign {}, lab {}, target {}; fitness is measured on the tasks that selected, P \
            and verdict on fresh ones where it was confirmed there\nnext: motherlode archive \
            show {}",
            charter.campaign,
            charter.lab,
            charter.target,
            standings.as_ref().and_then(Standings::winner).unwrap_or(&best.formula.nickname)
        )
        }
        None => format!(
            "campaign {} has no candidate yet; next: motherlode archive attempts {}",
            charter.campaign, charter.campaign
        ),
    });
    Ok(())
}

/// The baselines of a campaign's lab as measured for it; none where it was cut off before that.
fn baselines(journal: &Journal, charter: &Charter) -> Result<Vec<Candidate>, Failure> {
    let count = Lab::parse(&charter.lab_definition)?.baselines.len();
    let founders = journal.founders(&charter.campaign)?.unwrap_or_default();
    Ok(founders.into_iter().take(count).collect())
}

/// The JSON of a candidate, with what it came to on fresh tasks where it was measured on them.
fn candidate_fields(
    candidate: &Candidate,
    charter: &Charter,
    standings: Option<&Standings>,
) -> Map<String, Value> {
    let mut fields = output::formula(&candidate.formula);
    fields.extend(output::evaluation(&candidate.evaluation));
    fields.extend(output::object(json!({
        "attempt": candidate.attempt,
        "parents": candidate.parents,
        "niche": Niche::of(&candidate.measures, charter.cost_budget).to_string(),
        "name": candidate.name,
        "rationale": candidate.rationale,
        "nearest_known": nearest_known::fields_of(&candidate.formula.formula),
    })));
    fields.extend(standings.map_or_else(Map::new, |standings| {
        standings.fields_of(&candidate.formula.id)
    }));
    fields
}

fn show(journal: &Journal, name: &str, common: &Common) -> Result<(), Failure> {
    let (charter, attempt) = match find_formula(journal, name)? {
        Found::Attempted(found) => *found,
        Found::Replayed(formula) => return show_replayed(journal, &formula, common),
    };
    let standings = Standings::latest_with(
        journal,
        &charter,
        attempt.formula.as_ref().map_or("", |formula| &formula.id),
    )?;
    let replays = attempt.formula.as_ref().map_or_else(
        || Ok(Vec::new()),
        |formula| replays_of(journal, &formula.id),
    )?;
    show_attempt(&attempt, &charter, standings.as_ref(), &replays, common)
}

/// A formula of the archive, and what it is known from.
pub enum Found {
    /// An attempt of a campaign, the latest that made it.
    Attempted(Box<(Charter, Attempt)>),
    /// A replay that it was given to; no campaign made it.
    Replayed(FormulaRecord),
}

/// The one formula of the archive that has this nickname or an id that begins so: of what campaigns
/// made, else of what was replayed.
pub fn find_formula(journal: &Journal, name: &str) -> Result<Found, Failure> {
    let attempted = |(id, attempt)| (id, Found::Attempted(Box::new(attempt)));
    let mut found: BTreeMap<String, Found> = attempts_named(journal, name)?
        .into_iter()
        .map(attempted)
        .collect();
    if found.is_empty() {
        found.extend(
            replayed(journal, name)?
                .into_iter()
                .map(|formula| (formula.id.clone(), Found::Replayed(formula))),
        );
    }
    if found.len() > 1 {
        let ids: Vec<&str> = found
            .keys()
            .take(NAMED_AT_MOST)
            .map(|id| id.get(..12).unwrap_or(id))
            .collect();
        let more = if found.len() > NAMED_AT_MOST {
            " ..."
        } else {
            ""
        };
        return Err(Failure::usage(format!(
            "'{name}' names {} formulas: {}{more}; give more of the id",
            found.len(),
            ids.join(", ")
        )));
    }
    let none = || {
        Failure::usage(format!(
            "no formula of the archive is named '{name}'; see motherlode archive top and \
             motherlode archive attempts"
        ))
    };
    found.into_values().next().ok_or_else(none)
}

/// The formulas that have this nickname or an id that begins so, by id, each as its latest campaign
/// made it.
fn attempts_named(
    journal: &Journal,
    name: &str,
) -> Result<BTreeMap<String, (Charter, Attempt)>, Failure> {
    let mut found = BTreeMap::new();
    for charter in journal.campaigns()? {
        for attempt in named(&journal.attempts(&charter.campaign)?, name) {
            if let Some(formula) = &attempt.formula {
                found.insert(formula.id.clone(), (charter.clone(), attempt.clone()));
            }
        }
    }
    Ok(found)
}

/// A formula that no campaign made, but a replay was given.
fn show_replayed(
    journal: &Journal,
    formula: &FormulaRecord,
    common: &Common,
) -> Result<(), Failure> {
    let replays = replays_of(journal, &formula.id)?;
    if common.json {
        let mut fields = output::formula(formula);
        fields.insert(
            "nearest_known".to_owned(),
            nearest_known::fields_of(&formula.formula),
        );
        fields.insert(
            "replays".to_owned(),
            replays.iter().map(Replay::document).collect(),
        );
        return Ok(output::document(&fields)?);
    }
    let mut facts = table(&["", ""]);
    let about = [
        ("formula", &formula.formula),
        ("nickname", &formula.nickname),
        ("id", &formula.id),
        ("canonical", &formula.canonical),
    ];
    for (name, value) in about {
        facts.add_row([name, value]);
    }
    facts.add_row([
        "nearest known".to_owned(),
        nearest_known::distance_of(&formula.formula),
    ]);
    facts.add_row(["from", "a replay"]);
    output::line(&facts)?;
    print_replays(&replays)
}

fn show_attempt(
    attempt: &Attempt,
    charter: &Charter,
    standings: Option<&Standings>,
    replays: &[Replay],
    common: &Common,
) -> Result<(), Failure> {
    if common.json {
        let mut fields = attempt_fields(attempt);
        fields.insert("campaign".to_owned(), json!(charter.campaign));
        fields.insert("record".to_owned(), json!(attempt));
        fields.insert(
            "nearest_known".to_owned(),
            attempt.formula.as_ref().map_or(Value::Null, |formula| {
                nearest_known::fields_of(&formula.formula)
            }),
        );
        if let Some(candidate) = attempt.candidate() {
            fields.extend(candidate_fields(&candidate, charter, standings));
        }
        fields.insert(
            "replays".to_owned(),
            replays.iter().map(Replay::document).collect(),
        );
        output::document(&fields)?;
        return Ok(());
    }
    let mut facts = table(&["", ""]);
    let mut fact = |name: &str, value: String| {
        facts.add_row([name.to_owned(), value]);
    };
    if let Some(proposal) = attempt.proposal.as_ref().filter(|proposal| {
        attempt
            .formula
            .as_ref()
            .is_none_or(|formula| formula.formula != proposal.formula)
    }) {
        fact("as written", shortened(&proposal.formula));
    }
    if let Some(formula) = &attempt.formula {
        fact("formula", formula.formula.clone());
        fact("nickname", formula.nickname.clone());
        fact("id", formula.id.clone());
        fact("canonical", formula.canonical.clone());
        let parameters = if formula.parameters == 0 {
            String::new()
        } else {
            format!(", {} trainable", formula.parameters)
        };
        fact(
            "class and cost",
            format!(
                "{}{parameters}, {} weighted operations an element",
                formula.class, formula.cost
            ),
        );
        fact(
            "nearest known",
            nearest_known::distance_of(&formula.formula),
        );
    }
    fact(
        "from",
        format!(
            "attempt {} of campaign {} by {}, lab {}, target {}",
            attempt.attempt, charter.campaign, attempt.proposer, charter.lab, charter.target
        ),
    );
    if let Some(reply) = attempt.reply.as_ref().filter(|_| !attempt.calls.is_empty()) {
        let asked =
            purpose(attempt).map_or_else(String::new, |purpose| format!(", asked to {purpose}"));
        let requests = counted(attempt.calls.len() as u64, "request");
        fact(
            "model",
            format!(
                "{}{asked}; {requests}, {}",
                shortened(&reply.model),
                attempt.cost()
            ),
        );
    }
    if let Some(first) = attempt.sibling_of {
        fact("came with", format!("the reply of attempt {first}"));
    }
    fact(
        "parents",
        attempt
            .parents
            .iter()
            .map(|id| id.chars().take(8).collect::<String>())
            .collect::<Vec<_>>()
            .join(", "),
    );
    fact(
        "rationale",
        attempt
            .proposal
            .as_ref()
            .and_then(|proposal| proposal.rationale.clone())
            .unwrap_or_default(),
    );
    fact(
        "outcome",
        attempt.outcome.rejection().map_or_else(
            || attempt.outcome.name().to_owned(),
            |rejection| format!("{}: {}", rejection.kind(), rejection.detail()),
        ),
    );
    if let Some(measures) = &attempt.measures {
        fact(
            "niche",
            Niche::of(measures, charter.cost_budget).to_string(),
        );
    }
    if let Some(evaluation) = &attempt.evaluation {
        fact(
            "fitness",
            format!(
                "{}, 95 % interval {}",
                signed(evaluation.estimate.fitness.value()),
                interval(evaluation.estimate.fitness_interval)
            ),
        );
        let confirmed = attempt
            .formula
            .as_ref()
            .and_then(|formula| standings?.words_of(&formula.id));
        fact(
            "fresh fitness",
            confirmed.unwrap_or_else(|| "not measured on fresh tasks".to_owned()),
        );
        for (profile, estimate) in &evaluation.profiles {
            fact(
                &format!("fitness as {profile}"),
                format!(
                    "{}, {}",
                    signed(estimate.fitness.value()),
                    interval(estimate.fitness_interval)
                ),
            );
        }
        if let Some(words) = evaluation.trained_parameters_in_words() {
            fact("trained parameters", words);
        }
    }
    output::line(&facts)?;
    if let Some(evaluation) = &attempt.evaluation {
        let mut losses = table(&[
            "task",
            "family",
            "train",
            "in-distribution",
            "out-of-distribution",
            "trials",
        ]);
        for task in &evaluation.tasks {
            let trials = task.trials.to_string();
            losses.add_row([
                task.task.clone(),
                task.family.clone(),
                loss(task.train_loss),
                loss(task.in_distribution_loss),
                loss(task.out_of_distribution_loss),
                trials,
            ]);
        }
        output::line(format!("\n{losses}"))?;
    }
    print_replays(replays)?;
    if let Some(formula) = &attempt.formula {
        common.say(format!(
            "next: motherlode evaluate {} --lab {} --fresh\non real images: motherlode replay \
            --benchmark fashion-mnist/mlp --formula {}",
            quoted(&formula.formula),
            formula_argument::lab_of(charter),
            formula.nickname
        ));
    }
    Ok(())
}

fn attempts(journal: &Journal, campaign: Option<&str>, common: &Common) -> Result<(), Failure> {
    let charter = find_campaign(journal, campaign)?;
    let attempts = journal.attempts(&charter.campaign)?;
    if common.json {
        for attempt in &attempts {
            output::document(&attempt_fields(attempt))?;
        }
        return Ok(());
    }
    let mut table = table(&["attempt", "outcome", "formula", "fitness", "reason"]);
    for attempt in &attempts {
        let rejection = attempt.outcome.rejection();
        let outcome = rejection.map_or(attempt.outcome.name(), |rejection| rejection.kind());
        let fitness = attempt
            .evaluation
            .as_ref()
            .map_or(String::new(), |evaluation| {
                signed(evaluation.estimate.fitness.value())
            });
        let reason = rejection.map_or(String::new(), |rejection| rejection.detail());
        table.add_row([
            attempt.attempt.to_string(),
            outcome.to_owned(),
            written(attempt).unwrap_or_default().to_owned(),
            fitness,
            reason,
        ]);
    }
    output::line(&table)?;
    common.say(format!(
        "campaign {}\nnext: motherlode archive top {}",
        charter.campaign, charter.campaign
    ));
    Ok(())
}
