//! Pools and shortcuts without parameters: the greatest of a window, the mean of a map, every n-th
//! place; forward and backward.

use std::ops::Range;

use crate::formula::vector::{load, over_strips, store, InstructionSet, Simd, Strip, WithSimd};
use crate::nets::layer::MapShape;

/// A pool over windows of a map, square and padded; a window that lies in the padding alone gives
/// minus infinity.
#[derive(Clone, Copy, Debug)]
pub struct MaxPool {
    /// The map that it reads.
    pub input: MapShape,
    /// The map that it makes.
    pub output: MapShape,
    /// Places of a side of the window.
    pub kernel: usize,
    /// Places from a window to the next.
    pub stride: usize,
    /// Places on each side of the map that no window takes its greatest from.
    pub padding: usize,
}

/// The part of a window that is on the map.
#[derive(Clone)]
struct Window {
    rows: Range<usize>,
    columns: Range<usize>,
    width: usize,
    channels: usize,
}

impl Window {
    /// Calls `visit` with where the channels of each place begin in an image, row by row.
    #[inline(always)]
    fn each(&self, mut visit: impl FnMut(usize)) {
        for row in self.rows.clone() {
            for column in self.columns.clone() {
                visit((row * self.width + column) * self.channels);
            }
        }
    }
}

impl MaxPool {
    #[inline(always)]
    fn window(self, place: usize) -> Window {
        let along = |place: usize, side: usize| {
            let start = place * self.stride;
            start.saturating_sub(self.padding)
                ..(start + self.kernel).saturating_sub(self.padding).min(side)
        };
        let MapShape {
            height,
            width,
            channels,
        } = self.input;
        Window {
            rows: along(place / self.output.width, height),
            columns: along(place % self.output.width, width),
            width,
            channels,
        }
    }

    /// Whether every element of the input is in a window.
    fn covers(self) -> bool {
        let reaches = |output: usize, side: usize| {
            (output - 1) * self.stride + self.kernel >= side + self.padding
        };
        self.kernel >= self.stride
            && reaches(self.output.height, self.input.height)
            && reaches(self.output.width, self.input.width)
    }

    /// The greatest element of each window. A NaN is greater than all.
    pub fn forward(self, set: InstructionSet, input: &[f32], output: &mut [f32]) {
        set.run(PoolForward {
            pool: self,
            input,
            output,
        });
    }

    /// The gradient of the input, written over `input_gradient`: each output's goes to the element
    /// that it is, the first of equals. `maps` are the input and the output of the forward pass.
    pub fn backward(
        self,
        set: InstructionSet,
        maps: [&[f32]; 2],
        gradient: &[f32],
        input_gradient: &mut [f32],
    ) {
        let overlaps = self.kernel > self.stride;
        if overlaps || !self.covers() {
            input_gradient.fill(0.0);
        }
        set.run(PoolBackward {
            pool: self,
            overlaps,
            maps,
            gradient,
            input_gradient,
        });
    }
}

struct PoolForward<'a> {
    pool: MaxPool,
    input: &'a [f32],
    output: &'a mut [f32],
}

impl WithSimd for PoolForward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (pool, channels) = (self.pool, self.pool.input.channels);
        let outputs = self.output.chunks_exact_mut(pool.output.elements());
        for (image, output) in self.input.chunks_exact(pool.input.elements()).zip(outputs) {
            for (place, output) in output.chunks_exact_mut(channels).enumerate() {
                over_strips::<S, 4>(
                    simd,
                    channels,
                    &mut Greatest {
                        image,
                        window: pool.window(place),
                        output,
                    },
                );
            }
        }
    }
}

/// The channels of one place of the output.
struct Greatest<'a> {
    image: &'a [f32],
    window: Window,
    output: &'a mut [f32],
}

impl Strip for Greatest<'_> {
    #[inline(always)]
    fn strip<S: Simd, const V: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        column: usize,
        length: usize,
    ) {
        let mut greatest = [simd.splat_f32s(f32::NEG_INFINITY); V];
        self.window.each(|start| {
            let x = load::<S, V, TAIL>(simd, &self.image[start + column..][..length]);
            greatest = std::array::from_fn(|i| {
                let or_nan = simd.select_f32s(simd.equal_f32s(x[i], x[i]), greatest[i], x[i]);
                simd.select_f32s(simd.less_than_f32s(greatest[i], x[i]), x[i], or_nan)
            });
        });
        store::<S, V, TAIL>(simd, &greatest, &mut self.output[column..column + length]);
    }
}

struct PoolBackward<'a> {
    pool: MaxPool,
    overlaps: bool,
    maps: [&'a [f32]; 2],
    gradient: &'a [f32],
    input_gradient: &'a mut [f32],
}

