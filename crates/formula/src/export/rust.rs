//! A Rust file that needs the standard library alone: functions of numbers, or of tensors where a
//! formula reads other elements or is trained.

use super::header::header;
use super::name::Name;
use super::statement::{comparison, used_as_numbers, with_outputs};
use super::table::{is_plain, Table, DOUBLE_TOLERANCE};
use super::template;
use crate::formula::Formula;
use crate::graph::{Axis, Binary, Graph, Node, NodeId, Reduction, Scope, Unary};
use crate::series::SCALED_ERFC;

/// The file.
pub(super) fn export(formula: &Formula, name: Option<&Name>) -> String {
    let plain = is_plain(formula);
    let trained = !formula.parameters().is_empty();
    let call = match (plain, trained) {
        (true, _) => "use it:     mod FILE; FILE::value(x), FILE::slope(x)",
        (false, false) => {
            "use it:     mod FILE; FILE::values(&x, features), FILE::gradients(&x, &arriving, \
             features); tensors stand row by row"
        }
        (false, true) => {
            "use it:     mod FILE; let parameters = FILE::Parameters::init(features); \
             FILE::values(&x, features, &parameters), FILE::gradients(&x, &arriving, features, \
             &parameters); tensors stand row by row"
        }
    };
    let header = header(
        "//!",
        formula,
        name,
        &[
            call,
            "check it:   rustc -O FILE.rs && ./FILE, or rustc --test FILE.rs && ./FILE",
        ],
    );
    let bodies = if plain {
        scalar(formula)
    } else {
        tensor(formula)
    };
    let primitives = primitives(&bodies);
    let check = if plain {
        include_str!("templates/check_scalar.rs.in")
    } else {
        include_str!("templates/check_tensor.rs.in")
    };
    let check = check
        .replace("{{PARAMETERS}}", if trained { ", &parameters" } else { "" })
        .replace("{{GIVEN}}", &given_parameters(formula));
    let check = check
        .replace("{{FOUND}}", &found(formula))
        .replace("{{TOLERANCE}}", &format!("{DOUBLE_TOLERANCE:?}"));
    format!(
        "{header}\n#![allow(dead_code, unused_parens, unused_variables, \
        clippy::all)]\n\n{bodies}{primitives}\n{}\n{check}{}",
        table(&Table::of(formula)),
        include_str!("templates/check.rs.in")
    )
}

fn scalar(formula: &Formula) -> String {
    let function = |name: &str, comment: &str, position: usize| {
        let graph = with_outputs(formula.graph(), position..position + 1);
        let writer = RustWriter {
            graph: &graph,
            tensor: false,
        };
        let result = writer.operand(graph.outputs()[0]);
        format!(
            "/// {comment}\npub fn {name}(x: f64) -> f64 {{\n{}    {result}\n}}\n",
            writer.lines()
        )
    };
    let wrappers = "/// f(x) in 32 bits.\n\
                    pub fn value_f32(x: f32) -> f32 {\n    value(f64::from(x)) as f32\n}\n\n\
                    /// f'(x) in 32 bits.\n\
                    pub fn slope_f32(x: f32) -> f32 {\n    slope(f64::from(x)) as f32\n}\n";
    [
        function("value", "f(x).", 0),
        function("slope", "f'(x); at a kink that of one side, or 0.", 1),
        wrappers.to_owned(),
    ]
    .join("\n")
}

