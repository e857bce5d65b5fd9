//! What a formula reads: its own element, its row, or the batch.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use crate::graph::{Axis, Graph, Node};

/// What a formula reads, narrowest first. What reads more than its own element may win in a lab and
/// fail in real networks.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Its own element only.
    #[default]
    Pointwise,
    /// The features of its row.
    Feature,
    /// Other rows of the batch.
    Batch,
}

impl Class {
    /// Every class, narrowest first.
    pub const ALL: [Class; 3] = [Class::Pointwise, Class::Feature, Class::Batch];

    /// `pointwise`, `feature` or `batch`.
    #[inline]
    pub fn name(self) -> &'static str {
        match self {
            Class::Pointwise => "pointwise",
            Class::Feature => "feature",
            Class::Batch => "batch",
        }
    }

    /// The class of this name; `None` where there is none.
    pub fn named(name: &str) -> Option<Class> {
        Class::ALL.into_iter().find(|class| class.name() == name)
    }

    /// What a function of this class reads, in words.
    pub fn reads(self) -> &'static str {
        match self {
            Class::Pointwise => "its own element only",
            Class::Feature => "other features of its row",
            Class::Batch => "other rows of the batch",
        }
    }

    /// The widest of the nodes of `graph`.
    pub(super) fn of(graph: &Graph) -> Class {
        let widest = graph.nodes().iter().map(|node| match node {
            Node::Roll(..) | Node::Reduce(_, Axis::Features, _) => Class::Feature,
            Node::Reduce(_, Axis::Batch | Axis::Tensor, _) => Class::Batch,
            _ => Class::Pointwise,
        });
        widest.max().unwrap_or(Class::Pointwise)
    }
}

impl Display for Class {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}
