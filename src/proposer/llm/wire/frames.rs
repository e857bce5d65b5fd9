//! How a body is framed: one JSON value, or a stream of events, as `data:` lines or as a value a
//! line. Servers and proxies stream whether they are asked to or not.

use serde_json::{json, Value};

/// The mark that ends a stream; some servers send it behind a plain answer too.
const DONE: &str = "[DONE]";

/// What a body holds.
pub(super) enum Frames {
    /// One value.
    Whole(Value),
    /// Events.
    Stream(Stream),
}

/// The events of a stream in their order.
#[derive(Default)]
pub(super) struct Stream {
    pub events: Vec<StreamEvent>,
    /// Whether the mark stood at its end.
    pub done: bool,
}

/// An event of a stream.
pub(super) struct StreamEvent {
    /// Its name; empty where it has none.
    pub name: String,
    pub value: Value,
}

impl StreamEvent {
    /// What kind of event it is: as it says itself, else its name.
    pub fn kind(&self) -> &str {
        let kind = self.value.get("type").and_then(Value::as_str);
        kind.unwrap_or(&self.name)
    }
}

/// Reads the frames of a body; the error is one line on why there are none.
pub(super) fn frames(body: &str) -> Result<Frames, String> {
    let body = body.trim_start_matches('\u{feff}').trim();
    let error = match serde_json::from_str(body) {
        Ok(value) => return Ok(Frames::Whole(value)),
        Err(error) => error,
    };
    let without = without_non_numbers(body);
    if without != body {
        return frames(&without);
    }
    if let Some(frames) = values(body) {
        return Ok(frames);
    }
    let body = body.replace("\r\n", "\n");
    let mut lines = body.split(['\n', '\r']);
    if !lines.clone().any(|line| line.starts_with("data:")) {
        return Err(format!("the server's answer is no JSON: {error}"));
    }
    let mut events = Reader::default();
    lines.try_for_each(|line| events.line(line))?;
    events.dispatch()?;
    if events.stream.events.is_empty() {
        return Err("the server's answer is a stream without an event".to_owned());
    }
    Ok(Frames::Stream(events.stream))
}

/// A body in which the numbers that are none, which Python's JSON writes, are `null` outside of
/// strings.
fn without_non_numbers(body: &str) -> String {
    let words = ["-Infinity", "Infinity", "NaN"];
    if !words.iter().any(|word| body.contains(word)) {
        return body.to_owned();
    }
    let (mut without, mut rest, mut inside) = (String::with_capacity(body.len()), body, false);
    while let Some(next) = rest.chars().next() {
        let word = words
            .iter()
            .find(|word| !inside && rest.starts_with(**word));
        let length = word.map_or(next.len_utf8(), |word| word.len());
        // What is escaped in a string does not end it.
        let escaped = if inside && next == '\\' {
            rest.chars().nth(1)
        } else {
            None
        };
        let length = length + escaped.map_or(0, char::len_utf8);
        without.push_str(if word.is_some() {
            "null"
        } else {
            &rest[..length]
        });
        inside ^= next == '"';
        rest = &rest[length..];
    }
    without
}

/// Values one after another, with or without the mark behind them.
fn values(body: &str) -> Option<Frames> {
    let mut found = serde_json::Deserializer::from_str(body).into_iter::<Value>();
    let mut events = Vec::new();
    let mut end = 0;
    while let Some(Ok(value)) = found.next() {
        events.push(StreamEvent {
            name: String::new(),
            value,
        });
        end = found.byte_offset();
    }
    let rest = body[end..].trim();
    let done = data(rest) == DONE;
    if events.is_empty() || !(done || rest.is_empty()) {
        return None;
    }
    if events.len() == 1 {
        return events.pop().map(|event| Frames::Whole(event.value));
    }
    Some(Frames::Stream(Stream { events, done }))
}

/// What stands behind `data:`, which careless proxies write twice.
fn data(mut line: &str) -> &str {
    while let Some(rest) = line.strip_prefix("data:") {
        line = rest.trim();
    }
    line
}

/// Takes the lines of a stream of events.
#[derive(Default)]
struct Reader {
    name: String,
    data: String,
    stream: Stream,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        let words = data(line);
        if words == DONE {
            self.stream.done = true;
            return self.dispatch();
        }
        if line.is_empty() {
            return self.dispatch();
        }
        if line.starts_with("data:") {
            self.data.push_str(words);
            self.data.push('\n');
        } else if let Some(name) = line.strip_prefix("event:") {
            name.trim().clone_into(&mut self.name);
        } else if line.trim_start().starts_with('{') {
            // Servers that fail in the midst of a stream send their error so.
            self.dispatch()?;
            line.clone_into(&mut self.data);
            self.dispatch()?;
        }
        Ok(())
    }

    /// Ends an event. Several values in one are several: some servers leave out the blank line.
    fn dispatch(&mut self) -> Result<(), String> {
        let (name, data) = (
            std::mem::take(&mut self.name),
            std::mem::take(&mut self.data),
        );
        let data = data.trim();
        if !data.starts_with(['{', '[']) {
            // Others are signs of life, such as `ping`.
            if name == "error" && !data.is_empty() {
                let value = json!({"error": data});
                self.stream.events.push(StreamEvent { name, value });
            }
            return Ok(());
        }
        for value in serde_json::Deserializer::from_str(data).into_iter::<Value>() {
            let value = value.map_err(|error| {
                format!("the stream breaks off within an event, which is no JSON: {error}")
            })?;
            let name = name.clone();
            self.stream.events.push(StreamEvent { name, value });
        }
        Ok(())
    }
}