/// The structure that holds the trainable parameters.
fn parameters(formula: &Formula) -> String {
    let mut text = String::new();
    text += "/// The trainable parameters: one value each, or one a feature.\n#[derive(Clone, \
        Debug, PartialEq)]\npub struct Parameters {\n";
    for (index, parameter) in formula.parameters().iter().enumerate() {
        let reach = if parameter.scope == Scope::Layer {
            "One value"
        } else {
            "One value a feature"
        };
        text += &format!(
            "    /// {reach}, initially {:?}.\n    pub p{index}: Vec<f64>,\n",
            parameter.initial()
        );
    }
    text += "}\n\nimpl Parameters {\n    /// What training starts from.\n    pub fn \
        init(features: usize) -> Parameters {\n        Parameters {\n";
    for (index, parameter) in formula.parameters().iter().enumerate() {
        let count = if parameter.scope == Scope::Layer {
            "1"
        } else {
            "features"
        };
        text += &format!(
            "            p{index}: vec![{:?}; {count}],\n",
            parameter.initial()
        );
    }
    text += "        }\n    }\n}\n\n";
    text
}

fn tensor(formula: &Formula) -> String {
    let trained = !formula.parameters().is_empty();
    let mut text = if trained {
        parameters(formula)
    } else {
        String::new()
    };
    let argument = if trained {
        ", parameters: &Parameters"
    } else {
        ""
    };
    let bound: String = (0..formula.parameters().len())
        .map(|index| format!("    let p{index} = &parameters.p{index};\n"))
        .collect();
    let value = with_outputs(formula.graph(), 0..1);
    let writer = RustWriter {
        graph: &value,
        tensor: true,
    };
    text += &format!(
        "/// f over a tensor of rows of `features`.\npub fn values(x: &[f64], features: \
        usize{argument}) -> Vec<f64> {{\n    let n = x.len();\n{bound}{}    {}\n}}\n\n",
        writer.lines(),
        writer.collected(value.outputs()[0])
    );
    let adjoint = with_outputs(formula.adjoint(), 1..formula.adjoint().outputs().len());
    let writer = RustWriter {
        graph: &adjoint,
        tensor: true,
    };
    let input = writer.collected(adjoint.outputs()[0]);
    let (kind, result) = if trained {
        let gathered = adjoint.outputs()[1..]
            .iter()
            .enumerate()
            .map(|(index, id)| format!("p{index}: {}", writer.gathered(*id, index)));
        let gathered: Vec<String> = gathered.collect();
        (
            "(Vec<f64>, Parameters)",
            format!("({input}, Parameters {{ {} }})", gathered.join(", ")),
        )
    } else {
        ("Vec<f64>", input)
    };
    text += &format!(
        "/// The gradient of x{} where `arriving` is that of f.\npub fn gradients(x: &[f64], \
        arriving: &[f64], features: usize{argument}) -> {kind} \
        {{\n    let n = x.len();\n{bound}{}    {result}\n}}\n",
        if trained {
            ", and that of the parameters,"
        } else {
            ""
        },
        writer.lines()
    );
    text
}

struct RustWriter<'a> {
    graph: &'a Graph,
    /// Whether nodes are tensors, of which `[i]` is meant, and not numbers.
    tensor: bool,
}

