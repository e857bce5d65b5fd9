//! What can be suspicious about a task, with the limits from which it is.

use crate::task::definition::LARGEST_MEAN_SQUARE;

/// A task is learnt where the reference's in-distribution loss is below this share of the targets'
/// variance.
pub const LEARNT: f64 = 0.05;
/// The reference must stay below this share of the constant's out-of-distribution loss.
pub const BETTER_THAN_CONSTANT: f64 = 0.9;
/// The log ratio of two activations must vary less than this from seed to seed.
pub const NOISIEST: f64 = 0.5;
/// Activations whose log losses spread less than this are not told apart, however little noise
/// there is.
pub const LEAST_SPREAD: f64 = 0.05;

/// What is suspicious about a task; displayed as a clause with what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Fault {
    /// The targets of a shell are far larger than the training targets.
    #[error(
        "the targets of shell {} explode: their mean square is {mean_square:.3e} training \
         variances, at most {LARGEST_MEAN_SQUARE} measures more than growth; bring the shell \
         nearer or lower the degree",
        .shell + 1
    )]
    Explosive {
        /// From 0 for the innermost.
        shell: usize,
        /// In training variances.
        mean_square: f64,
    },
    /// The reference does not learn the task even in distribution.
    #[error(
        "it is not learnt: {activation} leaves {loss:.3} of the variance in distribution under \
         {profile}, wanted is less than {LEARNT}; make it easier, or train longer"
    )]
    Unlearnt {
        /// The profile's name.
        profile: String,
        /// The reference's name.
        activation: String,
        /// Its in-distribution loss, in training variances.
        loss: f64,
    },
    /// The reference is hardly better than the training targets' mean.
    #[error(
        "a constant is nearly as good: {activation} keeps {share:.2} of the constant's \
         out-of-distribution loss under {profile}, wanted is less than {BETTER_THAN_CONSTANT}; \
         bring the shells nearer"
    )]
    ConstantAsGood {
        /// The profile's name.
        profile: String,
        /// The reference's name.
        activation: String,
        /// Its out-of-distribution loss, as a share of the constant's.
        share: f64,
    },
    /// A linear model is no worse than the best network.
    #[error(
        "a linear model is as good: its out-of-distribution loss is {linear:.3e}, the best \
         network's under {profile} {best:.3e}; nothing nonlinear is measured"
    )]
    LinearAsGood {
        /// The profile's name.
        profile: String,
        /// The linear model's out-of-distribution loss.
        linear: f64,
        /// The least out-of-distribution loss of an activation.
        best: f64,
    },
    /// Seeds decide which of two activations is ahead.
    #[error(
        "its losses are seed noise: the log ratio of two activations varies by {deviation:.2} \
         from seed to seed under {profile}, wanted is less than {NOISIEST}; take more points or \
         steps, or another task"
    )]
    SeedNoise {
        /// The profile's name.
        profile: String,
        /// The standard deviation over seeds of the log ratio.
        deviation: f64,
    },
    /// No activation is told from another.
    #[error(
        "no activation can be told from another under {profile}: their log losses spread by \
         {spread:.3}{}",
        noise(.deviation)
    )]
    Indistinct {
        /// The profile's name.
        profile: String,
        /// The standard deviation between activations of their log losses.
        spread: f64,
        /// The standard deviation over seeds of a log ratio; `None` with one seed.
        deviation: Option<f64>,
    },
    /// Trials of known activations diverge.
    #[error(
        "{trials} trials of known activations diverged under {profile}; lower the learning rate \
         or bring the shells nearer"
    )]
    Diverging {
        /// The profile's name.
        profile: String,
        /// How many.
        trials: u32,
    },
    /// Another task of the lab has the same definition.
    #[error("it is the same task as {of}, which so counts twice; remove one")]
    Duplicate {
        /// The other task's name.
        of: String,
    },
}

impl Fault {
    /// The word that JSON carries.
    pub fn kind(&self) -> &'static str {
        match self {
            Fault::Explosive { .. } => "explosive",
            Fault::Unlearnt { .. } => "unlearnt",
            Fault::ConstantAsGood { .. } => "constant_as_good",
            Fault::LinearAsGood { .. } => "linear_as_good",
            Fault::SeedNoise { .. } => "seed_noise",
            Fault::Indistinct { .. } => "indistinct",
            Fault::Diverging { .. } => "diverging",
            Fault::Duplicate { .. } => "duplicate",
        }
    }
}

/// What a spread is held against, where that is known.
fn noise(deviation: &Option<f64>) -> String {
    match deviation {
        Some(deviation) => format!(", a seed's noise is {deviation:.3}"),
        None => " only".to_owned(),
    }
}
