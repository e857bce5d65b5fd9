//! The layers of ARCHITECTURE.md: imports run downward only, organs do not know each other, and
//! each outside crate has one door.

mod circles;
mod modules;
mod sizes;
mod source;

use source::{sources, Source};

/// Every module of src/ by layer, from the bottom up.
const LAYERS: [(&str, &[&str]); 6] = [
    (
        "matter",
        &["numerics", "formula", "task", "images", "nets", "drawing"],
    ),
    ("records", &["record"]),
    ("ground", &["files"]),
    ("organs", &["proposer", "lab", "archive", "journal"]),
    ("stories", &["config", "campaign", "replay", "review"]),
    ("faces", &["cli", "main", "lib"]),
];

/// The door of each outside crate that has one, or the doors: files whose path begins so.
const DOORS: [(&str, &[&str]); 26] = [
    ("egg", &["formula/canonical"]),
    ("evalexpr", &["formula/parse"]),
    ("pulp", &["formula/vector"]),
    ("reqwest", &["proposer/llm/http", "replay/download"]),
    ("httpdate", &["proposer/llm/rate"]),
    ("minijinja", &["proposer/prompt"]),
    ("sled", &["journal"]),
    ("zstd", &["journal"]),
    ("ode_solvers", &["task/chaos/integrator"]),
    ("csv", &["task/comma"]),
    ("clap", &["cli", "config"]),
    ("indicatif", &["cli/progress"]),
    ("comfy_table", &["cli/table"]),
    ("console", &["cli/screen"]),
    ("plotters", &["drawing"]),
    ("prost", &["formula/export/onnx"]),
    ("statrs", &["numerics/statistics"]),
    ("bobyqa", &["numerics/minimum"]),
    ("safetensors", &["replay/checkpoint"]),
    ("flate2", &["images/gzip"]),
    ("image", &["images/decode"]),
    ("nalgebra", &["images/whitening"]),
    ("tar", &["replay/sets/source"]),
    ("md5", &["replay/download"]),
    ("sysinfo", &["replay/memory", "replay/program/descendants"]),
    ("rustix", &["replay/program/processes"]),
];

/// The one file of matter that reads a clock: a deadline ends work, and no result depends on it.
const CLOCK: (&str, &str) = ("src/numerics/stop.rs", "std::time");

/// Matter may only do arithmetic, and records hold what they are given.
const IMPURE: [&str; 8] = [
    "std::fs",
    "std::net",
    "std::time",
    "std::env",
    "std::thread",
    "tokio",
    "rand::rng",
    "println!",
];

/// Ways of reading a file that wait for a pipe, or know no end.
const READING: [&str; 5] = [
    "fs::read(",
    "fs::read_to_string(",
    "File::open(",
    "fs::read_dir(",
    "read_to_end(",
];

/// Where else they stand: the journal's files are its own, a folder is opened to have it on the
/// disk, and a file is unpacked as far as is asked for.
const READERS: [&str; 4] = [
    "src/files/",
    "src/journal/",
    "src/replay/placement.rs",
    "src/images/gzip.rs",
];

/// The one file that prints: it makes visible what would steer a terminal.
const PRINTER: &str = "src/cli/output.rs";

const PRINTING: [&str; 5] = [
    "println!",
    "eprintln!",
    "print!(",
    "io::stdout",
    "io::stderr",
];

const FORBIDDEN: [&str; 6] = [
    ".unwrap()",
    "unsafe {",
    "unsafe fn",
    "todo!",
    "unimplemented!",
    "dbg!",
];

#[test]
fn every_module_stands_in_a_layer() {
    for source in sources() {
        assert!(
            layer(source.room()).is_some(),
            "{} belongs to no layer; add '{}' to one",
            source.file(),
            source.room()
        );
    }
}

#[test]
fn imports_run_downward_only() {
    for source in sources() {
        let own = layer(source.room());
        for used in rooms_used(&source) {
            assert!(
                layer(&used) <= own,
                "{} of {} imports crate::{used} of {}",
                source.file(),
                name(own),
                name(layer(&used))
            );
        }
    }
}

