//! What a model thinks aloud, which is no answer. Tags count where they stand between answers: one
//! that is mentioned within an object's texts, or in quotes, is none.

use super::answers::is_sound;
use super::near_json::{Found, Writing};
use super::tag::{is_bracket, tag, Meaning, Tag};

/// Braces that are looked at, and how many bytes are read in vain behind them.
const MOST_OBJECTS: usize = 2000;
const MOST_IN_VAIN: usize = 2 << 20;
/// The most bytes between a channel's tag and its message.
const LONGEST_CHANNEL: usize = 200;

/// `text` without its reasoning. An opening tag alone hides all that follows, up to a tag of an
/// answer; a closing tag alone hides all that stands before it.
pub fn without_thoughts(text: &str) -> String {
    let mut rest = Rest {
        text,
        writing: Writing::of(text),
        shown: String::new(),
        from: 0,
        at: 0,
        objects: 0,
        in_vain: 0,
        unclosed_from: text.len(),
    };
    rest.channels_without_tags();
    while let Some(length) = text[rest.at..].find(is_bracket) {
        rest.at += length;
        match tag(text, rest.at) {
            Some(tag) if !rest.is_mentioned(&tag) => rest.pass(tag),
            _ => rest.at = rest.behind_object(),
        }
    }
    rest.shown.push_str(&text[rest.from..]);
    rest.shown
}

/// A text on the way to its end.
struct Rest<'a> {
    text: &'a str,
    writing: Writing<'a>,
    /// What was shown so far.
    shown: String,
    /// From where it is not decided yet.
    from: usize,
    at: usize,
    objects: usize,
    in_vain: usize,
    /// From where on no tag closes any more.
    unclosed_from: usize,
}

