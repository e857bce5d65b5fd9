//! The settings of a campaign: the file's, with the command line's laid over them, all checked
//! before anything is made.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use crate::archive::ranking;
use crate::cli::common::{workers, Common, Failure};
use crate::config::models::{ModelEntry, ModelSpec};
use crate::config::{self, find_lab, find_lab_again, parse_duration, CampaignFile, FoundLab};
use crate::formula::Class;
use crate::journal::{check_name, Journal};
use crate::lab::Lab;
use crate::proposer::llm::Patience;
use crate::proposer::{genetic, Genetic, Llm, Proposer, Recorded, Scripted};
use crate::record::charter::{Asking, Charter, Instructions, ModelSetting, DEFAULT_CHAMPIONS};
use crate::record::ledger::{Budget, Call, Money};

/// How a charter names another campaign of the archive as the source of its replies.
const CAMPAIGN: &str = "campaign:";

/// What a new campaign is made of; a campaign file has the same and more.
#[derive(Args)]
pub struct Settings {
    /// A campaign file; see motherlode init
    pub campaign_file: Option<PathBuf>,
    /// Who writes formulas: genetic, llm, scripted or recorded:FILE [default: genetic; llm where a
    /// model is named]
    #[arg(long)]
    pub proposer: Option<String>,
    /// A model to ask, such as openai:NAME or compatible:NAME@URL,free; several make an ensemble
    ///
    /// Providers: openai, openai-responses, anthropic, gemini, openrouter, compatible; each takes
    /// @URL for another server that is asked in its way. Options follow after commas: free,
    /// price.input=DOLLARS and price.output=DOLLARS (per million tokens), weight=2, temperature=,
    /// effort=, max_tokens=, structured=, tier=, key=VARIABLE. docs/models.md has them all.
    #[arg(long, value_name = "MODEL")]
    pub model: Vec<String>,
    /// Dollars that models may cost; no call leaves without room for it [default: 5 where a model
    /// is paid for]
    #[arg(long, value_name = "DOLLARS", allow_negative_numbers = true)]
    pub budget_usd: Option<f64>,
    /// Tokens, input and output, that models may use
    #[arg(long, value_name = "N")]
    pub budget_tokens: Option<u64>,
    /// Your own guidance, which every prompt holds
    #[arg(long, value_name = "TEXT")]
    pub guidance: Option<String>,
    /// Show models the known activations without their names, since they may recite
    #[arg(long)]
    pub hide_names: bool,
    /// Replies of the scripted proposer: a folder of files, or one file split by lines of ---
    #[arg(long, value_name = "PATH")]
    pub replies: Option<PathBuf>,
    /// A shipped lab (smoke, standard) or a lab file [default: standard]
    #[arg(long)]
    pub lab: Option<String>,
    /// Whose fitness selects: a profile of the lab, or general for the mean of all [default:
    /// general]
    #[arg(long)]
    pub target: Option<String>,
    /// What formulas may read: their element, the features of their row, or the batch [default:
    /// pointwise]
    #[arg(long, value_parser = ["pointwise", "feature", "batch"])]
    pub class: Option<String>,
    /// The most trainable parameters of a formula [default: 0]
    #[arg(long, value_name = "N")]
    pub parameters: Option<u32>,
    /// Attempts to make [default: 200]
    #[arg(long, value_name = "N")]
    pub attempts: Option<u64>,
    /// The best that are measured on fresh tasks at the end; 0 for none [default: 5]
    #[arg(long, value_name = "N")]
    pub champions: Option<u32>,
    /// Stop after this time, such as 90s, 30m or 2h
    #[arg(long, value_name = "TIME")]
    pub time_limit: Option<String>,
    /// The seed of everything random [default: 1]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Training threads [default: one a core]; the result does not depend on it
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
    /// The new campaign's name [default: from lab and seed]
    #[arg(long)]
    pub name: Option<String>,
}

impl Settings {
    /// An option that a campaign of the archive has settled, if one is given.
    pub fn given(&self) -> Option<&'static str> {
        let fixed = [
            ("a campaign file", self.campaign_file.is_some()),
            ("--proposer", self.proposer.is_some()),
            ("--model", !self.model.is_empty()),
            ("--guidance", self.guidance.is_some()),
            ("--hide-names", self.hide_names),
            ("--replies", self.replies.is_some()),
            ("--lab", self.lab.is_some()),
            ("--target", self.target.is_some()),
            ("--seed", self.seed.is_some()),
            ("--class", self.class.is_some()),
            ("--parameters", self.parameters.is_some()),
            ("--champions", self.champions.is_some()),
            ("--name", self.name.is_some()),
        ];
        fixed
            .into_iter()
            .find(|(_, given)| *given)
            .map(|(option, _)| option)
    }
}

