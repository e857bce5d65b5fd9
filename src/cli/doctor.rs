//! `motherlode doctor`: whether everything a campaign needs is in order, with a real round trip to
//! each model.

use std::sync::Mutex;

use clap::Args;
use serde_json::{json, Value};

use crate::campaign::{ensemble, environment};
use crate::cli::common::{counted, shortened, Common, Ending, Failure};
use crate::cli::mine::plan::new_plan;
use crate::cli::output;
use crate::cli::table::table;
use crate::config::{CampaignOptions, Plan};
use crate::journal::{Journal, JournalError};
use crate::numerics::stop::Stop;
use crate::proposer::llm::asker::{Answered, Failure as NoAnswer};
use crate::proposer::llm::conversation::Conversation;
use crate::proposer::{Purse, Unanswered, Unheld};
use crate::record::charter::Charter;
use crate::record::ledger::{Call, Hold, Money};

/// Tokens that a probe may use for its answer: enough for a model that reasons first.
const PROBE_TOKENS: u32 = 1_024;

/// What `motherlode doctor` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode doctor --model openai:NAME
  motherlode doctor campaign.toml --offline")]
pub struct DoctorArguments {
    #[command(flatten)]
    options: CampaignOptions,
    #[arg(long, default_value = "cpu", help = crate::cli::device::HELP)]
    device: String,
    /// Make no request to the models
    #[arg(long)]
    offline: bool,
}

/// What was looked at, whether it is in order, and what was found.
struct Finding {
    what: String,
    sound: bool,
    found: String,
}

/// Checks everything that a campaign needs; the command fails where a check does.
pub fn run(arguments: &DoctorArguments, common: &Common) -> Result<Ending, Failure> {
    let checkup = Checkup::of(arguments, common)?;
    if common.json {
        output::document(&document(&checkup))?;
    } else {
        output::line(table_of(&checkup))?;
    }
    let asks_models = checkup
        .plan
        .as_ref()
        .map(|plan| plan.charter.asking.is_some());
    common.say(match (checkup.is_sound(), asks_models) {
        (true, Some(true)) => "all is in order; next: motherlode mine with the same options",
        (true, _) => "all is in order; no model was asked, since none is named (--model)",
        (false, _) => "something is not in order: see above",
    });
    Ok(if checkup.is_sound() {
        Ending::Done
    } else {
        Ending::Failed
    })
}

/// All that was looked at.
struct Checkup {
    findings: Vec<Finding>,
    /// The plan of the campaign; `None` where its settings are not in order.
    plan: Option<Plan>,
}

impl Checkup {
    fn of(arguments: &DoctorArguments, common: &Common) -> Result<Checkup, Failure> {
        let device = crate::cli::device::backend(&arguments.device);
        let device = device.map(|_| format!("{} is there", arguments.device));
        let mut findings = vec![finding("device", device), archive(common)?];
        let plan = match new_plan(&arguments.options) {
            Ok(plan) => Some(plan),
            Err(failure) => {
                findings.push(finding("settings", Err(failure)));
                None
            }
        };
        if let Some(plan) = &plan {
            let charter = &plan.charter;
            findings.push(Finding {
                what: "settings".to_owned(),
                sound: true,
                found: settings(charter, plan.workers),
            });
            for model in charter.asking.iter().flat_map(|asking| &asking.models) {
                findings.push(Finding {
                    what: format!("price of {}", model.address),
                    sound: true,
                    found: model.price.words(),
                });
            }
            findings.extend(models(charter, arguments.offline));
        }
        Ok(Checkup { findings, plan })
    }

    fn is_sound(&self) -> bool {
        self.findings.iter().all(|finding| finding.sound)
    }

    fn settings(&self) -> Option<Value> {
        let plan = self.plan.as_ref()?;
        Some(effective(&plan.charter, plan.workers))
    }
}