impl Rest<'_> {
    /// gpt-oss without its special tokens: `analysis`, its thoughts, `assistantfinal`, the answer.
    fn channels_without_tags(&mut self) {
        const FINAL: &str = "assistantfinal";
        let found = self.text.rfind(FINAL);
        if let Some(at) = found.filter(|_| self.text.trim_start().starts_with("analysis")) {
            self.from = at + FINAL.len();
            self.at = self.from;
        }
    }

    /// Whether a tag is spoken of: between quotes or backticks.
    fn is_mentioned(&self, tag: &Tag) -> bool {
        const MARKS: &[char] = &['`', '"', '\'', '\u{201c}', '\u{201d}'];
        self.text[..self.at].ends_with(MARKS) && self.text[tag.end..].starts_with(MARKS)
    }

    /// Behind the object at a brace; behind the sign itself where there is none.
    fn behind_object(&mut self) -> usize {
        let sign = self.text[self.at..].chars().next();
        let next = self.at + sign.map_or(1, char::len_utf8);
        let spent = self.objects == MOST_OBJECTS || self.in_vain > MOST_IN_VAIN;
        if sign != Some('{') || spent {
            return next;
        }
        self.objects += 1;
        match self.writing.object(self.at) {
            Found::Object(near) if is_sound(self.text, self.at, &near) => near.end,
            other => {
                self.in_vain += other.reached() - self.at;
                next
            }
        }
    }

    fn pass(&mut self, tag: Tag) {
        match tag.meaning {
            Meaning::Opens => self.open(tag),
            Meaning::Closes => self.close(tag),
            Meaning::Empty | Meaning::Message => self.hide(tag.end),
            Meaning::Channel => self.channel(tag),
            Meaning::Answers => self.at = tag.end,
        }
    }

    /// Hides what stands from here to `end`.
    fn hide(&mut self, end: usize) {
        self.shown.push_str(&self.text[self.from..self.at]);
        (self.from, self.at) = (end, end);
    }

    fn open(&mut self, tag: Tag) {
        if let Some(end) = self.closing_after(tag.end) {
            return self.hide(end);
        }
        let line = self.text[..self.at].rsplit('\n').next();
        let begins_line = line.is_none_or(|line| line.trim().is_empty());
        let is_tag = match tag.bracket {
            '{' | '(' => false,
            '[' => tag.is_plain && begins_line,
            _ => true,
        };
        if !is_tag {
            self.at = tag.end;
            return;
        }
        let answer = self.first_after(tag.end, Meaning::Answers);
        // Within a line it may be spoken of, and what the reply ends with is its answer.
        let last = || self.last_object(tag.end).filter(|_| !begins_line);
        let end = answer.map(|(at, _)| at).or_else(last);
        self.hide(end.unwrap_or(self.text.len()));
    }

    /// A closing tag alone: what stands before it was thought, unless it is all that there is, and
    /// an object.
    fn close(&mut self, tag: Tag) {
        let before = &self.text[self.from..self.at];
        let is_all = self.shown.trim().is_empty() && self.text[tag.end..].trim().is_empty();
        if is_all && is_object(before) {
            return self.hide(tag.end);
        }
        self.shown.clear();
        (self.from, self.at) = (tag.end, tag.end);
    }

    /// A channel: that of analysis is hidden, a final one hides all before it.
    fn channel(&mut self, tag: Tag) {
        let rest = &self.text[tag.end..];
        let ends = |sign: char| sign == '<' || sign == '\n';
        let name = rest[..rest.find(ends).unwrap_or(rest.len())]
            .trim()
            .to_lowercase();
        let thinks = ["analysis", "thought", "thinking", "reasoning"];
        if thinks.iter().any(|start| name.starts_with(start)) {
            let end = self.end_of_message(tag.end);
            return self.hide(end);
        }
        let header = rest.char_indices().take(LONGEST_CHANNEL);
        let header = header.last().map_or(rest, |(end, _)| &rest[..end]);
        const MESSAGE: &str = "<|message|>";
        let end = match header.find(MESSAGE) {
            Some(length) => tag.end + length + MESSAGE.len(),
            None => tag.end + rest.find(ends).unwrap_or(rest.len()),
        };
        self.hide(end);
        if name.starts_with("final") {
            self.shown.clear();
        }
    }

    /// Where the message ends whose channel's tag ended at `start`.
    fn end_of_message(&self, start: usize) -> usize {
        let mut header = true;
        let mut at = start;
        while let Some(length) = self.text[at..].find('<') {
            at += length;
            match tag(self.text, at) {
                Some(found) if found.meaning == Meaning::Channel => return at,
                Some(found) if found.meaning == Meaning::Message => {
                    let word = &self.text[at..found.end];
                    if header && (word.contains("message") || word.contains("constrain")) {
                        header = !word.contains("message");
                    } else {
                        return found.end;
                    }
                    at = found.end;
                }
                _ => at += 1,
            }
        }
        self.text.len()
    }

    /// Behind the next closing tag.
    fn closing_after(&mut self, start: usize) -> Option<usize> {
        if start >= self.unclosed_from {
            return None;
        }
        let found = self.first_after(start, Meaning::Closes);
        if found.is_none() {
            self.unclosed_from = start;
        }
        found.map(|(_, end)| end)
    }

    /// From where to where the next tag of a meaning stands.
    fn first_after(&self, mut at: usize, meaning: Meaning) -> Option<(usize, usize)> {
        while let Some(length) = self.text[at..].find(is_bracket) {
            at += length;
            match tag(self.text, at) {
                Some(found) if found.meaning == meaning => return Some((at, found.end)),
                _ => at += self.text[at..].chars().next().map_or(1, char::len_utf8),
            }
        }
        None
    }

    /// Where the object begins with which the text ends.
    fn last_object(&self, start: usize) -> Option<usize> {
        let end = self.text.trim_end_matches(['`', '\n', ' ', '\r']).len();
        let braces = self.text[start..end].match_indices('{').take(MOST_OBJECTS);
        let (mut skip, mut in_vain) = (start, 0);
        for (brace, _) in braces {
            let at = start + brace;
            if at < skip || in_vain > MOST_IN_VAIN {
                continue;
            }
            match self.writing.object(at) {
                Found::Object(near) if near.end >= end => return Some(at),
                Found::Object(near) => skip = near.end,
                other => in_vain += other.reached() - at,
            }
        }
        None
    }
}

/// Whether a text is one object and nothing else.
pub fn is_object(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('{')
        && matches!(Writing::of(text).object(0), Found::Object(near) if near.end == text.len())
}