impl RustWriter<'_> {
    fn lines(&self) -> String {
        let used = used_as_numbers(self.graph);
        let mut text = String::new();
        for (index, _) in used.iter().enumerate().filter(|(_, used)| **used) {
            let id = NodeId(index as u32);
            if let Some(tensor) = self.of_tensors(id) {
                text += &format!("    let v{index} = {tensor};\n");
            } else if let Some(expression) = self.expression(id) {
                text += &match self.tensor {
                    true => format!(
                        "    let v{index}: Vec<f64> = (0..n).map(|i| {expression}).collect();\n"
                    ),
                    false => format!("    let v{index} = {expression};\n"),
                };
            }
        }
        text
    }

    fn operand(&self, id: NodeId) -> String {
        let place = if self.tensor { "[i]" } else { "" };
        match self.graph.node(id) {
            Node::Input(0) => format!("x{place}"),
            Node::Input(_) => format!("arriving{place}"),
            Node::Parameter(index) => match self.graph.parameters()[index as usize].scope {
                Scope::Layer => format!("p{index}[0]"),
                Scope::Channel => format!("p{index}[i % features]"),
            },
            Node::Constant(bits) if f64::from_bits(bits) < 0.0 => {
                format!("({:?}_f64)", f64::from_bits(bits))
            }
            Node::Constant(bits) => format!("{:?}_f64", f64::from_bits(bits)),
            _ => format!("v{}{place}", id.0),
        }
    }

    /// The node as a vector of its own.
    fn collected(&self, id: NodeId) -> String {
        match self.graph.node(id) {
            Node::Input(0) => "x.to_vec()".to_owned(),
            Node::Input(_) => "arriving.to_vec()".to_owned(),
            Node::Constant(_) | Node::Parameter(_) => {
                format!("(0..n).map(|i| {}).collect::<Vec<f64>>()", self.operand(id))
            }
            _ => format!("v{}.clone()", id.0),
        }
    }

    fn of_tensors(&self, id: NodeId) -> Option<String> {
        match self.graph.node(id) {
            Node::Reduce(reduction, axis, a) => {
                let reduction = match reduction {
                    Reduction::Sum => "Reduction::Sum",
                    Reduction::Mean => "Reduction::Mean",
                    Reduction::Min => "Reduction::Min",
                    Reduction::Max => "Reduction::Max",
                };
                let axis = match axis {
                    Axis::Features => "Axis::Features",
                    Axis::Batch => "Axis::Batch",
                    Axis::Tensor => "Axis::Tensor",
                };
                Some(format!(
                    "reduce({reduction}, {axis}, features, &{})",
                    self.collected(a)
                ))
            }
            Node::Roll(places, a) => {
                Some(format!("roll({places}, features, &{})", self.collected(a)))
            }
            _ => None,
        }
    }

    fn gathered(&self, id: NodeId, parameter: usize) -> String {
        let inner = match self.graph.node(id) {
            Node::Reduce(Reduction::Sum, _, inner) => inner,
            _ => id,
        };
        let groups = match self.graph.parameters()[parameter].scope {
            Scope::Layer => "1",
            Scope::Channel => "features",
        };
        format!("gathered(&{}, {groups})", self.collected(inner))
    }

    fn condition(&self, id: NodeId) -> String {
        match comparison(self.graph, id) {
            Some((symbol, a, b)) => format!("{} {symbol} {}", self.operand(a), self.operand(b)),
            None => format!("{} != 0.0", self.operand(id)),
        }
    }

    fn expression(&self, id: NodeId) -> Option<String> {
        Some(match self.graph.node(id) {
            Node::Input(_)
            | Node::Constant(_)
            | Node::Parameter(_)
            | Node::Reduce(..)
            | Node::Roll(..) => return None,
            Node::Unary(operation, a) => unary(operation, &self.operand(a)),
            Node::Binary(operation, a, b) => {
                let (first, second) = (self.operand(a), self.operand(b));
                match operation {
                    Binary::Add => format!("{first} + {second}"),
                    Binary::Subtract => format!("{first} - {second}"),
                    Binary::Multiply => format!("{first} * {second}"),
                    Binary::Divide => format!("{first} / {second}"),
                    Binary::Power => format!("{first}.powf({second})"),
                    Binary::Min => format!("minimum({first}, {second})"),
                    Binary::Max => format!("maximum({first}, {second})"),
                    Binary::Less | Binary::LessEqual | Binary::Equal | Binary::NotEqual => {
                        format!("f64::from({})", self.condition(id))
                    }
                }
            }
            Node::Select(condition, then, otherwise) => {
                format!(
                    "if {} {{ {} }} else {{ {} }}",
                    self.condition(condition),
                    self.operand(then),
                    self.operand(otherwise)
                )
            }
        })
    }
}

