//! The nodes of an ONNX model's graph, operator by operator.

use rustc_hash::FxHashMap;

use super::message::{AttributeProto, NodeProto, TensorProto, FLOAT, INT64};
use crate::graph::{Axis, Binary, Graph, Node, NodeId, Reduction, Unary};

/// A model's graph as it grows.
#[derive(Default)]
pub(super) struct ModelWriter {
    pub nodes: Vec<NodeProto>,
    pub initialisers: Vec<TensorProto>,
    known: FxHashMap<String, String>,
}

impl ModelWriter {
    /// Writes every node; gives the names of their values.
    pub fn write(&mut self, graph: &Graph) -> Vec<String> {
        let mut values: Vec<String> = Vec::with_capacity(graph.nodes().len());
        for node in graph.nodes() {
            let of = |id: NodeId| values[id.0 as usize].clone();
            let value = match *node {
                Node::Input(_) => "x".to_owned(),
                Node::Constant(bits) => self.number(f64::from_bits(bits)),
                Node::Parameter(index) => {
                    self.parameter(index, graph.parameters()[index as usize].initial())
                }
                Node::Unary(operation, a) => self.unary(operation, &of(a)),
                Node::Binary(operation, a, b) => self.binary(operation, &of(a), &of(b)),
                Node::Select(condition, then, otherwise) => {
                    let zero = self.number(0.0);
                    let otherwise_holds = self.call("Equal", &[&of(condition), &zero]);
                    self.call("Where", &[&otherwise_holds, &of(otherwise), &of(then)])
                }
                Node::Reduce(reduction, axis, a) => self.reduce(reduction, axis, &of(a)),
                Node::Roll(places, a) => self.roll(places, &of(a)),
            };
            values.push(value);
        }
        values
    }

