//! Wires: how each provider wants to be asked, and how its answers are read. Pure functions between
//! our words and JSON.

pub mod chat_completions;
mod completion;
pub mod fault;
mod frames;
pub mod generate_content;
mod json;
pub mod messages;
mod request;
pub mod responses;
mod spoken;
mod stream;

use std::cmp::Reverse;

use serde_json::Value;

use self::frames::{frames, Frames, Stream, StreamEvent};
use self::stream::assembly::{assembled, Broken};
use crate::record::ledger::Usage;

pub use completion::Completion;
pub use fault::Fault;
pub use request::{Body, Field, Request};

/// A way of asking a model over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// OpenAI's Chat Completions, which most other servers speak too.
    ChatCompletions,
    /// OpenAI's Responses.
    Responses,
    /// Anthropic's Messages.
    Messages,
    /// Gemini's generateContent.
    GenerateContent,
}

/// What a 2xx answer holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// What the model said.
    Completion(Completion),
    /// An error in the place of a completion.
    Fault {
        /// What the server says.
        fault: Fault,
        /// What was used all the same, where that is told.
        usage: Option<Usage>,
        /// Whether an answer was begun before it.
        begun: bool,
    },
}

impl Wire {
    /// The path below the base address.
    pub fn path(self, model: &str) -> String {
        match self {
            Wire::ChatCompletions => "/chat/completions".to_owned(),
            Wire::Responses => "/responses".to_owned(),
            Wire::Messages => "/v1/messages".to_owned(),
            Wire::GenerateContent => format!("/v1beta/models/{model}:generateContent"),
        }
    }

    /// The body of a request.
    pub fn body(self, request: &Request) -> Body {
        match self {
            Wire::ChatCompletions => chat_completions::body(request),
            Wire::Responses => responses::body(request),
            Wire::Messages => messages::body(request),
            Wire::GenerateContent => generate_content::body(request),
        }
    }

    /// The names of the limit of tokens that a request may do without, in any order; none where the
    /// wire requires one.
    pub fn limits(self) -> &'static [Field] {
        match self {
            Wire::ChatCompletions => &[Field::MaxTokens, Field::MaxCompletionTokens],
            Wire::Responses | Wire::GenerateContent => &[Field::MaxTokens],
            Wire::Messages => &[],
        }
    }

    /// Reads the body of a 2xx answer, streamed or in one piece: a completion, the fault that some
    /// servers send in its place, or one line on why it is neither.
    pub fn read(self, body: &str) -> Result<Outcome, String> {
        let streamed = match frames(body)? {
            Frames::Whole(value) => self.of_one(value),
            Frames::Stream(events) => self.streamed(events),
        };
        let value = match streamed {
            Ok(value) => value,
            Err(Broken::Cut) => {
                return Err("the stream broke off before the answer's end".to_owned())
            }
            Err(Broken::Fault(failure)) => {
                return Ok(Outcome::Fault {
                    fault: fault::told(&failure.event),
                    usage: self.usage(&failure.told),
                    begun: failure.begun,
                })
            }
        };
        if let Some(fault) = fault::hidden(&value) {
            return Ok(Outcome::Fault {
                fault,
                usage: self.usage(&value),
                begun: value.pointer("/choices/0").is_some(),
            });
        }
        let completion = match self {
            Wire::ChatCompletions => chat_completions::read(&value),
            Wire::Responses => responses::read(&value),
            Wire::Messages => messages::read(&value),
            Wire::GenerateContent => generate_content::read(&value),
        };
        completion.map(Outcome::Completion)
    }

    /// The answer in a body of one value, which may be a list of pieces, or one piece.
    fn of_one(self, value: Value) -> Result<Value, Broken> {
        let event = |value| StreamEvent {
            name: String::new(),
            value,
        };
        let events: Vec<StreamEvent> = match value {
            Value::Array(pieces) if self == Wire::GenerateContent && pieces.len() > 1 => {
                pieces.into_iter().map(event).collect()
            }
            Value::Array(mut pieces) if self == Wire::GenerateContent && pieces.len() == 1 => {
                return Ok(pieces.remove(0))
            }
            value if self.is_event(&value) => vec![event(value)],
            value => return Ok(value),
        };
        let done = false;
        self.streamed(Stream { events, done })
    }

    /// The answer that a stream tells: piece by piece, or whole in its only event.
    fn streamed(self, mut stream: Stream) -> Result<Value, Broken> {
        let is_whole = matches!(
            &stream.events[..],
            [only] if only.name.is_empty() && !self.is_event(&only.value)
        );
        match self {
            Wire::Responses | Wire::Messages if is_whole => Ok(stream.events.remove(0).value),
            Wire::ChatCompletions => assembled::<stream::chat_completions::ChatPieces>(stream),
            Wire::Responses => assembled::<stream::responses::ResponsePieces>(stream),
            Wire::Messages => assembled::<stream::messages::MessagePieces>(stream),
            Wire::GenerateContent => assembled::<stream::generate_content::ContentPieces>(stream),
        }
    }

    /// Whether a value is an event of a stream, and not a whole answer.
    fn is_event(self, value: &Value) -> bool {
        let kind = value.get("type").and_then(Value::as_str);
        let begins = |starts: &[&str]| {
            kind.is_some_and(|kind| starts.iter().any(|start| kind.starts_with(start)))
        };
        match self {
            Wire::ChatCompletions => stream::chat_completions::is_event(value),
            Wire::Responses => begins(&["response."]),
            Wire::Messages => begins(&["message_", "content_block_", "ping"]),
            Wire::GenerateContent => false,
        }
    }

    /// What a fault tells of the tokens used; some wires tell it of completions only.
    fn usage(self, value: &Value) -> Option<Usage> {
        match self {
            Wire::ChatCompletions => chat_completions::usage(value, "prompt", "completion"),
            Wire::Responses => chat_completions::usage(value, "input", "output"),
            Wire::Messages | Wire::GenerateContent => None,
        }
    }

    /// The names by which an error of this wire may call a field.
    pub fn names(self, field: Field) -> &'static [&'static str] {
        match self {
            Wire::ChatCompletions => chat_completions::names(field),
            Wire::Responses => responses::names(field),
            Wire::Messages => messages::names(field),
            Wire::GenerateContent => generate_content::names(field),
        }
    }

    /// The field among `sent` that an error's words name: the one named first, there by its longest
    /// name; else the one sent first.
    pub fn named(self, words: &str, sent: &[Field]) -> Option<Field> {
        let words = words.to_lowercase();
        let places = |field: &Field| {
            let field = *field;
            self.names(field)
                .iter()
                .filter_map(|name| {
                    Some((whole_word(&words, &name.to_lowercase())?, name.len(), field))
                })
                .collect::<Vec<_>>()
        };
        sent.iter()
            .flat_map(places)
            .min_by_key(|(place, length, _)| (*place, Reverse(*length)))
            .map(|(_, _, field)| field)
    }
}

/// Where `word` stands in `text` and is not part of a longer one.
fn whole_word(text: &str, word: &str) -> Option<usize> {
    let joins = |neighbour: Option<char>| {
        neighbour.is_some_and(|neighbour| neighbour.is_alphanumeric() || neighbour == '_')
    };
    let whole = |at: &usize| {
        !joins(text[..*at].chars().next_back()) && !joins(text[at + word.len()..].chars().next())
    };
    text.match_indices(word).map(|(at, _)| at).find(whole)
}
