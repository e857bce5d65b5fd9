//! Which limit of tokens a server can give, read out of the words in which it refuses another: by
//! its numbers, whatever the language, else half of what was asked for.

mod number;
mod part;

use number::Number;
use part::Part;

/// The least limit that is asked for where a larger one is refused: a reply has a formula and some
/// words about it.
pub const LEAST: u32 = 128;

/// Bytes of a prompt that make a token: the fewest and the most that any prompt of ours has had.
const BYTES_A_TOKEN: (u64, u64) = (1, 12);
/// The same where nothing says that a number counts the prompt.
const LIKELY_BYTES_A_TOKEN: (u64, u64) = (2, 7);
/// Tokens that a server adds to a prompt.
const ADDED_TOKENS: u64 = 600;

/// Words that say that a limit is too small, and not too large.
const TOO_SMALL: [&str; 7] = [
    "too small",
    "too low",
    "at least",
    "minimum",
    "must be greater",
    "must be larger",
    "should be greater",
];

/// A limit of tokens that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusedLimit {
    /// The limit.
    pub tokens: u32,
    /// Bytes of the prompt that went with it.
    pub bytes: u64,
    /// The HTTP status of the answer, which its words may repeat.
    pub status: u16,
}

/// Returns the limit to ask for in the place of one that was refused in these words; `None` where
/// none is left that a reply could do with.
///
/// Where the words name the window and the prompt it is what the prompt leaves of it; else the
/// largest number that is smaller than what was asked for and may be a limit; else the half.
pub fn possible(words: &str, refused: &RefusedLimit) -> Option<u32> {
    let words = words.to_lowercase();
    let numbers = number::all(&words, refused.status);
    let told = told(&words, &numbers, refused);
    let fits = |limit: u64| limit >= u64::from(LEAST) && limit < u64::from(refused.tokens);
    let limit = told.unwrap_or_else(|| u64::from(refused.tokens / 2));
    if fits(limit) {
        u32::try_from(limit).ok()
    } else {
        None
    }
}

/// Returns whether these words repeat the very limit that was refused.
pub fn repeats(words: &str, refused: &RefusedLimit) -> bool {
    let words = words.to_lowercase();
    let numbers = number::all(&words, refused.status);
    numbers
        .iter()
        .any(|number| number.value == u64::from(refused.tokens))
}

/// Returns whether these words name a smaller number that may be a limit.
pub fn names_another(words: &str, refused: &RefusedLimit) -> bool {
    let words = words.to_lowercase();
    largest_below(&number::all(&words, refused.status), refused.tokens).is_some()
}

/// Returns whether these words say that the limit is too small.
pub fn is_too_small(words: &str, refused: &RefusedLimit) -> bool {
    let words = words.to_lowercase();
    let numbers = number::all(&words, refused.status);
    TOO_SMALL.iter().any(|small| words.contains(small))
        && largest_below(&numbers, refused.tokens).is_none()
}

/// The limit that the numbers tell; `None` where they tell none.
fn told(words: &str, numbers: &[Number], refused: &RefusedLimit) -> Option<u64> {
    let asked = u64::from(refused.tokens);
    let parts: Vec<Option<Part>> = (0..numbers.len())
        .map(|index| part::of(words, numbers, index))
        .collect();
    let of = |wanted: Part| {
        numbers
            .iter()
            .zip(&parts)
            .filter(move |(_, part)| **part == Some(wanted))
            .map(|(number, _)| number.value)
    };
    if let Some(prompt) = prompt_tokens(words, numbers, &parts, refused) {
        let repeated = numbers
            .iter()
            .filter(|number| number.value == asked)
            .count()
            > 1;
        let is_window = |tokens: &u64| {
            *tokens > prompt && *tokens < prompt + asked && (*tokens != asked || repeated)
        };
        let window = of(Part::Window)
            .filter(|tokens| *tokens < prompt + asked)
            .max()
            .or_else(|| {
                let values = numbers.iter().map(|number| number.value);
                values.filter(is_window).max()
            });
        if let Some(window) = window {
            return Some(window.saturating_sub(prompt));
        }
    }
    let smallest_limit = u64::from(LEAST);
    let outputs = numbers.iter().zip(&parts).filter(|(number, part)| {
        **part == Some(Part::Output) && number.value < asked && number.value >= smallest_limit
    });
    outputs
        .map(|(number, _)| number)
        .max_by_key(|number| number.value)
        .or_else(|| largest_below(numbers, refused.tokens))
        .map(|number| number.most(words))
}

/// The largest number below `asked` that may be a limit.
fn largest_below(numbers: &[Number], asked: u32) -> Option<&Number> {
    let may_be =
        |number: &&Number| number.value >= u64::from(LEAST) && number.value < u64::from(asked);
    numbers
        .iter()
        .filter(may_be)
        .max_by_key(|number| number.value)
}

/// The tokens of the prompt: as the words say, as the sum with what was asked for tells, or as the
/// prompt's length makes likely beside a larger number.
fn prompt_tokens(
    words: &str,
    numbers: &[Number],
    parts: &[Option<Part>],
    refused: &RefusedLimit,
) -> Option<u64> {
    let (asked, bytes) = (u64::from(refused.tokens), refused.bytes);
    let between = |tokens: u64, (fewest, most): (u64, u64)| {
        tokens >= bytes / most && tokens <= bytes / fewest + ADDED_TOKENS
    };
    let values = || numbers.iter().map(|number| number.value);
    let summed = |rest: &u64| {
        let total = rest + asked;
        let is_less = |value: u64| value != asked && value != *rest && value < total;
        *rest > 0 && *rest != asked && values().any(is_less)
    };
    let rests = || {
        let rests = values().filter_map(|value| value.checked_sub(asked));
        rests.filter(summed)
    };
    let is_told = |rest: &u64| values().any(|value| value == *rest);
    let of_words = || {
        let mut told = numbers.iter().zip(parts);
        let told =
            told.find(|(number, part)| **part == Some(Part::Prompt) && number.value != asked);
        told.map(|(number, _)| number.value)
    };
    let is_plausible = |rest: &u64| between(*rest, BYTES_A_TOKEN);
    // As in `1300 + 8192 > 8192`.
    let added = || {
        numbers.windows(2).find_map(|pair| {
            let is_sum = words[pair[0].end..pair[1].start].trim() == "+";
            match (pair[0].value, pair[1].value) {
                (prompt, sent) | (sent, prompt) if is_sum && sent == asked => Some(prompt),
                _ => None,
            }
        })
    };
    let prompt = added().or_else(|| rests().find(is_told));
    let prompt = prompt.or_else(of_words);
    if let Some(prompt) = prompt.or_else(|| rests().find(is_plausible)) {
        return Some(prompt);
    }
    let limits_output = numbers
        .iter()
        .zip(parts)
        .any(|(number, part)| *part == Some(Part::Output) && number.value < asked);
    let likely = |value: &u64| {
        *value != asked
            && *value >= bytes / LIKELY_BYTES_A_TOKEN.1
            && *value <= bytes / LIKELY_BYTES_A_TOKEN.0
            && values().any(|other| other > *value && other != asked && other < value + asked)
    };
    values().find(likely).filter(|_| !limits_output)
}
