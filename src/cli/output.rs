//! What goes to standard output: JSON for programs, tables for people.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{json, Map, Value};

use crate::record::candidate::FormulaRecord;
use crate::record::evaluation::Evaluation;

/// Prints one line or table; an error where nobody reads any more.
pub fn line(text: impl Display) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

/// Prints one JSON document on a line of its own.
pub fn document(value: &impl Serialize) -> io::Result<()> {
    line(serde_json::to_string(value)?)
}

/// Prints a line for people on standard error; where nobody reads there, nothing is lost.
pub fn tell(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// The fields of a formula.
pub fn formula(record: &FormulaRecord) -> Map<String, Value> {
    object(json!(record))
}

/// The fields of an evaluation: fitness, interval, profiles, losses, trained parameters.
pub fn evaluation(evaluation: &Evaluation) -> Map<String, Value> {
    object(json!({
        "fitness": evaluation.estimate.fitness,
        "fitness_interval": evaluation.estimate.fitness_interval,
        "profiles": evaluation.profiles,
        "train_loss": evaluation.train_loss,
        "in_distribution_loss": evaluation.in_distribution_loss,
        "out_of_distribution_loss": evaluation.out_of_distribution_loss,
        "trained_parameters": evaluation.trained_parameters(),
    }))
}

/// The map in a JSON object.
pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => Map::from_iter([("value".to_owned(), other)]),
    }
}
