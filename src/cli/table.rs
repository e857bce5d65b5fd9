//! Tables that can be pasted: Markdown, one row a formula.

use comfy_table::{presets, ContentArrangement, Table};

use super::known;
use crate::candidate::{Candidate, FormulaRecord};
use crate::evaluation::{Estimate, Evaluation};
use crate::formula::Class;

/// A table with these column heads.
pub fn table(heads: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Disabled).set_header(heads.iter().copied());
    table
}

/// A row of a table of formulas.
pub struct FormulaRow<'a> {
    pub name: String,
    pub formula: &'a FormulaRecord,
    pub evaluation: &'a Evaluation,
    /// Its fitness on fresh tasks, where it was measured there.
    pub fresh: Option<f64>,
    pub origin: String,
}

impl<'a> FormulaRow<'a> {
    /// The row of a candidate, or of a founder (attempt 0), which is a baseline.
    pub fn of(candidate: &'a Candidate) -> FormulaRow<'a> {
        let is_founder = candidate.attempt == 0;
        FormulaRow {
            name: candidate.name.clone().filter(|_| is_founder).unwrap_or_else(|| candidate.formula.nickname.clone()),
            formula: &candidate.formula,
            evaluation: &candidate.evaluation,
            fresh: None,
            origin: if is_founder { "baseline".to_owned() } else { format!("attempt {}", candidate.attempt) },
        }
    }
}

/// Formulas with fitness and interval under the target and under each profile, fittest first.
pub fn formula_table(mut rows: Vec<FormulaRow>) -> Table {
    rows.sort_by(|a, b| b.evaluation.estimate.fitness.value().total_cmp(&a.evaluation.estimate.fitness.value()));
    let profiles: Vec<String> = rows.first().map_or(Vec::new(), |row| row.evaluation.profiles.keys().cloned().collect());
    let mut heads = vec!["formula", "fitness", "95 % interval"];
    let confirmed = rows.iter().any(|row| row.fresh.is_some());
    if confirmed {
        heads.push("fresh fitness");
    }
    heads.extend(profiles.iter().map(String::as_str));
    heads.extend(["in-distribution", "out-of-distribution", "cost"]);
    // Most campaigns hold formulas of one class only.
    let coupled = rows.iter().any(|row| row.formula.class != Class::Pointwise.name());
    if coupled {
        heads.push("class");
    }
    heads.extend(["name", "origin", "nearest known"]);
    let mut table = table(&heads);
    for row in rows {
        let evaluation = row.evaluation;
        let Estimate { fitness, fitness_interval } = evaluation.estimate;
        let mut cells = vec![row.formula.formula.clone(), signed(fitness.value()), interval(fitness_interval)];
        if confirmed {
            cells.push(row.fresh.map_or(String::new(), signed));
        }
        cells.extend(evaluation.profiles.values().map(|estimate| signed(estimate.fitness.value())));
        cells.push(loss(evaluation.in_distribution_loss));
        cells.push(loss(evaluation.out_of_distribution_loss));
        cells.push(row.formula.cost.to_string());
        if coupled {
            cells.push(row.formula.class.clone());
        }
        cells.push(row.name);
        cells.push(row.origin);
        cells.push(known::words_of(&row.formula.formula));
        table.add_row(cells);
    }
    table
}

/// A fitness with its sign.
pub fn signed(value: f64) -> String {
    format!("{value:+.3}")
}

/// An interval's ends.
pub fn interval((low, high): (f64, f64)) -> String {
    format!("{low:+.3} to {high:+.3}")
}

/// A loss in a few digits; `diverged` where there is none.
pub fn loss(value: Option<f64>) -> String {
    value.map_or_else(
        || "diverged".to_owned(),
        |value| {
            if (1e-3..1e4).contains(&value) {
                format!("{value:.4}")
            } else {
                format!("{value:.2e}")
            }
        },
    )
}
