//! Streams are read on all wires as the answers that they tell, however their lines are written;
//! one that ends too early is none.

use motherlode::proposer::llm::wire::{Completion, Outcome, Wire};
use motherlode::record::ledger::Usage;
use serde_json::{json, Value};

/// The reply of every stream here, in three pieces.
const PIECES: [&str; 3] = ["{\"formula\": \"x*ta", "nh(x)\", \"name\"", ": \"über\"}"];

fn reply() -> String {
    PIECES.concat()
}

fn read(wire: Wire, body: &str) -> Completion {
    match wire.read(body) {
        Ok(Outcome::Completion(completion)) => completion,
        other => panic!("{wire:?} {body}: {other:?}"),
    }
}

/// A stream: events with a name each, which may be empty.
struct Told {
    wire: Wire,
    events: Vec<(&'static str, Value)>,
    /// Whether its end is marked by `[DONE]`.
    done: bool,
}

fn chunk(delta: Value, finish: Value) -> (&'static str, Value) {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
    (
        "",
        json!({"object": "chat.completion.chunk", "model": "m-1", "choices": [choice], "usage": null}),
    )
}

fn chat() -> Told {
    let [a, b, c] = PIECES.map(|piece| chunk(json!({"content": piece}), json!(null)));
    let usage = json!({"prompt_tokens": 900, "completion_tokens": 40});
    Told {
        wire: Wire::ChatCompletions,
        events: vec![
            chunk(
                json!({"role": "assistant", "content": "", "reasoning_content": "{\"formula\""}),
                json!(null),
            ),
            chunk(json!({"reasoning": ": \"no\"} is steep"}), json!(null)),
            a,
            (
                "",
                json!({"choices": [{"index": 1, "delta": {"content": "another"}}]}),
            ),
            b,
            c,
            chunk(json!({}), json!("stop")),
            ("", json!({"choices": [], "model": "m-1", "usage": usage})),
        ],
        done: true,
    }
}

fn responses() -> Told {
    let event = |kind: &'static str, more: Value| {
        let mut value = json!({"type": kind, "output_index": 1, "content_index": 0});
        for (name, field) in more.as_object().unwrap() {
            value[name] = field.clone();
        }
        (kind, value)
    };
    let delta = |piece: &str| event("response.output_text.delta", json!({"delta": piece}));
    let response = |status: &str, output: Value, usage: Value| {
        json!({
            "response": {
                "id": "r",
                "model": "m-1",
                "status": status,
                "error": null,
                "output": output,
                "usage": usage
            }
        })
    };
    let output =
        json!([{"type": "message", "content": [{"type": "output_text", "text": reply()}]}]);
    let usage = json!({"input_tokens": 900, "output_tokens": 40});
    Told {
        wire: Wire::Responses,
        events: vec![
            event(
                "response.created",
                response("in_progress", json!([]), json!(null)),
            ),
            event(
                "response.output_item.added",
                json!({"item": {"type": "message"}}),
            ),
            delta(PIECES[0]),
            delta(PIECES[1]),
            delta(PIECES[2]),
            event("response.output_text.done", json!({"text": reply()})),
            event("response.completed", response("completed", output, usage)),
        ],
        done: false,
    }
}

