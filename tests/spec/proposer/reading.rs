//! What is read out of a reply: exactly what was written, or a rejection.

use motherlode::attempt::{Proposal, Rejection, Reply};
use motherlode::proposer::prompt;
use motherlode::proposer::read::{proposals, LONGEST_REPLY};
use proptest::prelude::*;

use super::brief;

fn read_all(text: &str) -> Result<Vec<Proposal>, Rejection> {
    proposals(&Reply { text: text.to_owned(), ..Reply::default() })
}

/// The first proposal.
fn read(text: &str) -> Result<Proposal, Rejection> {
    Ok(read_all(text)?.swap_remove(0))
}

#[test]
fn the_formula_is_the_text_that_was_written() {
    for (reply, formula) in [
        (r#"{"formula": "x*sigmoid(x)"}"#, "x*sigmoid(x)"),
        (r#"Sure! Here it is: {"name": "A", "formula": "tanh(x)", "rationale": "r"} Good luck."#, "tanh(x)"),
        ("```json\n{\"formula\": \"erf(x)*x\"}\n```", "erf(x)*x"),
        ("I use \\frac{1}{2} and {braces}.\n{\"formula\": \"0.5*x\"}", "0.5*x"),
        (r#"{"answer": {"formula": "sin(x) + x"}}"#, "sin(x) + x"),
        (r#"[{"formula": "relu(x)"}, {"formula": "gelu(x)"}]"#, "relu(x)"),
        (r#"{"formula": "a = tanh(x);\na*x"}"#, "a = tanh(x);\na*x"),
        ("{\"formula\": \"a = tanh(x);\n\ta*x\", \"name\": \"two lines\"}", "a = tanh(x);\n\ta*x"),
        (r#"{"formula": "  x^2 "}"#, "  x^2 "),
        ("The best is\n```\nx*tanh(softplus(x))\n```\nbecause it is smooth.", "x*tanh(softplus(x))"),
        ("```python\na = 2*x\na*sigmoid(x)\n```\n```\nother\n```", "a = 2*x\na*sigmoid(x)"),
        ("<think>maybe {\"formula\": \"relu(x)\"}?</think>{\"formula\": \"silu(x)\"}", "silu(x)"),
        ("{\"formula\": \"relu(x)\"}? No.</think>\n{\"formula\": \"silu(x)\"}", "silu(x)"),
        (r#"{"formula": "THE FORMULA"} means: {"formula": "mish(x)"}"#, "mish(x)"),
    ] {
        assert_eq!(read(reply).map(|proposal| proposal.formula), Ok(formula.to_owned()), "{reply}");
    }
}

#[test]
fn a_name_and_a_rationale_are_kept_where_they_are_words() {
    let found = read(r#"{"formula": "x", "name": " Bent ", "rationale": "smooth"}"#).unwrap();
    assert_eq!((found.name.as_deref(), found.rationale.as_deref()), (Some("Bent"), Some("smooth")));
    let found = read(r#"{"formula": "x", "name": null, "rationale": 7}"#).unwrap();
    assert_eq!((found.name, found.rationale), (None, None));
    let long = format!(r#"{{"formula": "x", "name": "{}", "rationale": "{}"}}"#, "n".repeat(500), "r".repeat(9000));
    let found = read(&long).unwrap();
    assert_eq!((found.name.unwrap().len(), found.rationale.unwrap().len()), (80, 2000));
}

#[test]
fn a_reply_without_a_formula_is_unreadable_with_a_reason() {
    for (reply, reason) in [
        ("", "empty"),
        ("  \n ", "empty"),
        ("I cannot think of one.", "no JSON object"),
        (r#"{"name": "nothing"}"#, "no JSON object"),
        (r#"{"formula": ""}"#, "is empty"),
        (r#"{"formula": ["x", "y"]}"#, "cannot be read"),
        (r#"{"formula": "x", "formula": "x^2"}"#, "cannot be read"),
        (r#"{"formula": "x*sigm"#, "cannot be read"),
        ("{\"formula\": \"x*sigm\n```\nrelu(x)\n```", "cannot be read"),
        ("<think>{\"formula\": \"relu(x)\"}", "reasoning only"),
        ("```\nrelu(x)", "no code block"),
        ("```json\n[1, 2]\n```", "no code block"),
        (r#"{"formula": "THE FORMULA", "name": "a short name"}"#, "no JSON object"),
    ] {
        match read(reply) {
            Err(Rejection::Unreadable { detail }) => assert!(detail.contains(reason), "{reply}: {detail}"),
            other => panic!("{reply}: {other:?}"),
        }
    }
}

#[test]
fn a_prompt_that_is_echoed_proposes_nothing() {
    for parents in [1, 2] {
        let mut brief = brief(1);
        brief.parents = vec![brief.parents[0].clone(); parents];
        let found = read(&prompt::proposal(&brief).to_string());
        assert!(matches!(found, Err(Rejection::Unreadable { .. })), "{found:?}");
    }
}

#[test]
fn hostile_replies_are_unreadable() {
    let large = format!(r#"{{"formula": "{}"}}"#, "x+".repeat(5 << 20));
    let long = format!(r#"{{"formula": "{}x"}}"#, "x+".repeat(5000));
    let deep = format!("{}\"formula\"", r#"{"formula":"#.repeat(LONGEST_REPLY / 11 - 2));
    let brackets = format!(r#"{{"formula": {}"#, "[".repeat(LONGEST_REPLY / 2));
    let quotes = r#"{"formula": ""#.repeat(LONGEST_REPLY / 20);
    let breaks = "{\"formula\": \"\n".repeat(LONGEST_REPLY / 20);
    let fences = "```".repeat(LONGEST_REPLY / 3);
    let thoughts = "<think>".repeat(LONGEST_REPLY / 7);
    for reply in [large, long, deep, brackets, quotes, breaks, fences, thoughts] {
        let found = read(&reply);
        let start = &reply[..40];
        assert!(matches!(found, Err(Rejection::Unreadable { .. })), "{start}: {found:?}");
        assert!(found.unwrap_err().detail().len() < 400, "{start}");
    }
}

#[test]
fn the_finish_reason_decides_before_the_text() {
    for (finish, kind) in [("length", "Truncated"), ("content_filter", "Refused"), ("refusal", "Refused")] {
        let reply = Reply { text: r#"{"formula": "x"}"#.to_owned(), finish: Some(finish.to_owned()), ..Reply::default() };
        assert_eq!(proposals(&reply).unwrap_err().kind(), kind, "{finish}");
    }
    let reply = Reply { text: r#"{"formula": "x"}"#.to_owned(), finish: Some("stop".to_owned()), ..Reply::default() };
    assert!(proposals(&reply).is_ok());
}

proptest! {
    #[test]
    fn any_formula_written_as_json_is_read_back_to_the_letter(formula in "[ -~\\n\\t\"\\\\{}]{1,80}") {
        prop_assume!(!formula.trim().is_empty());
        let reply = serde_json::json!({"formula": formula, "rationale": "r"}).to_string();
        // Reasoning tags in a formula would hide it; no formula holds them.
        prop_assume!(!formula.contains("think>") && !formula.contains("reasoning>"));
        prop_assert_eq!(read(&reply).map(|proposal| proposal.formula), Ok(formula));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(\\PC|[{}\"`\\\\\\n<>]|formula|think){0,200}") {
        let _ = read(&text);
    }
}
