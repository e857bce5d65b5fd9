//! Texts between quotes, as models write them: where they may end, and what they say.

/// A text between quotes.
pub(super) struct Text {
    /// What it says; what cannot be decoded stands as it was written.
    pub words: String,
    /// Whether it is JSON to the letter.
    pub exact: bool,
    /// Whether quotes stand within it.
    pub has_quotes: bool,
    /// Why it is not certain that it says this; `None` where it is.
    pub doubt: Option<&'static str>,
}

/// Where the quotes of a text stand last: the double ones, and any.
pub(super) struct Quotes {
    last_double: Option<usize>,
    last: Option<usize>,
}

const DOUBLE: [char; 4] = ['\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}'];
const SINGLE: [char; 2] = ['\u{2018}', '\u{2019}'];

impl Quotes {
    pub fn of(text: &str) -> Quotes {
        Quotes {
            last_double: text.rfind(|sign| is_opener(sign) && !is_single(sign)),
            last: text.rfind(is_opener),
        }
    }

    /// Whether no double quote stands at `at` or behind it, where `single` no other either.
    pub fn none_after(&self, at: usize, single: bool) -> bool {
        let last = if single { self.last } else { self.last_double };
        last.is_none_or(|last| last < at)
    }

    /// The quotes that may close a text.
    pub fn closers(&self, opener: char) -> &'static [char] {
        match opener {
            '"' => &['"'],
            '\'' => &['\''],
            double if DOUBLE.contains(&double) => &DOUBLE,
            _ => &SINGLE,
        }
    }
}

/// Whether a text may begin with this quote.
pub(super) fn is_opener(sign: char) -> bool {
    matches!(sign, '"' | '\'') || DOUBLE.contains(&sign) || SINGLE.contains(&sign)
}

/// Whether it is a single quote, which is an apostrophe too.
pub(super) fn is_single(sign: char) -> bool {
    sign == '\'' || SINGLE.contains(&sign)
}

/// What stands between two quotes, decoded. Line breaks and tabs are often written as they are, and
/// stand for themselves.
pub(super) fn decoded(written: &str, inner_quotes: bool) -> Text {
    let mut text = Text {
        words: String::with_capacity(written.len()),
        exact: !inner_quotes,
        has_quotes: inner_quotes,
        doubt: inner_quotes.then_some("quotes stand within it"),
    };
    let mut rest = written;
    while let Some(sign) = rest.chars().next() {
        if sign == '\\' {
            rest = text.escape(rest);
            continue;
        }
        if sign < ' ' {
            text.exact = false;
            if !matches!(sign, '\n' | '\r' | '\t') {
                text.doubt = Some("a control character stands in it");
            }
        }
        text.words.push(sign);
        rest = &rest[sign.len_utf8()..];
    }
    text
}

impl Text {
    /// Takes the escape with which `rest` begins; what stands behind it.
    fn escape<'a>(&mut self, rest: &'a str) -> &'a str {
        let plain = match rest[1..].chars().next() {
            Some(sign @ ('"' | '\\' | '/')) => Some(sign),
            Some('b') => Some('\u{8}'),
            Some('f') => Some('\u{c}'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('u') => return self.code_point(rest),
            _ => None,
        };
        match plain {
            Some(sign) => {
                self.words.push(sign);
                &rest[2..]
            }
            None => {
                self.words.push('\\');
                self.distrust("a backslash stands in it that begins no escape");
                &rest[1..]
            }
        }
    }

    /// Takes `\u` with its digits, or with those of both halves of a pair.
    fn code_point<'a>(&mut self, rest: &'a str) -> &'a str {
        let unit = |text: &str| {
            let digits = text.strip_prefix("\\u")?.get(..4)?;
            let plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            u16::from_str_radix(digits, 16).ok().filter(|_| plain)
        };
        let Some(first) = unit(rest) else {
            self.words.push('\\');
            self.distrust("a backslash stands in it that begins no escape");
            return &rest[1..];
        };
        let both = unit(&rest[6..]).map(|second| [first, second]);
        let pair = both.and_then(|both| match &char::decode_utf16(both).next() {
            Some(Ok(sign)) if *sign > '\u{ffff}' => Some(*sign),
            _ => None,
        });
        match (pair, char::from_u32(u32::from(first))) {
            (Some(sign), _) => {
                self.words.push(sign);
                &rest[12..]
            }
            (None, Some(sign)) => {
                self.words.push(sign);
                &rest[6..]
            }
            (None, None) => {
                self.words.push(char::REPLACEMENT_CHARACTER);
                self.distrust("half of a character stands in it");
                &rest[6..]
            }
        }
    }

    fn distrust(&mut self, why: &'static str) {
        self.exact = false;
        self.doubt = Some(why);
    }
}
