//! Plans: campaigns whose settings are checked, new ones, ones to go on with, and ones to be made
//! again.

use std::path::PathBuf;
use std::time::Duration;

use super::benchmark_target::{check_same, names_benchmark, BenchmarkRequest, Opener};
use super::error::{ConfigError, SettingError};
use super::labs::{find_lab, find_lab_again, FoundLab};
use super::model_change::changed;
use super::model_terms::{budget, with_default};
use super::options::CampaignOptions;
use super::settings::{
    check_bounds, parse_duration, workers, CampaignSettings, LONGEST_ATTEMPT_DEADLINE,
};
use crate::journal::check_new_name;
use crate::lab::{judging, Lab};
use crate::record::block::ALL;
use crate::record::charter::{Charter, LabSource, REPLIES_OF_CAMPAIGN};
use crate::record::judging::Judging;
use crate::record::ledger::Budget;
use crate::record::target_benchmark::TargetBenchmark;

/// The lab where none is named.
const DEFAULT_LAB: &str = "standard";

/// The champions of a campaign on a benchmark where no number is set: each is trained ten times with
/// the whole recipe.
const BENCHMARK_CHAMPIONS: u32 = 3;

/// A campaign whose settings are checked, ready to be run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What the campaign is started with.
    pub charter: Charter,
    /// What measures its formulas.
    pub home: Home,
    /// The time after which the run stops; `None` for no limit.
    pub time_limit: Option<Duration>,
    /// The number of training threads.
    pub workers: usize,
}

/// What measures the formulas of a campaign.
#[derive(Clone, Debug)]
pub enum Home {
    /// A lab, its files read.
    Lab(Box<Lab>),
    /// A benchmark.
    Benchmark(Box<TargetBenchmark>),
}

impl Plan {
    /// How its formulas are judged.
    pub fn judging(&self) -> Judging {
        match &self.home {
            Home::Lab(lab) => judging(lab),
            Home::Benchmark(target) => target.judging(),
        }
    }

    /// The plan of a new campaign: `options` laid over the settings of a campaign file. Nothing is
    /// read but the files of the lab, or what `open` reads of a benchmark.
    ///
    /// # Errors
    /// What is out of its bounds, contradicts another setting, or is not there.
    pub fn new(
        options: CampaignSettings,
        file: CampaignSettings,
        open: &mut Opener,
    ) -> Result<Plan, ConfigError> {
        let settings = options.clone().over(file);
        let (begun, home) = settings.begun(open)?;
        let models = settings.model_settings()?;
        let source = settings.reply_source(!models.is_empty())?;
        options.check_use(&settings, &source.proposer)?;
        let asking = settings.asking(models)?;
        let replies = source.replies.map(std::path::absolute).transpose();
        let charter = Charter {
            proposer: source.proposer,
            models: asking
                .iter()
                .flat_map(|asking| &asking.models)
                .map(|model| model.address.clone())
                .collect(),
            asking,
            // Whole, so that a resume from another folder finds them.
            replies: replies
                .map_err(ConfigError::Replies)?
                .map(|path| path.display().to_string()),
            instructions: settings.instructions()?,
            ..begun
        };
        check_new_name(&charter.campaign).map_err(ConfigError::Name)?;
        let limit = settings.time_limit.as_deref();
        Plan::checked(charter, home, limit, settings.workers)
    }

    /// The plan of a run that goes on with a campaign of the archive, which has made `made`
    /// attempts: the attempts and budgets of the options go before the campaign's, and so does how
    /// its models are asked.
    ///
    /// # Errors
    /// Options that a campaign has settled when it was started, fewer attempts than are made,
    /// another model, what is for models where none is asked, or a lab whose files are others now.
    pub fn resumed(
        options: &CampaignOptions,
        mut charter: Charter,
        made: u64,
        open: &mut Opener,
    ) -> Result<Plan, ConfigError> {
        options.check_settled("--resume")?;
        let settings = &options.settings;
        charter.attempts = settings.attempts.unwrap_or(charter.attempts);
        if made > charter.attempts {
            let (campaign, wanted) = (charter.campaign, charter.attempts);
            return Err(SettingError::AlreadyMade {
                campaign,
                made,
                wanted,
            }
            .into());
        }
        settings.change(&mut charter)?;
        let home = Home::again(&charter, settings.data.clone(), open)?;
        Plan::checked(
            charter,
            home,
            settings.time_limit.as_deref(),
            settings.workers,
        )
    }

