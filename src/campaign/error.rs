//! What can go wrong in a campaign.

use crate::formula::FormulaError;
use crate::journal::JournalError;
use crate::numerics::stop::NoThread;
use crate::replay::run::ReplayError;

/// Why a campaign could not go on; what was acknowledged is safe.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    /// The archive cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A recorded formula is none to this version's language.
    #[error(
        "the formula of attempt {attempt} is not read by this version ({error}); go on with the \
         version that started the campaign"
    )]
    ForeignFormula {
        /// The attempt that proposed it; 0 for a founder.
        attempt: u64,
        /// Why its text is no formula.
        error: FormulaError,
    },
    /// The benchmark runs of a campaign cannot be made.
    #[error("{0}")]
    Benchmark(Box<ReplayError>),
    /// The activation that all others are held against does not finish.
    #[error(
        "{reference}, which every formula is held against, {end} on {benchmark}, {rung}, seed \
         {seed}: mend the benchmark, or lower its --rate"
    )]
    ReferenceFailed {
        /// The benchmark.
        benchmark: String,
        /// The reference's name.
        reference: String,
        /// The rung.
        rung: String,
        /// The seed of the run.
        seed: u64,
        /// How it ended.
        end: String,
    },
    /// A benchmark without a loss is to select by it.
    #[error(
        "{benchmark} reports no loss on the validation part, and the fitness is made of it: give \
         --fitness metric"
    )]
    NoLoss {
        /// The benchmark.
        benchmark: String,
    },
    /// There are not as many threads.
    #[error(transparent)]
    NoThread(#[from] NoThread),
    /// A thread of the campaign has a fault.
    #[error(
        "the campaign has stopped at a fault of the program, in the thread that {doing}: {detail}; \
         what is done is kept, and --resume goes on from there; please report it"
    )]
    Broken {
        /// What the thread did.
        doing: &'static str,
        /// What it said.
        detail: String,
    },
}
