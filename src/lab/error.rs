//! What can be wrong with a lab.

/// What is wrong with a lab, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// No shipped lab has this name.
    #[error(
        "there is no lab named '{name}' (nearest: {nearest}); the shipped labs are {shipped}; or \
         give a path to a TOML file"
    )]
    Unknown {
        /// The name that was wanted.
        name: String,
        /// The shipped name that is most like it.
        nearest: String,
        /// All shipped names.
        shipped: String,
    },
    /// The text is no TOML, or its keys are not a lab's.
    #[error("the lab file cannot be read as a lab: {0}")]
    Malformed(String),
    /// The parts of the lab contradict one another, or one of them cannot be.
    #[error("lab '{lab}': {problem}")]
    Unsound {
        /// The lab's name.
        lab: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// No profile of the lab has this name.
    #[error("lab '{lab}' has no profile '{target}'; choose one of {known}, or general")]
    NoSuchTarget {
        /// The lab's name.
        lab: String,
        /// The target that was wanted.
        target: String,
        /// The lab's profiles.
        known: String,
    },
}
