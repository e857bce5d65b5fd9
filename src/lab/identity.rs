//! What makes two definitions the same lab: all of the text but the words that a lab says of
//! itself, which may be improved without measuring anything anew.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

/// The table of a lab's file that is no part of what it measures.
const WORDS: &str = "words";

/// A lab's definition without its `[words]`: what keys of stored results are made of, and what two
/// definitions are compared by.
///
/// The lines that hold the table go, and with them the blank lines and comments directly above
/// each. A definition without words, and a text that is no TOML, comes back as it is.
pub fn identity(definition: &str) -> String {
    let Ok(document) = DeTable::parse(definition) else {
        return definition.to_owned();
    };
    let mut spans = Vec::new();
    for (key, value) in document.get_ref() {
        if key.get_ref() == WORDS {
            collect_spans(key.span(), value.span(), value.get_ref(), &mut spans);
        }
    }
    if spans.is_empty() {
        return definition.to_owned();
    }
    without_lines(definition, &spans)
}

/// The places of a key, of its value, and of all that lies within.
fn collect_spans(
    key: Range<usize>,
    place: Range<usize>,
    value: &DeValue,
    spans: &mut Vec<Range<usize>>,
) {
    spans.extend([key, place]);
    if let DeValue::Table(table) = value {
        for (key, value) in table {
            collect_spans(key.span(), value.span(), value.get_ref(), spans);
        }
    }
}

/// The text without the lines that these places touch, and without the blank lines and comments
/// directly above them.
fn without_lines(text: &str, spans: &[Range<usize>]) -> String {
    let mut lines: Vec<(&str, bool)> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let is_touched = |span: &Range<usize>| span.start < end && start < span.end;
        lines.push((line, spans.iter().any(is_touched)));
        start = end;
    }
    let mut goes_below = false;
    for (line, goes) in lines.iter_mut().rev() {
        let plain = line.trim_start();
        *goes |= goes_below && (plain.is_empty() || plain.starts_with('#'));
        goes_below = *goes;
    }
    let left = lines.iter().filter(|(_, goes)| !goes);
    left.map(|(line, _)| *line).collect()
}
