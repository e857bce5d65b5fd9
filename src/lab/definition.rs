//! A lab's definition: the tasks, the networks of each profile, the cascade, and how losses become
//! one fitness.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::LabError;
use super::law::FitnessLaw;
use super::words::Words;
use crate::nets::small::NetworkDefinition;
use crate::task::{Sizes, TaskDefinition};

/// The most trial seeds a (task, network).
pub const MOST_SEEDS: u32 = 1_000;

/// A lab as its TOML file defines it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lab {
    /// What tables and records call it: one line, not empty.
    pub name: String,
    /// A sentence or two on what the lab is for.
    pub description: String,
    /// Known activations that every table shows; the first is the reference of the log ratios.
    pub baselines: Vec<String>,
    /// Trial seeds a (task, network).
    pub seeds: u32,
    /// The points of each data set, and where the shells lie.
    pub sizes: Sizes,
    /// How losses become one fitness.
    pub fitness: FitnessLaw,
    /// What the lab says of itself where its own parts do not say it well enough; no part of its
    /// [identity](super::identity::identity).
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub words: Words,
    /// The profiles whose mean fitness is the target `general`; all of them where none is named.
    /// The others are measured and shown, and never select.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub general: Vec<String>,
    /// What a publication reports for some formulas on a lab like this one; shown beside what is
    /// measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<Publication>,
    /// The profiles that are measured, at least one.
    #[serde(rename = "profile")]
    pub profiles: Vec<Profile>,
    /// Cheap rungs that come before all tasks; may be empty.
    #[serde(rename = "rung", default)]
    pub rungs: Vec<Rung>,
    /// The tasks, at least one, each with a name of its own.
    #[serde(rename = "task")]
    pub tasks: Vec<TaskDefinition>,
}

/// Published losses of a formula: mean squared errors on standardised targets, means over the
/// publication's data sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// The formula, in the language or by its name.
    pub formula: String,
    /// Where the losses were published.
    pub source: String,
    /// The training loss, above 0.
    pub train_loss: f64,
    /// The out-of-distribution loss, above 0.
    pub out_of_distribution_loss: f64,
    /// Out-of-distribution losses by task of this lab, where they are published.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tasks: BTreeMap<String, f64>,
}

/// A set of networks that mirror the block of a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What `--target` and tables call it: one line, not empty and not `general`.
    pub name: String,
    /// The networks that are trained on every task, at least one.
    #[serde(rename = "network")]
    pub networks: Vec<NetworkDefinition>,
}

/// A cheap rung of the cascade: a complete short run of small networks on a few tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// What tables and rejections call it.
    pub name: String,
    /// The fraction of the running field that goes on: above 0, at most 1.
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

impl Lab {
    /// The profiles that a target stands for, in the lab's order: the one it names, or for
    /// `general` those of [`Lab::general`], all where that is empty.
    ///
    /// # Errors
    /// A target that is neither a profile's name nor `general`.
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

    /// The lab with no other profile than this one, which it must have. What is measured under it is
    /// the same to the bit.
    pub fn only(mut self, profile: &str) -> Lab {
        self.profiles.retain(|own| own.name == profile);
        self.general.retain(|own| own == profile);
        for rung in &mut self.rungs {
            rung.profiles.retain(|own| own.name == profile);
        }
        self
    }

    /// The lab without its cheap rungs, for those who measure on all tasks.
    pub fn without_rungs(self) -> Lab {
        Lab {
            rungs: Vec::new(),
            ..self
        }
    }
}
