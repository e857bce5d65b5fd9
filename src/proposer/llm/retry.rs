//! The one table that says what follows from an answer that is no completion: ask again, ask
//! without a field, give up the call, or pause the campaign.

use std::time::Duration;

use super::complaint::{self, Complaint, RefusedRequest};
use super::http::HttpAnswer;
use super::limit::RefusedLimit;
use super::rate;
use super::wire::fault::Period;
use super::wire::{Fault, Field, Wire};
use crate::numerics::stream::Stream;
use crate::proposer::Pause;
use crate::record::ledger::CallOutcome;

/// The decision after a call that gave no completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The server is in trouble that may pass; wait at least as long as it asks for.
    Again {
        /// What happened, in one line.
        reason: String,
        /// The least wait that the server asks for; `None` where it names none.
        after: Option<Duration>,
    },
    /// The server limits the rate; wait at least so long, and ask less at once.
    Limited {
        /// What happened, in one line.
        reason: String,
        /// The least wait that the server asks for; `None` where it names none.
        after: Option<Duration>,
    },
    /// The model does not take this field; ask once more without it, now and ever after.
    Without {
        /// The field.
        field: Field,
        /// What the server says of it, in one line.
        reason: String,
    },
    /// The limit of tokens is larger than it can be; ask at once with this one.
    Less {
        /// The limit to ask for; `None` where none is left but to name no limit.
        most_tokens: Option<u32>,
        /// What the server says of it, in one line.
        reason: String,
    },
    /// The request is refused in words that are not understood; what it can do without may be the
    /// cause.
    Unclear(String),
    /// This call has failed; another may succeed.
    Fail(String),
    /// No call can succeed before something has changed.
    Pause {
        /// What has to change.
        pause: Pause,
        /// What happened and what to do, in one line.
        reason: String,
    },
}

impl Decision {
    /// How a request with such an answer is recorded.
    pub fn outcome(&self) -> CallOutcome {
        match self {
            Decision::Again { .. } => CallOutcome::Trouble,
            Decision::Limited { .. } => CallOutcome::RateLimited,
            Decision::Without { .. } | Decision::Less { .. } => CallOutcome::FieldRefused,
            Decision::Fail(_) | Decision::Unclear(_) => CallOutcome::Rejected,
            Decision::Pause {
                pause: Pause::Rate, ..
            } => CallOutcome::RateLimited,
            Decision::Pause { .. } => CallOutcome::Rejected,
        }
    }

    /// The reason in one line.
    pub fn reason(&self) -> &str {
        match self {
            Decision::Again { reason, .. }
            | Decision::Limited { reason, .. }
            | Decision::Without { reason, .. }
            | Decision::Less { reason, .. }
            | Decision::Pause { reason, .. } => reason,
            Decision::Fail(reason) | Decision::Unclear(reason) => reason,
        }
    }
}

/// Error types and codes that say that the account is out of money or at its limit, whatever the
/// status they come with.
const BILLING: [&str; 9] = [
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_hard_limit_reached",
    "billing_not_active",
    "billing_error",
    "enforced_spend_limit_reached",
];

/// Words by which servers say the same without a code.
const BILLING_WORDS: [&str; 7] = [
    "arrear",
    "overdue payment",
    "insufficient balance",
    "specified api usage limits",
    "monthly spend limit",
    "credit balance is too low",
    "prepayment credits are depleted",
];

/// Words by which servers say that they do not accept the key, whatever the status.
const KEY_WORDS: [&str; 6] = [
    "invalid api key",
    "incorrect api key",
    "invalid x-api-key",
    "api key not valid",
    "invalid api_key",
    "invalid authentication",
];

/// What faults inside a 2xx answer stand for.
const HIDDEN_STATUSES: [(&str, u16); 7] = [
    ("rate_limit_exceeded", 429),
    ("rate_limit_error", 429),
    ("RESOURCE_EXHAUSTED", 429),
    ("server_error", 500),
    ("api_error", 500),
    ("overloaded_error", 529),
    ("server_is_overloaded", 503),
];

/// The request that an answer belongs to, as far as a decision needs it.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// How it was asked.
    pub wire: Wire,
    /// The model's name as the server knows it.
    pub model: &'a str,
    /// The optional fields that it held.
    pub fields: &'a [Field],
    /// Its limit of tokens; `None` where it named none.
    pub most_tokens: Option<u32>,
    /// Bytes of the texts in it.
    pub bytes: u64,
    /// The environment variable of its key.
    pub key_variable: &'a str,
}

