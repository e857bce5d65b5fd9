//! A benchmark by its name: a data set and a network with a recipe, or the sealed lab.

use super::recipe::Recipe;
use super::recipe_change::RecipeError;
use crate::config::RecipeOptions;
use crate::nets::image::{Architecture, ArchitectureError};
use crate::nets::Initialisation;

/// A benchmark that activations are replayed on.
#[derive(Clone, Debug, PartialEq)]
pub enum Benchmark {
    /// `SET/MODEL`: an image classifier.
    Images(Box<ImageBenchmark>),
    /// `vault`: the sealed families of tasks.
    Vault,
}

/// An image classifier on a set.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageBenchmark {
    /// The name in its one spelling, such as `fashion-mnist/mlp-128-128`; it is part of keys.
    pub name: String,
    /// The set's name in the data folder.
    pub set: String,
    /// The network that is trained.
    pub architecture: Architecture,
    /// How it is trained.
    pub recipe: Recipe,
}

/// Why a name is not that of a benchmark.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BenchmarkError {
    /// The name is neither SET/MODEL nor `vault`.
    #[error(
        "`{name}` is no benchmark: give SET/MODEL such as fashion-mnist/mlp or cifar10/wrn-16-2 \
         (motherlode data list shows the sets), vault, or FILE.toml, a program of your own"
    )]
    Unknown {
        /// The name.
        name: String,
    },
    /// The part behind the slash names no network.
    #[error("benchmark `{name}`: {source}")]
    Architecture {
        /// The benchmark's name.
        name: String,
        /// What is wrong with the network.
        #[source]
        source: ArchitectureError,
    },
}

impl ImageBenchmark {
    /// The same benchmark with what is asked for of its recipe.
    ///
    /// # Errors
    /// A number that is out of its range, and a recipe that is not for the architecture.
    pub fn changed(self, options: &RecipeOptions) -> Result<ImageBenchmark, RecipeError> {
        let recipe = self.recipe.changed(&self.architecture, options)?;
        Ok(ImageBenchmark { recipe, ..self })
    }

    /// The profile of the shipped labs whose block its network has.
    pub fn profile(&self) -> &'static str {
        match self.architecture {
            Architecture::Mlp { .. } => "mlp",
            _ => "convnet",
        }
    }
}

impl Benchmark {
    /// The name of the benchmark on images whose network has the block of a profile of the shipped
    /// labs; `None` where there is none yet.
    pub fn of_profile(profile: &str) -> Option<&'static str> {
        match profile {
            "mlp" => Some("fashion-mnist/mlp"),
            "convnet" => Some("fashion-mnist/cnn"),
            _ => None,
        }
    }

    /// Reads a name as a benchmark with its usual recipe. `mlp` stands for mlp-128-128, `mlp-deep`
    /// for mlp-64-64-64-64 with weights after He, and `cnn` for cnn-16-32-64;
    /// [`Architecture::named`] reads the other networks.
    ///
    /// # Errors
    /// The name is not that of a benchmark.
    pub fn named(name: &str) -> Result<Benchmark, BenchmarkError> {
        if name == "vault" {
            return Ok(Benchmark::Vault);
        }
        let (set, written_as) = name
            .split_once('/')
            .filter(|(set, written_as)| !set.is_empty() && !written_as.is_empty())
            .ok_or(BenchmarkError::Unknown {
                name: name.to_owned(),
            })?;
        let written = match written_as {
            "mlp" => "mlp-128-128",
            "mlp-deep" => "mlp-64-64-64-64",
            "cnn" => "cnn-16-32-64",
            other => other,
        };
        let architecture =
            Architecture::named(written).map_err(|source| BenchmarkError::Architecture {
                name: name.to_owned(),
                source,
            })?;
        let mut recipe = Recipe::of(&architecture);
        if written_as == "mlp-deep" {
            recipe.initialisation = Some(Initialisation::He);
        }
        Ok(Benchmark::Images(Box::new(ImageBenchmark {
            name: format!("{set}/{}", architecture.name()),
            set: set.to_owned(),
            architecture,
            recipe,
        })))
    }
}
