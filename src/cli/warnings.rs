//! Warnings on standard error: sentences, those of one kind once, and at the end how often they came.
//! The log's warnings are among them.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::{Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::progress;

/// The most characters that tell kinds apart, and of a warning that is counted.
const LONGEST_KIND: usize = 200;
const LONGEST_COUNTED: usize = 100;
/// The most kinds that are kept apart; those beyond are one.
const MOST_KINDS: usize = 1_000;

/// How often each kind of warning came, with the first of it.
static TOLD: Mutex<BTreeMap<String, (String, u64)>> = Mutex::new(BTreeMap::new());

/// Tells a warning, unless one of its kind was told.
pub fn tell(message: &str) {
    if is_first(message) {
        progress::say_above(&format!("warning: {message}"));
    }
}

/// Says how often those warnings came that were told once and came again.
pub fn tell_counts() {
    let told = std::mem::take(&mut *TOLD.lock().unwrap_or_else(PoisonError::into_inner));
    for (message, times) in told.into_values().filter(|(_, times)| *times > 1) {
        let beginning: String = message.chars().take(LONGEST_COUNTED).collect();
        let more = match beginning.len() < message.len() {
            true => "...",
            false => "",
        };
        progress::say_above(&format!(
            "this kind of warning came {times} times: {beginning}{more}"
        ));
    }
}

/// Whether no warning of this kind was told; counts it.
fn is_first(message: &str) -> bool {
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    let mut kind = kind_of(message);
    if told.len() >= MOST_KINDS && !told.contains_key(&kind) {
        kind = String::new();
    }
    let (_, times) = told.entry(kind).or_insert((message.to_owned(), 0));
    *times += 1;
    *times == 1
}

/// What warnings of one kind have in common: the words before what a server said, which stands in
/// brackets, without numbers.
fn kind_of(message: &str) -> String {
    let (words, said) = message.split_once('(').unwrap_or((message, ""));
    let words = if words.len() < 20 { said } else { words };
    let mut kind = String::new();
    for c in words.chars().take(LONGEST_KIND) {
        match c.is_ascii_digit() {
            true if kind.ends_with('#') => {}
            true => kind.push('#'),
            false => kind.push(c),
        }
    }
    kind
}

/// How events of the log are written: warnings as sentences, all else as lines of a log.
pub struct Sentences;

impl<S, N> FormatEvent<S, N> for Sentences
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        if *event.metadata().level() > Level::WARN {
            return Format::default()
                .with_ansi(false)
                .format_event(context, writer, event);
        }
        let mut sentence = Sentence::default();
        event.record(&mut sentence);
        tell(&sentence.words());
        Ok(())
    }
}

/// The message of an event, and the model that it is about.
#[derive(Default)]
struct Sentence {
    message: String,
    model: String,
}

impl Sentence {
    fn words(self) -> String {
        let Sentence { message, model } = self;
        match model.is_empty() || message.contains(&model) {
            true => message,
            false => format!("{model}: {message}"),
        }
    }
}

impl Visit for Sentence {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = match field.name() {
            "message" => &mut self.message,
            "model" => &mut self.model,
            _ => return,
        };
        // A text takes whatever is written to it.
        let _ = write!(text, "{value:?}");
    }
}
