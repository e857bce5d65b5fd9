//! What is read out of a reply: exactly what was written, or a rejection.

use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::prompt;
use motherlode::proposer::reply::{proposals, LONGEST_REPLY, MOST_FORMULAS};
use motherlode::proposer::{Proposer, Unanswered};
use motherlode::record::attempt::{Proposal, Rejection, Reply};
use proptest::prelude::*;

use wiremock::ResponseTemplate;

use super::brief;
use super::servers::{ask, free, llm, paid, says, Server};

/// All that is read of a reply that several formulas were asked for.
fn read_all(text: &str) -> Result<Vec<Proposal>, Rejection> {
    read_of(text, 16)
}

/// What is read of a reply that one formula was asked for.
fn read(text: &str) -> Result<Proposal, Rejection> {
    let mut found = read_of(text, 1)?;
    assert_eq!(found.len(), 1, "{text}");
    Ok(found.swap_remove(0))
}

fn read_of(text: &str, formulas: u32) -> Result<Vec<Proposal>, Rejection> {
    let reply = Reply {
        text: text.to_owned(),
        ..Reply::default()
    };
    let parsed = proposals(&reply, formulas)?;
    Ok(parsed.into_iter().map(|parsed| parsed.proposal).collect())
}

#[test]
fn the_formula_is_the_text_that_was_written() {
    for (reply, formula) in [
        (r#"{"formula": "x*sigmoid(x)"}"#, "x*sigmoid(x)"),
        (
            r#"Sure! Here it is: {"name": "A", "formula": "tanh(x)", "rationale": "r"} Good luck."#,
            "tanh(x)",
        ),
        ("```json\n{\"formula\": \"erf(x)*x\"}\n```", "erf(x)*x"),
        (
            "I use \\frac{1}{2} and {braces}.\n{\"formula\": \"0.5*x\"}",
            "0.5*x",
        ),
        (r#"{"answer": {"formula": "sin(x) + x"}}"#, "sin(x) + x"),
        (
            r#"[{"formula": "relu(x)"}, {"formula": "gelu(x)"}]"#,
            "gelu(x)",
        ),
        (r#"{"formula": "a = tanh(x);\na*x"}"#, "a = tanh(x);\na*x"),
        (
            "{\"formula\": \"a = tanh(x);\n\ta*x\", \"name\": \"two lines\"}",
            "a = tanh(x);\n\ta*x",
        ),
        (r#"{"formula": "  x^2 "}"#, "  x^2 "),
        (
            "The best is\n```\nx*tanh(softplus(x))\n```\nbecause it is smooth.",
            "x*tanh(softplus(x))",
        ),
        (
            "```python\na = 2*x\na*sigmoid(x)\n```\n```\nother\n```",
            "a = 2*x\na*sigmoid(x)",
        ),
        (
            "<think>maybe {\"formula\": \"relu(x)\"}?</think>{\"formula\": \"silu(x)\"}",
            "silu(x)",
        ),
        (
            "{\"formula\": \"relu(x)\"}? No.</think>\n{\"formula\": \"silu(x)\"}",
            "silu(x)",
        ),
        (
            r#"{"formula": "THE FORMULA"} means: {"formula": "mish(x)"}"#,
            "mish(x)",
        ),
    ] {
        assert_eq!(
            read(reply).map(|proposal| proposal.formula),
            Ok(formula.to_owned()),
            "{reply}"
        );
    }
}

fn formulas(text: &str) -> Vec<String> {
    read_all(text)
        .unwrap()
        .into_iter()
        .map(|proposal| proposal.formula)
        .collect()
}

#[test]
fn several_formulas_in_one_reply_are_several_proposals_in_its_order_and_each_text_once() {
    for (reply, expected) in [
        (
            r#"{"formula": "tanh(x)"} or {"formula": "sin(x)"}"#,
            vec!["tanh(x)", "sin(x)"],
        ),
        (
            r#"[{"formula": "tanh(x)"}, {"formula": "sin(x)"}]"#,
            vec!["tanh(x)", "sin(x)"],
        ),
        (
            r#"{"functions": [{"formula": "tanh(x)", "name": "A"}, {"formula": "sin(x)"}]}"#,
            vec!["tanh(x)", "sin(x)"],
        ),
        (
            r#"{"answer": {"formula": "tanh(x)", "instead": [{"formula": "sin(x)"}]}}"#,
            vec!["tanh(x)", "sin(x)"],
        ),
        (
            "```\ntanh(x)\n```\nor\n```\nsin(x)\n```",
            vec!["tanh(x)", "sin(x)"],
        ),
        (
            r#"{"formula": "tanh(x)"} {"formula": "sin(x)"} {"formula": "tanh(x)"}"#,
            vec!["tanh(x)", "sin(x)"],
        ),
        (
            r#"{"formula": "tanh(x)"} {"formula": "tanh( x )"}"#,
            vec!["tanh(x)", "tanh( x )"],
        ),
        (
            r#"{"formula": "THE FORMULA"} {"formula": ""} {"formula": "tanh(x)"} {"formula": 3}"#,
            vec!["tanh(x)"],
        ),
        // A model that gives an object says what it means; its code is explanation.
        (
            "```\nsin(x)\n```\n{\"formula\": \"tanh(x)\"}",
            vec!["tanh(x)"],
        ),
        (
            "<think>{\"formula\": \"sin(x)\"}</think>{\"formula\": \"tanh(x)\"}",
            vec!["tanh(x)"],
        ),
    ] {
        assert_eq!(formulas(reply), expected, "{reply}");
    }
}

#[test]
fn each_of_several_has_its_own_name_and_rationale() {
    let found = read_all(concat!(
        r#"{"functions": [{"formula": "tanh(x)", "name": "A"}, {"formula": "sin(x)", "#,
        r#""rationale": "waves"}]}"#,
    ))
    .unwrap();
    let words: Vec<_> = found
        .iter()
        .map(|proposal| (proposal.name.as_deref(), proposal.rationale.as_deref()))
        .collect();
    assert_eq!(words, [(Some("A"), None), (None, Some("waves"))]);
}

#[test]
fn a_reply_holds_at_most_sixteen_formulas() {
    let objects: String = (0..40)
        .map(|number| format!("{{\"formula\": \"{number}*x\"}}\n"))
        .collect();
    let blocks: String = (1..40)
        .map(|number| format!("```\ntanh({number}*x)\n```\n"))
        .collect();
    assert_eq!(
        (
            formulas(&objects).len(),
            formulas(&blocks).len(),
            MOST_FORMULAS
        ),
        (16, 16, 16)
    );
    assert_eq!(formulas(&objects)[15], "15*x", "the first of them");
}

#[test]
fn a_formula_that_is_too_long_to_be_read_harms_no_other() {
    let long = "x+".repeat(5000);
    let reply =
        format!(r#"{{"formula": "tanh(x)"}} {{"formula": "{long}x"}} {{"formula": "sin(x)"}}"#);
    assert_eq!(formulas(&reply), ["tanh(x)", "sin(x)"]);
}

#[test]
fn of_several_code_blocks_the_first_is_meant_and_the_others_only_where_they_are_formulas() {
    let code = "```python\nimport torch\ndef f(x):\n    return x*torch.tanh(x)\n```";
    let formula = "```\nx*tanh(x)\n```";
    assert_eq!(
        formulas(&format!("{formula}\nin PyTorch:\n{code}\n")),
        ["x*tanh(x)"]
    );
    assert_eq!(
        formulas(&format!(
            "{formula}\n```rust\nfn main() {{}}\n```\n```\nsin(x)\n```\n"
        )),
        ["x*tanh(x)", "sin(x)"]
    );
    let only = formulas(&format!("{code}\n"));
    assert!(
        only.len() == 1 && only[0].starts_with("import torch"),
        "the parser tells its author what is wrong with it: {only:?}"
    );
}

#[test]
fn a_name_and_a_rationale_are_kept_where_they_are_words() {
    let found = read(r#"{"formula": "x", "name": " Bent ", "rationale": "smooth"}"#).unwrap();
    assert_eq!(
        (found.name.as_deref(), found.rationale.as_deref()),
        (Some("Bent"), Some("smooth"))
    );
    let found = read(r#"{"formula": "x", "name": null, "rationale": 7}"#).unwrap();
    assert_eq!((found.name, found.rationale), (None, None));
    let long = format!(
        r#"{{"formula": "x", "name": "{}", "rationale": "{}"}}"#,
        "n".repeat(500),
        "r".repeat(9000)
    );
    let found = read(&long).unwrap();
    assert_eq!(
        (found.name.unwrap().len(), found.rationale.unwrap().len()),
        (80, 2000)
    );
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
        (
            "{\"formula\": \"x*sigm\n```\nrelu(x)\n```",
            "cannot be read",
        ),
        ("<think>{\"formula\": \"relu(x)\"}", "reasoning only"),
        ("```\nrelu(x)", "no code block"),
        ("```json\n[1, 2]\n```", "no code block"),
        (
            r#"{"formula": "THE FORMULA", "name": "a short name"}"#,
            "no JSON object",
        ),
    ] {
        match read(reply) {
            Err(Rejection::Unreadable { detail }) => {
                assert!(detail.contains(reason), "{reply}: {detail}")
            }
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
        assert!(
            matches!(found, Err(Rejection::Unreadable { .. })),
            "{found:?}"
        );
    }
}

#[test]
fn hostile_replies_are_unreadable() {
    let large = format!(r#"{{"formula": "{}"}}"#, "x+".repeat(5 << 20));
    let long = format!(r#"{{"formula": "{}x"}}"#, "x+".repeat(5000));
    let deep = format!(
        "{}\"formula\"",
        r#"{"formula":"#.repeat(LONGEST_REPLY / 11 - 2)
    );
    let brackets = format!(r#"{{"formula": {}"#, "[".repeat(LONGEST_REPLY / 2));
    let quotes = r#"{"formula": ""#.repeat(LONGEST_REPLY / 20);
    let breaks = "{\"formula\": \"\n".repeat(LONGEST_REPLY / 20);
    let fences = "```".repeat(LONGEST_REPLY / 3);
    let thoughts = "<think>".repeat(LONGEST_REPLY / 7);
    for reply in [
        large, long, deep, brackets, quotes, breaks, fences, thoughts,
    ] {
        let found = read(&reply);
        let start = &reply[..40];
        assert!(
            matches!(found, Err(Rejection::Unreadable { .. })),
            "{start}: {found:?}"
        );
        assert!(found.unwrap_err().detail().len() < 400, "{start}");
    }
}

#[test]
fn a_reply_of_ten_megabytes_from_a_real_server_is_unreadable_with_a_reason() {
    const SIZE: usize = 10 << 20;
    for text in [
        format!(r#"{{"formula": "{}"}}"#, "x+".repeat(SIZE / 2)),
        "{".repeat(SIZE),
        r#"{"formula":"#.repeat(SIZE / 11),
        "```\n".repeat(SIZE / 4),
        "<think>".repeat(SIZE / 7),
        "ä\u{0}".repeat(SIZE / 8),
    ] {
        let server = Server::answering(vec![says(Provider::OpenAi, &text)]);
        let llm = llm(vec![free(&server.model(Provider::OpenAi))]);
        let reply = ask(&llm).0.unwrap();
        assert!(
            reply.text.len() < LONGEST_REPLY + 100
                && reply
                    .text
                    .ends_with(&format!("[cut: it was {} bytes long]", text.len())),
            "and is not kept whole"
        );
        let Err(Rejection::Unreadable { detail }) = llm.read(&reply, 1) else {
            panic!("it is too long to be read")
        };
        assert!(
            detail.contains("longer than the 262144 bytes that are read") && detail.len() < 400,
            "{detail}"
        );
        assert_eq!(
            server.requests().len(),
            1,
            "and is not sent back to be mended"
        );
    }
}

#[test]
fn a_body_of_ten_megabytes_that_is_no_answer_is_a_failed_call_with_a_reason() {
    const SIZE: usize = 10 << 20;
    for body in [
        "[".repeat(SIZE),
        "{\"choices\":".repeat(SIZE / 11),
        "\u{1b}[2J".repeat(SIZE / 4),
        "0".repeat(SIZE),
    ] {
        let server = Server::answering(vec![ResponseTemplate::new(200).set_body_string(body)]);
        let Err(Unanswered::Failed(reason)) =
            ask(&llm(vec![paid(&server.model(Provider::OpenAi))])).0
        else {
            panic!("a failed call")
        };
        assert!(
            reason.len() < 400 && !reason.contains('\n') && !reason.contains('\u{1b}'),
            "{reason}"
        );
    }
}

#[test]
fn the_finish_reason_decides_before_the_text() {
    for (finish, kind) in [
        ("length", "Truncated"),
        ("content_filter", "Refused"),
        ("refusal", "Refused"),
    ] {
        let reply = Reply {
            text: r#"{"formula": "x"}"#.to_owned(),
            finish: Some(finish.to_owned()),
            ..Reply::default()
        };
        assert_eq!(proposals(&reply, 1).unwrap_err().kind(), kind, "{finish}");
    }
    let reply = Reply {
        text: r#"{"formula": "x"}"#.to_owned(),
        finish: Some("stop".to_owned()),
        ..Reply::default()
    };
    assert!(proposals(&reply, 1).is_ok());
}

proptest! {
    #[test]
    fn any_formula_written_as_json_is_read_back_to_the_letter(
        formula in "[ -~\\n\\t\"\\\\{}]{1,80}",
    ) {
        prop_assume!(!formula.trim().is_empty());
        let reply = serde_json::json!({"formula": formula, "rationale": "r"}).to_string();
        prop_assert_eq!(read(&reply).map(|proposal| proposal.formula), Ok(formula));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(\\PC|[{}\"`\\\\\\n<>]|formula|think){0,200}") {
        let _ = read(&text);
    }
}
