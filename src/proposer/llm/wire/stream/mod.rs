//! Streams: each is put together to the answer that its server would have given in one piece, which
//! is then read as any other.

mod chat_completions;
mod generate_content;
mod messages;
mod responses;

use serde_json::Value;

use super::fault;
use super::frames::{Event, Stream};
use super::Wire;

/// Why a stream is no whole answer.
pub(super) enum Broken {
    /// An event of it is an error.
    Fault(Box<Failure>),
    /// It ends before the answer does.
    Cut,
}

/// The failure of a server in the midst of a stream.
pub(super) struct Failure {
    /// The event that tells it.
    pub event: Value,
    /// What was told before it, as an answer.
    pub told: Value,
    /// Whether an answer was begun.
    pub begun: bool,
}

/// What puts the events of one wire together.
trait Assembly: Default {
    /// Takes the next event; whether it ends the stream by an error.
    fn take(&mut self, event: &Event) -> bool;
    /// Whether anything of an answer was told.
    fn begun(&self) -> bool;
    /// Whether the answer has come to its end.
    fn ended(&self) -> bool;
    /// The answer as far as it was told.
    fn answer(self) -> Value;
}

/// The answer that a stream tells: piece by piece, or whole in its only event.
pub(super) fn whole(wire: Wire, mut stream: Stream) -> Result<Value, Broken> {
    match wire {
        Wire::Responses | Wire::Messages if stream.is_whole(wire) => {
            Ok(stream.events.remove(0).value)
        }
        Wire::ChatCompletions => assembled::<chat_completions::Pieces>(stream),
        Wire::Responses => assembled::<responses::Pieces>(stream),
        Wire::Messages => assembled::<messages::Pieces>(stream),
        Wire::GenerateContent => assembled::<generate_content::Pieces>(stream),
    }
}

/// Whether a value is an event of a stream, and not a whole answer.
pub(super) fn is_event(wire: Wire, value: &Value) -> bool {
    let kind = value.get("type").and_then(Value::as_str);
    let begins = |starts: &[&str]| {
        kind.is_some_and(|kind| starts.iter().any(|start| kind.starts_with(start)))
    };
    match wire {
        Wire::ChatCompletions => chat_completions::is_event(value),
        Wire::Responses => begins(&["response."]),
        Wire::Messages => begins(&["message_", "content_block_", "ping"]),
        Wire::GenerateContent => false,
    }
}

impl Stream {
    fn is_whole(&self, wire: Wire) -> bool {
        matches!(&self.events[..], [only] if only.name.is_empty() && !is_event(wire, &only.value))
    }
}

fn assembled<A: Assembly>(stream: Stream) -> Result<Value, Broken> {
    let mut pieces = A::default();
    for event in stream.events {
        let fails = pieces.take(&event);
        if fails || event.name == "error" || fault::hidden(&event.value).is_some() {
            return Err(Broken::Fault(Box::new(Failure {
                begun: pieces.begun(),
                told: pieces.answer(),
                event: event.value,
            })));
        }
    }
    if stream.done || pieces.ended() {
        Ok(pieces.answer())
    } else {
        Err(Broken::Cut)
    }
}

/// Appends the text at `pointer` to another.
fn append(text: &mut String, value: &Value, pointer: &str) {
    let more = value.pointer(pointer).and_then(Value::as_str);
    text.push_str(more.unwrap_or_default());
}

/// The number at `pointer`, 0 where there is none.
fn index(value: &Value, pointer: &str) -> u64 {
    value.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
}
