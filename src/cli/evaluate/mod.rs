//! `motherlode evaluate`: formulas against the baselines of a lab, without a campaign.

mod document;
mod entries;
mod tables;

use clap::Args;
use serde_json::{json, Map, Value};

use self::entries::entries;
use crate::cli::common::{quoted, shortened, Common, Ending, Failure};
use crate::cli::formula_argument;
use crate::cli::interrupt::Interrupt;
use crate::cli::progress::Progress;
use crate::cli::{device, output};
use crate::config::{find_lab, FoundLab};
use crate::formula::{library, Formula};
use crate::lab::FitnessLaw;
use crate::lab::{evaluate_all, Draw, Lab, Laboratory, MOST_SEEDS};
use crate::nets::Backend;
use crate::numerics::stop::{Halt, NoThread};
use crate::review::{EvaluationEntry, LabMeasurement};
use crate::task::TaskDefinition;

/// The most fresh draws of a lab that are pooled.
const MOST_DRAWS: u32 = 100;

/// So many formulas in one table that the best of them is likely to be lucky too.
const MANY: usize = 5;

/// What `motherlode evaluate` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode evaluate gelu 'x*tanh(softplus(x))' --lab standard
  motherlode evaluate 'x*sigmoid(1.5*x)' --fresh --against silu --vault")]
pub struct EvaluateArguments {
    /// Formulas such as 'x*sigmoid(x)', names such as gelu, or ids and nicknames of the archive
    #[arg(value_name = "FORMULA", value_parser = formula_argument::text)]
    formulas: Vec<String>,
    /// Measure every activation of the library too
    #[arg(long = "library")]
    whole_library: bool,
    /// A shipped lab (smoke, standard, paper, full, vault) or a lab file
    #[arg(long, default_value = "standard")]
    lab: String,
    /// Whose fitness ranks: a profile of the lab, or general for the mean of those that the lab
    /// counts as general
    #[arg(long, default_value = "general")]
    target: String,
    /// Trial seeds a (task, network) [default: the lab's]
    #[arg(long, value_name = "N")]
    seeds: Option<u32>,
    /// Measure on N fresh draws of the lab's tasks, pooled, on which no campaign of this seed
    /// selects [default: 1 where no number follows]
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "1")]
    fresh: Option<String>,
    /// Measure on a lab that selects nothing too, and say how far the two agree [default: the lab
    /// vault where none is named]
    #[arg(
        long,
        value_name = "LAB",
        num_args = 0..=1,
        default_missing_value = "vault",
        require_equals = true
    )]
    vault: Option<String>,
    /// Compare every formula with this one, paired: difference, interval, probability and verdict;
    /// may be given more than once
    #[arg(long, value_name = "FORMULA", value_parser = formula_argument::text)]
    against: Vec<String>,
    /// The seed from which the lab's data and trials are drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    #[arg(long, default_value = "cpu", help = device::HELP)]
    device: String,
}

impl EvaluateArguments {
    /// Holds the formulas to what can be one: an option takes what stands after it, and `--vault`
    /// does not.
    fn check_formulas(&self) -> Result<(), Failure> {
        if self.formulas.is_empty() && !self.whole_library {
            return Err(Failure::usage(
                "no FORMULA is given; name one, such as gelu or 'x*tanh(softplus(x))', or give \
                 --library for all that are published",
            ));
        }
        let is_lab = |text: &&String| {
            Lab::names().any(|name| name == text.as_str()) || text.ends_with(".toml")
        };
        match self.formulas.iter().find(is_lab) {
            Some(text) => Err(Failure::usage(format!(
                "'{}' is a lab and no formula; write --lab {0} to measure on it, or --vault={0} \
                 to measure there too",
                shortened(text)
            ))),
            None => Ok(()),
        }
    }

    /// The formulas that are asked for, those of the library last.
    fn texts(&self) -> Vec<String> {
        let mut texts = self.formulas.clone();
        if self.whole_library {
            texts.extend(
                library::all()
                    .iter()
                    .map(|published| published.name.clone()),
            );
        }
        texts
    }

    /// The lab's own draw of the seed, or so many fresh ones.
    fn draw(&self, fresh: Option<u32>) -> Draw {
        let seed = self.seed;
        fresh.map_or(Draw::Own { seed }, |draws| Draw::Fresh { seed, draws })
    }

    /// How many fresh draws are asked for.
    fn fresh_draws(&self) -> Result<Option<u32>, Failure> {
        let Some(text) = &self.fresh else {
            return Ok(None);
        };
        let wrong = |what: &str| {
            Failure::usage(format!(
                "--fresh {what}, found '{}'; put formulas before --fresh",
                shortened(text)
            ))
        };
        match text.parse::<u32>() {
            Ok(0) => Err(Failure::usage("--fresh must be at least 1 draw")),
            Ok(draws) if draws > MOST_DRAWS => Err(Failure::usage(format!(
                "--fresh must be at most {MOST_DRAWS} draws, found {draws}"
            ))),
            Ok(draws) => Ok(Some(draws)),
            Err(_) => Err(wrong("takes a number of draws")),
        }
    }

