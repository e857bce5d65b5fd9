//! An API key that cannot be printed by accident, and is blanked in every text that repeats it,
//! however the text encodes it.

use std::fmt;

/// An API key. It has no `Display`, and its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Secret {
    key: String,
    /// The parts of the key's base64 and hexadecimal forms that no neighbours change.
    encoded: Vec<String>,
}

/// Shorter keys are words such as `none` or `EMPTY` that local servers are given; taking them out
/// of texts would garble formulas.
const SHORTEST_REDACTED: usize = 8;

/// Backslashes before an escape: those of four texts within one another. A bound, so that a text of
/// backslashes is read in a time that grows with its length.
const MOST_BACKSLASHES: usize = 16;

/// What stands where a key stood.
const BLANK: &str = "[key]";

impl Secret {
    /// A key without the blanks around it; `None` where nothing is left.
    pub fn new(key: &str) -> Option<Secret> {
        let key = key.trim();
        (!key.is_empty()).then(|| Secret {
            key: key.to_owned(),
            encoded: encodings(key.as_bytes()),
        })
    }

    /// The key itself, for the request's header only.
    pub(super) fn expose(&self) -> &str {
        &self.key
    }

    /// `text` with every occurrence of the key blanked: plain, or with some or all of its
    /// characters as escapes of JSON, of programming languages, of addresses or of HTML, once or
    /// several times over, and within base64 and hexadecimal digits.
    pub fn redact(&self, text: &str) -> String {
        self.blanked(text).unwrap_or_else(|| text.to_owned())
    }

    /// As [`Secret::redact`]; `None` where the text does not hold the key.
    pub fn blanked(&self, text: &str) -> Option<String> {
        if self.key.len() < SHORTEST_REDACTED {
            return None;
        }
        let mut blanked = self.without_escaped(text);
        for encoded in &self.encoded {
            let now = blanked.as_deref().unwrap_or(text);
            if now.contains(encoded.as_str()) {
                blanked = Some(now.replace(encoded.as_str(), BLANK));
            }
        }
        blanked
    }

    /// The text without the key as it is or with escapes; `None` where it does not stand there.
    fn without_escaped(&self, text: &str) -> Option<String> {
        let bytes = text.as_bytes();
        let (mut blanked, mut kept, mut at) = (String::new(), 0, 0);
        while at < bytes.len() {
            match self.end_of_key(bytes, at) {
                // A key holds no part of a longer character, so that both ends are borders of one.
                Some(end) if text.is_char_boundary(at) && text.is_char_boundary(end) => {
                    blanked.push_str(&text[kept..at]);
                    blanked.push_str(BLANK);
                    (kept, at) = (end, end);
                }
                _ => at += 1,
            }
        }
        if kept == 0 {
            return None;
        }
        blanked.push_str(&text[kept..]);
        Some(blanked)
    }

    /// Where the key ends that begins at `at`; `None` where none does.
    fn end_of_key(&self, bytes: &[u8], mut at: usize) -> Option<usize> {
        for wanted in self.key.bytes() {
            let (found, length) = unescaped(&bytes[at..])?;
            if found != wanted {
                return None;
            }
            at += length;
        }
        Some(at)
    }
}

/// Whether a text of the user's may be a key that stands in the wrong place, and is not to be
/// repeated: by its beginning, or by a word with digits that is longer than those of names.
pub fn may_be_key(text: &str) -> bool {
    let looks_random = |word: &str| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        word.len() >= 12 && (digits >= 3 || word.len() > 24)
    };
    text.trim_start().starts_with("sk-")
        || text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(looks_random)
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// The first character of a text, as far as keys have it, and how many bytes it takes there.
fn unescaped(bytes: &[u8]) -> Option<(u8, usize)> {
    let first = *bytes.first()?;
    let escaped = match first {
        b'\\' => after_backslash(bytes),
        b'%' => after_percent(bytes),
        b'&' => after_ampersand(bytes),
        _ => None,
    };
    Some(escaped.unwrap_or((first, 1)))
}

/// `\u0073`, `\u{73}`, `\U00000073`, `\x73`, `\/`, each behind up to [`MOST_BACKSLASHES`].
fn after_backslash(bytes: &[u8]) -> Option<(u8, usize)> {
    let run = bytes.iter().take(MOST_BACKSLASHES);
    let slashes = run.take_while(|byte| **byte == b'\\').count();
    let rest = &bytes[slashes..];
    let (digits, before, behind) = match rest {
        [b'u', b'{', digits @ ..] => {
            let count = digits.iter().take(10).position(|byte| *byte == b'}')?;
            (digits.get(..count)?, 2, 1)
        }
        [b'u', digits @ ..] => (digits.get(..4)?, 1, 0),
        [b'U', digits @ ..] => (digits.get(..8)?, 1, 0),
        [b'x', digits @ ..] => (digits.get(..2)?, 1, 0),
        [plain, ..] if plain.is_ascii_punctuation() => return Some((*plain, slashes + 1)),
        _ => return None,
    };
    Some((hex(digits)?, slashes + before + digits.len() + behind))
}

/// `%73`, `%2573` and so on: the sign itself may be escaped.
fn after_percent(bytes: &[u8]) -> Option<(u8, usize)> {
    let mut at = 1;
    while bytes
        .get(at..at + 4)
        .is_some_and(|next| &next[..2] == b"25")
    {
        at += 2;
    }
    let digits = bytes.get(at..at + 2)?;
    Some((hex(digits)?, at + 2))
}

/// `&#115;`, `&#x73;`, where `&` may itself be written `&amp;`.
fn after_ampersand(bytes: &[u8]) -> Option<(u8, usize)> {
    let mut at = 1;
    while bytes.get(at..at + 4) == Some(b"amp;") {
        at += 4;
    }
    if bytes.get(at) != Some(&b'#') {
        return None;
    }
    at += 1;
    let length = bytes[at..].iter().take(10).position(|byte| *byte == b';')?;
    let digits = &bytes[at..at + length];
    let found = match digits {
        [b'x' | b'X', digits @ ..] => hex(digits)?,
        digits => std::str::from_utf8(digits).ok()?.parse().ok()?,
    };
    Some((found, at + length + 1))
}

/// The byte that hexadecimal digits write; zeros may stand before it.
fn hex(digits: &[u8]) -> Option<u8> {
    let plain = digits.iter().all(u8::is_ascii_hexdigit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| plain)?;
    u8::try_from(u32::from_str_radix(digits, 16).ok()?).ok()
}

/// The base64 forms of a key at each place within three bytes, in both alphabets, without the
/// digits that its neighbours share, and its hexadecimal forms.
fn encodings(key: &[u8]) -> Vec<String> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encodings = Vec::new();
    for before in 0..3_usize {
        let bits = |index: usize| {
            // The six bits of digit `index`; `None` where some of them are a neighbour's.
            let first = (index * 6).checked_sub(before * 8)?;
            (first + 6 <= key.len() * 8).then(|| {
                (first..first + 6).fold(0_u8, |digit, bit| {
                    digit << 1 | (key[bit / 8] >> (7 - bit % 8) & 1)
                })
            })
        };
        let digits = (0..(key.len() + before) * 8 / 6 + 1).filter_map(bits);
        let standard: String = digits
            .map(|digit| char::from(DIGITS[usize::from(digit)]))
            .collect();
        let of_addresses = standard.replace('+', "-").replace('/', "_");
        if of_addresses != standard {
            encodings.push(of_addresses);
        }
        encodings.push(standard);
    }
    let hexadecimal: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    encodings.push(hexadecimal.to_uppercase());
    encodings.push(hexadecimal);
    encodings
}
