//! `motherlode mine`: runs a campaign, or goes on with one.

mod consent;
pub mod plan;
pub mod remedy;
pub mod summary;
mod tally;

use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{json, Value};

use self::consent::{consent, Consent};
use self::plan::{free_name, new_plan, resumed_plan};
use self::summary::{baselines, finished, report, standings};
use self::tally::Tally;
use crate::campaign::{
    found_after, hire, Campaign, EarlierFounders, Event, Finish, Founding, StopReason,
};
use crate::cli::common::{counted, Common, Ending, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::config::{CampaignOptions, Plan};
use crate::journal::Journal;
use crate::lab::{arithmetic, Draw, Laboratory};
use crate::nets::Backend;
use crate::numerics::stop::{Halt, NoThread, Stop};
use crate::proposer::{Pause, Proposer};
use crate::record::arithmetic::Arithmetic;
use crate::record::attempt::{Attempt, Outcome};
use crate::record::candidate::Candidate;
use crate::record::charter::Charter;
use crate::record::ledger::Balance;

/// What `motherlode mine` is given.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode mine --lab smoke --attempts 60 --seed 1
  motherlode mine --model openai:NAME --budget-usd 2
  motherlode mine --resume standard-1 --attempts 400")]
pub struct MineArguments {
    #[command(flatten)]
    options: CampaignOptions,
    /// Ask paid models without being asked first whether to
    #[arg(long, short = 'y')]
    yes: bool,
    #[arg(long, default_value = "cpu", help = crate::cli::device::HELP)]
    device: String,
    /// Go on with this campaign; its settings stay, but for --attempts, the budgets, --deadline,
    /// --requests, and where and how its models are asked (--model)
    #[arg(long, value_name = "NAME")]
    resume: Option<String>,
}

/// Runs a new campaign, or goes on with one of the archive.
pub fn run(arguments: &MineArguments, common: &Common) -> Result<Ending, Failure> {
    let backend = crate::cli::device::backend(&arguments.device)?;
    let ready = match &arguments.resume {
        Some(name) => resumed(arguments, name, common)?,
        None => begun(arguments, common)?,
    };
    let job = Job {
        plan: ready.plan,
        proposer: ready.proposer.as_ref(),
        backend,
        device: &arguments.device,
        resumed: arguments.resume.is_some(),
        closed: ready.closed,
    };
    let ending = conduct(&job, &ready.journal, common)?;
    ready.journal.close()?;
    Ok(ending)
}

/// What a run needs, all that may be refused looked at.
struct Ready {
    plan: Plan,
    proposer: Box<dyn Proposer>,
    journal: Journal,
    closed: Option<String>,
}

/// A campaign of the archive, to go on with.
fn resumed(arguments: &MineArguments, name: &str, common: &Common) -> Result<Ready, Failure> {
    let journal = Journal::open(&common.archive_folder()?).map_err(Failure::of_archive)?;
    let (plan, made) = resumed_plan(&arguments.options, name, &journal, common)?;
    let proposer = hire(&plan.charter, Some(&journal)).map_err(Failure::of_hiring)?;
    // Nothing is under way: what is held was cut off.
    let balance = journal.balance(name)?.with_all_held_spent();
    // What is paid for and not measured yet is, also where nothing more can be asked for.
    let closed = match consent(&plan, made, &balance, Some(&journal), arguments.yes, common)? {
        Consent::Given => None,
        Consent::NoRoom(words) => Some(words),
    };
    Ok(Ready {
        plan,
        proposer,
        journal,
        closed,
    })
}

/// A new campaign. Everything that may be refused is looked at before an archive is made.
fn begun(arguments: &MineArguments, common: &Common) -> Result<Ready, Failure> {
    let mut plan = new_plan(&arguments.options)?;
    let mut proposer = hire(&plan.charter, None).map_err(Failure::of_hiring)?;
    let none = Balance::default();
    if let Consent::NoRoom(words) = consent(&plan, 0, &none, None, arguments.yes, common)? {
        return Err(Failure::usage(format!(
            "{words}; raise it by --budget-usd or --budget-tokens, or lower max_tokens of the model"
        )));
    }
    let folder = common.archive_folder()?;
    let journal = Journal::create_or_open(&folder).map_err(Failure::of_archive)?;
    plan.charter.campaign = free_name(
        &journal,
        arguments.options.settings.name.is_some(),
        plan.charter.campaign,
    )?;
    // Once more, for what earlier campaigns found the models not to take.
    if plan.charter.asking.is_some() {
        proposer = hire(&plan.charter, Some(&journal)).map_err(Failure::of_hiring)?;
    }
    Ok(Ready {
        plan,
        proposer,
        journal,
        closed: None,
    })
}

/// A campaign that is to be run.
pub struct Job<'a> {
    /// Its settings, checked.
    pub plan: Plan,
    /// Who writes its formulas.
    pub proposer: &'a dyn Proposer,
    /// Where networks are trained.
    pub backend: Backend,
    /// The same as the user named it.
    pub device: &'a str,
    /// Whether it is in the journal already.
    pub resumed: bool,
    /// Why no request may be paid for; `None` where its budget decides.
    pub closed: Option<String>,
}

