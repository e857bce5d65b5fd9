//! The one table that says what follows from a failed call: ask again, ask without a field, give up the call, or give up altogether.

use std::time::Duration;

use super::chat::{Field, ServerError};
use super::http::Answer;
use crate::stream::Stream;

/// What to do after a call that gave no completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The trouble may pass; wait at least as long as the server asks for.
    Again { reason: String, after: Option<Duration> },
    /// The model does not take this field; ask once more without it, now and ever after.
    Without { field: Field, reason: String },
    /// This call has failed; another may succeed.
    Fail(String),
    /// No call can succeed before the user changes something.
    Hopeless(String),
}

/// Error types and codes that say that the account is out of money, whatever the status they come with.
const BILLING: [&str; 8] = [
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_hard_limit_reached",
    "billing_not_active",
    "billing_error",
];

/// How servers say that they do not know or take a field.
const FIELD_REFUSED: [&str; 9] = [
    "unsupported",
    "not supported",
    "does not support",
    "deprecated",
    "unknown name",
    "unrecognized",
    "unexpected",
    "extra inputs",
    "unknown parameter",
];

/// Decides on an answer whose status is not 2xx. `sent` are the optional fields of the request, `key_variable` names where the key comes from.
pub fn decide(answer: &Answer, error: &ServerError, sent: &[Field], model: &str, key_variable: &str) -> Decision {
    let status = answer.status;
    let said = if error.message.is_empty() { "no reason given" } else { error.message.as_str() };
    if BILLING.contains(&error.kind.as_str()) || BILLING.contains(&error.code.as_str()) || status == 402 {
        return Decision::Hopeless(format!(
            "billing: the account behind {key_variable} cannot pay (HTTP {status}: {said}); add credit or raise its limit"
        ));
    }
    match status {
        // The server's words are left out: they may quote part of the key.
        401 => Decision::Hopeless(format!("credentials: the server does not accept the key (HTTP 401); check {key_variable}")),
        403 => Decision::Hopeless(format!("credentials: the key may not use {model} (HTTP 403); check {key_variable} and the account's permissions")),
        404 => Decision::Hopeless(format!(
            "the server knows no model {model}, or has no such path (HTTP 404: {said}); check the model's name and the server's address"
        )),
        300..=399 => Decision::Hopeless(format!(
            "the server redirects to {} (HTTP {status}), and redirects are not followed; give the final address",
            answer.location.as_deref().unwrap_or("another place")
        )),
        400 | 422 => match refused_field(error, sent) {
            Some(field) => Decision::Without { field, reason: format!("{model} does not take `{}` (HTTP {status}: {said})", field.name()) },
            None => Decision::Fail(format!("the server refuses the request (HTTP {status}: {said})")),
        },
        429 => Decision::Again { reason: format!("the server limits the rate (HTTP 429: {said})"), after: retry_after(answer) },
        408 | 409 | 500..=599 => Decision::Again { reason: format!("the server is in trouble (HTTP {status}: {said})"), after: retry_after(answer) },
        _ => Decision::Fail(format!("the server refuses the request (HTTP {status}: {said})")),
    }
}

/// The field that an error refuses, among those that were sent.
fn refused_field(error: &ServerError, sent: &[Field]) -> Option<Field> {
    let by_code = ["unsupported_parameter", "unsupported_value", "unknown_parameter"].contains(&error.code.as_str());
    let message = error.message.to_lowercase();
    let by_text = FIELD_REFUSED.iter().any(|words| message.contains(words));
    if by_code {
        if let Some(field) = sent.iter().find(|field| field.name() == error.param) {
            return Some(*field);
        }
    }
    // A message may name the field to use in its place too; the refused one comes first.
    let named = |field: &Field| message.find(field.name()).map(|at| (at, *field));
    (by_code || by_text).then(|| sent.iter().filter_map(named).min().map(|(_, field)| field)).flatten()
}

/// How long the server asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as a date (held against the answer's own `Date`).
/// Negative and unreadable values count as absent.
pub fn retry_after(answer: &Answer) -> Option<Duration> {
    let number = |text: &Option<String>| text.as_deref().and_then(|text| text.trim().parse::<f64>().ok()).filter(|value| *value >= 0.0);
    if let Some(milliseconds) = number(&answer.retry_after_ms) {
        return Some(Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or(Duration::MAX));
    }
    if let Some(seconds) = number(&answer.retry_after) {
        return Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    }
    let until = http_date(answer.retry_after.as_deref()?)?;
    let now = http_date(answer.date.as_deref()?)?;
    Some(Duration::from_secs(u64::try_from(until - now).unwrap_or(0)))
}

/// Seconds since 1970 of a date such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, IMF-fixdate).
fn http_date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, rest) = text.trim().split_once(", ")?;
    let [day, month, year, time, "GMT"] = rest.split(' ').collect::<Vec<_>>()[..] else {
        return None;
    };
    let month = MONTHS.iter().position(|name| *name == month)? as i64 + 1;
    let (day, year): (i64, i64) = (day.parse().ok()?, year.parse().ok()?);
    let [hour, minute, second] = time.split(':').map(|part| part.parse::<i64>().ok()).collect::<Option<Vec<_>>>()?[..] else {
        return None;
    };
    if !(1..=31).contains(&day) || !(1970..=9999).contains(&year) {
        return None;
    }
    // Days from the civil calendar, with years that begin in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

/// The wait before try `tries + 1`: uniform between 0 and `first * 2^(tries - 1)`, at most `most` (full jitter).
pub fn backoff(tries: u32, first: Duration, most: Duration, stream: &mut Stream) -> Duration {
    let ceiling = first.saturating_mul(1 << (tries.clamp(1, 16) - 1)).min(most);
    ceiling.mul_f64(stream.unit())
}
