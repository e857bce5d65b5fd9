//! Names as authors of formulas spell them: library prefixes, other names of a function, and what
//! is near to a name that is none.

use super::callee::{self, Callee};
use super::{advice, coupling};
use crate::error::FormulaErrorKind;
use crate::function::Function;
use crate::nearest::nearest;
use crate::published;

/// What may stand before a function or constant, in front of its last `.` or `::`.
const PREFIXES: &[&str] = &[
    "jnp",
    "np",
    "numpy",
    "jax.numpy",
    "torch",
    "math",
    "jax.nn",
    "jnn",
    "nn",
    "F",
    "torch.nn.functional",
    "nn.functional",
    "tf",
    "tf.math",
    "tf.nn",
    "jax.lax",
    "lax",
    "jax.scipy.special",
    "jsp.special",
    "scipy.special",
    "special",
    "torch.special",
];

/// The function that a call names, or why there is none.
pub(super) fn callee(prefix: &str, name: &str) -> Result<Callee, (FormulaErrorKind, String)> {
    if prefix.is_empty() && !is_function(name) {
        if let Some(index) = published::position(name) {
            return Ok(Callee::Known(index));
        }
    }
    if let Some(reason) = advice::forbidden(name) {
        return Err((FormulaErrorKind::Forbidden, format!("`{name}` {reason}")));
    }
    if let Some(reason) = advice::refused(prefix, name) {
        return Err((
            FormulaErrorKind::Unparsable,
            format!("`{name}` is not read: {reason}"),
        ));
    }
    check_prefix(prefix, name).map_err(|message| (FormulaErrorKind::Unparsable, message))?;
    if let Some(coupling) = coupling::named(prefix, name) {
        return Ok(Callee::Coupled(coupling));
    }
    // JAX and Flax approximate by default, PyTorch and TensorFlow do not.
    if name == "gelu" && matches!(prefix, "jax.nn" | "jnn" | "nn") {
        return Ok(Callee::Function(Function::GeluTanh));
    }
    if let Some(function) = Function::named(name) {
        return Ok(Callee::Function(function));
    }
    if let Some(idiom) = callee::idiom(name) {
        return Ok(idiom);
    }
    if name == "x" {
        return Err((
            FormulaErrorKind::Unparsable,
            "`x` is no function: a product is written with `*`, as in `x * (x + 1)`".to_owned(),
        ));
    }
    let nearest = nearest(name, known_names());
    let product = if prefix.is_empty() && name.len() <= 2 {
        "; a product is written with `*`"
    } else {
        ""
    };
    Err((
        FormulaErrorKind::Unparsable,
        format!(
            "unknown function `{}`: the nearest known one is `{nearest}`{product}",
            shortened(name)
        ),
    ))
}

fn is_function(name: &str) -> bool {
    Function::named(name).is_some() || callee::idiom(name).is_some()
}

/// Every name that may be called.
pub(super) fn known_names() -> impl Iterator<Item = &'static str> {
    let functions = Function::all().iter().flat_map(|function| {
        std::iter::once(function.name()).chain(function.aliases().iter().copied())
    });
    functions
        .chain(callee::idiom_names())
        .chain(coupling::names())
        .chain(published::names())
}

/// The plain name of a variable, binding or constant; a prefix may stand only before a constant.
pub(super) fn constant(prefix: &str, name: &str) -> Result<String, String> {
    if !prefix.is_empty() {
        check_prefix(prefix, name)?;
        if !matches!(name, "pi" | "e") {
            let advice = if Function::named(name).is_some() {
                format!("write a call, as in `{name}(x)`")
            } else {
                "known are pi and e".to_owned()
            };
            return Err(format!(
                "unknown constant `{}`: {advice}",
                shortened(&format!("{prefix}.{name}"))
            ));
        }
    }
    Ok(name.to_owned())
}

/// The value of a constant's name.
pub(super) fn constant_value(name: &str) -> Option<f64> {
    match name {
        "pi" => Some(std::f64::consts::PI),
        "e" => Some(std::f64::consts::E),
        _ => None,
    }
}

fn check_prefix(prefix: &str, name: &str) -> Result<(), String> {
    if prefix.is_empty() || PREFIXES.contains(&prefix) {
        return Ok(());
    }
    let advice = if known_names().any(|known| known == name) {
        format!("write `{name}(...)` alone, with its argument in the parentheses")
    } else {
        "known are jnp, np, torch, jax.nn, F, tf, math and scipy.special".to_owned()
    };
    Err(format!("unknown prefix `{}.`: {advice}", shortened(prefix)))
}

/// At most 40 characters of `name`, for messages.
pub(super) fn shortened(name: &str) -> String {
    if name.chars().count() <= 40 {
        return name.to_owned();
    }
    name.chars().take(37).chain("...".chars()).collect()
}
