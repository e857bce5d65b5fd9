//! JSON objects as models write them: with lone backslashes, quotes within words, trailing commas,
//! comments, a missing last brace. Each text in them says whether it is whole without doubt.

use super::near_text::{decoded, is_opener, is_single, Quotes, Text};

/// How deep an object may nest.
const DEEPEST: usize = 128;
/// The most characters of a key, and of a comment.
const LONGEST_KEY: usize = 60;
const LONGEST_COMMENT: usize = 200;
/// Keys that are known where no comma stands before them.
const KNOWN_KEYS: [&str; 4] = ["formula", "name", "rationale", "guidance"];

/// A text in which objects are looked for.
pub(super) struct Writing<'a> {
    text: &'a str,
    quotes: Quotes,
}

/// What stands at a brace.
pub(super) enum Found {
    /// No object: a brace of prose or of code. Up to where it was read.
    Nothing(usize),
    /// An object that was begun and cannot be followed to its end.
    Broken {
        /// Up to where it was read.
        reached: usize,
        /// What is wrong with it, in one line.
        why: &'static str,
    },
    /// An object.
    Object(Near),
}

impl Found {
    /// Up to where was read.
    pub fn reached(&self) -> usize {
        match self {
            Found::Nothing(reached) | Found::Broken { reached, .. } => *reached,
            Found::Object(near) => near.end,
        }
    }
}

/// An object with all that are nested in it.
pub(super) struct Near {
    /// The objects in the order in which they begin, the outermost first.
    pub objects: Vec<Object>,
    /// Where it ends.
    pub end: usize,
    /// Whether it is JSON to the letter.
    pub exact: bool,
    /// Whether where its texts end is a guess: by quotes within words, comments, missing commas.
    pub guessed: bool,
}

/// The members of one object.
#[derive(Default)]
pub(super) struct Object {
    /// The place in [`Near::objects`] of the object around it.
    pub within: Option<usize>,
    members: Vec<(String, Option<Text>)>,
}

impl Object {
    /// What stands under a key, each time that it is written: a text, or `None` for anything else.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = Option<&'a Text>> + 'a {
        self.members
            .iter()
            .filter(move |(name, _)| name == key)
            .map(|(_, text)| text.as_ref())
    }
}

impl<'a> Writing<'a> {
    pub fn of(text: &'a str) -> Writing<'a> {
        Writing {
            text,
            quotes: Quotes::of(text),
        }
    }

    /// Reads the object whose brace stands at `at`.
    pub fn object(&self, at: usize) -> Found {
        let mut reader = Reader {
            writing: self,
            at,
            single: false,
            near: Near {
                objects: Vec::new(),
                end: at,
                exact: true,
                guessed: false,
            },
        };
        match reader.object(None, 0) {
            Ok(()) => {
                reader.near.end = reader.at;
                Found::Object(reader.near)
            }
            Err(Stop::Nothing) => Found::Nothing(reader.at),
            Err(Stop::Broken(why)) => Found::Broken {
                reached: reader.at,
                why,
            },
        }
    }

    fn rest(&self, at: usize) -> &'a str {
        &self.text[at..]
    }

    fn next(&self, at: usize) -> Option<char> {
        self.rest(at).chars().next()
    }

    /// The place behind blanks and comments, and whether there were comments.
    fn after_blanks(&self, mut at: usize) -> (usize, bool) {
        let mut commented = false;
        loop {
            let rest = self.rest(at);
            let blanks = rest.len() - rest.trim_start().len();
            at += blanks;
            let Some(length) = comment(&rest[blanks..]) else {
                return (at, commented);
            };
            at += length;
            commented = true;
        }
    }

    /// The key that stands at a place, and where what follows its colon begins.
    fn key(&self, at: usize) -> Option<(&'a str, usize)> {
        let rest = self.rest(at);
        let (name, end) = match rest.chars().next().filter(|first| is_opener(*first)) {
            Some(opener) => {
                let inner = &rest[opener.len_utf8()..];
                let closers = self.quotes.closers(opener);
                let mut signs = inner.char_indices().take(LONGEST_KEY);
                let (end, closer) = signs.find(|(_, sign)| closers.contains(sign))?;
                let behind = at + opener.len_utf8() + end + closer.len_utf8();
                (&inner[..end], behind)
            }
            None => {
                let is_part = |sign: char| sign.is_alphanumeric() || sign == '_';
                let length = rest
                    .find(|sign| !is_part(sign))
                    .filter(|length| (1..=LONGEST_KEY).contains(length))?;
                if rest.starts_with(|first: char| first.is_numeric()) {
                    return None;
                }
                (&rest[..length], at + length)
            }
        };
        let (colon, _) = self.after_blanks(end);
        (self.next(colon) == Some(':')).then_some((name, colon + 1))
    }

