//! `motherlode evaluate`: formulas against the baselines of a lab, without a campaign.

use clap::Args;
use serde_json::{json, Map, Value};

use super::given::{self, shortened};
use super::interrupt::Interrupt;
use super::progress::Progress;
use super::table::{formula_table, table, FormulaRow};
use super::{known, output, Common, Ending, Failure};
use crate::candidate::FormulaRecord;
use crate::config::find_lab;
use crate::evaluation::{Evaluation, Trial, TrialStatus};
use crate::evaluator::{evaluate_all, screen, Draw, Lab, Laboratory, MOST_SEEDS};
use crate::formula::{library, Formula};
use crate::network::Halt;

#[derive(Args)]
pub struct EvaluateArguments {
    /// Formulas such as 'x*sigmoid(x)', names such as gelu, or ids and nicknames of the archive
    #[arg(required_unless_present = "whole_library", value_name = "FORMULA", value_parser = given::text)]
    formulas: Vec<String>,
    /// Measure every activation of the library too
    #[arg(long = "library")]
    whole_library: bool,
    /// A shipped lab (smoke, standard) or a lab file
    #[arg(long, default_value = "standard")]
    lab: String,
    /// Whose fitness ranks: a profile of the lab, or general for the mean of all
    #[arg(long, default_value = "general")]
    target: String,
    /// Trial seeds a (task, network) [default: the lab's]
    #[arg(long, value_name = "N")]
    seeds: Option<u32>,
    /// The seed from which the lab's data and trials are drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// Where the lab's networks are trained; cpu is the one there is
    #[arg(long, default_value = "cpu")]
    device: String,
}

/// A formula as the user named it, and what became of it.
struct Entry {
    given: String,
    baseline: bool,
    formula: Result<Formula, String>,
    /// Whether the user was told already why it is no formula.
    told: bool,
}

pub fn run(arguments: &EvaluateArguments, common: &Common) -> Result<Ending, Failure> {
    super::check_device(&arguments.device)?;
    let workers = super::workers(arguments.workers)?;
    let (_, mut lab) = find_lab(&arguments.lab).map_err(Failure::usage)?;
    lab.target_profiles(&arguments.target).map_err(Failure::usage)?;
    if let Some(seeds) = arguments.seeds {
        if seeds == 0 {
            return Err(Failure::usage("--seeds must be at least 1"));
        }
        if seeds > MOST_SEEDS {
            return Err(Failure::usage(format!("--seeds must be at most {MOST_SEEDS}, found {seeds}")));
        }
        lab.seeds = seeds;
    }
    let mut asked = arguments.formulas.clone();
    if arguments.whole_library {
        asked.extend(library::all().iter().map(|activation| activation.name.clone()));
    }
    let entries = entries(&asked, &lab.baselines, common)?;
    if entries[..asked.len()].iter().all(|entry| entry.formula.is_err()) {
        return nothing_to_evaluate(&entries, arguments, &lab, common);
    }
    let interrupt = Interrupt::listen()?;
    let halt = || interrupt.raised().then_some(Halt::Stopped);
    let laboratory = match Laboratory::prepare(lab.without_rungs(), Draw::Own { seed: arguments.seed }, workers, &halt) {
        Err(_) if interrupt.raised() => return Ok(Ending::Interrupted),
        prepared => prepared?,
    };
    let formulas: Vec<&Formula> = entries.iter().filter_map(|entry| entry.formula.as_ref().ok()).collect();
    let trials = formulas.len() * laboratory.addresses(None, &laboratory.all_profiles()).len();
    let progress = Progress::start("trials", trials as u64, common.quiet);
    let evaluations = evaluate_all(&laboratory, &formulas, &arguments.target, workers, &halt, &|| progress.step());
    progress.finish();
    let Ok(evaluations) = evaluations else {
        return Ok(Ending::Interrupted);
    };
    let mut evaluations = evaluations.into_iter();
    let results: Vec<(Entry, Option<Evaluation>)> = entries
        .into_iter()
        .map(|entry| {
            let evaluation = if entry.formula.is_ok() { evaluations.next() } else { None };
            (entry, evaluation)
        })
        .collect();
    show(&results, arguments, &laboratory, common)?;
    Ok(Ending::Done)
}

/// The formulas as given, then the lab's baselines that are not among them. A formula that fails the parser or the screening is an entry with a reason;
/// the user hears at once of one that fails the parser.
fn entries(texts: &[String], baselines: &[String], common: &Common) -> Result<Vec<Entry>, Failure> {
    let mut entries: Vec<Entry> = Vec::new();
    for text in texts {
        let parsed = given::formula(text, common)?;
        if let Err(error) = &parsed {
            output::tell(format!("error: {}", given::refusal(text, error)));
        }
        let told = parsed.is_err();
        let formula = parsed.map_err(|error| error.to_string()).and_then(checked);
        entries.push(Entry { given: text.clone(), baseline: false, formula, told });
    }
    for name in baselines {
        let baseline = Formula::parse(name).expect("a checked lab's baselines parse");
        let mut named = false;
        for entry in entries.iter_mut().filter(|entry| entry.formula.as_ref().is_ok_and(|formula| formula.id() == baseline.id())) {
            (entry.baseline, named) = (true, true);
        }
        if !named {
            entries.push(Entry { given: name.clone(), baseline: true, formula: Ok(baseline), told: false });
        }
    }
    Ok(entries)
}

/// The formula where its curve passes the screening, else why not.
fn checked(formula: Formula) -> Result<Formula, String> {
    match screen(&formula) {
        Ok(_) => Ok(formula),
        Err(rejection) => Err(format!("{}: {}", rejection.kind(), rejection.detail())),
    }
}

