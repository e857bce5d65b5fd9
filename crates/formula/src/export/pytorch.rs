//! A Python file with a `torch.nn.Module` whose gradients are the formula's own.

use super::header::header;
use super::name::Name;
use super::python::{self, Dialect};
use super::table::{is_plain, Table};
use crate::class::Class;
use crate::formula::Formula;
use crate::graph::{Scope, Unary};

const DIALECT: Dialect = Dialect {
    unary,
    select: "torch.where",
    power: "torch.pow",
    minimum: "torch.minimum",
    maximum: "torch.maximum",
    cast: "to(x.dtype)",
};

/// The file.
pub(super) fn export(formula: &Formula, name: Option<&Name>) -> String {
    let given = name;
    let name = name.map_or_else(|| "Activation".to_owned(), Name::camel);
    let channels = formula
        .parameters()
        .iter()
        .any(|parameter| parameter.scope == Scope::Channel);
    let arguments = if channels { "channels" } else { "" };
    let usage =
        format!("use it:     from FILE import {name}; layer = {name}({arguments}); y = layer(x)");
    let header = header("#", formula, given, &[&usage, "check it:   python FILE"]);
    let bodies = python::functions(&DIALECT, formula);
    let function = function(formula);
    let table = python::table(&Table::of(formula));
    let generated = format!("{bodies}{function}");
    include_str!("templates/pytorch.py")
        .replace("{{HEADER}}", &header)
        .replace("{{NAME}}", &name)
        .replace("{{SUMMARY}}", python::axes(formula))
        .replace("{{MODULE}}", &module(formula, channels))
        .replace("{{FUNCTION}}", &function)
        .replace("{{BODIES}}", &bodies)
        .replace(
            "{{PRIMITIVES}}",
            &python::primitives(include_str!("templates/pytorch_primitives.py"), &generated),
        )
        .replace("{{TABLE}}", &table)
        .replace("{{COMPARE}}", include_str!("templates/compare.py"))
        .replace("{{ARGUMENTS}}", if channels { "SHAPE[1]" } else { "" })
        .replace("{{MAIN}}\n", include_str!("templates/main.py"))
}

fn module(formula: &Formula, channels: bool) -> String {
    let mut text = String::new();
    if !formula.parameters().is_empty() {
        text += if channels {
            "    def __init__(self, channels):\n"
        } else {
            "    def __init__(self):\n"
        };
        text += "        super().__init__()\n";
        for (index, parameter) in formula.parameters().iter().enumerate() {
            let initial = parameter.initial();
            let value = match parameter.scope {
                Scope::Layer => format!("torch.tensor({initial:?})"),
                Scope::Channel => format!("torch.full((channels,), {initial:?})"),
            };
            text += &format!("        self.p{index} = torch.nn.Parameter({value})\n");
        }
        text += "\n";
    }
    let given: String = (0..formula.parameters().len())
        .map(|index| format!(", self.p{index}"))
        .collect();
    text += "    def forward(self, x):\n";
    if formula.class() == Class::Batch {
        text += "        if x.dim() < 2:\n            raise ValueError(\"x needs a batch axis and \
            a feature axis\")\n";
    }
    text + &format!("        return _Function.apply(x{given})\n")
}

fn function(formula: &Formula) -> String {
    let list = python::parameter_list(formula);
    let mut text = format!(
        "    @staticmethod\n    def forward(ctx, x{list}):\n        \
        ctx.save_for_backward(x{list})\n        return _value(x{list})\n\n    \
        @staticmethod\n    def backward(ctx, arriving):\n"
    );
    if is_plain(formula) {
        text += "        (x,) = ctx.saved_tensors\n        return arriving * _slope(x)\n";
    } else {
        text += &format!(
            "        x{list}{comma} = ctx.saved_tensors\n",
            comma = if list.is_empty() { "," } else { "" }
        );
        text += &format!("        return _gradients(x, arriving{list})\n");
    }
    text
}

fn unary(operation: Unary) -> &'static str {
    match operation {
        Unary::Negate => "torch.neg",
        Unary::Abs => "torch.abs",
        Unary::Sign => "_sign",
        Unary::Reciprocal => "torch.reciprocal",
        Unary::Sqrt => "torch.sqrt",
        Unary::Exp => "torch.exp",
        Unary::Expm1 => "torch.expm1",
        Unary::Log => "torch.log",
        Unary::Log1p => "torch.log1p",
        Unary::Sin => "torch.sin",
        Unary::Cos => "torch.cos",
        Unary::Tan => "torch.tan",
        Unary::Sinh => "torch.sinh",
        Unary::Cosh => "torch.cosh",
        Unary::Tanh => "torch.tanh",
        Unary::Asin => "torch.asin",
        Unary::Acos => "torch.acos",
        Unary::Atan => "torch.atan",
        Unary::Asinh => "torch.asinh",
        Unary::Acosh => "torch.acosh",
        Unary::Atanh => "torch.atanh",
        Unary::Sigmoid => "torch.sigmoid",
        Unary::Softplus => "_softplus",
        Unary::Erf => "torch.erf",
        Unary::Erfc => "torch.special.erfc",
        Unary::Sinc => "_sinc",
        Unary::SincSlope => "_sinc_slope",
        Unary::BesselI0e => "torch.special.i0e",
        Unary::BesselI1e => "torch.special.i1e",
        Unary::Floor => "torch.floor",
        Unary::Round => "torch.round",
        Unary::StopGradient => "_stopped",
    }
}
