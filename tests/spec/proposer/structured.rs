//! Structured output, and the other wishes that a model may refuse.

use motherlode::numerics::stop::Stop;
use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::llm::Llm;
use motherlode::proposer::{prompt, Proposer};
use motherlode::record::charter::{ModelSetting, Structured};
use motherlode::record::ledger::{Call, CallOutcome};
use serde_json::{json, Value};
use wiremock::ResponseTemplate;

use super::brief;
use super::ensemble::attempt;
use super::purse::Notebook;
use super::servers::{ask, fails, formula, free, llm, Server};

/// Where each wire keeps the form of its answer.
const FORMS: [(Provider, &str, &str); 6] = [
    (
        Provider::OpenAi,
        "/response_format/json_schema/schema",
        "/response_format",
    ),
    (Provider::OpenAiResponses, "/text/format/schema", "/text"),
    (
        Provider::Anthropic,
        "/output_config/format/schema",
        "/output_config",
    ),
    (
        Provider::Gemini,
        "/generationConfig/responseJsonSchema",
        "/generationConfig/responseJsonSchema",
    ),
    (
        Provider::OpenRouter,
        "/response_format/json_schema/schema",
        "/response_format",
    ),
    (
        Provider::Compatible,
        "/response_format/json_schema/schema",
        "/response_format",
    ),
];

fn refuses(field: &str) -> ResponseTemplate {
    fails(400, "", &format!("{field} is not supported by this model"))
}

/// What the requests to a server asked for as `response_format`: `json_schema`, `json_object` or
/// `none`.
fn forms(server: &Server) -> Vec<String> {
    server
        .bodies()
        .iter()
        .map(|body| {
            body.pointer("/response_format/type")
                .and_then(Value::as_str)
                .unwrap_or("none")
                .to_owned()
        })
        .collect()
}

#[test]
fn a_reply_is_held_to_the_schema_of_what_is_asked_for() {
    for (provider, place, _) in FORMS {
        let server = Server::answering(vec![formula(provider)]);
        let llm = llm(vec![free(&server.model(provider))]);
        ask(&llm).0.unwrap();
        assert_eq!(
            server.bodies()[0].pointer(place),
            Some(&prompt::schema(&brief(3))),
            "{provider:?}"
        );
    }
    let one = prompt::schema(&brief(3));
    assert_eq!(
        one["required"],
        json!(["rationale", "name", "formula"]),
        "a strict schema requires all it has, thoughts first"
    );
    assert_eq!(
        (&one["additionalProperties"], &one["properties"]["formula"]),
        (&json!(false), &json!({"type": "string"}))
    );
    let mut several = brief(3);
    several.instructions.formulas = 4;
    let schema = prompt::schema(&several);
    assert_eq!(
        (
            &schema["properties"]["functions"]["type"],
            &schema["properties"]["functions"]["items"]
        ),
        (&json!("array"), &one)
    );
}

#[test]
fn a_schema_that_is_refused_becomes_any_object_and_then_nothing_and_the_model_is_remembered_for_it()
{
    let server = Server::answering(vec![
        refuses("response_format"),
        refuses("response_format"),
        formula(Provider::Compatible),
    ]);
    let llm = llm(vec![free(&server.model(Provider::Compatible))]);
    let (reply, purse) = ask(&llm);
    assert!(reply.is_ok());
    assert_eq!(
        purse.outcomes(),
        [
            CallOutcome::FieldRefused,
            CallOutcome::FieldRefused,
            CallOutcome::Answered
        ]
    );
    assert_eq!(forms(&server), ["json_schema", "json_object", "none"]);
    ask(&llm).0.unwrap();
    assert_eq!(forms(&server)[3], "none", "it is not asked for again");
}

/// The calls in which a server refused its schema, and the setting of its model.
fn taught(server: &Server) -> (Vec<Call>, ModelSetting) {
    let setting = free(&server.model(Provider::Compatible));
    let (_, purse) = ask(&llm(vec![setting.clone()]));
    (purse.calls(), setting)
}

#[test]
fn what_earlier_calls_found_is_known_before_the_first() {
    let server = Server::answering(vec![refuses("json_schema"), formula(Provider::Compatible)]);
    let (calls, setting) = taught(&server);
    let others: Vec<Call> = calls
        .iter()
        .map(|call| Call {
            model: "openai:other".to_owned(),
            ..call.clone()
        })
        .collect();
    let after = |teach: &dyn Fn(&Llm)| {
        let llm = llm(vec![setting.clone()]);
        teach(&llm);
        ask(&llm).0.unwrap();
        forms(&server).pop().unwrap()
    };
    assert_eq!(after(&|_| ()), "json_schema", "nothing was learnt");
    assert_eq!(
        after(&|llm| llm.recall(&calls)),
        "json_object",
        "from earlier campaigns"
    );
    assert_eq!(
        after(&|llm| llm.learn(&attempt(1, calls.clone(), None))),
        "json_object",
        "from settled attempts"
    );
    assert_eq!(
        after(&|llm| llm.recall(&others)),
        "json_schema",
        "what holds for one model says nothing of another"
    );
}

#[test]
fn a_user_may_ask_for_less_form_than_a_schema() {
    for (structured, expected) in [
        (Structured::JsonSchema, "json_schema"),
        (Structured::JsonObject, "json_object"),
        (Structured::None, "none"),
    ] {
        let server = Server::answering(vec![formula(Provider::Compatible)]);
        ask(&llm(vec![ModelSetting {
            structured,
            ..free(&server.model(Provider::Compatible))
        }]))
        .0
        .unwrap();
        assert_eq!(forms(&server), [expected]);
    }
    for (provider, _, place) in FORMS {
        let server = Server::answering(vec![formula(provider)]);
        ask(&llm(vec![ModelSetting {
            structured: Structured::None,
            ..free(&server.model(provider))
        }]))
        .0
        .unwrap();
        assert_eq!(server.bodies()[0].pointer(place), None, "{provider:?}");
    }
}

