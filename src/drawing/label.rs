//! Labels: one line of a known width, also of a text that may be hostile.

use super::visible::on_a_line;

/// The most characters of a label.
const LONGEST_LABEL: usize = 80;

/// A text that may be hostile as one line of known width: what is not ASCII, Latin or Greek becomes
/// `?`, a line break a space.
pub(super) fn one_line(text: &str) -> String {
    let plain = |c: char| match c {
        c if c.is_whitespace() => ' ',
        ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{ff}' | 'α'..='ω' => c,
        _ => '?',
    };
    shortened(
        &text.trim().chars().map(plain).collect::<String>(),
        LONGEST_LABEL,
    )
}

/// At most `longest` characters on one line, the last three dots where some are left out; what
/// cannot be seen is written as an escape.
pub(super) fn shortened(text: &str, longest: usize) -> String {
    let text = on_a_line(text).into_owned();
    if text.chars().count() <= longest {
        return text;
    }
    let kept: String = text.chars().take(longest.saturating_sub(3)).collect();
    format!("{}...", kept.trim_end())
}
