//! A formula over whole tensors: for what reads its row or the batch, and for what has trainable
//! parameters.

use std::sync::Arc;

use super::interpreter::Register;
use super::memory::{Memory, Parts, Sizes};
use super::passes::WIDTH;
use super::plan::Plan;
use super::stages::Stages;
use crate::graph::{Graph, Parameter};
use crate::reference::Shape;
use crate::vector::InstructionSet;

/// Elements, about, that run together where a plan takes some rows at a time: few enough that their
/// tensors stay in the second-level cache.
const ELEMENTS_AT_ONCE: usize = 8192;

/// A formula of any class made ready to run over tensors of rows x features, which stand row by
/// row; owns its scratch space, so each worker clones its own. Parameters are arguments of a run:
/// their values one after another in the order of the text, one of a layer's, one a feature of a
/// channel's.
///
/// A result depends on the tensor, the parameters and the instruction set alone. What it needs in
/// memory is allocated when a larger tensor comes than any before.
#[derive(Clone)]
pub struct TensorKernel {
    set: InstructionSet,
    graphs: Arc<[Graph; 2]>,
    parameters: Vec<Parameter>,
    value: Plan,
    gradients: Plan,
    registers: Vec<Register>,
    memory: Memory,
}

impl TensorKernel {
    /// Compiles a formula for the widest instruction set of this machine: `value`, whose first
    /// output is f of input 0, and its `adjoint`, as [`crate::Formula::adjoint`] gives it.
    pub fn new(value: &Graph, adjoint: &Graph) -> TensorKernel {
        TensorKernel::for_instruction_set(value, adjoint, InstructionSet::best())
    }

    /// Compiles for a given instruction set.
    ///
    /// # Panics
    /// Where the adjoint has not an output for f, one for the gradient of x, and one for each
    /// parameter.
    pub fn for_instruction_set(
        value: &Graph,
        adjoint: &Graph,
        set: InstructionSet,
    ) -> TensorKernel {
        let parameters = value.parameters().to_vec();
        assert_eq!(
            adjoint.outputs().len(),
            2 + parameters.len(),
            "an adjoint gives f, the gradient of x, and that of each parameter"
        );
        let graphs = Arc::new([value.clone(), adjoint.clone()]);
        let (value, gradients) = (
            Plan::new(value, &value.outputs()[..1]),
            Plan::new(adjoint, &adjoint.outputs()[1..]),
        );
        let registers = vec![Register::new(); value.registers.max(gradients.registers)];
        TensorKernel {
            set,
            graphs,
            parameters,
            value,
            gradients,
            registers,
            memory: Memory::default(),
        }
    }

    /// The graphs that it was compiled from: that of f, and its adjoint.
    #[inline]
    pub fn graphs(&self) -> [&Graph; 2] {
        self.graphs.each_ref()
    }

    /// The trainable parameters, in the order of the text.
    #[inline]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The values of all parameters in a layer of `features`, as they start.
    pub fn initial_parameters(&self, features: usize) -> Vec<f32> {
        let initial = |parameter: &Parameter| {
            std::iter::repeat_n(parameter.initial() as f32, parameter.values(features))
        };
        self.parameters.iter().flat_map(initial).collect()
    }

    /// f over the tensor `x`.
    ///
    /// # Panics
    /// Where a slice is not as long as the shape says.
    pub fn value(&mut self, shape: Shape, x: &[f32], parameters: &[f32], value: &mut [f32]) {
        let TensorKernel {
            set,
            parameters: declared,
            value: plan,
            registers,
            memory,
            ..
        } = self;
        Evaluation {
            plan,
            set: *set,
            declared,
            registers,
            memory,
        }
        .run(shape, [x, x], parameters, value, &mut []);
    }

    /// Bytes that it holds while it runs over tensors of a shape: a few numbers an element for each
    /// value that is read after the block of elements that made it. Where no row reads another,
    /// rows are taken some at a time, and the bytes do not grow with them.
    pub fn bytes(&self, shape: Shape) -> u64 {
        let of = |plan: &Plan| {
            Sizes::new(Shape {
                rows: rows_at_once(plan, shape),
                ..shape
            })
            .bytes(plan)
        };
        of(&self.value).max(of(&self.gradients))
    }

    /// The gradient of `x` from the one that arrives at f, and that of the parameters, which stands
    /// as they do.
    ///
    /// # Panics
    /// Where a slice is not as long as the shape says.
    pub fn gradients(
        &mut self,
        shape: Shape,
        x: &[f32],
        arriving: &[f32],
        parameters: &[f32],
        input_gradient: &mut [f32],
        parameter_gradients: &mut [f32],
    ) {
        assert_eq!(
            parameters.len(),
            parameter_gradients.len(),
            "the gradient of the parameters is as long as they are"
        );
        let TensorKernel {
            set,
            parameters: declared,
            gradients: plan,
            registers,
            memory,
            ..
        } = self;
        let evaluation = Evaluation {
            plan,
            set: *set,
            declared,
            registers,
            memory,
        };
        evaluation.run(
            shape,
            [x, arriving],
            parameters,
            input_gradient,
            parameter_gradients,
        );
    }
}

