//! A benchmark as evaluator: fractions of its recipe select on the validation part, the whole
//! recipe on fresh seeds confirms, and the test part is measured there alone.

mod climb;
mod founding;
mod outlook;
mod pairing;
mod runner;
mod stage;

pub use self::founding::BenchmarkFounding;
pub use self::outlook::BenchmarkOutlook;
pub use self::runner::{BenchmarkEvaluator, BenchmarkPlace, Unfinished};
