//! Why a task cannot be made: what was wanted, what was found, what to do.

use thiserror::Error;

/// Why a task cannot be made.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum DatasetError {
    /// A name that no table here knows.
    #[error("task `{task}`: unknown {what} `{found}`; the nearest known name is `{nearest}`")]
    UnknownName {
        task: String,
        what: &'static str,
        found: String,
        nearest: String,
    },

    /// A field of the definition outside what its family allows.
    #[error("task `{task}`: `{field}` must be {wanted}, found {found}")]
    BadField {
        task: String,
        field: &'static str,
        wanted: String,
        found: String,
    },

    /// Sizes or shells from which no data set can be drawn.
    #[error("sizes: `{field}` must be {wanted}, found {found}")]
    BadSizes {
        field: &'static str,
        wanted: String,
        found: String,
    },

    /// A shell that leaves the range in which the task's law is defined.
    #[error(
        "task `{task}`: a shell reaches {outer} half-widths, but {reason} at {reach:.4}; end the \
         shells at or before it, or make the training region smaller"
    )]
    BeyondReach {
        task: String,
        outer: f64,
        reach: f64,
        reason: &'static str,
    },

    /// The law has no value at a point.
    #[error(
        "task `{task}`: no target at {point:?}: {reason}; change the definition or bring the \
         shells nearer"
    )]
    Undefined {
        task: String,
        point: Vec<f64>,
        reason: String,
    },

    /// The law's value at a point, or what standardising makes of it, is infinite or NaN.
    #[error(
        "task `{task}`: the target at {point:?} is {value}, which is no finite 32-bit number; \
         choose another law or nearer shells"
    )]
    NotFinite {
        task: String,
        point: Vec<f64>,
        value: f64,
    },

    /// The training targets do not vary, so they cannot be standardised and nothing can be learnt.
    #[error(
        "task `{task}`: the training targets are constant (standard deviation {deviation:e} about \
         {mean:e}); choose another observable, law or target column"
    )]
    Constant {
        task: String,
        mean: f64,
        deviation: f64,
    },

    /// An input that does not vary over the training rows.
    #[error(
        "task `{task}`: input {input} (counted from 0) has the one value {value} in all training \
         rows, so it cannot be standardised; leave it out of the inputs"
    )]
    ConstantInput {
        task: String,
        input: usize,
        value: f64,
    },

    /// An input that standardising takes beyond 32 bits.
    #[error(
        "task `{task}`: the inputs {point:?} are no finite 32-bit numbers once standardised; \
         leave the row out or bring the shells nearer"
    )]
    InputNotFinite { task: String, point: Vec<f64> },

    /// A question for a law or a region that a table of rows does not have.
    #[error(
        "task `{task}` is made of files: it has rows, and neither a law nor a region to draw from"
    )]
    NoLaw { task: String },

    /// A file task whose files were not read.
    #[error(
        "task `{task}`: its files have not been read; load them before the data are generated"
    )]
    NotLoaded { task: String },

    /// A user's file that is no table of numbers as the task wants it.
    #[error("task `{task}`: {file}: {problem}")]
    BadTable {
        task: String,
        file: String,
        problem: String,
    },

    /// Too few rows to make a set of.
    #[error(
        "task `{task}`: {set} has {found} rows, wanted at least {least}; give more rows, or \
         change `inside` or `held_out`"
    )]
    TooFewRows {
        task: String,
        set: &'static str,
        found: usize,
        least: usize,
    },

    /// Targets outside the box so large that a test set would measure nothing but their growth.
    #[error(
        "task `{task}`: the mean squared target of a shell is {found:.1} training variances after \
         {draws} draw(s) of the law, allowed is {allowed}; lower the degree, choose \
         coefficients that decay or another law, or bring the shells nearer"
    )]
    Explosive {
        task: String,
        found: f64,
        allowed: f64,
        draws: u64,
    },

    /// An embedded data file that does not say what it should.
    #[error("{file}: {detail}")]
    BadFile { file: &'static str, detail: String },
}
