//! A fault of the program itself: one sentence in the place of a backtrace, and exit code 1.

use std::panic::{catch_unwind, set_hook, AssertUnwindSafe, PanicHookInfo};
use std::process::ExitCode;

use crate::cli::output;
use crate::numerics::panics::words_of;

/// What Rust says just before it aborts, since a panic must not leave a destructor that runs in
/// another's wake, or a function of C.
const LAST_WORDS: [&str; 2] = [
    "panic in a destructor during cleanup",
    "panic in a function that cannot unwind",
];

/// Runs the program. A panic that nobody has made an error of ends it with a sentence, as an error
/// does; those that somebody catches are told by whoever catches them.
pub fn guarded(program: impl FnOnce() -> ExitCode) -> ExitCode {
    set_hook(Box::new(note));
    catch_unwind(AssertUnwindSafe(program)).unwrap_or_else(|panic| {
        tell(words_of(panic.as_ref()));
        ExitCode::from(1)
    })
}

/// Notes a panic for those who debug; ends the program with exit code 1 where it would be aborted.
fn note(panic: &PanicHookInfo) {
    let words = words_of(panic.payload());
    if LAST_WORDS.contains(&words) {
        tell(words);
        std::process::exit(1);
    }
    let place = panic.location().map(ToString::to_string);
    tracing::debug!(words, place, "a panic");
}

fn tell(words: &str) {
    output::tell(format!(
        "error: a fault of motherlode has ended it ({words}); what was acknowledged is on disk: \
         please report it, with what -vv says"
    ));
}
