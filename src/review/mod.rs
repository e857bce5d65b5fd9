//! Reviews of an archive.
//!
//! A review answers one question about what campaigns and replays have recorded:
//! which campaign or formula a name means ([`find_campaign`], [`find_formula`],
//! [`read_formula`]), what a campaign has come to so far ([`CampaignOverview`]), which of its
//! candidates are the best ([`best_candidates`], [`CampaignRanking`]), how its champions did on
//! fresh tasks ([`Standings`]), where its money went ([`CampaignSpending`]), whether a rerun came
//! out the same ([`RerunComparison`]), and everything that is recorded of one formula
//! ([`FormulaHistory`], [`replays_of`]). [`LabMeasurement`] answers the same of formulas that were
//! measured without a campaign: how they compare ([`FitnessColumns`]).
//!
//! Reviews read a [`Journal`](crate::journal::Journal) and write nothing. They return values; the
//! faces turn these into tables and JSON.

mod block_verdict;
mod campaigns;
mod columns;
mod error;
mod formulas;
mod history;
mod measurement;
mod ranking;
mod replays;
mod rerun;
mod spending;
mod standings;

pub use self::block_verdict::BlockVerdict;
pub use self::campaigns::{find_campaign, shipped_lab, BlockBest, CampaignOverview};
pub use self::columns::FitnessColumns;
pub use self::error::ReviewError;
pub use self::formulas::{find_formula, read_formula, ArchivedFormula};
pub use self::history::FormulaHistory;
pub use self::measurement::{EvaluationEntry, LabMeasurement, PublishedLoss, Rivalry};
pub use self::ranking::{best_candidates, rank, BlockRanking, CampaignRanking};
pub use self::replays::{replayed_formulas, replays_of};
pub use self::rerun::RerunComparison;
pub use self::spending::{spending_of, CampaignSpending, CheckupSpending};
pub use self::standings::{FreshResult, Standings};
