//! `motherlode doctor`: whether everything a campaign needs is in order, with a real round trip to
//! each model.

use clap::Args;
use serde_json::{json, Value};

use crate::campaign::{
    check_model, ensemble, environment, most_costs, probing, CheckupPurse, ModelCheck,
};
use crate::cli::common::{counted, shortened, Common, Ending, Failure};
use crate::cli::consent::agree;
use crate::cli::interrupt::Interrupt;
use crate::cli::mine::plan::new_plan;
use crate::cli::output;
use crate::cli::table::table;
use crate::config::{CampaignOptions, Plan};
use crate::journal::{Journal, JournalError, DOCTOR};
use crate::proposer::llm::asker::{Answered, Failure as NoAnswer};
use crate::proposer::llm::model::Model;
use crate::proposer::{Llm, Unanswered};
use crate::record::charter::{Asking, Charter};
use crate::record::ledger::{Call, Money};

/// What `motherlode doctor` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode doctor --model openai:NAME --budget-usd 0.05
  motherlode doctor campaign.toml --offline")]
pub struct DoctorArguments {
    #[command(flatten)]
    options: CampaignOptions,
    #[arg(long, default_value = "cpu", help = crate::cli::device::HELP)]
    device: String,
    /// Make no request to the models
    #[arg(long)]
    offline: bool,
    /// Ask paid models without being asked first whether to
    #[arg(long, short = 'y')]
    yes: bool,
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
    if checkup.interrupted {
        return Ok(Ending::Interrupted);
    }
    common.say(match (checkup.is_sound(), asks_models) {
        (true, Some(true)) => "all is in order; next: motherlode mine with the same options",
        (true, _) => "all is in order; no model was asked, since none is named (--model)",
        (false, _) => "something is not in order: see above",
    });
    if !checkup.spent.is_zero() {
        common.say(format!(
            "this check-up cost {}; motherlode spend {DOCTOR} shows what all have cost",
            checkup.spent
        ));
    }
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
    /// What the requests to the models cost.
    spent: Money,
    /// Whether the user has stopped it.
    interrupted: bool,
}

impl Checkup {
    fn of(arguments: &DoctorArguments, common: &Common) -> Result<Checkup, Failure> {
        let device = crate::cli::device::backend(&arguments.device);
        let device = device.map(|_| format!("{} is there", arguments.device));
        let (found, mut archive) = ArchiveAtHand::open(common)?;
        let findings = vec![finding("device", device), found];
        let mut checkup = Checkup {
            findings,
            plan: None,
            spent: Money::ZERO,
            interrupted: false,
        };
        match new_plan(&arguments.options) {
            Ok(plan) => {
                checkup.look_at(&plan.charter, plan.workers);
                checkup.ask_models(&plan.charter, arguments, &mut archive, common)?;
                checkup.plan = Some(plan);
            }
            Err(failure) => checkup.findings.push(finding("settings", Err(failure))),
        }
        archive.close()?;
        Ok(checkup)
    }

    /// The settings and the prices.
    fn look_at(&mut self, charter: &Charter, workers: usize) {
        self.found("settings", settings(charter, workers));
        for model in charter.asking.iter().flat_map(|asking| &asking.models) {
            let what = format!("price of {}", model.address);
            self.found(&what, model.price.words());
        }
    }

    /// The keys, and unless it is offline a real round trip to each model, booked in the archive
    /// where it costs money.
    fn ask_models(
        &mut self,
        charter: &Charter,
        arguments: &DoctorArguments,
        archive: &mut ArchiveAtHand,
        common: &Common,
    ) -> Result<(), Failure> {
        let charter = probing(charter);
        let Some(asking) = &charter.asking else {
            return Ok(());
        };
        let llm = match ensemble(&charter, None, &environment) {
            Ok(llm) => llm,
            Err(error) => {
                self.findings
                    .push(finding("key", Err(Failure::of_hiring(error))));
                return Ok(());
            }
        };
        if arguments.offline {
            llm.models().iter().for_each(|model| self.key_of(model));
            return Ok(());
        }
        // Nothing paid is sent where the archive cannot be written.
        let may_pay = !matches!(archive, ArchiveAtHand::Closed);
        if may_pay && consent(&llm, asking, arguments.yes, common)? {
            archive.create(common)?;
        }
        let kept = format!(
            "a request that is paid for and under way is waited for, at most {:.0} s",
            asking.deadline_seconds
        );
        let interrupt = Interrupt::listen_with(&kept)?;
        let purse = CheckupPurse::new(archive.journal(), asking.budget)?;
        for (index, model) in llm.models().iter().enumerate() {
            self.key_of(model);
            if !interrupt.raised() {
                let check = check_model(&llm, index, &purse, interrupt.stop());
                self.spent += check.calls.iter().map(|call| call.cost).sum::<Money>();
                self.findings
                    .push(round_trip(&model.setting.address, check));
            }
        }
        self.interrupted = interrupt.raised();
        purse.broken().map_or(Ok(()), |error| Err(error.into()))
    }

