//! `motherlode lab validate`: a field of functions on a lab, and how well each part of the lab
//! predicts the others.

use clap::Args;
use serde_json::{json, Map, Value};

use super::{lab_argument, validation_tables};
use crate::cli::common::{workers, Common, Ending, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::drawing::visible::on_a_line;
use crate::formula::Formula;
use crate::lab::function_field::FunctionField;
use crate::lab::measured_lab::{addresses_to_measure, labs_to_measure, MeasuredLab};
use crate::lab::validation::fittest;
use crate::lab::validation_report::{FieldTarget, ValidationFields, ValidationReport, TOP};
use crate::lab::{Lab, Laboratory, MOST_SEEDS};
use crate::numerics::stop::{Halt, NoThread, Stop};
use crate::record::candidate::FormulaRecord;
use crate::replay::function_field::{of_lab_and_library, NamedFormula, Origin};

/// The least and the most functions of a field.
const FUNCTIONS: (usize, usize) = (4, 1_000);
/// The most random halves of the tasks.
const MOST_SPLITS: usize = 10_000;
/// The random halves where no number is named.
const DEFAULT_SPLITS: usize = 200;

/// What `motherlode lab validate` is given.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode lab validate smoke --functions 40 --splits 50
  motherlode lab validate standard --vault --json")]
pub struct ValidateArguments {
    /// A shipped lab (motherlode lab list) or a lab file
    #[arg(default_value = lab_argument::DEFAULT)]
    lab: String,
    /// Functions of the field: the lab's baselines, the library's pointwise activations without
    /// parameters, then random ones of the search space S1
    #[arg(long, value_name = "N", default_value_t = 110)]
    functions: usize,
    /// The seed from which the random functions, the lab's data and the trials are drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Trial seeds a (task, network) [default: the lab's]; as many again are run to hold seeds
    /// against seeds
    #[arg(long, value_name = "N")]
    seeds: Option<u32>,
    /// Random halves of the tasks
    #[arg(long, value_name = "N", default_value_t = DEFAULT_SPLITS)]
    splits: usize,
    /// Measure the field on another lab too, which this one should predict: --vault for the shipped
    /// one, --vault=LAB for another
    #[arg(
        long,
        value_name = "LAB",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "vault"
    )]
    vault: Option<String>,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
}

/// What a validation measured: the functions, the labs, and their fields.
struct Measured<'a> {
    functions: &'a [NamedFormula],
    lab: &'a Lab,
    fields: ValidationFields,
    trials: usize,
}

/// Measures the field of functions, and prints the report.
pub fn run(arguments: &ValidateArguments, common: &Common) -> Result<Ending, Failure> {
    let workers = workers(arguments.workers)?;
    let lab = lab_argument::named(&arguments.lab)?;
    let seeds = arguments.seeds.unwrap_or(lab.seeds);
    check(arguments, seeds)?;
    let vault = arguments
        .vault
        .as_deref()
        .map(lab_argument::named)
        .transpose()?;
    let functions =
        of_lab_and_library(&lab, arguments.functions, arguments.seed).map_err(Failure::usage)?;
    let interrupt = Interrupt::listen()?;
    let stop = interrupt.stop();
    let mut laboratories = Vec::new();
    for (lab, draw) in labs_to_measure(&lab, vault, seeds, arguments.seed) {
        let Some(laboratory) = lab_argument::prepared(lab, draw, workers, stop)? else {
            return Ok(Ending::Interrupted);
        };
        laboratories.push(laboratory);
    }
    let Some(labs) = measure_all(laboratories, &functions, seeds, workers, stop, common)? else {
        return Ok(Ending::Interrupted);
    };
    let (own, fresh) = (&labs[0], &labs[1]);
    let measured = Measured {
        functions: &functions,
        lab: own.laboratory().lab(),
        fields: ValidationFields::of(own, fresh, labs.get(2), seeds),
        trials: labs.iter().map(MeasuredLab::trials).sum(),
    };
    let key = own.laboratory().key().word("validate");
    let report = ValidationReport::of(&measured.fields, arguments.splits, &key);
    if common.json {
        output::document(&document(arguments, &measured, &report, seeds))?;
    } else {
        show(arguments, &measured, &report)?;
    }
    Ok(Ending::Done)
}

fn check(arguments: &ValidateArguments, seeds: u32) -> Result<(), Failure> {
    if !(FUNCTIONS.0..=FUNCTIONS.1).contains(&arguments.functions) {
        return Err(Failure::usage(format!(
            "--functions must be from {} to {}, found {}",
            FUNCTIONS.0, FUNCTIONS.1, arguments.functions
        )));
    }
    if !(1..=MOST_SPLITS).contains(&arguments.splits) {
        return Err(Failure::usage(format!(
            "--splits must be from 1 to {MOST_SPLITS}, found {}",
            arguments.splits
        )));
    }
    if !(1..=MOST_SEEDS / 2).contains(&seeds) {
        return Err(Failure::usage(format!(
            "--seeds must be from 1 to {}, found {seeds}",
            MOST_SEEDS / 2
        )));
    }
    Ok(())
}

