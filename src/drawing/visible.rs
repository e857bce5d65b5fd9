//! Text that may be hostile, written so that it is seen and steers nothing.
//!
//! What a terminal obeys, what turns the direction of reading and what shows nothing is written as
//! an escape of Rust's, such as `\u{1b}`; everything else stays as it is.

use std::borrow::Cow;

/// Characters that are no control characters, and yet steer what is shown or show nothing, as
/// ranges with both ends: Unicode's format characters, default ignorables, and separators of lines
/// and paragraphs.
const UNSEEN: [(char, char); 22] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Whether a character steers a terminal, turns the direction of reading, or shows nothing: control
/// characters (C0 with the tab and the line break, DEL, C1), bidirectional controls, separators of
/// lines and paragraphs, and invisible format characters.
pub fn is_unseen(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    let within = |(first, last): &(char, char)| (*first..=*last).contains(&c);
    c.is_control() || UNSEEN.iter().any(within)
}

/// The text on one line: line breaks and tabs are written as `\n` and `\t`, other unseen characters
/// as `\u{1b}`.
pub fn on_a_line(text: &str) -> Cow<'_, str> {
    escaped(text, is_unseen, |c, text| text.extend(c.escape_default()))
}

/// The text in as many lines as it has: line breaks and tabs stay, other unseen characters are
/// written as `\u{1b}`. A carriage return that ends a line with its line break is left out.
pub fn in_lines(text: &str) -> Cow<'_, str> {
    let is_unseen = |c| is_unseen(c) && !matches!(c, '\n' | '\t');
    let write = |c: char, text: &mut String| text.extend(c.escape_default());
    match text.contains("\r\n") {
        true => escaped(&text.replace("\r\n", "\n"), is_unseen, write)
            .into_owned()
            .into(),
        false => escaped(text, is_unseen, write),
    }
}

/// As [`in_lines`], but that colours stay as `Hand::painted` sets them, and nothing else that begins
/// with an escape character. Labels are on a line already, see [`on_a_line`].
pub fn in_colours(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut parts = text.split('\u{1b}');
    shown.push_str(&in_lines(parts.next().unwrap_or_default()));
    for part in parts {
        let (colour, rest) = part.split_at(colour(part));
        shown.push_str(if colour.is_empty() {
            "\\u{1b}"
        } else {
            "\u{1b}"
        });
        shown.push_str(colour);
        shown.push_str(&in_lines(rest));
    }
    shown
}

/// The length of the colour's code at the beginning of what stands after an escape character: one
/// of 256 colours or none; 0 where there is no such code.
fn colour(text: &str) -> usize {
    if text.starts_with("[0m") {
        return 3;
    }
    let number = text
        .strip_prefix("[38;5;")
        .and_then(|rest| rest.split_once('m'));
    match number {
        Some((number, _)) if number.parse::<u8>().is_ok_and(|n| n.to_string() == number) => {
            "[38;5;m".len() + number.len()
        }
        _ => 0,
    }
}

/// A JSON document, as it was written out, whose strings hold no unseen character but as `\u001b`:
/// the same value. Line breaks between its parts stay.
pub fn in_json(document: &str) -> Cow<'_, str> {
    let is_unseen = |c| is_unseen(c) && c != '\n';
    escaped(document, is_unseen, |c, text| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            text.push_str(&format!("\\u{unit:04x}"));
        }
    })
}

/// The text, each character that is to be escaped written by `write`.
fn escaped(
    text: &str,
    is_to_be: impl Fn(char) -> bool,
    write: impl Fn(char, &mut String),
) -> Cow<'_, str> {
    if !text.chars().any(&is_to_be) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match is_to_be(c) {
            true => write(c, &mut shown),
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}