    fn key_of(&mut self, model: &Model) {
        let what = format!("key of {}", model.setting.address);
        self.found(&what, key(model.key_variable(), model.has_key()));
    }

    fn found(&mut self, what: &str, found: String) {
        self.findings.push(finding(what, Ok(found)));
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
        "spent_usd": checkup.spent.usd(),
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

/// The archive, as far as it is there.
enum ArchiveAtHand {
    Open(Box<Journal>),
    Absent,
    Closed,
}

impl ArchiveAtHand {
    /// Whether the archive can be opened; one that is not there yet is in order.
    fn open(common: &Common) -> Result<(Finding, ArchiveAtHand), Failure> {
        let folder = common.archive_folder()?;
        let (found, archive) = match Journal::open(&folder) {
            Ok(journal) => {
                let campaigns = counted(journal.campaigns()?.len() as u64, "campaign");
                let found = format!("{}: sound, {campaigns}", folder.display());
                (Ok(found), ArchiveAtHand::Open(Box::new(journal)))
            }
            Err(JournalError::Absent { .. }) => {
                let found = format!(
                    "{}: none yet; the first campaign or paid request makes it",
                    folder.display()
                );
                (Ok(found), ArchiveAtHand::Absent)
            }
            Err(error) => (Err(Failure::of_archive(error)), ArchiveAtHand::Closed),
        };
        Ok((finding("archive", found), archive))
    }

    /// Makes the archive where there is none.
    fn create(&mut self, common: &Common) -> Result<(), Failure> {
        if let ArchiveAtHand::Absent = self {
            let folder = common.archive_folder()?;
            let journal = Journal::create_or_open(&folder).map_err(Failure::of_archive)?;
            *self = ArchiveAtHand::Open(Box::new(journal));
        }
        Ok(())
    }

    fn journal(&self) -> Option<&Journal> {
        match self {
            ArchiveAtHand::Open(journal) => Some(journal),
            ArchiveAtHand::Absent | ArchiveAtHand::Closed => None,
        }
    }

    fn close(self) -> Result<(), JournalError> {
        match self {
            ArchiveAtHand::Open(journal) => journal.close(),
            ArchiveAtHand::Absent | ArchiveAtHand::Closed => Ok(()),
        }
    }
}

/// Asks for consent where money is to be spent; whether it is.
fn consent(llm: &Llm, asking: &Asking, yes: bool, common: &Common) -> Result<bool, Failure> {
    let most = most_costs(llm, &asking.budget);
    let paid: Vec<Money> = most
        .into_iter()
        .flatten()
        .filter(|most| !most.is_zero())
        .collect();
    if paid.is_empty() {
        return Ok(false);
    }
    let words = format!(
        "a round trip to {} may cost up to {} where each takes one request; never more than the \
         budget of {}",
        counted(paid.len() as u64, "paid model"),
        paid.into_iter().sum::<Money>(),
        asking.budget.words()
    );
    let otherwise = "to spend it, add --yes; to ask no model, --offline";
    agree(&words, otherwise, yes, common)?;
    Ok(true)
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

fn key(variable: &str, has_key: bool) -> String {
    match has_key {
        true => format!("{variable} is set"),
        false => format!("{variable} is not set; none is sent"),
    }
}

fn round_trip(address: &str, check: ModelCheck) -> Finding {
    let ModelCheck {
        answered,
        calls,
        seconds,
    } = check;
    let (sound, found) = match answered {
        Ok(answered) => (
            answered.call.doubt.is_none(),
            answer_in_words(answered, seconds, &calls),
        ),
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

fn answer_in_words(answered: Answered, seconds: f64, calls: &[Call]) -> String {
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
    let tokens = match (&call.usage, &call.doubt) {
        (Some(usage), _) => format!("{} + {} tokens", usage.input(), usage.output()),
        (None, Some(doubt)) => {
            format!(
                "the usage that it tells cannot be, so that all that is set aside counts: {doubt}"
            )
        }
        (None, None) => {
            "it tells no usage, so that each call counts as all that is set aside".to_owned()
        }
    };
    let by = completion
        .model
        .map_or_else(String::new, |model| format!(" by {}", shortened(&model)));
    format!(
        "answered{by} in {seconds:.1} s, {} requests, {tokens}, {cost}{refused}",
        calls.len()
    )
}
