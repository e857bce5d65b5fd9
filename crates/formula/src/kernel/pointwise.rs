//! A pointwise formula over slices of `f32`: f, and f' with it, in one pass.

use std::sync::Arc;

use super::interpreter::{Block, Register, Spread, Tensors, BLOCK};
use super::lanes::LANES;
use super::program::{Operand, Place, Program, Selection};
use crate::graph::{Graph, Node};
use crate::vector::{InstructionSet, Simd, WithSimd};

/// A formula made ready to run over slices; owns its scratch space, so each worker clones its own.
///
/// An element's result depends on the element and the instruction set alone: not on its place in
/// the slice, the slice's length, or whether the slope is wanted.
#[derive(Clone)]
pub struct Kernel {
    set: InstructionSet,
    graph: Arc<Graph>,
    value: Program,
    value_and_slope: Program,
    registers: Vec<Register>,
}

impl Kernel {
    /// Compiles an activation's graph (one input; outputs f and f') for the widest instruction set
    /// of this machine.
    ///
    /// # Panics
    /// Where the graph reads an input other than 0, or has not two outputs.
    pub fn new(graph: &Graph) -> Kernel {
        Kernel::for_instruction_set(graph, InstructionSet::best())
    }

    /// Compiles for a given instruction set.
    pub fn for_instruction_set(graph: &Graph, set: InstructionSet) -> Kernel {
        assert_eq!(
            graph.outputs().len(),
            2,
            "a kernel runs a graph of two outputs, f and f'"
        );
        let selection = Selection::new(graph);
        for node in graph.nodes() {
            assert!(
                !matches!(node, Node::Input(1..)),
                "a kernel runs a graph of one input, and this one has {node:?}"
            );
        }
        let outputs = [Place::Output(0), Place::Output(1)];
        let x = [Operand::Place(Place::Input(0))];
        let (value, value_and_slope) = (
            selection.program(&x, &outputs[..1], 0),
            selection.program(&x, &outputs, 0),
        );
        let registers = vec![Register::new(); value.registers.max(value_and_slope.registers)];
        Kernel {
            set,
            graph: Arc::new(graph.clone()),
            value,
            value_and_slope,
            registers,
        }
    }

    /// The graph that it was compiled from: outputs f and f'.
    #[inline]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// f at every element of `input`.
    ///
    /// # Panics
    /// Where the slices have different lengths.
    #[inline]
    pub fn value(&mut self, input: &[f32], value: &mut [f32]) {
        assert_eq!(
            input.len(),
            value.len(),
            "a kernel's slices have equal lengths"
        );
        self.run(input, value, None);
    }

    /// f and f' at every element of `input`.
    ///
    /// # Panics
    /// Where the slices have different lengths.
    #[inline]
    pub fn value_and_slope(&mut self, input: &[f32], value: &mut [f32], slope: &mut [f32]) {
        assert!(
            input.len() == value.len() && input.len() == slope.len(),
            "a kernel's slices have equal lengths"
        );
        self.run(input, value, Some(slope));
    }

    /// Compiled once, in this crate: what callers take in is the check of lengths alone.
    fn run(&mut self, input: &[f32], value: &mut [f32], slope: Option<&mut [f32]>) {
        let program = match slope {
            Some(_) => &self.value_and_slope,
            None => &self.value,
        };
        self.set.enter(Run {
            program,
            registers: &mut self.registers,
            input,
            value,
            slope,
        });
    }
}

/// A program over whole slices, block by block.
struct Run<'a> {
    program: &'a Program,
    registers: &'a mut [Register],
    input: &'a [f32],
    value: &'a mut [f32],
    slope: Option<&'a mut [f32]>,
}

impl WithSimd for Run<'_> {
    type Output = ();

    #[inline]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let whole = self.input.len() - self.input.len() % S::F32_LANES;
        let mut start = 0;
        while start < whole {
            let range = start..whole.min(start + BLOCK);
            start = range.end;
            let slope = self
                .slope
                .as_deref_mut()
                .map_or(&mut [][..], |slope| &mut slope[range.clone()]);
            let outputs = [&mut self.value[range.clone()], slope];
            let (inputs, tensors, spread) = (
                [&self.input[range], &[]],
                Tensors::default(),
                Spread::default(),
            );
            Block {
                length: inputs[0].len(),
                registers: self.registers,
                inputs,
                outputs,
                tensors,
                spread,
            }
            .run(simd, self.program);
        }
        let rest = self.input.len() - whole;
        if rest > 0 {
            // The last elements run in a vector of their own, filled up with zeros.
            let (mut input, mut value, mut slope) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
            input[..rest].copy_from_slice(&self.input[whole..]);
            let outputs = [&mut value[..S::F32_LANES], &mut slope[..S::F32_LANES]];
            let (inputs, tensors, spread) = (
                [&input[..S::F32_LANES], &[]],
                Tensors::default(),
                Spread::default(),
            );
            Block {
                length: inputs[0].len(),
                registers: self.registers,
                inputs,
                outputs,
                tensors,
                spread,
            }
            .run(simd, self.program);
            self.value[whole..].copy_from_slice(&value[..rest]);
            if let Some(out) = self.slope {
                out[whole..].copy_from_slice(&slope[..rest]);
            }
        }
    }
}
