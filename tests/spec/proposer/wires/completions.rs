//! What each wire reads as text and as its ending, and what it says of an answer that is no
//! completion.

use motherlode::proposer::llm::wire::Wire;
use serde_json::{json, Value};

use super::{chat, completion, gemini, message, output, response, said};

#[test]
fn every_ending_has_its_word() {
    let text = json!([{"type": "output_text", "text": "tanh(x)"}]);
    let block = json!([{"type": "text", "text": "tanh(x)"}]);
    let incomplete = |reason: Value| {
        response(
            "incomplete",
            &output(&text),
            &json!({"incomplete_details": reason}),
        )
    };
    let chat = |finish: Value| chat(&said("tanh(x)"), &finish, &json!(null));
    let message = |stop: Value| message(&block, &stop, &json!(null));
    let gemini = |finish: &str| gemini(&json!([{"text": "tanh(x)"}]), finish, &json!(null));
    for (wire, answer, expected) in [
        (Wire::ChatCompletions, chat(json!("stop")), Some("stop")),
        (Wire::ChatCompletions, chat(json!("length")), Some("length")),
        (
            Wire::ChatCompletions,
            chat(json!("content_filter")),
            Some("content_filter"),
        ),
        (
            Wire::ChatCompletions,
            chat(json!("tool_calls")),
            Some("tool_calls"),
        ),
        (Wire::ChatCompletions, chat(json!("error")), Some("error")),
        (Wire::ChatCompletions, chat(json!(null)), None),
        (Wire::ChatCompletions, chat(json!(7)), None),
        (
            Wire::Responses,
            response("completed", &output(&text), &json!({})),
            Some("stop"),
        ),
        (
            Wire::Responses,
            incomplete(json!({"reason": "max_output_tokens"})),
            Some("length"),
        ),
        (
            Wire::Responses,
            incomplete(json!({"reason": "content_filter"})),
            Some("content_filter"),
        ),
        (
            Wire::Responses,
            incomplete(json!({"reason": "something"})),
            Some("something"),
        ),
        (Wire::Responses, incomplete(json!(null)), Some("incomplete")),
        (
            Wire::Responses,
            response("cancelled", &output(&text), &json!({})),
            Some("cancelled"),
        ),
        (
            Wire::Responses,
            response("completed", &output(&text), &json!({"status": null})),
            None,
        ),
        (Wire::Messages, message(json!("end_turn")), Some("stop")),
        (
            Wire::Messages,
            message(json!("stop_sequence")),
            Some("stop"),
        ),
        (Wire::Messages, message(json!("max_tokens")), Some("length")),
        (
            Wire::Messages,
            message(json!("model_context_window_exceeded")),
            Some("length"),
        ),
        (Wire::Messages, message(json!("refusal")), Some("refusal")),
        (
            Wire::Messages,
            message(json!("pause_turn")),
            Some("pause_turn"),
        ),
        (Wire::Messages, message(json!("tool_use")), Some("tool_use")),
        (Wire::Messages, message(json!(null)), None),
        (Wire::GenerateContent, gemini("STOP"), Some("stop")),
        (Wire::GenerateContent, gemini("MAX_TOKENS"), Some("length")),
        (
            Wire::GenerateContent,
            gemini("SAFETY"),
            Some("content_filter"),
        ),
        (
            Wire::GenerateContent,
            gemini("RECITATION"),
            Some("content_filter"),
        ),
        (
            Wire::GenerateContent,
            gemini("BLOCKLIST"),
            Some("content_filter"),
        ),
        (
            Wire::GenerateContent,
            gemini("PROHIBITED_CONTENT"),
            Some("content_filter"),
        ),
        (
            Wire::GenerateContent,
            gemini("SPII"),
            Some("content_filter"),
        ),
        (
            Wire::GenerateContent,
            gemini("MALFORMED_RESPONSE"),
            Some("MALFORMED_RESPONSE"),
        ),
        (Wire::GenerateContent, gemini(""), None),
    ] {
        let completion = completion(wire, &answer);
        assert_eq!(completion.finish.as_deref(), expected, "{wire:?} {answer}");
        assert_eq!(completion.text, "tanh(x)", "{wire:?} {answer}");
    }
}

