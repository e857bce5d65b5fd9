//! The formula language. The tables beside it are made by the Python programs of their names.

mod canonical;
mod constants;
mod coupled;
mod derivative;
mod document;
mod equation;
mod errors;
mod export;
mod export_comments;
mod fingerprints;
mod grammar;
mod hostile;
mod library;
mod program;
mod values;

use motherlode_formula::Formula;

/// The formula of `text`, which must have one.
fn formula(text: &str) -> Formula {
    Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}\n{}", error.caret(text)))
}

fn close(found: f64, wanted: f64, tolerance: f64) -> bool {
    found == wanted
        || (found - wanted).abs() <= tolerance * (1.0 + wanted.abs())
        || found.is_nan() && wanted.is_nan()
}
