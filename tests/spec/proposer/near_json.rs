//! JSON that is damaged: read where the formula is whole without doubt, else sent back once.

use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::llm::Llm;
use motherlode::proposer::reply::{doubt, proposals};
use motherlode::record::attempt::Reply;
use motherlode::record::charter::Asking;
use motherlode::record::ledger::{CallOutcome, Purpose};

use super::servers::{
    ask, asking, begins, fails, formula, free, llm, paid, quick, says, Server, ANSWER,
};

fn reply(text: &str) -> Reply {
    Reply {
        text: text.to_owned(),
        ..Reply::default()
    }
}

/// Damaged objects that hold the formula `x*tanh(0.7*x)`, whole.
const WHOLE: [&str; 36] = [
    r#"{"rationale": "gated by \(x \sigma\)", "name": "n", "formula": "x*tanh(0.7*x)"}"#,
    r#"{"formula": "x*tanh(0.7*x)", "rationale": "as \alpha \to \infty, \% and \$"}"#,
    r#"{"formula": "x*tanh(0.7*x)", "rationale": "r",}"#,
    r#"{"formula": "x*tanh(0.7*x)", "rationale": "r" , }"#,
    r#"{"rationale": "r", "formula": "x*tanh(0.7*x)""#,
    r#"{"rationale": "r", "formula": "x*tanh(0.7*x)","#,
    "{\"rationale\": \"r\", \"formula\": \"x*tanh(0.7*x)\"\n\nIt's smooth.",
    "```json\n{\"rationale\": \"r\", \"formula\": \"x*tanh(0.7*x)\"\n```\n",
    r#"{"functions": [{"formula": "x*tanh(0.7*x)", "name": "n"}"#,
    r#"{"functions": [{"formula": "x*tanh(0.7*x)", "name": "n"]}"#,
    r#"{"functions": [{"formula": "x*tanh(0.7*x)", "name": "n"},]}"#,
    r#"{"rationale": "a "soft" gate", "name": "n", "formula": "x*tanh(0.7*x)"}"#,
    r#"{"rationale": ""Soft", it is", "formula": "x*tanh(0.7*x)"}"#,
    r#"{"rationale": "it is "soft"", "formula": "x*tanh(0.7*x)", "name": "the "bent" one"}"#,
    r#"{"formula": "x*tanh(0.7*x)", "name": "n", "rationale": "he said "go", and it went"}"#,
    r#"{"rationale": "half a sign \ud83d here", "formula": "x*tanh(0.7*x)"}"#,
    r#"{"rationale": "\udc00\ud800\ud800", "formula": "x*tanh(0.7*x)"}"#,
    "{\"rationale\": \"a \u{1} b \u{1b}[2J\", \"formula\": \"x*tanh(0.7*x)\"}",
    "{\"rationale\": \"two\nlines\", \"formula\": \"x*tanh(0.7*x)\"}",
    r#"{'formula': 'x*tanh(0.7*x)', 'name': 'n'}"#,
    r#"{'rationale': "it's smooth", 'formula': 'x*tanh(0.7*x)'}"#,
    r#"{'rationale': 'it isn\'t steep', 'formula': 'x*tanh(0.7*x)', 'tried': None}"#,
    r#"{formula: "x*tanh(0.7*x)", name: "n"}"#,
    r#"{formula: 'x*tanh(0.7*x)'}"#,
    "{\u{201c}formula\u{201d}: \u{201c}x*tanh(0.7*x)\u{201d}, \u{201c}name\u{201d}: \u{201c}n\u{201d}}",
    r#"{"new": True, "old": None, "formula": "x*tanh(0.7*x)", "score": NaN}"#,
    "{\n  // what I changed\n  \"formula\": \"x*tanh(0.7*x)\", // smooth\n  /* a name */ \"name\": \"n\"\n}",
    "{\n  # a note\n  \"formula\": \"x*tanh(0.7*x)\"\n}",
    "{\"name\": \"n\"\n \"formula\": \"x*tanh(0.7*x)\"\n \"rationale\": \"r\"}",
    r#"Here: {"formula": "x*tanh(0.7*x)",} I hope "it" helps."#,
    r#"The form {"rationale": ..., "name": ..., "formula": ...} filled: {"formula": "x*tanh(0.7*x)",}"#,
    r#"With $\frac{1}{2}$ and {x: y} in mind: {"formula": "x*tanh(0.7*x)", "rationale": "\(x\)"}"#,
    r#""{\"name\": \"n\", \"formula\": \"x*tanh(0.7*x)\"}""#,
    r#"{"rationale": smooth, "formula": "x*tanh(0.7*x)"}"#,
    r#"{"formula": "x*tanh(0.7*x)", "formula": "x*tanh(0.7*x)"}"#,
    r#"{"formula": "x\u002atanh(0.7*x)", "rationale": "\q"}"#,
];

