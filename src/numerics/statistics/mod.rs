//! Statistics of plain numbers: location and spread, intervals, tests of two samples, and how far
//! one ranking predicts another.
//!
//! All tests are two-sided and all intervals are at 95 %. What cannot be computed is an
//! [`Undefined`] with its reason, never NaN.

mod bootstrap;
mod effect;
mod holm;
mod independent;
mod location;
mod paired;
mod ranks;
mod rounding;
mod student;
mod undefined;

pub use self::bootstrap::{
    rank_correlation_difference, rank_correlation_interval, Correlation, Pairing, Subset,
};
pub use self::effect::{hedges_g, paired_effect};
pub use self::holm::holm;
pub use self::independent::{student_t, welch_t};
pub use self::location::{deviation, mean, mean_interval, median, median_interval};
pub use self::paired::{paired_t, wilcoxon, SignedRank};
pub use self::ranks::{quantiles, rank_correlation, ranks};
pub use self::student::{critical_t, two_sided_p, TTest};
pub use self::undefined::Undefined;
