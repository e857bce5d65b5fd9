//! The benchmark that a command runs: its name, its options, and how it is opened.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::common::{counted, workers, Common, Failure};
use crate::cli::consent::{agree, Question};
use crate::cli::data::counts::missing;
use crate::cli::device;
use crate::config::{find_lab, FoundLab, RecipeOptions};
use crate::nets::image::Architecture;
use crate::nets::Backend;
use crate::replay::classification::Classification;
use crate::replay::fidelity::Fidelity;
use crate::replay::program::{Program, ProgramDefinition};
use crate::replay::ready_benchmark::ReadyBenchmark;
use crate::replay::recipe::Standardise;
use crate::replay::run::ReplayError;
use crate::replay::vault::{self, Vault};
use crate::replay::{Benchmark, ImageBenchmark};

/// How the name of a file ends that defines a program of the user's.
pub const PROGRAM_ENDING: &str = ".toml";

/// Which benchmark is run, and how.
#[derive(Args)]
pub struct BenchmarkOptions {
    /// What to train: SET/MODEL such as fashion-mnist/mlp, fashion-mnist/cnn or cifar10/wrn-16-2;
    /// vault, the sealed lab; or FILE.toml, a training program of your own
    #[arg(long, value_name = "BENCHMARK")]
    pub benchmark: String,
    /// The folder of the image sets [default: $MOTHERLODE_DATA, else motherlode-data in the user's
    /// data folder]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Threads, each with a network of its own [default: one a core]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    #[arg(long, value_name = "DEVICE", default_value = device::USUAL, help = device::HELP)]
    device: String,
    /// Run the command of a program of your own without asking
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    recipe: RecipeOptions,
}

/// A benchmark with its options, not yet opened.
pub enum SelectedBenchmark {
    /// A network on a set of images.
    Images(Box<ImageBenchmark>),
    /// The sealed lab, and whose fitness is a run's value.
    Vault(Box<FoundLab>, String),
    /// A training program of the user's.
    Program(Box<ProgramDefinition>),
}

/// A benchmark that can be run.
pub enum OpenBenchmark {
    /// A network on a set of images that was read.
    Images(Box<Classification>),
    /// The sealed lab.
    Vault(Box<Vault>),
    /// A training program of the user's.
    Program(Box<Program>),
}

impl BenchmarkOptions {
    /// The benchmark that is asked for; `vault` names the lab of that benchmark.
    ///
    /// # Errors
    /// A name or a recipe that is none.
    pub fn selected(&self, vault: &str) -> Result<SelectedBenchmark, Failure> {
        if self.benchmark.ends_with(PROGRAM_ENDING) {
            return self.program().map(SelectedBenchmark::Program);
        }
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

    /// The program of the user's that is asked for.
    fn program(&self) -> Result<Box<ProgramDefinition>, Failure> {
        let refused = |what: &str, instead: &str| {
            let file = &self.benchmark;
            Err(Failure::usage(format!(
                "{what}, and {file} is a program of your own: {instead}"
            )))
        };
        if !self.recipe.is_empty() {
            return refused(
                "--epochs and the other options of a recipe are for networks of this program",
                "leave them out, and change them in the program",
            );
        }
        if self.data.is_some() {
            return refused(
                "--data is the folder of image sets",
                "leave it out, and name its data in its command or its environment",
            );
        }
        if self.device != device::USUAL {
            return refused(
                "--device is for networks of this program",
                "leave it out, and name its `devices` in its file",
            );
        }
        ProgramDefinition::read(Path::new(&self.benchmark))
            .map(Box::new)
            .map_err(Failure::usage)
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
            SelectedBenchmark::Program(definition) => {
                let program = Program::new(*definition, Fidelity::WHOLE).map_err(Failure::usage)?;
                Ok(OpenBenchmark::Program(Box::new(program)))
            }
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

/// That a benchmark has no target to choose.
fn one_network(name: &str) -> Failure {
    Failure::usage(format!(
        "--target is for --benchmark vault, and {name} has one network: leave it out"
    ))
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
            SelectedBenchmark::Images(benchmark) => Err(one_network(&benchmark.name)),
            SelectedBenchmark::Program(program) => Err(one_network(&program.name)),
        }
    }

    /// The profile of a lab whose block its network has; for the sealed lab its target.
    pub fn profile(&self) -> &str {
        match self {
            SelectedBenchmark::Images(benchmark) => benchmark.profile(),
            SelectedBenchmark::Program(_) => vault::TARGET,
            SelectedBenchmark::Vault(_, target) => target,
        }
    }

    /// Epochs of a run.
    pub fn epochs(&self) -> u32 {
        match self {
            SelectedBenchmark::Images(benchmark) => benchmark.recipe.epochs,
            SelectedBenchmark::Vault(..) | SelectedBenchmark::Program(_) => 1,
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
            SelectedBenchmark::Program(program) => Some(format!("the program {}", program.name)),
        }
    }
}

impl OpenBenchmark {
    /// What runs it.
    pub fn ready(&self) -> &dyn ReadyBenchmark {
        match self {
            OpenBenchmark::Images(classification) => &**classification,
            OpenBenchmark::Vault(vault) => &**vault,
            OpenBenchmark::Program(program) => &**program,
        }
    }

    /// Asks for consent where a command of the user's `is_wanted` to run; the command is shown
    /// first.
    ///
    /// # Errors
    /// A matter of usage: no consent; and a journal that cannot be read.
    pub fn consent(
        &self,
        options: &BenchmarkOptions,
        common: &Common,
        is_wanted: impl FnOnce() -> Result<bool, ReplayError>,
    ) -> Result<(), Failure> {
        let OpenBenchmark::Program(program) = self else {
            return Ok(());
        };
        if !is_wanted()? {
            return Ok(());
        }
        let definition = program.definition();
        let words = format!(
            "{} runs the command {} in {}, with all that you may do yourself",
            options.benchmark,
            definition.shown_command(),
            definition.folder.display()
        );
        let question = Question {
            words: &words,
            ask: "Run it?",
            otherwise: "to have it run, add --yes",
            refused: "nothing was run",
        };
        agree(&question, options.yes, common)
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
            OpenBenchmark::Program(program) => {
                let (definition, record) = (program.definition(), program.record());
                common.say(format!(
                    "{}: {} of {} on {}; {} at once, {} s a run at most; {}",
                    definition.description.as_ref().unwrap_or(&definition.name),
                    record.metric,
                    record.architecture,
                    record.dataset,
                    counted(definition.at_once as u64, "run"),
                    definition.limit.as_secs_f64(),
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
