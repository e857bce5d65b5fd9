//! Aligned memory for vector passes, grown when needed.

use std::ops::{Deref, DerefMut};

/// A growable buffer of `f32` that starts on a cache line (64 bytes), so that no full vector
/// straddles two lines.
#[derive(Default)]
pub struct Buffer {
    storage: Vec<f32>,
    start: usize,
    len: usize,
}

const CACHE_LINE: usize = 64;

impl Buffer {
    /// Sets the length to `len`. The values are unspecified afterwards.
    pub fn resize(&mut self, len: usize) {
        if self.storage.len() < len + CACHE_LINE / 4 {
            self.storage = vec![0.0; len + CACHE_LINE / 4];
        }
        let past = self.storage.as_ptr() as usize % CACHE_LINE;
        self.start = (CACHE_LINE - past) % CACHE_LINE / 4;
        self.len = len;
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.storage[self.start..self.start + self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.storage[self.start..self.start + self.len]
    }
}