    fn is_quoted_key(&self, at: usize) -> bool {
        self.next(at).is_some_and(is_opener) && self.key(at).is_some()
    }

    fn is_known_key(&self, at: usize) -> bool {
        let known = |(name, _): (&str, usize)| KNOWN_KEYS.contains(&name);
        self.next(at).is_some_and(is_opener) && self.key(at).is_some_and(known)
    }

    /// Whether nothing of an object stands at `at`, behind a value that ended at `end`: the text or
    /// its block of code ends there, or the line does and no quote follows.
    fn is_over(&self, end: usize, at: usize, single: bool) -> bool {
        let rest = self.rest(at);
        let new_line = self.text[end..at].contains('\n');
        let no_quote = || self.quotes.none_after(at, single);
        rest.is_empty() || rest.starts_with("```") || (new_line && no_quote())
    }

    /// Whether a text may end where `end` is, behind its quote.
    fn may_end(&self, end: usize, place: TextPlace, single: bool) -> bool {
        let (at, _) = self.after_blanks(end);
        match self.next(at) {
            Some('}' | ']') => true,
            Some(',') => {
                let (at, _) = self.after_blanks(at + 1);
                let bare = matches!(place, TextPlace::Member { bare: true });
                place == TextPlace::Item
                    || matches!(self.next(at), None | Some('}' | ']'))
                    || self.is_quoted_key(at)
                    || (bare && self.key(at).is_some())
                    || self.is_over(end, at, single)
            }
            _ => {
                self.is_over(end, at, single) || (place != TextPlace::Item && self.is_known_key(at))
            }
        }
    }
}

/// Where a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TextPlace {
    /// In an array.
    Item,
    /// Behind a key; whether this object's keys are written without quotes.
    Member { bare: bool },
}

/// Why reading stopped.
enum Stop {
    Nothing,
    Broken(&'static str),
}

struct Reader<'a> {
    writing: &'a Writing<'a>,
    at: usize,
    /// Whether texts stand between single quotes, which are apostrophes too.
    single: bool,
    near: Near,
}

