//! The formulas of one evaluation: those given, the lab's baselines, and the rivals of `--against`.

use crate::cli::common::{shortened, Common, Failure};
use crate::cli::formula_argument;
use crate::cli::output;
use crate::formula::Formula;
use crate::lab::screen;
use crate::record::evaluation::{Evaluation, Trial, TrialStatus};

/// A formula as the user or the lab named it, and what became of it.
pub struct EvaluationEntry {
    /// As the user or the lab named it.
    pub text: String,
    /// Whether the user asked for it, rather than the lab or `--against`.
    pub requested: bool,
    /// Whether it is a baseline of the lab.
    pub baseline: bool,
    /// Whether `--against` names it.
    pub rival: bool,
    /// The formula, or why it cannot be evaluated.
    pub formula: Result<Formula, String>,
    /// Whether the user was told already why it is no formula.
    pub told: bool,
}

impl EvaluationEntry {
    /// Where it comes from, in a word.
    pub fn origin(&self) -> &'static str {
        match self {
            EvaluationEntry { baseline: true, .. } => "baseline",
            EvaluationEntry {
                requested: true, ..
            } => "given",
            _ => "rival",
        }
    }

    /// Whether it is this formula.
    pub fn is(&self, formula: &Formula) -> bool {
        self.formula
            .as_ref()
            .is_ok_and(|own| own.id() == formula.id())
    }

    /// `ok`, `rejected` or `diverged`, and why.
    pub fn status(&self, evaluation: Option<&Evaluation>) -> (&'static str, Option<String>) {
        match (&self.formula, evaluation) {
            (Err(reason), _) => ("rejected", Some(reason.clone())),
            (Ok(_), None) => ("rejected", Some("it was not evaluated".to_owned())),
            (Ok(_), Some(evaluation)) => match divergence(&evaluation.trials) {
                Some(reason) => ("diverged", Some(reason)),
                None => ("ok", None),
            },
        }
    }
}

/// The formulas as given, then the lab's baselines and the rivals that are not among them. A
/// formula that fails the parser or the screening is an entry with a reason, and the user hears at
/// once of one that fails the parser; a rival must pass both.
pub fn entries(
    texts: &[String],
    baselines: &[String],
    rivals: &[String],
    common: &Common,
) -> Result<Vec<EvaluationEntry>, Failure> {
    let mut entries: Vec<EvaluationEntry> = Vec::new();
    for text in texts {
        let parsed = formula_argument::formula(text, common)?;
        if let Err(error) = &parsed {
            output::tell(format!("error: {}", formula_argument::refusal(text, error)));
        }
        let told = parsed.is_err();
        let formula = parsed.map_err(|error| error.to_string()).and_then(checked);
        entries.push(EvaluationEntry {
            text: text.clone(),
            requested: true,
            baseline: false,
            rival: false,
            formula,
            told,
        });
    }
    for name in baselines {
        let baseline = Formula::parse(name).expect("a checked lab's baselines parse");
        add(&mut entries, name, baseline, |entry| entry.baseline = true);
    }
    for text in rivals {
        let parsed = formula_argument::formula(text, common)?.map_err(|error| {
            Failure::usage(format!(
                "--against {}",
                formula_argument::refusal(text, &error)
            ))
        })?;
        let rival = checked(parsed)
            .map_err(|reason| Failure::usage(format!("--against {}: {reason}", shortened(text))))?;
        add(&mut entries, text, rival, |entry| entry.rival = true);
    }
    Ok(entries)
}

/// Marks every entry of this formula, or makes one.
fn add(
    entries: &mut Vec<EvaluationEntry>,
    name: &str,
    formula: Formula,
    mark: impl Fn(&mut EvaluationEntry),
) {
    if !entries.iter().any(|entry| entry.is(&formula)) {
        entries.push(EvaluationEntry {
            text: name.to_owned(),
            requested: false,
            baseline: false,
            rival: false,
            formula: Ok(formula),
            told: false,
        });
        return mark(entries.last_mut().expect("one was just added"));
    }
    let same: Vec<usize> = (0..entries.len())
        .filter(|index| entries[*index].is(&formula))
        .collect();
    same.into_iter().for_each(|index| mark(&mut entries[index]));
}

/// The formula where its curve passes the screening, else why not.
fn checked(formula: Formula) -> Result<Formula, String> {
    match screen(&formula) {
        Ok(_) => Ok(formula),
        Err(rejection) => Err(format!("{}: {}", rejection.kind(), rejection.detail())),
    }
}

/// Which trials diverged, if any; they count as the worst in the fitness.
fn divergence(trials: &[Trial]) -> Option<String> {
    let diverged: Vec<&Trial> = trials
        .iter()
        .filter(|trial| trial.status == TrialStatus::Diverged)
        .collect();
    let first = diverged.first()?;
    Some(format!(
        "{} of {} trials diverged and count as the worst, the first on task {} with network {} of \
         profile {}",
        diverged.len(),
        trials.len(),
        first.task,
        first.network,
        first.profile
    ))
}
