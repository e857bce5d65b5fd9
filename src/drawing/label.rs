//! Labels: one line of a known width, also of a text that may be hostile.

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

/// At most `longest` characters, the last three dots where some are left out.
pub(super) fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest.saturating_sub(3)).collect();
    format!("{}...", kept.trim_end())
}