impl Reader<'_> {
    fn skip_blanks(&mut self) {
        let (at, commented) = self.writing.after_blanks(self.at);
        self.at = at;
        if commented {
            (self.near.exact, self.near.guessed) = (false, true);
        }
    }

    fn next(&self) -> Option<char> {
        self.writing.next(self.at)
    }

    /// Reads an object from its brace on.
    fn object(&mut self, within: Option<usize>, depth: usize) -> Result<(), Stop> {
        let index = self.near.objects.len();
        self.near.objects.push(Object {
            within,
            members: Vec::new(),
        });
        self.at += 1;
        self.skip_blanks();
        if self.next() == Some('}') {
            self.at += 1;
            return Ok(());
        }
        let bare = !self.next().is_some_and(is_opener);
        if self.writing.key(self.at).is_none() {
            return Err(Stop::Nothing);
        }
        let read = self.members(index, bare, depth);
        match read {
            // Braces with a word and a colon are also written in prose and code.
            Err(_) if bare && depth == 0 => Err(Stop::Nothing),
            Err(Stop::Nothing) => Err(Stop::Broken("a member is no key and value")),
            other => other,
        }
    }

    fn members(&mut self, index: usize, bare: bool, depth: usize) -> Result<(), Stop> {
        loop {
            let Some((key, behind)) = self.writing.key(self.at) else {
                return Err(Stop::Broken("a comma is not followed by a key"));
            };
            self.single |= self.next().is_some_and(is_single);
            if bare || !self.writing.rest(self.at).starts_with('"') {
                (self.near.exact, self.near.guessed) = (false, true);
            }
            self.at = behind;
            self.skip_blanks();
            let value = self.value(index, TextPlace::Member { bare }, depth)?;
            self.near.objects[index]
                .members
                .push((key.to_owned(), value));
            if self.is_last('}')? {
                return Ok(());
            }
        }
    }

    /// Goes on behind a value: to the next one, or past the closing sign; whether that was the last.
    fn is_last(&mut self, closing: char) -> Result<bool, Stop> {
        let end = self.at;
        self.skip_blanks();
        let comma = self.next() == Some(',');
        if comma {
            self.at += 1;
            self.skip_blanks();
        }
        let exact_end = !comma && self.next() == Some(closing);
        self.near.exact &= exact_end || comma;
        match self.next() {
            Some(sign) if sign == closing => {
                self.near.exact &= exact_end;
                self.at += 1;
                Ok(true)
            }
            // Its own closing sign is missing.
            Some('}' | ']') => {
                self.near.exact = false;
                Ok(true)
            }
            _ if comma && closing == '}' && self.writing.is_quoted_key(self.at) => Ok(false),
            _ if self.writing.is_over(end, self.at, self.single) => {
                self.near.exact = false;
                self.at = end;
                Ok(true)
            }
            _ if comma => Ok(false),
            Some('{') if closing == ']' => self.without_comma(),
            _ if closing == '}' && self.writing.is_known_key(self.at) => self.without_comma(),
            _ => Err(Stop::Broken("a value is followed by something else")),
        }
    }

    fn without_comma(&mut self) -> Result<bool, Stop> {
        self.near.guessed = true;
        Ok(false)
    }

    /// Reads a value; `None` for one that is no text.
    fn value(
        &mut self,
        within: usize,
        place: TextPlace,
        depth: usize,
    ) -> Result<Option<Text>, Stop> {
        match self.next() {
            Some(opener) if is_opener(opener) => self.text(opener, place).map(Some),
            Some('{' | '[') if depth == DEEPEST => Err(Stop::Broken("it is nested too deep")),
            Some('{') => self.object(Some(within), depth + 1).map(|()| None),
            Some('[') => self.array(within, depth + 1).map(|()| None),
            _ => self.word().map(|()| None),
        }
    }

    fn array(&mut self, within: usize, depth: usize) -> Result<(), Stop> {
        self.at += 1;
        self.skip_blanks();
        if self.next() == Some(']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(within, TextPlace::Item, depth)?;
            if self.is_last(']')? {
                return Ok(());
            }
        }
    }

    /// Passes a number, `true`, `null`, `None`, or what else stands without quotes.
    fn word(&mut self) -> Result<(), Stop> {
        let rest = self.writing.rest(self.at);
        let ends = |sign: char| ",}]{[\n:".contains(sign) || is_opener(sign);
        let word = rest[..rest.find(ends).unwrap_or(rest.len())].trim_end();
        if word.is_empty() {
            return Err(Stop::Broken("a key has no value"));
        }
        self.near.exact &= serde_json::from_str::<serde_json::Value>(word).is_ok();
        self.at += word.len();
        Ok(())
    }

    /// Reads a text up to the first quote behind which the object can go on.
    fn text(&mut self, opener: char, place: TextPlace) -> Result<Text, Stop> {
        let start = self.at + opener.len_utf8();
        let closers = self.writing.quotes.closers(opener);
        self.single |= is_single(opener);
        let mut inner_quotes = false;
        let mut signs = self.writing.rest(start).char_indices();
        while let Some((offset, sign)) = signs.next() {
            let end = start + offset;
            if sign == '\\' {
                signs.next();
            } else if closers.contains(&sign) {
                if self
                    .writing
                    .may_end(end + sign.len_utf8(), place, self.single)
                {
                    self.at = end + sign.len_utf8();
                    let text = decoded(&self.writing.text[start..end], inner_quotes);
                    self.near.exact &= text.exact && opener == '"' && sign == '"';
                    self.near.guessed |= inner_quotes || opener != '"';
                    return Ok(text);
                }
                inner_quotes = true;
            }
        }
        self.at = self.writing.text.len();
        Err(Stop::Broken("a text in it has no end"))
    }
}

/// The length of the comment with which a text begins; `None` where it begins with none.
fn comment(text: &str) -> Option<usize> {
    let end = |of: &str| {
        let most = text.len().min(LONGEST_COMMENT);
        text.as_bytes()[..most]
            .windows(of.len())
            .position(|window| window == of.as_bytes())
    };
    if text.starts_with("/*") {
        return end("*/").map(|end| end + 2);
    }
    let is_line = text.starts_with("//") || text.starts_with('#');
    is_line.then(|| end("\n")).flatten()
}
