//! Rate limits: what is waited for, and how long.

use std::time::{Duration, SystemTime};

use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::llm::http::HttpAnswer;
use motherlode::proposer::llm::rate::{reset, retry_after};
use motherlode::proposer::llm::Patience;
use motherlode::proposer::{Pause, Unanswered};
use motherlode::record::ledger::CallOutcome;
use proptest::prelude::*;
use serde_json::json;
use wiremock::ResponseTemplate;

use super::servers::{ask, fails, formula, free, llm, patient, quick, Server};

const DATE: &str = "Sun, 01 Mar 2026 00:00:00 GMT";

fn limited(headers: &[(&str, &str)]) -> ResponseTemplate {
    headers.iter().fold(
        fails(429, "rate_limit_exceeded", "slow"),
        |answer, (name, value)| answer.insert_header(*name, *value),
    )
}

fn headers(headers: &[(&str, &str)]) -> HttpAnswer {
    HttpAnswer {
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..HttpAnswer::default()
    }
}

/// The pause of a call whose server asks to wait longer than is waited.
fn pause(provider: Provider, answer: ResponseTemplate) -> String {
    let server = Server::answering(vec![answer, formula(provider)]);
    let (answer, purse) = ask(&llm(vec![free(&server.model(provider))]));
    let Err(Unanswered::Paused {
        pause: Pause::Rate,
        detail,
    }) = answer
    else {
        panic!("{answer:?}")
    };
    assert_eq!(
        (server.requests().len(), purse.outcomes()),
        (1, vec![CallOutcome::RateLimited]),
        "{detail}"
    );
    detail
}

#[test]
fn a_wait_longer_than_is_waited_pauses_and_says_until_when() {
    let retry_info = |delay: &str| {
        let details =
            json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}]);
        ResponseTemplate::new(429).set_body_json(json!({
            "error": {
                "code": 429,
                "message": "slow",
                "status": "RESOURCE_EXHAUSTED",
                "details": details
            }
        }))
    };
    let requests = ("x-ratelimit-remaining-requests", "0");
    for (provider, answer, seconds) in [
        (
            Provider::OpenAi,
            limited(&[("retry-after", "86400")]),
            86400,
        ),
        (
            Provider::OpenAi,
            limited(&[("retry-after-ms", "125000")]),
            125,
        ),
        (
            Provider::OpenAi,
            limited(&[
                ("retry-after", "Sun, 01 Mar 2026 00:10:00 GMT"),
                ("date", DATE),
            ]),
            600,
        ),
        (
            Provider::OpenAi,
            limited(&[requests, ("x-ratelimit-reset-requests", "6m0s")]),
            360,
        ),
        (
            Provider::Anthropic,
            limited(&[
                ("anthropic-ratelimit-tokens-remaining", "0"),
                ("anthropic-ratelimit-tokens-reset", "2026-03-01T00:05:00Z"),
                ("date", DATE),
            ]),
            300,
        ),
        (Provider::Gemini, retry_info("137s"), 137),
        // Two words on the wait: the longer.
        (
            Provider::Gemini,
            retry_info("137s").insert_header("retry-after", "200"),
            200,
        ),
        (
            Provider::Gemini,
            retry_info("237s").insert_header("retry-after", "200"),
            237,
        ),
        // A limit is whole again long after there is a little of it.
        (
            Provider::OpenAi,
            limited(&[
                ("retry-after", "130"),
                requests,
                ("x-ratelimit-reset-requests", "6m0s"),
            ]),
            130,
        ),
    ] {
        let detail = pause(provider, answer);
        assert!(
            detail.contains(&format!("it asks to wait {seconds} s, until 20"))
                && detail.contains("more than the 120 s that are waited"),
            "{detail}"
        );
    }
    let detail = pause(Provider::OpenAi, limited(&[("retry-after", "1e300")]));
    assert!(detail.contains("until some day"), "{detail}");
}

#[test]
fn a_short_wait_that_is_asked_for_is_taken_whatever_the_reset_says() {
    let reset = [
        ("retry-after", "0.001"),
        ("x-ratelimit-remaining-requests", "0"),
        ("x-ratelimit-reset-requests", "23h59m"),
    ];
    let server = Server::answering(vec![limited(&reset), formula(Provider::OpenAi)]);
    assert!(ask(&llm(vec![free(&server.model(Provider::OpenAi))]))
        .0
        .is_ok());
}

#[test]
fn a_limit_costs_time_and_no_tries() {
    let mut answers: Vec<ResponseTemplate> = (0..9).map(|_| limited(&[])).collect();
    answers.push(formula(Provider::OpenAi));
    let server = Server::answering(answers);
    let (answer, purse) = ask(&llm(vec![free(&server.model(Provider::OpenAi))]));
    assert!(answer.is_ok());
    let expected: Vec<CallOutcome> = [
        [CallOutcome::RateLimited; 9].as_slice(),
        &[CallOutcome::Answered],
    ]
    .concat();
    assert_eq!(purse.outcomes(), expected);
}