/// Decides on an answer that is no completion: of a status that is not 2xx, or with a fault in the
/// place of one.
pub fn decide(answer: &HttpAnswer, fault: &Fault, sent: &Sent) -> Decision {
    let status = answer.status;
    let said = if fault.message.is_empty() {
        "no reason given"
    } else {
        fault.message.as_str()
    };
    if let Some(decision) = astray(answer, fault, said) {
        return decision;
    }
    if is_billing(status, fault) {
        let reason = format!(
            "the account behind {} cannot pay (HTTP {status}: {said}); add credit or raise its \
             limit",
            sent.key_variable
        );
        return paused(Pause::Billing, reason);
    }
    if is_about_key(status, fault) {
        // The server's words are left out: they may quote part of the key.
        let variable = sent.key_variable;
        let reason =
            format!("the server does not accept the key (HTTP {status}); check {variable}");
        return paused(Pause::Credentials, reason);
    }
    match status {
        403 => forbidden(answer, fault, said, sent),
        404 if wants_less(fault) => refusal(400, fault, said, sent),
        415 | 501 if names_field(fault, sent) => refusal(400, fault, said, sent),
        404 | 300..=399 => elsewhere(answer, said, sent),
        400 | 413 | 422 => refusal(status, fault, said, sent),
        429 => limited(answer, fault, said, sent),
        _ => trouble(answer, fault, said),
    }
}

/// Whether an error says that the key is not accepted.
fn is_about_key(status: u16, fault: &Fault) -> bool {
    let message = fault.message.to_lowercase();
    let says_key = status < 500 && KEY_WORDS.iter().any(|words| message.contains(words));
    status == 401 || fault.reason == "API_KEY_INVALID" || says_key
}

/// Whether a router says that it has nobody who takes what was sent.
fn wants_less(fault: &Fault) -> bool {
    let message = fault.message.to_lowercase();
    message.contains("no endpoints") && message.contains("support")
}

/// Whether an error names an optional field that was sent.
fn names_field(fault: &Fault, sent: &Sent) -> bool {
    let named = |text: &str| sent.wire.named(text, sent.fields).is_some();
    named(&fault.param) || named(&fault.message)
}

fn paused(pause: Pause, reason: String) -> Decision {
    Decision::Pause { pause, reason }
}

fn refused(status: u16, said: &str) -> Decision {
    Decision::Fail(refusal_words(status, said))
}

fn refusal_words(status: u16, said: &str) -> String {
    format!("the server refuses the request (HTTP {status}: {said})")
}

/// What follows from a request that is refused for what is in it.
fn refusal(status: u16, fault: &Fault, said: &str, sent: &Sent) -> Decision {
    let model = sent.model;
    let limit = sent.most_tokens.map(|tokens| RefusedLimit {
        tokens,
        bytes: sent.bytes,
        status,
    });
    let request = RefusedRequest {
        wire: sent.wire,
        fields: sent.fields,
        limit,
    };
    match complaint::of(fault, &request) {
        Complaint::Field(field) => Decision::Without {
            field,
            reason: format!(
                "{model} does not take `{}` (HTTP {status}: {said})",
                field.name()
            ),
        },
        Complaint::Limit(most_tokens) => Decision::Less {
            most_tokens,
            reason: format!(
                "{model} does not take a limit of {} tokens (HTTP {status}: {said})",
                sent.most_tokens.unwrap_or_default()
            ),
        },
        // A body that is too large is not a matter of what stands in it.
        Complaint::Unclear if status != 413 => Decision::Unclear(refusal_words(status, said)),
        Complaint::Unclear | Complaint::Lasting => refused(status, said),
    }
}

/// Whether an error says that the account is out of money or at its limit.
fn is_billing(status: u16, fault: &Fault) -> bool {
    let message = fault.message.to_lowercase();
    let says_billing = status < 500 && BILLING_WORDS.iter().any(|words| message.contains(words));
    BILLING.contains(&fault.kind.as_str())
        || BILLING.contains(&fault.code.as_str())
        || status == 402
        || says_billing
}

/// What follows where not the server itself answered, or not in its own way; `None` where it did.
fn astray(answer: &HttpAnswer, fault: &Fault, said: &str) -> Option<Decision> {
    let (status, way) = (answer.status, &answer.way);
    if way.wants_tls(fault) {
        let reason = format!(
            "the server speaks TLS at this port (HTTP {status}: {said}); write https:// in the \
             place of http://"
        );
        return Some(paused(Pause::Unreachable, reason));
    }
    let is_json = serde_json::from_str::<serde_json::Value>(&answer.body).is_ok();
    let proxy = way.proxy_answered(status, &answer.headers, is_json)?;
    Some(match status {
        407 => paused(
            Pause::Unreachable,
            format!(
                "{proxy}, not the server, wants a user and a password (HTTP 407): write them into \
                 the variable that names it, as http://USER:PASSWORD@HOST:PORT"
            ),
        ),
        502..=504 => Decision::Again {
            reason: format!(
                "{proxy}, not the server, answers that it got no answer (HTTP {status}: {said})"
            ),
            after: wait(answer, fault),
        },
        _ => paused(
            Pause::Unreachable,
            format!(
                "{proxy}, not the server, forbids this address (HTTP {status}: {said}): have it \
                 allowed there, or list the server in NO_PROXY where it can be reached directly"
            ),
        ),
    })
}

