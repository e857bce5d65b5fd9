//! Training programs of the user's as benchmarks: what their files may say, what they are given,
//! what becomes of hostile ones, and that none of them is left running.

mod command;
mod deaths;
mod definitions;
mod endings;
mod origins;
mod readings;

use std::path::{Path, PathBuf};
use std::process::Output;

use tempfile::TempDir;

use crate::binary::{folder, run};

/// Prints the metric of a run that went well.
const WELL: &str = "echo '{\"accuracy\": 0.5, \"loss\": 0.25}'";

/// A folder with `own.toml`, which has these lines more, and `train.sh` with this text.
fn with_program(lines: &str, script: &str) -> TempDir {
    let folder = folder();
    write_program(folder.path(), lines, script);
    folder
}

fn write_program(folder: &Path, lines: &str, script: &str) {
    let text = format!(
        "[program]\ncommand = [\"sh\", \"train.sh\"]\nactivation = \"json\"\n\
         metric = \"accuracy\"\ndirection = \"higher\"\nat_once = 2\n{lines}\n"
    );
    std::fs::write(folder.join("own.toml"), text).unwrap();
    std::fs::write(folder.join("train.sh"), format!("{script}\n")).unwrap();
}

/// Arguments of a replay of `own.toml`, with consent.
const OWN: [&str; 4] = ["replay", "--benchmark", "own.toml", "--yes"];

/// A replay of relu and a few formulas under one seed.
fn replayed(folder: &Path, formulas: &[&str], others: &[&str]) -> Output {
    let mut arguments = OWN.to_vec();
    arguments.extend(["--baselines", "relu", "--seeds", "1"]);
    for formula in formulas {
        arguments.extend(["--formula", formula]);
    }
    arguments.extend(others);
    run(folder, &arguments)
}

/// The processes that run a file of this folder, or have its path in their environment.
fn running_in(folder: &Path) -> Vec<String> {
    let marker = folder.to_str().unwrap().as_bytes();
    let holds = |path: PathBuf| {
        std::fs::read(path).is_ok_and(|text| text.windows(marker.len()).any(|part| part == marker))
    };
    let own = std::process::id().to_string();
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()) && *name != own)
        .filter(|process| {
            let at = |file: &str| Path::new("/proc").join(process).join(file);
            holds(at("cmdline")) || holds(at("environ"))
        })
        .collect()
}

/// The lines of `environment` by which the processes of a program are found, and their folders of
/// runs lie in this one.
fn marked(folder: &Path) -> String {
    format!(
        "environment = {{ MARKER = \"{}\" }}",
        folder.to_str().unwrap()
    )
}