#[test]
fn a_limit_that_never_ends_ends_with_the_deadline() {
    let server = Server::answering(vec![limited(&[])]);
    let patience = Patience {
        total: Duration::from_millis(60),
        ..quick()
    };
    let (answer, _) = ask(&patient(
        vec![free(&server.model(Provider::OpenAi))],
        patience,
    ));
    let Err(Unanswered::Failed(reason)) = answer else {
        panic!("{answer:?}")
    };
    assert!(
        ["no time is left", "the time of the proposal is over"]
            .iter()
            .any(|words| reason.contains(words)),
        "{reason}"
    );
}

#[test]
fn a_limit_that_another_request_met_is_waited_for_before_the_next_is_sent() {
    let server = Server::answering(vec![
        limited(&[("retry-after", "100")]),
        formula(Provider::OpenAi),
    ]);
    let patience = Patience {
        total: Duration::from_secs(50),
        ..quick()
    };
    let llm = patient(vec![free(&server.model(Provider::OpenAi))], patience);
    for expected in ["no time is left to ask again", "no time is left to wait"] {
        let (answer, _) = ask(&llm);
        let Err(Unanswered::Failed(reason)) = answer else {
            panic!("{answer:?}")
        };
        assert!(reason.contains(expected), "{reason}");
    }
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_server_in_trouble_that_asks_for_a_long_wait_pauses_too() {
    let server = Server::answering(vec![
        fails(503, "", "maintenance").insert_header("retry-after", "3600"),
        formula(Provider::OpenAi),
    ]);
    let (answer, purse) = ask(&llm(vec![free(&server.model(Provider::OpenAi))]));
    let Err(Unanswered::Paused {
        pause: Pause::Rate,
        detail,
    }) = answer
    else {
        panic!("{answer:?}")
    };
    assert!(
        detail.contains("maintenance") && detail.contains("it asks to wait 3600 s"),
        "{detail}"
    );
    assert_eq!(purse.outcomes(), [CallOutcome::Trouble]);
}

#[test]
fn an_answer_that_leaves_nothing_of_a_limit_holds_the_next_request_back_for_a_second_at_most() {
    for (left, sent) in [("0", 1), ("5", 2)] {
        let answer = formula(Provider::OpenAi)
            .insert_header("x-ratelimit-remaining-requests", left)
            .insert_header("x-ratelimit-reset-requests", "24h");
        let server = Server::answering(vec![answer]);
        let patience = Patience {
            total: Duration::from_millis(500),
            ..quick()
        };
        let llm = patient(vec![free(&server.model(Provider::OpenAi))], patience);
        assert!(ask(&llm).0.is_ok(), "{left} left");
        assert_eq!(
            ask(&llm).0.is_ok(),
            sent == 2,
            "{left} left: a second is longer than this proposal may take"
        );
        assert_eq!(server.requests().len(), sent, "{left} left");
    }
}

#[test]
fn each_form_of_a_wait_is_read() {
    for (found, expected) in [
        (headers(&[("retry-after", " 7 ")]), Some(7.0)),
        (headers(&[("retry-after", "1.5")]), Some(1.5)),
        (
            headers(&[("retry-after", "7"), ("retry-after-ms", "250")]),
            Some(0.25),
        ),
        (
            headers(&[("retry-after", "7"), ("retry-after-ms", "soon")]),
            Some(7.0),
        ),
        (
            headers(&[
                ("retry-after", "Sun, 01 Mar 2026 00:01:30 GMT"),
                ("date", DATE),
            ]),
            Some(90.0),
        ),
        (
            headers(&[
                ("retry-after", "Sunday, 01-Mar-26 00:01:30 GMT"),
                ("date", DATE),
            ]),
            Some(90.0),
        ),
        (
            headers(&[("retry-after", "Sun Mar  1 00:01:30 2026"), ("date", DATE)]),
            Some(90.0),
        ),
        (
            headers(&[
                ("retry-after", "Sun, 01 Mar 2026 00:00:00 GMT"),
                ("date", "Sat, 28 Feb 2026 23:59:58 GMT"),
            ]),
            Some(2.0),
        ),
        (
            headers(&[
                ("retry-after", "Thu, 01 Jan 2032 00:00:00 GMT"),
                ("date", "Wed, 31 Dec 2031 23:59:59 GMT"),
            ]),
            Some(1.0),
        ),
        (
            headers(&[
                ("retry-after", DATE),
                ("date", "Sun, 01 Mar 2026 00:01:30 GMT"),
            ]),
            Some(0.0),
        ),
        (headers(&[("retry-after", "0")]), Some(0.0)),
        (headers(&[("retry-after", "-1")]), None),
        (headers(&[("retry-after", "NaN")]), None),
        (headers(&[("retry-after", "")]), None),
        (
            headers(&[("retry-after", "Sun, 01 Mar 2026 00:01:30 GMT")]),
            None,
        ),
        (headers(&[]), None),
    ] {
        assert_eq!(
            retry_after(&found).map(|wait| wait.as_secs_f64()),
            expected,
            "{found:?}"
        );
    }
    assert_eq!(
        retry_after(&headers(&[("retry-after", "1e300")])),
        Some(Duration::MAX)
    );
}

#[test]
fn a_reset_counts_where_nothing_is_left_and_the_longest_of_several_counts() {
    let requests = |left: &'static str, text: &'static str| {
        [
            ("x-ratelimit-remaining-requests", left),
            ("x-ratelimit-reset-requests", text),
            ("date", DATE),
        ]
    };
    for (left, text, expected) in [
        ("0", "1s", Some(1.0)),
        ("0", "6m0s", Some(360.0)),
        ("0", "120ms", Some(0.12)),
        ("0", "1h2m3.5s", Some(3723.5)),
        ("0", "1d", Some(86400.0)),
        ("0", "37", Some(37.0)),
        ("0", " 0.5 ", Some(0.5)),
        ("0", "2026-03-01T00:00:42Z", Some(42.0)),
        ("0", "2026-02-28T00:00:42Z", Some(0.0)),
        ("0", "soon", None),
        ("0", "3 parsecs", None),
        ("0", "5x", None),
        ("0", "", None),
        ("0", "-5", None),
        ("0", "1e400", None),
        ("many", "1s", None),
        ("1", "1s", None),
        ("0.5", "1s", Some(1.0)),
        ("-1", "1s", Some(1.0)),
    ] {
        assert_eq!(
            reset(&headers(&requests(left, text))).map(|wait| wait.as_secs_f64()),
            expected,
            "{left} left, reset {text}"
        );
    }
    for limit in ["requests", "tokens", "input-tokens", "output-tokens"] {
        let (left, again) = (
            format!("anthropic-ratelimit-{limit}-remaining"),
            format!("anthropic-ratelimit-{limit}-reset"),
        );
        let own = [
            (left.as_str(), "0"),
            (again.as_str(), "2026-03-01T00:00:09Z"),
            ("date", DATE),
        ];
        assert_eq!(
            reset(&headers(&own)),
            Some(Duration::from_secs(9)),
            "{limit}"
        );
    }
    let both = [
        ("x-ratelimit-remaining-requests", "0"),
        ("x-ratelimit-reset-requests", "2s"),
        ("x-ratelimit-remaining-tokens", "0"),
        ("x-ratelimit-reset-tokens", "9s"),
    ];
    assert_eq!(reset(&headers(&both)), Some(Duration::from_secs(9)));
    assert_eq!(
        reset(&headers(&[("x-ratelimit-remaining-requests", "0")])),
        None,
        "a limit without a reset says nothing"
    );
}

proptest! {
    #[test]
    fn no_header_makes_the_reader_of_limits_panic(text in "(\\PC|[0-9.smhd:TZ -]){0,40}") {
        for name in ["retry-after", "retry-after-ms"] {
            let _ = retry_after(&headers(&[(name, &text), ("date", DATE)]));
            let _ = retry_after(&headers(&[(name, DATE), ("date", &text)]));
        }
        let _ = reset(&headers(&[
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", &text),
            ("date", DATE),
        ]));
        let _ = reset(&headers(&[
            ("x-ratelimit-remaining-requests", &text),
            ("x-ratelimit-reset-requests", "1s"),
        ]));
    }

    #[test]
    fn a_date_is_as_far_away_as_the_servers_own_clock_says(
        now in 0_u64..4_000_000_000,
        wait in 0_u64..1_000_000,
    ) {
        let date = |seconds| httpdate(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let answer = headers(&[("retry-after", &date(now + wait)), ("date", &date(now))]);
        prop_assert_eq!(retry_after(&answer), Some(Duration::from_secs(wait)));
    }
}

/// A time as HTTP writes it, independent of the crate that reads it.
fn httpdate(time: SystemTime) -> String {
    let seconds = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let (days, rest) = (seconds / 86400, seconds % 86400);
    // Howard Hinnant's civil_from_days, for days after the epoch.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][(days % 7) as usize];
    let name = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ][month as usize - 1];
    format!(
        "{weekday}, {day:02} {name} {year:04} {:02}:{:02}:{:02} GMT",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}
