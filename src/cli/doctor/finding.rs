//! What was looked at, and what was found.

use crate::cli::common::{causes, Failure};

/// What was looked at, whether it is in order, and what was found.
pub struct Finding {
    pub what: String,
    pub sound: bool,
    pub found: String,
}

/// A finding, sound where nothing failed.
pub fn finding(what: &str, found: Result<String, Failure>) -> Finding {
    let (sound, found) = match found {
        Ok(found) => (true, found),
        Err(Failure::Usage(problem)) => (false, problem),
        Err(Failure::Failed(error)) => (false, causes(&error)),
    };
    Finding {
        what: what.to_owned(),
        sound,
        found,
    }
}
