//! Widths, lengths and names: how much a reader meets at once.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{files_below, sources, Source, Token};

const COLUMNS: usize = 100;
const LINES_A_FILE: usize = 500;
const LINES_A_FUNCTION: usize = 60;
const FILES_A_NAME: usize = 2;

/// One match over every operator of the language, which a reader looks up and does not read.
const CATALOGUES: [(&str, &str); 5] = [
    ("crates/formula/src/lower.rs", "composed"),
    ("crates/formula/src/lower.rs", "guarded"),
    ("crates/formula/src/derivative.rs", "unary"),
    ("crates/formula/src/canonical/functions.rs", "unary"),
    ("crates/formula/src/export/latex.rs", "call"),
];

#[test]
fn at_most_one_line_in_a_hundred_is_wide() {
    let (mut lines, mut wide) = (0, Vec::new());
    for (path, text) in files_below(&["src", "crates", "tests", "benches", "examples"]) {
        for (number, line) in text.lines().enumerate() {
            lines += 1;
            if line.chars().count() > COLUMNS {
                wide.push(format!("{path}:{}", number + 1));
            }
        }
    }
    assert!(
        wide.len() * 100 <= lines,
        "{} of {lines} lines have more than {COLUMNS} columns:\n{}",
        wide.len(),
        wide.join("\n")
    );
}

#[test]
fn no_file_is_long() {
    let long = |(file, text): &(String, String)| {
        let lines = text.lines().count();
        (lines > LINES_A_FILE).then(|| format!("{file}: {lines}"))
    };
    let files = files_below(&["src", "crates", "tests"]);
    let found: Vec<String> = files.iter().filter_map(long).collect();
    assert!(
        found.is_empty(),
        "more than {LINES_A_FILE} lines; split along nouns\n{}",
        found.join("\n")
    );
}

#[test]
fn no_function_is_long() {
    let mut found = Vec::new();
    for source in sources() {
        let file = source.file();
        for (name, lines) in functions(&source.tokens()) {
            let at = (file.as_str(), name.as_str());
            if lines > LINES_A_FUNCTION && !CATALOGUES.contains(&at) {
                found.push(format!("{file}: {name} has {lines}"));
            }
        }
    }
    assert!(
        found.is_empty(),
        "functions of more than {LINES_A_FUNCTION} lines\n{}",
        found.join("\n")
    );
}

#[test]
fn a_type_name_stands_in_at_most_two_files_of_a_crate() {
    let mut declared: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for source in sources() {
        for name in types(&source.tokens()) {
            let files = declared.entry((source.root.clone(), name)).or_default();
            files.insert(source.file());
        }
    }
    let found: Vec<String> = declared
        .into_iter()
        .filter(|(_, files)| files.len() > FILES_A_NAME)
        .map(|((_, name), files)| format!("{name}: {files:?}"))
        .collect();
    assert!(
        found.is_empty(),
        "one name for several things; say what each is\n{}",
        found.join("\n")
    );
}

#[test]
fn paths_climb_one_module_at_most() {
    let climbs = |source: &Source| {
        let tokens = source.tokens();
        let twice = |three: &&[Token]| {
            three[0].text == "super" && three[1].text == "::" && three[2].text == "super"
        };
        let line = tokens.windows(3).find(twice)?[0].line + 1;
        let file = source.file();
        Some(format!("{file}:{line}"))
    };
    let found: Vec<String> = sources().iter().filter_map(climbs).collect();
    assert!(
        found.is_empty(),
        "super::super; use crate::\n{}",
        found.join("\n")
    );
}

#[test]
fn functions_and_types_are_counted() {
    let text = "pub struct Ore;\n\
        type Load<'a> = &'a [Ore];\n\
        impl Iterator for Ore {\n    type Item = Load;\n    \
        fn next(&mut self) -> Option<[u8; 2]> {\n        \
        if x {\n            y\n        }\n    }\n}\n\
        trait Dig { fn dig(&self); }\n\
        const fn one() -> fn(u8) -> u8 { two }\n\
        fn join(\n    Pair { left, right }: Pair,\n) -> u8 {\n    left + right\n}\n";
    let source = Source::new("src", "mine", text);
    let expected =
        [("next", 5), ("one", 1), ("join", 5)].map(|(name, lines)| (name.to_owned(), lines));
    assert_eq!(functions(&source.tokens()), expected);
    assert_eq!(types(&source.tokens()), ["Ore", "Load", "Dig"]);
}

/// The functions with bodies and their lines, from `fn` to the closing brace.
fn functions(tokens: &[Token]) -> Vec<(String, usize)> {
    let mut functions = Vec::new();
    for (at, pair) in tokens.windows(2).enumerate() {
        if pair[0].text == "fn" && pair[1].is_word() {
            let end = body_end(&tokens[at..]);
            functions.extend(end.map(|end| (pair[1].text.to_owned(), end - pair[0].line + 1)));
        }
    }
    functions
}

/// The line on which the body of the function ends whose `fn` stands first, if it has one.
fn body_end(tokens: &[Token]) -> Option<usize> {
    let (mut braces, mut brackets) = (0, 0);
    for token in tokens {
        match token.text {
            "(" | "[" => brackets += 1,
            ")" | "]" => brackets -= 1,
            "{" => braces += 1,
            "}" => {
                braces -= 1;
                // The braces of a pattern among the arguments close between brackets.
                if braces == 0 && brackets == 0 {
                    return Some(token.line);
                }
            }
            ";" if braces == 0 && brackets == 0 => return None,
            _ => {}
        }
    }
    None
}

/// The names of the types that a file declares; associated types are no types of their own.
fn types(tokens: &[Token]) -> Vec<String> {
    let mut depth = 0;
    let mut names = Vec::new();
    for pair in tokens.windows(2) {
        match pair[0].text {
            "{" => depth += 1,
            "}" => depth -= 1,
            "struct" | "enum" | "trait" if pair[1].is_word() => names.push(pair[1].text.to_owned()),
            "type" if depth == 0 && pair[1].is_word() => names.push(pair[1].text.to_owned()),
            _ => {}
        }
    }
    names
}
