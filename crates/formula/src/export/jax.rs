//! A Python file with a function for JAX whose derivatives are the formula's own.

use super::header::header;
use super::name::Name;
use super::python::{self, Dialect};
use super::table::{is_plain, Table};
use crate::formula::Formula;
use crate::graph::{Scope, Unary};

const DIALECT: Dialect = Dialect {
    unary,
    select: "jnp.where",
    power: "jnp.power",
    minimum: "jnp.minimum",
    maximum: "jnp.maximum",
    cast: "astype(x.dtype)",
};

/// The file.
pub(super) fn export(formula: &Formula, name: Option<&Name>) -> String {
    let asked = name;
    let name = name.map_or("activation", Name::as_str);
    let given = if formula.parameters().is_empty() {
        ""
    } else {
        ", *parameters"
    };
    let made = if given.is_empty() {
        ""
    } else {
        ", init; parameters = init(channels)"
    };
    let usage = format!("use it:     from FILE import {name}{made}; y = {name}(x{given})");
    let header = header("#", formula, asked, &[&usage, "check it:   python FILE"]);
    let (function, bodies) = (
        function(formula, name),
        python::functions(&DIALECT, formula),
    );
    let generated = format!("{bodies}{function}");
    include_str!("templates/jax.py")
        .replace("{{HEADER}}", &header)
        .replace("{{FUNCTION}}", &function)
        .replace("{{NAME}}", name)
        .replace("{{BODIES}}", &bodies)
        .replace(
            "{{PRIMITIVES}}",
            &python::primitives(include_str!("templates/jax_primitives.py"), &generated),
        )
        .replace("{{TABLE}}", &python::table(&Table::of(formula)))
        .replace("{{COMPARE}}", include_str!("templates/compare.py"))
        .replace("{{MAIN}}\n", include_str!("templates/main.py"))
}

fn function(formula: &Formula, name: &str) -> String {
    let list = python::parameter_list(formula);
    let axes = python::axes(formula);
    let mut text = if is_plain(formula) {
        format!(
            "@jax.custom_jvp\ndef {name}(x):\n    \"\"\"f with its exact derivative, in \
            forward and reverse mode. {axes}\"\"\"\n    return _value(jnp.asarray(x))\n\n\n"
        ) + &format!(
            "@{name}.defjvp\ndef _tangent(primals, tangents):\n    x = \
                jnp.asarray(primals[0])\n    return {name}(x), tangents[0] * _slope(x)\n\n\n"
        )
    } else {
        format!(
            "@jax.custom_vjp\ndef {name}(x{list}):\n    \"\"\"f with the exact gradients of \
            the formula, in reverse mode. {axes}\"\"\"\n    return _value(x{list})\n\n\n"
        ) + &format!("def _forward(x{list}):\n    return _value(x{list}), (x{list},)\n\n\n")
            + &format!(
                "def _backward(kept, arriving):\n    return _gradients(kept[0], arriving, \
                *kept[1:])\n\n\n{name}.defvjp(_forward, _backward)\n\n\n"
            )
    };
    text += "def init(channels=None):\n    \"\"\"What the parameters start from, in the order of \
        the arguments; `channels` is the length of the last axis.\"\"\"\n    return (";
    for parameter in formula.parameters() {
        let initial = parameter.initial();
        text += &match parameter.scope {
            Scope::Layer => format!("jnp.asarray({initial:?}), "),
            Scope::Channel => format!("jnp.full((channels,), {initial:?}), "),
        };
    }
    text.trim_end_matches(' ').to_owned() + ")\n"
}

fn unary(operation: Unary) -> &'static str {
    match operation {
        Unary::Negate => "jnp.negative",
        Unary::Abs => "jnp.abs",
        Unary::Sign => "_sign",
        Unary::Reciprocal => "jnp.reciprocal",
        Unary::Sqrt => "jnp.sqrt",
        Unary::Exp => "jnp.exp",
        Unary::Expm1 => "jnp.expm1",
        Unary::Log => "jnp.log",
        Unary::Log1p => "jnp.log1p",
        Unary::Sin => "jnp.sin",
        Unary::Cos => "jnp.cos",
        Unary::Tan => "jnp.tan",
        Unary::Sinh => "jnp.sinh",
        Unary::Cosh => "jnp.cosh",
        Unary::Tanh => "jnp.tanh",
        Unary::Asin => "jnp.arcsin",
        Unary::Acos => "jnp.arccos",
        Unary::Atan => "jnp.arctan",
        Unary::Asinh => "jnp.arcsinh",
        Unary::Acosh => "jnp.arccosh",
        Unary::Atanh => "jnp.arctanh",
        Unary::Sigmoid => "jax.nn.sigmoid",
        Unary::Softplus => "_softplus",
        Unary::Erf => "jax.scipy.special.erf",
        Unary::Erfc => "jax.scipy.special.erfc",
        Unary::Sinc => "_sinc",
        Unary::SincSlope => "_sinc_slope",
        Unary::BesselI0e => "jax.scipy.special.i0e",
        Unary::BesselI1e => "jax.scipy.special.i1e",
        Unary::Floor => "jnp.floor",
        Unary::Round => "jnp.round",
        Unary::StopGradient => "_stopped",
    }
}
