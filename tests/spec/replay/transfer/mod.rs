//! Whether a lab predicts a benchmark: correlations, halves, leads, and the command.

mod command;
mod findings;
mod ranks;

use motherlode::record::benchmark_run::Direction;
use motherlode::replay::transfer::{BenchmarkOutcome, Measure, Predictor};

fn predictor(target: &str, values: &[f64]) -> Predictor {
    Predictor {
        measure: Measure::Fitness,
        target: target.to_owned(),
        values: values.to_vec(),
    }
}

/// An outcome of one seed.
fn outcome(direction: Direction, values: &[f64]) -> BenchmarkOutcome {
    BenchmarkOutcome {
        direction,
        values: values.iter().map(|value| vec![Some(*value)]).collect(),
    }
}
