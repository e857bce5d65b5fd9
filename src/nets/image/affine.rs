//! Shift and activation in one layer: batch normalisation or a bias, a residual, f. Nothing in
//! between is kept: the backward pass makes the pre-activations of a block again, which costs less
//! than reading them from memory.

use std::ops::Range;

use super::channels::{
    rows_a_block, rows_a_line, widen, AddTo, MultiplyBy, PullBack, Scale, Sum, SumGradient,
    SumSquares,
};
use super::unit::{Tiles, Unit};
use crate::formula::kernel::TensorKernel;
use crate::formula::vector::InstructionSet;
use crate::formula::Shape;
use crate::nets::layer::Shift;
use crate::nets::normalisation::{EPSILON, MOMENTUM};
use crate::numerics::buffer::Buffer;

/// Where an affine layer's parameters lie in the flat vector.
#[derive(Clone)]
pub struct Places {
    pub gain: Range<usize>,
    pub shift: Range<usize>,
    /// The activation's own.
    pub activation: Range<usize>,
}

/// A layer of shift and activation, with what it keeps.
pub struct Affine {
    set: InstructionSet,
    channels: usize,
    kind: Shift,
    places: Places,
    /// Averages over batches of mean and unbiased variance: what evaluation normalises by.
    pub running: [Vec<f32>; 2],
    mean: Vec<f64>,
    reciprocal: Vec<f64>,
    lines: Lines,
}

/// Numbers of the channels, repeated to fill a line.
#[derive(Default)]
struct Lines {
    scale: Vec<f32>,
    shift: Vec<f32>,
    middle: Vec<f32>,
    slope: Vec<f32>,
    sums: Vec<f32>,
    along: Vec<f32>,
}

/// Memory that all affine layers share.
#[derive(Default)]
pub struct AffineScratch {
    pub tiles: Tiles,
    /// Maps on their way into and out of a formula over tensors.
    pub whole: [Buffer; 2],
}

/// The maps that a layer reads, of one size.
#[derive(Clone, Copy)]
pub struct Addends<'a> {
    /// What is shifted.
    pub input: &'a [f32],
    /// What is added after that.
    pub residual: Option<&'a [f32]>,
}

/// The maps of a backward pass.
pub struct Gradients<'a> {
    /// That of the output; becomes that of the pre-activations, which is the residual's too.
    pub output: &'a mut [f32],
    /// That of the input and whether it is added to; where there is none it takes the place of the
    /// output's.
    pub input: Option<(&'a mut [f32], bool)>,
    /// The flat vector.
    pub parameters: &'a mut [f32],
}

impl Affine {
    /// A layer over a map of `channels`.
    pub fn new(set: InstructionSet, channels: usize, kind: Shift, places: Places) -> Affine {
        let has = kind == Shift::BatchNormalisation;
        let running = if has {
            [vec![0.0; channels], vec![1.0; channels]]
        } else {
            [Vec::new(), Vec::new()]
        };
        Affine {
            set,
            channels,
            kind,
            places,
            running,
            mean: vec![0.0; channels],
            reciprocal: vec![1.0; channels],
            lines: Lines::default(),
        }
    }