fn document(checkup: &Checkup) -> Value {
    let row = |finding: &Finding| {
        json!({
            "what": finding.what,
            "ok": finding.sound,
            "found": finding.found,
        })
    };
    json!({
        "ok": checkup.is_sound(),
        "findings": checkup.findings.iter().map(row).collect::<Vec<_>>(),
        "settings": checkup.settings(),
    })
}

fn table_of(checkup: &Checkup) -> String {
    let mut rows = table(&["checked", "", "found"]);
    for finding in &checkup.findings {
        rows.add_row([
            finding.what.clone(),
            if finding.sound { "ok" } else { "WRONG" }.to_owned(),
            finding.found.clone(),
        ]);
    }
    let settings = checkup.settings();
    let settings = settings.map(|settings| format!("\n\n{}", settings_table(&settings)));
    format!("{rows}{}", settings.unwrap_or_default())
}

fn finding(what: &str, found: Result<String, Failure>) -> Finding {
    let (sound, found) = match found {
        Ok(found) => (true, found),
        Err(Failure::Usage(problem)) => (false, problem),
        Err(Failure::Failed(error)) => (false, crate::cli::common::causes(&error)),
    };
    Finding {
        what: what.to_owned(),
        sound,
        found,
    }
}

/// Whether the archive can be opened; one that is not there yet is in order.
fn archive(common: &Common) -> Result<Finding, Failure> {
    let folder = common.archive_folder()?;
    let found = match Journal::open(&folder) {
        Ok(journal) => {
            let campaigns = journal.campaigns()?.len();
            journal.close()?;
            Ok(format!(
                "{}: sound, {}",
                folder.display(),
                counted(campaigns as u64, "campaign")
            ))
        }
        Err(JournalError::Absent { .. }) => Ok(format!(
            "{}: none yet; the first campaign makes it",
            folder.display()
        )),
        Err(error) => Err(Failure::of_archive(error)),
    };
    Ok(finding("archive", found))
}

/// What a campaign with these settings would be, in one line.
fn settings(charter: &Charter, workers: usize) -> String {
    let budget = charter.asking.as_ref().map_or_else(String::new, |asking| {
        format!(", budget {}", asking.budget.words())
    });
    format!(
        "proposer {}, lab {}, target {}, {} attempts, seed {}, {workers} workers{budget}",
        charter.proposer, charter.lab, charter.target, charter.attempts, charter.seed
    )
}

/// Every setting as it would be used.
fn effective(charter: &Charter, workers: usize) -> Value {
    let mut settings = json!(charter);
    for noise in ["lab_definition", "created", "version", "campaign"] {
        settings
            .as_object_mut()
            .map(|settings| settings.shift_remove(noise));
    }
    if let Some(asking) = &charter.asking {
        settings["asking"]["budget"] = crate::cli::spend::budget(&asking.budget);
    }
    settings["workers"] = json!(workers);
    settings
}

/// Settings as people read them: one a row, those within others by their paths.
fn settings_table(settings: &Value) -> String {
    let mut rows = table(&["setting", "value"]);
    let mut waiting = vec![(String::new(), settings)];
    while let Some((path, value)) = waiting.pop() {
        let below = |key: &str| {
            if path.is_empty() {
                key.to_owned()
            } else {
                format!("{path}.{key}")
            }
        };
        match value {
            // The last that waits comes next.
            Value::Object(fields) => {
                waiting.extend(fields.iter().rev().map(|(key, value)| (below(key), value)))
            }
            Value::Array(items) if items.iter().any(Value::is_object) => {
                waiting.extend(
                    items
                        .iter()
                        .enumerate()
                        .rev()
                        .map(|(index, value)| (below(&(index + 1).to_string()), value)),
                );
            }
            Value::Null => {}
            Value::String(text) => {
                rows.add_row([path, shortened(text)]);
            }
            value => {
                rows.add_row([path, value.to_string()]);
            }
        }
    }
    rows.to_string()
}

