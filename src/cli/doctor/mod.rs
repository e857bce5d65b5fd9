//! `motherlode doctor`: whether everything a campaign needs is in order, with a real round trip to
//! each model: the campaign's own first prompt, schema and limits.

mod archive_at_hand;
mod finding;
mod settings;

use clap::Args;
use serde_json::{json, Value};

use self::archive_at_hand::ArchiveAtHand;
use self::finding::{finding, Finding};
use self::settings::{effective, settings, settings_table};
use crate::campaign::{
    check_model, ensemble, environment, most_costs, opening, CheckupPurse, ModelCheck, Outlook,
};
use crate::cli::common::{counted, Common, Ending, Failure};
use crate::cli::consent::{agree, Question};
use crate::cli::interrupt::Interrupt;
use crate::cli::mine::plan::new_plan;
use crate::cli::mine::target::TargetOpener;
use crate::cli::output;
use crate::cli::round_trip::answer_in_words;
use crate::cli::table::table;
use crate::config::{CampaignOptions, Plan};
use crate::journal::DOCTOR;
use crate::lab::arithmetic;
use crate::nets::Backend;
use crate::proposer::llm::model::Model;
use crate::proposer::{Brief, Llm};
use crate::record::charter::{Asking, Charter};
use crate::record::ledger::Money;

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
        let backend = crate::cli::device::backend(&arguments.device);
        let at_hand = backend.as_ref().ok().cloned().unwrap_or(Backend::Fused);
        let device = backend.map(|_| format!("{} is there", arguments.device));
        let (found, mut archive) = ArchiveAtHand::open(common)?;
        let findings = vec![finding("device", device), found];
        let mut checkup = Checkup {
            findings,
            plan: None,
            spent: Money::ZERO,
            interrupted: false,
        };
        let mut opener = TargetOpener::new(&at_hand, common);
        match new_plan(&arguments.options, &mut opener) {
            Ok(plan) => {
                checkup.look_at(&plan.charter, plan.workers);
                checkup.ask_models(&plan, &at_hand, arguments, &mut archive, common)?;
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
        plan: &Plan,
        backend: &Backend,
        arguments: &DoctorArguments,
        archive: &mut ArchiveAtHand,
        common: &Common,
    ) -> Result<(), Failure> {
        let charter = &plan.charter;
        let Some(asking) = &charter.asking else {
            return Ok(());
        };
        let llm = match ensemble(charter, None, &environment) {
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
        let briefs = briefs(plan, llm.models().len(), backend, archive);
        // Nothing paid is sent where the archive cannot be written.
        let may_pay = !matches!(archive, ArchiveAtHand::Closed);
        if may_pay && consent(&llm, &briefs, asking, arguments.yes, common)? {
            archive.create(common)?;
        }
        let kept = format!(
            "a request that is paid for and under way is waited for, at most {:.0} s",
            asking.deadline_seconds
        );
        let interrupt = Interrupt::listen_with(&kept)?;
        let purse = CheckupPurse::new(archive.journal(), asking.budget)?.of_probes();
        let mut checks = Vec::new();
        for (index, (model, brief)) in llm.models().iter().zip(&briefs).enumerate() {
            self.key_of(model);
            if !interrupt.raised() {
                let check = check_model(&llm, index, brief, &purse, interrupt.stop());
                self.spent += check.cost();
                self.findings.push(round_trip(&check));
                checks.push(check);
            }
        }
        if let Some(outlook) = Outlook::of(charter, &llm, &checks, 0) {
            self.found("campaign", outlook.words());
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

/// The prompts of the campaign's first attempts, one a model.
fn briefs(plan: &Plan, models: usize, backend: &Backend, archive: &ArchiveAtHand) -> Vec<Brief> {
    let one = || {
        opening(
            &plan.charter,
            &plan.judging(),
            models,
            archive.journal(),
            &arithmetic(backend),
        )
    };
    let mut briefs = one();
    // A campaign may open fewer attempts at once than it has models.
    while let Some(last) = briefs.last().filter(|_| briefs.len() < models).cloned() {
        briefs.push(last);
    }
    briefs
}

/// Asks for consent where money is to be spent; whether it is.
fn consent(
    llm: &Llm,
    briefs: &[Brief],
    asking: &Asking,
    yes: bool,
    common: &Common,
) -> Result<bool, Failure> {
    let most = most_costs(llm, briefs, &asking.budget);
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
    agree(&Question::of_money(&words, otherwise), yes, common)?;
    Ok(true)
}

fn key(variable: &str, has_key: bool) -> String {
    match has_key {
        true => format!("{variable} is set"),
        false => format!("{variable} is not set; none is sent"),
    }
}

fn round_trip(check: &ModelCheck) -> Finding {
    let doubt = check.calls.iter().any(|call| call.doubt.is_some());
    let what = format!("round trip to {}", check.model);
    match &check.problem {
        Some(problem) => Finding {
            what,
            sound: false,
            found: problem.clone(),
        },
        None => Finding {
            what,
            sound: !doubt,
            found: answer_in_words(check),
        },
    }
}