/// A campaign whose settings are checked.
pub struct Plan {
    pub charter: Charter,
    pub lab: Lab,
    pub time_limit: Option<Duration>,
    pub workers: usize,
}

/// The plan of a new campaign.
pub fn new_plan(settings: &Settings) -> Result<Plan, Failure> {
    let file = match &settings.campaign_file {
        Some(path) => CampaignFile::read(path).map_err(Failure::usage)?,
        None => CampaignFile::default(),
    };
    let lab_name = settings
        .lab
        .clone()
        .or_else(|| file.lab.clone())
        .unwrap_or_else(|| "standard".to_owned());
    let FoundLab {
        definition,
        lab,
        files,
    } = find_lab(&lab_name).map_err(Failure::usage)?;
    let models = models(settings, &file)?;
    let (proposer, replies) = source(settings, &file, !models.is_empty())?;
    refuse_idle(settings, &file, &proposer)?;
    let asking = if models.is_empty() {
        None
    } else {
        Some(asking(settings, &file, models)?)
    };
    let seed = settings.seed.or(file.seed).unwrap_or(1);
    let charter = Charter {
        campaign: settings
            .name
            .clone()
            .or(file.name.clone())
            .unwrap_or_else(|| default_name(&lab.name, seed)),
        created: now(),
        seed,
        lab: lab.name.clone(),
        lab_definition: definition,
        lab_files: files,
        target: settings
            .target
            .clone()
            .or(file.target.clone())
            .unwrap_or_else(|| "general".to_owned()),
        proposer,
        models: asking
            .iter()
            .flat_map(|asking| &asking.models)
            .map(|model| model.address.clone())
            .collect(),
        asking,
        // Whole, so that a resume from another folder finds them.
        replies: replies
            .as_deref()
            .map(std::path::absolute)
            .transpose()?
            .map(|path| path.display().to_string()),
        instructions: instructions(settings, &file)?,
        attempts: settings
            .attempts
            .or(file.attempts)
            .unwrap_or(config::DEFAULT_ATTEMPTS),
        cost_budget: file.cost_budget.unwrap_or(config::DEFAULT_COST_BUDGET),
        class: settings
            .class
            .as_deref()
            .and_then(Class::named)
            .or(file.class)
            .unwrap_or_default(),
        parameters: settings
            .parameters
            .or(file.parameters)
            .unwrap_or(config::DEFAULT_PARAMETERS),
        islands: file.islands.unwrap_or(config::DEFAULT_ISLANDS),
        lag: file.lag.unwrap_or(config::DEFAULT_LAG),
        attempt_deadline_seconds: file
            .attempt_deadline
            .unwrap_or(config::DEFAULT_ATTEMPT_DEADLINE),
        champions: settings
            .champions
            .or(file.champions)
            .unwrap_or(DEFAULT_CHAMPIONS),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    check_name(&charter.campaign).map_err(Failure::usage)?;
    let time_limit = settings.time_limit.clone().or(file.time_limit);
    plan(
        charter,
        lab,
        time_limit.as_deref(),
        settings.workers.or(file.workers),
    )
}

/// The plan of a campaign that is in the archive.
pub fn resumed_plan(
    settings: &Settings,
    name: &str,
    journal: &Journal,
    common: &Common,
) -> Result<Plan, Failure> {
    if let Some(option) = settings.given() {
        return Err(Failure::usage(format!(
            "{option} cannot be given with --resume: a campaign keeps the settings it was started \
             with"
        )));
    }
    let mut charter = find(journal, name)?;
    charter.attempts = settings.attempts.unwrap_or(charter.attempts);
    let attempts = journal.attempts(name)?;
    let made = attempts.len() as u64;
    if made > charter.attempts {
        return Err(Failure::usage(format!(
            "campaign {name} has made {made} attempts already; --attempts {} must be at least that",
            charter.attempts
        )));
    }
    if made == charter.attempts {
        let confirmed = journal
            .confirmations(name)?
            .pop()
            .map_or(0, |confirmation| confirmation.candidates);
        let left = charter.champions > 0 && ranking(&attempts).len() as u64 > confirmed;
        let left = if left {
            "what is left is to confirm the best on fresh tasks"
        } else {
            "to make more, give a higher goal by --attempts"
        };
        common.say(format!(
            "all {made} attempts of campaign {name} are made; {left}"
        ));
    }
    match &mut charter.asking {
        Some(asking) => {
            let Budget { money, tokens } = budget(settings.budget_usd, settings.budget_tokens)?;
            asking.budget = Budget {
                money: money.or(asking.budget.money),
                tokens: tokens.or(asking.budget.tokens),
            };
        }
        None if settings.budget_usd.is_some() || settings.budget_tokens.is_some() => {
            return Err(Failure::usage(format!(
                "campaign {name} asks no model, so that it has no budget"
            )));
        }
        None => {}
    }
    let lab = find_lab_again(&charter).map_err(Failure::usage)?;
    plan(
        charter,
        lab,
        settings.time_limit.as_deref(),
        settings.workers,
    )
}

/// The plan of a campaign that makes the attempts of `original` again from its recorded replies,
/// under a name of its own.
pub fn rerun_plan(
    original: Charter,
    name: String,
    made: u64,
    threads: Option<usize>,
) -> Result<Plan, Failure> {
    let lab = find_lab_again(&original).map_err(Failure::usage)?;
    let (proposer, replies) = match original.proposer.as_str() {
        "genetic" => ("genetic".to_owned(), None),
        _ => (
            "recorded".to_owned(),
            Some(format!("{CAMPAIGN}{}", original.campaign)),
        ),
    };
    let charter = Charter {
        campaign: name,
        created: now(),
        proposer,
        models: Vec::new(),
        asking: None,
        replies,
        attempts: made,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..original
    };
    plan(charter, lab, None, threads)
}

/// The campaign of this name.
pub fn find(journal: &Journal, name: &str) -> Result<Charter, Failure> {
    journal
        .campaign(name)
        .map_err(Failure::of_archive)?
        .map_or_else(
            || {
                let known: Vec<String> = journal
                    .campaigns()?
                    .into_iter()
                    .map(|charter| charter.campaign)
                    .collect();
                let known = if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                };
                Err(Failure::usage(format!(
                    "the archive has no campaign '{name}'; it has: {known}"
                )))
            },
            Ok,
        )
}

