//! Tags with which models set apart what they think from what they answer, told by their pattern:
//! brackets of any kind around a few words, one of which speaks of thinking.

/// The most bytes of a tag between its brackets.
const LONGEST_TAG: usize = 100;
/// The most words of a name in a tag.
const MOST_WORDS: usize = 4;

/// Opening and closing brackets of tags.
const BRACKETS: [(char, char); 11] = [
    ('<', '>'),
    ('[', ']'),
    ('{', '}'),
    ('(', ')'),
    ('\u{25c1}', '\u{25b7}'),
    ('\u{3010}', '\u{3011}'),
    ('\u{27e8}', '\u{27e9}'),
    ('\u{3008}', '\u{3009}'),
    ('\u{300a}', '\u{300b}'),
    ('\u{ab}', '\u{bb}'),
    ('\u{ff1c}', '\u{ff1e}'),
];

/// Beginnings of words that speak of thinking.
const THOUGHTS: [&str; 14] = [
    "think",
    "thought",
    "reason",
    "reflect",
    "scratch",
    "analy",
    "deliberat",
    "ponder",
    "monologue",
    "brainstorm",
    "introspect",
    "contemplat",
    "ruminat",
    "inner",
];
/// Words that may stand beside them where a tag is written like prose.
const BESIDE: [&str; 16] = [
    "begin", "start", "open", "end", "close", "stop", "of", "my", "the", "mode", "process", "step",
    "block", "chain", "pad", "internal",
];
/// Words of tags that end what was opened.
const ENDS: [&str; 6] = ["end", "close", "stop", "finish", "suffix", "over"];
/// Words of tags with which an answer begins.
const ANSWERS: [&str; 7] = [
    "answer", "final", "solution", "response", "output", "result", "reply",
];

/// What a tag says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// What follows is thought.
    Opens,
    /// What stands before it was.
    Closes,
    /// It opens nothing, as `<think/>`.
    Empty,
    /// An answer follows.
    Answers,
    /// The name of a channel follows, as in OpenAI's Harmony.
    Channel,
    /// A message of a channel begins or ends.
    Message,
}

/// A tag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag {
    pub meaning: Meaning,
    /// Its first bracket.
    pub bracket: char,
    /// Where it ends.
    pub end: usize,
    /// Whether its name begins with `think` or `thought`.
    pub is_plain: bool,
}

/// Whether a tag may begin with this sign.
pub(super) fn is_bracket(sign: char) -> bool {
    BRACKETS.iter().any(|(open, _)| *open == sign)
}

/// The tag at a place of a text; `None` where none stands there.
pub(super) fn tag(text: &str, at: usize) -> Option<Tag> {
    let bracket = text[at..].chars().next()?;
    let (_, close) = BRACKETS.iter().find(|(open, _)| *open == bracket)?;
    let start = at + bracket.len_utf8();
    let inner = text[start..]
        .char_indices()
        .take_while(|(length, sign)| *length <= LONGEST_TAG && *sign != bracket && *sign != '\n')
        .find(|(_, sign)| sign == close)
        .map(|(length, _)| &text[start..start + length])?;
    let is_pipe = |sign: char| matches!(sign, '|' | '\u{ff5c}');
    let is_special = inner.starts_with(is_pipe) || inner.ends_with(is_pipe);
    let bare = inner.trim_matches(is_pipe).trim();
    let (closes, empty) = (bare.starts_with(['/', '\\']), bare.ends_with('/'));
    let bare = bare.trim_start_matches(['\\', '/']).trim_end_matches('/');
    let name = match bare.find(|sign: char| sign.is_whitespace()) {
        // Attributes follow.
        Some(end) if bare.contains('=') => &bare[..end],
        _ => bare,
    };
    let is_part = |sign: char| {
        sign.is_alphanumeric() || matches!(sign, '_' | '-' | ':' | '.' | ' ' | '\u{2581}')
    };
    if !name.chars().all(is_part) {
        return None;
    }
    let words: Vec<String> = name
        .split(|sign: char| !sign.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(MOST_WORDS + 1)
        .map(str::to_lowercase)
        .collect();
    let meaning = meaning(&words, name, bracket, is_special)?;
    let meaning = match meaning {
        Meaning::Opens if empty && !closes => Meaning::Empty,
        Meaning::Opens if closes || words.iter().any(|word| ENDS.contains(&word.as_str())) => {
            Meaning::Closes
        }
        // `<channel|>` ends a channel that `<|channel>` began.
        Meaning::Channel if !inner.starts_with(is_pipe) => Meaning::Message,
        Meaning::Answers if closes => return None,
        other => other,
    };
    Some(Tag {
        meaning,
        bracket,
        end: start + inner.len() + close.len_utf8(),
        is_plain: words
            .iter()
            .any(|word| word.starts_with("think") || word.starts_with("thought")),
    })
}

/// What the words of a tag mean; `None` where they are no tag's of interest.
fn meaning(words: &[String], name: &str, bracket: char, is_special: bool) -> Option<Meaning> {
    if words.is_empty() || words.len() > MOST_WORDS {
        return None;
    }
    if is_special {
        match words[0].as_str() {
            "channel" => return Some(Meaning::Channel),
            "start" | "end" | "return" | "call" | "message" | "constrain" if words.len() == 1 => {
                return Some(Meaning::Message)
            }
            _ => {}
        }
    }
    let speaks =
        |word: &String| word == "cot" || THOUGHTS.iter().any(|stem| word.starts_with(stem));
    if words.iter().any(speaks) {
        let beside = |word: &String| speaks(word) || BESIDE.contains(&word.as_str());
        // In other brackets, and with blanks, prose is written too.
        let like_prose = bracket != '<' || name.contains(' ');
        return (!like_prose || words.iter().all(beside)).then_some(Meaning::Opens);
    }
    let answers = |word: &String| ANSWERS.contains(&word.as_str());
    let is_markup = matches!(bracket, '<' | '[');
    (is_markup && words.iter().any(answers)).then_some(Meaning::Answers)
}
