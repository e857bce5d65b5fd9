//! What stands at a place of a JSON value, as far as careless servers can be believed.

use serde_json::Value;

/// No call has more tokens than this; a larger count is none.
const MOST_TOKENS: f64 = 1e9;

/// The count of tokens at `pointer`, which careless servers write as a float or as text; `None`
/// where it is no possible one.
pub(super) fn count(value: &Value, pointer: &str) -> Option<u64> {
    let count = number(value, pointer)?;
    (count.fract() == 0.0 && (0.0..=MOST_TOKENS).contains(&count)).then_some(count as u64)
}

/// The number at `pointer`, be it written as text.
pub(super) fn number(value: &Value, pointer: &str) -> Option<f64> {
    match value.pointer(pointer)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The text at `pointer`, where there is one that says anything.
pub(super) fn word<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value
        .pointer(pointer)?
        .as_str()
        .filter(|word| !word.is_empty())
}

/// What stands under `key`, where that is not null.
pub(super) fn present<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.get(key).filter(|found| !found.is_null())
}