fn messages() -> Told {
    let event = |kind: &'static str, more: Value| {
        let mut value = more;
        value["type"] = json!(kind);
        (kind, value)
    };
    let delta = |piece: &str| {
        event(
            "content_block_delta",
            json!({"index": 1, "delta": {"type": "text_delta", "text": piece}}),
        )
    };
    let start = json!({
        "message": {
            "model": "m-1",
            "content": [],
            "usage": {"input_tokens": 900, "output_tokens": 1}
        }
    });
    let thought = json!({"type": "thinking_delta", "thinking": "{\"formula\": \"no\"}"});
    Told {
        wire: Wire::Messages,
        events: vec![
            event("message_start", start),
            event("ping", json!({})),
            event(
                "content_block_start",
                json!({"index": 0, "content_block": {"type": "thinking", "thinking": ""}}),
            ),
            event("content_block_delta", json!({"index": 0, "delta": thought})),
            event(
                "content_block_start",
                json!({"index": 1, "content_block": {"type": "text", "text": ""}}),
            ),
            delta(PIECES[0]),
            delta(PIECES[1]),
            delta(PIECES[2]),
            event("content_block_stop", json!({"index": 1})),
            event(
                "message_delta",
                json!({"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 40}}),
            ),
            event("message_stop", json!({})),
        ],
        done: false,
    }
}

fn gemini() -> Told {
    let piece = |parts: Value, finish: Option<&str>| {
        let usage =
            json!({"promptTokenCount": 900, "candidatesTokenCount": finish.map_or(1, |_| 40)});
        let mut candidate = json!({"content": {"parts": parts, "role": "model"}});
        if let Some(finish) = finish {
            candidate["finishReason"] = json!(finish);
        }
        (
            "",
            json!({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "m-1"}),
        )
    };
    Told {
        wire: Wire::GenerateContent,
        events: vec![
            piece(
                json!([{"text": "{\"formula\": \"no\"}", "thought": true}]),
                None,
            ),
            piece(json!([{"text": PIECES[0]}]), None),
            piece(json!([{"text": PIECES[1]}]), None),
            piece(json!([{"text": PIECES[2]}]), Some("STOP")),
        ],
        done: false,
    }
}

fn all() -> [Told; 4] {
    [chat(), responses(), messages(), gemini()]
}

impl Told {
    /// As `data:` lines with these line ends.
    fn lines(&self, end: &str) -> String {
        let mut body = String::new();
        for (name, value) in &self.events {
            if !name.is_empty() {
                body += &format!("event: {name}{end}");
            }
            body += &format!("data: {value}{end}{end}");
        }
        if self.done {
            body += &format!("data: [DONE]{end}{end}");
        }
        body
    }

    fn check(&self, body: &str) {
        let completion = read(self.wire, body);
        assert_eq!(completion.text, reply(), "{:?} {body}", self.wire);
        assert_eq!(completion.finish.as_deref(), Some("stop"), "{body}");
        assert_eq!(completion.model.as_deref(), Some("m-1"), "{body}");
        let usage = completion.usage.unwrap();
        assert_eq!((usage.input(), usage.output()), (900, 40), "{body}");
    }
}

#[test]
fn a_stream_is_read_on_every_wire_however_its_lines_are_written() {
    for told in all() {
        for end in ["\n", "\r\n", "\r"] {
            let body = told.lines(end);
            told.check(&body);
            told.check(&format!("\u{feff}{end}{body}"));
            told.check(body.trim_end());
            told.check(&format!(
                ": keep-alive{end}{end}retry: 3000{end}{end}{body}"
            ));
            told.check(&body.replace("data: ", "data:"));
            told.check(
                &body
                    .replace("data: ", "id: 7\ndata: data: ")
                    .replace('\n', end),
            );
            told.check(&body.replace(&format!("{end}{end}"), &format!("{end}: x{end}{end}{end}")));
            told.check(&format!("data: ping{end}{end}{body}"));
        }
        // Without the blank lines between events, where they have no names.
        if told.events.iter().all(|(name, _)| name.is_empty()) {
            told.check(&told.lines("\n").replace("\n\n", "\n"));
        }
        let pretty: String = told
            .events
            .iter()
            .map(|(_, value)| {
                let lines = serde_json::to_string_pretty(value).unwrap();
                format!("data: {}\n\n", lines.replace('\n', "\ndata: "))
            })
            .collect();
        told.check(&pretty);
        let values = told.events.iter().map(|(_, value)| value.to_string());
        let values: Vec<String> = values.collect();
        told.check(&values.join("\n"));
        told.check(&format!("{}\n[DONE]\n", values.join("\n")));
    }
    let told = gemini();
    let values: Vec<Value> = told.events.iter().map(|(_, value)| value.clone()).collect();
    told.check(&Value::from(values).to_string());
}

#[test]
fn the_mark_at_the_end_or_the_reason_to_end_may_be_missing_but_not_both() {
    let told = chat();
    let whole = told.lines("\n");
    told.check(&whole.replace("data: [DONE]\n\n", ""));
    let reasonless = whole.replace("\"stop\"", "null");
    assert_eq!(read(told.wire, &reasonless).text, reply());
    let neither = reasonless.replace("data: [DONE]\n\n", "");
    assert!(told.wire.read(&neither).is_err());
}

#[test]
fn half_a_stream_is_never_taken_for_a_whole_one() {
    for told in all() {
        let body = told.lines("\n");
        let whole = read(told.wire, &body);
        for cut in 0..body.len() {
            if !body.is_char_boundary(cut) {
                continue;
            }
            match told.wire.read(&body[..cut]) {
                Ok(Outcome::Completion(completion)) => {
                    assert_eq!(completion.text, whole.text, "{:?} cut at {cut}", told.wire);
                }
                Ok(fault) => panic!("{:?} cut at {cut}: {fault:?}", told.wire),
                Err(reason) => assert!(!reason.contains('\n')),
            }
        }
        let events = told.events.len();
        for count in 0..events {
            let some = Told {
                events: told.events[..count].to_vec(),
                done: false,
                ..told
            };
            if let Ok(Outcome::Completion(completion)) = told.wire.read(&some.lines("\n")) {
                assert_eq!(
                    completion.text, whole.text,
                    "{:?} {count} events",
                    told.wire
                );
            }
        }
    }
}

#[test]
fn arguments_of_calls_come_in_pieces_too() {
    let answer = "{\"formula\":\"x*tanh(x)\"}";
    let (a, b) = answer.split_at(9);
    let call =
        |index: usize, more: Value| json!({"tool_calls": [{"index": index, "function": more}]});
    let chat: Vec<Value> = [
        call(0, json!({"name": "json", "arguments": ""})),
        call(0, json!({"arguments": a})),
        call(0, json!({"arguments": b})),
    ]
    .into_iter()
    .map(|delta| chunk(delta, json!(null)).1)
    .chain([chunk(json!({}), json!("tool_calls")).1])
    .collect();
    let legacy: Vec<Value> = [a, b]
        .map(|piece| chunk(json!({"function_call": {"arguments": piece}}), json!(null)).1)
        .into_iter()
        .chain([chunk(json!({}), json!("function_call")).1])
        .collect();
    let input = |piece: &str| {
        json!({
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "input_json_delta", "partial_json": piece}
        })
    };
    let block = json!({
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "tool_use", "input": {}}
    });
    let stop = json!({"type": "message_stop"});
    let delta =
        |piece: &str| json!({"type": "response.function_call_arguments.delta", "delta": piece});
    let done =
        json!({"type": "response.completed", "response": {"status": "completed", "output": []}});
    let args = json!({
        "candidates": [{
            "content": {"parts": [{"functionCall": {"args": {"formula": "x*tanh(x)"}}}]},
            "finishReason": "STOP"
        }]
    });
    for (wire, events) in [
        (Wire::ChatCompletions, chat),
        (Wire::ChatCompletions, legacy),
        (Wire::Messages, vec![block, input(a), input(b), stop]),
        (Wire::Responses, vec![delta(a), delta(b), done]),
        (Wire::GenerateContent, vec![args]),
    ] {
        let body: String = events
            .iter()
            .map(|event| format!("data: {event}\n\n"))
            .collect();
        assert_eq!(read(wire, &body).text, answer, "{wire:?} {body}");
    }
}

