//! What lies beside the images of a set and is no part of it, counted by kind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Kinds beyond this number are counted together.
const MOST_KINDS: usize = 24;
const FURTHER: &str = "files of further kinds";

/// Files and folders of one kind that are no part of a set.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// The kind in words, such as `.webp files`.
    pub kind: String,
    /// How many of it there are; a folder counts once, with all that is in it.
    pub count: usize,
    /// The path of one of them.
    pub example: String,
}

/// A count of what is passed over.
#[derive(Clone, Debug, Default)]
pub struct PassedOverCount(BTreeMap<String, PassedOver>);

impl PassedOverCount {
    /// Counts a file or folder as of this kind.
    pub fn add(&mut self, kind: &str, path: &str) {
        let is_further = !self.0.contains_key(kind) && self.0.len() >= MOST_KINDS;
        let kind = if is_further { FURTHER } else { kind };
        let counted = self.0.entry(kind.to_owned()).or_insert_with(|| PassedOver {
            kind: kind.to_owned(),
            count: 0,
            example: path.to_owned(),
        });
        counted.count += 1;
        if path < counted.example.as_str() {
            counted.example = path.to_owned();
        }
    }

    /// Everything that was counted, by kind in alphabetical order.
    pub fn kinds(&self) -> Vec<PassedOver> {
        self.0.values().cloned().collect()
    }
}

impl std::fmt::Display for PassedOver {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let PassedOver {
            kind,
            count,
            example,
        } = self;
        let such_as = if *count > 1 { "such as " } else { "" };
        write!(out, "{count} x {kind} ({such_as}{example})")
    }
}
