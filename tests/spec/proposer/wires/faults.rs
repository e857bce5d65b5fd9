//! What is read out of errors.

use std::time::Duration;

use motherlode::proposer::llm::wire::fault::{self, Period, Quota};
use motherlode::proposer::llm::wire::Fault;
use serde_json::{json, Value};

fn google(message: &str, status: &str, details: &Value) -> String {
    json!({"error": {"code": 429, "message": message, "status": status, "details": details}})
        .to_string()
}

#[test]
fn every_provider_tells_its_errors_in_its_own_way() {
    let bad_key = json!([
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "API_KEY_INVALID",
            "domain": "googleapis.com"
        },
        {
            "@type": "type.googleapis.com/google.rpc.LocalizedMessage",
            "locale": "en-US",
            "message": "API key not valid."
        }
    ]);
    let bad_field = json!([{
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{"field": "generation_config", "description": "d"}]
    }]);
    for (body, message, kind, code, param, reason) in [
        (
            concat!(
                r#"{"error": {"message": "bad", "type": "invalid_request_error", "#,
                r#""param": "temperature", "code": "unsupported_value"}}"#,
            ),
            "bad",
            "invalid_request_error",
            "unsupported_value",
            "temperature",
            "",
        ),
        (
            concat!(
                r#"{"error": {"message": "You exceeded your current quota", "#,
                r#""type": "insufficient_quota", "param": null, "code": "insufficient_quota"}}"#,
            ),
            "You exceeded your current quota",
            "insufficient_quota",
            "insufficient_quota",
            "",
            "",
        ),
        (
            r#"{"error": {"message": "Slow down", "type": "requests", "code": "slow_down"}}"#,
            "Slow down",
            "requests",
            "slow_down",
            "",
            "",
        ),
        (
            concat!(
                r#"{"type": "error", "error": {"type": "overloaded_error", "#,
                r#""message": "Overloaded"}, "request_id": "req_1"}"#,
            ),
            "Overloaded",
            "overloaded_error",
            "",
            "",
            "",
        ),
        (
            concat!(
                r#"{"type": "error", "error": {"details": null, "type": "rate_limit_error", "#,
                r#""message": "Rate limited"}}"#,
            ),
            "Rate limited",
            "rate_limit_error",
            "",
            "",
            "",
        ),
        (
            concat!(
                r#"{"type": "error", "error": {"type": "rate_limit_error", "message": "Limit", "#,
                r#""details": {"error_code": "enforced_spend_limit_reached"}}}"#,
            ),
            "Limit",
            "rate_limit_error",
            "enforced_spend_limit_reached",
            "",
            "",
        ),
        (
            r#"{"type": "error", "error": {"type": "billing_error", "message": "Pay"}}"#,
            "Pay",
            "billing_error",
            "",
            "",
            "",
        ),
        (
            &json!({
                "error": {
                    "code": 400,
                    "message": "API key not valid.",
                    "status": "INVALID_ARGUMENT",
                    "details": bad_key
                }
            })
            .to_string(),
            "API key not valid.",
            "INVALID_ARGUMENT",
            "400",
            "",
            "API_KEY_INVALID",
        ),
        (
            &json!([{
                "error": {
                    "code": 400,
                    "message": "Unknown name",
                    "status": "INVALID_ARGUMENT",
                    "details": bad_field
                }
            }])
            .to_string(),
            "Unknown name",
            "INVALID_ARGUMENT",
            "400",
            "generation_config",
            "",
        ),
        (
            concat!(
                r#"[{"candidates": []}, {"error": {"code": 503, "#,
                r#""message": "The model is overloaded.", "status": "UNAVAILABLE"}}]"#,
            ),
            "The model is overloaded.",
            "UNAVAILABLE",
            "503",
            "",
            "",
        ),
        (
            concat!(
                r#"{"object": "error", "message": "too long", "type": "BadRequestError", "#,
                r#""param": null, "code": 400}"#,
            ),
            "too long",
            "BadRequestError",
            "400",
            "",
            "",
        ),
        (
            r#"{"error": "model 'x' not found"}"#,
            "model 'x' not found",
            "",
            "",
            "",
            "",
        ),
        (
            r#"{"error": "busy", "code": "queue_full"}"#,
            "busy",
            "",
            "queue_full",
            "",
            "",
        ),
        (r#"{"detail": "Not Found"}"#, "Not Found", "", "", "", ""),
        (
            r#"{"error": {"code": 402, "message": "Insufficient credits"}, "user_id": "u"}"#,
            "Insufficient credits",
            "",
            "402",
            "",
            "",
        ),
        (
            &json!({
                "error": {
                    "message": "Provider returned error",
                    "code": 400,
                    "metadata": {
                        "provider_name": "OpenAI",
                        "raw": json!({
                            "error": {
                                "message": "Unsupported parameter: 'temperature'",
                                "type": "invalid_request_error",
                                "param": "temperature",
                                "code": null
                            }
                        }).to_string()
                    }
                }
            })
            .to_string(),
            "Provider returned error: Unsupported parameter: 'temperature'",
            "invalid_request_error",
            "400",
            "temperature",
            "",
        ),
        (
            concat!(
                r#"{"error": {"message": "Provider returned error", "code": 429, "#,
                r#""metadata": {"raw": "z-ai is rate-limited upstream.", "provider_name": "B"}}}"#,
            ),
            "Provider returned error: z-ai is rate-limited upstream.",
            "",
            "429",
            "",
            "",
        ),
        (r#""out of order""#, "out of order", "", "", "", ""),
        (
            "<html>bad\ngateway</html>",
            "<html>bad gateway</html>",
            "",
            "",
            "",
            "",
        ),
        (
            "{\"error\": {\"message\"",
            "{\"error\": {\"message\"",
            "",
            "",
            "",
            "",
        ),
        ("", "", "", "", "", ""),
        ("null", "null", "", "", "", ""),
        ("[]", "[]", "", "", "", ""),
        (r#"{"error": null}"#, r#"{"error":null}"#, "", "", "", ""),
        (
            r#"{"error": {"message": ""}}"#,
            r#"{"error":{"message":""}}"#,
            "",
            "",
            "",
            "",
        ),
    ] {
        let own = str::to_owned;
        let expected = Fault {
            message: own(message),
            kind: own(kind),
            code: own(code),
            param: own(param),
            reason: own(reason),
            ..Fault::default()
        };
        assert_eq!(fault::read(body), expected, "{body}");
    }
}

#[test]
fn googles_quota_tells_whether_waiting_helps_and_how_long() {
    let exhausted = "You exceeded your current quota, please check your plan and billing details. \
        For more information on this error, head to: \
        https://ai.google.dev/gemini-api/docs/rate-limits. To monitor your current usage, head \
        to: https://ai.dev/rate-limit.";
    let metric = "generativelanguage.googleapis.com/generate_content_free_tier_requests";
    let limit = |limit: &str| {
        format!(
            "{exhausted} \n* Quota exceeded for metric: {metric}, limit: {limit}, model: \
            gemini-3.1-pro\nPlease retry in 36.4s."
        )
    };
    let failure = |ids: &[&str], value: Value| {
        let violations: Vec<Value> = ids
            .iter()
            .map(|id| json!({"quotaMetric": metric, "quotaId": id, "quotaValue": value}))
            .collect();
        json!([
            {
                "@type": "type.googleapis.com/google.rpc.Help",
                "links": [{"description": "d", "url": "u"}]
            },
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": violations},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "36s"}
        ])
    };
    let info = json!([{
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "RATE_LIMIT_EXCEEDED",
        "metadata": {
            "quota_limit_value": "0",
            "quota_limit": "GenerateContentRequestsPerMinutePerProjectPerRegion"
        }
    }]);
    let (day, minute) = (
        "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
        "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
    );
    let (tokens_day, unknown) = (
        "GenerateContentInputTokensPerModelPerDay-FreeTier",
        "GenerateRequests",
    );
    for (message, details, expected) in [
        (
            limit("20"),
            failure(&[day], json!("20")),
            Some((Some(Period::Day), false)),
        ),
        (
            limit("6000000"),
            failure(&[tokens_day], json!("6000000")),
            Some((Some(Period::Day), false)),
        ),
        (
            limit("10"),
            failure(&[minute], json!("10")),
            Some((Some(Period::Minute), false)),
        ),
        (
            limit("10"),
            failure(&[minute, day], json!("10")),
            Some((Some(Period::Day), false)),
        ),
        (
            limit("0"),
            failure(&[day], json!(null)),
            Some((Some(Period::Day), true)),
        ),
        (
            limit("0"),
            failure(&[minute], json!(null)),
            Some((Some(Period::Minute), true)),
        ),
        (
            exhausted.to_owned(),
            failure(&[day], json!("0")),
            Some((Some(Period::Day), true)),
        ),
        (
            exhausted.to_owned(),
            failure(&[day], json!(0)),
            Some((Some(Period::Day), true)),
        ),
        (
            exhausted.to_owned(),
            failure(&[unknown], json!("5")),
            Some((None, false)),
        ),
        (
            exhausted.to_owned(),
            info,
            Some((Some(Period::Minute), true)),
        ),
        (limit("0"), json!([]), Some((None, true))),
        (limit("0.5"), json!([]), None),
        (limit("05"), json!([]), None),
        (
            format!("{exhausted} limit: 0."),
            json!(null),
            Some((None, true)),
        ),
        (
            "Quota exceeded for quota metric 'Requests' and limit 'Requests per day'".to_owned(),
            json!(null),
            Some((Some(Period::Day), false)),
        ),
        (
            "Quota exceeded for quota metric 'Requests per minute'".to_owned(),
            json!([]),
            Some((Some(Period::Minute), false)),
        ),
        (
            "Rate limit exceeded: free-models-per-day. Add 10 credits".to_owned(),
            json!(null),
            Some((Some(Period::Day), false)),
        ),
        (
            "Rate limit reached for gpt-5.4 on requests per day (RPD): Limit 10000, Used 10000. \
             Please try again in 8.64s."
                .to_owned(),
            json!(null),
            None,
        ),
        (exhausted.to_owned(), json!(null), None),
        (
            "Resource has been exhausted (e.g. check quota).".to_owned(),
            json!([{"violations": "many"}, 3, null]),
            None,
        ),
    ] {
        let body = google(&message, "RESOURCE_EXHAUSTED", &details);
        let fault = fault::read(&body);
        assert_eq!(
            fault.quota,
            expected.map(|(period, zero)| Quota { period, zero }),
            "{body}"
        );
        assert_eq!(
            fault::read(&format!("[{body}]")),
            fault,
            "the same in a list"
        );
        assert_eq!(
            (fault.kind.as_str(), fault.code.as_str()),
            ("RESOURCE_EXHAUSTED", "429")
        );
    }
}

#[test]
fn google_asks_for_a_wait_in_seconds() {
    for (delay, expected) in [
        (json!("37s"), Some(Duration::from_secs(37))),
        (json!("1.5s"), Some(Duration::from_millis(1500))),
        (json!("0s"), Some(Duration::ZERO)),
        (json!("65205s"), Some(Duration::from_secs(65205))),
        (json!("1e300s"), Some(Duration::MAX)),
        (json!("-3s"), None),
        (json!("infs"), None),
        (json!("NaNs"), None),
        (json!("soon"), None),
        (json!("37"), None),
        (json!(37), None),
        (json!(null), None),
    ] {
        let details =
            json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}]);
        assert_eq!(
            fault::read(&google("wait", "RESOURCE_EXHAUSTED", &details)).retry_delay,
            expected,
            "{delay}"
        );
    }
}