#[test]
fn refusals_and_reasoning_come_in_pieces_too() {
    let body = |deltas: &[Value]| -> String {
        deltas
            .iter()
            .map(|delta| format!("data: {}\n\n", chunk(delta.clone(), json!(null)).1))
            .chain(["data: [DONE]\n\n".to_owned()])
            .collect()
    };
    let refused = body(&[json!({"refusal": "I can"}), json!({"refusal": "not."})]);
    let completion = read(Wire::ChatCompletions, &refused);
    assert_eq!(
        (completion.text.as_str(), completion.finish.as_deref()),
        ("I cannot.", Some("refusal"))
    );
    let thought = body(&[
        json!({"reasoning": "{\"formula\":"}),
        json!({"reasoning": " \"x\"}?"}),
    ]);
    let completion = read(Wire::ChatCompletions, &thought);
    assert_eq!(
        (completion.text.as_str(), completion.finish.as_deref()),
        ("", Some("reasoning"))
    );
}

#[test]
fn ollamas_own_answers_are_read_a_message_a_line_or_whole() {
    let line = |content: &str, more: Value| {
        let mut value = json!({
            "model": "m",
            "message": {"role": "assistant", "content": content},
            "done": false
        });
        for (name, field) in more.as_object().unwrap() {
            value[name] = field.clone();
        }
        value.to_string()
    };
    let end =
        json!({"done": true, "done_reason": "stop", "prompt_eval_count": 900, "eval_count": 40});
    let [a, b, c] = PIECES;
    let body = [
        line(a, json!({})),
        line(b, json!({})),
        line(c, json!({})),
        line("", end.clone()),
    ]
    .join("\n");
    let generated = format!(
        "{}\n{}",
        json!({"model": "m", "response": a, "done": false}),
        json!({
            "model": "m",
            "response": format!("{b}{c}"),
            "done": true,
            "prompt_eval_count": 900,
            "eval_count": 40
        })
    );
    for body in [body, line(&reply(), end), generated] {
        let completion = read(Wire::ChatCompletions, &body);
        assert_eq!(
            (completion.text, completion.finish.as_deref()),
            (reply(), Some("stop")),
            "{body}"
        );
        let usage: Usage = completion.usage.unwrap();
        assert_eq!((usage.input(), usage.output()), (900, 40), "{body}");
    }
    let half = line(a, json!({}));
    assert!(Wire::ChatCompletions.read(&half).is_err(), "half an answer");
}

