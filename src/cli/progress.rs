//! Progress on standard error: a bar where a human looks, a line now and then where the output goes
//! to a file.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::output;
use crate::drawing::visible::on_a_line;

/// When the first line is printed where there is no terminal.
const FIRST_LINE: Duration = Duration::from_secs(2);
/// How often a line follows.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// The bar that is shown now.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Says something on a line of standard error, above the bar where one is shown.
pub fn say_above(line: &str) {
    let shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match shown {
        Some(bar) => bar.println(on_a_line(line)),
        None => output::tell(on_a_line(line)),
    }
}

/// Progress over a known number of steps, with the time left.
pub struct Progress {
    bar: ProgressBar,
    title: String,
    /// When the next line is due.
    lines: Option<Mutex<Instant>>,
}

impl Progress {
    /// Starts at 0 of `steps`; shows nothing where `quiet`.
    pub fn start(title: &str, steps: u64, quiet: bool) -> Progress {
        let terminal = output::is_heard_at_terminal();
        let bar = if quiet || !terminal {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(steps)
        };
        bar.set_length(steps);
        let style = ProgressStyle::with_template(
            "{prefix} {bar:24} {pos}/{len}  {msg}  {per_sec}, {elapsed} gone, {eta} left",
        )
        .expect("the template is well formed");
        bar.set_style(style);
        bar.set_prefix(on_a_line(title).into_owned());
        if !bar.is_hidden() {
            // A bar that gets no thread of its own, and panics, moves with each step only.
            let tick = || bar.enable_steady_tick(Duration::from_millis(250));
            let _ = catch_unwind(AssertUnwindSafe(tick));
            show(Some(bar.clone()));
        }
        Progress {
            bar,
            title: title.to_owned(),
            lines: (!quiet && !terminal).then(|| Mutex::new(Instant::now() + FIRST_LINE)),
        }
    }

    /// Sets the number of steps that there are in all.
    pub fn set_steps(&self, steps: u64) {
        self.bar.set_length(steps);
    }

    /// Goes on from `done` steps that were made before, which say nothing of the time left.
    pub fn begin_at(&self, done: u64) {
        self.bar.set_position(done);
        self.bar.reset_eta();
    }

    /// One step more.
    pub fn step(&self) {
        self.advance(self.bar.position() + 1, None);
    }

    /// `done` steps in all, with a message.
    pub fn advance(&self, done: u64, message: Option<String>) {
        self.bar.set_position(done);
        if let Some(message) = message {
            self.bar.set_message(on_a_line(&message).into_owned());
        }
        if let Some(Ok(mut due)) = self.lines.as_ref().map(Mutex::lock) {
            if Instant::now() >= *due {
                *due = Instant::now() + LINE_INTERVAL;
                let (left, rate) = (self.bar.eta().as_secs(), self.bar.per_sec());
                output::tell(format!(
                    "{}: {done} of {}  {}  {rate:.1}/s, about {left} s left",
                    self.title,
                    self.bar.length().unwrap_or(0),
                    self.bar.message()
                ));
            }
        }
    }

    /// Prints a line above the bar.
    pub fn say(&self, line: &str) {
        if self.lines.is_some() {
            output::tell(on_a_line(line));
        } else {
            self.bar.println(on_a_line(line));
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if !self.bar.is_hidden() {
            show(None);
        }
        self.bar.finish_and_clear();
    }
}

fn show(bar: Option<ProgressBar>) {
    *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = bar;
}
