//! The whole numbers in a server's words that may count tokens; dates, versions, identifiers, times
//! and sizes are none.

/// What does not belong to a number where it is written.
const SEPARATORS: &str = "()[]{}<>=`'\"|;!?~*&^\\";
/// Words before a number that name what is no count of tokens.
const NAMED: [&str; 40] = [
    "code",
    "status",
    "http",
    "error",
    "line",
    "column",
    "col",
    "version",
    "id",
    "port",
    "position",
    "index",
    "row",
    "trace",
    "ref",
    "build",
    "release",
    "api",
    "shard",
    "node",
    "worker",
    "gpu",
    "slot",
    "step",
    "after",
    "user",
    "account",
    "tenant",
    "org",
    "organization",
    "project",
    "job",
    "process",
    "pid",
    "thread",
    "host",
    "rack",
    "cluster",
    "ticket",
    "case",
];
/// Words after a number that name what is no count of tokens.
const MEASURED: [&str; 26] = [
    "ms",
    "s",
    "sec",
    "secs",
    "second",
    "seconds",
    "min",
    "mins",
    "minute",
    "minutes",
    "h",
    "hour",
    "hours",
    "day",
    "days",
    "b",
    "byte",
    "bytes",
    "kb",
    "mb",
    "gb",
    "kib",
    "mib",
    "characters",
    "chars",
    "usd",
];
/// The largest number that may be a limit of tokens.
const MOST: u64 = 10_000_000;

/// A number in a text of small letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    /// The number.
    pub value: u64,
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

impl Number {
    /// The most that it allows: one less where the words say that it is left out.
    pub fn most(&self, words: &str) -> u64 {
        let after = words[self.end..].trim_start_matches(['`', '\'', '"', ' ', '(', ')', ',']);
        let before = words[..self.start].trim_end_matches(['`', '\'', '"', ' ']);
        let left_out = after.starts_with("exclusive")
            || [
                "less than",
                "fewer than",
                "smaller than",
                "lower than",
                "below",
                "under",
                "<",
            ]
            .iter()
            .any(|word| before.ends_with(word));
        self.value.saturating_sub(u64::from(left_out))
    }
}

/// Every number in `words` that may count tokens. `status` is the HTTP status, which is none.
pub(super) fn all(words: &str, status: u16) -> Vec<Number> {
    let chunks = chunks(words);
    let mut found = Vec::new();
    let mut skip = false;
    for (index, (start, chunk)) in chunks.iter().enumerate() {
        if std::mem::take(&mut skip) {
            continue;
        }
        let nth_before = |back| {
            let place = index.checked_sub(back);
            place.map_or("", |index: usize| chunks[index].1)
        };
        let after = chunks.get(index + 1);
        // A year follows a day of a month.
        let is_year = is_month(bare(nth_before(2))) && whole(nth_before(1)).is_some();
        let named = is_named(nth_before(1)) || is_year;
        if named || after.is_some_and(|(_, word)| MEASURED.contains(&bare(word))) {
            continue;
        }
        if let Some((end, value)) = spaced(words, *start, chunk, after) {
            found.push(Number {
                value,
                start: *start,
                end,
            });
            skip = true;
            continue;
        }
        found.extend(of_chunk(*start, chunk));
    }
    let told = |number: &Number| number.value <= MOST && number.value != u64::from(status);
    found.into_iter().filter(told).collect()
}

/// The runs of ASCII characters between separators, with where each begins.
fn chunks(words: &str) -> Vec<(usize, &str)> {
    let parts =
        |letter: char| letter.is_whitespace() || !letter.is_ascii() || SEPARATORS.contains(letter);
    let mut found = Vec::new();
    let mut start = 0;
    for piece in words.split(parts) {
        // Each piece is a part of `words`, one separator behind the last.
        let at = piece.as_ptr() as usize - words.as_ptr() as usize;
        start = start.max(at);
        let bare = piece.trim_start_matches(['.', ',', ':', '-', '+', '$', '#', '%', '/']);
        let begins = at + piece.len() - bare.len();
        // What marks an amount of money, a rank or a share is no count of tokens.
        let marked = piece.starts_with(['$', '#']) || piece.ends_with('%');
        let bare = bare.trim_end_matches(['.', ',', ':', '/', '-', '+']);
        if !bare.is_empty() && !marked {
            found.push((begins, bare));
        }
    }
    found
}