    /// `output = f(shifted input + residual)`. In training a batch is normalised by its own mean
    /// and variance, and the running averages take their part.
    pub fn forward(
        &mut self,
        unit: &mut Unit,
        parameters: &[f32],
        Addends { input, residual }: Addends,
        output: &mut [f32],
        training: bool,
        scratch: &mut AffineScratch,
    ) {
        let rows = input.len() / self.channels;
        if self.kind == Shift::BatchNormalisation {
            if training {
                self.measure(input);
            } else {
                let [mean, variance] = &self.running;
                self.mean
                    .iter_mut()
                    .zip(mean)
                    .for_each(|(to, from)| *to = f64::from(*from));
                self.reciprocal
                    .iter_mut()
                    .zip(variance)
                    .for_each(|(to, from)| *to = 1.0 / (f64::from(*from) + EPSILON).sqrt());
            }
        }
        self.fill_lines(parameters, rows);
        if let Unit::Tensor(kernel) = unit {
            let whole = &mut scratch.whole[0][..input.len()];
            self.shift(input, residual, whole);
            kernel.value(
                Shape {
                    rows,
                    features: self.channels,
                },
                whole,
                &parameters[self.places.activation.clone()],
                output,
            );
            return;
        }
        if matches!(unit, Unit::Identity) {
            return self.shift(input, residual, output);
        }
        let block = rows_a_block(rows, self.channels) * self.channels;
        scratch.tiles.prepare(block.min(input.len()));
        for (index, (input, output)) in input
            .chunks(block)
            .zip(output.chunks_mut(block))
            .enumerate()
        {
            let residual = residual.map(|residual| &residual[index * block..][..input.len()]);
            let tile = &mut scratch.tiles.pre_activation[..input.len()];
            self.shift(input, residual, tile);
            match unit {
                Unit::Pointwise(kernel) => kernel.value(tile, output),
                Unit::Mixed(mixed) => mixed.value(tile, output),
                Unit::Identity | Unit::Tensor(_) => unreachable!("they were served above"),
            }
        }
    }

    /// The gradients of input, residual and parameters after a training pass over the same maps.
    pub fn backward(
        &mut self,
        unit: &mut Unit,
        parameters: &[f32],
        addends: Addends,
        gradients: Gradients,
        scratch: &mut AffineScratch,
    ) {
        let Addends { input, residual } = addends;
        let (channels, rows) = (self.channels, input.len() / self.channels);
        if let Unit::Tensor(kernel) = unit {
            let own = self.places.activation.clone();
            self.pull_through_tensor(
                kernel,
                &parameters[own.clone()],
                addends,
                gradients.output,
                &mut gradients.parameters[own],
                &mut scratch.whole,
            );
        }
        let block = rows_a_block(rows, channels) * channels;
        scratch.tiles.prepare(block.min(input.len()));
        let (mut sums, mut along) = (vec![0.0_f64; channels], vec![0.0_f64; channels]);
        for (index, (input, gradient)) in input
            .chunks(block)
            .zip(gradients.output.chunks_mut(block))
            .enumerate()
        {
            let residual = residual.map(|residual| &residual[index * block..][..input.len()]);
            if let Unit::Pointwise(_) | Unit::Mixed(_) = unit {
                let addends = Addends { input, residual };
                self.pull_through_tile(unit, addends, gradient, &mut scratch.tiles);
            }
            if self.kind != Shift::None {
                self.sum_gradient(input, gradient, [&mut sums, &mut along]);
            }
        }
        self.pull_through_shift(parameters, input, gradients, (&sums, &mut along));
    }

    /// The gradient of the output becomes that of the pre-activations of a formula over tensors;
    /// that of its parameters is taken too.
    #[inline]
    fn pull_through_tensor(
        &self,
        kernel: &mut TensorKernel,
        parameters: &[f32],
        Addends { input, residual }: Addends,
        gradient: &mut [f32],
        parameter_gradients: &mut [f32],
        [whole, leaving]: &mut [Buffer; 2],
    ) {
        let (whole, leaving) = (&mut whole[..input.len()], &mut leaving[..input.len()]);
        self.shift(input, residual, whole);
        let shape = Shape {
            rows: input.len() / self.channels,
            features: self.channels,
        };
        kernel.gradients(
            shape,
            whole,
            gradient,
            parameters,
            leaving,
            parameter_gradients,
        );
        gradient.copy_from_slice(leaving);
    }

