//! The blocks of a campaign: the targets by whose fitness it selects, and which island serves which.

use crate::record::charter::Charter;

/// The target of a campaign that keeps islands for every profile of its lab, and ends with a winner
/// for each.
pub const ALL: &str = "all";

impl Charter {
    /// The targets by whose fitness the campaign selects, the first island's first: every one of
    /// `profiles`, those of its lab in their order, where its target is [`ALL`]; else its target
    /// alone.
    pub fn blocks(&self, profiles: &[String]) -> Vec<String> {
        match self.is_for_all() && !profiles.is_empty() {
            true => profiles.to_vec(),
            false => vec![self.target.clone()],
        }
    }

    /// Whether it ends with a winner for each profile of its lab.
    pub fn is_for_all(&self) -> bool {
        self.target == ALL
    }

    /// The target of the attempt of this number where it is asked for, by the island whose turn it
    /// is; islands are dealt to the blocks in order.
    pub fn target_of(&self, attempt: u64, profiles: &[String]) -> String {
        let mut blocks = self.blocks(profiles);
        let island = island_of(attempt, self.islands);
        blocks.swap_remove(block_of(island, blocks.len()))
    }
}

/// The island of an attempt that is asked for, of so many islands.
pub fn island_of(attempt: u64, islands: u32) -> u32 {
    ((attempt.max(1) - 1) % u64::from(islands.max(1))) as u32
}

/// The number of the block that an island serves, of so many blocks.
pub fn block_of(island: u32, blocks: usize) -> usize {
    island as usize % blocks.max(1)
}
