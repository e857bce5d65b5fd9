//! A training program of the user's as the target of a campaign: its fidelities, and what prompts
//! say of it.

use super::graded_benchmark::{GradedBenchmark, BENCHMARK_BASELINES};
use crate::record::benchmark_run::Direction;
use crate::record::judging::BenchmarkWords;
use crate::record::target_benchmark::FitnessMeasure;
use crate::replay::fidelity::Fidelity;
use crate::replay::program::{Program, ProgramDefinition};
use crate::replay::ready_benchmark::ReadyBenchmark;

impl GradedBenchmark for Program {
    fn at(&self, fidelity: Fidelity) -> Result<Box<dyn ReadyBenchmark>, String> {
        let graded = Program::at(self, fidelity).map_err(|error| error.to_string())?;
        Ok(Box::new(graded))
    }
}

/// The fractions of a program's recipe that select before the whole of it.
pub fn fractions_of_program(definition: &ProgramDefinition) -> Vec<f64> {
    let fractions = definition.fidelities.iter().copied();
    fractions.filter(|fraction| *fraction < 1.0).collect()
}

/// What a program says of itself to those who write formulas for it.
pub fn words_of_program(definition: &ProgramDefinition, measure: FitnessMeasure) -> BenchmarkWords {
    let reference = BENCHMARK_BASELINES[0];
    let (model, dataset, metric) = (&definition.model, &definition.dataset, &definition.metric);
    let about = match &definition.description {
        Some(description) => format!(" ({description})"),
        None => String::new(),
    };
    let better = match definition.direction {
        Direction::Higher => "higher",
        Direction::Lower => "lower",
    };
    let fitness = match measure {
        FitnessMeasure::Loss => format!(
            "The fitness is minus the mean over seeds of ln(loss / loss of {reference} on the same \
             seed), on what is held out: higher is better, {reference} has 0, and 0.05 is a loss \
             about 5 % lower"
        ),
        FitnessMeasure::Metric => format!(
            "The fitness is the mean over seeds of the {metric} on what is held out beside that of \
             {reference} on the same seed, above 0 where it is better: {reference} has 0"
        ),
    };
    let counts = match measure {
        FitnessMeasure::Loss => FitnessMeasure::Loss.name(),
        FitnessMeasure::Metric => metric,
    };
    BenchmarkWords {
        judged: format!(
            "A network, {model}, is trained by a program of the user's{about} with the function as \
             its nonlinearity, on {dataset}. What is judged is its {metric} ({better} is better) on \
             what it holds out"
        ),
        fitness: format!(
            "{fitness}. Fractions of the training come first, and drop what is behind there"
        ),
        network: format!("{model}. The fitness that counts is the one marked `{counts}`"),
        reference: reference.to_owned(),
    }
}
