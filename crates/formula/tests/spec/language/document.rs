//! docs/language.md, whose tables are filled in by what the program does; `UPDATE_GOLDEN=1` writes
//! them anew.

use std::path::Path;

use motherlode_formula::{limits, Class, Formula, Function};

use super::formula;

/// The document with every table between `<!-- NAME -->` and `<!-- end -->` filled in; a row keeps
/// its first cells, which say what is asked.
fn filled(document: &str) -> String {
    let mut out = String::new();
    let mut table: Option<&str> = None;
    for line in document.lines() {
        let marker = line
            .strip_prefix("<!-- ")
            .and_then(|rest| rest.strip_suffix(" -->"));
        match (marker, table) {
            (Some("end"), _) => table = None,
            (Some(name), _) => table = Some(name),
            _ => {}
        }
        let kept = match table {
            Some("functions") if marker.is_none() => continue,
            Some(name) if marker.is_none() && line.starts_with("| `") => row(name, line),
            _ => line.to_owned(),
        };
        out.push_str(&kept);
        out.push('\n');
        if marker == Some("functions") {
            out.push_str(&functions());
        }
    }
    out
}

fn row(table: &str, line: &str) -> String {
    let cells: Vec<&str> = line
        .split(" |")
        .map(|cell| cell.trim_start_matches('|').trim())
        .collect();
    let text = cells[0].trim_matches('`');
    match table {
        "read" => format!("| `{text}` | `{}` |", formula(text)),
        "refused" => {
            let error = Formula::parse(text).expect_err(text);
            assert!(error.place().is_some(), "{text}: {error} has no place");
            format!("| `{text}` | {} |", escaped(&error.to_string()))
        }
        "slopes" => {
            let (value, slope) = formula(text).value_and_slope(cells[1].parse().expect("a number"));
            format!("| `{text}` | {} | {value} | {slope} |", cells[1])
        }
        other => panic!("the table {other} is unknown"),
    }
}

fn functions() -> String {
    let mut table =
        "| function | other names | arguments | class | definition |\n|---|---|---|---|---|\n"
            .to_owned();
    for function in Function::all() {
        let name = function
            .symbol()
            .map_or(String::new(), |symbol| format!(", `{symbol}`"));
        let others: Vec<String> = function
            .aliases()
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let (class, arity) = (function.class(), function.arity());
        let row = format!(
            "| `{}`{name} | {} | {arity} | {class} | {} |\n",
            function.name(),
            others.join(", "),
            escaped(function.definition())
        );
        table.push_str(&row);
    }
    table
}

fn escaped(cell: &str) -> String {
    cell.replace('|', "\\|")
}

#[test]
fn the_reference_of_the_language_says_what_the_program_does() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/language.md");
    let found = std::fs::read_to_string(&file).expect("docs/language.md");
    let wanted = filled(&found);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, &wanted).expect("docs/language.md can be written");
        return;
    }
    for (found, wanted) in found.lines().zip(wanted.lines()) {
        assert_eq!(
            found, wanted,
            "docs/language.md has changed: UPDATE_GOLDEN=1 writes it anew"
        );
    }
    assert_eq!(
        found.len(),
        wanted.len(),
        "docs/language.md has changed: UPDATE_GOLDEN=1 writes it anew"
    );
    assert!(found.contains("4,096 bytes, nests at most 64 deep and holds at most 512"));
    assert_eq!(
        (
            limits::TEXT_BYTES,
            limits::NESTING,
            limits::PROGRAM_NODES,
            limits::GRAPH_NODES
        ),
        (4096, 64, 512, 4096)
    );
}

#[test]
fn a_definition_is_one_line_that_names_no_other_class() {
    for function in Function::all() {
        let definition = function.definition();
        assert!(
            !definition.is_empty() && definition.lines().count() == 1,
            "{function:?}"
        );
        let coupled = definition.contains("over the");
        assert_eq!(
            coupled || *function == Function::Roll,
            function.class() != Class::Pointwise,
            "{function:?}: {definition}"
        );
    }
}
