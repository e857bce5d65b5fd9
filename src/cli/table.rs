//! Tables that can be pasted: Markdown, one row a formula.

use std::fmt::{self, Display, Formatter};

use comfy_table::{presets, ContentArrangement};

use crate::cli::common::shortened;
use crate::cli::nearest_known;
use crate::drawing::visible::on_a_line;
use crate::formula::Class;
use crate::record::candidate::{Candidate, FormulaRecord};
use crate::record::evaluation::{Estimate, Evaluation};
use crate::review::{FitnessColumns, FreshResult};

/// The verdict on what no fresh task has judged: the tasks that selected a formula owe it part of
/// their lead.
const UNCONFIRMED: &str = "unconfirmed";

/// A table in Markdown. Each cell is on one line, whatever text is in it.
pub struct MarkdownTable(comfy_table::Table);

/// A table with these column heads.
pub fn table(heads: &[&str]) -> MarkdownTable {
    let mut table = comfy_table::Table::new();
    table
        .load_style(presets::ASCII_MARKDOWN)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(heads.iter().map(|head| on_a_line(head)));
    MarkdownTable(table)
}

impl MarkdownTable {
    /// Adds a row of cells.
    pub fn add_row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let cells = cells.into_iter();
        self.0
            .add_row(cells.map(|cell| on_a_line(cell.as_ref()).into_owned()));
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.0.row_count() == 0
    }
}

impl Display for MarkdownTable {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// A row of a table of formulas.
pub struct FormulaRow<'a> {
    /// What the row is called.
    pub name: String,
    /// The formula.
    pub formula: &'a FormulaRecord,
    /// Its evaluation on the tasks of the table.
    pub evaluation: &'a Evaluation,
    /// What it came to on fresh tasks, where it was measured there too.
    pub fresh: Option<FreshResult>,
    /// Whether the evaluation is what selected it among others, and so cannot judge it.
    pub selected: bool,
    /// Where it comes from, in a word or two.
    pub origin: String,
}