#[test]
fn organs_never_import_one_another() {
    for source in sources() {
        let own = layer(source.room());
        for used in rooms_used(&source) {
            let foreign = layer(&used) == layer("archive") && used != source.room();
            assert!(
                own != layer("archive") || !foreign,
                "the organ {} imports the organ {used} in {}",
                source.room(),
                source.file()
            );
        }
    }
}

#[test]
fn each_outside_crate_has_one_door() {
    for source in sources() {
        for (outside, doors) in DOORS {
            let through_door = doors.iter().any(|door| source.door().starts_with(door));
            assert!(
                through_door || !names_crate(&source, outside),
                "{} uses {outside}, whose door is {}",
                source.file(),
                doors.join(" or ")
            );
        }
    }
}

#[test]
fn matter_and_records_are_pure() {
    for source in sources() {
        if layer(source.room()) <= layer("record") {
            let (file, clock) = CLOCK;
            let allowed = |word: &&str| source.file() == file && *word == clock;
            let impure: Vec<&str> = IMPURE.into_iter().filter(|word| !allowed(word)).collect();
            refuse(&source, &impure, "is matter or a record");
        }
    }
}

#[test]
fn files_are_read_in_one_place() {
    for source in sources() {
        let file = source.file();
        if !READERS.iter().any(|reader| file.starts_with(reader)) {
            refuse(&source, &READING, "is not in src/files");
        }
    }
}

#[test]
fn one_file_prints() {
    for source in sources() {
        if source.file() != PRINTER {
            refuse(&source, &PRINTING, "is not cli/output");
        }
    }
}

#[test]
fn only_the_faces_exit() {
    for source in sources() {
        if layer(source.room()) < layer("cli") {
            refuse(&source, &["process::exit"], "is no face");
        }
    }
}

/// A thread that the system does not give is an error, where `std::thread::spawn` would panic.
#[test]
fn threads_are_asked_for_and_not_assumed() {
    let assumed = ["thread::spawn(", "scope.spawn(", "thread::spawn;"];
    for source in sources() {
        refuse(&source, &assumed, "must ask thread::Builder and");
    }
}

#[test]
fn nothing_unwraps_and_nothing_is_unsafe() {
    for source in sources() {
        refuse(&source, &FORBIDDEN, "is a source of the house");
    }
}

fn refuse(source: &Source, words: &[&str], what: &str) {
    for word in words {
        let line = source.code.lines().position(|line| line.contains(word));
        if let Some(line) = line {
            panic!(
                "{}:{} {what} and must not use {word}",
                source.file(),
                line + 1
            );
        }
    }
}

/// Whether a file names an outside crate, and not only something whose name ends alike.
fn names_crate(source: &Source, outside: &str) -> bool {
    let tokens = source.tokens();
    tokens.iter().enumerate().any(|(at, token)| {
        let text = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map(|token| token.text);
        let before = text(at.checked_sub(1));
        let after = text(Some(at + 1));
        token.text == outside
            && before != Some("::")
            && (after == Some("::") || (before == Some("use") && matches!(after, Some(";" | "as"))))
    })
}

fn layer(module: &str) -> Option<usize> {
    LAYERS
        .iter()
        .position(|(_, modules)| modules.contains(&module))
}

fn name(layer: Option<usize>) -> &'static str {
    layer.map_or("no layer", |layer| LAYERS[layer].0)
}

/// The modules that a file of the root crate names by `crate::` or, in the binary, by the crate's
/// own name; a member crate names none of them, and Cargo refuses that it does.
fn rooms_used(source: &Source) -> Vec<String> {
    if source.member().is_some() {
        return Vec::new();
    }
    let own_name = match source.path.as_str() {
        "main" => "motherlode",
        _ => "crate",
    };
    let modules = modules::Modules::new(&[source]);
    let rooms = modules.rooms_used(0, own_name);
    rooms.into_iter().map(str::to_owned).collect()
}
