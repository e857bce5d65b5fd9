//! Where a replay trains, and where it keeps what is done.

use std::path::Path;

use crate::nets::Backend;
use crate::replay::memory;
use crate::replay::ready_benchmark::ReadyBenchmark;
use crate::replay::run::{Contestant, ReplayPlan};

/// Where networks are trained, and the folder of what is kept.
pub struct ReplayPlace<'a> {
    /// The folder of the archive.
    pub folder: &'a Path,
    /// Threads, each with a network of its own.
    pub workers: usize,
    /// The device.
    pub backend: Backend,
}

impl ReplayPlace<'_> {
    /// A replay at this place.
    pub fn plan<'b>(
        &'b self,
        benchmark: &'b dyn ReadyBenchmark,
        contestants: &'b [Contestant],
        seeds: &'b [u64],
    ) -> ReplayPlan<'b> {
        ReplayPlan {
            benchmark,
            contestants,
            seeds,
            workers: self.workers,
            backend: self.backend.clone(),
            folder: self.folder,
            memory: memory::available(),
        }
    }
}