    /// The gradient of a block of the output becomes that of its pre-activations, which are made
    /// again.
    #[inline]
    fn pull_through_tile(
        &self,
        unit: &mut Unit,
        Addends { input, residual }: Addends,
        gradient: &mut [f32],
        tiles: &mut Tiles,
    ) {
        let Tiles {
            pre_activation,
            value,
            slope,
        } = tiles;
        let [tile, value, slope] =
            [pre_activation, value, slope].map(|tile| &mut tile[..input.len()]);
        self.shift(input, residual, tile);
        match unit {
            Unit::Pointwise(kernel) => {
                kernel.value_and_slope(tile, value, slope);
                MultiplyBy {
                    factor: slope,
                    target: gradient,
                }
                .run(self.set);
            }
            Unit::Mixed(mixed) => mixed.pull_back(self.set, tile, value, slope, gradient),
            Unit::Identity | Unit::Tensor(_) => {}
        }
    }

    /// Adds a block's sums of the gradient of the pre-activations to those of the channels, alone
    /// and along the input less its mean.
    #[inline]
    fn sum_gradient(&mut self, input: &[f32], gradient: &[f32], [sums, along]: [&mut [f64]; 2]) {
        let Lines {
            middle,
            sums: line_sums,
            along: line_along,
            ..
        } = &mut self.lines;
        SumGradient {
            input,
            gradient,
            middle,
            sums: line_sums,
            along: line_along,
        }
        .run(self.set);
        fold(line_sums, sums);
        fold(line_along, along);
    }

    /// The gradients of gain and shift from the sums of [`Affine::sum_gradient`], and that of the
    /// input from that of the pre-activations.
    #[inline]
    fn pull_through_shift(
        &mut self,
        parameters: &[f32],
        input: &[f32],
        gradients: Gradients,
        (sums, along): (&[f64], &mut [f64]),
    ) {
        let Gradients {
            output: gradient,
            input: input_gradient,
            parameters: parameter_gradients,
        } = gradients;
        if self.kind != Shift::None {
            store(sums, &mut parameter_gradients[self.places.shift.clone()]);
        }
        if self.kind == Shift::BatchNormalisation {
            along
                .iter_mut()
                .zip(&self.reciprocal)
                .for_each(|(along, reciprocal)| *along *= reciprocal);
            store(along, &mut parameter_gradients[self.places.gain.clone()]);
            self.pull_through_statistics(parameters, input.len() / self.channels, [sums, along]);
            PullBack {
                gradient,
                input,
                scale: &self.lines.scale,
                slope: &self.lines.slope,
                shift: &self.lines.shift,
                output: input_gradient,
            }
            .run(self.set);
            // The lines of the forward pass are gone; the next pass fills them anew.
        } else if let Some((input_gradient, add)) = input_gradient {
            if add {
                AddTo {
                    addend: gradient,
                    target: input_gradient,
                }
                .run(self.set);
            } else {
                input_gradient.copy_from_slice(gradient);
            }
        }
    }

    fn shift(&self, input: &[f32], residual: Option<&[f32]>, output: &mut [f32]) {
        Scale {
            input,
            scale: &self.lines.scale,
            shift: &self.lines.shift,
            residual,
            output,
        }
        .run(self.set);
    }

    /// The batch's mean and reciprocal deviation, merged block by block in 64 bits (Chan et al.
    /// 1979).
    fn measure(&mut self, input: &[f32]) {
        let (channels, rows) = (self.channels, input.len() / self.channels);
        let together = rows_a_line(rows, channels);
        let block = rows_a_block(rows, channels);
        let Lines { sums, middle, .. } = &mut self.lines;
        [&mut *sums, &mut *middle]
            .into_iter()
            .for_each(|line| line.resize(together * channels, 0.0));
        let (mut mean, mut squares) = (vec![0.0_f64; channels], vec![0.0_f64; channels]);
        let (mut block_mean, mut block_squares) =
            (vec![0.0_f64; channels], vec![0.0_f64; channels]);
        let mut seen = 0.0;
        for input in input.chunks(block * channels) {
            let count = (input.len() / channels) as f64;
            Sum { input, sums }.run(self.set);
            block_mean.fill(0.0);
            fold(sums, &mut block_mean);
            block_mean.iter_mut().for_each(|mean| *mean /= count);
            widen(|channel| block_mean[channel] as f32, channels, middle);
            SumSquares {
                input,
                middle,
                sums,
            }
            .run(self.set);
            block_squares.fill(0.0);
            fold(sums, &mut block_squares);
            let total = seen + count;
            for channel in 0..channels {
                let apart = block_mean[channel] - mean[channel];
                mean[channel] += apart * count / total;
                squares[channel] += block_squares[channel] + apart * apart * seen * count / total;
            }
            seen = total;
        }
        let [running_mean, running_variance] = &mut self.running;
        for channel in 0..channels {
            let mix = |old: &mut f32, new: f64| {
                *old = ((1.0 - MOMENTUM) * f64::from(*old) + MOMENTUM * new) as f32
            };
            mix(&mut running_mean[channel], mean[channel]);
            mix(
                &mut running_variance[channel],
                squares[channel] / (seen - 1.0).max(1.0),
            );
            self.mean[channel] = mean[channel];
            self.reciprocal[channel] = 1.0 / (squares[channel] / seen + EPSILON).sqrt();
        }
    }

