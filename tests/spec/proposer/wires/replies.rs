//! Where a reply may stand: in text, in parts, in the arguments of a call, and beside reasoning.

use motherlode::proposer::llm::wire::{Outcome, Wire};
use serde_json::{json, Value};

use super::{chat, completion, gemini, message, response};

const ANSWER: &str = r#"{"formula":"x*tanh(x)"}"#;

fn answer() -> Value {
    json!({"formula": "x*tanh(x)"})
}

fn said(message: Value) -> Value {
    chat(&message, &json!("stop"), &json!(null))
}

#[test]
fn a_reply_is_read_from_wherever_a_server_puts_it() {
    let call = |arguments: Value| json!({"id": "1", "type": "function", "function": {"name": "json", "arguments": arguments}});
    let messages = |content: Value| message(&content, &json!("tool_use"), &json!(null));
    let responses = |items: Value| response("completed", &items, &json!({}));
    let gemini = |parts: Value| gemini(&parts, "STOP", &json!(null));
    let chat = Wire::ChatCompletions;
    for (wire, answer) in [
        (chat, said(json!({"content": ANSWER}))),
        (
            chat,
            said(json!({"content": [{"type": "text", "text": ANSWER}]})),
        ),
        (chat, said(json!({"content": [ANSWER]}))),
        (
            chat,
            said(json!({"content": {"type": "text", "text": ANSWER}})),
        ),
        (
            chat,
            said(json!({"content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "no"}]},
                {"type": "text", "text": {"value": ANSWER}},
                {"type": "image_url", "image_url": {"url": "data:"}}
            ]})),
        ),
        (
            chat,
            said(json!({"content": null, "tool_calls": [call(json!(ANSWER))]})),
        ),
        (
            chat,
            said(json!({"content": "", "tool_calls": [call(answer())]})),
        ),
        (chat, said(json!({"tool_calls": [{"arguments": answer()}]}))),
        (
            chat,
            said(json!({"content": null, "function_call": {"name": "f", "arguments": ANSWER}})),
        ),
        (
            chat,
            said(json!({"content": null, "function_call": {"name": "f", "arguments": answer()}})),
        ),
        (
            chat,
            said(json!({"content": ANSWER, "tool_calls": [call(json!("{\"formula\": \"x\"}"))]})),
        ),
        (
            chat,
            said(json!({"content": ANSWER, "reasoning_content": "{\"formula\": \"x\"}"})),
        ),
        // A server that takes all that its model says for thoughts.
        (
            chat,
            said(json!({"content": null, "reasoning_content": ANSWER})),
        ),
        (
            chat,
            said(json!({"content": "", "reasoning": format!("{ANSWER}")})),
        ),
        (
            Wire::Responses,
            responses(json!([
                {"type": "function_call", "name": "f", "arguments": ANSWER}
            ])),
        ),
        (
            Wire::Responses,
            responses(json!([
                {"type": "message", "content": ANSWER}
            ])),
        ),
        (
            Wire::Messages,
            messages(json!([
                {"type": "thinking", "thinking": "{\"formula\": \"x\"} no"},
                {"type": "tool_use", "id": "t", "name": "n", "input": answer()}
            ])),
        ),
        (Wire::Messages, messages(json!(ANSWER))),
        (
            Wire::GenerateContent,
            gemini(json!([
                {"text": "hm", "thought": true},
                {"functionCall": {"name": "n", "args": answer()}}
            ])),
        ),
    ] {
        let text = completion(wire, &answer).text;
        assert_eq!(text.trim(), ANSWER, "{wire:?} {answer}");
    }
    let both = said(json!({"content": "Here it is.", "tool_calls": [call(json!(ANSWER))]}));
    assert_eq!(
        completion(chat, &both).text,
        format!("Here it is.\n{ANSWER}")
    );
}

#[test]
fn reasoning_alone_is_no_answer_and_the_ending_says_so() {
    let thought = "A draft: {\"formula\": \"x\"} is too plain.";
    let items =
        json!([{"type": "reasoning", "content": [{"type": "reasoning_text", "text": thought}]}]);
    let thinking = json!([{"type": "thinking", "thinking": thought}]);
    for (wire, answer) in [
        (
            Wire::ChatCompletions,
            said(json!({"content": null, "reasoning_content": thought})),
        ),
        (
            Wire::ChatCompletions,
            said(json!({"content": " ", "reasoning": thought})),
        ),
        (Wire::ChatCompletions, said(json!({"thinking": thought}))),
        (Wire::Responses, response("completed", &items, &json!({}))),
        (
            Wire::Messages,
            message(&thinking, &json!("end_turn"), &json!(null)),
        ),
        (
            Wire::GenerateContent,
            gemini(
                &json!([{"text": thought, "thought": true}]),
                "STOP",
                &json!(null),
            ),
        ),
    ] {
        let completion = completion(wire, &answer);
        assert_eq!(
            (completion.text.trim(), completion.finish.as_deref()),
            ("", Some("reasoning")),
            "{wire:?} {answer}"
        );
    }
    let cut = chat(
        &json!({"content": null, "reasoning_content": ANSWER}),
        &json!("length"),
        &json!(null),
    );
    let cut = completion(Wire::ChatCompletions, &cut);
    assert_eq!(
        (cut.text.as_str(), cut.finish.as_deref()),
        ("", Some("length"))
    );
}

#[test]
fn a_refusal_may_be_a_part() {
    let refused = said(json!({"content": [{"type": "refusal", "refusal": "I cannot."}]}));
    let completion = completion(Wire::ChatCompletions, &refused);
    assert_eq!(
        (completion.text.as_str(), completion.finish.as_deref()),
        ("I cannot.", Some("refusal"))
    );
}

#[test]
fn what_stands_before_and_behind_a_body_does_not_hide_it() {
    let body = said(json!({"content": ANSWER})).to_string();
    let pretty = serde_json::to_string_pretty(&said(json!({"content": ANSWER}))).unwrap();
    for framed in [
        format!("\u{feff}{body}"),
        format!("\n\n  {body}\r\n"),
        format!("{body}\n[DONE]"),
        format!("{body}\n\ndata: [DONE]\n\n"),
        format!("{body}[DONE]"),
        format!("{pretty}\ndata: [DONE]"),
        format!("data: {body}\n\n"),
        format!("data: {body}\n\ndata: [DONE]\n\n"),
    ] {
        match Wire::ChatCompletions.read(&framed) {
            Ok(Outcome::Completion(completion)) => assert_eq!(completion.text, ANSWER, "{framed}"),
            other => panic!("{framed}: {other:?}"),
        }
    }
}
