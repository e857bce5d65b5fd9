//! ContentPieces of generateContent: answers, each with some parts more.

use serde_json::{json, Value};

use super::assembly::Assembly;
use crate::proposer::llm::wire::frames::StreamEvent;
use crate::proposer::llm::wire::json::{present, word};

#[derive(Default)]
pub(in crate::proposer::llm::wire) struct ContentPieces {
    parts: Vec<Value>,
    finish: Option<Value>,
    /// The fields that stand beside the candidates, the last of each.
    beside: Vec<(&'static str, Value)>,
    any_candidate: bool,
}

impl Assembly for ContentPieces {
    fn take(&mut self, event: &StreamEvent) -> bool {
        for name in ["modelVersion", "usageMetadata", "promptFeedback"] {
            if let Some(value) = present(&event.value, name) {
                self.beside.retain(|(other, _)| *other != name);
                self.beside.push((name, value.clone()));
            }
        }
        let Some(candidate) = event.value.pointer("/candidates/0") else {
            return false;
        };
        self.any_candidate = true;
        let parts = candidate.pointer("/content/parts");
        let parts = parts.and_then(Value::as_array).into_iter().flatten();
        self.parts.extend(parts.cloned());
        if word(candidate, "/finishReason").is_some() {
            self.finish = candidate.get("finishReason").cloned();
        }
        false
    }

    fn begun(&self) -> bool {
        self.any_candidate
    }

    fn ended(&self) -> bool {
        let blocked = |(name, value): &(&str, Value)| {
            *name == "promptFeedback" && word(value, "/blockReason").is_some()
        };
        self.finish.is_some() || self.beside.iter().any(blocked)
    }

    fn answer(self) -> Value {
        let mut answer = json!({});
        if self.any_candidate {
            answer["candidates"] =
                json!([{"content": {"parts": self.parts}, "finishReason": self.finish}]);
        }
        for (name, value) in self.beside {
            answer[name] = value;
        }
        answer
    }
}
