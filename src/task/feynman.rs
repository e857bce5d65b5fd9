//! Equations from the Feynman Lectures on Physics, and twenty beyond them, with the ranges of their
//! variables.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::comma::CommaRows;
use super::law::{Law, Undefined};
use super::region::Region;
use super::TaskError;
use crate::formula::nearest::nearest;
use crate::formula::reference::{evaluate_tensor, Shape};
use crate::formula::Equation;

/// The tables, and how their rows name the variables' columns.
const FILES: [(&str, &str); 2] = [
    (
        "datasets/feynman/equations.csv",
        include_str!("../../datasets/feynman/equations.csv"),
    ),
    (
        "datasets/feynman/bonus.csv",
        include_str!("../../datasets/feynman/bonus.csv"),
    ),
];
const MOST_VARIABLES: usize = 10;

/// Points that are evaluated together, operation by operation, so that memory is asked for once an
/// operation and not once a point.
const BLOCK: usize = 512;

/// A task whose law is an equation of the tables. Its training box is the central half of each
/// variable's range.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct FeynmanTask {
    /// The task's name.
    pub name: String,
    /// The equation's name in the tables: a lecture's number such as `I.40.1`, or `test_1` to
    /// `test_20`.
    pub equation: String,
}

/// An equation of the tables.
#[derive(Clone, Debug, PartialEq)]
pub struct EquationRow {
    /// The equation's name: a lecture's number such as `I.40.1`, or `test_1` to `test_20`.
    pub name: String,
    /// The quantity that the formula gives.
    pub output: String,
    /// The right-hand side in the tables' notation, which is Python's.
    pub formula: String,
    /// The variables in the order in which the formula takes them.
    pub variables: Vec<Variable>,
}

/// A variable of an equation and the range that the tables give it.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// The name that the formula calls it by.
    pub name: String,
    /// The lower end of its range.
    pub low: f64,
    /// The upper end of its range.
    pub high: f64,
}

impl FeynmanTask {
    pub(super) fn check(&self) -> Result<(), TaskError> {
        self.draw().map(|_| ())
    }

    fn row(&self) -> Result<&'static EquationRow, TaskError> {
        let rows = rows()?;
        rows.iter()
            .find(|row| row.name == self.equation)
            .ok_or_else(|| TaskError::UnknownName {
                task: self.name.clone(),
                what: "equation",
                found: self.equation.clone(),
                nearest: nearest(&self.equation, rows.iter().map(|row| row.name.as_str()))
                    .to_owned(),
            })
    }

    pub(super) fn region(&self) -> Result<Region, TaskError> {
        let variables = &self.row()?.variables;
        Ok(Region::whole_box(
            variables
                .iter()
                .map(|variable| (variable.low + variable.high) / 2.0)
                .collect(),
            variables
                .iter()
                .map(|variable| (variable.high - variable.low) / 4.0)
                .collect(),
        ))
    }

    /// Two half-widths of the central half are the whole range.
    pub(super) fn reach(&self) -> (f64, &'static str) {
        (2.0, "the table's range of the variables ends")
    }

    /// The equation, parsed. Nothing about it is random.
    pub fn draw(&self) -> Result<FeynmanLaw, TaskError> {
        let row = self.row()?;
        let names: Vec<&str> = row
            .variables
            .iter()
            .map(|variable| variable.name.as_str())
            .collect();
        let equation =
            Equation::parse(&row.formula, &names).map_err(|error| TaskError::BadFile {
                file: "datasets/feynman",
                detail: format!("equation {}: {error}", row.name),
            })?;
        Ok(FeynmanLaw(equation))
    }
}

/// A parsed equation.
pub struct FeynmanLaw(Equation);

impl Law for FeynmanLaw {
    fn target(&self, point: &[f64]) -> Result<f64, Undefined> {
        Ok(self.0.evaluate(point))
    }

    fn targets(&self, points: &[f64], dimension: usize) -> Result<Vec<f64>, (usize, Undefined)> {
        let mut targets = Vec::with_capacity(points.len() / dimension);
        for points in points.chunks(BLOCK * dimension) {
            let columns: Vec<Vec<f64>> = (0..dimension)
                .map(|input| {
                    points
                        .iter()
                        .skip(input)
                        .step_by(dimension)
                        .copied()
                        .collect()
                })
                .collect();
            let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
            let shape = Shape {
                rows: points.len() / dimension,
                features: 1,
            };
            targets.extend(&evaluate_tensor(self.0.graph(), shape, &columns, &[])[0]);
        }
        Ok(targets)
    }
}

/// All equations, in the tables' order.
///
/// # Errors
/// An embedded table that cannot be read.
pub fn rows() -> Result<&'static [EquationRow], TaskError> {
    static ROWS: OnceLock<Result<Vec<EquationRow>, TaskError>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let mut rows = Vec::new();
        for (file, text) in FILES {
            rows.extend(read(file, text)?);
        }
        Ok(rows)
    })
    .as_deref()
    .map_err(Clone::clone)
}

fn read(file: &'static str, text: &str) -> Result<Vec<EquationRow>, TaskError> {
    let bad = |detail: String| TaskError::BadFile { file, detail };
    let mut records = CommaRows::open(text.as_bytes()).map_err(bad)?;
    let header = records.header.clone();
    let column = |name: &str| {
        header
            .iter()
            .position(|title| title == name)
            .ok_or_else(|| bad(format!("wanted a column `{name}`")))
    };
    let (name, output, formula) = (column("Filename")?, column("Output")?, column("Formula")?);
    let mut rows = Vec::new();
    while let Some(record) = records.advance().map_err(bad)? {
        let mut variables = Vec::new();
        // The column `# variables` is wrong in ten rows: the filled names are counted instead.
        for i in 1..=MOST_VARIABLES {
            let variable = record.cell(column(&format!("v{i}_name"))?);
            if variable.is_empty() {
                break;
            }
            let bound = |end: &str| -> Result<f64, TaskError> {
                let text = record.cell(column(&format!("v{i}_{end}"))?);
                text.parse().map_err(|_| {
                    bad(format!(
                        "equation {}: wanted a number for v{i}_{end}, found `{text}`",
                        record.cell(name)
                    ))
                })
            };
            variables.push(Variable {
                name: variable.to_string(),
                low: bound("low")?,
                high: bound("high")?,
            });
        }
        let text = |column: usize| record.cell(column).to_string();
        rows.push(EquationRow {
            name: text(name),
            output: text(output),
            formula: text(formula),
            variables,
        });
    }
    Ok(rows)
}
