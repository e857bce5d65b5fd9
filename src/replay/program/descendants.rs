//! All that a process has started, and what it holds in memory.

use std::collections::{HashMap, HashSet};

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// The processes that one has started, and those that they have.
pub struct Descendants {
    system: System,
    of: u32,
}

impl Descendants {
    /// Of the process of this number.
    pub fn of(process: u32) -> Descendants {
        Descendants {
            system: System::new(),
            of: process,
        }
    }

    /// The numbers of those that there are now, each with the bytes that it holds in memory; pages
    /// that several share count for each.
    pub fn now(&mut self) -> Vec<(u32, u64)> {
        let wanted = ProcessRefreshKind::nothing().without_tasks().with_memory();
        self.system
            .refresh_processes_specifics(ProcessesToUpdate::All, true, wanted);
        let mut children: HashMap<Pid, Vec<Pid>> = HashMap::new();
        for (pid, process) in self.system.processes() {
            if let Some(parent) = process.parent() {
                children.entry(parent).or_default().push(*pid);
            }
        }
        let mut waiting = vec![Pid::from_u32(self.of)];
        let mut met = HashSet::new();
        let mut found = Vec::new();
        while let Some(next) = waiting.pop() {
            for child in children.get(&next).into_iter().flatten() {
                if met.insert(*child) {
                    let memory = self
                        .system
                        .process(*child)
                        .map_or(0, |child| child.memory());
                    found.push((child.as_u32(), memory));
                    waiting.push(*child);
                }
            }
        }
        found
    }
}
