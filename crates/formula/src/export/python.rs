//! What the exports to Python share: a graph as lines of Python, and the table as Python data.

use super::statement::{comparison, used_as_numbers, with_outputs};
use super::table::{is_plain, Table};
use super::template;
use crate::class::Class;
use crate::formula::Formula;
use crate::graph::{Axis, Binary, Graph, Node, NodeId, Reduction, Scope, Unary};

/// The names of a library's functions.
pub(super) struct Dialect {
    pub unary: fn(Unary) -> &'static str,
    pub select: &'static str,
    pub power: &'static str,
    pub minimum: &'static str,
    pub maximum: &'static str,
    /// What turns a tensor of truth values into numbers of the type of x, after a dot.
    pub cast: &'static str,
}

/// `_value`, and `_slope` of a plain formula or else `_gradients`, which returns a tuple.
pub(super) fn functions(dialect: &Dialect, formula: &Formula) -> String {
    let list = parameter_list(formula);
    let value = with_outputs(formula.graph(), 0..1);
    let value = format!(
        "def _value(x{list}):\n{}\n\n",
        body(dialect, &value, usize::MAX)
    );
    if is_plain(formula) {
        let slope = with_outputs(formula.graph(), 1..2);
        return value + &format!("def _slope(x):\n{}", body(dialect, &slope, usize::MAX));
    }
    let gradients = with_outputs(formula.adjoint(), 1..formula.adjoint().outputs().len());
    let body = body(dialect, &gradients, 1);
    let body = if formula.parameters().is_empty() {
        body.trim_end().to_owned() + ",\n"
    } else {
        body
    };
    value + &format!("def _gradients(x, arriving{list}):\n{body}")
}

/// The lines of a function's body that computes `outputs` of `graph` from `x`, `arriving` and `p0`,
/// `p1` ..., each of the shape of x but those that are gradients of parameters, which have the
/// shape of these.
fn body(dialect: &Dialect, graph: &Graph, gradients_from: usize) -> String {
    let writer = PythonWriter {
        dialect,
        graph,
        used: used_as_numbers(graph),
        full: full(graph),
    };
    let mut lines: Vec<String> = Vec::new();
    for index in 0..graph.nodes().len() {
        if let (Some(line), true) = (writer.expression(NodeId(index as u32)), writer.used[index]) {
            lines.push(format!("    v{index} = {line}\n"));
        }
    }
    let outputs: Vec<String> = graph
        .outputs()
        .iter()
        .enumerate()
        .map(
            |(position, id)| match position.checked_sub(gradients_from) {
                Some(parameter) => writer.gathered(*id, parameter),
                None => writer.expanded(*id),
            },
        )
        .collect();
    lines.push(format!("    return {}\n", outputs.join(", ")));
    lines.concat()
}

/// `, p0, p1` for two parameters.
pub(super) fn parameter_list(formula: &Formula) -> String {
    (0..formula.parameters().len())
        .map(|index| format!(", p{index}"))
        .collect()
}

/// The table as assignments.
pub(super) fn table(table: &Table) -> String {
    let mut text = format!("SHAPE = ({}, {})\n", table.shape.rows, table.shape.features);
    text += &format!("X = {}\n", numbers(table.x.iter().copied().map(Some)));
    text += &format!(
        "ARRIVING = {}\n",
        numbers(table.arriving.iter().copied().map(Some))
    );
    text += "PARAMETERS = [\n";
    for values in &table.parameters {
        text += &format!("    {},\n", numbers(values.iter().copied().map(Some)));
    }
    text += "]\n# What it is, its values in 64 bits, and what 32 bits may be off (None: not held \
        to the value).\nEXPECTED = [\n";
    for column in &table.columns {
        text += &format!(
            "    (\"{}\",\n     {},\n     {}),\n",
            column.name,
            numbers(column.checked()),
            numbers(column.single.iter().copied())
        );
    }
    text + "]\n"
}

/// A list, broken into lines of about 120 characters.
fn numbers(values: impl Iterator<Item = Option<f64>>) -> String {
    let mut text = String::from("[");
    let mut width = 10;
    for (index, value) in values.enumerate() {
        let word = value.map_or_else(|| "None".to_owned(), |value| format!("{value:?}"));
        if index > 0 {
            text += if width + word.len() > 118 {
                ",\n      "
            } else {
                ", "
            };
        }
        width = if width + word.len() > 118 { 6 } else { width } + word.len() + 2;
        text += &word;
    }
    text + "]"
}

/// Which axes of x the formula reads: a sentence for the user of the export.
pub(super) fn axes(formula: &Formula) -> &'static str {
    match formula.class() {
        Class::Pointwise => "x may have any shape.",
        Class::Feature => "Features are the last axis of x.",
        Class::Batch => {
            "Features are the last axis of x; what reads the batch runs over axis 0 alone, what \
             reads the tensor over all axes. x has two axes or more."
        }
    }
}

/// Which nodes surely have the shape of x.
fn full(graph: &Graph) -> Vec<bool> {
    let mut full: Vec<bool> = Vec::with_capacity(graph.nodes().len());
    for node in graph.nodes() {
        let is = match node {
            Node::Input(_) | Node::Roll(..) => true,
            Node::Reduce(..) => false,
            node => node.arguments().any(|id| full[id.0 as usize]),
        };
        full.push(is);
    }
    full
}

