//! What the lines of a program say: how far it is, how it learns, and what it came to.

use serde_json::{Map, Value};

/// The most points of a curve that are kept, the first ones.
const MOST_POINTS: usize = 1_000;
/// The numbers that JSON has not and that programs print all the same, as Python's `json` does.
const NO_NUMBERS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];

/// What was read of a program's lines so far. The last line that has the metric counts.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputReading {
    metric: String,
    /// The metric of the last line that has it.
    pub value: Option<Number>,
    /// The loss of that line.
    pub loss: Option<Number>,
    /// The points of lines that tell a loss.
    pub points: Vec<LossPoint>,
    /// How far the program is, from 0 to 1; it never goes back.
    pub progress: f64,
}

/// A number as a program gives it.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// It is one.
    Finite(f64),
    /// It is NaN or infinite.
    NotFinite,
    /// It is something else, which is named.
    None(&'static str),
}

/// A loss on the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossPoint {
    /// The step, or where the line has none the number of the point; from 1, ascending.
    pub step: u32,
    /// The loss.
    pub loss: f64,
    /// The metric, where the line has it.
    pub value: Option<f64>,
}

impl OutputReading {
    /// Nothing is read yet.
    pub fn of(metric: &str) -> OutputReading {
        OutputReading {
            metric: metric.to_owned(),
            value: None,
            loss: None,
            points: Vec::new(),
            progress: 0.0,
        }
    }

    /// Reads the next line; one that is no JSON object says nothing.
    pub fn push(&mut self, line: &str) {
        let Some(object) = object(line) else {
            return;
        };
        let number = |key: &str| object.get(key).map(number);
        let (value, loss) = (number(&self.metric), number("loss"));
        if let Some(Number::Finite(progress)) = number("progress") {
            self.progress = self.progress.max(progress.clamp(0.0, 1.0));
        }
        let finite = |number: &Option<Number>| match number {
            Some(Number::Finite(number)) => Some(*number),
            _ => None,
        };
        if let Some(loss) = finite(&loss).filter(|_| self.points.len() < MOST_POINTS) {
            let last = self.points.last().map_or(0, |point| point.step);
            let step = finite(&number("step"))
                .filter(|step| *step > f64::from(last) && *step <= f64::from(u32::MAX))
                .map_or(last.saturating_add(1), |step| step as u32);
            self.points.push(LossPoint {
                step: step.max(last.saturating_add(1)),
                loss,
                value: finite(&value),
            });
        }
        if value.is_some() {
            (self.value, self.loss) = (value, loss);
        }
    }
}

fn number(value: &Value) -> Number {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(number) if number.is_finite() => Number::Finite(number),
            _ => Number::NotFinite,
        },
        Value::String(text) if NO_NUMBERS.contains(&text.as_str()) => Number::NotFinite,
        Value::String(_) => Number::None("a text"),
        Value::Bool(_) => Number::None("true or false"),
        Value::Null => Number::None("null"),
        Value::Array(_) => Number::None("a list"),
        Value::Object(_) => Number::None("an object"),
    }
}

/// The JSON object of a line, in which NaN and infinities may stand as Python writes them.
fn object(line: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(line)
        .or_else(|_| serde_json::from_str(&with_quoted(line)))
        .ok()
}

/// The line with quotes around what is no number outside of its texts.
fn with_quoted(line: &str) -> String {
    let mut quoted = String::with_capacity(line.len() + 2);
    let (mut rest, mut in_text) = (line, false);
    while let Some(first) = rest.chars().next() {
        let found = NO_NUMBERS
            .iter()
            .find(|word| !in_text && rest.starts_with(**word));
        let length = match (found, first) {
            (Some(word), _) => {
                quoted += &format!("\"{word}\"");
                rest = &rest[word.len()..];
                continue;
            }
            (None, '\\') if in_text => {
                first.len_utf8() + rest[1..].chars().next().map_or(0, char::len_utf8)
            }
            (None, '"') => {
                in_text = !in_text;
                1
            }
            _ => first.len_utf8(),
        };
        quoted += &rest[..length];
        rest = &rest[length..];
    }
    quoted
}
