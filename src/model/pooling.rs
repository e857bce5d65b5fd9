//! Pools and shortcuts without parameters: the greatest of a window, the mean of a map, every n-th place; forward and backward.

use super::definition::MapShape;
use crate::vector::{InstructionSet, Simd, WithSimd};

/// A pool over windows of a map.
#[derive(Clone, Copy)]
pub struct MaxPool {
    pub input: MapShape,
    pub output: MapShape,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
}

impl MaxPool {
    /// Where in an image the elements of a window lie: (tap, first channel) of those that are on the map.
    #[inline(always)]
    fn window(self, place: usize) -> impl Iterator<Item = (u8, usize)> {
        let (top, left) = (place / self.output.width * self.stride, place % self.output.width * self.stride);
        (0..self.kernel * self.kernel).filter_map(move |tap| {
            let y = (top + tap / self.kernel).checked_sub(self.padding).filter(|y| *y < self.input.height)?;
            let x = (left + tap % self.kernel).checked_sub(self.padding).filter(|x| *x < self.input.width)?;
            Some((tap as u8, (y * self.input.width + x) * self.input.channels))
        })
    }

    /// The greatest element of each window, the first of equals, and its tap in `taps`. A NaN is greater than all.
    pub fn forward(self, set: InstructionSet, input: &[f32], output: &mut [f32], taps: &mut [u8]) {
        set.run(Forward { pool: self, input, output, taps });
    }

    /// The gradient of the input, written over it: each output's at the tap that it came from.
    pub fn backward(self, set: InstructionSet, gradient: &[f32], taps: &[u8], input_gradient: &mut [f32]) {
        input_gradient.fill(0.0);
        set.run(Backward { pool: self, gradient, taps, input_gradient });
    }
}

struct Forward<'a> {
    pool: MaxPool,
    input: &'a [f32],
    output: &'a mut [f32],
    taps: &'a mut [u8],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Forward { pool, input, output, taps } = self;
        let (channels, elements) = (pool.input.channels, pool.output.elements());
        let images = input.chunks_exact(pool.input.elements()).zip(output.chunks_exact_mut(elements)).zip(taps.chunks_exact_mut(elements));
        for ((image, output), taps) in images {
            for (place, (output, taps)) in output.chunks_exact_mut(channels).zip(taps.chunks_exact_mut(channels)).enumerate() {
                output.fill(f32::NEG_INFINITY);
                taps.fill(u8::MAX);
                for (tap, start) in pool.window(place) {
                    for ((best, winner), x) in output.iter_mut().zip(taps.iter_mut()).zip(&image[start..start + channels]) {
                        let wins = *x > *best || *winner == u8::MAX || x.is_nan();
                        *best = if wins { *x } else { *best };
                        *winner = if wins { tap } else { *winner };
                    }
                }
            }
        }
    }
}

struct Backward<'a> {
    pool: MaxPool,
    gradient: &'a [f32],
    taps: &'a [u8],
    input_gradient: &'a mut [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Backward { pool, gradient, taps, input_gradient } = self;
        let (channels, elements) = (pool.input.channels, pool.output.elements());
        let images = gradient.chunks_exact(elements).zip(taps.chunks_exact(elements)).zip(input_gradient.chunks_exact_mut(pool.input.elements()));
        for ((gradient, taps), image) in images {
            for (place, (gradient, taps)) in gradient.chunks_exact(channels).zip(taps.chunks_exact(channels)).enumerate() {
                for (tap, start) in pool.window(place) {
                    for ((x, winner), gradient) in image[start..start + channels].iter_mut().zip(taps).zip(gradient) {
                        *x += if *winner == tap { *gradient } else { 0.0 };
                    }
                }
            }
        }
    }
}

/// The mean of all places of a map, a channel each.
#[derive(Clone, Copy)]
pub struct AveragePool {
    pub input: MapShape,
}

impl AveragePool {
    pub fn forward(self, input: &[f32], output: &mut [f32]) {
        let (channels, part) = (self.input.channels, 1.0 / self.input.places() as f32);
        for (image, output) in input.chunks_exact(self.input.elements()).zip(output.chunks_exact_mut(channels)) {
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
        for (image, gradient) in input_gradient.chunks_exact_mut(self.input.elements()).zip(gradient.chunks_exact(channels)) {
            for row in image.chunks_exact_mut(channels) {
                row.iter_mut().zip(gradient).for_each(|(x, gradient)| *x = gradient * part);
            }
        }
    }
}

/// Every `stride`-th place, with further channels of zeros.
#[derive(Clone, Copy)]
pub struct Subsample {
    pub input: MapShape,
    pub output: MapShape,
    pub stride: usize,
}

impl Subsample {
    fn source(self, place: usize) -> usize {
        (place / self.output.width * self.stride * self.input.width + place % self.output.width * self.stride) * self.input.channels
    }

    pub fn forward(self, input: &[f32], output: &mut [f32]) {
        let kept = self.input.channels.min(self.output.channels);
        for (image, output) in input.chunks_exact(self.input.elements()).zip(output.chunks_exact_mut(self.output.elements())) {
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
        for (image, gradient) in input_gradient.chunks_exact_mut(self.input.elements()).zip(gradient.chunks_exact(self.output.elements())) {
            for (place, row) in gradient.chunks_exact(self.output.channels).enumerate() {
                image[self.source(place)..][..kept].copy_from_slice(&row[..kept]);
            }
        }
    }
}
