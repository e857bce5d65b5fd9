//! A lab's definition: the tasks, the networks of each profile, the cascade, and how losses become
//! one fitness.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::screening::screen;
use crate::formula::nearest::nearest;
use crate::formula::Formula;
use crate::nets::small::NetworkDefinition;
use crate::task::{DatasetError, Sizes, TaskDefinition};

/// The labs that come with the program, by name.
const SHIPPED: [(&str, &str); 5] = [
    ("smoke", include_str!("../../datasets/labs/smoke.toml")),
    (
        "standard",
        include_str!("../../datasets/labs/standard.toml"),
    ),
    ("paper", include_str!("../../datasets/labs/paper.toml")),
    ("full", include_str!("../../datasets/labs/full.toml")),
    ("vault", include_str!("../../datasets/labs/vault.toml")),
];

/// The most trial seeds a (task, network).
pub const MOST_SEEDS: u32 = 1_000;

/// A lab as its TOML file defines it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lab {
    pub name: String,
    /// A sentence or two on what the lab is for.
    pub description: String,
    /// Known activations that every table shows; the first is the reference of the log ratios.
    pub baselines: Vec<String>,
    /// Trial seeds a (task, network).
    pub seeds: u32,
    pub sizes: Sizes,
    pub fitness: FitnessLaw,
    /// The profiles whose mean fitness is the target `general`; all of them where none is named.
    /// The others are measured and shown, and never select.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub general: Vec<String>,
    /// What a publication reports for some formulas on a lab like this one; shown beside what is
    /// measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<Published>,
    #[serde(rename = "profile")]
    pub profiles: Vec<Profile>,
    /// Cheap rungs that come before all tasks; may be empty.
    #[serde(rename = "rung", default)]
    pub rungs: Vec<Rung>,
    #[serde(rename = "task")]
    pub tasks: Vec<TaskDefinition>,
}

/// How losses become one fitness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "law", rename_all = "snake_case", deny_unknown_fields)]
pub enum FitnessLaw {
    /// -(mean over families + worst family) of the log ratio of out-of-distribution loss to the
    /// reference's on the same (task, network, seed), shells averaged, clipped to +-`clip`.
    LogRatio { clip: f64 },
    /// The publication's aggregate (arXiv 2602.05688): minus the mean over tasks of the
    /// out-of-distribution loss, a loss counting at most `ceiling`.
    MinusMeanLoss { ceiling: f64 },
}

/// Published losses of a formula: mean squared errors on standardised targets, means over the
/// publication's data sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    pub formula: String,
    pub source: String,
    pub train_loss: f64,
    pub out_of_distribution_loss: f64,
    /// Out-of-distribution losses by task of this lab, where they are published.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tasks: BTreeMap<String, f64>,
}

/// A set of networks that mirror the block of a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub name: String,
    #[serde(rename = "network")]
    pub networks: Vec<NetworkDefinition>,
}

/// A cheap rung of the cascade: a complete short run of small networks on a few tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    pub name: String,
    /// The fraction of the running field that goes on.
    pub keep: f64,
    /// The running field: this many of the latest fitnesses on this rung.
    pub field: usize,
    /// With fewer fitnesses than this in the field, every formula goes on.
    pub least_field: usize,
    /// Names of the lab's tasks.
    pub tasks: Vec<String>,
    /// `"full"` where profiles that have no networks here are run with their own; what goes on has
    /// those trials already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub networks: Option<RungNetworks>,
    /// The rung's own networks; those of the campaign's target are run.
    #[serde(rename = "profile", default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<Profile>,
}

/// Which networks a rung runs for the profiles that it gives none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RungNetworks {
    /// Those of the full rung.
    Full,
}

/// What is wrong with a lab, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    #[error(
        "there is no lab named '{name}' (nearest: {nearest}); the shipped labs are {shipped}; or \
         give a path to a TOML file"
    )]
    Unknown {
        name: String,
        nearest: String,
        shipped: String,
    },
    #[error("the lab file cannot be read as a lab: {0}")]
    Malformed(String),
    #[error("lab '{lab}': {problem}")]
    Unsound { lab: String, problem: String },
    #[error("lab '{lab}' has no profile '{target}'; choose one of {known}, or general")]
    NoSuchTarget {
        lab: String,
        target: String,
        known: String,
    },
}