#[test]
fn only_the_text_is_text_and_reasoning_is_not() {
    let chat = |message: Value| chat(&message, &json!("stop"), &json!(null));
    let response = |output: Value| response("completed", &output, &json!({}));
    let message = |content: Value| message(&content, &json!("end_turn"), &json!(null));
    let gemini = |parts: Value| gemini(&parts, "STOP", &json!(null));
    for (wire, answer, expected) in [
        (
            Wire::ChatCompletions,
            chat(json!({"content": "a", "reasoning": "r"})),
            "a",
        ),
        (
            Wire::ChatCompletions,
            chat(json!({
                "content": "a",
                "reasoning_content": "r",
                "reasoning_details": [{"type": "reasoning.text", "text": "r"}]
            })),
            "a",
        ),
        (
            Wire::ChatCompletions,
            chat(json!({"content": null, "reasoning_content": "r"})),
            "",
        ),
        (
            Wire::ChatCompletions,
            chat(json!({"content": "", "reasoning": "r"})),
            "",
        ),
        (Wire::ChatCompletions, chat(json!({})), ""),
        (
            Wire::ChatCompletions,
            chat(
                json!({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}),
            ),
            "ab",
        ),
        (
            Wire::ChatCompletions,
            chat(json!({
                "content": [
                    {"type": "thinking", "text": "r"},
                    {"text": "a"},
                    {"type": "image_url"}
                ]
            })),
            "a",
        ),
        (
            Wire::ChatCompletions,
            chat(json!({"content": "a", "refusal": ""})),
            "a",
        ),
        (
            Wire::Responses,
            response(json!([
                {
                    "type": "reasoning",
                    "content": [{"type": "reasoning_text", "text": "r"}],
                    "summary": []
                },
                {
                    "type": "message",
                    "content": [
                        {"type": "output_text", "text": "a"},
                        {"type": "output_text", "text": "b"}
                    ]
                },
                {"type": "web_search_call", "content": [{"type": "output_text", "text": "r"}]},
                {"type": "message", "content": [{"type": "output_text", "text": "c"}]}
            ])),
            "abc",
        ),
        (Wire::Responses, response(json!([])), ""),
        (
            Wire::Responses,
            response(json!([{"type": "reasoning", "summary": []}])),
            "",
        ),
        (
            Wire::Messages,
            message(json!([
                {"type": "thinking", "thinking": "r", "text": "r", "signature": "s"},
                {"type": "redacted_thinking", "data": "d"},
                {"type": "text", "text": "a"},
                {"type": "tool_use", "id": "t", "name": "n", "input": {}},
                {"type": "text", "text": "b"}
            ])),
            "ab",
        ),
        (Wire::Messages, message(json!([])), ""),
        (
            Wire::GenerateContent,
            gemini(json!([
                {"text": "r", "thought": true},
                {"text": "a"},
                {"text": "b", "thought": false}
            ])),
            "ab",
        ),
        (
            Wire::GenerateContent,
            gemini(
                json!([{"functionCall": {"name": "n"}}, {"text": "a", "thoughtSignature": "s"}]),
            ),
            "a",
        ),
        (Wire::GenerateContent, gemini(json!(null)), ""),
    ] {
        assert_eq!(
            completion(wire, &answer).text,
            expected,
            "{wire:?} {answer}"
        );
    }
}

#[test]
fn a_refusal_is_told_in_its_own_words() {
    for (wire, answer) in [
        (
            Wire::ChatCompletions,
            chat(
                &json!({"role": "assistant", "content": null, "refusal": "I cannot."}),
                &json!("stop"),
                &json!(null),
            ),
        ),
        (
            Wire::Responses,
            response(
                "completed",
                &output(&json!([{"type": "refusal", "refusal": "I cannot."}])),
                &json!({}),
            ),
        ),
        (
            Wire::Responses,
            response(
                "completed",
                &output(&json!([
                    {"type": "output_text", "text": "Well"},
                    {"type": "refusal", "refusal": "I cannot."}
                ])),
                &json!({}),
            ),
        ),
        (
            Wire::Messages,
            message(
                &json!([{"type": "text", "text": "I cannot."}]),
                &json!("refusal"),
                &json!(null),
            ),
        ),
    ] {
        let completion = completion(wire, &answer);
        assert_eq!(
            (completion.finish.as_deref(), completion.text.as_str()),
            (Some("refusal"), "I cannot."),
            "{wire:?}"
        );
    }
}

#[test]
fn gemini_may_block_a_prompt_or_be_cut_off_before_it_says_anything() {
    let usage = json!({"promptTokenCount": 12, "totalTokenCount": 12});
    let blocked = json!({
        "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
        "usageMetadata": usage,
        "modelVersion": "gemini-3.5-flash"
    });
    let blocked = completion(Wire::GenerateContent, &blocked);
    assert_eq!(blocked.finish.as_deref(), Some("content_filter"));
    assert!(
        blocked.text.contains("PROHIBITED_CONTENT"),
        "{}",
        blocked.text
    );
    assert_eq!(
        (blocked.usage.unwrap().input(), blocked.model.as_deref()),
        (12, Some("gemini-3.5-flash"))
    );
    for candidate in [
        json!({"finishReason": "MAX_TOKENS"}),
        json!({"finishReason": "MAX_TOKENS", "content": {"role": "model"}}),
        json!({"finishReason": "MAX_TOKENS", "content": {"role": "model", "parts": []}}),
    ] {
        let cut = completion(
            Wire::GenerateContent,
            &json!({"candidates": [candidate], "usageMetadata": usage}),
        );
        assert_eq!(
            (cut.finish.as_deref(), cut.text.as_str()),
            (Some("length"), "")
        );
    }
}

#[test]
fn an_answer_that_is_no_completion_says_in_one_line_what_is_missing() {
    for (wire, body, word) in [
        (Wire::ChatCompletions, "", "no JSON"),
        (Wire::ChatCompletions, "<html>\nbad</html>", "no JSON"),
        (Wire::ChatCompletions, "{}", "choices"),
        (Wire::ChatCompletions, r#"{"choices": []}"#, "choices"),
        (
            Wire::ChatCompletions,
            r#"{"choices": null, "error": null}"#,
            "choices",
        ),
        (Wire::ChatCompletions, r#"{"choices": [{}]}"#, "message"),
        (
            Wire::ChatCompletions,
            r#"{"choices": [{"message": null}]}"#,
            "message",
        ),
        (Wire::ChatCompletions, r#"{"choices": [null]}"#, "message"),
        (Wire::Responses, "{}", "output"),
        (Wire::Responses, r#"{"output": "tanh(x)"}"#, "output"),
        (Wire::Messages, "{}", "content"),
        (Wire::Messages, r#"{"content": null}"#, "content"),
        (Wire::GenerateContent, "{}", "candidates"),
        (Wire::GenerateContent, r#"{"candidates": []}"#, "candidates"),
        (
            Wire::GenerateContent,
            r#"{"promptFeedback": {}}"#,
            "candidates",
        ),
        (
            Wire::GenerateContent,
            r#"[{"candidates": []}]"#,
            "candidates",
        ),
    ] {
        let reason = wire.read(body).unwrap_err();
        assert!(
            reason.contains(word) && !reason.contains('\n'),
            "{wire:?} {body}: {reason}"
        );
    }
}
