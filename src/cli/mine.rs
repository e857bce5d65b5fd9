//! `motherlode mine`: runs a campaign, or goes on with one.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{json, Value};

use super::closing::{baselines, counted, finished, fitness, label, report, standings};
use super::interrupt::Interrupt;
use super::progress::Progress;
use super::table::signed;
use super::{output, Common, Ending, Failure};
use crate::archive::ranking;
use crate::attempt::{Attempt, Outcome};
use crate::campaign::{found, Campaign, Event, Finish, StopReason};
use crate::candidate::Candidate;
use crate::charter::{Charter, DEFAULT_CHAMPIONS};
use crate::config::{self, find_lab, find_lab_again, parse_duration, CampaignFile, FoundLab};
use crate::evaluator::{Draw, Lab, Laboratory};
use crate::formula::Class;
use crate::journal::{check_name, Journal};
use crate::network::Halt;
use crate::proposer::{self, llm};
use crate::proposer::{Genetic, Llm, ModelAddress, Proposer, Scripted};

#[derive(Args)]
pub struct MineArguments {
    /// A campaign file; see motherlode init
    campaign_file: Option<PathBuf>,
    /// Who writes formulas [default: genetic; llm where a model is named]
    #[arg(long, value_parser = ["genetic", "llm", "scripted"])]
    proposer: Option<String>,
    /// openai:NAME (key in OPENAI_API_KEY) or compatible:NAME@URL
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// Replies of the scripted proposer: a folder of files, or one file split by lines of ---
    #[arg(long, value_name = "PATH")]
    replies: Option<PathBuf>,
    /// A shipped lab (smoke, standard) or a lab file [default: standard]
    #[arg(long)]
    lab: Option<String>,
    /// Whose fitness selects: a profile of the lab, or general for the mean of all [default: general]
    #[arg(long)]
    target: Option<String>,
    /// What formulas may read: their element, the features of their row, or the batch [default: pointwise]
    #[arg(long, value_parser = ["pointwise", "feature", "batch"])]
    class: Option<String>,
    /// The most trainable parameters of a formula [default: 0]
    #[arg(long, value_name = "N")]
    parameters: Option<u32>,
    /// Attempts to make [default: 200]
    #[arg(long, value_name = "N")]
    attempts: Option<u64>,
    /// The best that are measured on fresh tasks at the end; 0 for none [default: 5]
    #[arg(long, value_name = "N")]
    champions: Option<u32>,
    /// Stop after this time, such as 90s, 30m or 2h
    #[arg(long, value_name = "TIME")]
    time_limit: Option<String>,
    /// The seed of everything random [default: 1]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Training threads [default: one a core]; the result does not depend on it
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    #[arg(long, default_value = "cpu", help = super::device::HELP)]
    device: String,
    /// The new campaign's name [default: from lab and seed]
    #[arg(long, conflicts_with = "resume")]
    name: Option<String>,
    /// Go on with this campaign; its settings stay, --attempts may raise the goal
    #[arg(long, value_name = "NAME")]
    resume: Option<String>,
}

/// A campaign whose settings are checked.
struct Plan {
    charter: Charter,
    lab: Lab,
    proposer: Box<dyn Proposer>,
    time_limit: Option<Duration>,
    workers: usize,
}