    pub fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        output: &str,
        attribute: Vec<AttributeProto>,
    ) {
        let input = inputs.iter().map(|input| (*input).to_owned()).collect();
        self.nodes.push(NodeProto {
            input,
            output: vec![output.to_owned()],
            op_type: Some(operator.to_owned()),
            attribute,
        });
    }

    /// The name of what an operator gives, which is written once.
    pub fn call(&mut self, operator: &str, inputs: &[&str]) -> String {
        self.call_with(operator, inputs, Vec::new())
    }

    pub fn call_with(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attribute: Vec<AttributeProto>,
    ) -> String {
        let key = format!("{operator}({}) {attribute:?}", inputs.join(","));
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let output = format!("v{}", self.nodes.len());
        self.node(operator, inputs, &output, attribute);
        self.known.insert(key, output.clone());
        output
    }

    /// The name of a constant.
    pub fn number(&mut self, value: f64) -> String {
        let name = format!("number {value:?}");
        if self.known.insert(name.clone(), name.clone()).is_none() {
            self.initialisers.push(TensorProto {
                dims: vec![1],
                data_type: Some(FLOAT),
                float_data: vec![value as f32],
                int64_data: Vec::new(),
                name: Some(name.clone()),
            });
        }
        name
    }

    fn whole_numbers(&mut self, values: &[i64]) -> String {
        let name = format!("whole {values:?}");
        if self.known.insert(name.clone(), name.clone()).is_none() {
            self.initialisers.push(TensorProto {
                dims: vec![values.len() as i64],
                data_type: Some(INT64),
                float_data: Vec::new(),
                int64_data: values.to_vec(),
                name: Some(name.clone()),
            });
        }
        name
    }

    fn parameter(&mut self, index: u32, initial: f64) -> String {
        let name = format!("p{index}");
        self.initialisers.push(TensorProto {
            dims: vec![1],
            data_type: Some(FLOAT),
            float_data: vec![initial as f32],
            int64_data: Vec::new(),
            name: Some(name.clone()),
        });
        name
    }

    fn unary(&mut self, operation: Unary, a: &str) -> String {
        let operator = match operation {
            Unary::Negate => "Neg",
            Unary::Abs => "Abs",
            Unary::Sign => "Sign",
            Unary::Reciprocal => "Reciprocal",
            Unary::Sqrt => "Sqrt",
            Unary::Exp => "Exp",
            Unary::Log => "Log",
            Unary::Sin => "Sin",
            Unary::Cos => "Cos",
            Unary::Tan => "Tan",
            Unary::Tanh => "Tanh",
            Unary::Asin => "Asin",
            Unary::Acos => "Acos",
            Unary::Atan => "Atan",
            Unary::Acosh => "Acosh",
            Unary::Erf => "Erf",
            Unary::Floor => "Floor",
            Unary::Round => "Round",
            Unary::StopGradient => return a.to_owned(),
            Unary::Expm1 => return self.expm1(a),
            Unary::Log1p => return self.log1p(a),
            Unary::Sinh => return self.sinh(a),
            Unary::Cosh => return self.cosh(a),
            Unary::Asinh => return self.asinh(a),
            Unary::Atanh => return self.atanh(a),
            Unary::Sigmoid => return self.sigmoid(a),
            Unary::Softplus => return self.softplus(a),
            Unary::Erfc => return self.erfc(a),
            Unary::Sinc => return self.sinc(a),
            Unary::SincSlope => return self.sinc_slope(a),
            Unary::BesselI0e => return self.bessel_i0e(a),
            Unary::BesselI1e => return self.bessel_i1e(a),
        };
        self.call(operator, &[a])
    }

    fn binary(&mut self, operation: Binary, a: &str, b: &str) -> String {
        let operator = match operation {
            Binary::Add => "Add",
            Binary::Subtract => "Sub",
            Binary::Multiply => "Mul",
            Binary::Divide => "Div",
            Binary::Power => "Pow",
            Binary::Min => "Min",
            Binary::Max => "Max",
            Binary::Less => return self.truth("Less", a, b),
            Binary::LessEqual => return self.truth("LessOrEqual", a, b),
            Binary::Equal => return self.truth("Equal", a, b),
            Binary::NotEqual => {
                let equal = self.truth("Equal", a, b);
                let one = self.number(1.0);
                return self.call("Sub", &[&one, &equal]);
            }
        };
        self.call(operator, &[a, b])
    }

    /// 1 where the comparison holds, else 0.
    fn truth(&mut self, operator: &str, a: &str, b: &str) -> String {
        let holds = self.call(operator, &[a, b]);
        let to = AttributeProto {
            name: Some("to".to_owned()),
            i: Some(i64::from(FLOAT)),
            ints: Vec::new(),
            r#type: Some(2),
        };
        self.call_with("Cast", &[&holds], vec![to])
    }

    /// A value in the shape of x.
    fn expanded(&mut self, a: &str) -> String {
        let shape = self.call("Shape", &["x"]);
        self.call("Expand", &[a, &shape])
    }

    fn reduce(&mut self, reduction: Reduction, axis: Axis, a: &str) -> String {
        let a = self.expanded(a);
        let axes: &[i64] = match axis {
            Axis::Features => &[1],
            Axis::Batch => &[0],
            Axis::Tensor => &[0, 1],
        };
        let keep = AttributeProto {
            name: Some("keepdims".to_owned()),
            i: Some(1),
            ints: Vec::new(),
            r#type: Some(2),
        };
        let operator = match reduction {
            Reduction::Sum => {
                let axes = self.whole_numbers(axes);
                return self.call_with("ReduceSum", &[&a, &axes], vec![keep]);
            }
            Reduction::Mean => "ReduceMean",
            Reduction::Min => "ReduceMin",
            Reduction::Max => "ReduceMax",
        };
        let axes = AttributeProto {
            name: Some("axes".to_owned()),
            i: None,
            ints: axes.to_vec(),
            r#type: Some(7),
        };
        self.call_with(operator, &[&a], vec![axes, keep])
    }

    /// The last `places` features (modulo their number) before the others.
    fn roll(&mut self, places: i32, a: &str) -> String {
        let a = self.expanded(a);
        let shape = self.call("Shape", &["x"]);
        let (zero, one, places) = (
            self.whole_numbers(&[0]),
            self.whole_numbers(&[1]),
            self.whole_numbers(&[i64::from(places)]),
        );
        let features = self.call("Gather", &[&shape, &one]);
        // The sign of ONNX's remainder is that of the divisor.
        let moved = self.call("Mod", &[&places, &features]);
        let from = self.call("Sub", &[&features, &moved]);
        let last = self.call("Slice", &[&a, &from, &features, &one]);
        let first = self.call("Slice", &[&a, &zero, &from, &one]);
        let axis = AttributeProto {
            name: Some("axis".to_owned()),
            i: Some(1),
            ints: Vec::new(),
            r#type: Some(2),
        };
        self.call_with("Concat", &[&last, &first], vec![axis])
    }
}
