//! The benchmark that a command runs: its name, its options, and how it is opened.

use std::path::PathBuf;

use clap::Args;

use crate::cli::common::{counted, workers, Common, Failure};
use crate::cli::data::counts::missing;
use crate::cli::device;
use crate::config::{find_lab, FoundLab, RecipeOptions};
use crate::nets::image::Architecture;
use crate::nets::Backend;
use crate::replay::classification::Classification;
use crate::replay::ready_benchmark::ReadyBenchmark;
use crate::replay::recipe::Standardise;
use crate::replay::vault::{self, Vault};
use crate::replay::{Benchmark, ImageBenchmark};

/// Which benchmark is run, and how.
#[derive(Args)]
pub struct BenchmarkOptions {
    /// What to train: SET/MODEL such as fashion-mnist/mlp, fashion-mnist/cnn or cifar10/wrn-16-2;
    /// or vault, the sealed lab
    #[arg(long, value_name = "BENCHMARK")]
    pub benchmark: String,
    /// The folder of the image sets [default: $MOTHERLODE_DATA, else motherlode-data in the user's
    /// data folder]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Threads, each with a network of its own [default: one a core]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    #[arg(long, value_name = "DEVICE", default_value = "cpu", help = device::HELP)]
    device: String,
    #[command(flatten)]
    recipe: RecipeOptions,
}

/// A benchmark with its options, not yet opened.
pub enum SelectedBenchmark {
    /// A network on a set of images.
    Images(Box<ImageBenchmark>),
    /// The sealed lab, and whose fitness is a run's value.
    Vault(Box<FoundLab>, String),
}

/// A benchmark that can be run.
pub enum OpenBenchmark {
    /// A network on a set of images that was read.
    Images(Box<Classification>),
    /// The sealed lab.
    Vault(Box<Vault>),
}

impl BenchmarkOptions {
    /// The benchmark that is asked for; `vault` names the lab of that benchmark.
    ///
    /// # Errors
    /// A name or a recipe that is none.
    pub fn selected(&self, vault: &str) -> Result<SelectedBenchmark, Failure> {
        match Benchmark::named(&self.benchmark).map_err(Failure::usage)? {
            Benchmark::Images(benchmark) => {
                let changed = benchmark.changed(&self.recipe).map_err(Failure::usage)?;
                Ok(SelectedBenchmark::Images(Box::new(changed)))
            }
            Benchmark::Vault if !self.recipe.is_empty() => Err(Failure::usage(
                "the benchmark vault has the networks and the recipe of its lab: leave --epochs \
                 and the other options of a recipe out",
            )),
            Benchmark::Vault => Ok(SelectedBenchmark::Vault(
                Box::new(sealed(vault)?),
                vault::TARGET.to_owned(),
            )),
        }
    }

    /// How many threads.
    pub fn workers(&self) -> Result<usize, Failure> {
        workers(self.workers)
    }

    /// Where networks are trained.
    pub fn backend(&self) -> Result<Backend, Failure> {
        device::backend(&self.device)
    }

    /// Reads the images, or makes the lab a benchmark.
    ///
    /// # Errors
    /// A set that is not here, and one that is too small for what was selected.
    pub fn open(
        &self,
        selected: SelectedBenchmark,
        common: &Common,
    ) -> Result<OpenBenchmark, Failure> {
        match selected {
            SelectedBenchmark::Vault(found, target) => Ok(OpenBenchmark::Vault(Box::new(
                Vault::under(&target, *found, self.workers()?).on(&self.backend()?),
            ))),
            SelectedBenchmark::Images(benchmark) => {
                let set = common
                    .data_folder(self.data.as_deref())?
                    .open(&benchmark.set)
                    .map_err(Failure::of_set)?;
                if benchmark.recipe.standardise == Standardise::Zca {
                    common.say(format!(
                        "whitening {} images: seconds for grey ones, about a minute for 32x32 in \
                         colour",
                        set.set.train.len()
                    ));
                }
                let classification =
                    Classification::new(*benchmark, set).map_err(Failure::usage)?;
                Ok(OpenBenchmark::Images(Box::new(
                    classification.on(&self.backend()?),
                )))
            }
        }
    }
}