    fn fill_lines(&mut self, parameters: &[f32], rows: usize) {
        let Affine {
            channels,
            kind,
            places,
            mean,
            reciprocal,
            lines,
            ..
        } = self;
        let width = *channels * rows_a_line(rows, *channels);
        for line in [
            &mut lines.scale,
            &mut lines.shift,
            &mut lines.middle,
            &mut lines.slope,
            &mut lines.sums,
            &mut lines.along,
        ] {
            line.resize(width, 0.0);
        }
        let (gain, shift) = (
            &parameters[places.gain.clone()],
            &parameters[places.shift.clone()],
        );
        match kind {
            Shift::None => {
                widen(|_| 1.0, *channels, &mut lines.scale);
                widen(|_| 0.0, *channels, &mut lines.shift);
            }
            Shift::Bias => {
                widen(|_| 1.0, *channels, &mut lines.scale);
                widen(|channel| shift[channel], *channels, &mut lines.shift);
            }
            Shift::LayerNormalisation => unreachable!("a layer is refused where it is made ready"),
            Shift::BatchNormalisation => {
                let scale = |channel: usize| f64::from(gain[channel]) * reciprocal[channel];
                widen(|channel| scale(channel) as f32, *channels, &mut lines.scale);
                widen(
                    |channel| (f64::from(shift[channel]) - mean[channel] * scale(channel)) as f32,
                    *channels,
                    &mut lines.shift,
                );
            }
        }
        widen(|channel| mean[channel] as f32, *channels, &mut lines.middle);
    }

    /// Lines by which the gradient of the pre-activations becomes that of the input; `sums` are
    /// those of shift and gain.
    fn pull_through_statistics(
        &mut self,
        parameters: &[f32],
        rows: usize,
        [sums, along]: [&[f64]; 2],
    ) {
        let Affine {
            channels,
            places,
            mean,
            reciprocal,
            lines,
            ..
        } = self;
        let (gain, count) = (&parameters[places.gain.clone()], rows as f64);
        let scale = |channel: usize| f64::from(gain[channel]) * reciprocal[channel];
        let slope = |channel: usize| -scale(channel) * reciprocal[channel] * along[channel] / count;
        widen(|channel| scale(channel) as f32, *channels, &mut lines.scale);
        widen(|channel| slope(channel) as f32, *channels, &mut lines.slope);
        widen(
            |channel| {
                (-scale(channel) * sums[channel] / count - slope(channel) * mean[channel]) as f32
            },
            *channels,
            &mut lines.shift,
        );
    }
}

/// Adds a line's parts to the numbers of the channels.
fn fold(line: &[f32], totals: &mut [f64]) {
    for part in line.chunks_exact(totals.len()) {
        totals
            .iter_mut()
            .zip(part)
            .for_each(|(total, part)| *total += f64::from(*part));
    }
}

/// Writes the numbers of the channels over parameters, or over their gradient, in 32 bits.
fn store(numbers: &[f64], parameters: &mut [f32]) {
    parameters
        .iter_mut()
        .zip(numbers)
        .for_each(|(to, from)| *to = *from as f32);
}
