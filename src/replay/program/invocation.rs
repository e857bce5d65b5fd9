//! What a run of a program is given: a folder with the activation's module file and a scratch
//! folder, variables of its environment, and a JSON file with all of it.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;

use super::definition::ProgramDefinition;
use super::error::ProgramError;
use super::order::Order;
use crate::formula::export::{export, Target};
use crate::formula::Formula;
use crate::replay::fidelity::Fidelity;

/// How long a program that is to end has to end by itself.
const GRACE: Duration = Duration::from_secs(2);
/// Words in the names of variables that hold keys, which a program is not given unasked.
const KEY_WORDS: [&str; 5] = ["KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL"];
/// As many folders of the same name as are passed over.
const MOST_TRIES: u64 = 1_000;

/// The folder of a run. It is removed with all that is in it when this is dropped.
pub struct Workplace {
    folder: PathBuf,
    activation: PathBuf,
}

/// What a run is of.
pub struct Task<'a> {
    /// The formula that is trained.
    pub formula: &'a Formula,
    /// The seed.
    pub seed: u64,
    /// How much of the recipe is trained, and what is measured.
    pub fidelity: Fidelity,
    /// The device that it is given.
    pub device: Option<&'a str>,
}

impl Workplace {
    /// Makes the folder in the system's folder for temporary files, and writes the formula there as
    /// this target has it.
    ///
    /// # Errors
    /// The disk does not take it.
    pub fn make(formula: &Formula, target: Target) -> Result<Workplace, ProgramError> {
        let folder = new_folder()?;
        let workplace = Workplace {
            activation: folder.join(file_name(target)),
            folder,
        };
        let written = fs::write(&workplace.activation, export(formula, target, None));
        written.map_err(|cause| no_folder(&workplace.activation, cause))?;
        let scratch = workplace.scratch();
        fs::create_dir(&scratch).map_err(|cause| no_folder(&scratch, cause))?;
        Ok(workplace)
    }

    /// The order for a run, whose JSON file is written.
    ///
    /// # Errors
    /// The disk does not take it.
    pub fn order(
        &self,
        definition: &ProgramDefinition,
        task: &Task,
    ) -> Result<Order, ProgramError> {
        let Task {
            formula,
            seed,
            fidelity,
            device,
        } = task;
        let path = self.folder.join("run.json");
        let run = json!({
            "activation": self.activation,
            "export": definition.activation.name(),
            "formula": formula.to_string(),
            "id": formula.id(),
            "nickname": formula.nickname(),
            "seed": seed,
            "fidelity": fidelity.fraction,
            "part": fidelity.part.name(),
            "scratch": self.scratch(),
            "metric": definition.metric,
            "direction": definition.direction,
            "device": device,
        });
        fs::write(&path, format!("{run:#}\n")).map_err(|cause| no_folder(&path, cause))?;
        let text = |path: &Path| path.display().to_string();
        let mut given: BTreeMap<String, String> = definition.environment.clone();
        given.extend(
            [
                ("ACTIVATION", text(&self.activation)),
                ("FORMULA", formula.to_string()),
                ("SEED", seed.to_string()),
                ("FIDELITY", fidelity.fraction.to_string()),
                ("PART", fidelity.part.name().to_owned()),
                ("SCRATCH", text(&self.scratch())),
                ("RUN", text(&path)),
            ]
            .map(|(name, value)| (format!("MOTHERLODE_{name}"), value)),
        );
        if let Some(device) = device {
            given.insert("CUDA_VISIBLE_DEVICES".to_owned(), (*device).to_owned());
        }
        Ok(Order {
            command: definition.command.clone(),
            folder: definition.folder.clone(),
            withheld: withheld(definition),
            given,
            limit: definition.limit,
            memory: definition.memory,
            grace: GRACE,
            workplace: self.folder.clone(),
        })
    }

    fn scratch(&self) -> PathBuf {
        self.folder.join("scratch")
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        let removed = fs::remove_dir_all(&self.folder);
        if let Err(error) = removed.or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        }) {
            tracing::warn!(
                "the folder of a run stays at {}, since it cannot be removed: {error}",
                self.folder.display()
            );
        }
    }
}

/// The name of the file that is given, under which Python imports it as `activation`.
fn file_name(target: Target) -> &'static str {
    match target {
        Target::Pytorch | Target::Jax => "activation.py",
        Target::Json => "activation.json",
        Target::Rust => "activation.rs",
        Target::Onnx => "activation.onnx",
        Target::Latex => "activation.tex",
    }
}

/// A folder that is new, and that no other user looks into.
fn new_folder() -> Result<PathBuf, ProgramError> {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let temporary = std::env::temp_dir();
    let temporary = std::path::absolute(&temporary).unwrap_or(temporary);
    let mut tries = 0;
    loop {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let folder = temporary.join(format!("motherlode-run-{}-{number}", std::process::id()));
        match private().create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < MOST_TRIES => {
                tries += 1;
            }
            Err(cause) => return Err(no_folder(&folder, cause)),
        }
    }
}

fn private() -> DirBuilder {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// The variables of this program that look like keys, but for those that the definition passes on.
fn withheld(definition: &ProgramDefinition) -> Vec<String> {
    let is_key = |name: &String| {
        let name = name.to_uppercase();
        KEY_WORDS.iter().any(|word| name.contains(word))
    };
    std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| is_key(name) && !definition.pass.contains(name))
        .collect()
}

fn no_folder(path: &Path, cause: io::Error) -> ProgramError {
    ProgramError::NoFolder {
        path: path.to_owned(),
        cause,
    }
}