fn nothing_to_evaluate(entries: &[Entry], arguments: &EvaluateArguments, lab: &Lab, common: &Common) -> Result<Ending, Failure> {
    let rejected: Vec<&Entry> = entries.iter().filter(|entry| entry.formula.is_err()).collect();
    for entry in rejected.iter().filter(|entry| !entry.told) {
        if let Err(reason) = &entry.formula {
            output::tell(format!("error: {}: {reason}", shortened(&entry.given)));
        }
    }
    if common.json {
        let results: Vec<Value> = rejected.iter().map(|entry| Value::Object(result(entry, None))).collect();
        output::document(
            &json!({ "lab": lab.name, "device": arguments.device, "instruction_set": crate::vector::InstructionSet::best().name(), "seeds": lab.seeds,
            "seed": arguments.seed, "target": arguments.target, "results": results }),
        )?;
    }
    Ok(Ending::Failed)
}

fn show(results: &[(Entry, Option<Evaluation>)], arguments: &EvaluateArguments, laboratory: &Laboratory, common: &Common) -> Result<(), Failure> {
    if common.json {
        let rows: Vec<Value> = results.iter().map(|(entry, evaluation)| Value::Object(result(entry, evaluation.as_ref()))).collect();
        output::document(&json!({
            "lab": laboratory.lab().name,
            "device": arguments.device,
            "instruction_set": crate::vector::InstructionSet::best().name(),
            "seeds": laboratory.lab().seeds,
            "seed": arguments.seed,
            "target": arguments.target,
            "results": rows,
        }))?;
        return Ok(());
    }
    let records: Vec<(&Entry, FormulaRecord, &Evaluation)> = results
        .iter()
        .filter_map(|(entry, evaluation)| Some((entry, FormulaRecord::from(entry.formula.as_ref().ok()?), evaluation.as_ref()?)))
        .collect();
    let row = |(entry, formula, evaluation): &'_ (&Entry, FormulaRecord, &Evaluation)| {
        (entry.given.clone(), formula.clone(), (*evaluation).clone(), entry.baseline)
    };
    let rows: Vec<(String, FormulaRecord, Evaluation, bool)> = records.iter().map(row).collect();
    let rows = rows.iter().map(|(given, formula, evaluation, baseline)| FormulaRow {
        name: shortened(given),
        formula,
        evaluation,
        fresh: None,
        origin: if *baseline { "baseline".to_owned() } else { "given".to_owned() },
    });
    output::line(formula_table(rows.collect()))?;
    for (entry, _, evaluation) in &records {
        if let Some(words) = evaluation.trained_parameters_in_words() {
            output::line(format!("trained parameters of {}: {words}", shortened(&entry.given)))?;
        }
    }
    let mut failed = table(&["formula", "status", "reason"]);
    for (entry, evaluation) in results {
        let (status, reason) = status(entry, evaluation.as_ref());
        if let Some(reason) = reason {
            failed.add_row([shortened(&entry.given), status.to_owned(), reason]);
        }
    }
    if failed.row_iter().next().is_some() {
        output::line(format!("\n{failed}"))?;
    }
    let reference = &laboratory.lab().baselines[0];
    common.say(format!(
        "fitness on lab {} for target {}: higher is better, {reference} is 0; intervals over tasks. Losses: mean squared error on standardised targets.\nnext: motherlode mine --lab {}",
        laboratory.lab().name, arguments.target, laboratory.lab().name
    ));
    Ok(())
}

/// The JSON of one formula.
fn result(entry: &Entry, evaluation: Option<&Evaluation>) -> Map<String, Value> {
    let mut fields = match &entry.formula {
        Ok(formula) => output::formula(&FormulaRecord::from(formula)),
        Err(_) => output::object(
            json!({ "id": null, "nickname": null, "formula": entry.given, "canonical": null, "class": null, "cost": null, "parameters": null }),
        ),
    };
    fields.insert("given".to_owned(), json!(entry.given));
    fields.insert("baseline".to_owned(), json!(entry.baseline));
    fields.insert("nearest_known".to_owned(), entry.formula.as_ref().map_or(Value::Null, known::fields));
    let empty = json!({ "fitness": null, "fitness_interval": null, "profiles": {}, "train_loss": null, "in_distribution_loss": null, "out_of_distribution_loss": null, "trained_parameters": [] });
    fields.extend(evaluation.map_or_else(|| output::object(empty), output::evaluation));
    let (status, reason) = status(entry, evaluation);
    fields.insert("status".to_owned(), json!(status));
    fields.insert("reason".to_owned(), json!(reason));
    fields.insert("tasks".to_owned(), json!(evaluation.map_or(&[][..], |evaluation| &evaluation.tasks)));
    fields
}

/// `ok`, `rejected` or `diverged`, and why.
fn status(entry: &Entry, evaluation: Option<&Evaluation>) -> (&'static str, Option<String>) {
    match (&entry.formula, evaluation) {
        (Err(reason), _) => ("rejected", Some(reason.clone())),
        (Ok(_), None) => ("rejected", Some("it was not evaluated".to_owned())),
        (Ok(_), Some(evaluation)) => match divergence(&evaluation.trials) {
            Some(reason) => ("diverged", Some(reason)),
            None => ("ok", None),
        },
    }
}

/// Which trials diverged, if any; they count as the worst in the fitness.
fn divergence(trials: &[Trial]) -> Option<String> {
    let diverged: Vec<&Trial> = trials.iter().filter(|trial| trial.status == TrialStatus::Diverged).collect();
    let first = diverged.first()?;
    Some(format!(
        "{} of {} trials diverged and count as the worst, the first on task {} with network {} of profile {}",
        diverged.len(),
        trials.len(),
        first.task,
        first.network,
        first.profile
    ))
}
