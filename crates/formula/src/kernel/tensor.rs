//! A formula over whole tensors: for what reads its row or the batch, and for what has trainable
//! parameters.

use std::sync::Arc;

use super::interpreter::{Block, Register, Spread, Tensors, BLOCK};
use super::memory::{width, Memory, Parts, Sizes};
use super::passes::{roll, total, Reduce, SumFeatures, SumUp, WIDTH};
use super::plan::{Pass, PassKind, Plan, Reach, Slot, Source, Stage};
use super::LANES;
use crate::graph::{Axis, Graph, Parameter, Reduction};
use crate::reference::Shape;
use crate::vector::{InstructionSet, Simd, WithSimd};

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
    /// output is f of input 0, and its `adjoint`, as [`super::super::Formula::adjoint`] gives it.
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
    pub fn graphs(&self) -> [&Graph; 2] {
        self.graphs.each_ref()
    }

    /// The trainable parameters, in the order of the text.
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
        let Evaluation {
            plan,
            set,
            declared,
            registers,
            memory,
        } = self;
        let Shape { rows, features } = shape;
        assert!(shape.elements() > 0, "a tensor has an element");
        for length in inputs
            .iter()
            .map(|input| input.len())
            .chain([elements.len()])
        {
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
                for (input, padded) in here.iter_mut().zip(padded_inputs) {
                    padded.clear();
                    padded.extend_from_slice(input);
                    padded.resize(sizes.tensor, 0.0);
                    *input = padded;
                }
            }
            let mut parts = memory.split(plan, sizes);
            parts.load(plan, declared, parameters);
            let output = if is_whole {
                &mut elements[range.clone()]
            } else {
                &mut padded_output[..sizes.tensor]
            };
            set.enter(Stages {
                plan,
                parts: &mut parts,
                inputs: here,
                output,
                rows,
                registers,
            });
            match plan.outputs[0] {
                Some(source) => parts.store(source, here, &mut elements[range]),
                None if is_whole => {}
                None => elements[range.clone()].copy_from_slice(&padded_output[..range.len()]),
            }
            if first + sizes.shape.rows == rows {
                let mut rest = &mut *own;
                for (parameter, source) in declared.iter().zip(&plan.outputs[1..]) {
                    let (own, others) = rest.split_at_mut(parameter.values(features));
                    parts.store(
                        source.expect("the gradient of a parameter is a sum, or constant"),
                        here,
                        own,
                    );
                    rest = others;
                }
            }
        }
        memory.padded = padded;
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

/// All stages of a plan.
struct Stages<'a, 'b> {
    plan: &'a Plan,
    parts: &'a mut Parts<'b>,
    /// As long as whole vectors are.
    inputs: [&'a [f32]; 2],
    output: &'a mut [f32],
    /// Of the whole tensor.
    rows: usize,
    registers: &'a mut [Register],
}

impl WithSimd for Stages<'_, '_> {
    type Output = ();

    #[inline]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let mut sums = 0;
        for stage in &self.plan.stages {
            self.spread(simd, stage);
            self.elements(simd, stage, sums);
            sums = self.finish(stage, sums);
            stage.passes.iter().for_each(|pass| self.pass(simd, *pass));
        }
    }
}

impl Stages<'_, '_> {
    /// The programs over numbers and over one row of features.
    fn spread<S: Simd>(&mut self, simd: S, stage: &Stage) {
        let [numbers, rows, _] = &stage.programs;
        let (inputs, Sizes { shape, strip, .. }) = ([&[][..]; 2], self.parts.sizes);
        if !numbers.instructions.is_empty() {
            let tensors = Tensors {
                storage: &mut *self.parts.numbers,
                stride: LANES,
                start: 0,
            };
            let (outputs, spread) = ([&mut [][..], &mut []], Spread::default());
            Block {
                length: LANES,
                registers: &mut *self.registers,
                inputs,
                outputs,
                tensors,
                spread,
            }
            .run(simd, numbers);
        }
        if !rows.instructions.is_empty() {
            let end = shape.features.next_multiple_of(LANES);
            for start in (0..end).step_by(BLOCK) {
                let tensors = Tensors {
                    storage: &mut *self.parts.strips,
                    stride: strip,
                    start,
                };
                let (outputs, spread) = (
                    [&mut [][..], &mut []],
                    Spread {
                        numbers: &*self.parts.numbers,
                        ..Spread::default()
                    },
                );
                Block {
                    length: BLOCK.min(end - start),
                    registers: &mut *self.registers,
                    inputs,
                    outputs,
                    tensors,
                    spread,
                }
                .run(simd, rows);
            }
            stage.rows.iter().for_each(|index| {
                self.parts.go_on(Slot {
                    reach: Reach::Rows,
                    index: *index,
                })
            });
        }
    }

