//! Why a program is no benchmark, or could not be run as one.

use std::io;
use std::path::PathBuf;

/// Why a file defines no program.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// The file cannot be read.
    #[error("the program's file {path} cannot be read: {reason}")]
    Unreadable {
        /// The file, as it was named.
        path: String,
        /// Why.
        reason: String,
    },
    /// The text is no TOML, or a value is of another kind than is wanted.
    #[error("the program's file {path}: {problem}")]
    Malformed {
        /// The file, as it was named.
        path: String,
        /// What is wrong, and on which line.
        problem: String,
    },
    /// A key that means nothing.
    #[error(
        "the program's file {path} has an unknown key `{key}`; the nearest that is known is \
         `{nearest}`: rename it or leave it out"
    )]
    UnknownKey {
        /// The file, as it was named.
        path: String,
        /// The key.
        key: String,
        /// The nearest known key.
        nearest: String,
    },
    /// A value that cannot be.
    #[error("the program's file {path}: `{key}` {problem}")]
    Unsound {
        /// The file, as it was named.
        path: String,
        /// The key.
        key: String,
        /// What was wanted, what was found, and what to do.
        problem: String,
    },
    /// A file of which the benchmark's numbers depend cannot be read.
    #[error(
        "{path}, which belongs to the program {program}, cannot be read: {reason}; its contents \
         tell one version of the benchmark from another"
    )]
    FileUnreadable {
        /// The program's name.
        program: String,
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// A fraction of the recipe that the program is not said to know.
    #[error(
        "the program {program} is not said to train {fraction} of its recipe: its `fidelities` \
         are {offered}"
    )]
    NotOffered {
        /// The program's name.
        program: String,
        /// The fraction that was asked for.
        fraction: f64,
        /// The fractions that it knows.
        offered: String,
    },
}

/// Why a program could not be run to an end that says something of an activation.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// The executable of this program, which supervises, is not known.
    #[error("this program cannot find its own executable, which supervises a program: {0}")]
    NoExecutable(io::Error),
    /// A folder or a file for the run cannot be made.
    #[error(
        "the folder of a run, {path}, cannot be made: {cause}; free some space, or name another \
         temporary folder by TMPDIR"
    )]
    NoFolder {
        /// The folder or file.
        path: PathBuf,
        /// The operating system's error.
        cause: io::Error,
    },
    /// The supervisor cannot be started or talked to.
    #[error("the supervisor of the program {program} cannot be started: {cause}")]
    NoSupervisor {
        /// The program's name.
        program: String,
        /// The operating system's error.
        cause: io::Error,
    },
    /// The supervisor ended without a report.
    #[error(
        "the supervisor of the program {program} was ended from outside; what it had started was \
         ended as far as it is known, and the benchmark run was not recorded"
    )]
    SupervisorLost {
        /// The program's name.
        program: String,
    },
    /// The command cannot be started.
    #[error(
        "the program {program} cannot be started: {command}: {detail}; the first word of \
         `command` is a file or stands in PATH, and `folder` is where it runs"
    )]
    NotStarted {
        /// The program's name.
        program: String,
        /// The command as it was given.
        command: String,
        /// What the operating system says.
        detail: String,
    },
}