fn now() -> String {
    humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string()
}

/// The models that were asked for, on the command line or else in the file.
fn models(settings: &Settings, file: &CampaignFile) -> Result<Vec<ModelSetting>, Failure> {
    // Another proposer on the command line goes before the file's models, as options do.
    let other = settings
        .proposer
        .as_deref()
        .is_some_and(|proposer| proposer != "llm");
    let specs: Vec<ModelSpec> = match &settings.model[..] {
        [] if other => Ok(Vec::new()),
        [] => file
            .model
            .iter()
            .chain(&file.models)
            .map(ModelEntry::spec)
            .collect::<Result<_, _>>(),
        named => named
            .iter()
            .map(|text| ModelSpec::parse(text))
            .collect::<Result<_, _>>(),
    }
    .map_err(Failure::usage)?;
    let models: Vec<ModelSetting> = specs
        .iter()
        .map(ModelSpec::setting)
        .collect::<Result<_, _>>()
        .map_err(Failure::usage)?;
    let twice = models.iter().enumerate().find(|(index, model)| {
        models[..*index]
            .iter()
            .any(|other| other.address == model.address)
    });
    match twice {
        Some((_, model)) => Err(Failure::usage(format!(
            "{} is named twice; give it a weight instead",
            model.address
        ))),
        None => Ok(models),
    }
}

/// The proposer and where its replies come from.
fn source(
    settings: &Settings,
    file: &CampaignFile,
    asks_models: bool,
) -> Result<(String, Option<PathBuf>), Failure> {
    let replies = settings.replies.clone().or(file.replies.clone());
    let asked = settings.proposer.clone().or(file.proposer.clone());
    let asked = asked.unwrap_or_else(|| if asks_models { "llm" } else { "genetic" }.to_owned());
    let kind = asked.split(':').next().unwrap_or_default();
    match asked.as_str() {
        _ if asks_models && ["genetic", "scripted", "recorded"].contains(&kind) => {
            Err(Failure::usage(format!(
                "the {kind} proposer asks no model; leave --model out, or give --proposer llm"
            )))
        }
        _ if asked.starts_with("recorded:") => Ok((
            "recorded".to_owned(),
            asked.strip_prefix("recorded:").map(PathBuf::from),
        )),
        "recorded" => Err(Failure::usage(
            "the recorded proposer needs a file, such as --proposer recorded:export/CAMPAIGN.jsonl",
        )),
        "genetic" | "llm" | "scripted" => Ok((asked, replies)),
        other => Err(Failure::usage(format!(
            "there is no proposer '{other}'; choose genetic, llm, scripted or recorded:FILE"
        ))),
    }
}

