//! The documents: what they point at exists, and the front page stays short.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders whose Markdown files are documents; prompts are none.
const FOLDERS: [&str; 5] = ["", "docs", "datasets", "tests", "crates/formula"];
/// Where a path in backticks that begins so is a path from the top of the repository.
const TOPS: [&str; 9] = [
    "src/",
    "crates/",
    "tests/",
    "docs/",
    "datasets/",
    "scripts/",
    "prompts/",
    "benches/",
    "examples/",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every document by its path from the top, with its text.
fn documents() -> Vec<(PathBuf, String)> {
    let mut all = Vec::new();
    for folder in FOLDERS {
        for entry in fs::read_dir(root().join(folder)).expect("the folder is there") {
            let name = entry.expect("an entry").file_name();
            let path = Path::new(folder).join(name);
            if path.extension().is_some_and(|ending| ending == "md") {
                let text = fs::read_to_string(root().join(&path)).expect("a document is text");
                all.push((path, text));
            }
        }
    }
    assert!(all.len() >= 12, "found {} documents only", all.len());
    all
}

/// The targets of the links, without the places within their pages.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'));
    targets.map(|(target, _)| target.split('#').next().unwrap_or(target))
}

/// The texts in backticks, line by line.
fn literals(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// The links of a document that lead to no file, and the paths in its backticks that are none.
fn astray(folder: &Path, text: &str) -> Vec<String> {
    let links = links(text)
        .filter(|link| !link.is_empty() && !link.contains("://"))
        .filter(|link| !root().join(folder).join(link).exists());
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let paths = literals(text)
        .filter(|path| TOPS.iter().any(|top| path.starts_with(top)) && path.chars().all(is_plain))
        .filter(|path| !root().join(path).exists() && !root().join(format!("{path}.rs")).exists());
    links.chain(paths).map(str::to_owned).collect()
}

#[test]
fn every_link_and_every_path_of_a_document_leads_to_a_file() {
    for (path, text) in documents() {
        let folder = path.parent().unwrap_or(Path::new(""));
        let astray = astray(folder, &text);
        assert!(
            astray.is_empty(),
            "{}: {} lead nowhere",
            path.display(),
            astray.join(", ")
        );
    }
}

#[test]
fn a_link_or_a_path_that_leads_nowhere_is_found() {
    for (folder, text, wanted) in [
        ("", "see [the lab](docs/none.md).", "docs/none.md"),
        (
            "docs",
            "see [the data](datasets/README.md).",
            "datasets/README.md",
        ),
        ("", "it stands in `src/none.rs`, a file", "src/none.rs"),
    ] {
        assert_eq!(astray(Path::new(folder), text), [wanted], "{text}");
    }
    let sound =
        "[data](../datasets/README.md#images), `src/lib.rs`, [far](https://a.b/c), `src/lab`";
    assert!(astray(Path::new("docs"), sound).is_empty());
}

#[test]
fn the_readme_stays_under_1500_words_and_ten_rows_of_results() {
    let text = fs::read_to_string(root().join("README.md")).expect("the README is there");
    let words = text.split_whitespace().count();
    assert!(words < 1_500, "README.md has {words} words");
    let results = text
        .lines()
        .skip_while(|line| !line.starts_with("| formula"));
    let rows = results.take_while(|line| line.starts_with('|')).count();
    assert!(
        (3..=12).contains(&rows),
        "the table of results has {rows} lines"
    );
}
