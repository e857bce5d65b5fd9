//! What goes wrong at a server, in the words of any wire: what it says, and how long it wants to be
//! left alone.

use std::time::Duration;

use serde_json::Value;

use super::json::{count, present, word};

/// A server's error, as far as it tells one. Each text is one line of at most 300 characters, and
/// empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    /// What the server says; the beginning of a body that has no such place.
    pub message: String,
    /// `invalid_request_error`, `insufficient_quota`, `overloaded_error` ...; with Google the
    /// status, such as `RESOURCE_EXHAUSTED`.
    pub kind: String,
    /// `unsupported_parameter`, `enforced_spend_limit_reached` ...; with routers and Google the
    /// HTTP status.
    pub code: String,
    /// The field that the server complains of.
    pub param: String,
    /// Google's reason, such as `API_KEY_INVALID`.
    pub reason: String,
    /// The quota that is used up, where the server tells what kind it is.
    pub quota: Option<Quota>,
    /// How long Google asks to wait.
    pub retry_delay: Option<Duration>,
}

/// A quota that is used up. Where there are several, the one that takes longest to return.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// How soon there is a new one; `None` where that is not told.
    pub period: Option<Period>,
    /// Whether its limit is 0, so that waiting does not help.
    pub zero: bool,
}

/// The time for which a quota is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// A minute.
    Minute,
    /// A day.
    Day,
}

const LONGEST: usize = 300;

/// Reads the body of an answer that is not 2xx: an error as an object, a list of such, a string, or
/// any other text.
pub fn read(body: &str) -> Fault {
    match serde_json::from_str(body) {
        Ok(value) => of(first(&value)),
        Err(_) => Fault {
            message: line(body),
            ..Fault::default()
        },
    }
}

/// The fault that a 2xx answer holds in place of a completion, as some servers and gateways send
/// it.
pub fn hidden(value: &Value) -> Option<Fault> {
    let root = first(value);
    let error = present(root, "error");
    if let Some(choice) = root.pointer("/choices/0") {
        if present(choice, "error").is_some() {
            return Some(of(choice));
        }
        let failed = word(choice, "/finish_reason") == Some("error");
        return error.filter(|_| failed).map(|_| of(root));
    }
    if error.is_some()
        || word(root, "/type") == Some("error")
        || word(root, "/object") == Some("error")
    {
        return Some(of(root));
    }
    let failed = word(root, "/status") == Some("failed");
    failed.then(|| Fault {
        message: "the server says that it failed, and not why".to_owned(),
        ..Fault::default()
    })
}

/// The fault that an event of a stream tells.
pub(super) fn told(event: &Value) -> Fault {
    of(first(present(event, "response").unwrap_or(event)))
}

/// The first error of a list, or the value itself.
fn first(value: &Value) -> &Value {
    let list = value.as_array().map_or(&[][..], Vec::as_slice);
    list.iter()
        .find(|value| present(value, "error").is_some())
        .or(list.first())
        .unwrap_or(value)
}

/// The fault of an object that holds an `error`, or is one.
fn of(root: &Value) -> Fault {
    let inner = present(root, "error").unwrap_or(root);
    let error = if inner.is_object() { inner } else { root };
    let said = inner
        .as_str()
        .or_else(|| word(error, "/message"))
        .or_else(|| word(root, "/message"))
        .or_else(|| word(root, "/detail"));
    let said = said.map_or_else(|| root.to_string(), str::to_owned);
    let upstream = upstream(error);
    let own = |text: Option<&str>, upstreams: fn(&Fault) -> &str| {
        line(
            text.or(upstream.as_ref().map(upstreams))
                .unwrap_or_default(),
        )
    };
    Fault {
        message: line(&upstream.as_ref().map_or_else(
            || said.clone(),
            |fault| format!("{said}: {}", fault.message),
        )),
        kind: own(
            word(error, "/type").or_else(|| word(error, "/status")),
            |fault| &fault.kind,
        ),
        code: match (
            word(error, "/details/error_code").or_else(|| word(error, "/code")),
            error.get("code"),
        ) {
            (None, Some(Value::Number(code))) => code.to_string(),
            (code, _) => own(code, |fault| &fault.code),
        },
        param: own(
            word(error, "/param").or_else(|| of_details(error, "/fieldViolations/0/field").next()),
            |fault| &fault.param,
        ),
        reason: line(of_details(error, "/reason").next().unwrap_or_default()),
        quota: quota(error, &said),
        retry_delay: of_details(error, "/retryDelay").find_map(seconds),
    }
}

