//! What a model wrote, by kind: which of it is the reply.

use serde_json::Value;

use crate::proposer::reply;

/// What a model wrote, by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spoken {
    /// Its text.
    pub text: String,
    /// The arguments of the tools that it called. None is offered, so that a call is an answer.
    pub calls: Vec<String>,
    /// The words in which it declined.
    pub refusal: String,
    /// What it thought, where its server tells that apart.
    pub reasoning: String,
}

impl Spoken {
    /// The reply, and how it ended. The arguments of calls are the reply where no object stands in
    /// the text. Where there is neither, reasoning is none, and the ending is `reasoning`; unless it
    /// is one JSON object as a whole: then a server that misjudges where its model's thoughts end
    /// has put the answer there, since nobody thinks in an object.
    pub fn ended(self, finish: Option<&str>) -> (String, Option<String>) {
        if !self.refusal.trim().is_empty() {
            return (self.refusal, Some("refusal".to_owned()));
        }
        let finish = finish.map(str::to_owned);
        let mut text = self.text;
        if !self.calls.is_empty() && !text.contains('{') {
            if !text.trim().is_empty() {
                text.push('\n');
            }
            text.push_str(&self.calls.join("\n"));
        }
        let is_done = matches!(finish.as_deref(), None | Some("stop"));
        if !text.trim().is_empty() || self.reasoning.trim().is_empty() || !is_done {
            return (text, finish);
        }
        if reply::is_object(&self.reasoning) {
            return (self.reasoning, finish);
        }
        (text, Some("reasoning".to_owned()))
    }

    /// Adds the arguments of a call, which are an object or its text.
    pub fn call(&mut self, arguments: Option<&Value>) {
        let arguments = match arguments {
            Some(Value::String(text)) => text.clone(),
            Some(object @ Value::Object(_)) => object.to_string(),
            _ => return,
        };
        if !matches!(arguments.trim(), "" | "{}") {
            self.calls.push(arguments);
        }
    }

    /// Adds a text in any of the forms in which servers write it: a string, a part, or a list of
    /// both. Parts of unknown kinds are passed over.
    pub fn content(&mut self, content: Option<&Value>) {
        match content {
            Some(Value::String(text)) => self.text.push_str(text),
            Some(Value::Array(parts)) => parts.iter().for_each(|part| self.content(Some(part))),
            Some(part @ Value::Object(_)) => self.part(part),
            _ => {}
        }
    }

    fn part(&mut self, part: &Value) {
        let words = |key: &str| match part.get(key) {
            Some(Value::Object(text)) => text.get("value").and_then(Value::as_str),
            other => other.and_then(Value::as_str),
        };
        let kind = part.get("type").and_then(Value::as_str);
        match kind {
            // The answer's object in the place of its text.
            None if part.get("text").is_none() => self.text.push_str(&part.to_string()),
            None | Some("" | "text" | "output_text") => {
                self.text.push_str(words("text").unwrap_or_default());
            }
            Some("refusal") => self.refusal.push_str(words("refusal").unwrap_or_default()),
            Some("thinking" | "reasoning" | "reasoning_text" | "summary_text") => {
                let said = words("thinking").or(words("text")).or(words("reasoning"));
                self.reasoning.push_str(said.unwrap_or_default());
            }
            _ => {}
        }
    }
}