impl<'a> FormulaRow<'a> {
    /// The row of a candidate, or of a founder (attempt 0), which is a baseline.
    pub fn of(candidate: &'a Candidate) -> FormulaRow<'a> {
        let is_founder = candidate.attempt == 0;
        FormulaRow {
            name: candidate
                .name
                .clone()
                .filter(|_| is_founder)
                .unwrap_or_else(|| candidate.formula.nickname.clone()),
            formula: &candidate.formula,
            evaluation: &candidate.evaluation,
            fresh: None,
            selected: !is_founder,
            origin: if is_founder {
                "baseline".to_owned()
            } else {
                format!("attempt {}", candidate.attempt)
            },
        }
    }
}

/// Formulas, fittest first, in two tables: fitness, interval and rank under the target and every
/// profile, with what may be said of each beside [`FitnessColumns::standard`]; and what
/// they are, with their losses.
pub fn formula_table(mut rows: Vec<FormulaRow>, columns: &FitnessColumns) -> String {
    sort(&mut rows, columns.target);
    format!(
        "{}\n\n{}",
        fitness_table(&rows, columns),
        description_table(&rows)
    )
}

/// The first of the two tables of [`formula_table`], of rows in any order.
pub fn fitness_only_table(mut rows: Vec<FormulaRow>, columns: &FitnessColumns) -> MarkdownTable {
    sort(&mut rows, columns.target);
    fitness_table(&rows, columns)
}

fn sort(rows: &mut [FormulaRow], target: &str) {
    let fitness = |row: &FormulaRow| row.evaluation.under(target).fitness.value();
    rows.sort_by(|a, b| fitness(b).total_cmp(&fitness(a)));
}

/// `name`, fitness under each column, the probability of beating the standard and the verdict: on
/// fresh tasks where there are any, and nowhere on the tasks that selected the formula.
fn fitness_table(rows: &[FormulaRow], columns: &FitnessColumns) -> MarkdownTable {
    let names = columns.names();
    let standard = columns.standard().and_then(|(name, id)| {
        Some((
            name,
            rows.iter().find(|row| row.formula.id == id)?.evaluation,
            id,
        ))
    });
    let mut heads = vec!["name".to_owned()];
    heads.extend(names.iter().map(|column| {
        if column == columns.target {
            format!("fitness: {column}")
        } else {
            column.clone()
        }
    }));
    let confirmed = rows.iter().any(|row| row.fresh.is_some());
    if confirmed {
        heads.push("fresh fitness".to_owned());
    }
    if let Some((name, ..)) = &standard {
        heads.extend([format!("P(beats {name})"), "verdict".to_owned()]);
    }
    let mut table = table(&heads.iter().map(String::as_str).collect::<Vec<_>>());
    let estimates = |column: &String| {
        rows.iter()
            .map(|row| columns.estimate(row.evaluation, column))
            .collect::<Vec<_>>()
    };
    let fitness: Vec<Vec<String>> = names
        .iter()
        .map(|column| ranked_cells(&estimates(column)))
        .collect();
    for (index, row) in rows.iter().enumerate() {
        let mut cells = vec![row.name.clone()];
        cells.extend(fitness.iter().map(|column| column[index].clone()));
        if confirmed {
            cells.push(
                row.fresh
                    .as_ref()
                    .map_or_else(String::new, |fresh| signed(fresh.fitness)),
            );
        }
        if let Some((name, evaluation, id)) = &standard {
            cells.extend(judgement(row, columns, (name, id), evaluation));
        }
        table.add_row(cells);
    }
    table
}

/// The probability of beating the standard and the verdict: on fresh tasks where there are any, and
/// nowhere on the tasks that selected the formula.
fn judgement(
    row: &FormulaRow,
    columns: &FitnessColumns,
    (name, id): (&str, &str),
    standard: &Evaluation,
) -> [String; 2] {
    let comparison = match &row.fresh {
        Some(fresh) => fresh.beside.clone(),
        None if row.selected => None,
        None => columns.compare(row.evaluation, standard, columns.target),
    };
    let unsaid = if row.selected && row.fresh.is_none() {
        UNCONFIRMED
    } else {
        ""
    };
    match comparison.filter(|_| row.formula.id != id) {
        Some(comparison) => [probability(comparison.probability), comparison.words(name)],
        None => [String::new(), unsaid.to_owned()],
    }
}

/// What the formulas are, cut short where one would stretch every row (its name gives the whole),
/// and their losses, which never select.
fn description_table(rows: &[FormulaRow]) -> MarkdownTable {
    let mut heads = vec!["name", "formula", "origin", "nearest known", "cost"];
    // Most campaigns hold formulas of one class only.
    let coupled = rows
        .iter()
        .any(|row| row.formula.class != Class::Pointwise.name());
    if coupled {
        heads.push("class");
    }
    // A benchmark has the metric of its runs among the fitnesses.
    let has_losses = rows.iter().any(|row| row.evaluation.runs.is_empty());
    if has_losses {
        heads.extend(["train loss", "in-distribution", "out-of-distribution"]);
    }
    let mut table = table(&heads);
    for row in rows {
        let known = nearest_known::words_of(&row.formula.formula);
        let mut cells = vec![
            row.name.clone(),
            shortened(&row.formula.formula),
            row.origin.clone(),
            known,
            row.formula.cost.to_string(),
        ];
        if coupled {
            cells.push(row.formula.class.clone());
        }
        let evaluation = row.evaluation;
        let losses = [
            evaluation.train_loss,
            evaluation.in_distribution_loss,
            evaluation.out_of_distribution_loss,
        ];
        if has_losses {
            cells.extend(losses.map(loss));
        }
        table.add_row(cells);
    }
    table
}

/// The rank of each estimate from 1 for the fittest, equal ones sharing the best of theirs.
pub fn ranks(estimates: impl Iterator<Item = Option<Estimate>>) -> Vec<usize> {
    let fitness: Vec<f64> = estimates
        .map(|estimate| estimate.map_or(f64::NEG_INFINITY, |estimate| estimate.fitness.value()))
        .collect();
    fitness
        .iter()
        .map(|own| 1 + fitness.iter().filter(|other| *other > own).count())
        .collect()
}

/// A column of a table of formulas: `+0.698 (+0.51 to +0.83) #2`, empty where nothing was measured.
pub fn ranked_cells(estimates: &[Option<Estimate>]) -> Vec<String> {
    let ranks = ranks(estimates.iter().copied());
    let cell = |(estimate, rank): (&Option<Estimate>, usize)| {
        estimate.as_ref().map_or_else(String::new, |estimate| {
            format!("{} #{rank}", fitness_cell(estimate))
        })
    };
    estimates.iter().zip(ranks).map(cell).collect()
}

/// `+0.698 (+0.51 to +0.83)`.
fn fitness_cell(estimate: &Estimate) -> String {
    format!(
        "{} ({})",
        signed(estimate.fitness.value()),
        short_interval(estimate.fitness_interval)
    )
}

/// A fitness with its sign.
pub fn signed(value: f64) -> String {
    format!("{value:+.3}")
}

/// An interval's ends.
pub fn interval((low, high): (f64, f64)) -> String {
    format!("{low:+.3} to {high:+.3}")
}

/// An interval's ends in two decimals, for cells.
pub fn short_interval((low, high): (f64, f64)) -> String {
    format!("{low:+.2} to {high:+.2}")
}

/// A share of resamples: never 0 or 1, which no number of them shows.
pub fn probability(share: f64) -> String {
    match share {
        share if share < 0.001 => "<0.001".to_owned(),
        share if share > 0.999 => ">0.999".to_owned(),
        share => format!("{share:.3}"),
    }
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
