//! Why a task cannot be made: what was wanted, what was found, what to do.

use thiserror::Error;

/// Why a task cannot be made.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TaskError {
    /// A name that no table knows.
    #[error("task `{task}`: unknown {what} `{found}`; the nearest known name is `{nearest}`")]
    UnknownName {
        /// The task's name.
        task: String,
        /// What the name should have named: an equation, a system, a column.
        what: &'static str,
        /// The unknown name.
        found: String,
        /// The known name that differs least from it.
        nearest: String,
    },

    /// A field of the definition outside what its family allows.
    #[error("task `{task}`: `{field}` must be {wanted}, found {found}")]
    BadField {
        /// The task's name.
        task: String,
        /// The field's key in the lab file.
        field: &'static str,
        /// What the field may be, in words.
        wanted: String,
        /// What it is.
        found: String,
    },

    /// Sizes or shells from which no data set can be drawn.
    #[error("sizes: `{field}` must be {wanted}, found {found}")]
    BadSizes {
        /// The field's key in the lab file.
        field: &'static str,
        /// What the field may be, in words.
        wanted: String,
        /// What it is.
        found: String,
    },

    /// A shell that leaves the range in which the task's law is defined.
    #[error(
        "task `{task}`: a shell reaches {outer} half-widths, but {reason} at {reach:.4}; end the \
         shells at or before it, or make the training region smaller"
    )]
    BeyondReach {
        /// The task's name.
        task: String,
        /// Where the farthest shell ends, in half-widths.
        outer: f64,
        /// Where the law's range ends, in half-widths.
        reach: f64,
        /// What ends there, in words.
        reason: &'static str,
    },

    /// The law has no value at a point.
    #[error(
        "task `{task}`: no target at {point:?}: {reason}; change the definition or bring the \
         shells nearer"
    )]
    Undefined {
        /// The task's name.
        task: String,
        /// The raw inputs, one number an input.
        point: Vec<f64>,
        /// Why the law has no value there, in words.
        reason: String,
    },

    /// The law's value at a point, or what standardising makes of it, is infinite or NaN.
    #[error(
        "task `{task}`: the target at {point:?} is {value}, which is no finite 32-bit number; \
         choose another law or nearer shells"
    )]
    NotFinite {
        /// The task's name.
        task: String,
        /// The raw inputs, one number an input.
        point: Vec<f64>,
        /// The target, infinite or NaN, or the deviation that is.
        value: f64,
    },

    /// The training targets do not vary, so they cannot be standardised and nothing can be learnt.
    #[error(
        "task `{task}`: the training targets are constant (standard deviation {deviation:e} about \
         {mean:e}); choose another observable, law or target column"
    )]
    Constant {
        /// The task's name.
        task: String,
        /// The mean of the training targets.
        mean: f64,
        /// Their standard deviation.
        deviation: f64,
    },

    /// An input that does not vary over the training rows.
    #[error(
        "task `{task}`: input {input} (counted from 0) has the one value {value} in all training \
         rows, so it cannot be standardised; leave it out of the inputs"
    )]
    ConstantInput {
        /// The task's name.
        task: String,
        /// The input, counted from 0.
        input: usize,
        /// Its one value.
        value: f64,
    },

    /// An input that standardising takes beyond 32 bits.
    #[error(
        "task `{task}`: the inputs {point:?} are no finite 32-bit numbers once standardised; \
         leave the row out or bring the shells nearer"
    )]
    InputNotFinite {
        /// The task's name.
        task: String,
        /// The raw inputs, one number an input.
        point: Vec<f64>,
    },

    /// A law or a region was asked of a task that is made of rows.
    #[error(
        "task `{task}` is made of files: it has rows, and neither a law nor a region to draw from"
    )]
    NoLaw {
        /// The task's name.
        task: String,
    },

    /// A file task whose files were not read.
    #[error(
        "task `{task}`: its files have not been read; load them before the data are generated"
    )]
    NotLoaded {
        /// The task's name.
        task: String,
    },

    /// A user's file that is not a table of numbers with the columns that the task names.
    #[error("task `{task}`: {file}: {problem}")]
    BadTable {
        /// The task's name.
        task: String,
        /// The file's path as the definition states it.
        file: String,
        /// What is wrong with it and what to do, in words.
        problem: String,
    },

    /// A set would have too few rows.
    #[error(
        "task `{task}`: {set} has {found} rows, wanted at least {least}; give more rows, or \
         change `inside` or `held_out`"
    )]
    TooFewRows {
        /// The task's name.
        task: String,
        /// Which set, in words.
        set: &'static str,
        /// The rows that it would have.
        found: usize,
        /// The fewest rows that it may have.
        least: usize,
    },

    /// The targets of a shell grow so much that a test set would measure their growth alone.
    #[error(
        "task `{task}`: the mean squared target of a shell is {found:.1} training variances after \
         {draws} draw(s) of the law, allowed is {allowed}; lower the degree, choose \
         coefficients that decay or another law, or bring the shells nearer"
    )]
    Explosive {
        /// The task's name.
        task: String,
        /// The mean squared target of the worst shell, in training variances.
        found: f64,
        /// The largest that is allowed.
        allowed: f64,
        /// How many draws of the law were tried.
        draws: u64,
    },

    /// An embedded data file that contradicts the code.
    #[error("{file}: {detail}")]
    BadFile {
        /// The embedded file's path in the repository.
        file: &'static str,
        /// What is wrong with it, in words.
        detail: String,
    },
}
