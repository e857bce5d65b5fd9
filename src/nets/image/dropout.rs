//! Dropout whose choices come from a keyed stream: the same elements fall for every activation.

use crate::formula::vector::{InstructionSet, Simd, WithSimd};
use crate::numerics::stream::Key;

/// Elements whose choices one word holds.
const WORD: usize = 32;

/// A dropout layer, with the choices of its last training pass.
pub struct Dropout {
    /// An element stays where 16 random bits are below this.
    threshold: u32,
    /// A bit an element.
    kept: Vec<u32>,
}

impl Dropout {
    /// Each element falls with a probability of `per_mille` / 1000, to the nearest of 65536ths.
    pub fn new(per_mille: u32) -> Dropout {
        Dropout {
            threshold: 65_536 - (per_mille.min(1_000) * 65_536 + 500) / 1_000,
            kept: Vec::new(),
        }
    }

    /// Draws the choices for so many elements.
    pub fn draw(&mut self, elements: usize, key: &Key) {
        let mut stream = key.stream();
        self.kept.clear();
        for _ in 0..elements.div_ceil(WORD) {
            let mut word = 0;
            for quarter in 0..WORD / 4 {
                let bits = stream.bits();
                for lane in 0..4 {
                    let stays = (bits >> (16 * lane)) as u32 & 0xffff;
                    word |= u32::from(stays < self.threshold) << (4 * quarter + lane);
                }
            }
            self.kept.push(word);
        }
    }

    /// The factor of each element by the last draw, and what fills up the last word: 0, or what
    /// keeps the mean.
    pub fn factors(&self) -> impl Iterator<Item = f32> + '_ {
        let scale = self.scale();
        self.kept.iter().flat_map(move |word| {
            (0..WORD).map(move |bit| if word >> bit & 1 == 1 { scale } else { 0.0 })
        })
    }

    /// `output = input` times the factors; the same pass takes the output's gradient to the
    /// input's.
    pub fn apply(&self, set: InstructionSet, input: &[f32], output: &mut [f32]) {
        set.run(Apply {
            kept: &self.kept,
            scale: self.scale(),
            input,
            output,
        });
    }

    fn scale(&self) -> f32 {
        65_536.0 / self.threshold.max(1) as f32
    }
}

struct Apply<'a> {
    kept: &'a [u32],
    scale: f32,
    input: &'a [f32],
    output: &'a mut [f32],
}

impl WithSimd for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let scaled = |word: u32, bit: usize, x: f32| {
            if word >> bit & 1 == 1 {
                x * self.scale
            } else {
                0.0
            }
        };
        let (inputs, input_rest) = self.input.as_chunks::<WORD>();
        let (outputs, output_rest) = self.output.as_chunks_mut::<WORD>();
        // Chunks of a known length become vectors.
        for ((input, output), word) in inputs.iter().zip(outputs).zip(self.kept) {
            for bit in 0..WORD {
                output[bit] = scaled(*word, bit, input[bit]);
            }
        }
        if let Some(word) = self.kept.get(inputs.len()) {
            for (bit, (x, y)) in input_rest.iter().zip(output_rest).enumerate() {
                *y = scaled(*word, bit, *x);
            }
        }
    }
}
