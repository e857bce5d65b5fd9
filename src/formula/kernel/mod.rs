//! The block interpreter: a formula's f and f' over slices of `f32`, in one pass.

use super::graph::{Binary, Graph, Node, Unary};
use crate::vector::InstructionSet;

/// A formula made ready to run over slices; owns its scratch space, so each worker clones its own.
#[derive(Clone)]
pub struct Kernel {
    graph: Graph,
}

impl Kernel {
    /// Compiles an activation's graph (one input; outputs f and f') for the widest instruction set of this machine.
    pub fn new(graph: &Graph) -> Kernel {
        Kernel::for_instruction_set(graph, InstructionSet::best())
    }

    /// Compiles for a given instruction set.
    pub fn for_instruction_set(graph: &Graph, _set: InstructionSet) -> Kernel {
        Kernel { graph: graph.clone() }
    }

    /// f at every element of `input`; the slices have equal lengths.
    pub fn value(&mut self, input: &[f32], value: &mut [f32]) {
        for (x, y) in input.iter().zip(value) {
            *y = self.at(f64::from(*x)).0 as f32;
        }
    }

    /// f and f' at every element of `input`; the slices have equal lengths.
    pub fn value_and_slope(&mut self, input: &[f32], value: &mut [f32], slope: &mut [f32]) {
        for ((x, y), dy) in input.iter().zip(value).zip(slope) {
            let (f, df) = self.at(f64::from(*x));
            (*y, *dy) = (f as f32, df as f32);
        }
    }

    fn at(&self, x: f64) -> (f64, f64) {
        let mut v: Vec<f64> = Vec::new();
        for node in self.graph.nodes() {
            v.push(match *node {
                Node::Input(_) => x,
                Node::Constant(bits) => f64::from_bits(bits),
                Node::Unary(Unary::Tanh, a) => v[a.0 as usize].tanh(),
                Node::Unary(Unary::Sin, a) => v[a.0 as usize].sin(),
                Node::Unary(Unary::Cos, a) => v[a.0 as usize].cos(),
                Node::Unary(Unary::Sigmoid, a) => 1.0 / (1.0 + (-v[a.0 as usize]).exp()),
                Node::Unary(op, _) => unimplemented!("{op:?}"),
                Node::Binary(op, a, b) => {
                    let (a, b) = (v[a.0 as usize], v[b.0 as usize]);
                    match op {
                        Binary::Add => a + b,
                        Binary::Subtract => a - b,
                        Binary::Multiply => a * b,
                        Binary::Divide => a / b,
                        Binary::Max => a.max(b),
                        Binary::Min => a.min(b),
                        Binary::Less => f64::from(a < b),
                        Binary::LessEqual => f64::from(a <= b),
                        op => unimplemented!("{op:?}"),
                    }
                }
                Node::Select(c, a, b) => {
                    if v[c.0 as usize] != 0.0 {
                        v[a.0 as usize]
                    } else {
                        v[b.0 as usize]
                    }
                }
            });
        }
        let outputs = self.graph.outputs();
        (v[outputs[0].0 as usize], v[outputs[1].0 as usize])
    }
}
