//! The text of a program's file, read key by key: what is unknown is refused by its name.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::DefinitionError;
use crate::formula::nearest::nearest;
use crate::lab::toml_problem;

/// The one table of the file.
const TABLE: &str = "program";

/// The keys of the table.
const KEYS: [&str; 18] = [
    "name",
    "command",
    "folder",
    "activation",
    "metric",
    "direction",
    "loss",
    "fidelities",
    "seconds",
    "memory",
    "at_once",
    "devices",
    "environment",
    "pass",
    "files",
    "model",
    "dataset",
    "description",
];

/// The file as it is written.
#[derive(Deserialize)]
struct File {
    program: Written,
}

/// The values of the table as they are written, of the right kinds and not yet checked.
#[derive(Deserialize)]
pub struct Written {
    pub name: Option<String>,
    pub command: Vec<String>,
    pub folder: Option<String>,
    pub activation: String,
    pub metric: String,
    pub direction: String,
    #[serde(default)]
    pub loss: bool,
    pub fidelities: Option<Vec<f64>>,
    pub seconds: Option<f64>,
    pub memory: Option<u64>,
    pub at_once: Option<usize>,
    #[serde(default)]
    pub devices: Vec<String>,
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    #[serde(default)]
    pub pass: Vec<String>,
    #[serde(default)]
    pub files: Vec<String>,
    pub model: Option<String>,
    pub dataset: Option<String>,
    pub description: Option<String>,
}

/// Reads the text of a file that was named so.
///
/// # Errors
/// A text that is no TOML, an unknown key, a missing one, and a value of another kind.
pub fn read(text: &str, file: &str) -> Result<Written, DefinitionError> {
    let malformed = |error: toml::de::Error| DefinitionError::Malformed {
        path: file.to_owned(),
        problem: toml_problem(text, &error),
    };
    let table: toml::Table = toml::from_str(text).map_err(malformed)?;
    let own = table.get(TABLE).and_then(toml::Value::as_table);
    let without = table.keys().find(|key| *key != TABLE);
    let within = own.into_iter().flat_map(|own| own.keys());
    let unknown = |key: &&String| !KEYS.contains(&key.as_str());
    match without {
        Some(key) if KEYS.contains(&key.as_str()) => {
            return Err(DefinitionError::Malformed {
                path: file.to_owned(),
                problem: format!("`{key}` stands outside the table [program]: put it under that"),
            })
        }
        Some(key) => return Err(unknown_key(file, key, &[TABLE])),
        None => {}
    }
    if let Some(key) = within.into_iter().find(unknown) {
        return Err(unknown_key(file, key, &KEYS));
    }
    if own.is_none() {
        return Err(DefinitionError::Malformed {
            path: file.to_owned(),
            problem: "there is no table [program]: begin with one, and give command, activation, \
                      metric and direction in it"
                .to_owned(),
        });
    }
    let File { program } = toml::from_str(text).map_err(malformed)?;
    Ok(program)
}

fn unknown_key(file: &str, key: &str, known: &[&str]) -> DefinitionError {
    DefinitionError::UnknownKey {
        path: file.to_owned(),
        key: key.chars().take(60).collect(),
        nearest: nearest(key, known.iter().copied()).to_owned(),
    }
}
