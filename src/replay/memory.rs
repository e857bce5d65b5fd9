//! How much memory is free for this program.

use sysinfo::{System, IS_SUPPORTED_SYSTEM};

/// Bytes that this program can take without others being pushed out, within the limit of its
/// container; `None` where the system does not say.
pub fn available() -> Option<u64> {
    if !IS_SUPPORTED_SYSTEM {
        return None;
    }
    let mut system = System::new();
    system.refresh_memory();
    if system.total_memory() == 0 {
        return None;
    }
    // What a container holds as caches is given up when memory is wanted, so only what its programs
    // hold counts.
    let container = system.cgroup_limits().map_or(u64::MAX, |limits| {
        limits.total_memory.saturating_sub(limits.rss)
    });
    Some(container.min(system.available_memory()))
}
