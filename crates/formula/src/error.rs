//! What is wrong with a formula, where, and what to do about it.

use std::ops::Range;

/// The kind of a [`FormulaError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FormulaErrorKind {
    /// The text breaks the grammar, or names what does not exist.
    Unparsable,
    /// The formula asks for something that formulas may not do: rank, accumulate or transform other
    /// elements, draw random numbers.
    Forbidden,
    /// The text, the program or its graph exceeds one of [`crate::limits`].
    TooLarge,
}

/// A refused formula. Its `Display` is one line; [`FormulaError::caret`] draws the place.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}{}", .place.as_ref().map(|place| format!(" (at byte {})", place.start)).unwrap_or_default())]
pub struct FormulaError {
    kind: FormulaErrorKind,
    message: String,
    place: Option<Range<usize>>,
}

impl FormulaError {
    pub(super) fn at(
        kind: FormulaErrorKind,
        place: Range<usize>,
        message: impl Into<String>,
    ) -> FormulaError {
        FormulaError {
            kind,
            message: message.into(),
            place: Some(place),
        }
    }

    pub(super) fn unparsable(place: Range<usize>, message: impl Into<String>) -> FormulaError {
        FormulaError::at(FormulaErrorKind::Unparsable, place, message)
    }

    pub(super) fn without_place(
        kind: FormulaErrorKind,
        message: impl Into<String>,
    ) -> FormulaError {
        FormulaError {
            kind,
            message: message.into(),
            place: None,
        }
    }

    /// The same about a program that no text was given for.
    pub(super) fn about_a_program(self) -> FormulaError {
        FormulaError {
            place: None,
            ..self
        }
    }

    /// The same about a program whose text was read, and whose printed form is not.
    pub(super) fn about_the_printed_form(self) -> FormulaError {
        FormulaError {
            message: format!("written out, as it would be printed: {}", self.message),
            place: None,
            ..self
        }
    }

    /// What kind of fault it is.
    pub fn kind(&self) -> FormulaErrorKind {
        self.kind
    }

    /// What was expected, what was found and what to do, on one line.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The bytes of the text that are at fault; `None` where the whole is (a program built without
    /// text, or one that is too large).
    pub fn place(&self) -> Option<Range<usize>> {
        self.place.clone()
    }

    /// The line of `text` at fault with a caret below its first character; empty where there is no
    /// place.
    ///
    /// At most 40 characters either side are shown; control and invisible characters are shown as
    /// `?`, so that the two lines stay aligned.
    pub fn caret(&self, text: &str) -> String {
        let Some(place) = &self.place else {
            return String::new();
        };
        let mut start = place.start.min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let before: Vec<char> = text[..start]
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .collect();
        let shown = before[before.len().saturating_sub(40)..].iter().copied();
        let after = text[start..]
            .split('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .take(40);
        let indent = before.len().min(40);
        let line: String = shown.chain(after).map(visible).collect();
        format!("{}\n{}^", line.trim_end(), " ".repeat(indent))
    }
}

/// `c` where it is one column wide in a terminal for certain (ASCII or a Latin or Greek letter),
/// else `?`.
pub(super) fn visible(c: char) -> char {
    let plain = (' '..='~').contains(&c)
        || ('\u{a1}'..='\u{17f}').contains(&c) && c != '\u{ad}'
        || ('α'..='ω').contains(&c);
    if plain {
        c
    } else {
        '?'
    }
}
