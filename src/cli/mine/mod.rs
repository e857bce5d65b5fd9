//! `motherlode mine`: runs a campaign, or goes on with one.

mod beginning;
mod clock;
mod consent;
mod endings;
mod on_benchmark;
pub mod plan;
pub mod remedy;
mod start;
pub mod summary;
mod tally;
pub mod target;

use std::path::Path;

use clap::Args;
use serde_json::{json, Value};

pub use self::clock::Clock;
use self::endings::{ending, never_begun, stopped_early};
use self::on_benchmark::on_benchmark;
use self::start::{begun, resumed, MineRequest, Start};
use self::summary::{baseline_fields, report};
use self::tally::Tally;
use self::target::OpenTarget;
use crate::campaign::Ground;
use crate::campaign::{found_after, Campaign, EarlierFounders, Evaluator, Event, Finish, Founding};
use crate::cli::common::{counted, Common, Ending, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::cli::warnings;
use crate::config::{CampaignOptions, Home, Plan};
use crate::journal::Journal;
use crate::lab::{arithmetic, Draw, Lab, Laboratory};
use crate::nets::Backend;
use crate::numerics::stop::{Halt, NoThread, Stop};
use crate::proposer::Proposer;
use crate::record::arithmetic::Arithmetic;
use crate::record::attempt::{Attempt, Outcome};
use crate::record::candidate::Candidate;
use crate::record::charter::Charter;

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
    let request = MineRequest {
        options: &arguments.options,
        yes: arguments.yes,
    };
    let start = match &arguments.resume {
        Some(name) => Start::Ready(Box::new(resumed(&request, name, &backend, common)?)),
        None => begun(&request, &backend, common)?,
    };
    let ready = match start {
        Start::Ready(ready) => *ready,
        Start::Over(ending) => return Ok(ending),
    };
    let job = Job {
        plan: ready.plan,
        benchmark: ready.benchmark,
        proposer: ready.proposer.as_ref(),
        backend,
        device: &arguments.device,
        resumed: arguments.resume.is_some(),
        round_trips: ready.round_trips,
        closed: ready.closed,
        clock: ready.clock,
    };
    let ending = conduct(&job, &ready.journal, common)?;
    ready.journal.close()?;
    Ok(ending)
}

/// A campaign that is to be run.
pub struct Job<'a> {
    /// Its settings, checked.
    pub plan: Plan,
    /// The benchmark that measures its formulas; `None` where a lab does.
    pub benchmark: Option<OpenTarget>,
    /// Who writes its formulas.
    pub proposer: &'a dyn Proposer,
    /// Where networks are trained.
    pub backend: Backend,
    /// The same as the user named it.
    pub device: &'a str,
    /// Whether an earlier run began it.
    pub resumed: bool,
    /// What its models answered before it began, for programs; with that it is in the journal
    /// already. `None` where none was asked.
    pub round_trips: Option<Value>,
    /// Why no request may be paid for; `None` where its budget decides.
    pub closed: Option<String>,
    /// When the run was started, and what asks it to stop.
    pub clock: Clock,
}

impl Job<'_> {
    /// Whether the campaign is in the journal already.
    fn is_begun(&self) -> bool {
        self.resumed || self.round_trips.is_some()
    }

    /// The founders that an earlier run kept.
    fn kept_founders(&self, journal: &Journal) -> Result<Option<Vec<Candidate>>, Failure> {
        Ok(match self.is_begun() {
            true => journal.founders(&self.plan.charter.campaign)?,
            false => None,
        })
    }

    /// How it ends where it is stopped while the known activations are measured.
    fn early(&self, journal: &Journal, common: &Common) -> Result<Ending, Failure> {
        let (reason, wall) = (self.clock.reason(), self.clock.started.elapsed());
        let charter = &self.plan.charter;
        match self.is_begun() {
            true => stopped_early(reason, charter, journal, wall, common),
            false => {
                let during = "while the known activations were measured";
                never_begun(reason, charter, wall, during, common)
            }
        }
    }
}

/// Runs a campaign from its known activations to its closing table.
pub fn conduct(job: &Job, journal: &Journal, common: &Common) -> Result<Ending, Failure> {
    let plan = &job.plan;
    announce(&plan.charter, plan.workers, job.resumed, common);
    let stop = job.clock.stop(plan.time_limit);
    match (&plan.home, &job.benchmark) {
        (Home::Lab(lab), _) => in_lab(job, lab, journal, &stop, common),
        (Home::Benchmark(target), Some(benchmark)) => {
            on_benchmark(job, (&**benchmark, target), journal, &stop, common)
        }
        (Home::Benchmark(_), None) => Err(Failure::usage(format!(
            "the benchmark {} was not opened",
            plan.charter.target
        ))),
    }
}

