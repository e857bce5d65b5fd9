//! Reads the proposals out of a model's reply: exactly what was written, or a rejection that says
//! why there is none.

mod answers;
mod fences;
mod near_json;
mod near_text;
mod tag;
mod thoughts;
mod turn;

use std::borrow::Cow;

use self::answers::{answers, first_under, InDoubt};
use self::fences::fenced;
use self::turn::first_turn;
use super::response::{ParsedProposal, Reading};
use crate::record::attempt::{Rejection, Reply};

pub(super) use self::thoughts::without_thoughts;

/// The longest reply that is read, in bytes.
pub const LONGEST_REPLY: usize = 256 * 1024;
/// The longest formula that is taken from a reply, in bytes.
pub const LONGEST_FORMULA: usize = 8 * 1024;
/// Formulas that are taken from one reply; what stands behind them is left.
pub const MOST_FORMULAS: usize = 16;

/// How servers call the end of a reply that the model did not end.
const BROKEN_OFF: [&str; 12] = [
    "error",
    "abort",
    "aborted",
    "cancelled",
    "canceled",
    "failed",
    "in_progress",
    "queued",
    "incomplete",
    "repetition",
    "insufficient_system_resource",
    "other",
];

/// What is said of a reply without an answer.
const REASONING_ONLY: &str =
    "the reply holds reasoning only; raise the limit of tokens, or ask for less reasoning";

/// What is kept of a reply: all of it, or of one that is not read for its length as much as would
/// be, and how long it was.
pub fn stored(text: String) -> String {
    if text.len() <= LONGEST_REPLY {
        return text;
    }
    let end = (0..=LONGEST_REPLY)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    format!("{}\n[cut: it was {} bytes long]", &text[..end], text.len())
}

/// Why a reply has no proposal.
enum Unread {
    /// It is to be recorded so.
    Rejected(Rejection),
    /// An answer was begun, and what was meant is not certain.
    InDoubt(String),
}

/// The proposals of a reply that was asked for so many `formulas` (0 and 1 are one): the JSON
/// objects with a `formula`, or where there is none the fenced code blocks, in the order of the
/// reply and each text once. Where one was asked for, the last is meant, and others are drafts. What
/// a model thinks aloud is passed over. JSON that is damaged is read where the formula is whole
/// without doubt.
pub fn proposals(reply: &Reply, formulas: u32) -> Reading {
    read(reply, formulas).map_err(|unread| match unread {
        Unread::Rejected(rejection) => rejection,
        Unread::InDoubt(detail) => Rejection::Unreadable { detail },
    })
}

/// What is wrong with a reply in which an answer was begun that cannot be read without doubt, so
/// that its author is to be asked what was meant; `None` for any other reply.
pub fn doubt(reply: &Reply, formulas: u32) -> Option<String> {
    match read(reply, formulas) {
        Err(Unread::InDoubt(detail)) => Some(detail),
        _ => None,
    }
}

fn read(reply: &Reply, formulas: u32) -> Result<Vec<ParsedProposal>, Unread> {
    check_finish(reply).map_err(Unread::Rejected)?;
    let unreadable = |detail: String| Unread::Rejected(Rejection::Unreadable { detail });
    let text = readable(reply).map_err(unreadable)?;
    let several = formulas > 1;
    let mut found: Vec<ParsedProposal> = answers(&text, several)
        .map_err(|InDoubt(detail)| Unread::InDoubt(detail))?
        .into_iter()
        .map(ParsedProposal::from)
        .collect();
    if found.is_empty() {
        found = fenced(&text);
        if !several {
            found.drain(..found.len().saturating_sub(1));
        }
    }
    let mut proposals: Vec<ParsedProposal> = Vec::new();
    for parsed in found {
        let is_same = |other: &ParsedProposal| other.proposal.formula == parsed.proposal.formula;
        if proposals.len() < MOST_FORMULAS && !proposals.iter().any(is_same) {
            proposals.push(parsed);
        }
    }
    match proposals.first() {
        None => Err(unreadable(format!(
            "the reply holds no JSON object with a `formula` and no code block: {}",
            beginning(&text)
        ))),
        Some(first) if first.proposal.formula.len() > LONGEST_FORMULA => Err(unreadable(format!(
            "the formula is {} bytes long, at most {LONGEST_FORMULA} are read",
            first.proposal.formula.len()
        ))),
        Some(_) => {
            proposals.retain(|parsed| parsed.proposal.formula.len() <= LONGEST_FORMULA);
            Ok(proposals)
        }
    }
}

/// Refuses a reply that was cut off, declined or held back.
fn check_finish(reply: &Reply) -> Result<(), Rejection> {
    match reply.finish.as_deref() {
        Some("length") => Err(Rejection::Truncated {
            detail:
                "the reply was cut off at the limit of tokens; raise the limit or ask for less \
                 reasoning"
                    .to_owned(),
        }),
        Some("refusal") => Err(Rejection::Refused {
            detail: beginning(&reply.text),
        }),
        Some("content_filter") => {
            let said = beginning(&reply.text);
            let said = if said.is_empty() {
                String::new()
            } else {
                format!(": {said}")
            };
            Err(Rejection::Refused {
                detail: format!("the provider's content filter held the reply back{said}"),
            })
        }
        Some(finish) if BROKEN_OFF.contains(&finish.to_lowercase().as_str()) => {
            Err(Rejection::Truncated {
                detail: format!("the server ended the reply before the model did ({finish})"),
            })
        }
        _ => Ok(()),
    }
}

/// The text of a reply without what the model thinks aloud; what is wrong with it where nothing is
/// left to read.
fn readable(reply: &Reply) -> Result<String, String> {
    if reply.text.trim().is_empty() {
        return Err(match reply.finish.as_deref() {
            Some("reasoning") => REASONING_ONLY.to_owned(),
            _ => "the reply is empty".to_owned(),
        });
    }
    if reply.text.len() > LONGEST_REPLY {
        return Err(format!(
            "the reply is longer than the {LONGEST_REPLY} bytes that are read: {}",
            beginning(&reply.text)
        ));
    }
    let unwrapped = unwrapped(&reply.text);
    let text = without_thoughts(first_turn(&unwrapped));
    if text.trim().is_empty() {
        return Err(REASONING_ONLY.to_owned());
    }
    Ok(text)
}

/// What stands in a reply that is one JSON string as a whole; else the reply.
fn unwrapped(text: &str) -> Cow<'_, str> {
    let inner = Some(text.trim()).filter(|text| text.starts_with('"'));
    match inner.and_then(|text| serde_json::from_str(text).ok()) {
        Some(inner) => Cow::Owned(inner),
        None => Cow::Borrowed(text),
    }
}

/// Whether a text is one JSON object and nothing else, beside what the model thinks aloud.
pub(super) fn is_object(text: &str) -> bool {
    text.len() <= LONGEST_REPLY && thoughts::is_object(&without_thoughts(text))
}

/// The guidance in a reply, of at most `most` characters; `None` where there is none, or where the
/// prompt's own example is repeated.
pub fn guidance(text: &str, most: usize) -> Option<String> {
    let text = without_thoughts(text.get(..LONGEST_REPLY).unwrap_or(text));
    let words: String = first_under(&text, "guidance")?
        .trim()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(most)
        .collect();
    (!words.is_empty() && words != "the guidance").then_some(words)
}

/// The first words of a text, on one line.
pub fn beginning(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().take(40).collect();
    let line = line.join(" ");
    match line.char_indices().nth(160) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}
