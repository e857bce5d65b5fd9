//! What the numbers of a program hang on, as a record: its command, the contents of its files, what
//! it is given, and how much of its recipe it trains.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use serde_json::json;

use super::definition::ProgramDefinition;
use super::error::DefinitionError;
use crate::files::{self, PROGRAM_FILE};
use crate::record::benchmark_run::BenchmarkRecord;
use crate::replay::fidelity::Fidelity;

/// The version of what a program is given and of how it is read; it counts up when its numbers may
/// be others by it.
const PROTOCOL: u32 = 1;

/// The record of a program at a fidelity. Its limits of time and memory, how many run at once and
/// its devices are no part of it: they change no number. The files whose contents belong to it are
/// those that the command names and those of `files`.
///
/// # Errors
/// A file that cannot be read.
pub fn record_of(
    definition: &ProgramDefinition,
    fidelity: Fidelity,
) -> Result<BenchmarkRecord, DefinitionError> {
    Ok(BenchmarkRecord {
        benchmark: definition.name.clone(),
        dataset: definition.dataset.clone(),
        architecture: definition.model.clone(),
        metric: definition.metric.clone(),
        direction: definition.direction,
        settings: json!({
            "command": definition.command,
            "files": hashes(definition)?,
            "environment": definition.environment,
            "activation": definition.activation.name(),
            "protocol": PROTOCOL,
            "fraction": fidelity.fraction,
            "part": fidelity.part,
        }),
    })
}

/// The hash of each file, by its path as it is written.
fn hashes(definition: &ProgramDefinition) -> Result<BTreeMap<&str, String>, DefinitionError> {
    let at = |name: &str| definition.folder.join(name);
    let of_command = definition
        .command
        .iter()
        .filter(|word| !word.is_empty() && at(word).is_file());
    let hash = |name: &String| {
        let unreadable = |error: io::Error| DefinitionError::FileUnreadable {
            program: definition.name.clone(),
            path: at(name).display().to_string(),
            reason: error.to_string(),
        };
        hash_of(&at(name)).map_err(unreadable)
    };
    of_command
        .chain(&definition.files)
        .map(|name| Ok((name.as_str(), hash(name)?)))
        .collect()
}

fn hash_of(path: &Path) -> io::Result<String> {
    let file = files::open(path)?;
    PROGRAM_FILE.check(file.metadata()?.len())?;
    let mut hasher = blake3::Hasher::new();
    let read = io::copy(&mut file.take(PROGRAM_FILE.bytes + 1), &mut hasher)?;
    PROGRAM_FILE.check(read)?;
    Ok(hasher.finalize().to_hex().to_string())
}
