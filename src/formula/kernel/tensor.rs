//! A formula over whole tensors: for what reads its row or the batch, and for what has trainable parameters.

use super::interpreter::{Block, Register, Tensors, BLOCK};
use super::passes::{roll, Reduce};
use super::plan::{PassKind, Plan, Source, Stage};
use super::LANES;
use crate::formula::graph::{Graph, Parameter, Scope};
use crate::formula::reference::Shape;
use crate::vector::{InstructionSet, Simd, WithSimd};

/// Elements of a cache line, on which every tensor begins.
const CACHE_LINE: usize = 64 / size_of::<f32>();

/// A formula of any class made ready to run over tensors of rows x features, which stand row by row; owns its scratch space, so each worker clones its
/// own. Parameters are arguments of a run: their values one after another in the order of the text, one of a layer's, one a feature of a channel's.
///
/// A result depends on the tensor, the parameters and the instruction set alone. What it needs in memory is allocated when a larger tensor comes than
/// any before.
#[derive(Clone)]
pub struct TensorKernel {
    set: InstructionSet,
    parameters: Vec<Parameter>,
    value: Plan,
    gradients: Plan,
    registers: Vec<Register>,
    memory: Vec<f32>,
}

impl TensorKernel {
    /// Compiles a formula for the widest instruction set of this machine: `value`, whose first output is f of input 0, and its `adjoint`, as
    /// [`super::super::Formula::adjoint`] gives it.
    pub fn new(value: &Graph, adjoint: &Graph) -> TensorKernel {
        TensorKernel::for_instruction_set(value, adjoint, InstructionSet::best())
    }

    /// Compiles for a given instruction set.
    ///
    /// # Panics
    /// Where the adjoint has not an output for f, one for the gradient of x, and one for each parameter.
    pub fn for_instruction_set(value: &Graph, adjoint: &Graph, set: InstructionSet) -> TensorKernel {
        let parameters = value.parameters().to_vec();
        assert_eq!(adjoint.outputs().len(), 2 + parameters.len(), "an adjoint gives f, the gradient of x, and that of each parameter");
        let (value, gradients) = (Plan::new(value, 1, &value.outputs()[..1]), Plan::new(adjoint, 2, &adjoint.outputs()[1..]));
        let registers = vec![Register::new(); value.registers.max(gradients.registers)];
        TensorKernel { set, parameters, value, gradients, registers, memory: Vec::new() }
    }

    /// The trainable parameters, in the order of the text.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The values of all parameters in a layer of `features`, as they start.
    pub fn initial_parameters(&self, features: usize) -> Vec<f32> {
        let initial = |parameter: &Parameter| std::iter::repeat_n(parameter.initial() as f32, parameter.values(features));
        self.parameters.iter().flat_map(initial).collect()
    }

    /// f over the tensor `x`.
    ///
    /// # Panics
    /// Where a slice is not as long as the shape says.
    pub fn value(&mut self, shape: Shape, x: &[f32], parameters: &[f32], value: &mut [f32]) {
        let TensorKernel { set, parameters: declared, value: plan, registers, memory, .. } = self;
        let mut run = Run::new(plan, shape, memory);
        run.load([Some(x), None], declared, parameters);
        set.enter(Stages { run: &mut run, registers });
        run.store(plan.outputs[0], value);
    }

    /// The gradient of `x` from the one that arrives at f, and that of the parameters, which stands as they do.
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
        assert_eq!(parameters.len(), parameter_gradients.len(), "the gradient of the parameters is as long as they are");
        let TensorKernel { set, parameters: declared, gradients: plan, registers, memory, .. } = self;
        let mut run = Run::new(plan, shape, memory);
        run.load([Some(x), Some(arriving)], declared, parameters);
        set.enter(Stages { run: &mut run, registers });
        let (first, rest) = plan.outputs.split_first().expect("an adjoint's plan has the gradient of x");
        run.store(*first, input_gradient);
        let mut gradients = parameter_gradients;
        for (parameter, source) in declared.iter().zip(rest) {
            let (own, others) = gradients.split_at_mut(parameter.values(shape.features));
            run.store_first(*source, own);
            gradients = others;
        }
    }
}

/// A plan over tensors of one shape.
struct Run<'a> {
    plan: &'a Plan,
    shape: Shape,
    /// Elements from one tensor to the next: whole cache lines, so that the last vector of any instruction set has room.
    stride: usize,
    storage: &'a mut [f32],
}

