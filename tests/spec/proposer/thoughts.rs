//! What a model thinks aloud is no answer, however it is set apart.

use motherlode::proposer::reply::proposals;
use motherlode::record::attempt::{Rejection, Reply};

use super::servers::ANSWER;

const DRAFT: &str = r#"{"formula": "x*sigmoid(4*x)"} is too steep"#;

fn read(text: &str, formulas: u32) -> Result<Vec<String>, Rejection> {
    let reply = Reply {
        text: text.to_owned(),
        ..Reply::default()
    };
    let parsed = proposals(&reply, formulas)?;
    let formula = |parsed: motherlode::proposer::ParsedProposal| parsed.proposal.formula;
    Ok(parsed.into_iter().map(formula).collect())
}

#[test]
fn reasoning_is_told_by_its_tags_in_any_case_and_bracket() {
    for (open, close) in [
        ("<think>", "</think>"),
        ("<THINK>", "</Think>"),
        ("<thinking>", "</thinking>"),
        ("<thought>", "</thought>"),
        ("<reasoning>", "</reasoning>"),
        ("<scratchpad>", "</scratchpad>"),
        ("<scratch_pad>", "</scratch_pad>"),
        ("<analysis>", "</analysis>"),
        ("<reflection>", "</reflection>"),
        ("<inner_monologue>", "</inner_monologue>"),
        ("<deep-think>", "</deep-think>"),
        ("<seed:think>", "</seed:think>"),
        ("<think budget=\"100\" mode='x'>", "</think>"),
        ("< think >", "</ think >"),
        ("<think>", "<\\/think>"),
        ("[THINK]", "[/THINK]"),
        ("[think]", "[/think]"),
        ("[Start of thinking]", "[End of thinking]"),
        ("{think}", "{/think}"),
        ("(thinking)", "(/thinking)"),
        ("\u{25c1}think\u{25b7}", "\u{25c1}/think\u{25b7}"),
        ("\u{3010}thinking\u{3011}", "\u{3010}/thinking\u{3011}"),
        ("\u{ff1c}think\u{ff1e}", "\u{ff1c}/think\u{ff1e}"),
        ("<|begin_of_thought|>", "<|end_of_thought|>"),
        ("<|START_THINKING|>", "<|END_THINKING|>"),
        ("<\u{ff5c}think\u{ff5c}>", "<\u{ff5c}/think\u{ff5c}>"),
        ("<|inner_prefix|>", "<|inner_suffix|>"),
        ("<|think|>", "<|/think|>"),
    ] {
        for text in [
            format!("{open}{DRAFT}{close}{ANSWER}"),
            format!("Well.\n{open}\n{DRAFT}\n{close}\n\n{ANSWER}\n"),
            format!("{open}{close}{ANSWER}"),
            // The template wrote the opening tag.
            format!("{DRAFT}\n{close}\n{ANSWER}"),
            format!("{open}{DRAFT}{close}{ANSWER}{open}{DRAFT}{close}"),
        ] {
            assert_eq!(
                read(&text, 4),
                Ok(vec!["x*sigmoid(x)".to_owned()]),
                "{text}"
            );
        }
    }
}

#[test]
fn a_tag_that_is_never_closed_hides_what_follows_up_to_an_answers_tag() {
    for text in [
        format!("<think>{DRAFT}"),
        format!("[THINK]\n{DRAFT}"),
        format!("  <scratchpad>\n{DRAFT}"),
        format!("Sure. <think> {DRAFT}"),
    ] {
        assert!(
            matches!(read(&text, 1), Err(Rejection::Unreadable { .. })),
            "{text}"
        );
    }
    for text in [
        format!("<think>{DRAFT}<answer>{ANSWER}</answer>"),
        format!("<think>\n{DRAFT}\n<|begin_of_solution|>\n{ANSWER}"),
        format!("[THINK] {DRAFT}\n[ANSWER]{ANSWER}"),
    ] {
        assert_eq!(
            read(&text, 4),
            Ok(vec!["x*sigmoid(x)".to_owned()]),
            "{text}"
        );
    }
}