#[test]
fn what_the_user_did_not_set_is_not_sent() {
    for (provider, names) in [
        (
            Provider::OpenAi,
            vec![
                "max_completion_tokens",
                "messages",
                "model",
                "response_format",
                "stream",
            ],
        ),
        (
            Provider::OpenAiResponses,
            vec![
                "input",
                "instructions",
                "max_output_tokens",
                "model",
                "store",
                "stream",
                "text",
            ],
        ),
        (
            Provider::Anthropic,
            vec![
                "max_tokens",
                "messages",
                "model",
                "output_config",
                "stream",
                "system",
            ],
        ),
        (
            Provider::Gemini,
            vec!["contents", "generationConfig", "systemInstruction"],
        ),
        (
            Provider::OpenRouter,
            vec![
                "max_tokens",
                "messages",
                "model",
                "response_format",
                "stream",
                "usage",
            ],
        ),
        (
            Provider::Compatible,
            vec![
                "max_tokens",
                "messages",
                "model",
                "response_format",
                "stream",
            ],
        ),
    ] {
        let server = Server::answering(vec![formula(provider)]);
        ask(&llm(vec![free(&server.model(provider))])).0.unwrap();
        let body = &server.bodies()[0];
        let mut sent: Vec<&String> = body.as_object().unwrap().keys().collect();
        sent.sort();
        assert_eq!(sent, names, "{provider:?}");
        let text = body.to_string();
        assert!(
            !["temperature", "effort", "tier", "thinking"]
                .iter()
                .any(|wish| text.contains(&format!("\"{wish}"))),
            "{provider:?}"
        );
    }
}

#[test]
fn what_the_user_set_is_sent_where_the_wire_has_it() {
    for (provider, temperature, effort, tier) in [
        (
            Provider::OpenAi,
            "/temperature",
            "/reasoning_effort",
            "/service_tier",
        ),
        (
            Provider::OpenAiResponses,
            "/temperature",
            "/reasoning/effort",
            "/service_tier",
        ),
        (
            Provider::Anthropic,
            "/temperature",
            "/output_config/effort",
            "/service_tier",
        ),
        (
            Provider::Gemini,
            "/generationConfig/temperature",
            "/generationConfig/thinkingConfig/thinkingLevel",
            "/service_tier",
        ),
        (
            Provider::OpenRouter,
            "/temperature",
            "/reasoning_effort",
            "/service_tier",
        ),
        (
            Provider::Compatible,
            "/temperature",
            "/reasoning_effort",
            "/service_tier",
        ),
    ] {
        let server = Server::answering(vec![formula(provider)]);
        let setting = ModelSetting {
            temperature: Some(0.7),
            effort: Some("low".to_owned()),
            tier: Some("flex".to_owned()),
            most_tokens: 1234,
            ..free(&server.model(provider))
        };
        ask(&llm(vec![setting])).0.unwrap();
        let body = &server.bodies()[0];
        let at = |place: &str| body.pointer(place).cloned().unwrap_or_default();
        assert_eq!(
            (at(temperature), at(effort), at(tier)),
            (json!(0.7), json!("low"), json!("flex")),
            "{provider:?}"
        );
        assert!(body.to_string().contains("1234"), "{provider:?}");
    }
}

#[test]
fn a_refused_field_is_dropped_and_the_model_remembered_for_it() {
    let refusal = ResponseTemplate::new(400).set_body_json(json!({"error": {
        "message": "Unsupported value: 'temperature' does not support 0.7 with this model.",
        "type": "invalid_request_error", "param": "temperature", "code": "unsupported_value"
    }}));
    let server = Server::answering(vec![refusal, formula(Provider::OpenAi)]);
    let llm = llm(vec![ModelSetting {
        temperature: Some(0.7),
        ..free(&server.model(Provider::OpenAi))
    }]);
    let (_, purse) = ask(&llm);
    assert_eq!(purse.calls()[0].refused_fields, ["temperature"]);
    ask(&llm).0.unwrap();
    let temperatures: Vec<bool> = server
        .bodies()
        .iter()
        .map(|body| body.get("temperature").is_some())
        .collect();
    assert_eq!(temperatures, [true, false, false]);
}

#[test]
fn a_refused_limit_of_tokens_is_sent_under_its_other_name() {
    let refusal = fails(
        400,
        "",
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
         'max_completion_tokens' instead.",
    );
    let server = Server::answering(vec![refusal, formula(Provider::Compatible)]);
    ask(&llm(vec![free(&server.model(Provider::Compatible))]))
        .0
        .unwrap();
    assert_eq!(server.bodies()[1]["max_completion_tokens"], 8192);
    assert!(server.bodies()[1].get("max_tokens").is_none());
}

#[test]
fn fields_that_are_refused_one_after_the_other_cost_no_tries() {
    let refusals = [
        "temperature",
        "reasoning_effort",
        "service_tier",
        "json_schema",
        "json_object",
    ]
    .map(refuses);
    let server = Server::answering(
        [
            refusals.as_slice(),
            &[fails(503, "", "busy"), formula(Provider::Compatible)],
        ]
        .concat(),
    );
    let setting = ModelSetting {
        temperature: Some(0.7),
        effort: Some("low".to_owned()),
        tier: Some("flex".to_owned()),
        ..free(&server.model(Provider::Compatible))
    };
    let purse = Notebook::generous();
    assert!(llm(vec![setting])
        .ask(&brief(3), &purse, &Stop::new())
        .is_ok());
    assert_eq!(purse.calls().len(), 7);
}
