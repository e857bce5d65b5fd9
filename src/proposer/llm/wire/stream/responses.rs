//! ResponsePieces of Responses: events of `response.`, the last of which holds the whole answer.

use std::collections::BTreeMap;

use serde_json::{json, Value};

use super::assembly::{append, index, Assembly};
use crate::proposer::llm::wire::frames::StreamEvent;
use crate::proposer::llm::wire::json::present;

#[derive(Default)]
pub(in crate::proposer::llm::wire) struct ResponsePieces {
    items: BTreeMap<u64, Item>,
    /// The answer as the last event with one had it.
    response: Option<Value>,
    ended: bool,
}

/// An item of the output.
#[derive(Default)]
struct Item {
    /// As it was told whole.
    whole: Option<Value>,
    texts: BTreeMap<u64, String>,
    refusal: String,
    arguments: String,
    reasoning: String,
}

impl Assembly for ResponsePieces {
    fn take(&mut self, event: &StreamEvent) -> bool {
        let value = &event.value;
        if let Some(response) = present(value, "response") {
            self.response = Some(response.clone());
        }
        let number = index(value, "/output_index");
        match event.kind() {
            "response.completed"
            | "response.incomplete"
            | "response.cancelled"
            | "response.done" => self.ended = true,
            "response.failed" => return true,
            "response.output_item.done" => self.item(number).whole = value.get("item").cloned(),
            "response.output_text.delta" => append(self.text(value), value, "/delta"),
            "response.output_text.done" => {
                self.text(value).clear();
                append(self.text(value), value, "/text");
            }
            "response.refusal.delta" => append(&mut self.item(number).refusal, value, "/delta"),
            "response.function_call_arguments.delta" => {
                append(&mut self.item(number).arguments, value, "/delta");
            }
            "response.reasoning_text.delta" | "response.reasoning_summary_text.delta" => {
                append(&mut self.item(number).reasoning, value, "/delta");
            }
            _ => {}
        }
        false
    }

    fn begun(&self) -> bool {
        !self.items.is_empty()
    }

    fn ended(&self) -> bool {
        self.ended
    }

    fn answer(self) -> Value {
        let mut answer = self.response.unwrap_or_else(|| json!({}));
        let told = answer.get("output").and_then(Value::as_array);
        if told.is_none_or(Vec::is_empty) && answer.is_object() {
            let items: Vec<Value> = self.items.into_values().map(Item::told).collect();
            answer["output"] = Value::from(items);
        }
        if !self.ended && answer.is_object() {
            answer["status"] = json!("completed");
        }
        answer
    }
}

impl ResponsePieces {
    fn item(&mut self, number: u64) -> &mut Item {
        self.items.entry(number).or_default()
    }

    fn text(&mut self, value: &Value) -> &mut String {
        let part = index(value, "/content_index");
        let item = self.item(index(value, "/output_index"));
        item.texts.entry(part).or_default()
    }
}

impl Item {
    fn told(self) -> Value {
        if let Some(whole) = self.whole.filter(Value::is_object) {
            return whole;
        }
        if !self.arguments.is_empty() {
            return json!({"type": "function_call", "arguments": self.arguments});
        }
        if !self.reasoning.is_empty() {
            let text = json!({"type": "reasoning_text", "text": self.reasoning});
            return json!({"type": "reasoning", "content": [text]});
        }
        let texts = self.texts.into_values();
        let mut parts: Vec<Value> = texts
            .map(|text| json!({"type": "output_text", "text": text}))
            .collect();
        if !self.refusal.is_empty() {
            parts.push(json!({"type": "refusal", "refusal": self.refusal}));
        }
        json!({"type": "message", "content": parts})
    }
}