/// Runs a campaign that a lab measures.
fn in_lab(
    job: &Job,
    lab: &Lab,
    journal: &Journal,
    stop: &Stop,
    common: &Common,
) -> Result<Ending, Failure> {
    let (charter, workers) = (&job.plan.charter, job.plan.workers);
    let draw = Draw::Own { seed: charter.seed };
    let backend = job.backend.clone();
    let laboratory = match Laboratory::prepare_on(backend, lab.clone(), draw, workers, stop) {
        Err(_) if stop.is_due() => return job.early(journal, common),
        prepared => prepared?,
    };
    let kept = job.kept_founders(journal)?;
    let to_keep = kept.is_none();
    let measured = || {
        let earlier = EarlierFounders::find(journal, charter, &arithmetic(&job.backend));
        measure_founders(&laboratory, &charter.target, earlier, workers, stop, common)
    };
    let founders = match kept.map_or_else(measured, Ok) {
        Ok(founders) => founders,
        Err(Halt::DeviceFailed) => return Ok(Ending::Failed),
        Err(Halt::NoThread) => return Err(NoThread.into()),
        Err(Halt::Stopped | Halt::TimedOut) => return job.early(journal, common),
    };
    let entered = Entered {
        evaluator: &laboratory,
        founders: &founders,
        to_keep,
        ground: Ground::Lab(lab),
        search: stop,
        stop,
    };
    entered.run(job, journal, common)
}

/// A campaign that is ready to be entered and run.
struct Entered<'a> {
    evaluator: &'a dyn Evaluator,
    founders: &'a [Candidate],
    /// Whether the founders are not in the journal yet.
    to_keep: bool,
    ground: Ground<'a>,
    /// When no further attempt is begun.
    search: &'a Stop,
    stop: &'a Stop,
}

impl Entered<'_> {
    fn run(&self, job: &Job, journal: &Journal, common: &Common) -> Result<Ending, Failure> {
        let (plan, charter) = (&job.plan, &job.plan.charter);
        let arithmetic = arithmetic(&job.backend);
        enter(
            journal,
            charter,
            job,
            self.to_keep.then_some((self.founders, &arithmetic)),
        )?;
        let baselines = self.evaluator.judging().baselines.len();
        let baselines = &self.founders[..baselines.min(self.founders.len())];
        if common.json {
            let folder = common.archive_folder()?;
            output::document(&started_event(job, baseline_fields(baselines), &folder))?;
        }
        let campaign = Campaign {
            charter,
            evaluator: self.evaluator,
            founders: self.founders,
            proposer: job.proposer,
            journal,
            workers: plan.workers,
            started: job.clock.started,
            closed: job.closed.clone(),
            search: self.search,
            stop: self.stop,
        };
        let finish = watch(&campaign, &job.clock.interrupt, common)?;
        report(&finish, plan, self.ground, baselines, journal, common)?;
        Ok(ending(&finish.stop_reason))
    }
}

/// Puts the campaign into the journal, or what has changed of it, with the founders that are to be
/// kept and by what they were measured.
fn enter(
    journal: &Journal,
    charter: &Charter,
    job: &Job,
    founders: Option<(&[Candidate], &Arithmetic)>,
) -> Result<(), Failure> {
    match (job.is_begun(), job.resumed) {
        (false, _) => journal.begin(charter).map_err(Failure::of_archive)?,
        (true, true) => journal.amend(charter)?,
        (true, false) => {}
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
        "round_trips": job.round_trips,
        "baselines": baselines,
    })
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
                Progress::start(confirming_words(campaign.charter), of, common.quiet)
            });
            confirming.set_steps(of);
            confirming.advance(done, None);
        }
        Event::NoReply { attempt, detail } => {
            let message = format!("attempt {attempt} got no reply: {detail}");
            match common.json {
                true => tell(&json!({ "event": "warning", "message": message })),
                false if common.quiet => {}
                false => warnings::tell(&message),
            }
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

fn confirming_words(charter: &Charter) -> &'static str {
    match charter.benchmark {
        Some(_) => "confirming on fresh seeds, steps",
        None => "confirming on fresh tasks, trials",
    }
}

fn announce(charter: &Charter, workers: usize, resumed: bool, common: &Common) {
    let verb = if resumed { "goes on with" } else { "starts" };
    let proposer = match &charter.models[..] {
        [] => charter.proposer.clone(),
        models => format!("{} ({})", charter.proposer, models.join(", ")),
    };
    common.say(format!(
        "motherlode {verb} campaign {}: the {proposer} proposer on {}, {}{}, seed {}, {}",
        charter.campaign,
        match &charter.benchmark {
            Some(target) => format!("{}, by its {}", charter.target, target.fitness.name()),
            None => format!("lab {}, target {}", charter.lab, charter.target),
        },
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

fn attempt_event(attempt: &Attempt) -> Value {
    let mut fields = crate::cli::archive::attempts::attempt_fields(attempt);
    fields.insert("event".to_owned(), json!("attempt"));
    if let (Outcome::Placed(_), Some(evaluation)) = (&attempt.outcome, &attempt.evaluation) {
        fields.insert("fitness".to_owned(), json!(evaluation.estimate.fitness));
    }
    Value::Object(fields)
}