/// What a run of a plan needs beside the tensors.
struct Evaluation<'a> {
    plan: &'a Plan,
    set: InstructionSet,
    declared: &'a [Parameter],
    registers: &'a mut [Register],
    memory: &'a mut Memory,
}

impl Evaluation<'_> {
    /// Runs the plan over some rows at a time where it allows that: the first output goes into
    /// `elements`, the others one after another into `own`.
    fn run(
        self,
        shape: Shape,
        inputs: [&[f32]; 2],
        parameters: &[f32],
        elements: &mut [f32],
        own: &mut [f32],
    ) {
        let (plan, declared, memory) = (self.plan, self.declared, self.memory);
        let Shape { rows, features } = shape;
        check_lengths(shape, inputs, declared, parameters, elements);
        let at_once = rows_at_once(plan, shape);
        memory.prepare(
            plan,
            Sizes::new(Shape {
                rows: at_once,
                features,
            }),
        );
        let mut padded = std::mem::take(&mut memory.padded);
        for first in (0..rows).step_by(at_once) {
            let sizes = Sizes::new(Shape {
                rows: at_once.min(rows - first),
                features,
            });
            let range = first * features..first * features + sizes.shape.elements();
            let mut here = inputs.map(|input| &input[range.clone()]);
            let [padded_output, padded_inputs @ ..] = &mut padded;
            let is_whole = sizes.tensor == range.len();
            if !is_whole {
                padded_output.resize(sizes.tensor, 0.0);
                here = pad(here, padded_inputs, sizes.tensor);
            }
            let mut parts = memory.split(plan, sizes);
            parts.load(plan, declared, parameters);
            let output = if is_whole {
                &mut elements[range.clone()]
            } else {
                &mut padded_output[..sizes.tensor]
            };
            self.set.enter(Stages {
                plan,
                parts: &mut parts,
                inputs: here,
                output,
                rows,
                registers: &mut *self.registers,
            });
            match plan.outputs[0] {
                Some(source) => parts.store(source, here, &mut elements[range]),
                None if is_whole => {}
                None => elements[range.clone()].copy_from_slice(&padded_output[..range.len()]),
            }
            if first + sizes.shape.rows == rows {
                store_parameters(&mut parts, plan, declared, here, own);
            }
        }
        memory.padded = padded;
    }
}

fn check_lengths(
    shape: Shape,
    inputs: [&[f32]; 2],
    declared: &[Parameter],
    parameters: &[f32],
    elements: &[f32],
) {
    let Shape { rows, features } = shape;
    assert!(shape.elements() > 0, "a tensor has an element");
    for length in [inputs[0].len(), inputs[1].len(), elements.len()] {
        assert_eq!(
            length,
            shape.elements(),
            "a tensor of {rows} rows of {features} features"
        );
    }
    let wanted: usize = declared
        .iter()
        .map(|parameter| parameter.values(features))
        .sum();
    assert_eq!(
        parameters.len(),
        wanted,
        "the values of the parameters in a layer of {features} features"
    );
}

/// The inputs, filled up with zeros to `length` elements.
fn pad<'a>(inputs: [&'a [f32]; 2], padded: &'a mut [Vec<f32>; 2], length: usize) -> [&'a [f32]; 2] {
    for (input, padded) in inputs.iter().zip(padded.iter_mut()) {
        padded.clear();
        padded.extend_from_slice(input);
        padded.resize(length, 0.0);
    }
    padded.each_ref().map(Vec::as_slice)
}

/// Stores the outputs after the first, which are the gradients of the parameters, one after another
/// into `own`.
fn store_parameters(
    parts: &mut Parts,
    plan: &Plan,
    declared: &[Parameter],
    inputs: [&[f32]; 2],
    own: &mut [f32],
) {
    let features = parts.sizes.shape.features;
    let mut rest = own;
    for (parameter, source) in declared.iter().zip(&plan.outputs[1..]) {
        let (own, others) = rest.split_at_mut(parameter.values(features));
        let source = source.expect("the gradient of a parameter is a sum, or constant");
        parts.store(source, inputs, own);
        rest = others;
    }
}

/// How many rows a plan runs over together.
fn rows_at_once(plan: &Plan, Shape { rows, features }: Shape) -> usize {
    if plan.by_rows {
        // Whole groups, so that partial sums go on where they stopped.
        rows.min(
            (ELEMENTS_AT_ONCE / features)
                .next_multiple_of(WIDTH)
                .max(WIDTH),
        )
    } else {
        rows
    }
}
