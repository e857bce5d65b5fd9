//! The stages of a plan, one after another: programs over blocks, the sums that they leave, and
//! passes over whole tensors.

use super::interpreter::{Block, Register, Spread, Tensors, BLOCK};
use super::lanes::LANES;
use super::memory::{width, Parts, Sizes};
use super::passes::{roll, total, Reduce, SumFeatures, SumUp};
use super::plan::{Pass, PassKind, Plan, Stage};
use super::slot::{Reach, Slot, Source};
use crate::graph::{Axis, Reduction};
use crate::reference::Shape;
use crate::vector::{Simd, WithSimd};

/// All stages of a plan.
pub struct Stages<'a, 'b> {
    pub plan: &'a Plan,
    pub parts: &'a mut Parts<'b>,
    /// As long as whole vectors are.
    pub inputs: [&'a [f32]; 2],
    pub output: &'a mut [f32],
    /// Of the whole tensor.
    pub rows: usize,
    pub registers: &'a mut [Register],
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