    /// The plan of a campaign that makes the first `made` attempts of `original` again from its
    /// recorded replies, under a name of its own.
    ///
    /// # Errors
    /// A lab whose files are others now, or too many workers.
    pub fn rerun(
        original: Charter,
        name: String,
        made: u64,
        workers: Option<usize>,
        open: &mut Opener,
    ) -> Result<Plan, ConfigError> {
        let home = Home::again(&original, None, open)?;
        let replies = format!("{REPLIES_OF_CAMPAIGN}{}", original.campaign);
        let (proposer, replies) = match original.proposer.as_str() {
            "genetic" => ("genetic", None),
            _ => ("recorded", Some(replies)),
        };
        let charter = Charter {
            proposer: proposer.to_owned(),
            models: Vec::new(),
            asking: None,
            replies,
            attempts: made,
            ..original.started_anew(name)
        };
        Plan::checked(charter, home, None, workers)
    }

    fn checked(
        charter: Charter,
        home: Home,
        time_limit: Option<&str>,
        threads: Option<usize>,
    ) -> Result<Plan, ConfigError> {
        if let Home::Lab(lab) = &home {
            check_target(&charter, lab)?;
        }
        check_bounds(&charter)?;
        Ok(Plan {
            charter,
            home,
            time_limit: time_limit.map(parse_duration).transpose()?,
            workers: workers(threads)?,
        })
    }
}

impl Home {
    /// What measures the formulas of a campaign of the archive.
    fn again(
        charter: &Charter,
        data: Option<PathBuf>,
        open: &mut Opener,
    ) -> Result<Home, ConfigError> {
        let Some(request) = BenchmarkRequest::again(charter, data)? else {
            return Ok(Home::Lab(Box::new(find_lab_again(charter)?)));
        };
        let opened = open(&request).map_err(ConfigError::Benchmark)?;
        let kept = check_same(charter, &opened)?;
        Ok(Home::Benchmark(Box::new(kept)))
    }
}

/// Checks that the lab has the target, and that every profile has an island where it is all of them.
fn check_target(charter: &Charter, lab: &Lab) -> Result<(), ConfigError> {
    if !charter.is_for_all() {
        lab.target_profiles(&charter.target)?;
        return Ok(());
    }
    if (charter.islands as usize) < lab.profiles.len() {
        let names: Vec<&str> = lab.profiles.iter().map(|own| own.name.as_str()).collect();
        return Err(SettingError::FewIslands {
            found: charter.islands,
            profiles: names.len(),
            names: names.join(", "),
        }
        .into());
    }
    Ok(())
}

/// Who writes a campaign's formulas, and where recorded or scripted replies come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplySource {
    /// `genetic`, `llm`, `scripted` or `recorded`.
    pub proposer: String,
    /// A file or folder of replies; `None` where none is named.
    pub replies: Option<PathBuf>,
}

impl CampaignSettings {
    /// The charter of a new campaign, still without its proposer, and what measures its formulas.
    fn begun(&self, open: &mut Opener) -> Result<(Charter, Home), ConfigError> {
        let target = self.target.as_deref().unwrap_or_default();
        if !names_benchmark(target) {
            self.check_lab_settings()?;
            let found = find_lab(self.lab.as_deref().unwrap_or(DEFAULT_LAB))?;
            let charter = self.charter_in(&found);
            return Ok((charter, Home::Lab(Box::new(found.lab))));
        }
        if let Some(lab) = self.lab.clone() {
            let target = target.to_owned();
            return Err(SettingError::LabBesideBenchmark { lab, target }.into());
        }
        let request = BenchmarkRequest {
            name: target.to_owned(),
            recipe: self.recipe.clone(),
            fitness: self.fitness,
            data: self.data.clone(),
        };
        let opened = open(&request).map_err(ConfigError::Benchmark)?;
        let name = opened.record.benchmark.clone();
        let charter = self.charter(LabSource {
            name: name.clone(),
            definition: String::new(),
            files: Vec::new(),
        });
        let benchmark = request.target(&opened);
        let charter = Charter {
            target: name,
            benchmark: Some(benchmark.clone()),
            champions: self.champions.unwrap_or(BENCHMARK_CHAMPIONS),
            // How long a training takes is the recipe's matter.
            attempt_deadline_seconds: self.attempt_deadline.unwrap_or(LONGEST_ATTEMPT_DEADLINE),
            ..charter
        };
        Ok((charter, Home::Benchmark(Box::new(benchmark))))
    }