#[test]
fn a_formula_that_is_whole_is_read_whatever_is_damaged_around_it() {
    for text in WHOLE {
        for formulas in [1, 4] {
            let found =
                proposals(&reply(text), formulas).unwrap_or_else(|why| panic!("{text}: {why:?}"));
            let found: Vec<&str> = found
                .iter()
                .map(|parsed| parsed.proposal.formula.as_str())
                .collect();
            assert_eq!(found, ["x*tanh(0.7*x)"], "{text}");
        }
    }
}

#[test]
fn what_stands_beside_the_formula_is_kept_as_far_as_it_can_be_decoded() {
    for (text, rationale) in [
        (
            r#"{"rationale": "gated by \(x \sigma\)", "formula": "x"}"#,
            r"gated by \(x \sigma\)",
        ),
        (
            r#"{"rationale": "a "soft" gate", "formula": "x"}"#,
            "a \"soft\" gate",
        ),
        (
            r#"{"rationale": "half \ud83d", "formula": "x"}"#,
            "half \u{fffd}",
        ),
        (
            r#"{"rationale": "\ud83d\ude00", "formula": "x",}"#,
            "\u{1f600}",
        ),
        (r#"{"rationale": "\u12", "formula": "x"}"#, r"\u12"),
    ] {
        let found = proposals(&reply(text), 1).unwrap();
        assert_eq!(
            found[0].proposal.rationale.as_deref(),
            Some(rationale),
            "{text}"
        );
    }
}

/// Replies in which it is not certain which formula is meant.
const IN_DOUBT: [&str; 22] = [
    r#"{"formula": "x \cdot tanh(x)"}"#,
    r#"{"formula": "x*tanh(x)\ud800"}"#,
    "{\"formula\": \"x*tanh\u{1}(x)\"}",
    r#"{"formula": "x*"tanh"(x)"}"#,
    r#"{"formula": "x*tanh(x)" * 2}"#,
    r#"{"formula": "x*tanh(x)" + "x"}"#,
    r#"{"formula": "x*tanh(x), "name": "n"}"#,
    r#"{"formula": "x*tanh(x)}"#,
    r#"{"formula": x*tanh(x), "name": "n"}"#,
    r#"{"formula": where(x>0, x, 0)}"#,
    r#"{"formula": x*tanh(x)", "name": "n"}"#,
    r#"{"rationale": "smooth, "formula": "x*tanh(x)", "name": "n"}"#,
    r#"{"rationale": "say {"formula": "sin(x)"} or so", "formula": "x*tanh(x)"}"#,
    r#"{"rationale": "not "formula": "sin(x)", but", "formula": "x*tanh(x)"}"#,
    r#"{"formula": "x*tanh(x)", "rationale": "better than "formula": "sin(x)" is"}"#,
    r#"{"formula": "sin(x)", "formula": "x*tanh(x)"}"#,
    r#"{"formula": "sin(x)"} no: {"formula": "x*"tanh"(x)"}"#,
    r#"{"formula": "sin(x)"} no: {"formula": "x*\tanh(x) \sigma"}"#,
    r#"{"formula": """x*tanh(x)"""}"#,
    r#"{"formula": ["x", "y"]}"#,
    "{\"rationale\": \"first\n{\"formula\": \"sin(x)\"}\nwas steep\", \"formula\": \"x*tanh(x)\"}",
    r#"{"rationale": "use {"a"} well", "formula": "x*tanh(x)"}"#,
];

#[test]
fn what_may_be_meant_otherwise_is_not_read() {
    for text in IN_DOUBT {
        let found = proposals(&reply(text), 1);
        let detail = found.as_ref().unwrap_err().detail();
        assert!(detail.contains("cannot be read"), "{text}: {detail}");
        assert_eq!(doubt(&reply(text), 1), Some(detail), "{text}");
    }
    let cut = Reply {
        finish: Some("length".to_owned()),
        ..reply(r#"{"rationale": "r", "formula": "x*tanh(0.7*x)""#)
    };
    assert_eq!(
        proposals(&cut, 1).unwrap_err().kind(),
        "Truncated",
        "a brace is missing because the reply was cut off"
    );
}

#[test]
fn an_answer_written_once_more_at_the_end_counts_after_a_broken_one() {
    let text = "{\"formula\": \"x*\"sin\"(x)\"}\nIn valid JSON:\n{\"formula\": \"x*tanh(x)\"}\n";
    assert_eq!(
        proposals(&reply(text), 1).unwrap()[0].proposal.formula,
        "x*tanh(x)"
    );
}

#[test]
fn what_is_in_doubt_is_sent_back_once_with_what_is_wrong() {
    for text in IN_DOUBT {
        let server = Server::answering(vec![
            says(Provider::OpenAi, text),
            formula(Provider::OpenAi),
        ]);
        let (reply, purse) = ask(&llm(vec![paid(&server.model(Provider::OpenAi))]));
        let reply = reply.unwrap();
        assert_eq!(reply.text, ANSWER, "{text}");
        let purposes: Vec<Purpose> = purse.calls().iter().map(|call| call.purpose).collect();
        assert_eq!(purposes, [Purpose::Propose, Purpose::Repair], "{text}");
        let asked = &server.bodies()[1]["messages"][3]["content"];
        assert!(
            asked.as_str().unwrap().contains("cannot be read"),
            "{text}: {asked}"
        );
        assert_eq!(
            server.bodies()[1]["messages"][2]["content"],
            *text,
            "its own words, as it wrote them"
        );
    }
}

#[test]
fn what_is_sent_back_in_vain_leaves_the_first_reply() {
    let text = IN_DOUBT[0];
    for (answer, outcome) in [
        (says(Provider::OpenAi, text), CallOutcome::Answered),
        (says(Provider::OpenAi, "I cannot."), CallOutcome::Answered),
        (begins(Provider::OpenAi, ANSWER), CallOutcome::Truncated),
        (fails(400, "", "no"), CallOutcome::Rejected),
    ] {
        let server = Server::answering(vec![says(Provider::OpenAi, text), answer]);
        let (reply, purse) = ask(&llm(vec![paid(&server.model(Provider::OpenAi))]));
        assert_eq!(reply.unwrap().text, text, "{outcome:?}");
        assert_eq!(purse.outcomes(), [CallOutcome::Answered, outcome]);
        assert_eq!(server.requests().len(), 2, "once");
    }
}

#[test]
fn nothing_is_sent_back_where_nothing_was_begun_or_repairs_are_off() {
    for text in [WHOLE[0], "I would rather not say.", "", r#"{"name": "n",}"#] {
        let server = Server::answering(vec![says(Provider::OpenAi, text)]);
        let _ = ask(&llm(vec![free(&server.model(Provider::OpenAi))]));
        assert_eq!(server.requests().len(), 1, "{text}");
    }
    let server = Server::answering(vec![says(Provider::OpenAi, IN_DOUBT[0])]);
    let asking = Asking {
        repair: false,
        ..asking(vec![free(&server.model(Provider::OpenAi))])
    };
    let _ = ask(&Llm::new(&asking, &|_| None, quick(), 8).unwrap());
    assert_eq!(server.requests().len(), 1);
}
