//! ChatPieces of Chat Completions: `delta`s with a finish reason at the end; Ollama's own API, a message
//! a line, too.

use serde_json::{json, Value};

use super::assembly::Assembly;
use crate::proposer::llm::wire::chat_completions::spoken;
use crate::proposer::llm::wire::frames::StreamEvent;
use crate::proposer::llm::wire::json::{present, word};
use crate::proposer::llm::wire::spoken::Spoken;

#[derive(Default)]
pub(in crate::proposer::llm::wire) struct ChatPieces {
    spoken: Spoken,
    calls: Vec<(Option<Value>, String)>,
    finish: Option<Value>,
    /// The fields of the answer that stand beside its choices, the last of each.
    beside: Vec<(&'static str, Value)>,
}

/// Whether a value is a piece of an answer, and not a whole one.
pub(in crate::proposer::llm::wire) fn is_event(value: &Value) -> bool {
    let choice = value.pointer("/choices/0");
    choice.is_some_and(|choice| {
        present(choice, "delta").is_some() && present(choice, "message").is_none()
    }) || is_ollamas(value)
}

fn is_ollamas(value: &Value) -> bool {
    let is_text = value.get("response").is_some_and(Value::is_string);
    value.get("done").is_some_and(Value::is_boolean)
        && (is_text || present(value, "message").is_some())
}

impl Assembly for ChatPieces {
    fn take(&mut self, event: &StreamEvent) -> bool {
        let value = &event.value;
        if is_ollamas(value) {
            self.ollamas(value);
            return false;
        }
        for name in ["model", "provider", "service_tier", "usage"] {
            self.keep(name, value.get(name));
        }
        self.keep("usage", value.pointer("/x_groq/usage"));
        let choices = value.get("choices").and_then(Value::as_array);
        let is_first = |choice: &&Value| choice.get("index").is_none_or(|index| index == 0);
        for choice in choices.into_iter().flatten().filter(is_first) {
            self.keep("usage", choice.get("usage"));
            if let Some(message) = present(choice, "message") {
                // It repeats what its pieces told.
                let whole = spoken(message);
                if whole != Spoken::default() {
                    (self.spoken, self.calls) = (whole, Vec::new());
                }
            } else if let Some(delta) = present(choice, "delta") {
                self.delta(delta);
            }
            if let Some(finish) = present(choice, "finish_reason") {
                self.finish = Some(finish.clone());
            }
        }
        false
    }

    fn begun(&self) -> bool {
        self.finish.is_some() || !self.calls.is_empty() || self.spoken != Spoken::default()
    }

    fn ended(&self) -> bool {
        self.finish.is_some()
    }

    fn answer(self) -> Value {
        let calls = self.spoken.calls.into_iter();
        let calls: Vec<Value> = calls
            .chain(self.calls.into_iter().map(|(_, arguments)| arguments))
            .map(|arguments| json!({"function": {"arguments": arguments}}))
            .collect();
        let message = json!({
            "content": self.spoken.text,
            "refusal": self.spoken.refusal,
            "reasoning_content": self.spoken.reasoning,
            "tool_calls": calls,
        });
        let mut answer = json!({"choices": [{"message": message, "finish_reason": self.finish}]});
        for (name, value) in self.beside {
            answer[name] = value;
        }
        answer
    }
}

impl ChatPieces {
    fn keep(&mut self, name: &'static str, value: Option<&Value>) {
        let Some(value) = value.filter(|value| !value.is_null()) else {
            return;
        };
        self.beside.retain(|(other, _)| *other != name);
        self.beside.push((name, value.clone()));
    }

    fn delta(&mut self, delta: &Value) {
        let piece = spoken(delta);
        self.spoken.text.push_str(&piece.text);
        self.spoken.refusal.push_str(&piece.refusal);
        self.spoken.reasoning.push_str(&piece.reasoning);
        let calls = delta.get("tool_calls").and_then(Value::as_array);
        for call in calls.into_iter().flatten() {
            let arguments = call.pointer("/function/arguments");
            self.call(present(call, "index").or(present(call, "id")), arguments);
        }
        if let Some(call) = present(delta, "function_call") {
            self.call(None, call.get("arguments"));
        }
    }

    /// Adds to the arguments of the call of a mark; without one, to those of the last.
    fn call(&mut self, mark: Option<&Value>, arguments: Option<&Value>) {
        let more = match arguments {
            Some(Value::String(text)) => text.clone(),
            Some(object @ Value::Object(_)) => object.to_string(),
            _ => String::new(),
        };
        let same =
            |(other, _): &&mut (Option<Value>, String)| mark.is_none() || other.as_ref() == mark;
        match self.calls.iter_mut().rev().find(same) {
            Some((_, text)) => text.push_str(&more),
            None => self.calls.push((mark.cloned(), more)),
        }
    }

    fn ollamas(&mut self, value: &Value) {
        self.keep("model", value.get("model"));
        match present(value, "message") {
            Some(message) => {
                let piece = spoken(message);
                self.spoken.text.push_str(&piece.text);
                self.spoken.reasoning.push_str(&piece.reasoning);
                self.spoken.calls.extend(piece.calls);
            }
            None => {
                let text = word(value, "/response").unwrap_or_default();
                self.spoken.text.push_str(text);
                let thought = word(value, "/thinking").unwrap_or_default();
                self.spoken.reasoning.push_str(thought);
            }
        }
        if value.get("done") == Some(&Value::Bool(true)) {
            self.finish = Some(json!(word(value, "/done_reason").unwrap_or("stop")));
            let usage = json!({
                "prompt_tokens": value.get("prompt_eval_count"),
                "completion_tokens": value.get("eval_count"),
            });
            self.keep("usage", Some(&usage));
        }
    }
}