struct PythonWriter<'a> {
    dialect: &'a Dialect,
    graph: &'a Graph,
    used: Vec<bool>,
    full: Vec<bool>,
}

impl PythonWriter<'_> {
    fn constant(&self, id: NodeId) -> Option<f64> {
        match self.graph.node(id) {
            Node::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    /// The node as an operand of Python's operators, beside a tensor.
    fn operand(&self, id: NodeId) -> String {
        match self.graph.node(id) {
            Node::Input(0) => "x".to_owned(),
            Node::Input(_) => "arriving".to_owned(),
            Node::Parameter(index) => format!("p{index}"),
            Node::Constant(bits) => format!("{:?}", f64::from_bits(bits)),
            _ => format!("v{}", id.0),
        }
    }

    /// The node as a tensor of its own.
    fn tensor(&self, id: NodeId) -> String {
        match self.constant(id) {
            Some(value) => format!("_constant(x, {value:?})"),
            None => self.operand(id),
        }
    }

    /// The node in the shape of x.
    fn expanded(&self, id: NodeId) -> String {
        if self.full[id.0 as usize] {
            self.tensor(id)
        } else {
            format!("_full(x, {})", self.tensor(id))
        }
    }

    fn pair(&self, a: NodeId, b: NodeId) -> (String, String) {
        let first = if self.constant(b).is_some() {
            self.tensor(a)
        } else {
            self.operand(a)
        };
        (first, self.operand(b))
    }

    fn condition(&self, id: NodeId) -> String {
        match comparison(self.graph, id) {
            Some((symbol, a, b)) => {
                let (a, b) = self.pair(a, b);
                format!("{a} {symbol} {b}")
            }
            None => format!("{} != 0.0", self.tensor(id)),
        }
    }

    /// What computes a node; `None` for what needs no line.
    fn expression(&self, id: NodeId) -> Option<String> {
        let call =
            |function: &str, arguments: &[String]| format!("{function}({})", arguments.join(", "));
        Some(match self.graph.node(id) {
            Node::Input(_) | Node::Constant(_) | Node::Parameter(_) => return None,
            Node::Unary(Unary::Negate, a) => format!("-{}", self.tensor(a)),
            Node::Unary(Unary::Reciprocal, a) => format!("1.0 / {}", self.tensor(a)),
            Node::Unary(operation, a) => call((self.dialect.unary)(operation), &[self.tensor(a)]),
            Node::Binary(operation, a, b) => {
                let symbol = match operation {
                    Binary::Add => "+",
                    Binary::Subtract => "-",
                    Binary::Multiply => "*",
                    Binary::Divide => "/",
                    Binary::Power => {
                        return Some(call(self.dialect.power, &[self.tensor(a), self.tensor(b)]))
                    }
                    Binary::Min => {
                        return Some(call(
                            self.dialect.minimum,
                            &[self.tensor(a), self.tensor(b)],
                        ))
                    }
                    Binary::Max => {
                        return Some(call(
                            self.dialect.maximum,
                            &[self.tensor(a), self.tensor(b)],
                        ))
                    }
                    Binary::Less | Binary::LessEqual | Binary::Equal | Binary::NotEqual => {
                        return Some(format!("({}).{}", self.condition(id), self.dialect.cast))
                    }
                };
                let (a, b) = self.pair(a, b);
                format!("{a} {symbol} {b}")
            }
            Node::Select(condition, then, otherwise) => call(
                self.dialect.select,
                &[
                    self.condition(condition),
                    self.tensor(then),
                    self.tensor(otherwise),
                ],
            ),
            Node::Reduce(reduction, axis, a) => {
                let function = match reduction {
                    Reduction::Sum => "_sum",
                    Reduction::Mean => "_mean",
                    Reduction::Min => "_min",
                    Reduction::Max => "_max",
                };
                format!("{function}({}, {})", self.expanded(a), axis_name(axis))
            }
            Node::Roll(places, a) => format!("_roll({}, {places})", self.expanded(a)),
        })
    }

    /// A gradient in the shape of its parameter: the sum that ends it is over all axes but the
    /// parameter's.
    fn gathered(&self, id: NodeId, parameter: usize) -> String {
        let inner = match self.graph.node(id) {
            Node::Reduce(Reduction::Sum, _, inner) => inner,
            _ => id,
        };
        let function = match self.graph.parameters()[parameter].scope {
            Scope::Layer => "_sum_to_one",
            Scope::Channel => "_sum_to_features",
        };
        format!("{function}({})", self.expanded(inner))
    }
}

fn axis_name(axis: Axis) -> &'static str {
    match axis {
        Axis::Features => "-1",
        Axis::Batch => "0",
        Axis::Tensor => "None",
    }
}

/// Those functions of `library` that `text` calls.
pub(super) fn primitives(library: &str, text: &str) -> String {
    let functions: Vec<&str> = library.split("\n\n\n").map(str::trim).collect();
    let name = |function: &str| {
        function
            .trim_start_matches("def ")
            .split('(')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    template::called(&functions, name, text)
        .iter()
        .map(|function| format!("\n\n{function}\n"))
        .collect()
}
