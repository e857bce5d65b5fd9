//! Text from elsewhere as data in prompts: on one line, cut to a length, without names where they
//! are hidden.

use crate::formula::{library, Formula};

/// The most characters of a quoted formula.
pub const LONGEST_FORMULA: usize = 600;

/// Named activations that are plain functions of analysis too, and stay where names are hidden.
const PLAIN: [&str; 8] = [
    "tanh", "sigmoid", "softplus", "erf", "sin", "cos", "abs", "identity",
];

/// A formula that calls no published activation.
pub fn written_out(formula: &str) -> String {
    Formula::parse(formula).map_or_else(
        |_| without_names(formula),
        |formula| formula.canonical().to_owned(),
    )
}

/// `text` with `...` for each name of a published activation.
pub fn without_names(text: &str) -> String {
    with_each_name(text, |_| "...".to_owned())
}

/// `text` with the name of `reference` written out, and with `...` for the name of each other
/// published activation.
pub fn hidden(text: &str, reference: &str) -> String {
    let shown = Formula::parse(reference).ok();
    with_each_name(text, |name| match (library::named(name), &shown) {
        (Some(known), Some(shown)) if known.formula().id() == shown.id() => {
            shown.canonical().to_owned()
        }
        _ => "...".to_owned(),
    })
}

/// `text` with what `replaced` says for each name of a published activation, which it is given in
/// small letters.
fn with_each_name(text: &str, replaced: impl Fn(&str) -> String) -> String {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    let (mut kept, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(start) = rest.find(joins) {
        let end = rest[start..]
            .find(|c| !joins(c))
            .map_or(rest.len(), |length| start + length);
        kept.push_str(&rest[..start]);
        let word = &rest[start..end];
        let name = word.to_lowercase();
        if is_name(&name) {
            kept.push_str(&replaced(&name));
        } else {
            kept.push_str(word);
        }
        rest = &rest[end..];
    }
    kept.push_str(rest);
    kept
}

/// Whether this names a published activation, and no plain function.
pub fn is_name(word: &str) -> bool {
    !PLAIN.contains(&word) && library::named(word).is_some()
}

/// A formula as an indented line.
pub fn indented(formula: &str) -> String {
    format!("    {}", quoted(formula, LONGEST_FORMULA))
}

/// Text from elsewhere as data: on one line, without code fences and control characters, its blanks
/// single, cut to `most` characters.
pub fn quoted(text: &str, most: usize) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    plain(&line.join(" "), most)
}

/// A line from elsewhere without code fences and control characters, cut to `most` characters.
pub fn plain(line: &str, most: usize) -> String {
    let line: String = line
        .replace("```", "'''")
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{} [cut]", &line[..end]),
        None => line,
    }
}