    /// The program over all elements, block by block, with what is summed of each block;
    /// `first_sum` is where the stage's sums begin.
    fn elements<S: Simd>(&mut self, simd: S, stage: &Stage, first_sum: usize) {
        let program = &stage.programs[2];
        if program.instructions.is_empty() && stage.gathers.is_empty() {
            return;
        }
        let Parts {
            sizes,
            numbers,
            strips,
            tensors,
            sums,
        } = &mut *self.parts;
        let Sizes {
            shape,
            tensor,
            strip,
        } = *sizes;
        for start in (0..tensor).step_by(BLOCK) {
            let length = BLOCK.min(tensor - start);
            let inputs = self
                .inputs
                .map(|input| input.get(start..start + length).unwrap_or_default());
            let spread = Spread {
                numbers,
                strips,
                stride: strip,
                start: start % shape.features,
            };
            let tensors = Tensors {
                storage: tensors,
                stride: tensor,
                start,
            };
            let mut block = Block {
                length,
                registers: &mut *self.registers,
                inputs,
                outputs: [&mut self.output[start..start + length], &mut []],
                tensors,
                spread,
            };
            block.run(simd, program);
            let mut sums = &mut sums[first_sum..];
            for gather in &stage.gathers {
                let x = &block.read(gather.from)[..length.min(shape.elements() - start)];
                let (own, others) = sums.split_at_mut(width(gather, shape.features));
                sums = others;
                match own.try_into() {
                    Ok(sums) if gather.sums == Reach::Tensor => simd.vectorize(SumUp { x, sums }),
                    _ => simd.vectorize(SumFeatures {
                        x,
                        first: spread.start,
                        sums: own,
                    }),
                }
            }
        }
    }

    /// Makes results of the stage's sums; gives where those of the next begin.
    fn finish(&mut self, stage: &Stage, first_sum: usize) -> usize {
        let features = self.parts.sizes.shape.features;
        let mut first = first_sum;
        for gather in &stage.gathers {
            let range = first..first + width(gather, features);
            first = range.end;
            let count = match (gather.is_mean, gather.sums) {
                (false, _) => 1,
                (true, Reach::Tensor) => self.rows * features,
                (true, _) => self.rows,
            };
            let result = |sum: f64| (sum / count as f64) as f32;
            if gather.sums == Reach::Tensor {
                let sum = total(
                    self.parts.sums[range]
                        .try_into()
                        .expect("a sum over a tensor has that many parts"),
                );
                self.parts.of_mut(gather.to).fill(result(sum));
            } else {
                let sums = std::mem::take(&mut self.parts.sums);
                for row in self.parts.of_mut(gather.to).chunks_exact_mut(features) {
                    row.iter_mut()
                        .zip(&sums[range.clone()])
                        .for_each(|(out, sum)| *out = result(*sum));
                }
                self.parts.sums = sums;
                self.parts.go_on(gather.to);
            }
        }
        first
    }

    fn pass<S: Simd>(&mut self, simd: S, pass: Pass) {
        let Sizes { shape, tensor, .. } = self.parts.sizes;
        let elements = shape.elements();
        match pass.from {
            Source::Constant(constant) => {
                let result = match pass.kind {
                    PassKind::Reduce(Reduction::Sum, axis) => {
                        constant
                            * length(
                                axis,
                                Shape {
                                    rows: self.rows,
                                    ..shape
                                },
                            ) as f32
                    }
                    _ => constant,
                };
                self.parts.of_mut(pass.to).fill(result);
            }
            Source::Input(input) => run_pass(
                simd,
                pass.kind,
                shape,
                &self.inputs[input][..elements],
                self.parts.of_mut(pass.to),
            ),
            Source::Stored(Slot { index: from, .. }) => match pass.to {
                Slot {
                    reach: Reach::Element,
                    index: to,
                } => {
                    let (first, second) = self.parts.tensors.split_at_mut(from.max(to) * tensor);
                    let (low, high) = (
                        &mut first[from.min(to) * tensor..][..elements],
                        &mut second[..elements],
                    );
                    let (x, out): (&[f32], _) = if from < to { (low, high) } else { (high, low) };
                    run_pass(simd, pass.kind, shape, x, out);
                }
                to => {
                    let tensors = std::mem::take(&mut self.parts.tensors);
                    run_pass(
                        simd,
                        pass.kind,
                        shape,
                        &tensors[from * tensor..][..elements],
                        self.parts.of_mut(to),
                    );
                    self.parts.tensors = tensors;
                }
            },
        }
        self.parts.go_on(pass.to);
    }
}

/// Over how many elements a reduction runs.
fn length(axis: Axis, Shape { rows, features }: Shape) -> usize {
    match axis {
        Axis::Features => features,
        Axis::Batch => rows,
        Axis::Tensor => rows * features,
    }
}

fn run_pass<S: Simd>(simd: S, kind: PassKind, shape: Shape, x: &[f32], out: &mut [f32]) {
    match kind {
        PassKind::Reduce(reduction, axis) => simd.vectorize(Reduce {
            reduction,
            axis,
            shape,
            x,
            out,
        }),
        PassKind::Roll(places) => roll(places, shape.features, x, out),
    }
}
