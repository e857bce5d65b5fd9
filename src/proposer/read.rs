//! Reads the proposal out of a model's reply: exactly what was written, or a rejection that says why there is none.

use serde::Deserialize;
use serde_json::Value;

use super::prompt::PLACEHOLDER;
use crate::attempt::{Proposal, Rejection, Reply};

/// The longest reply that is read, in bytes.
pub const LONGEST_REPLY: usize = 256 * 1024;
/// The longest formula that is taken from a reply, in bytes.
pub const LONGEST_FORMULA: usize = 8 * 1024;
/// Characters of a name and of a rationale that are kept.
const LONGEST_NAME: usize = 80;
const LONGEST_RATIONALE: usize = 2000;
/// Places in a reply where a JSON object is looked for, and how many of them are read again with their broken lines mended.
const MOST_OBJECTS: usize = 2000;
const MOST_MENDED: usize = 8;

/// The proposal of a reply: the first JSON object with a `formula`, or else the first fenced code block. What a model thinks aloud
/// (`<think>...</think>`) is passed over.
pub fn proposal(reply: &Reply) -> Result<Proposal, Rejection> {
    match reply.finish.as_deref() {
        Some("length" | "max_tokens") => {
            return Err(Rejection::Truncated {
                detail: "the reply was cut off at the limit of tokens; raise the limit or ask for less reasoning".to_owned(),
            });
        }
        Some("refusal") => return Err(Rejection::Refused { detail: beginning(&reply.text) }),
        Some("content_filter") => return Err(Rejection::Refused { detail: "the provider's content filter held the reply back".to_owned() }),
        _ => {}
    }
    let unreadable = |detail: String| Rejection::Unreadable { detail };
    if reply.text.trim().is_empty() {
        return Err(unreadable("the reply is empty".to_owned()));
    }
    if reply.text.len() > LONGEST_REPLY {
        return Err(unreadable(format!("the reply is {} bytes long, at most {LONGEST_REPLY} are read", reply.text.len())));
    }
    let text = without_thoughts(&reply.text);
    if text.trim().is_empty() {
        return Err(unreadable("the reply holds reasoning only".to_owned()));
    }
    let block = || fenced(&text).map(|formula| Proposal { formula, name: None, rationale: None });
    let proposal = match answer(&text).map_err(unreadable)?.or_else(block) {
        Some(proposal) => proposal,
        None => return Err(unreadable(format!("the reply holds no JSON object with a `formula` and no code block: {}", beginning(&text)))),
    };
    if proposal.formula.len() > LONGEST_FORMULA {
        return Err(unreadable(format!("the formula is {} bytes long, at most {LONGEST_FORMULA} are read", proposal.formula.len())));
    }
    Ok(proposal)
}

/// The object that the prompt asks for. A formula written twice in one object is an error, since only one can be meant.
#[derive(Deserialize)]
struct Answer {
    formula: String,
    name: Option<Value>,
    rationale: Option<Value>,
}

/// The first JSON object with a formula in it. One that was begun and cannot be read is an error: what stands elsewhere is not what it meant.
fn answer(text: &str) -> Result<Option<Proposal>, String> {
    let mut failure = None;
    let last_key = text.rfind("\"formula\"").unwrap_or(0);
    let mut mended = 0;
    for (at, _) in text.match_indices('{').take(MOST_OBJECTS) {
        match object(&text[at..], &mut mended) {
            Ok(answer) if answer.formula.trim().is_empty() => failure = Some("the `formula` in the reply is empty".to_owned()),
            // The prompt's own example, repeated.
            Ok(answer) if answer.formula.trim() == PLACEHOLDER => {}
            Ok(answer) => {
                return Ok(Some(Proposal {
                    formula: answer.formula,
                    name: words(answer.name.as_ref(), LONGEST_NAME),
                    rationale: words(answer.rationale.as_ref(), LONGEST_RATIONALE),
                }));
            }
            Err(error) if failure.is_none() && at < last_key => {
                failure = Some(format!("the reply's JSON object cannot be read: {error}"));
            }
            Err(_) => {}
        }
    }
    failure.map_or(Ok(None), Err)
}

/// The object at the beginning of `text`. Models often break lines inside a JSON string; such breaks are taken for `\n`.
fn object(text: &str, mended: &mut usize) -> Result<Answer, serde_json::Error> {
    let parse = |text: &str| Answer::deserialize(&mut serde_json::Deserializer::from_str(text));
    parse(text).or_else(|error| {
        if *mended == MOST_MENDED || !error.to_string().starts_with("control character") {
            return Err(error);
        }
        *mended += 1;
        parse(&with_escaped_breaks(text))
    })
}

/// `text` with the control characters inside JSON strings escaped.
fn with_escaped_breaks(text: &str) -> String {
    let (mut escaped, mut inside, mut after_backslash) = (String::with_capacity(text.len() + 16), false, false);
    for character in text.chars() {
        match character {
            '"' if !after_backslash => inside = !inside,
            '\n' if inside => escaped.push_str("\\n"),
            '\r' if inside => escaped.push_str("\\r"),
            '\t' if inside => escaped.push_str("\\t"),
            _ => {}
        }
        after_backslash = inside && character == '\\' && !after_backslash;
        if !(inside && matches!(character, '\n' | '\r' | '\t')) {
            escaped.push(character);
        }
    }
    escaped
}

/// The text of the first closed code block that may be a formula; a block of JSON is none.
fn fenced(text: &str) -> Option<String> {
    let mut parts = text.split("```");
    parts.next()?;
    loop {
        let block = parts.next()?;
        // The text after it: a block without one is not closed.
        parts.next()?;
        let (tag, content) = block.split_once('\n').unwrap_or(("", block));
        let content = content.trim();
        let is_json = tag.trim().to_lowercase().starts_with("json") || content.starts_with(['{', '[']);
        if !content.is_empty() && !is_json {
            return Some(content.to_owned());
        }
    }
}

/// `text` without its blocks of reasoning. An opening tag alone hides all that follows, a closing tag alone all that stands before it.
fn without_thoughts(text: &str) -> String {
    let mut rest = text.to_owned();
    for (open, close) in [("<think>", "</think>"), ("<thinking>", "</thinking>"), ("<reasoning>", "</reasoning>")] {
        let mut kept = String::new();
        let mut remaining = rest.as_str();
        while let Some(start) = remaining.find(open) {
            kept.push_str(&remaining[..start]);
            remaining = remaining[start..].find(close).map_or("", |end| &remaining[start + end + close.len()..]);
        }
        kept.push_str(remaining);
        rest = match kept.rfind(close) {
            Some(end) => kept[end + close.len()..].to_owned(),
            None => kept,
        };
    }
    rest
}

/// A commentary's text, cut to `most` characters; `None` where there is none.
fn words(value: Option<&Value>, most: usize) -> Option<String> {
    let text: String = value?.as_str()?.trim().chars().take(most).collect();
    (!text.is_empty()).then_some(text)
}

/// The first words of a text, on one line.
fn beginning(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().take(40).collect();
    let line = line.join(" ");
    match line.char_indices().nth(160) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}
