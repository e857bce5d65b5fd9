//! Why a model is asked.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a model is asked. All but the last three ask for a formula, each by the template of its
/// name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Improve one function.
    Propose,
    /// Unite two functions.
    Crossover,
    /// Make one function simpler and no worse.
    Simplify,
    /// Find a function unlike those that were shown.
    Explore,
    /// Tune the fittest function.
    Exploit,
    /// Mend a formula that did not parse.
    Repair,
    /// Write better guidance for those who are asked for formulas.
    Guidance,
    /// See whether the model answers at all.
    Probe,
}

impl Purpose {
    /// The name that records, templates and options carry.
    pub fn name(self) -> &'static str {
        match self {
            Purpose::Propose => "propose",
            Purpose::Crossover => "crossover",
            Purpose::Simplify => "simplify",
            Purpose::Explore => "explore",
            Purpose::Exploit => "exploit",
            Purpose::Repair => "repair",
            Purpose::Guidance => "guidance",
            Purpose::Probe => "probe",
        }
    }

    /// The purposes that ask for a formula.
    pub fn proposing() -> [Purpose; 5] {
        [
            Purpose::Propose,
            Purpose::Crossover,
            Purpose::Simplify,
            Purpose::Explore,
            Purpose::Exploit,
        ]
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