#[test]
fn an_error_in_a_stream_is_a_fault_begun_where_something_was_written() {
    let error = json!({"error": {"message": "overloaded", "code": 502}});
    let named =
        json!({"type": "error", "error": {"type": "overloaded_error", "message": "overloaded"}});
    let failed = json!({
        "type": "response.failed",
        "response": {"status": "failed", "error": {"code": "server_error", "message": "overloaded"}}
    });
    for (told, last) in [
        (chat(), format!("data: {error}\n\n")),
        (chat(), format!("{error}\n")),
        (chat(), "event: error\ndata: overloaded\n\n".to_owned()),
        (responses(), format!("data: {failed}\n\n")),
        (
            responses(),
            "data: {\"type\": \"error\", \"message\": \"overloaded\"}\n\n".to_owned(),
        ),
        (messages(), format!("event: error\ndata: {named}\n\n")),
        (gemini(), format!("data: {error}\n\n")),
    ] {
        for (count, expected) in [(0, false), (5.min(told.events.len() - 1), true)] {
            let some = Told {
                wire: told.wire,
                events: told.events[..count].to_vec(),
                done: false,
            };
            let body = format!("{}{last}", some.lines("\n"));
            match told.wire.read(&body) {
                Ok(Outcome::Fault { fault, begun, .. }) => {
                    assert_eq!(
                        (fault.message.as_str(), begun),
                        ("overloaded", expected),
                        "{body}"
                    );
                }
                other => panic!("{body}: {other:?}"),
            }
        }
    }
}