/// The word of a chunk, without what stands around it.
fn bare(chunk: &str) -> &str {
    chunk.trim_matches(|letter: char| !letter.is_ascii_alphanumeric())
}

/// Whether the word before a number says that it is no count of tokens.
fn is_named(before: &str) -> bool {
    let word = bare(before);
    let last = word.rsplit(['_', '-', '.']).next().unwrap_or(word);
    NAMED.contains(&last) || is_month(word)
}

fn is_month(word: &str) -> bool {
    const MONTHS: [&str; 22] = [
        "jan",
        "january",
        "feb",
        "february",
        "mar",
        "march",
        "apr",
        "april",
        "june",
        "jun",
        "july",
        "jul",
        "aug",
        "august",
        "sep",
        "september",
        "oct",
        "october",
        "nov",
        "november",
        "dec",
        "december",
    ];
    MONTHS.contains(&word)
}

/// A number whose thousands stand apart, such as `128 000`: its end and value.
fn spaced(
    words: &str,
    start: usize,
    chunk: &str,
    after: Option<&(usize, &str)>,
) -> Option<(usize, u64)> {
    let (next, rest) = after?;
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let gap = words.get(start + chunk.len()..*next)?;
    let apart = gap.chars().count() == 1 && gap.chars().all(char::is_whitespace);
    let grouped = (1..=3).contains(&chunk.len()) && rest.len() == 3 && !chunk.starts_with('0');
    (apart && grouped && is_digits(chunk) && is_digits(rest))
        .then(|| Some((next + rest.len(), format!("{chunk}{rest}").parse().ok()?)))?
}

/// The numbers of one chunk: `8192`, `8,192`, `8.192`, `8k`, `max_tokens:8192`, `1,8192`, `1-8192`.
fn of_chunk(start: usize, chunk: &str) -> Vec<Number> {
    // What stands before a colon names the number, unless it is a time.
    let (start, chunk) = match chunk.rsplit_once(':') {
        Some((name, rest)) if is_plain(name) && !is_named(name) => (start + name.len() + 1, rest),
        Some(_) => return Vec::new(),
        None => (start, chunk),
    };
    if let Some(value) = whole(chunk) {
        return vec![Number {
            value,
            start,
            end: start + chunk.len(),
        }];
    }
    for mark in ["..", "-", ",", "/", "+"] {
        let sides: Vec<&str> = chunk.split(mark).collect();
        let [low, high] = sides[..] else { continue };
        let is_month_of_year = mark == "-" && low.len() == 4 && high.len() == 2;
        if let (Some(left), Some(right), false) = (whole(low), whole(high), is_month_of_year) {
            let second = start + low.len() + mark.len();
            return vec![
                Number {
                    value: left,
                    start,
                    end: start + low.len(),
                },
                Number {
                    value: right,
                    start: second,
                    end: second + high.len(),
                },
            ];
        }
    }
    Vec::new()
}

/// Whether a word is of letters alone; models and times are not.
fn is_plain(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
}

/// A number that is written alone: with marks between its thousands, in thousands as `8k`, or with
/// the word `tokens` grown to it.
fn whole(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (front, rest) = text.split_at(digits);
    if front.is_empty() {
        return None;
    }
    match rest {
        "" => front.parse().ok(),
        "k" => front.parse::<u64>().ok()?.checked_mul(1_000),
        _ if rest.starts_with("tok") => front.parse().ok(),
        _ => grouped(text),
    }
}

/// A number with marks between its thousands; one that begins with 0 is a fraction.
fn grouped(text: &str) -> Option<u64> {
    let mark = [',', '.', '_']
        .into_iter()
        .find(|mark| text.contains(*mark))?;
    let groups: Vec<&str> = text.split(mark).collect();
    let is_digits = |group: &&str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups[0].len();
    let is_grouped = (1..=3).contains(&first)
        && !groups[0].starts_with('0')
        && groups[1..].iter().all(|group| group.len() == 3)
        && groups.iter().all(is_digits);
    is_grouped.then(|| groups.concat().parse().ok())?
}
