//! What known activation a formula is, or is close to: in words for people, in fields for programs.

use serde_json::{json, Value};

use crate::formula::library::{self, Neighbour};
use crate::formula::Formula;

/// Farther than this a formula is not said to be close.
const CLOSE: f64 = 0.05;
/// Nearer than this the difference is rounding.
pub const EQUAL: f64 = 1e-9;

/// `silu` where it is that; how far it is from the nearest where that is close; empty where nothing
/// is.
pub fn words(formula: &Formula) -> String {
    let nearest = library::nearest(formula);
    if let Some(same) = nearest.same {
        return same.name.clone();
    }
    let close = |neighbour: &Neighbour| neighbour.distance <= CLOSE;
    match (nearest.plain.filter(close), nearest.scaled.filter(close)) {
        (Some(plain), _) if plain.distance <= EQUAL && formula.parameters().is_empty() => {
            format!("{} from -5 to 5", plain.activation.name)
        }
        (Some(plain), _) if plain.distance <= EQUAL => {
            format!("starts as {}", plain.activation.name)
        }
        (Some(plain), Some(scaled)) if plain.distance <= 2.0 * scaled.distance => away(&plain, ""),
        (_, Some(scaled)) if scaled.distance <= EQUAL => {
            format!("{}, scaled and shifted", scaled.activation.name)
        }
        (_, Some(scaled)) => away(&scaled, ", scaled and shifted"),
        (Some(plain), None) => away(&plain, ""),
        (None, None) => String::new(),
    }
}

fn away(neighbour: &Neighbour, how: &str) -> String {
    format!(
        "{:.0e} away from {}{how}",
        neighbour.distance, neighbour.activation.name
    )
}

/// `words`, and where nothing is close the distance of the nearest all the same: a model may
/// recite, and a reader wants to see that it did not.
pub fn distance_of(printed: &str) -> String {
    let Ok(formula) = Formula::parse(printed) else {
        return String::new();
    };
    let close = words(&formula);
    match library::nearest(&formula).plain {
        Some(plain) if close.is_empty() => format!("none close; {}", away(&plain, "")),
        _ => close,
    }
}

/// `words` of a formula as records carry it; empty where this version does not read it.
pub fn words_of(printed: &str) -> String {
    Formula::parse(printed).map_or_else(|_| String::new(), |formula| words(&formula))
}

/// `{"name", "distance", "same", "up_to_scale_and_shift": {"name", "distance"}}`, the names of the
/// closest activations; `null` for what has none.
pub fn fields(formula: &Formula) -> Value {
    let nearest = library::nearest(formula);
    let of = |neighbour: &Neighbour| {
        json!({ "name": neighbour.activation.name,
    "distance": neighbour.distance })
    };
    let mut fields = nearest
        .plain
        .as_ref()
        .map_or_else(|| json!({ "name": null, "distance": null }), of);
    if let Some(same) = nearest.same {
        fields = json!({ "name": same.name, "distance": 0.0 });
    }
    fields["same"] = json!(nearest.same.is_some());
    fields["up_to_scale_and_shift"] = nearest.scaled.as_ref().map_or(Value::Null, of);
    fields
}

/// `fields` of a formula as records carry it; `null` where this version does not read it.
pub fn fields_of(printed: &str) -> Value {
    Formula::parse(printed).map_or(Value::Null, |formula| fields(&formula))
}
