//! The settings of a campaign as a check-up shows them.

use serde_json::{json, Value};

use crate::cli::common::shortened;
use crate::cli::table::table;
use crate::record::charter::Charter;

/// What a campaign with these settings would be, in one line.
pub fn settings(charter: &Charter, workers: usize) -> String {
    let budget = charter.asking.as_ref().map_or_else(String::new, |asking| {
        format!(", budget {}", asking.budget.words())
    });
    format!(
        "proposer {}, lab {}, target {}, {} attempts, seed {}, {workers} workers{budget}",
        charter.proposer, charter.lab, charter.target, charter.attempts, charter.seed
    )
}

/// Every setting as it would be used.
pub fn effective(charter: &Charter, workers: usize) -> Value {
    let mut settings = json!(charter);
    for noise in ["lab_definition", "created", "version", "campaign"] {
        settings
            .as_object_mut()
            .map(|settings| settings.shift_remove(noise));
    }
    if let Some(asking) = &charter.asking {
        settings["asking"]["budget"] = crate::cli::spend::budget(&asking.budget);
    }
    settings["workers"] = json!(workers);
    settings
}

/// Settings as people read them: one a row, those within others by their paths.
pub fn settings_table(settings: &Value) -> String {
    let mut rows = table(&["setting", "value"]);
    let mut waiting = vec![(String::new(), settings)];
    while let Some((path, value)) = waiting.pop() {
        let below = |key: &str| {
            if path.is_empty() {
                key.to_owned()
            } else {
                format!("{path}.{key}")
            }
        };
        match value {
            // The last that waits comes next.
            Value::Object(fields) => {
                waiting.extend(fields.iter().rev().map(|(key, value)| (below(key), value)))
            }
            Value::Array(items) if items.iter().any(Value::is_object) => {
                waiting.extend(
                    items
                        .iter()
                        .enumerate()
                        .rev()
                        .map(|(index, value)| (below(&(index + 1).to_string()), value)),
                );
            }
            Value::Null => {}
            Value::String(text) => {
                rows.add_row([path, shortened(text)]);
            }
            value => {
                rows.add_row([path, value.to_string()]);
            }
        }
    }
    rows.to_string()
}