impl Lab {
    /// The text of a shipped lab.
    pub fn shipped(name: &str) -> Result<&'static str, LabError> {
        SHIPPED
            .iter()
            .find(|(shipped, _)| *shipped == name)
            .map(|(_, text)| *text)
            .ok_or_else(|| LabError::Unknown {
                name: name.to_owned(),
                nearest: nearest(name, Lab::names()).to_owned(),
                shipped: Lab::names().collect::<Vec<_>>().join(", "),
            })
    }

    /// The names of the shipped labs.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// Reads the files that tasks name, each by a call of `read` with its path as the definition
    /// writes it.
    pub fn load(
        &mut self,
        read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<(), LabError> {
        let name = &self.name;
        let unsound = |error: DatasetError| LabError::Unsound {
            lab: name.clone(),
            problem: error.to_string(),
        };
        self.tasks
            .iter_mut()
            .try_for_each(|task| task.load(read))
            .map_err(unsound)
    }

    /// Reads and checks a lab's TOML text.
    pub fn parse(text: &str) -> Result<Lab, LabError> {
        let lab: Lab = toml::from_str(text)
            .map_err(|error| LabError::Malformed(toml_problem(text, &error)))?;
        lab.check()?;
        Ok(lab)
    }

    /// The profiles that a target stands for: the one it names, or all for `general`.
    pub fn target_profiles(&self, target: &str) -> Result<Vec<&str>, LabError> {
        let names: Vec<&str> = self
            .profiles
            .iter()
            .map(|profile| profile.name.as_str())
            .collect();
        match target {
            "general" if self.general.is_empty() => Ok(names),
            "general" => Ok(names
                .into_iter()
                .filter(|name| self.general.iter().any(|own| own == name))
                .collect()),
            _ if names.contains(&target) => {
                Ok(names.into_iter().filter(|name| *name == target).collect())
            }
            _ => Err(LabError::NoSuchTarget {
                lab: self.name.clone(),
                target: target.to_owned(),
                known: names.join(", "),
            }),
        }
    }

    /// The lab without its cheap rungs, for those who measure on all tasks.
    pub fn without_rungs(self) -> Lab {
        Lab {
            rungs: Vec::new(),
            ..self
        }
    }

    fn check(&self) -> Result<(), LabError> {
        let unsound = |problem: String| {
            Err(LabError::Unsound {
                lab: self.name.clone(),
                problem,
            })
        };
        if self.tasks.is_empty()
            || self.profiles.is_empty()
            || self.baselines.is_empty()
            || self.seeds == 0
        {
            return unsound(
                "at least one task, one profile, one baseline and one seed are needed".to_owned(),
            );
        }
        if self.seeds > MOST_SEEDS {
            return unsound(format!(
                "seeds must be at most {MOST_SEEDS}, found {}",
                self.seeds
            ));
        }
        if self.sizes.shells.is_empty() {
            return unsound(
                "sizes.shells is empty; out-of-distribution loss needs at least one shell, such \
                 as [1.0, 1.25]"
                    .to_owned(),
            );
        }
        self.sizes
            .check()
            .or_else(|error| unsound(error.to_string()))?;
        let names = std::iter::once(("the lab", &self.name)).chain(
            self.profiles
                .iter()
                .map(|profile| ("a profile", &profile.name)),
        );
        if let Some((what, name)) = names
            .into_iter()
            .find(|(_, name)| name.trim().is_empty() || name.chars().any(char::is_control))
        {
            return unsound(format!("{what} needs a name on one line, found {name:?}"));
        }
        if let Some(name) = duplicate(self.tasks.iter().map(TaskDefinition::name)) {
            return unsound(format!("two tasks are named '{name}'"));
        }
        if let Some(name) = duplicate(self.profiles.iter().map(|profile| profile.name.as_str())) {
            return unsound(format!("two profiles are named '{name}'"));
        }
        if let Some(name) = self
            .general
            .iter()
            .find(|name| !self.profiles.iter().any(|profile| profile.name == **name))
        {
            return unsound(format!(
                "general names the profile '{name}', which the lab does not have"
            ));
        }
        for profile in self
            .profiles
            .iter()
            .chain(self.rungs.iter().flat_map(|rung| &rung.profiles))
        {
            self.check_profile(profile)?;
        }
        if let Some(name) = duplicate(self.rungs.iter().map(|rung| rung.name.as_str())) {
            return unsound(format!("two rungs are named '{name}'"));
        }
        for rung in &self.rungs {
            self.check_rung(rung)?;
        }
        for task in &self.tasks {
            task.check().or_else(|error| unsound(error.to_string()))?;
        }
        self.check_baselines()?;
        for published in &self.published {
            let named = |problem: String| LabError::Unsound {
                lab: self.name.clone(),
                problem: format!("published '{}': {problem}", published.formula),
            };
            Formula::parse(&published.formula).map_err(|error| named(error.to_string()))?;
            let losses = [&published.train_loss, &published.out_of_distribution_loss]
                .into_iter()
                .chain(published.tasks.values());
            if let Some(loss) = losses
                .into_iter()
                .find(|loss| !(loss.is_finite() && **loss > 0.0))
            {
                return Err(named(format!(
                    "a loss must be a number above 0, found {loss}"
                )));
            }
            if let Some(task) = published
                .tasks
                .keys()
                .find(|name| !self.tasks.iter().any(|task| task.name() == name.as_str()))
            {
                return Err(named(format!("the lab has no task '{task}'")));
            }
        }
        match self.fitness {
            FitnessLaw::LogRatio { clip } if !(clip.is_finite() && clip > 0.0) => {
                unsound(format!("fitness.clip must be above 0, found {clip}"))
            }
            FitnessLaw::MinusMeanLoss { ceiling } if !(ceiling.is_finite() && ceiling > 0.0) => {
                unsound(format!("fitness.ceiling must be above 0, found {ceiling}"))
            }
            _ => Ok(()),
        }
    }

    /// A baseline must be trainable like any other formula, and stand once: it founds the archive
    /// and fills a row of every table.
    fn check_baselines(&self) -> Result<(), LabError> {
        let mut known: Vec<(&str, String)> = Vec::new();
        for baseline in &self.baselines {
            let unsound = |problem: String| LabError::Unsound {
                lab: self.name.clone(),
                problem: format!("baseline '{baseline}': {problem}"),
            };
            let formula = Formula::parse(baseline).map_err(|error| unsound(error.to_string()))?;
            screen(&formula).map_err(|rejection| unsound(rejection.detail()))?;
            let id = formula.id().to_string();
            if let Some((earlier, _)) = known.iter().find(|(_, other)| *other == id) {
                return Err(unsound(format!(
                    "it is the same function as '{earlier}'; name it once"
                )));
            }
            known.push((baseline, id));
        }
        Ok(())
    }

    fn check_profile(&self, profile: &Profile) -> Result<(), LabError> {
        let unsound = |problem: String| {
            Err(LabError::Unsound {
                lab: self.name.clone(),
                problem,
            })
        };
        if profile.name == "general" {
            return unsound(
                "a profile cannot be named general: that is the mean of all profiles".to_owned(),
            );
        }
        if profile.networks.is_empty() {
            return unsound(format!("profile '{}' has no network", profile.name));
        }
        if let Some(name) = duplicate(profile.networks.iter().map(|network| network.name.as_str()))
        {
            return unsound(format!(
                "two networks of profile '{}' are named '{name}'",
                profile.name
            ));
        }
        for network in &profile.networks {
            network
                .check()
                .or_else(|error| unsound(error.to_string()))?;
        }
        Ok(())
    }

    fn check_rung(&self, rung: &Rung) -> Result<(), LabError> {
        let unsound = |problem: String| {
            Err(LabError::Unsound {
                lab: self.name.clone(),
                problem: format!("rung '{}': {problem}", rung.name),
            })
        };
        if !(rung.keep > 0.0 && rung.keep <= 1.0) {
            return unsound(format!(
                "keep must be above 0 and at most 1, found {}",
                rung.keep
            ));
        }
        if rung.tasks.is_empty() {
            return unsound("no tasks are named".to_owned());
        }
        if let Some(name) = rung
            .tasks
            .iter()
            .find(|name| !self.tasks.iter().any(|task| task.name() == name.as_str()))
        {
            return unsound(format!("the lab has no task '{name}'"));
        }
        if let Some(name) = duplicate(rung.tasks.iter().map(String::as_str)) {
            return unsound(format!("the task '{name}' is named twice"));
        }
        if rung.field == 0 || rung.least_field > rung.field {
            let Rung {
                field, least_field, ..
            } = rung;
            return unsound(format!(
                "the field of the latest {field} never reaches least_field = {least_field}, so \
                 that nothing would be dropped; let field be at least 1 and least_field"
            ));
        }
        if let Some(own) = rung
            .profiles
            .iter()
            .find(|own| !self.profiles.iter().any(|profile| profile.name == own.name))
        {
            return unsound(format!(
                "networks are given for the profile '{}', which the lab does not have",
                own.name
            ));
        }
        if let Some(name) = duplicate(rung.profiles.iter().map(|own| own.name.as_str())) {
            return unsound(format!("networks are given twice for profile '{name}'"));
        }
        let given = |name: &str| rung.profiles.iter().any(|own| own.name == name);
        match self
            .profiles
            .iter()
            .find(|profile| rung.networks.is_none() && !given(&profile.name))
        {
            Some(profile) => {
                let name = &profile.name;
                unsound(format!(
                    "no networks are given for profile '{name}'; add a [[rung.profile]], or \
                     networks = \"full\" to run the profile's own"
                ))
            }
            None => Ok(()),
        }
    }
}

/// What is wrong with a TOML text, and where, on one line.
pub fn toml_problem(text: &str, error: &toml::de::Error) -> String {
    let message = in_plain_words(
        &error
            .message()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
    );
    match error.span() {
        Some(span) => format!(
            "line {}: {message}",
            text.as_bytes()
                .iter()
                .take(span.start)
                .filter(|byte| **byte == b'\n')
                .count()
                + 1
        ),
        None => message,
    }
}

/// A message of the reader with its types as the authors of a file know them.
fn in_plain_words(message: &str) -> String {
    let Some((found, wanted)) = message.rsplit_once("expected ") else {
        return message.to_owned();
    };
    let plain = match wanted {
        "u32" | "u64" | "usize" => "a whole number, not below 0 and not too large",
        "f64" => "a number",
        "a string" => "a text in quotes",
        _ if wanted.starts_with("internally tagged enum") => "a table such as { kind = \"...\" }",
        _ => return message.to_owned(),
    };
    format!("{found}expected {plain}")
}

/// The first name that stands twice.
fn duplicate<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = std::collections::HashSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}
