//! The families of tasks.

use serde::{Deserialize, Serialize};

/// The families of tasks: five that are computed, and tables that a user gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Random polynomials.
    Polynomial,
    /// Real spherical harmonics.
    Harmonic,
    /// Equations of the Feynman tables.
    Feynman,
    /// Chaotic flows, maps and delay systems.
    Chaos,
    /// Draws of Gaussian processes.
    Process,
    /// Tables of the user's own.
    File,
}

impl Family {
    /// The family's name, as lab files and records carry it.
    pub fn name(self) -> &'static str {
        match self {
            Family::Polynomial => "polynomial",
            Family::Harmonic => "harmonic",
            Family::Feynman => "feynman",
            Family::Chaos => "chaos",
            Family::Process => "process",
            Family::File => "file",
        }
    }
}
