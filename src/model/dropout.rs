//! Dropout whose choices come from a keyed stream: the same elements fall for every activation.

use crate::stream::Key;

/// A dropout layer, with the choices of its last training pass.
pub struct Dropout {
    /// An element stays where 16 random bits are below this.
    threshold: u32,
    kept: Vec<u64>,
}

impl Dropout {
    /// Each element falls with a probability of `per_mille` / 1000, to the nearest of 65536ths.
    pub fn new(per_mille: u32) -> Dropout {
        Dropout { threshold: 65_536 - (per_mille.min(1_000) * 65_536 + 500) / 1_000, kept: Vec::new() }
    }

    /// Draws the choices for so many elements.
    pub fn draw(&mut self, elements: usize, key: &Key) {
        let mut stream = key.stream();
        self.kept.clear();
        for _ in 0..elements.div_ceil(64) {
            let mut word = 0;
            for quarter in 0..16 {
                let bits = stream.bits();
                for lane in 0..4 {
                    let stays = (bits >> (16 * lane)) as u32 & 0xffff;
                    word |= u64::from(stays < self.threshold) << (4 * quarter + lane);
                }
            }
            self.kept.push(word);
        }
    }

    /// The factor of each element by the last draw: 0, or what keeps the mean.
    pub fn factors(&self) -> impl Iterator<Item = f32> + '_ {
        let scale = 65_536.0 / self.threshold.max(1) as f32;
        self.kept.iter().flat_map(move |word| (0..64).map(move |bit| if word >> bit & 1 == 1 { scale } else { 0.0 }))
    }

    /// `output = input` times the factors; the same pass takes the output's gradient to the input's.
    pub fn apply(&self, input: &[f32], output: &mut [f32]) {
        let scale = 65_536.0 / self.threshold.max(1) as f32;
        for ((input, output), word) in input.chunks(64).zip(output.chunks_mut(64)).zip(&self.kept) {
            for (bit, (x, y)) in input.iter().zip(output).enumerate() {
                *y = if word >> bit & 1 == 1 { x * scale } else { 0.0 };
            }
        }
    }
}
