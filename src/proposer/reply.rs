//! Reads the proposals out of a model's reply: exactly what was written, or a rejection that says
//! why there is none.

use serde::Deserialize;
use serde_json::Value;

use super::prompt::PLACEHOLDER;
use super::response::{ParsedProposal, Reading};
use crate::record::attempt::{Proposal, Rejection, Reply};

/// The longest reply that is read, in bytes.
pub const LONGEST_REPLY: usize = 256 * 1024;
/// The longest formula that is taken from a reply, in bytes.
pub const LONGEST_FORMULA: usize = 8 * 1024;
/// Formulas that are taken from one reply; what stands behind them is left.
pub const MOST_FORMULAS: usize = 16;
/// Characters of a name and of a rationale that are kept.
const LONGEST_NAME: usize = 80;
const LONGEST_RATIONALE: usize = 2000;
/// Places in a reply where a JSON object is looked for, and how many of them are read again with
/// their broken lines mended.
const MOST_OBJECTS: usize = 2000;
const MOST_MENDED: usize = 8;

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

/// The proposals of a reply, in its order and each text once: the JSON objects with a `formula`, or
/// where there is none the fenced code blocks. What a model thinks aloud (`<think>...</think>`) is
/// passed over.
pub fn proposals(reply: &Reply) -> Reading {
    check_finish(reply)?;
    let unreadable = |detail: String| Rejection::Unreadable { detail };
    let text = readable(reply).map_err(unreadable)?;
    let mut found = answers(&text).map_err(unreadable)?;
    if found.is_empty() {
        found = fenced(&text);
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
        _ => Ok(()),
    }
}

/// The text of a reply without what the model thinks aloud; what is wrong with it where nothing is
/// left to read.
fn readable(reply: &Reply) -> Result<String, String> {
    if reply.text.trim().is_empty() {
        return Err("the reply is empty".to_owned());
    }
    if reply.text.len() > LONGEST_REPLY {
        return Err(format!(
            "the reply is longer than the {LONGEST_REPLY} bytes that are read: {}",
            beginning(&reply.text)
        ));
    }
    let text = without_thoughts(&reply.text);
    if text.trim().is_empty() {
        return Err("the reply holds reasoning only".to_owned());
    }
    Ok(text)
}

/// The object that the prompt asks for. A formula written twice in one object is an error, since
/// only one can be meant.
#[derive(Deserialize)]
struct FormulaObject {
    formula: String,
    name: Option<Value>,
    rationale: Option<Value>,
}

/// The JSON objects with a formula in them. Where none can be read, one that was begun is an error:
/// what stands elsewhere is not what it meant.
fn answers(text: &str) -> Result<Vec<ParsedProposal>, String> {
    let (mut found, mut failure) = (Vec::new(), None);
    let last_key = text.rfind("\"formula\"").unwrap_or(0);
    let mut mended = 0;
    for (at, _) in text.match_indices('{').take(MOST_OBJECTS) {
        match object(&text[at..], &mut mended) {
            Ok(answer) if answer.formula.trim().is_empty() => {
                failure = Some("the `formula` in the reply is empty".to_owned())
            }
            // The prompt's own example, repeated.
            Ok(answer) if answer.formula.trim() == PLACEHOLDER => {}
            Ok(answer) => found.push(ParsedProposal::from(Proposal {
                formula: answer.formula,
                name: words(answer.name.as_ref(), LONGEST_NAME),
                rationale: words(answer.rationale.as_ref(), LONGEST_RATIONALE),
            })),
            Err(error) if failure.is_none() && at < last_key => {
                failure = Some(format!("the reply's JSON object cannot be read: {error}"));
            }
            Err(_) => {}
        }
    }
    match failure {
        Some(failure) if found.is_empty() => Err(failure),
        _ => Ok(found),
    }
}

/// The guidance in a reply, of at most `most` characters; `None` where there is none, or where the
/// prompt's own example is repeated.
pub fn guidance(text: &str, most: usize) -> Option<String> {
    let text = without_thoughts(text.get(..LONGEST_REPLY).unwrap_or(text));
    let written = |at: usize| {
        serde_json::Deserializer::from_str(&text[at..])
            .into_iter::<Value>()
            .next()?
            .ok()?
            .get("guidance")?
            .as_str()
            .map(str::to_owned)
    };
    let found = text
        .match_indices('{')
        .take(MOST_MENDED)
        .find_map(|(at, _)| written(at))?;
    let words: String = found
        .trim()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(most)
        .collect();
    (!words.is_empty() && words != "the guidance").then_some(words)
}

/// The object at the beginning of `text`. Models often break lines inside a JSON string; such
/// breaks are taken for `\n`.
fn object(text: &str, mended: &mut usize) -> Result<FormulaObject, serde_json::Error> {
    let parse =
        |text: &str| FormulaObject::deserialize(&mut serde_json::Deserializer::from_str(text));
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
    let (mut escaped, mut inside, mut after_backslash) =
        (String::with_capacity(text.len() + 16), false, false);
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

/// The closed code blocks that may be formulas: the first, whatever it is, and those of the others
/// that are; a block of JSON is none.
fn fenced(text: &str) -> Vec<ParsedProposal> {
    let mut blocks: Vec<ParsedProposal> = Vec::new();
    let mut parts = text.split("```").skip(1);
    // A block without a text after it is not closed.
    while let (Some(block), Some(_)) = (parts.next(), parts.next()) {
        let (tag, content) = block.split_once('\n').unwrap_or(("", block));
        let content = content.trim();
        let is_json =
            tag.trim().to_lowercase().starts_with("json") || content.starts_with(['{', '[']);
        if content.is_empty() || is_json {
            continue;
        }
        let block = ParsedProposal::from(Proposal {
            formula: content.to_owned(),
            name: None,
            rationale: None,
        });
        if blocks.is_empty() || block.formula().is_ok() {
            blocks.push(block);
        }
    }
    blocks
}

/// `text` without its blocks of reasoning. An opening tag alone hides all that follows, a closing
/// tag alone all that stands before it.
pub(super) fn without_thoughts(text: &str) -> String {
    let mut rest = text.to_owned();
    for (open, close) in [
        ("<think>", "</think>"),
        ("<thinking>", "</thinking>"),
        ("<reasoning>", "</reasoning>"),
    ] {
        let mut kept = String::new();
        let mut remaining = rest.as_str();
        while let Some(start) = remaining.find(open) {
            kept.push_str(&remaining[..start]);
            remaining = remaining[start..]
                .find(close)
                .map_or("", |end| &remaining[start + end + close.len()..]);
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