#[test]
fn channels_of_harmony_are_told_apart() {
    let analysis = format!("<|channel|>analysis<|message|>{DRAFT}<|end|>");
    let start = "<|start|>assistant";
    for text in [
        format!("{analysis}{start}<|channel|>final<|message|>{ANSWER}<|return|>"),
        format!("{analysis}{start}<|channel|>final <|constrain|>json<|message|>{ANSWER}"),
        format!(
            "{start}{analysis}{start}<|channel|>commentary to=functions.json \
             <|constrain|>json<|message|>{ANSWER}<|call|>"
        ),
        format!("{analysis}{analysis}{start}<|channel|>final<|message|>{ANSWER}<|end|>"),
        format!(
            "<|channel|>commentary<|message|>{DRAFT}<|end|>{start}<|channel|>final\
             <|message|>{ANSWER}"
        ),
        format!("<|channel>thought\n{DRAFT}\n<channel|>{ANSWER}"),
        // Without the special tokens.
        format!("analysis{DRAFT}assistantfinal{ANSWER}"),
    ] {
        assert_eq!(
            read(&text, 4),
            Ok(vec!["x*sigmoid(x)".to_owned()]),
            "{text}"
        );
    }
    let unfinished = format!("<|channel|>analysis<|message|>{DRAFT}");
    assert!(read(&unfinished, 1).is_err());
}

#[test]
fn a_tag_that_is_mentioned_hides_nothing() {
    for mention in [
        "unlike a <think> block, this is short",
        "no </think> here",
        "[THINK] and [/THINK]",
        "<|channel|>analysis<|message|>",
        "a <think/> tag",
        "<scratchpad>",
    ] {
        let answer = serde_json::json!({"rationale": mention, "name": "n", "formula": "x*tanh(x)"});
        let first = serde_json::json!({"formula": "x*tanh(x)", "rationale": mention});
        for text in [
            answer.to_string(),
            first.to_string(),
            serde_json::to_string_pretty(&answer).unwrap(),
            format!("Here it is: {answer}"),
            format!("```json\n{answer}\n```\nGood luck."),
            format!("<think>{DRAFT}</think>\n{answer}"),
            serde_json::json!({"functions": [first]}).to_string(),
        ] {
            assert_eq!(read(&text, 1), Ok(vec!["x*tanh(x)".to_owned()]), "{text}");
        }
    }
    for text in [
        format!("I use no `<think>` tag.\n{ANSWER}"),
        format!("Unlike a <think> block this is short: {ANSWER}"),
        format!("[Analysis] It bends on the left.\n{ANSWER}"),
        format!("(Reasoning) It bends.\n{ANSWER}"),
        format!("<think/>{ANSWER}"),
        format!("{ANSWER}\n</think>"),
    ] {
        assert_eq!(
            read(&text, 1),
            Ok(vec!["x*sigmoid(x)".to_owned()]),
            "{text}"
        );
    }
}

#[test]
fn of_several_formulas_that_were_not_asked_for_the_last_counts() {
    let object = |formula: &str| format!(r#"{{"formula": "{formula}"}}"#);
    let (draft, last) = (object("sin(x)"), object("tanh(x)"));
    for text in [
        format!("{draft} is a draft. Better: {last}"),
        format!("```json\n{draft}\n```\n```json\n{last}\n```"),
        format!("[{draft}, {last}]"),
        format!(r#"{{"draft": {draft}, "final": {last}}}"#),
        format!("<draft>{draft}</draft>{last}"),
        format!("<step1>{draft}</step1>{last}"),
        format!("{last} {draft} {last}"),
        "```\nsin(x)\n```\nBetter:\n```\ntanh(x)\n```".to_owned(),
    ] {
        assert_eq!(read(&text, 1), Ok(vec!["tanh(x)".to_owned()]), "{text}");
        assert_eq!(read(&text, 0), Ok(vec!["tanh(x)".to_owned()]), "{text}");
        assert_eq!(
            read(&text, 2).unwrap().len(),
            2,
            "asked for, all count: {text}"
        );
    }
    let part = format!(r#"{{"formula": "tanh(x)", "instead_of": [{draft}]}}"#);
    assert_eq!(
        read(&part, 1),
        Ok(vec!["tanh(x)".to_owned()]),
        "what is part of an answer is none of its own"
    );
}
