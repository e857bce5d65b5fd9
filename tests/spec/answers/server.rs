//! A server on loopback that answers a request as data says.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;
use serde_json::{json, Value};
use wiremock::{Request, Respond, ResponseTemplate};

/// Where a wire has its fields, and how it says a thing.
#[derive(Clone, Debug, Deserialize)]
pub struct WireWords {
    shapes: BTreeMap<String, String>,
    /// The places of each field, as JSON pointers.
    #[serde(flatten)]
    fields: BTreeMap<String, Vec<String>>,
}

/// An answer, and the requests that get it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answer {
    has: Option<String>,
    above: Option<u64>,
    until: Option<usize>,
    status: Option<u16>,
    shape: Option<String>,
    raw: Option<String>,
    text: String,
    thought: String,
    before: String,
    after: String,
    #[serde(rename = "type")]
    content_type: Option<String>,
    #[serde(rename = "break")]
    line_break: Option<String>,
}

/// The answers of a case on a wire, to be given in turn.
pub struct Answers {
    answers: Vec<Answer>,
    words: WireWords,
    requests: AtomicUsize,
}

impl Answers {
    pub fn new(answers: &[Answer], words: &WireWords) -> Answers {
        Answers {
            answers: answers.to_vec(),
            words: words.clone(),
            requests: AtomicUsize::new(0),
        }
    }
}

impl WireWords {
    /// What a request has in a field's places.
    fn sent<'a>(&self, field: &str, request: &'a Value) -> Option<&'a Value> {
        let places = self.fields.get(field).unwrap_or_else(|| panic!("{field}"));
        places.iter().find_map(|place| request.pointer(place))
    }

    fn limit(&self, request: &Value) -> Option<u64> {
        self.sent("limit", request)?.as_u64()
    }
}

impl Answer {
    /// Whether the request of this number gets it.
    fn is_for(&self, request: &Value, number: usize, words: &WireWords) -> bool {
        let is_above = |most| words.limit(request).is_some_and(|limit| limit > most);
        let has = |field: &String| words.sent(field, request).is_some();
        self.has.as_ref().is_none_or(has)
            && self.above.is_none_or(is_above)
            && self.until.is_none_or(|until| number <= until)
    }

    /// The body for the request of this number.
    fn body(&self, request: &Value, number: usize, words: &WireWords) -> String {
        let limit = words
            .limit(request)
            .map_or_else(String::new, |limit| limit.to_string());
        let said = |text: &str| {
            text.replace("{n}", &number.to_string())
                .replace("{limit}", &limit)
        };
        let (text, thought) = (said(&self.text), said(&self.thought));
        let half = text.chars().count() / 2;
        let (first, rest): (String, String) = (
            text.chars().take(half).collect(),
            text.chars().skip(half).collect(),
        );
        let shape = self.shape.as_deref().unwrap_or("reply");
        let whole = self.raw.as_ref().unwrap_or_else(|| &words.shapes[shape]);
        let body = whole
            .replace("{n}", &number.to_string())
            .replace("$STATUS", &self.status.unwrap_or(200).to_string())
            .replace("$THOUGHT", &json!(thought).to_string())
            .replace("$FIRST", &json!(first).to_string())
            .replace("$REST", &json!(rest).to_string())
            .replace("$OBJECT", &text)
            .replace("$TEXT", &json!(text).to_string());
        let body = format!("{}{body}{}", self.before, self.after);
        match &self.line_break {
            Some(line_break) => body.replace('\n', line_break),
            None => body,
        }
    }
}

impl Respond for Answers {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let number = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
        let request: Value = request.body_json().expect("requests are JSON");
        let mut answers = self.answers.iter();
        let answer = answers.find(|answer| answer.is_for(&request, number, &self.words));
        let answer = answer.expect("the last answer of a case is for every request");
        ResponseTemplate::new(answer.status.unwrap_or(200)).set_body_raw(
            answer.body(&request, number, &self.words),
            answer.content_type.as_deref().unwrap_or("application/json"),
        )
    }
}
