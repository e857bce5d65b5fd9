//! Text into words: numbers, names and symbols with their places; every character that formulas do
//! not have is refused here.

use std::ops::Range;

use super::{advice, spelling};
use crate::error::{visible, FormulaError};

/// The words of `text` in order, from the byte `start` on. Line breaks within parentheses, blanks
/// and comments are left out.
pub(super) fn lexemes(
    text: &str,
    start: usize,
) -> Result<Vec<(Lexeme, Range<usize>)>, FormulaError> {
    Lexer {
        text,
        at: start,
        depth: 0,
        lexemes: Vec::new(),
    }
    .run()
}

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Lexeme {
    Number(f64),
    /// A name with what stood before its last `.` or `::`.
    Name {
        prefix: String,
        name: String,
    },
    Symbol(&'static str),
    /// The end of a line, or `;`.
    Separator,
}

impl Lexeme {
    pub fn described(&self) -> String {
        match self {
            Lexeme::Number(number) => format!("the number {number:?}"),
            Lexeme::Name { prefix, name } if prefix.is_empty() => {
                format!("`{}`", spelling::shortened(name))
            }
            Lexeme::Name { prefix, name } => {
                format!("`{}`", spelling::shortened(&format!("{prefix}.{name}")))
            }
            Lexeme::Symbol(symbol) => format!("`{symbol}`"),
            Lexeme::Separator => "the end of the line".to_owned(),
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    lexemes: Vec<(Lexeme, Range<usize>)>,
}

/// Longer spellings before their beginnings; the second column is what is meant.
const SYMBOLS: &[(&str, &str)] = &[
    ("**", "^"),
    ("<=", "<="),
    (">=", ">="),
    ("==", "=="),
    ("!=", "!="),
    ("&&", "&&"),
    ("||", "||"),
    ("+", "+"),
    ("-", "-"),
    ("*", "*"),
    ("/", "/"),
    ("%", "%"),
    ("^", "^"),
    ("(", "("),
    (")", ")"),
    (",", ","),
    ("<", "<"),
    (">", ">"),
    ("=", "="),
    ("≤", "<="),
    ("≥", ">="),
    ("≠", "!="),
    ("−", "-"),
    ("×", "*"),
    ("·", "*"),
    ("⋅", "*"),
    ("÷", "/"),
];

impl Lexer<'_> {
    fn run(mut self) -> Result<Vec<(Lexeme, Range<usize>)>, FormulaError> {
        while let Some(c) = self.text[self.at..].chars().next() {
            let rest = &self.text[self.at..];
            if c == '\n' || c == ';' {
                if self.depth == 0 || c == ';' {
                    self.push(Lexeme::Separator, 1);
                    if c == '\n' {
                        self.refuse_continuation()?;
                    }
                } else {
                    self.at += 1;
                }
            } else if matches!(c, ' ' | '\t' | '\r' | '\u{a0}') {
                self.at += c.len_utf8();
            } else if c == '#' {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if c.is_ascii_digit()
                || c == '.' && rest[1..].starts_with(|next: char| next.is_ascii_digit())
            {
                self.number()?;
            } else if c.is_ascii_alphabetic() || c == '_' {
                self.name();
            } else if c == 'π' {
                self.push(
                    Lexeme::Name {
                        prefix: String::new(),
                        name: "pi".to_owned(),
                    },
                    c.len_utf8(),
                );
            } else if let Some(advice) = advice::symbol(rest) {
                let length = c.len_utf8();
                return Err(FormulaError::unparsable(self.at..self.at + length, advice));
            } else if let Some((spelled, meant)) = SYMBOLS
                .iter()
                .find(|(spelled, _)| rest.starts_with(spelled))
            {
                match *meant {
                    "(" => self.depth += 1,
                    ")" => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
                self.push(Lexeme::Symbol(meant), spelled.len());
            } else {
                return Err(self.unexpected(c));
            }
        }
        Ok(self.lexemes)
    }

    fn unexpected(&self, c: char) -> FormulaError {
        let constant = if ('α'..='ω').contains(&c) {
            "; a constant is a number, a trained one param(1)"
        } else {
            ""
        };
        let message = format!(
            "unexpected character `{}` (U+{:04X}): formulas are plain ASCII{constant}",
            visible(c),
            u32::from(c)
        );
        FormulaError::unparsable(self.at..self.at + c.len_utf8(), message)
    }

    fn push(&mut self, lexeme: Lexeme, length: usize) {
        self.lexemes.push((lexeme, self.at..self.at + length));
        self.at += length;
    }

    /// At the start of a line: a leading `+`, or a `-` that is indented deeper than the line
    /// before, was meant to continue that line, which a line of its own would silently drop.
    fn refuse_continuation(&self) -> Result<(), FormulaError> {
        let blank = |c: char| c == ' ' || c == '\t';
        let indent = |line: &str| line.len() - line.trim_start_matches(blank).len();
        let line = self.text[self.at..].split('\n').next().unwrap_or_default();
        let before = self.text[..self.at - 1]
            .rsplit('\n')
            .find(|line| !line.trim().is_empty())
            .unwrap_or_default();
        let signed = line.trim_start_matches(blank);
        if signed.starts_with('+') || signed.starts_with('-') && indent(line) > indent(before) {
            let start = self.at + indent(line);
            let advice = "a line may not begin with an operator: put an expression of several \
                lines in parentheses";
            return Err(FormulaError::unparsable(start..start + 1, advice));
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), FormulaError> {
        let rest = &self.text[self.at..];
        let bytes = rest.as_bytes();
        let digits = |from: usize| {
            from + bytes[from..]
                .iter()
                .take_while(|b| b.is_ascii_digit())
                .count()
        };
        let mut end = digits(0);
        if bytes.get(end) == Some(&b'.') {
            end = digits(end + 1);
        }
        if let Some(b'e' | b'E') = bytes.get(end) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let exponent_end = digits(end + 1 + sign).min(rest.len());
            if exponent_end > end + 1 + sign {
                end = exponent_end;
            }
        }
        let (start, written) = (self.at, &rest[..end]);
        let shown = spelling::shortened(written);
        let next = rest[end..].chars().next();
        if let Some(c) = next.filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')) {
            let place = start..start + end + 1;
            let message = after_number(written, c);
            return Err(FormulaError::unparsable(place, message));
        }
        let place = start..start + end;
        let value: f64 = written.parse().map_err(|_| {
            FormulaError::unparsable(place.clone(), format!("expected a number, found `{shown}`"))
        })?;
        if !value.is_finite() {
            return Err(FormulaError::unparsable(
                place,
                format!("the number `{shown}` is too large for 64 bits"),
            ));
        }
        let mantissa = written.split(['e', 'E']).next().unwrap_or_default();
        if value == 0.0 && mantissa.bytes().any(|b| matches!(b, b'1'..=b'9')) {
            return Err(FormulaError::unparsable(
                place,
                format!("the number `{shown}` is too small for 64 bits"),
            ));
        }
        self.push(Lexeme::Number(value), end);
        Ok(())
    }

    fn name(&mut self) {
        let bytes = &self.text.as_bytes()[self.at..];
        let word = |from: usize| {
            from + bytes[from..]
                .iter()
                .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
                .count()
        };
        let (mut start, mut end) = (0, word(0));
        loop {
            let separator = if bytes[end..].starts_with(b"::") {
                2
            } else {
                usize::from(bytes[end..].starts_with(b"."))
            };
            let next = word(end + separator);
            if separator == 0 || next == end + separator {
                break;
            }
            (start, end) = (end + separator, next);
        }
        let name = self.text[self.at + start..self.at + end].to_owned();
        let prefix = self.text[self.at..self.at + start]
            .trim_end_matches(['.', ':'])
            .replace("::", ".");
        let lexeme = match (prefix.as_str(), name.as_str()) {
            ("", "and") => Lexeme::Symbol("&&"),
            ("", "or") => Lexeme::Symbol("||"),
            _ => Lexeme::Name { prefix, name },
        };
        self.push(lexeme, end);
    }
}

/// Why `c` may not follow the number `written`.
fn after_number(written: &str, c: char) -> String {
    let shown = spelling::shortened(written);
    match c {
        'x' | 'X' if written == "0" => {
            "hexadecimal numbers are not read: write the number in decimals".to_owned()
        }
        '_' => format!(
            "expected the end of the number `{shown}`, found `_`: write digits without separators"
        ),
        '.' => format!("expected the end of the number `{shown}`, found a second point"),
        'j' | 'J' => "complex numbers are not read".to_owned(),
        _ => format!(
            "expected an operator after the number `{shown}`, found `{c}`: write a product with \
             `*`, as in `{shown} * x`"
        ),
    }
}