pub fn run(arguments: &MineArguments, common: &Common) -> Result<Ending, Failure> {
    let backend = super::device::backend(&arguments.device)?;
    let folder = common.archive_folder()?;
    let (plan, journal) = match &arguments.resume {
        Some(name) => resumed(arguments, name, &folder, common)?,
        None => {
            let plan = new_plan(arguments)?;
            (plan, Journal::create_or_open(&folder).map_err(Failure::of_archive)?)
        }
    };
    let Plan { mut charter, lab, proposer, time_limit, workers } = plan;
    if arguments.resume.is_none() {
        charter.campaign = free_name(&journal, arguments.name.as_deref(), charter.campaign)?;
    }
    announce(&charter, workers, arguments.resume.is_some(), common);
    let interrupt = Interrupt::listen()?;
    let started = Instant::now();
    let overtime = || time_limit.is_some_and(|limit| started.elapsed() >= limit);
    let halt = || (interrupt.raised() || overtime()).then_some(Halt::Stopped);
    let early = || {
        let stop_reason = if interrupt.raised() { StopReason::Interrupted } else { StopReason::TimeLimit };
        stopped_early(stop_reason, &charter, &journal, arguments.resume.is_some(), started.elapsed(), common)
    };
    let laboratory = match Laboratory::prepare_on(backend, lab, Draw::Own { seed: charter.seed }, workers, &halt) {
        Err(_) if halt().is_some() => return early(),
        prepared => prepared?,
    };
    let kept = if arguments.resume.is_some() { journal.founders(&charter.campaign)? } else { None };
    let to_keep = kept.is_none();
    let founders = match kept.map_or_else(|| measure_founders(&laboratory, &charter.target, workers, &halt, common), Ok) {
        Ok(founders) => founders,
        Err(Halt::DeviceFailed) => return Ok(Ending::Failed),
        Err(Halt::Stopped | Halt::TimedOut) => return early(),
    };
    enter(&journal, &charter, arguments.resume.is_some(), to_keep.then_some(&founders))?;
    if common.json {
        let known = baselines(&laboratory, &founders);
        output::document(&started_event(&charter, &folder, arguments, known))?;
    }
    let interrupted = || interrupt.raised();
    let campaign = Campaign {
        charter: &charter,
        laboratory: &laboratory,
        founders: &founders,
        proposer: proposer.as_ref(),
        journal: &journal,
        workers,
        started,
        time_limit,
        interrupted: &interrupted,
    };
    let finish = watch(&campaign, &interrupt, common)?;
    journal.close()?;
    report(&finish, &charter, &laboratory, &founders, common)?;
    Ok(ending(&finish.stop_reason))
}

/// Puts the campaign into the journal, or what has changed of it, with the founders that are to be kept.
fn enter(journal: &Journal, charter: &Charter, resumed: bool, founders: Option<&Vec<Candidate>>) -> Result<(), Failure> {
    match resumed {
        false => journal.begin(charter).map_err(Failure::of_archive)?,
        true => journal.amend(charter)?,
    }
    founders.map_or(Ok(()), |founders| Ok(journal.found(&charter.campaign, founders)?))
}

fn started_event(charter: &Charter, folder: &Path, arguments: &MineArguments, baselines: Value) -> Value {
    json!({ "event": "started", "campaign": charter.campaign, "archive": folder, "proposer": charter.proposer, "lab": charter.lab,
        "target": charter.target, "class": charter.class, "parameters": charter.parameters, "seed": charter.seed, "attempts": charter.attempts, "device": arguments.device,
        "resumed": arguments.resume.is_some(), "baselines": baselines })
}

/// The end of a run that was stopped while the known activations were measured, before its first attempt.
fn stopped_early(
    stop_reason: StopReason,
    charter: &Charter,
    journal: &Journal,
    resumed: bool,
    wall: Duration,
    common: &Common,
) -> Result<Ending, Failure> {
    let (attempts, confirmation) = match resumed {
        true => (journal.attempts(&charter.campaign)?, journal.confirmations(&charter.campaign)?.pop()),
        false => (Vec::new(), None),
    };
    let finish = Finish::of(&attempts, confirmation, stop_reason, wall);
    if common.json {
        output::document(&finished(&finish, charter, standings(&finish, charter)?.as_ref(), json!([])))?;
    }
    let why = if finish.stop_reason == StopReason::TimeLimit { "the time limit is reached" } else { "stopped" };
    common.say(if resumed {
        format!("{why} before a further attempt was made; go on with: motherlode mine --resume {}", charter.campaign)
    } else {
        format!("{why} before the first attempt, while the known activations were measured: no campaign was begun")
    });
    Ok(ending(&finish.stop_reason))
}

