//! A benchmark as the target of a campaign: what is asked for, and the rungs in which it selects.

use std::path::PathBuf;

use super::error::ConfigError;
use super::recipe_options::RecipeOptions;
use crate::record::benchmark_run::BenchmarkRecord;
use crate::record::charter::Charter;
use crate::record::judging::BenchmarkWords;
use crate::record::target_benchmark::{
    BenchmarkRung, FitnessMeasure, ProgramOrigin, TargetBenchmark,
};

/// The seeds of the whole recipe that select.
const SEEDS: u32 = 3;
/// The fresh seeds of a confirmation.
const FRESH_SEEDS: u32 = 10;
/// The latest fitnesses on a rung that a formula is held against.
const FIELD: usize = 64;
/// With fewer than this every formula goes on.
const LEAST_FIELD: usize = 4;
/// The shares that go on from the first rung, and from every other.
const KEPT: [f64; 2] = [0.3, 0.5];

/// A benchmark that is to be the target of a campaign.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchmarkRequest {
    /// SET/MODEL, or the file of a program.
    pub name: String,
    /// What is asked for of its recipe.
    pub recipe: RecipeOptions,
    /// What of a run selects; `None` for the loss where there is one, else the metric.
    pub fitness: Option<FitnessMeasure>,
    /// The folder of image sets; `None` for the usual one.
    pub data: Option<PathBuf>,
}

/// A benchmark that was opened for a campaign.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenedBenchmark {
    /// Its whole recipe, measured on the test part.
    pub record: BenchmarkRecord,
    /// What it says of itself.
    pub words: BenchmarkWords,
    /// The known activations that candidates are held against, the reference first.
    pub baselines: Vec<String>,
    /// What of a run selects.
    pub fitness: FitnessMeasure,
    /// Where its command comes from, where it is a program.
    pub program: Option<ProgramOrigin>,
    /// The fractions of the recipe that select before the whole of it, smallest first.
    pub fractions: Vec<f64>,
}

/// Opens benchmarks, which this layer knows nothing of; its error says what to do.
pub type Opener<'a> = dyn FnMut(&BenchmarkRequest) -> Result<OpenedBenchmark, String> + 'a;

/// Whether a target is the name of a benchmark, and not of a profile.
pub fn names_benchmark(target: &str) -> bool {
    target.contains('/') || target.ends_with(".toml")
}

impl BenchmarkRequest {
    /// What a campaign of the archive asked for; `None` where a lab selects in it.
    ///
    /// # Errors
    /// [`ConfigError::Benchmark`] where this version does not read its recipe.
    pub fn again(
        charter: &Charter,
        data: Option<PathBuf>,
    ) -> Result<Option<BenchmarkRequest>, ConfigError> {
        let Some(target) = &charter.benchmark else {
            return Ok(None);
        };
        let recipe = serde_json::from_value(target.recipe.clone()).map_err(|error| {
            ConfigError::Benchmark(format!(
                "this version does not read the recipe of campaign {} ({error}); go on with \
                 version {}",
                charter.campaign, charter.version
            ))
        })?;
        Ok(Some(BenchmarkRequest {
            name: match &target.program {
                Some(program) => program.file.clone(),
                None => target.record.benchmark.clone(),
            },
            recipe,
            fitness: Some(target.fitness),
            data,
        }))
    }

    /// The record of the target that was opened for this.
    pub fn target(&self, opened: &OpenedBenchmark) -> TargetBenchmark {
        let fractions = opened.fractions.iter().enumerate();
        let rung = |(index, fraction): (usize, &f64)| BenchmarkRung {
            name: fraction_name(*fraction),
            fraction: *fraction,
            seeds: if index == 0 { 1 } else { 2 },
            keep: KEPT[index.min(1)],
            field: FIELD,
            least_field: LEAST_FIELD,
        };
        TargetBenchmark {
            record: opened.record.clone(),
            recipe: serde_json::json!(self.recipe),
            program: opened.program.clone(),
            fitness: opened.fitness,
            words: opened.words.clone(),
            baselines: opened.baselines.clone(),
            rungs: fractions.map(rung).collect(),
            seeds: SEEDS,
            fresh_seeds: FRESH_SEEDS,
        }
    }
}

/// `1/16`, or the number where it is no such fraction.
fn fraction_name(fraction: f64) -> String {
    let parts = 1.0 / fraction;
    match (parts - parts.round()).abs() < 1e-9 {
        true => format!("1/{parts:.0}"),
        false => fraction.to_string(),
    }
}

/// The target that a campaign keeps, where the benchmark that was opened again is the one that it
/// was started with.
///
/// # Errors
/// [`ConfigError::Benchmark`].
pub fn check_same(
    charter: &Charter,
    opened: &OpenedBenchmark,
) -> Result<TargetBenchmark, ConfigError> {
    let kept = charter.benchmark.as_ref();
    let same = kept.filter(|target| target.record.key() == opened.record.key());
    same.cloned().ok_or_else(|| {
        ConfigError::Benchmark(format!(
            "{} is not the benchmark that campaign {} was started with: its images, its recipe, \
             this version or this machine's arithmetic are others; put the old ones back, or start \
             a new campaign",
            opened.record.benchmark, charter.campaign
        ))
    })
}