/// Runs a campaign from its laboratory to its closing table.
pub fn conduct(job: &Job, journal: &Journal, common: &Common) -> Result<Ending, Failure> {
    let (plan, proposer, resumed) = (&job.plan, job.proposer, job.resumed);
    let (charter, workers) = (&plan.charter, plan.workers);
    announce(charter, workers, resumed, common);
    let interrupt = Interrupt::listen()?;
    let started = Instant::now();
    let deadline = plan.time_limit.and_then(|limit| started.checked_add(limit));
    let stop = interrupt.stop().until(deadline);
    let early = || {
        let reason = match interrupt.raised() {
            true => StopReason::Interrupted,
            false => StopReason::TimeLimit,
        };
        stopped_early(reason, charter, journal, resumed, started.elapsed(), common)
    };
    let (backend, lab) = (job.backend.clone(), plan.lab.clone());
    let draw = Draw::Own { seed: charter.seed };
    let laboratory = match Laboratory::prepare_on(backend, lab, draw, workers, &stop) {
        Err(_) if stop.is_due() => return early(),
        prepared => prepared?,
    };
    let kept = match resumed {
        true => journal.founders(&charter.campaign)?,
        false => None,
    };
    let to_keep = kept.is_none();
    let (arithmetic, target) = (arithmetic(&job.backend), &charter.target);
    let measured = || {
        let earlier = EarlierFounders::find(journal, charter, &arithmetic);
        measure_founders(&laboratory, target, earlier, workers, &stop, common)
    };
    let founders = match kept.map_or_else(measured, Ok) {
        Ok(founders) => founders,
        Err(Halt::DeviceFailed) => return Ok(Ending::Failed),
        Err(Halt::NoThread) => return Err(NoThread.into()),
        Err(Halt::Stopped | Halt::TimedOut) => return early(),
    };
    let to_keep = to_keep.then_some((&founders[..], &arithmetic));
    enter(journal, charter, resumed, to_keep)?;
    if common.json {
        let (baselines, folder) = (baselines(&laboratory, &founders), common.archive_folder()?);
        output::document(&started_event(job, baselines, &folder))?;
    }
    let campaign = Campaign {
        charter,
        laboratory: &laboratory,
        founders: &founders,
        proposer,
        journal,
        workers,
        started,
        closed: job.closed.clone(),
        stop: &stop,
    };
    let finish = watch(&campaign, &interrupt, common)?;
    report(&finish, plan, &laboratory, &founders, journal, common)?;
    Ok(ending(&finish.stop_reason))
}

/// Puts the campaign into the journal, or what has changed of it, with the founders that are to be
/// kept and by what they were measured.
fn enter(
    journal: &Journal,
    charter: &Charter,
    resumed: bool,
    founders: Option<(&[Candidate], &Arithmetic)>,
) -> Result<(), Failure> {
    match resumed {
        false => journal.begin(charter).map_err(Failure::of_archive)?,
        true => journal.amend(charter)?,
    }
    founders.map_or(Ok(()), |(founders, arithmetic)| {
        Ok(journal.found(&charter.campaign, founders, arithmetic)?)
    })
}

fn started_event(job: &Job, baselines: Value, folder: &Path) -> Value {
    let charter = &job.plan.charter;
    let budget = charter
        .asking
        .as_ref()
        .map(|asking| crate::cli::spend::budget(&asking.budget));
    json!({
        "event": "started",
        "campaign": charter.campaign,
        "archive": folder,
        "proposer": charter.proposer,
        "lab": charter.lab,
        "target": charter.target,
        "class": charter.class,
        "parameters": charter.parameters,
        "seed": charter.seed,
        "attempts": charter.attempts,
        "device": job.device,
        "models": charter.models,
        "budget": budget,
        "resumed": job.resumed,
        "baselines": baselines,
    })
}

/// The end of a run that was stopped while the known activations were measured, before its first
/// attempt.
fn stopped_early(
    stop_reason: StopReason,
    charter: &Charter,
    journal: &Journal,
    resumed: bool,
    wall: Duration,
    common: &Common,
) -> Result<Ending, Failure> {
    let name = &charter.campaign;
    let (attempts, confirmation, balance) = match resumed {
        true => (
            journal.attempts(name)?,
            journal.confirmations(name)?.pop(),
            journal.balance(name)?,
        ),
        false => (Vec::new(), None, Balance::default()),
    };
    let finish = Finish::of(&attempts, confirmation, balance, stop_reason, wall);
    if common.json {
        let spending = if resumed {
            crate::review::spending_of(journal, name)?
        } else {
            Default::default()
        };
        output::document(&finished(
            &finish,
            charter,
            standings(&finish, charter)?.as_ref(),
            json!([]),
            &spending,
        ))?;
    }
    let why = if finish.stop_reason == StopReason::TimeLimit {
        "the time limit is reached"
    } else {
        "stopped"
    };
    common.say(if resumed {
        format!(
            "{why} before a further attempt was made; go on with: motherlode mine --resume {}",
            charter.campaign
        )
    } else {
        format!(
            "{why} before the first attempt, while the known activations were measured: no \
             campaign was begun"
        )
    });
    Ok(ending(&finish.stop_reason))
}