/// Refuses what would do nothing: budgets without a model to pay for, and words for prompts that
/// nobody writes.
fn refuse_idle(settings: &Settings, file: &CampaignFile, proposer: &str) -> Result<(), Failure> {
    let budgets = [
        ("--budget-usd", settings.budget_usd.is_some()),
        ("--budget-tokens", settings.budget_tokens.is_some()),
    ];
    let prompts = [
        ("--guidance", settings.guidance.is_some()),
        ("--hide-names", settings.hide_names),
        (
            "formulas_per_call",
            proposer == "genetic" && file.formulas_per_call.is_some_and(|formulas| formulas > 1),
        ),
    ];
    let idle = budgets
        .into_iter()
        .filter(|_| proposer != "llm")
        .chain(prompts.into_iter().filter(|_| proposer == "genetic"));
    match idle.into_iter().find(|(_, given)| *given) {
        Some((option, _)) => Err(Failure::usage(format!(
            "{option} does nothing with the {proposer} proposer; name a model by --model, or \
             leave it out"
        ))),
        None => Ok(()),
    }
}

fn asking(
    settings: &Settings,
    file: &CampaignFile,
    models: Vec<ModelSetting>,
) -> Result<Asking, Failure> {
    let mut budget = budget(
        settings.budget_usd.or(file.budget_usd),
        settings.budget_tokens.or(file.budget_tokens),
    )?;
    if budget == Budget::default() && models.iter().any(|model| !model.price.is_free()) {
        budget.money = Money::dollars(config::DEFAULT_BUDGET_USD);
    }
    let deadline = file
        .proposal_deadline
        .as_deref()
        .map(parse_duration)
        .transpose()
        .map_err(Failure::usage)?;
    let deadline = deadline.unwrap_or(config::DEFAULT_PROPOSAL_DEADLINE);
    if deadline.is_zero() || deadline > Duration::from_secs(86_400) {
        return Err(Failure::usage(
            "proposal_deadline must be above 0 and at most 24h",
        ));
    }
    Ok(Asking {
        models,
        budget,
        deadline_seconds: deadline.as_secs_f64(),
        repair: file.repair.unwrap_or(true),
        guidance_interval: file
            .guidance_interval
            .unwrap_or(config::DEFAULT_GUIDANCE_INTERVAL),
    })
}

fn budget(dollars: Option<f64>, tokens: Option<u64>) -> Result<Budget, Failure> {
    let money = |dollars: f64| {
        Money::dollars(dollars).ok_or_else(|| {
            Failure::usage(format!(
                "a budget is a number of dollars from 0 on, found {dollars}"
            ))
        })
    };
    Ok(Budget {
        money: dollars.map(money).transpose()?,
        tokens,
    })
}

fn instructions(settings: &Settings, file: &CampaignFile) -> Result<Instructions, Failure> {
    let formulas = file.formulas_per_call.unwrap_or(1);
    if !(1..=config::MOST_FORMULAS).contains(&formulas) {
        return Err(Failure::usage(format!(
            "formulas_per_call must be between 1 and {}, found {formulas}",
            config::MOST_FORMULAS
        )));
    }
    let guidance = settings.guidance.clone().or(file.guidance.clone());
    if guidance
        .as_ref()
        .is_some_and(|guidance| guidance.len() > 20_000)
    {
        return Err(Failure::usage("guidance must be at most 20000 bytes long"));
    }
    Ok(Instructions {
        guidance,
        hide_names: settings.hide_names || file.hide_names.unwrap_or(false),
        formulas,
    })
}

/// A plan whose numbers can be.
fn plan(
    charter: Charter,
    lab: Lab,
    time_limit: Option<&str>,
    threads: Option<usize>,
) -> Result<Plan, Failure> {
    lab.target_profiles(&charter.target)
        .map_err(Failure::usage)?;
    for (value, most, name) in [
        (charter.attempts, u64::MAX, "attempts"),
        (charter.lag, config::LARGEST_LAG, "lag"),
        (
            u64::from(charter.islands),
            u64::from(config::MOST_ISLANDS),
            "islands",
        ),
        (
            u64::from(charter.cost_budget),
            u64::from(u32::MAX),
            "cost_budget",
        ),
    ] {
        if value == 0 {
            return Err(Failure::usage(format!("{name} must be at least 1")));
        }
        if value > most {
            return Err(Failure::usage(format!(
                "{name} must be at most {most}, found {value}"
            )));
        }
    }
    if charter.champions > config::MOST_CHAMPIONS {
        return Err(Failure::usage(format!(
            "champions must be at most {}, found {}",
            config::MOST_CHAMPIONS,
            charter.champions
        )));
    }
    if charter.parameters > config::MOST_PARAMETERS {
        return Err(Failure::usage(format!(
            "parameters must be at most {}, found {}",
            config::MOST_PARAMETERS,
            charter.parameters
        )));
    }
    let longest = config::LONGEST_ATTEMPT_DEADLINE;
    if !(charter.attempt_deadline_seconds > 0.0 && charter.attempt_deadline_seconds <= longest) {
        return Err(Failure::usage(format!(
            "attempt_deadline must be a number of seconds above 0 and at most {longest}"
        )));
    }
    let time_limit = time_limit
        .map(parse_duration)
        .transpose()
        .map_err(Failure::usage)?;
    Ok(Plan {
        charter,
        lab,
        time_limit,
        workers: workers(threads)?,
    })
}