/// Runs the whole field on every laboratory; `None` where the user stopped it.
fn measure_all(
    laboratories: Vec<Laboratory>,
    functions: &[NamedFormula],
    seeds: u32,
    workers: usize,
    stop: &Stop,
    common: &Common,
) -> Result<Option<Vec<MeasuredLab>>, NoThread> {
    let formulas: Vec<&Formula> = functions.iter().map(|function| &function.formula).collect();
    let addresses: Vec<_> = laboratories
        .iter()
        .map(|laboratory| addresses_to_measure(laboratory, seeds))
        .collect();
    let trials = addresses.iter().map(Vec::len).sum::<usize>() * formulas.len();
    let progress = Progress::start("trials", trials as u64, common.quiet);
    let mut measured = Vec::new();
    for (laboratory, addresses) in laboratories.into_iter().zip(addresses) {
        let done = || progress.step();
        match MeasuredLab::run(laboratory, &formulas, addresses, workers, stop, &done) {
            Ok(lab) => measured.push(lab),
            Err(Halt::NoThread) => return Err(NoThread),
            Err(Halt::Stopped | Halt::TimedOut | Halt::DeviceFailed) => return Ok(None),
        }
    }
    progress.finish();
    Ok(Some(measured))
}

/// The command that makes the same report.
fn command(arguments: &ValidateArguments) -> String {
    let mut command = format!(
        "motherlode lab validate {} --functions {} --seed {}",
        arguments.lab, arguments.functions, arguments.seed
    );
    if let Some(seeds) = arguments.seeds {
        command.push_str(&format!(" --seeds {seeds}"));
    }
    if arguments.splits != DEFAULT_SPLITS {
        command.push_str(&format!(" --splits {}", arguments.splits));
    }
    if let Some(vault) = &arguments.vault {
        command.push_str(&format!(" --vault={vault}"));
    }
    command
}

/// The report as JSON, with every function and its fitness.
fn document(
    arguments: &ValidateArguments,
    measured: &Measured,
    report: &ValidationReport,
    seeds: u32,
) -> Map<String, Value> {
    let fields = &measured.fields;
    let by_target = |field: &FunctionField| -> Vec<(String, Vec<f64>)> {
        let fitness = |target: &FieldTarget| (target.name.clone(), fields.fitness(field, target));
        fields.targets.iter().map(fitness).collect()
    };
    let both = [
        ("fitness", by_target(&fields.own)),
        ("fresh_fitness", by_target(&fields.fresh)),
    ];
    let function = |(index, function): (usize, &NamedFormula)| {
        let mut row = output::formula(&FormulaRecord::from(&function.formula));
        row.insert("name".to_owned(), json!(function.name));
        row.insert("origin".to_owned(), json!(function.origin.name()));
        for (name, targets) in &both {
            let fitness: Map<String, Value> = targets
                .iter()
                .map(|(target, fitness)| (target.clone(), json!(fitness[index])))
                .collect();
            row.insert((*name).to_owned(), Value::Object(fitness));
        }
        Value::Object(row)
    };
    let functions: Vec<Value> = measured
        .functions
        .iter()
        .enumerate()
        .map(function)
        .collect();
    let mut answer = output::object(json!({
        "command": command(arguments), "lab": measured.lab.name, "seed": arguments.seed,
        "seeds": seeds, "splits": arguments.splits,
    }));
    answer.extend(output::object(json!(report)));
    answer.insert("functions".to_owned(), Value::Array(functions));
    answer
}

/// The report as tables, with the fittest of each target.
fn show(
    arguments: &ValidateArguments,
    measured: &Measured,
    report: &ValidationReport,
) -> Result<(), Failure> {
    let Measured {
        functions, fields, ..
    } = measured;
    let of = |origin: Origin| {
        let of_origin = functions
            .iter()
            .filter(|function| function.origin == origin);
        of_origin.count()
    };
    output::line(format!(
        "{} functions on lab {}: {} baselines, {} others of the library, {} random of S1; \
        {} trials. Made by\n`{}`\n",
        functions.len(),
        on_a_line(&measured.lab.name),
        of(Origin::Baseline),
        of(Origin::Library),
        of(Origin::Random),
        measured.trials,
        on_a_line(&command(arguments))
    ))?;
    output::line(validation_tables::text(report))?;
    for target in &fields.targets {
        let fitness = fields.fitness(&fields.own, target);
        let named = |index: usize| format!("{} {:+.2}", functions[index].name, fitness[index]);
        let best: Vec<String> = fittest(&fitness, TOP).into_iter().map(named).collect();
        let best = format!("Fittest, {}: {}.", target.name, best.join(", "));
        output::line(format!("\n{}", on_a_line(&best)))?;
    }
    Ok(())
}