/// The known activations from which the campaign starts, measured with progress on standard error.
fn measure_founders(
    laboratory: &Laboratory,
    target: &str,
    workers: usize,
    halt: &(dyn Fn() -> Option<Halt> + Sync),
    common: &Common,
) -> Result<Vec<Candidate>, Halt> {
    let progress = Progress::start("measuring known activations", 0, common.quiet);
    let founders = found(laboratory, target, workers, halt, &|trials| {
        progress.set_steps(trials as u64);
        progress.step();
    });
    progress.finish();
    founders
}

/// Runs the campaign with progress on standard error, and events on standard output where JSON is wanted.
fn watch(campaign: &Campaign, interrupt: &Interrupt, common: &Common) -> Result<Finish, Failure> {
    let progress = Progress::start("attempts", campaign.charter.attempts, common.quiet);
    let reference =
        campaign.founders.iter().map(|founder| format!("{} {}", label(founder), signed(fitness(founder)))).take(2).collect::<Vec<_>>().join(", ");
    let mut confirming: Option<Progress> = None;
    // What an earlier run found counts too.
    let settled = campaign.journal.attempts(&campaign.charter.campaign)?;
    let mut best: Option<f64> = ranking(&settled).first().map(fitness);
    let mut rejected = settled.iter().filter(|attempt| attempt.outcome.rejection().is_some()).count();
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
            rejected += usize::from(attempt.outcome.rejection().is_some());
            if let Some(evaluation) = &attempt.evaluation {
                best = Some(best.unwrap_or(f64::NEG_INFINITY).max(evaluation.estimate.fitness.value()));
            }
            let best = best.map_or_else(|| "none yet".to_owned(), signed);
            // Not a winner: the best of many owes part of its lead to the tasks that selected it.
            progress.advance(attempt.attempt, Some(format!("best so far on the selecting tasks {best} ({reference}), {rejected} rejected")));
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
        Event::Warning(message) if common.json => tell(&json!({ "event": "warning", "message": message })),
        Event::Warning(message) => progress.say(&format!("warning: {message}")),
    });
    progress.finish();
    confirming.iter().for_each(Progress::finish);
    let finish = finish?;
    unread.map_or(Ok(finish), |error| Err(error.into()))
}