/// The proposer that a charter names, ready to ask. A journal is needed where its replies are
/// another campaign's.
pub fn hire(charter: &Charter, journal: Option<&Journal>) -> Result<Box<dyn Proposer>, Failure> {
    let replies = charter.replies.as_deref();
    match (charter.proposer.as_str(), replies) {
        ("genetic", _) => Ok(Box::new(Genetic::new(genetic::Settings::default()))),
        ("llm", _) => Ok(Box::new(ensemble(charter, journal, &environment)?)),
        ("scripted", Some(replies)) => Ok(Box::new(
            Scripted::open(Path::new(replies)).map_err(Failure::usage)?,
        )),
        ("scripted", None) => Err(Failure::usage(
            "the scripted proposer needs --replies with a file or folder of replies",
        )),
        ("recorded", Some(replies)) => match (replies.strip_prefix(CAMPAIGN), journal) {
            (Some(name), Some(journal)) => Ok(Box::new(
                Recorded::of(&journal.attempts(name)?, &format!("campaign {name}"))
                    .map_err(Failure::usage)?,
            )),
            _ => Ok(Box::new(
                Recorded::open(Path::new(replies)).map_err(Failure::usage)?,
            )),
        },
        (other, _) => Err(Failure::usage(format!(
            "there is no proposer '{other}'; choose genetic, llm, scripted or recorded:FILE"
        ))),
    }
}

/// The value of an environment variable, where it has one that is text.
pub fn environment(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}

/// The models of a charter, their keys looked up by `variable`, which know what calls of this
/// archive found them not to take.
pub fn ensemble(
    charter: &Charter,
    journal: Option<&Journal>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Llm, Failure> {
    let Some(asking) = &charter.asking else {
        return Err(Failure::usage(match charter.models.is_empty() {
            true => "the llm proposer needs a model, such as --model openai:NAME or --model \
                compatible:NAME@http://localhost:8080/v1,free"
                .to_owned(),
            false => format!(
                "campaign {} is from before prices were kept with a campaign; start a new one",
                charter.campaign
            ),
        }));
    };
    let patience = Patience {
        total: Duration::from_secs_f64(asking.deadline_seconds),
        ..Patience::default()
    };
    let at_once = u32::try_from(charter.lag).unwrap_or(u32::MAX);
    let llm = Llm::new(asking, variable, patience, at_once).map_err(Failure::usage)?;
    for other in journal.map_or_else(|| Ok(Vec::new()), Journal::campaigns)? {
        if other
            .models
            .iter()
            .any(|model| charter.models.contains(model))
        {
            let calls: Vec<Call> = journal
                .map_or_else(
                    || Ok(Vec::new()),
                    |journal| journal.attempts(&other.campaign),
                )?
                .into_iter()
                .flat_map(|attempt| attempt.calls)
                .collect();
            llm.recall(&calls);
        }
    }
    Ok(llm)
}

fn default_name(lab: &str, seed: u64) -> String {
    let lab: String = lab
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(40)
        .collect();
    format!("{lab}-{seed}")
}

/// The asked name if it is free; the first free one with a number where none was asked for.
pub fn free_name(journal: &Journal, asked: Option<&str>, name: String) -> Result<String, Failure> {
    let taken: Vec<String> = journal
        .campaigns()?
        .into_iter()
        .map(|charter| charter.campaign)
        .collect();
    if !taken.contains(&name) {
        return Ok(name);
    }
    if asked.is_some() {
        return Err(Failure::usage(format!(
            "the archive has a campaign '{name}' already; go on with it by --resume {name}, or \
             choose another --name"
        )));
    }
    let numbered = (2..)
        .map(|number| format!("{name}-{number}"))
        .find(|name| !taken.contains(name));
    Ok(numbered.expect("the numbers do not end"))
}
