//! The layers of ARCHITECTURE.md: imports run downward only, organs do not know each other, and
//! each outside crate has one door.

use std::path::{Path, PathBuf};

/// Every module of src/ by layer, from the bottom up.
const LAYERS: [(&str, &[&str]); 5] = [
    (
        "matter",
        &["numerics", "formula", "task", "images", "nets", "drawing"],
    ),
    ("records", &["record"]),
    ("organs", &["proposer", "lab", "archive", "journal"]),
    ("stories", &["config", "campaign", "replay"]),
    ("faces", &["cli", "main", "lib"]),
];

/// The door of each outside crate that has one, or the doors: files whose path begins so.
const DOORS: [(&str, &[&str]); 24] = [
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
    ("clap", &["cli"]),
    ("indicatif", &["cli/progress"]),
    ("comfy_table", &["cli/table"]),
    ("console", &["cli/screen"]),
    ("plotters", &["drawing"]),
    ("prost", &["formula/export/onnx"]),
    ("statrs", &["numerics/statistics"]),
    ("safetensors", &["replay/checkpoint"]),
    ("flate2", &["images/gzip"]),
    ("image", &["images/decode"]),
    ("nalgebra", &["images/whitening"]),
    ("tar", &["replay/sets/source"]),
    ("md5", &["replay/download"]),
    ("sysinfo", &["replay/memory"]),
];

/// Matter may only do arithmetic.
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

struct Source {
    /// The path below src/, without its ending.
    path: String,
    module: String,
    text: String,
}

#[test]
fn every_module_stands_in_a_layer() {
    for source in sources() {
        assert!(
            layer(&source.module).is_some(),
            "src/{} belongs to no layer; add '{}' to one",
            source.path,
            source.module
        );
    }
}

#[test]
fn imports_run_downward_only() {
    for source in sources() {
        let own = layer(&source.module);
        for used in used_modules(&source.text) {
            assert!(
                layer(&used) <= own,
                "src/{} of {} imports crate::{used} of {}",
                source.path,
                name(own),
                name(layer(&used))
            );
        }
    }
}

#[test]
fn organs_never_import_one_another() {
    for source in sources()
        .into_iter()
        .filter(|source| layer(&source.module) == layer("archive"))
    {
        for used in used_modules(&source.text) {
            let foreign = layer(&used) == layer("archive") && used != source.module;
            assert!(
                !foreign,
                "the organ {} imports the organ {used} in src/{}",
                source.module, source.path
            );
        }
    }
}

#[test]
fn each_outside_crate_has_one_door() {
    for source in sources() {
        for (outside, doors) in DOORS {
            let used = code(&source.text).any(|line| names_crate(line, outside));
            let through_door = doors.iter().any(|door| source.path.starts_with(door));
            assert!(
                !used || through_door,
                "src/{} uses {outside}, whose door is src/{}",
                source.path,
                doors.join(" or src/")
            );
        }
    }
}

#[test]
fn matter_is_pure() {
    for source in sources()
        .into_iter()
        .filter(|source| layer(&source.module) == layer("formula"))
    {
        for impure in IMPURE {
            assert!(
                !code(&source.text).any(|line| line.contains(impure)),
                "src/{} is matter and must not use {impure}",
                source.path
            );
        }
    }
}

#[test]
fn only_the_faces_print() {
    for source in sources()
        .into_iter()
        .filter(|source| layer(&source.module) < layer("cli"))
    {
        for print in ["println!", "eprintln!", "print!(", "process::exit"] {
            assert!(
                !code(&source.text).any(|line| line.contains(print)),
                "src/{} is no face and must not use {print}",
                source.path
            );
        }
    }
}

#[test]
fn nothing_unwraps_and_nothing_is_unsafe() {
    for source in sources() {
        for forbidden in [
            ".unwrap()",
            "unsafe {",
            "unsafe fn",
            "todo!",
            "unimplemented!",
            "dbg!",
        ] {
            assert!(
                !code(&source.text).any(|line| line.contains(forbidden)),
                "src/{} uses {forbidden}",
                source.path
            );
        }
    }
}

/// Whether a line names an outside crate, and not only something whose name ends alike.
fn names_crate(line: &str, outside: &str) -> bool {
    let path = format!("{outside}::");
    let begins = |(at, _): (usize, &str)| {
        !line[..at]
            .ends_with(|before: char| before.is_alphanumeric() || matches!(before, '_' | ':'))
    };
    line.match_indices(&path).any(begins) || line.contains(&format!("use {outside};"))
}

fn layer(module: &str) -> Option<usize> {
    LAYERS
        .iter()
        .position(|(_, modules)| modules.contains(&module))
}

fn name(layer: Option<usize>) -> &'static str {
    layer.map_or("no layer", |layer| LAYERS[layer].0)
}

/// The modules that a file names by `crate::` or, in the binary, by the crate's own name.
fn used_modules(text: &str) -> Vec<String> {
    let mut used = Vec::new();
    for line in code(text) {
        for (start, prefix) in line.match_indices("crate::") {
            let rest = &line[start + prefix.len()..];
            let group = rest
                .strip_prefix('{')
                .map(|group| group.split('}').next().unwrap_or_default());
            for item in group.unwrap_or(rest).split(',') {
                let module: String = item
                    .trim()
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if !module.is_empty() {
                    used.push(module);
                }
                if group.is_none() {
                    break;
                }
            }
        }
    }
    used
}

/// The lines that are not comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
}

/// The sources of src/, and those of crates/NAME/src/ as the module NAME.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = sources_below(&root.join("src"), "");
    for entry in std::fs::read_dir(root.join("crates")).expect("crates can be listed") {
        let folder = entry.expect("crates can be listed").path();
        let name = folder.file_name().unwrap_or_default().display();
        sources.extend(sources_below(&folder.join("src"), &format!("{name}/")));
    }
    assert!(sources.len() > 20, "the sources were not found");
    sources
}

fn sources_below(root: &Path, prefix: &str) -> Vec<Source> {
    let mut files = Vec::new();
    collect(root, &mut files);
    let source = |file: PathBuf| {
        let below = file.strip_prefix(root).expect("it was found below src");
        let path = format!("{prefix}{}", below.with_extension("").display());
        let module = path.split('/').next().unwrap_or_default().to_owned();
        Source {
            path,
            module,
            text: std::fs::read_to_string(&file).expect("a source file can be read"),
        }
    };
    files.into_iter().map(source).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("src can be listed") {
        let path = entry.expect("src can be listed").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}
