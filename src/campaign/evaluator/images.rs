//! Image classifiers as the target of a campaign: their fidelities, and what prompts say of them.

use super::graded_benchmark::{GradedBenchmark, BENCHMARK_BASELINES};
use crate::nets::{Optimiser, Schedule};
use crate::record::judging::BenchmarkWords;
use crate::record::target_benchmark::FitnessMeasure;
use crate::replay::classification::Classification;
use crate::replay::fidelity::Fidelity;
use crate::replay::ready_benchmark::ReadyBenchmark;
use crate::replay::recipe::Recipe;

/// The fractions of a recipe that select before the whole of it.
pub const IMAGE_FRACTIONS: [f64; 2] = [1.0 / 16.0, 1.0 / 4.0];

impl GradedBenchmark for Classification {
    fn at(&self, fidelity: Fidelity) -> Result<Box<dyn ReadyBenchmark>, String> {
        let graded = Classification::at(self, fidelity).map_err(|error| error.to_string())?;
        Ok(Box::new(graded))
    }
}

/// What a benchmark says of itself to those who write formulas for it.
pub fn words_of_images(classification: &Classification, measure: FitnessMeasure) -> BenchmarkWords {
    let record = classification.record();
    let [train, validation, _] = classification.counts();
    let (network, images) = (&record.architecture, &record.dataset);
    let judged = format!(
        "A network, {network}, is trained with the function as its only nonlinearity, on {train} \
         images of {images}. What is judged is how it classifies {validation} images that are held \
         out"
    );
    let reference = BENCHMARK_BASELINES[0];
    let fitness = match measure {
        FitnessMeasure::Loss => format!(
            "The fitness is minus the mean over seeds of ln(loss / loss of {reference} on the same \
             seed), on the images held out: higher is better, {reference} has 0, and 0.05 is a \
             loss about 5 % lower. Fractions of the training come first, and drop what is behind \
             there"
        ),
        FitnessMeasure::Metric => format!(
            "The fitness is the mean over seeds of the accuracy on the images held out less that \
             of {reference} on the same seed: higher is better, {reference} has 0, and 0.01 is one \
             image in a hundred. Fractions of the training come first, and drop what is behind \
             there"
        ),
    };
    let counts = match measure {
        FitnessMeasure::Loss => FitnessMeasure::Loss.name(),
        FitnessMeasure::Metric => &record.metric,
    };
    BenchmarkWords {
        judged,
        fitness,
        network: format!(
            "{}. The fitness that counts is the one marked `{counts}`",
            network_words(classification)
        ),
        reference: reference.to_owned(),
    }
}

/// The network, and how it is trained.
fn network_words(classification: &Classification) -> String {
    let Recipe {
        epochs,
        batch,
        rate,
        optimiser,
        schedule,
        ..
    } = classification.recipe();
    let optimiser = match optimiser {
        Optimiser::Adam { .. } => "Adam",
        Optimiser::AdamW { .. } => "AdamW",
        Optimiser::Sgd { .. } => "SGD with momentum",
    };
    let schedule = match schedule {
        Schedule::Constant => "",
        Schedule::Cosine => ", falling to 0 along a cosine",
        Schedule::Steps { .. } => ", falling in steps",
    };
    let epochs = match epochs {
        1 => "1 epoch".to_owned(),
        several => format!("{several} epochs"),
    };
    format!(
        "{} of {} parameters, trained for {epochs} by {optimiser} at a rate of {rate}{schedule}, in \
         batches of {batch}",
        classification.record().architecture,
        classification.description().layout(&[]).len()
    )
}