impl<'a> Run<'a> {
    fn new(plan: &'a Plan, shape: Shape, memory: &'a mut Vec<f32>) -> Run<'a> {
        assert!(shape.elements() > 0, "a tensor has an element");
        let stride = shape.elements().next_multiple_of(LANES);
        let wanted = plan.tensors * stride + CACHE_LINE;
        if memory.len() < wanted {
            memory.resize(wanted, 0.0);
        }
        let past = memory.as_ptr() as usize % 64 / size_of::<f32>();
        let storage = &mut memory[(CACHE_LINE - past) % CACHE_LINE..][..plan.tensors * stride];
        Run { plan, shape, stride, storage }
    }

    fn tensor(&self, index: usize) -> &[f32] {
        &self.storage[index * self.stride..][..self.shape.elements()]
    }

    fn tensor_mut(&mut self, index: usize) -> &mut [f32] {
        &mut self.storage[index * self.stride..][..self.shape.elements()]
    }

    /// Fills the tensors of the inputs and the parameters.
    fn load(&mut self, inputs: [Option<&[f32]>; 2], declared: &[Parameter], parameters: &[f32]) {
        let Shape { rows, features } = self.shape;
        for input in inputs.into_iter().flatten() {
            assert_eq!(input.len(), rows * features, "a tensor of {rows} rows of {features} features");
        }
        let wanted: usize = declared.iter().map(|parameter| parameter.values(features)).sum();
        assert_eq!(parameters.len(), wanted, "the values of the parameters in a layer of {features} features");
        let plan = self.plan;
        for (tensor, input) in plan.inputs.iter().zip(inputs) {
            if let (Some(tensor), Some(input)) = (tensor, input) {
                self.tensor_mut(*tensor).copy_from_slice(input);
            }
        }
        let mut rest = parameters;
        for (tensor, parameter) in plan.parameters.iter().zip(declared) {
            let (own, others) = rest.split_at(parameter.values(features));
            rest = others;
            let Some(tensor) = *tensor else { continue };
            match parameter.scope {
                Scope::Layer => self.tensor_mut(tensor).fill(own[0]),
                Scope::Channel => self.tensor_mut(tensor).chunks_exact_mut(features).for_each(|row| row.copy_from_slice(own)),
            }
        }
    }

    fn store(&self, source: Source, out: &mut [f32]) {
        assert_eq!(out.len(), self.shape.elements(), "a tensor of {} rows of {} features", self.shape.rows, self.shape.features);
        self.store_first(source, out);
    }

    /// The first elements of an output, as many as `out` takes.
    fn store_first(&self, source: Source, out: &mut [f32]) {
        match source {
            Source::Tensor(tensor) => out.copy_from_slice(&self.tensor(tensor)[..out.len()]),
            Source::Constant(constant) => out.fill(constant),
        }
    }

    fn stage<S: Simd>(&mut self, simd: S, stage: &Stage, registers: &mut [Register]) {
        let elements = self.shape.elements();
        if !stage.program.instructions.is_empty() {
            let end = elements.next_multiple_of(S::F32_LANES);
            for start in (0..end).step_by(BLOCK) {
                let tensors = Tensors { storage: &mut *self.storage, stride: self.stride, start };
                let length = BLOCK.min(end - start);
                Block { length, registers: &mut *registers, input: &[], outputs: [&mut [], &mut []], tensors }.run(simd, &stage.program);
            }
        }
        for pass in &stage.passes {
            let (first, second) = self.storage.split_at_mut(pass.from.max(pass.to) * self.stride);
            let low = pass.from.min(pass.to) * self.stride;
            let (low, high) = (&mut first[low..][..elements], &mut second[..elements]);
            let (x, out): (&[f32], _) = if pass.from < pass.to { (low, high) } else { (high, low) };
            match pass.kind {
                PassKind::Reduce(reduction, axis) => simd.vectorize(Reduce { reduction, axis, shape: self.shape, x, out }),
                PassKind::Roll(places) => roll(places, self.shape.features, x, out),
            }
        }
    }
}

/// All stages of a plan.
struct Stages<'a, 'b> {
    run: &'a mut Run<'b>,
    registers: &'a mut [Register],
}

impl WithSimd for Stages<'_, '_> {
    type Output = ();

    #[inline]
    fn with_simd<S: Simd>(self, simd: S) {
        let plan = self.run.plan;
        for stage in &plan.stages {
            self.run.stage(simd, stage, self.registers);
        }
    }
}
