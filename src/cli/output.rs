//! The one door to standard output and standard error: JSON for programs, tables and words for
//! people. No other file prints.
//!
//! Whatever is printed may hold text from outside: a model's words, a lab's, a foreign archive's, a
//! file's name. So nothing passes here that steers a terminal or hides from the eye: see
//! [`visible`].

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use serde::Serialize;
use serde_json::{json, Map, Value};

use crate::drawing::visible;
use crate::record::candidate::FormulaRecord;
use crate::record::evaluation::Evaluation;

/// Prints one line or table; an error where nobody reads any more.
pub fn line(text: impl Display) -> io::Result<()> {
    print(&visible::in_lines(&text.to_string()))
}

/// Prints a drawing, in the colours that it has.
pub fn drawing(text: impl Display) -> io::Result<()> {
    print(&visible::in_colours(&text.to_string()))
}

/// Prints one JSON document on a line of its own.
pub fn document(value: &impl Serialize) -> io::Result<()> {
    print(&visible::in_json(&serde_json::to_string(value)?))
}

/// A JSON document over several lines, to be printed.
pub fn pretty(value: &Value) -> String {
    visible::in_json(&format!("{value:#}")).into_owned()
}

/// Prints the bytes of a file as they are; they were made here.
pub fn bytes(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Standard output, for the frames of a supervisor, which this program alone reads.
pub fn frames() -> impl Write + Send {
    io::stdout()
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Prints words for people on standard error; where nobody reads there, nothing is lost. Lines that
/// follow the first are indented, so that no text from outside passes for words of the program.
pub fn tell(text: impl Display) {
    let text = text.to_string();
    tell_all(text.trim_end().replace('\n', "\n  "));
}

/// Prints words for people over several lines, in which what comes from outside is on a line
/// already.
pub fn tell_all(text: impl Display) {
    let text = text.to_string().replace('\t', "\\t");
    let text = visible::in_lines(text.trim_end());
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// The log on standard error, a line an event; where nobody reads there, nothing is lost.
pub struct Log;

impl Write for Log {
    /// Takes a whole event.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let _ = writeln!(
            io::stderr().lock(),
            "{}",
            visible::on_a_line(text.trim_end())
        );
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether results are read at a terminal.
pub fn is_read_at_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether words for people are read at a terminal.
pub fn is_heard_at_terminal() -> bool {
    io::stderr().is_terminal()
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
