//! Where a replay trains, and where it keeps what is done.

use std::path::Path;

use crate::nets::Backend;

/// Where networks are trained, and the folder of what is kept.
pub struct ReplayPlace<'a> {
    /// The folder of the archive.
    pub folder: &'a Path,
    /// Threads, each with a network of its own.
    pub workers: usize,
    /// The device.
    pub backend: Backend,
}
