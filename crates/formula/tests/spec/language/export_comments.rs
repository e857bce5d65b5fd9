//! The comments of exports: whatever text a formula came from, an export holds nothing of it that
//! is code where a comment is meant.

use motherlode_formula::export::{export, Name, Target};
use motherlode_formula::Formula;

/// Texts that try to leave a comment, a string or a document; those that are formulas are exported.
const HOSTILE: [&str; 16] = [
    "x # one\nimport os; os.abort()",
    "x*tanh(x) # \"\"\"\nimport os\n\"\"\"",
    "x # */ std::process::exit(1) /*",
    "x # \u{1b}[2J\u{202e}\u{7}",
    "import_os = 2*x\nimport_os + x",
    "a = x; a*sigmoid(a) # \\end{align*}\\input{/etc/passwd}",
    "lambda_ = 2\nlambda_*x",
    "__import__ = 2*x\n__import__",
    "os.system(x)",
    "a\u{2028}b = x\na\u{2028}b",
    "a\rb = x\na",
    "x\u{0}",
    "\"x\"",
    "x; {{MAIN}}",
    "{{BODIES}}",
    "x \\\nimport os",
];

#[test]
fn a_header_is_comment_to_its_last_line_and_all_text_is_seen() {
    let (mut formulas, mut refused) = (0, 0);
    for text in HOSTILE {
        let Ok(formula) = Formula::parse(text) else {
            refused += 1;
            continue;
        };
        formulas += 1;
        let printed = formula.to_string();
        assert!(
            printed.chars().all(|c| (' '..='~').contains(&c)),
            "{printed:?}"
        );
        assert!(
            !printed.contains(['#', '"', '\'', '\\', '{', '}', '%']),
            "{printed}"
        );
        for target in Target::ALL.into_iter().filter(|target| !target.is_binary()) {
            let exported = export(&formula, target, None);
            let exported = String::from_utf8(exported).expect("it is text");
            let what = format!("{text:?} to {}", target.name());
            let unseen = |c: char| c != '\n' && (c.is_control() || c > '~' && !c.is_alphabetic());
            assert!(!exported.contains(unseen), "{what}: {exported}");
            let mark = match target {
                Target::Latex => "%",
                Target::Rust => "//",
                Target::Pytorch | Target::Jax => "#",
                Target::Json | Target::Onnx => continue,
            };
            let head: Vec<&str> = exported
                .lines()
                .take_while(|line| line.starts_with(mark))
                .collect();
            assert!(head.len() >= 6, "{what}: {exported}");
            for planted in [
                "os.abort",
                "import os",
                "exit(1) /*",
                "passwd",
                "\"\"\"\nimport",
            ] {
                assert!(!exported.contains(planted), "{what} holds {planted}");
            }
        }
    }
    assert!(formulas >= 6 && refused >= 6, "{formulas} and {refused}");
}

#[test]
fn a_name_that_is_more_than_a_word_is_refused() {
    for name in [
        "f\nimport os",
        "f\rimport os",
        "f\u{2028}g",
        "f; import os",
        "f(x):#",
        "f\"\"\"",
        "f*/",
        "f}\\input{g}",
        "f\u{1b}[2J",
        "ﬁ",
        "f\u{200b}",
        "{{BODIES}}",
        "",
    ] {
        assert!(Name::parse(name).is_err(), "{name:?}");
    }
}