/// The fault of the provider behind a router, which says `Provider returned error` itself.
fn upstream(error: &Value) -> Option<Fault> {
    let raw = word(error, "/metadata/raw")?;
    let Ok(Value::Object(value)) = serde_json::from_str(raw) else {
        return Some(Fault {
            message: line(raw),
            ..Fault::default()
        });
    };
    let inner = value
        .get("error")
        .filter(|inner| inner.is_object())
        .cloned()
        .unwrap_or(Value::Object(value));
    let text = |pointer: &str| line(word(&inner, pointer).unwrap_or_default());
    let message = word(&inner, "/message").map_or_else(|| line(raw), line);
    Some(Fault {
        message,
        kind: text("/type"),
        code: text("/code"),
        param: text("/param"),
        ..Fault::default()
    })
}

/// The texts at `pointer` in Google's details.
fn of_details<'a>(error: &'a Value, pointer: &'a str) -> impl Iterator<Item = &'a str> {
    details(error)
        .iter()
        .filter_map(move |detail| word(detail, pointer))
}

fn details(error: &Value) -> &[Value] {
    error
        .get("details")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The quota that Google's details name, or its message where they do not.
fn quota(error: &Value, message: &str) -> Option<Quota> {
    let violations = details(error)
        .iter()
        .filter_map(|detail| detail.get("violations")?.as_array())
        .flatten();
    let places = violations.chain(
        details(error)
            .iter()
            .filter_map(|detail| detail.get("metadata")),
    );
    let (mut names, mut zero) = (Vec::new(), false);
    for place in places {
        names.extend(
            [
                "/quotaId",
                "/quotaMetric",
                "/description",
                "/quota_limit",
                "/quota_metric",
            ]
            .iter()
            .filter_map(|pointer| word(place, pointer)),
        );
        zero |= ["/quotaValue", "/quota_limit_value"]
            .iter()
            .any(|pointer| count(place, pointer) == Some(0));
    }
    let named = !names.is_empty();
    let message = message.to_lowercase();
    // Other providers limit days too, and give back a little of it every second; they do not call
    // it a quota.
    if ["quota", "free-models-per"]
        .iter()
        .any(|word| message.contains(word))
    {
        zero |= limit_zero(&message);
        if !names.iter().any(|name| period(name).is_some()) {
            names.push(&message);
        }
    }
    let quota = Quota {
        period: names.iter().filter_map(|name| period(name)).max(),
        zero,
    };
    (named || quota != Quota::default()).then_some(quota)
}

/// Whether the words name a limit of 0, and not one such as 0.5.
fn limit_zero(words: &str) -> bool {
    let goes_on = |rest: &str| {
        rest.trim_start_matches(['.', ','])
            .starts_with(|next: char| next.is_ascii_digit())
    };
    words.split("limit: 0").skip(1).any(|rest| !goes_on(rest))
}

/// The period that a quota's name or description tells, as in `RequestsPerDay`, `requests_per_day`
/// and `requests per day`.
fn period(name: &str) -> Option<Period> {
    let letters: String = name
        .chars()
        .filter(|letter| letter.is_ascii_alphabetic())
        .collect::<String>()
        .to_lowercase();
    let told = [("perday", Period::Day), ("perminute", Period::Minute)];
    told.into_iter()
        .find(|(words, _)| letters.contains(words))
        .map(|(_, period)| period)
}

/// A duration such as `37s` or `1.5s`.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().strip_suffix('s')?.parse().ok()?;
    (seconds >= 0.0 && seconds.is_finite())
        .then(|| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

/// One line of bearable length.
fn line(text: &str) -> String {
    // Control characters could steer the terminal that an error is printed on.
    let text = text.replace(char::is_control, " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(LONGEST).collect()
}