/// The known activations from which the campaign starts, measured with progress on standard error,
/// or as an `earlier` campaign measured them.
pub fn measure_founders(
    laboratory: &Laboratory,
    target: &str,
    earlier: Option<EarlierFounders>,
    workers: usize,
    stop: &Stop,
    common: &Common,
) -> Result<Vec<Candidate>, Halt> {
    let progress = Progress::start("measuring known activations", 0, common.quiet);
    let done = |trials| {
        progress.set_steps(trials as u64);
        progress.step();
    };
    let founding = found_after(laboratory, target, earlier.as_ref(), workers, stop, &done);
    progress.finish();
    let Founding { founders, taken } = founding?;
    if let Some(EarlierFounders { campaign, .. }) = earlier.filter(|_| taken > 0) {
        let taken = counted(taken as u64, "known activation");
        common.say(format!("{taken} as campaign {campaign} measured them"));
    }
    Ok(founders)
}

/// Runs the campaign with progress on standard error, and events on standard output where JSON is
/// wanted.
fn watch(campaign: &Campaign, interrupt: &Interrupt, common: &Common) -> Result<Finish, Failure> {
    let progress = Progress::start("attempts", campaign.charter.attempts, common.quiet);
    let mut confirming: Option<Progress> = None;
    // What an earlier run found counts too.
    let settled = campaign.journal.attempts(&campaign.charter.campaign)?;
    let mut tally = Tally::of(campaign.founders, &settled);
    let mut unread = None;
    let mut tell = |event: &Value| {
        if let Err(error) = output::document(event) {
            // Nobody reads any more: what is done is kept, nothing more is spent.
            interrupt.raise();
            unread = Some(error);
        }
    };
    let finish = campaign.run(&mut |event| match event {
        Event::Settled(attempt) => {
            tally.add(attempt);
            progress.advance(attempt.attempt, Some(tally.words()));
            if common.json {
                tell(&attempt_event(attempt));
            }
        }
        Event::Rebuilt(settled) => progress.begin_at(settled),
        Event::Confirming { done, of } => {
            let confirming = confirming.get_or_insert_with(|| {
                progress.finish();
                Progress::start("confirming on fresh tasks, trials", of, common.quiet)
            });
            confirming.advance(done, None);
        }
        Event::Warning(message) if common.json => {
            tell(&json!({ "event": "warning", "message": message }))
        }
        Event::Warning(message) => progress.say(&format!("warning: {message}")),
    });
    progress.finish();
    confirming.iter().for_each(Progress::finish);
    let finish = finish?;
    unread.map_or(Ok(finish), |error| Err(error.into()))
}

fn announce(charter: &Charter, workers: usize, resumed: bool, common: &Common) {
    let verb = if resumed { "goes on with" } else { "starts" };
    let proposer = match &charter.models[..] {
        [] => charter.proposer.clone(),
        models => format!("{} ({})", charter.proposer, models.join(", ")),
    };
    common.say(format!(
        "motherlode {verb} campaign {}: the {proposer} proposer on lab {}, target {}, {}{}, seed \
         {}, {}",
        charter.campaign,
        charter.lab,
        charter.target,
        charter
            .allows()
            .map_or_else(String::new, |allowed| format!("{allowed}, ")),
        counted(charter.attempts, "attempt"),
        charter.seed,
        counted(workers as u64, "worker")
    ));
    if let Some(asking) = &charter.asking {
        let prices: Vec<String> = asking
            .models
            .iter()
            .map(|model| format!("{} is {}", model.address, model.price.words()))
            .collect();
        common.say(format!(
            "budget: {}; {}",
            asking.budget.words(),
            prices.join("; ")
        ));
    }
}

fn ending(reason: &StopReason) -> Ending {
    match reason {
        StopReason::AttemptsMade => Ending::Done,
        StopReason::TimeLimit | StopReason::RepliesExhausted { .. } => Ending::Limited,
        StopReason::Paused {
            pause: Pause::Budget | Pause::Rate,
            ..
        } => Ending::Limited,
        StopReason::Interrupted => Ending::Interrupted,
        StopReason::Paused { .. } => Ending::Failed,
    }
}

fn attempt_event(attempt: &Attempt) -> Value {
    let mut fields = crate::cli::archive::attempts::attempt_fields(attempt);
    fields.insert("event".to_owned(), json!("attempt"));
    if let (Outcome::Placed(_), Some(evaluation)) = (&attempt.outcome, &attempt.evaluation) {
        fields.insert("fitness".to_owned(), json!(evaluation.estimate.fitness));
    }
    Value::Object(fields)
}