/// A real round trip to each model, each finding with what it cost.
fn models(charter: &Charter, offline: bool) -> Vec<Finding> {
    let Some(mut asking) = charter.asking.clone() else {
        return Vec::new();
    };
    for model in &mut asking.models {
        model.most_tokens = model.most_tokens.min(PROBE_TOKENS);
    }
    let probing = Charter {
        asking: Some(asking),
        ..charter.clone()
    };
    let llm = match ensemble(&probing, None, &environment) {
        Ok(llm) => llm,
        Err(error) => return vec![finding("key", Err(Failure::of_hiring(error)))],
    };
    let mut findings = Vec::new();
    for (index, model) in llm.models().iter().enumerate() {
        let address = &model.setting.address;
        findings.push(Finding {
            what: format!("key of {address}"),
            sound: true,
            found: key(model.key_variable(), model.has_key()),
        });
        if offline {
            continue;
        }
        let purse = Probing::default();
        let conversation = Conversation::new(
            "You are asked whether you can be reached.".to_owned(),
            "Answer with the JSON object {\"guidance\": \"reached\"} and nothing else.".to_owned(),
        );
        let started = std::time::Instant::now();
        let answered = llm.probe(index, &conversation, &purse, &Stop::new());
        findings.push(round_trip(
            address,
            answered,
            started.elapsed().as_secs_f64(),
            &purse,
        ));
    }
    findings
}

fn key(variable: &str, has_key: bool) -> String {
    match has_key {
        true => format!("{variable} is set"),
        false => format!("{variable} is not set; none is sent"),
    }
}

fn round_trip(
    address: &str,
    answered: Result<Answered, NoAnswer>,
    seconds: f64,
    purse: &Probing,
) -> Finding {
    let (sound, found) = match answered {
        Ok(answered) => (true, answer_in_words(answered, seconds, purse)),
        Err(NoAnswer::NoRoom(reason)) => (false, reason),
        Err(NoAnswer::Unanswered { why, .. }) => (
            false,
            match why {
                Unanswered::Failed(reason)
                | Unanswered::Lost(reason)
                | Unanswered::Exhausted(reason)
                | Unanswered::Paused { detail: reason, .. } => reason,
                Unanswered::Stopped => "stopped".to_owned(),
            },
        ),
    };
    Finding {
        what: format!("round trip to {address}"),
        sound,
        found,
    }
}

fn answer_in_words(answered: Answered, seconds: f64, purse: &Probing) -> String {
    let calls = purse.calls.lock().map(|calls| calls.clone());
    let calls = calls.unwrap_or_default();
    let cost: Money = calls.iter().map(|call| call.cost).sum();
    let refused: Vec<String> = calls
        .iter()
        .flat_map(|call| call.refused_fields.clone())
        .collect();
    let refused = if refused.is_empty() {
        String::new()
    } else {
        format!("; it does not take {}", refused.join(", "))
    };
    let Answered {
        completion, call, ..
    } = answered;
    let tokens = call.usage.as_ref().map_or_else(
        || "it tells no usage, so that each call counts as all that is set aside".to_owned(),
        |usage| format!("{} + {} tokens", usage.input(), usage.output()),
    );
    let by = completion
        .model
        .map_or_else(String::new, |model| format!(" by {}", shortened(&model)));
    format!(
        "answered{by} in {seconds:.1} s, {} requests, {tokens}, {cost}{refused}",
        calls.len()
    )
}

/// A purse without a limit, for the few tokens of a probe.
#[derive(Default)]
struct Probing {
    calls: Mutex<Vec<Call>>,
}

impl Purse for Probing {
    fn hold(&self, hold: Hold, _stop: &Stop) -> Result<Hold, Unheld> {
        Ok(hold)
    }

    fn settle(&self, _hold: &Hold, call: Call) -> Result<(), Unheld> {
        self.calls.lock().map_err(|_| Unheld::Broken)?.push(call);
        Ok(())
    }
}