    /// A lab by name or file, with as many trial seeds as asked for, and checked to have the
    /// target.
    fn lab(&self, name_or_path: &str) -> Result<Lab, Failure> {
        let FoundLab { mut lab, .. } = find_lab(name_or_path).map_err(Failure::usage)?;
        lab.target_profiles(&self.target).map_err(Failure::usage)?;
        match self.seeds {
            Some(0) => return Err(Failure::usage("--seeds must be at least 1")),
            Some(seeds) if seeds > MOST_SEEDS => {
                return Err(Failure::usage(format!(
                    "--seeds must be at most {MOST_SEEDS}, found {seeds}"
                )))
            }
            Some(seeds) => lab.seeds = seeds,
            None => {}
        }
        Ok(lab.without_rungs())
    }

    /// What every JSON answer begins with.
    fn settings(&self, lab: &Lab, fresh: Option<u32>) -> Map<String, Value> {
        output::object(json!({
            "lab": lab.name,
            "device": self.device,
            "instruction_set": crate::formula::vector::InstructionSet::best().name(),
            "seeds": lab.seeds,
            "seed": self.seed,
            "fresh": fresh,
            "target": self.target,
        }))
    }
}

/// Trains the formulas beside the baselines of the lab and shows how they compare.
pub fn run(arguments: &EvaluateArguments, common: &Common) -> Result<Ending, Failure> {
    let backend = device::backend(&arguments.device)?;
    let workers = crate::cli::common::workers(arguments.workers)?;
    let fresh = arguments.fresh_draws()?;
    arguments.check_formulas()?;
    let lab = arguments.lab(&arguments.lab)?;
    let vault = arguments
        .vault
        .as_ref()
        .map(|name| arguments.lab(name))
        .transpose()?;
    let entries = entries(
        &arguments.texts(),
        &lab.baselines,
        &arguments.against,
        common,
    )?;
    if entries
        .iter()
        .filter(|entry| entry.requested)
        .all(|entry| entry.formula.is_err())
    {
        return nothing_to_evaluate(&entries, arguments.settings(&lab, fresh), common);
    }
    let interrupt = Interrupt::listen()?;
    let measurement = Measurement {
        entries: &entries,
        backend,
        target: &arguments.target,
        workers,
        interrupt: &interrupt,
        common,
    };
    let Some(measured) = measurement.on(lab, arguments.draw(fresh))? else {
        return Ok(Ending::Interrupted);
    };
    // A task of the vault that has the name of one of the lab must not be the same draw of it.
    let unseen = arguments.draw(fresh.or(Some(1)));
    let vault = match vault
        .map(|vault| measurement.on(vault, unseen))
        .transpose()?
    {
        Some(None) => return Ok(Ending::Interrupted),
        vault => vault.flatten(),
    };
    if common.json {
        output::document(&document::document(
            arguments.settings(&measured.lab, fresh),
            &entries,
            &measured,
            vault.as_ref(),
        ))?;
    } else {
        tables::print(&entries, &measured, vault.as_ref())?;
        common.say_all(closing_words(&entries, &measured, arguments));
    }
    Ok(Ending::Done)
}

/// What is measured, and how, on whatever lab.
struct Measurement<'a> {
    entries: &'a [EvaluationEntry],
    backend: Backend,
    target: &'a str,
    workers: usize,
    interrupt: &'a Interrupt,
    common: &'a Common,
}

impl Measurement<'_> {
    /// Trains every formula on the whole lab; `None` where the user interrupts.
    fn on(&self, lab: Lab, draw: Draw) -> Result<Option<LabMeasurement>, Failure> {
        let stop = self.interrupt.stop();
        let laboratory =
            match Laboratory::prepare_on(self.backend.clone(), lab, draw, self.workers, stop) {
                Err(_) if self.interrupt.raised() => return Ok(None),
                prepared => prepared?,
            };
        let formulas: Vec<&Formula> = self
            .entries
            .iter()
            .filter_map(|entry| entry.formula.as_ref().ok())
            .collect();
        let trials = formulas.len() * laboratory.addresses(None, &laboratory.all_profiles()).len();
        let progress = Progress::start("trials", trials as u64, self.common.quiet);
        let evaluations = evaluate_all(
            &laboratory,
            &formulas,
            self.target,
            self.workers,
            stop,
            &|| progress.step(),
        );
        progress.finish();
        let mut evaluations = match evaluations {
            Ok(evaluations) => evaluations.into_iter(),
            Err(Halt::DeviceFailed) => {
                return Err(Failure::Failed(anyhow::anyhow!(
                    "the device failed in the middle of training; nothing was measured"
                )))
            }
            Err(Halt::NoThread) => return Err(NoThread.into()),
            Err(Halt::Stopped | Halt::TimedOut) => return Ok(None),
        };
        let evaluations = self
            .entries
            .iter()
            .map(|entry| entry.formula.as_ref().ok().and_then(|_| evaluations.next()))
            .collect();
        let fresh = match draw {
            Draw::Own { .. } => None,
            Draw::Fresh { draws, .. } => Some(draws),
        };
        Ok(Some(LabMeasurement {
            lab: laboratory.lab().clone(),
            key: laboratory.key().clone(),
            target: self.target.to_owned(),
            fresh,
            evaluations,
        }))
    }
}