/// `3 activations, 1 seed`.
fn runs(activations: usize, seeds: u64) -> String {
    format!(
        "{}, {}",
        counted(activations as u64, "activation"),
        counted(seeds, "seed")
    )
}

/// The lab of this name or file, which has the target of the benchmark vault.
pub fn sealed(name_or_path: &str) -> Result<FoundLab, Failure> {
    let found = find_lab(name_or_path).map_err(Failure::usage)?;
    found
        .lab
        .target_profiles(vault::TARGET)
        .map_err(Failure::usage)?;
    Ok(found)
}

impl SelectedBenchmark {
    /// The same under this target of its lab.
    ///
    /// # Errors
    /// It is not the sealed lab, or its lab has no such target.
    pub fn under(self, target: &str) -> Result<SelectedBenchmark, Failure> {
        match self {
            SelectedBenchmark::Vault(found, _) => {
                found.lab.target_profiles(target).map_err(Failure::usage)?;
                Ok(SelectedBenchmark::Vault(found, target.to_owned()))
            }
            SelectedBenchmark::Images(benchmark) => Err(Failure::usage(format!(
                "--target is for --benchmark vault, and {} has one network: leave it out",
                benchmark.name
            ))),
        }
    }

    /// The profile of a lab whose block its network has; for the sealed lab its target.
    pub fn profile(&self) -> &str {
        match self {
            SelectedBenchmark::Images(benchmark) => benchmark.profile(),
            SelectedBenchmark::Vault(_, target) => target,
        }
    }

    /// Epochs of a run.
    pub fn epochs(&self) -> u32 {
        match self {
            SelectedBenchmark::Images(benchmark) => benchmark.recipe.epochs,
            SelectedBenchmark::Vault(..) => 1,
        }
    }

    /// What trains instead of an MLP, where it is another; mixed activations are for MLPs.
    pub fn other_than_mlp(&self) -> Option<String> {
        match self {
            SelectedBenchmark::Images(benchmark) => match benchmark.architecture {
                Architecture::Mlp { .. } => None,
                _ => Some(benchmark.architecture.name()),
            },
            SelectedBenchmark::Vault(found, _) => {
                Some(format!("the networks of lab {}", found.lab.name))
            }
        }
    }
}

impl OpenBenchmark {
    /// What runs it.
    pub fn ready(&self) -> &dyn ReadyBenchmark {
        match self {
            OpenBenchmark::Images(classification) => &**classification,
            OpenBenchmark::Vault(vault) => &**vault,
        }
    }

    /// Says what will be done for this many activations under this many seeds.
    pub fn introduce(&self, activations: usize, seeds: u64, common: &Common) {
        match self {
            OpenBenchmark::Images(classification) => {
                let record = classification.record();
                let [train, validation, test] = classification.counts();
                if let Some(shortfall) = &classification.set().shortfall {
                    common.say(format!(
                        "note: {} is here in part: {}",
                        record.dataset,
                        missing(shortfall)
                    ));
                }
                common.say(format!(
                    "{} on {}: {} parameters, {train} images to train on, {validation} held out, \
                     {test} to test on; {}, {}",
                    record.architecture,
                    record.dataset,
                    classification.description().layout(&[]).len(),
                    counted(u64::from(classification.epochs()), "epoch"),
                    runs(activations, seeds),
                ));
            }
            OpenBenchmark::Vault(vault) => common.say(format!(
                "lab {}: fitness under {}, {} trials a draw; {}, each a fresh draw",
                vault.lab().name,
                vault.record().architecture,
                vault.steps(),
                runs(activations, seeds),
            )),
        }
    }
}
