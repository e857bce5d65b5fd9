//! What all wires' streams have in common: they are assembled event by event, and may fail or break
//! off.

use serde_json::Value;

use crate::proposer::llm::wire::fault;
use crate::proposer::llm::wire::frames::{Stream, StreamEvent};

/// Why a stream is no whole answer.
pub(in crate::proposer::llm::wire) enum Broken {
    /// An event of it is an error.
    Fault(Box<StreamFailure>),
    /// It ends before the answer does.
    Cut,
}

/// The failure of a server in the midst of a stream.
pub(in crate::proposer::llm::wire) struct StreamFailure {
    /// The event that tells it.
    pub event: Value,
    /// What was told before it, as an answer.
    pub told: Value,
    /// Whether an answer was begun.
    pub begun: bool,
}

/// What puts the events of one wire together.
pub(in crate::proposer::llm::wire) trait Assembly: Default {
    /// Takes the next event; whether it ends the stream by an error.
    fn take(&mut self, event: &StreamEvent) -> bool;
    /// Whether anything of an answer was told.
    fn begun(&self) -> bool;
    /// Whether the answer has come to its end.
    fn ended(&self) -> bool;
    /// The answer as far as it was told.
    fn answer(self) -> Value;
}

/// The answer that a stream tells piece by piece.
pub(in crate::proposer::llm::wire) fn assembled<A: Assembly>(
    stream: Stream,
) -> Result<Value, Broken> {
    let mut pieces = A::default();
    for event in stream.events {
        let fails = pieces.take(&event);
        if fails || event.name == "error" || fault::hidden(&event.value).is_some() {
            return Err(Broken::Fault(Box::new(StreamFailure {
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
pub(super) fn append(text: &mut String, value: &Value, pointer: &str) {
    let more = value.pointer(pointer).and_then(Value::as_str);
    text.push_str(more.unwrap_or_default());
}

/// The number at `pointer`, 0 where there is none.
pub(super) fn index(value: &Value, pointer: &str) -> u64 {
    value.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
}
