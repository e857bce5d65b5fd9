//! What a server's headers say about its rate limits: how long to wait, and when there is nothing
//! left.

use std::time::{Duration, SystemTime};

use super::http::HttpAnswer;

/// The headers that tell what is left of a limit, and when it is whole again: OpenAI's and
/// Anthropic's.
const LIMITS: [(&str, &str); 6] = [
    (
        "x-ratelimit-remaining-requests",
        "x-ratelimit-reset-requests",
    ),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    (
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ),
    (
        "anthropic-ratelimit-tokens-remaining",
        "anthropic-ratelimit-tokens-reset",
    ),
    (
        "anthropic-ratelimit-input-tokens-remaining",
        "anthropic-ratelimit-input-tokens-reset",
    ),
    (
        "anthropic-ratelimit-output-tokens-remaining",
        "anthropic-ratelimit-output-tokens-reset",
    ),
];

/// How long a server asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as a date (held
/// against the answer's own `Date`). Negative and unreadable values count as absent.
pub fn retry_after(answer: &HttpAnswer) -> Option<Duration> {
    let number = |name: &str| {
        answer
            .header(name)
            .and_then(|text| text.trim().parse::<f64>().ok())
            .filter(|value| *value >= 0.0)
    };
    if let Some(milliseconds) = number("retry-after-ms") {
        return Some(Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or(Duration::MAX));
    }
    if let Some(seconds) = number("retry-after") {
        return Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    }
    let until = httpdate::parse_http_date(answer.header("retry-after")?.trim()).ok()?;
    Some(between(now(answer)?, until))
}

/// How long until a limit of which nothing is left is reset; the longest where there are several,
/// `None` where something is left of each.
pub fn reset(answer: &HttpAnswer) -> Option<Duration> {
    let spent = |(remaining, reset): &(&str, &str)| {
        let left: f64 = answer.header(remaining)?.trim().parse().ok()?;
        (left < 1.0)
            .then(|| until(answer.header(reset)?, answer))
            .flatten()
    };
    LIMITS.iter().filter_map(spent).max()
}

/// A reset as headers write it: `6m0s`, `120ms`, a number of seconds, or an RFC 3339 time held
/// against the answer's own `Date`.
fn until(text: &str, answer: &HttpAnswer) -> Option<Duration> {
    let text = text.trim();
    if let Some(duration) = duration(text) {
        return Some(duration);
    }
    Some(between(now(answer)?, humantime::parse_rfc3339(text).ok()?))
}

/// A sum of numbers with units such as `1h2m3.5s` or `120ms`; a bare number counts seconds.
fn duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let (mut rest, mut seconds) = (text, 0.0);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        seconds += number
            * match &rest[..letters] {
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3_600.0,
                "d" => 86_400.0,
                _ => return None,
            };
        rest = &rest[letters..];
    }
    (!text.is_empty())
        .then(|| Duration::try_from_secs_f64(seconds).ok())
        .flatten()
}

/// The server's own time, so that a wrong clock here does no harm.
fn now(answer: &HttpAnswer) -> Option<SystemTime> {
    httpdate::parse_http_date(answer.header("date")?.trim()).ok()
}

fn between(from: SystemTime, until: SystemTime) -> Duration {
    until.duration_since(from).unwrap_or_default()
}
