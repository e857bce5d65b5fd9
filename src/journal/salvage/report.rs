//! What an archive holds, and what its repair came to.

use std::path::PathBuf;

use serde::Serialize;

/// How many records an archive has of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Holdings {
    /// Campaigns.
    pub campaigns: u64,
    /// Settled attempts.
    pub attempts: u64,
    /// Attempts that are reserved or replied, and not settled.
    pub open_attempts: u64,
    /// Accounts of attempts that are not settled.
    pub open_accounts: u64,
    /// Confirmations.
    pub confirmations: u64,
    /// Benchmark runs.
    pub benchmark_runs: u64,
}

/// What the repair of an archive came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Repair {
    /// Whether anything had to be mended.
    pub mended: bool,
    /// What the archive holds now.
    pub holdings: Holdings,
    /// What was acknowledged and cannot be brought back, a sentence each.
    pub lost: Vec<String>,
    /// The database as it was found, where it was replaced.
    pub kept: Option<PathBuf>,
}

/// Numbers in ascending order in words: `3, 5 to 9 and 12`, at most a few ranges.
pub(super) fn ranges(numbers: &[u64]) -> String {
    const SHOWN: usize = 8;
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => ranges.push((*number, *number)),
        }
    }
    let more = ranges.len().saturating_sub(SHOWN);
    let mut words: Vec<String> = ranges
        .iter()
        .take(SHOWN)
        .map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first} to {last}"),
        })
        .collect();
    if more > 0 {
        words.push(format!("{more} ranges more"));
    }
    words.join(", ")
}
