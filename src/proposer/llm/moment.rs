//! A moment in words.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The first second that has no date of four digits: the beginning of the year 10000.
const TEN_THOUSAND: Duration = Duration::from_secs(253_402_300_800);

/// A moment to the second, in UTC, such as `2026-01-31T08:00:00Z`; of a clock that is wrong by
/// centuries, that it is.
pub fn moment(time: SystemTime) -> String {
    match time.duration_since(UNIX_EPOCH) {
        Err(_) => "before 1970, by a wrong clock".to_owned(),
        Ok(since) if since >= TEN_THOUSAND => "after 9999, by a wrong clock".to_owned(),
        Ok(_) => humantime::format_rfc3339_seconds(time).to_string(),
    }
}
