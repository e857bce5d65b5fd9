//! MessagePieces of Messages: blocks by number, between `message_start` and `message_stop`.

use std::collections::BTreeMap;

use serde_json::{json, Map, Value};

use super::assembly::{append, index, Assembly};
use crate::proposer::llm::wire::frames::StreamEvent;
use crate::proposer::llm::wire::json::present;

#[derive(Default)]
pub(in crate::proposer::llm::wire) struct MessagePieces {
    message: Map<String, Value>,
    blocks: BTreeMap<u64, Block>,
    ended: bool,
}

/// A block: as it began, and what was added to it.
#[derive(Default)]
struct Block {
    began: Value,
    text: String,
    thinking: String,
    input: String,
}

impl Assembly for MessagePieces {
    fn take(&mut self, event: &StreamEvent) -> bool {
        let value = &event.value;
        let number = index(value, "/index");
        match event.kind() {
            "message_start" => {
                if let Some(Value::Object(message)) = value.get("message") {
                    self.message = message.clone();
                }
            }
            "content_block_start" => {
                let block = self.blocks.entry(number).or_default();
                block.began = value.get("content_block").cloned().unwrap_or_default();
            }
            "content_block_delta" => {
                let block = self.blocks.entry(number).or_default();
                append(&mut block.text, value, "/delta/text");
                append(&mut block.thinking, value, "/delta/thinking");
                append(&mut block.input, value, "/delta/partial_json");
            }
            "message_delta" => {
                if let Some(reason) = value.pointer("/delta/stop_reason") {
                    self.ended |= !reason.is_null();
                    self.message
                        .insert("stop_reason".to_owned(), reason.clone());
                }
                self.add_usage(value);
            }
            "message_stop" => self.ended = true,
            _ => {}
        }
        false
    }

    fn begun(&self) -> bool {
        !self.blocks.is_empty()
    }

    fn ended(&self) -> bool {
        self.ended
    }

    fn answer(mut self) -> Value {
        let blocks: Vec<Value> = self.blocks.into_values().map(Block::told).collect();
        self.message.insert("content".to_owned(), blocks.into());
        Value::Object(self.message)
    }
}

impl MessagePieces {
    /// The counts at the end take the place of those at the beginning; what is told only once
    /// stays.
    fn add_usage(&mut self, value: &Value) {
        let Some(Value::Object(told)) = present(value, "usage") else {
            return;
        };
        let usage = self.message.entry("usage").or_insert_with(|| json!({}));
        for (name, count) in told.iter().filter(|(_, count)| !count.is_null()) {
            if let Some(usage) = usage.as_object_mut() {
                usage.insert(name.clone(), count.clone());
            }
        }
    }
}

impl Block {
    fn told(self) -> Value {
        let mut block = self.began;
        if !block.is_object() {
            block = json!({"type": if self.input.is_empty() { "text" } else { "tool_use" }});
        }
        for (name, added) in [("text", self.text), ("thinking", self.thinking)] {
            if !added.is_empty() {
                let began = block.get(name).and_then(Value::as_str).unwrap_or_default();
                block[name] = format!("{began}{added}").into();
            }
        }
        if !self.input.is_empty() {
            block["input"] = self.input.into();
        }
        block
    }
}
