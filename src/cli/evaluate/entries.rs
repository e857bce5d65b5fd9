//! The formulas of one evaluation: those given, the lab's baselines, and the rivals of `--against`.

use crate::cli::common::{shortened, Common, Failure};
use crate::cli::formula_argument;
use crate::cli::output;
use crate::formula::Formula;
use crate::lab::screen;
use crate::review::EvaluationEntry;

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