fn nothing_to_evaluate(
    entries: &[EvaluationEntry],
    mut settings: Map<String, Value>,
    common: &Common,
) -> Result<Ending, Failure> {
    for entry in entries.iter().filter(|entry| !entry.told) {
        if let Err(reason) = &entry.formula {
            output::tell(format!("error: {}: {reason}", shortened(&entry.text)));
        }
    }
    if common.json {
        settings.insert("results".to_owned(), json!(document::rejections(entries)));
        output::document(&settings)?;
    }
    Ok(Ending::Failed)
}

/// What the numbers mean, and the command to try next.
fn closing_words(
    entries: &[EvaluationEntry],
    measured: &LabMeasurement,
    arguments: &EvaluateArguments,
) -> Vec<String> {
    let lab = &measured.lab;
    let draw = match measured.fresh {
        None => format!("the draw of seed {}", arguments.seed),
        Some(1) => format!(
            "a fresh draw, on which no campaign of seed {} selects",
            arguments.seed
        ),
        Some(draws) => format!(
            "{draws} fresh draws pooled, on which no campaign of seed {} selects",
            arguments.seed
        ),
    };
    let files = lab
        .tasks
        .iter()
        .filter(|task| matches!(task, TaskDefinition::File(_)))
        .count();
    let same_rows = match measured.fresh {
        Some(_) if files > 0 => format!(
            " (but for the tasks that read files, {files} of {}: no draw has other rows)",
            lab.tasks.len()
        ),
        _ => String::new(),
    };
    let zero = if matches!(lab.fitness, FitnessLaw::LogRatio { .. }) {
        format!(", {} is 0", lab.baselines[0])
    } else {
        String::new()
    };
    let requested = entries.iter().filter(|entry| entry.requested).count();
    let luck = (requested >= MANY).then(|| {
        format!(
            "The best of {requested} owes part of its lead to the tasks at hand, its verdict \
            too: measure it again on a fresh draw."
        )
    });
    let meaning = format!(
        "Fitness on lab {}, {draw}{same_rows}: higher is better{zero}; 95 % intervals over tasks, \
        #rank. Losses, mean squared errors on standardised targets, do not select.",
        lab.name
    );
    let next = next_command(entries, measured, arguments);
    let next = format!("next: motherlode {next}");
    [Some(meaning), luck, Some(next)]
        .into_iter()
        .flatten()
        .collect()
}

/// Fresh tasks for the best of what was asked for, then the vault, then mining.
fn next_command(
    entries: &[EvaluationEntry],
    measured: &LabMeasurement,
    arguments: &EvaluateArguments,
) -> String {
    let lab = quoted(&arguments.lab);
    let of_asked = entries
        .iter()
        .zip(&measured.evaluations)
        .filter(|(entry, _)| entry.requested);
    let best = of_asked
        .filter_map(|(entry, evaluation)| {
            Some((entry, evaluation.as_ref()?.estimate.fitness.value()))
        })
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(entry, _)| entry);
    let (Some(best), false) = (best, arguments.fresh.is_some() && arguments.vault.is_some()) else {
        return format!("mine --lab {lab}");
    };
    let target = if arguments.target == "general" {
        String::new()
    } else {
        format!(" --target {}", arguments.target)
    };
    let options = if arguments.fresh.is_some() {
        // The vault may not have a profile of the user's own.
        let vault = Lab::shipped("vault").and_then(Lab::parse);
        if !vault.is_ok_and(|vault| vault.target_profiles(&arguments.target).is_ok()) {
            return format!("mine --lab {lab}{target}");
        }
        " --vault".to_owned()
    } else {
        let is_best = |name: &&String| Formula::parse(name).is_ok_and(|formula| best.is(&formula));
        let gelu_first = measured
            .columns()
            .standard()
            .map(|(name, _)| name.to_owned());
        let rival = gelu_first
            .iter()
            .chain(measured.lab.baselines.iter().skip(1))
            .find(|name| !is_best(name));
        format!(
            " --fresh{}",
            rival.map_or_else(String::new, |rival| format!(" --against {}", quoted(rival)))
        )
    };
    format!(
        "evaluate {} --lab {lab}{target}{options}",
        quoted(&best.text)
    )
}