/// What follows from HTTP 403: a prompt that is not answered, a key that may not, or a server that
/// lets nobody in.
fn forbidden(answer: &HttpAnswer, fault: &Fault, said: &str, sent: &Sent) -> Decision {
    let message = fault.message.to_lowercase();
    if message.contains("moderation") || message.contains("flagged") {
        return Decision::Fail(format!(
            "the provider will not answer this prompt (HTTP 403: {said})"
        ));
    }
    let through = answer.way.through();
    if answer.body.trim_start().starts_with('<') {
        let reason = format!(
            "a web page answers in the place of the model (HTTP 403){through}: what stands before \
             the server keeps programs out; ask whoever runs it to let this machine in"
        );
        return paused(Pause::Unreachable, reason);
    }
    if answer.way.keyless {
        let reason = format!(
            "the server forbids the request (HTTP 403: {said}){through}; no key was sent: set {} \
             where it wants one, else ask whoever runs it, or what stands before it, to let this \
             machine in",
            sent.key_variable
        );
        return paused(Pause::Unreachable, reason);
    }
    let reason = format!(
        "the key may not use {} (HTTP 403){through}; check {} and the account's permissions",
        sent.model, sent.key_variable
    );
    paused(Pause::Credentials, reason)
}

/// What follows from a place that is not there, or has moved.
fn elsewhere(answer: &HttpAnswer, said: &str, sent: &Sent) -> Decision {
    let (way, through) = (&answer.way, answer.way.through());
    let reason = match answer.status {
        404 => format!(
            "the server knows no model {}, or has no such path (HTTP 404: {said}){through}; check \
             the model's name and the server's address{}",
            sent.model,
            way.doubt()
        ),
        status => format!(
            "{} (HTTP {status}){through}; redirects are not followed",
            way.redirected(answer.header("location"))
        ),
    };
    paused(Pause::Unreachable, reason)
}

/// What follows from trouble that may pass, as far as the server lets itself be asked again.
fn trouble(answer: &HttpAnswer, fault: &Fault, said: &str) -> Decision {
    let status = answer.status;
    let final_word = answer.header("x-should-retry");
    match status {
        408 | 409 | 500..=599 if final_word == Some("false") => Decision::Fail(format!(
            "the server has failed and asks not to be asked again (HTTP {status}: {said})"
        )),
        408 | 409 | 500..=599 => Decision::Again {
            reason: format!("the server is in trouble (HTTP {status}: {said})"),
            after: wait(answer, fault),
        },
        _ if final_word == Some("true") => Decision::Again {
            reason: format!("the server asks to be asked again (HTTP {status}: {said})"),
            after: wait(answer, fault),
        },
        _ => refused(status, said),
    }
}

/// What follows from a rate limit: a wait, or a pause where no wait within a proposal's time helps.
fn limited(answer: &HttpAnswer, fault: &Fault, said: &str, sent: &Sent) -> Decision {
    let Sent {
        model,
        key_variable,
        ..
    } = sent;
    match fault.quota {
        Some(quota) if quota.zero => Decision::Pause {
            pause: Pause::Billing,
            reason: format!(
                "the account behind {key_variable} has no quota for {model} (HTTP 429: {said}); \
                 enable billing or choose another model"
            ),
        },
        Some(quota) if quota.period == Some(Period::Day) => Decision::Pause {
            pause: Pause::Rate,
            reason: format!(
                "today's quota for {model} is used up (HTTP 429: {said}); it is whole again {}",
                match sent.wire {
                    Wire::GenerateContent => "at midnight, Pacific time",
                    _ => "tomorrow",
                }
            ),
        },
        _ => Decision::Limited {
            reason: format!("the server limits the rate (HTTP 429: {said})"),
            after: wait(answer, fault),
        },
    }
}

/// The wait that the server asks for. When a limit is whole again counts only where it asks for
/// none: that is often later than when a little is left.
fn wait(answer: &HttpAnswer, fault: &Fault) -> Option<Duration> {
    rate::retry_after(answer)
        .max(fault.retry_delay)
        .or_else(|| rate::reset(answer))
}

/// The status that a fault inside a 2xx answer stands for: gateways report that of the server
/// behind them as its code.
pub fn status_of(fault: &Fault) -> u16 {
    let told = fault
        .code
        .parse()
        .ok()
        .filter(|status| (400..600).contains(status));
    let by_word = || {
        HIDDEN_STATUSES
            .iter()
            .find(|(word, _)| {
                [&fault.kind, &fault.code]
                    .iter()
                    .any(|told| told.eq_ignore_ascii_case(word))
            })
            .map(|(_, status)| *status)
    };
    told.or_else(by_word).unwrap_or(400)
}

/// The wait before try `tries + 1`: uniform between 0 and `first * 2^(tries - 1)`, at most `most`
/// (full jitter).
pub fn backoff(tries: u32, first: Duration, most: Duration, stream: &mut Stream) -> Duration {
    ceiling(tries, first, most).mul_f64(stream.unit())
}

/// The upper end of the wait before try `tries + 1`.
pub fn ceiling(tries: u32, first: Duration, most: Duration) -> Duration {
    first
        .saturating_mul(1 << (tries.clamp(1, 16) - 1))
        .min(most)
}