fn unary(operation: Unary, a: &str) -> String {
    let method = match operation {
        Unary::Negate => return format!("-{a}"),
        Unary::Reciprocal => return format!("1.0 / {a}"),
        Unary::StopGradient => return a.to_owned(),
        Unary::Sign => return format!("sign({a})"),
        Unary::Sigmoid => return format!("sigmoid({a})"),
        Unary::Softplus => return format!("softplus({a})"),
        Unary::Erf => return format!("erf({a})"),
        Unary::Erfc => return format!("erfc({a})"),
        Unary::Sinc => return format!("sinc({a})"),
        Unary::SincSlope => return format!("sinc_slope({a})"),
        Unary::BesselI0e => return format!("scaled_bessel({a}, 0.0)"),
        Unary::BesselI1e => return format!("{a}.signum() * scaled_bessel({a}, 1.0)"),
        Unary::Abs => "abs",
        Unary::Sqrt => "sqrt",
        Unary::Exp => "exp",
        Unary::Expm1 => "exp_m1",
        Unary::Log => "ln",
        Unary::Log1p => "ln_1p",
        Unary::Sin => "sin",
        Unary::Cos => "cos",
        Unary::Tan => "tan",
        Unary::Sinh => "sinh",
        Unary::Cosh => "cosh",
        Unary::Tanh => "tanh",
        Unary::Asin => "asin",
        Unary::Acos => "acos",
        Unary::Atan => "atan",
        Unary::Asinh => "asinh",
        Unary::Acosh => "acosh",
        Unary::Atanh => "atanh",
        Unary::Floor => "floor",
        Unary::Round => "round_ties_even",
    };
    format!("{a}.{method}()")
}

/// The functions of the library that are called.
fn primitives(text: &str) -> String {
    let library = include_str!("templates/rust_primitives.rs.in")
        .replace("{{SCALED_ERFC}}", &list(SCALED_ERFC.iter().copied()));
    let functions: Vec<&str> = library.split("\n\n").map(str::trim).collect();
    let name = |function: &str| {
        function
            .split("fn ")
            .nth(1)
            .and_then(|rest| rest.split('(').next())
            .unwrap_or_default()
            .to_owned()
    };
    template::called(&functions, name, text)
        .iter()
        .map(|function| format!("\n{function}\n"))
        .collect()
}

fn list(values: impl Iterator<Item = f64>) -> String {
    let mut text = String::from("[");
    for (index, value) in values.enumerate() {
        text += if index % 8 == 0 { "\n    " } else { " " };
        text += &if value.is_nan() {
            "f64::NAN,".to_owned()
        } else {
            format!("{value:?},")
        };
    }
    text + "\n]"
}

fn table(table: &Table) -> String {
    let mut text = format!(
        "/// Features of the table's tensor.\nconst FEATURES: usize = {};\n",
        table.shape.features
    );
    text += &format!("const X: &[f64] = &{};\n", list(table.x.iter().copied()));
    text += &format!(
        "const ARRIVING: &[f64] = &{};\n",
        list(table.arriving.iter().copied())
    );
    for (index, values) in table.parameters.iter().enumerate() {
        text += &format!(
            "const P{index}: &[f64] = &{};\n",
            list(values.iter().copied())
        );
    }
    text += "/// What it is, and its values; NAN where rounding decides.\nconst EXPECTED: \
        &[(&str, &[f64])] = &[\n";
    for column in &table.columns {
        text += &format!(
            "(\"{}\", &{}),\n",
            column.name,
            list(column.checked().map(|value| value.unwrap_or(f64::NAN)))
        );
    }
    text + "];\n"
}

fn given_parameters(formula: &Formula) -> String {
    if formula.parameters().is_empty() {
        return String::new();
    }
    let fields: Vec<String> = (0..formula.parameters().len())
        .map(|index| format!("p{index}: P{index}.to_vec()"))
        .collect();
    format!(
        "    let parameters = Parameters {{ {} }};\n",
        fields.join(", ")
    )
}

fn found(formula: &Formula) -> String {
    if formula.parameters().is_empty() {
        return "vec![values, gradients]".to_owned();
    }
    let trained: String = (0..formula.parameters().len())
        .map(|index| format!(", gradients.1.p{index}"))
        .collect();
    format!("vec![values, gradients.0{trained}]")
}