    /// The charter of a new campaign in a lab: where no target is named it is `all`, with an island
    /// for each profile at least, or the profile of a lab that has one only.
    fn charter_in(&self, found: &FoundLab) -> Charter {
        let charter = self.charter(found.source());
        let target = self.target.clone();
        let target = target.unwrap_or_else(|| match &found.lab.profiles[..] {
            [profile] => profile.name.clone(),
            _ => ALL.to_owned(),
        });
        let islands = match target == ALL {
            true => charter.islands.max(found.lab.profiles.len() as u32),
            false => charter.islands,
        };
        Charter {
            target,
            islands: self.islands.unwrap_or(islands),
            ..charter
        }
    }

    /// Checks that nothing is set that is for benchmarks as targets.
    fn check_lab_settings(&self) -> Result<(), SettingError> {
        let given = [
            ("--fitness", self.fitness.is_some()),
            ("--data", self.data.is_some()),
            ("a recipe", !self.recipe.is_empty()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(SettingError::NoBenchmark {
                option,
                target: self.target.clone().unwrap_or("general".to_owned()),
            }),
            None => Ok(()),
        }
    }

    /// Changes how a campaign that goes on asks its models.
    fn change(&self, charter: &mut Charter) -> Result<(), SettingError> {
        let campaign = charter.campaign.clone();
        let Some(asking) = &mut charter.asking else {
            if self.budget_usd.is_some() || self.budget_tokens.is_some() {
                return Err(SettingError::NoBudget { campaign });
            }
            let given = [
                ("--model", !self.model.is_empty()),
                ("--deadline", self.proposal_deadline.is_some()),
                ("--requests", self.requests.is_some()),
            ];
            let option = given.into_iter().find(|(_, is_given)| *is_given);
            return option.map_or(Ok(()), |(option, _)| {
                Err(SettingError::AsksNoModel { campaign, option })
            });
        };
        if !self.model.is_empty() {
            asking.models = changed(&asking.models, &self.model, &campaign)?;
            let models = asking.models.iter();
            charter.models = models.map(|model| model.address.clone()).collect();
        }
        let Budget { money, tokens } = budget(self.budget_usd, self.budget_tokens)?;
        let budget = Budget {
            money: money.or(asking.budget.money),
            tokens: tokens.or(asking.budget.tokens),
        };
        asking.budget = with_default(budget, &asking.models);
        if let Some(deadline) = self.deadline()? {
            asking.deadline_seconds = deadline.as_secs_f64();
        }
        asking.requests = self.requests()?.or(asking.requests);
        Ok(())
    }

    /// The proposer: as named, else `llm` where models are, else `genetic`.
    ///
    /// # Errors
    /// A name that is none, models beside a proposer that asks none, or `recorded` without a file.
    pub fn reply_source(&self, has_models: bool) -> Result<ReplySource, SettingError> {
        let default = if has_models { "llm" } else { "genetic" };
        let named = self.proposer.as_deref().unwrap_or(default);
        let (kind, file) = match named.split_once(':') {
            Some((kind, file)) => (kind, Some(file)),
            None => (named, None),
        };
        if has_models && ["genetic", "scripted", "recorded"].contains(&kind) {
            let proposer = kind.to_owned();
            return Err(SettingError::ModelNotAsked { proposer });
        }
        let replies = match (kind, file) {
            ("recorded", Some(file)) => Some(PathBuf::from(file)),
            ("recorded", None) => return Err(SettingError::NoRecording),
            ("genetic" | "llm" | "scripted", None) => self.replies.clone(),
            _ => {
                let name = named.to_owned();
                return Err(SettingError::UnknownProposer { name });
            }
        };
        Ok(ReplySource {
            proposer: kind.to_owned(),
            replies,
        })
    }
}

/// A campaign's name that is not among those `taken`: `name`, or with `is_wanted` false the first
/// free one with a number.
///
/// # Errors
/// [`SettingError::NameTaken`] where the user wanted this very name.
pub fn free_name(taken: &[String], is_wanted: bool, name: String) -> Result<String, SettingError> {
    if !taken.contains(&name) {
        return Ok(name);
    }
    if is_wanted {
        return Err(SettingError::NameTaken { name });
    }
    let numbered = (2..)
        .map(|number| format!("{name}-{number}"))
        .find(|name| !taken.contains(name));
    Ok(numbered.expect("the numbers do not end"))
}