impl WithSimd for PoolBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let PoolBackward {
            pool,
            overlaps,
            maps: [input, output],
            gradient,
            input_gradient,
        } = self;
        let (channels, inputs, outputs) = (
            pool.input.channels,
            pool.input.elements(),
            pool.output.elements(),
        );
        let images = input
            .chunks_exact(inputs)
            .zip(input_gradient.chunks_exact_mut(inputs));
        for ((image, image_gradient), (output, gradient)) in images.zip(
            output
                .chunks_exact(outputs)
                .zip(gradient.chunks_exact(outputs)),
        ) {
            let places = output
                .chunks_exact(channels)
                .zip(gradient.chunks_exact(channels));
            for (place, (output, gradient)) in places.enumerate() {
                let window = pool.window(place);
                over_strips::<S, 4>(
                    simd,
                    channels,
                    &mut Return {
                        image,
                        window,
                        output,
                        gradient,
                        image_gradient,
                        overlaps,
                    },
                );
            }
        }
    }
}

/// The gradient of one place of the output on its way back.
struct Return<'a> {
    image: &'a [f32],
    window: Window,
    output: &'a [f32],
    gradient: &'a [f32],
    image_gradient: &'a mut [f32],
    overlaps: bool,
}

impl Strip for Return<'_> {
    #[inline(always)]
    fn strip<S: Simd, const V: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        column: usize,
        length: usize,
    ) {
        let zero = simd.splat_f32s(0.0);
        let greatest = load::<S, V, TAIL>(simd, &self.output[column..column + length]);
        // What no element has got yet.
        let mut left = load::<S, V, TAIL>(simd, &self.gradient[column..column + length]);
        self.window.each(|start| {
            let x = load::<S, V, TAIL>(simd, &self.image[start + column..][..length]);
            let line = &mut self.image_gradient[start + column..][..length];
            let mut given = if self.overlaps {
                load::<S, V, TAIL>(simd, line)
            } else {
                [zero; V]
            };
            for i in 0..V {
                let (is_greatest, is_number) = (
                    simd.equal_f32s(x[i], greatest[i]),
                    simd.equal_f32s(x[i], x[i]),
                );
                let takes = |taken, other| {
                    simd.select_f32s(
                        is_greatest,
                        taken,
                        simd.select_f32s(is_number, other, taken),
                    )
                };
                given[i] = simd.add_f32s(given[i], takes(left[i], zero));
                left[i] = takes(zero, left[i]);
            }
            store::<S, V, TAIL>(simd, &given, line);
        });
    }
}

/// The mean of all places of a map, a channel each.
#[derive(Clone, Copy, Debug)]
pub struct AveragePool {
    /// The map that it reads.
    pub input: MapShape,
}

impl AveragePool {
    /// Writes the mean of each channel of each image over `output` (images x channels).
    pub fn forward(self, input: &[f32], output: &mut [f32]) {
        let (channels, part) = (self.input.channels, 1.0 / self.input.places() as f32);
        for (image, output) in input
            .chunks_exact(self.input.elements())
            .zip(output.chunks_exact_mut(channels))
        {
            output.fill(0.0);
            for row in image.chunks_exact(channels) {
                output.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
            }
            output.iter_mut().for_each(|sum| *sum *= part);
        }
    }

    /// The gradient of the input, written over it.
    pub fn backward(self, gradient: &[f32], input_gradient: &mut [f32]) {
        let (channels, part) = (self.input.channels, 1.0 / self.input.places() as f32);
        for (image, gradient) in input_gradient
            .chunks_exact_mut(self.input.elements())
            .zip(gradient.chunks_exact(channels))
        {
            for row in image.chunks_exact_mut(channels) {
                row.iter_mut()
                    .zip(gradient)
                    .for_each(|(x, gradient)| *x = gradient * part);
            }
        }
    }
}

/// Every `stride`-th place, with further channels of zeros.
#[derive(Clone, Copy, Debug)]
pub struct Subsample {
    /// The map that it reads.
    pub input: MapShape,
    /// The map that it makes.
    pub output: MapShape,
    /// Places from one that stays to the next.
    pub stride: usize,
}

impl Subsample {
    fn source(self, place: usize) -> usize {
        (place / self.output.width * self.stride * self.input.width
            + place % self.output.width * self.stride)
            * self.input.channels
    }

    /// Writes the places that stay over `output`, further channels 0.
    pub fn forward(self, input: &[f32], output: &mut [f32]) {
        let kept = self.input.channels.min(self.output.channels);
        for (image, output) in input
            .chunks_exact(self.input.elements())
            .zip(output.chunks_exact_mut(self.output.elements()))
        {
            for (place, row) in output.chunks_exact_mut(self.output.channels).enumerate() {
                row[..kept].copy_from_slice(&image[self.source(place)..][..kept]);
                row[kept..].fill(0.0);
            }
        }
    }

    /// The gradient of the input, written over it.
    pub fn backward(self, gradient: &[f32], input_gradient: &mut [f32]) {
        input_gradient.fill(0.0);
        let kept = self.input.channels.min(self.output.channels);
        for (image, gradient) in input_gradient
            .chunks_exact_mut(self.input.elements())
            .zip(gradient.chunks_exact(self.output.elements()))
        {
            for (place, row) in gradient.chunks_exact(self.output.channels).enumerate() {
                image[self.source(place)..][..kept].copy_from_slice(&row[..kept]);
            }
        }
    }
}
