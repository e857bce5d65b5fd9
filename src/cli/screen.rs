//! What the terminal on standard output can show.

use console::Term;

use crate::drawing::terminal::Hand;

/// Columns where standard output is no terminal.
const COLUMNS: usize = 80;

/// Columns of the terminal.
pub fn columns() -> usize {
    width().unwrap_or(COLUMNS)
}

/// Columns of the terminal, where standard output is one.
pub fn width() -> Option<usize> {
    Term::stdout()
        .size_checked()
        .map(|(_, columns)| usize::from(columns))
}

/// With what a drawing is made there: plain characters where `ascii` asks for them or the locale
/// has no others, and colours where it shows them.
pub fn hand(ascii: bool) -> Hand {
    Hand {
        ascii: ascii || !reads_unicode(),
        colour: shows_colours(),
    }
}

/// Whether the user's locale has more than ASCII.
fn reads_unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    let locale = locale.map(|locale| locale.to_lowercase().replace('-', ""));
    cfg!(windows) || locale.is_some_and(|locale| locale.contains("utf8"))
}

/// Whether standard output is a terminal that shows colours, and nobody asked for none
/// (<https://no-color.org>).
fn shows_colours() -> bool {
    Term::stdout().is_term()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