/// The settings of a new campaign: the file's, with the command line's laid over them, all checked before anything is made.
fn new_plan(arguments: &MineArguments) -> Result<Plan, Failure> {
    let file = match &arguments.campaign_file {
        Some(path) => CampaignFile::read(path).map_err(Failure::usage)?,
        None => CampaignFile::default(),
    };
    let lab_name = arguments.lab.clone().or(file.lab).unwrap_or_else(|| "standard".to_owned());
    let FoundLab { definition, lab, files } = find_lab(&lab_name).map_err(Failure::usage)?;
    let models: Vec<String> = arguments.model.clone().or(file.model).into_iter().collect();
    let asked = arguments.proposer.clone().or(file.proposer);
    let seed = arguments.seed.or(file.seed).unwrap_or(1);
    let replies = arguments.replies.clone().or(file.replies);
    let charter = Charter {
        campaign: arguments.name.clone().or(file.name).unwrap_or_else(|| default_name(&lab.name, seed)),
        created: humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string(),
        seed,
        lab: lab.name.clone(),
        lab_definition: definition,
        lab_files: files,
        target: arguments.target.clone().or(file.target).unwrap_or_else(|| "general".to_owned()),
        proposer: asked.unwrap_or_else(|| if models.is_empty() { "genetic" } else { "llm" }.to_owned()),
        models,
        // Whole, so that a resume from another folder finds them.
        replies: replies.as_deref().map(std::path::absolute).transpose()?.map(|path| path.display().to_string()),
        attempts: arguments.attempts.or(file.attempts).unwrap_or(config::DEFAULT_ATTEMPTS),
        cost_budget: file.cost_budget.unwrap_or(config::DEFAULT_COST_BUDGET),
        class: arguments.class.as_deref().and_then(Class::named).or(file.class).unwrap_or_default(),
        parameters: arguments.parameters.or(file.parameters).unwrap_or(config::DEFAULT_PARAMETERS),
        islands: file.islands.unwrap_or(config::DEFAULT_ISLANDS),
        lag: file.lag.unwrap_or(config::DEFAULT_LAG),
        attempt_deadline_seconds: file.attempt_deadline.unwrap_or(config::DEFAULT_ATTEMPT_DEADLINE),
        champions: arguments.champions.or(file.champions).unwrap_or(DEFAULT_CHAMPIONS),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    check_name(&charter.campaign).map_err(Failure::usage)?;
    let time_limit = arguments.time_limit.clone().or(file.time_limit);
    plan(charter, lab, time_limit.as_deref(), arguments.workers.or(file.workers))
}

/// The settings of a campaign that is in the archive.
fn resumed(arguments: &MineArguments, name: &str, folder: &Path, common: &Common) -> Result<(Plan, Journal), Failure> {
    let fixed = [
        ("a campaign file", arguments.campaign_file.is_some()),
        ("--proposer", arguments.proposer.is_some()),
        ("--model", arguments.model.is_some()),
        ("--replies", arguments.replies.is_some()),
        ("--lab", arguments.lab.is_some()),
        ("--target", arguments.target.is_some()),
        ("--seed", arguments.seed.is_some()),
        ("--class", arguments.class.is_some()),
        ("--parameters", arguments.parameters.is_some()),
        ("--champions", arguments.champions.is_some()),
    ];
    if let Some((option, _)) = fixed.iter().find(|(_, given)| *given) {
        return Err(Failure::usage(format!("{option} cannot be given with --resume: a campaign keeps the settings it was started with")));
    }
    let journal = Journal::open(folder).map_err(Failure::of_archive)?;
    let Some(mut charter) = journal.campaign(name)? else {
        let known: Vec<String> = journal.campaigns()?.into_iter().map(|charter| charter.campaign).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(Failure::usage(format!("the archive has no campaign '{name}'; it has: {known}")));
    };
    charter.attempts = arguments.attempts.unwrap_or(charter.attempts);
    let attempts = journal.attempts(name)?;
    let made = attempts.len() as u64;
    if made > charter.attempts {
        return Err(Failure::usage(format!(
            "campaign {name} has made {made} attempts already; --attempts {} must be at least that",
            charter.attempts
        )));
    }
    if made == charter.attempts {
        let confirmed = journal.confirmations(name)?.pop().map_or(0, |confirmation| confirmation.candidates);
        let left = charter.champions > 0 && ranking(&attempts).len() as u64 > confirmed;
        let left = if left { "what is left is to confirm the best on fresh tasks" } else { "to make more, give a higher goal by --attempts" };
        common.say(format!("all {made} attempts of campaign {name} are made; {left}"));
    }
    let lab = find_lab_again(&charter).map_err(Failure::usage)?;
    Ok((plan(charter, lab, arguments.time_limit.as_deref(), arguments.workers)?, journal))
}

fn plan(charter: Charter, lab: Lab, time_limit: Option<&str>, workers: Option<usize>) -> Result<Plan, Failure> {
    lab.target_profiles(&charter.target).map_err(Failure::usage)?;
    for (value, most, name) in [
        (charter.attempts, u64::MAX, "attempts"),
        (charter.lag, config::LARGEST_LAG, "lag"),
        (u64::from(charter.islands), u64::from(config::MOST_ISLANDS), "islands"),
        (u64::from(charter.cost_budget), u64::from(u32::MAX), "cost_budget"),
    ] {
        if value == 0 {
            return Err(Failure::usage(format!("{name} must be at least 1")));
        }
        if value > most {
            return Err(Failure::usage(format!("{name} must be at most {most}, found {value}")));
        }
    }
    if charter.champions > config::MOST_CHAMPIONS {
        return Err(Failure::usage(format!("champions must be at most {}, found {}", config::MOST_CHAMPIONS, charter.champions)));
    }
    if charter.parameters > config::MOST_PARAMETERS {
        return Err(Failure::usage(format!("parameters must be at most {}, found {}", config::MOST_PARAMETERS, charter.parameters)));
    }
    let longest = config::LONGEST_ATTEMPT_DEADLINE;
    if !(charter.attempt_deadline_seconds > 0.0 && charter.attempt_deadline_seconds <= longest) {
        return Err(Failure::usage(format!("attempt_deadline must be a number of seconds above 0 and at most {longest}")));
    }
    let proposer = hire(&charter)?;
    let time_limit = time_limit.map(parse_duration).transpose().map_err(Failure::usage)?;
    Ok(Plan { charter, lab, proposer, time_limit, workers: super::workers(workers)? })
}

/// The proposer that a charter names, ready to ask.
fn hire(charter: &Charter) -> Result<Box<dyn Proposer>, Failure> {
    match charter.proposer.as_str() {
        "genetic" if !charter.models.is_empty() => {
            Err(Failure::usage("the genetic proposer asks no model; leave --model out, or give --proposer llm"))
        }
        "genetic" => Ok(Box::new(Genetic::new(proposer::genetic::Settings::default()))),
        "llm" => {
            let [model] = &charter.models[..] else {
                return Err(Failure::usage(
                    "the llm proposer needs one model, such as --model openai:NAME or --model compatible:NAME@http://localhost:8080/v1",
                ));
            };
            let address = ModelAddress::parse(model).map_err(Failure::usage)?;
            let model = Llm::new(address, |variable| std::env::var(variable).ok(), llm::Settings::default()).map_err(Failure::usage)?;
            Ok(Box::new(model))
        }
        "scripted" => {
            let Some(replies) = &charter.replies else {
                return Err(Failure::usage("the scripted proposer needs --replies with a file or folder of replies"));
            };
            Ok(Box::new(Scripted::open(Path::new(replies)).map_err(Failure::usage)?))
        }
        other => Err(Failure::usage(format!("there is no proposer '{other}'; choose genetic, llm or scripted"))),
    }
}

fn default_name(lab: &str, seed: u64) -> String {
    let lab: String = lab.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
    format!("{lab}-{seed}")
}

/// The asked name if it is free; the first free one with a number where none was asked for.
fn free_name(journal: &Journal, asked: Option<&str>, name: String) -> Result<String, Failure> {
    let taken: Vec<String> = journal.campaigns()?.into_iter().map(|charter| charter.campaign).collect();
    if !taken.contains(&name) {
        return Ok(name);
    }
    if asked.is_some() {
        return Err(Failure::usage(format!(
            "the archive has a campaign '{name}' already; go on with it by --resume {name}, or choose another --name"
        )));
    }
    let numbered = (2..).map(|number| format!("{name}-{number}")).find(|name| !taken.contains(name));
    Ok(numbered.expect("the numbers do not end"))
}

fn announce(charter: &Charter, workers: usize, resumed: bool, common: &Common) {
    let verb = if resumed { "goes on with" } else { "starts" };
    let proposer = match &charter.models[..] {
        [] => charter.proposer.clone(),
        models => format!("{} ({})", charter.proposer, models.join(", ")),
    };
    common.say(format!(
        "motherlode {verb} campaign {}: the {proposer} proposer on lab {}, target {}, {}{}, seed {}, {}",
        charter.campaign,
        charter.lab,
        charter.target,
        charter.allows().map_or_else(String::new, |allowed| format!("{allowed}, ")),
        counted(charter.attempts, "attempt"),
        charter.seed,
        counted(workers as u64, "worker")
    ));
}

fn ending(reason: &StopReason) -> Ending {
    match reason {
        StopReason::AttemptsMade => Ending::Done,
        StopReason::TimeLimit | StopReason::RepliesExhausted { .. } => Ending::Limited,
        StopReason::Interrupted => Ending::Interrupted,
        StopReason::Unreachable { .. } | StopReason::Hopeless { .. } => Ending::Failed,
    }
}

fn attempt_event(attempt: &Attempt) -> Value {
    let mut fields = super::archive::attempt_fields(attempt);
    fields.insert("event".to_owned(), json!("attempt"));
    if let (Outcome::Placed(_), Some(evaluation)) = (&attempt.outcome, &attempt.evaluation) {
        fields.insert("fitness".to_owned(), json!(evaluation.estimate.fitness));
    }
    Value::Object(fields)
}
