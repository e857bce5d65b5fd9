//! The benchmark that a campaign has as its target, opened for it.

use std::sync::Arc;

use crate::campaign::{words_of_images, GradedBenchmark, IMAGE_BASELINES, IMAGE_FRACTIONS};
use crate::cli::common::{Common, Failure};
use crate::config::{BenchmarkRequest, OpenedBenchmark};
use crate::nets::Backend;
use crate::replay::classification::Classification;
use crate::replay::fidelity::MeasuredPart;
use crate::replay::ready_benchmark::ReadyBenchmark;
use crate::replay::Benchmark;

/// A benchmark that was opened.
pub type OpenTarget = Arc<dyn GradedBenchmark + Send>;

/// Opens the benchmark of a campaign, and keeps it for its runs.
pub struct TargetOpener<'a> {
    backend: &'a Backend,
    common: &'a Common,
    opened: Option<OpenTarget>,
}

impl<'a> TargetOpener<'a> {
    /// An opener for networks on this device.
    pub fn new(backend: &'a Backend, common: &'a Common) -> TargetOpener<'a> {
        TargetOpener {
            backend,
            common,
            opened: None,
        }
    }

    /// Opens the benchmark that is asked for; the error says what to do.
    pub fn open(&mut self, request: &BenchmarkRequest) -> Result<OpenedBenchmark, String> {
        let benchmark =
            match Benchmark::named(&request.name).map_err(|error| error.to_string())? {
                Benchmark::Images(benchmark) => benchmark,
                Benchmark::Vault => return Err(
                    "the vault judges what other labs found, so that nothing is selected on it: \
                     give SET/MODEL such as fashion-mnist/cnn, or leave --target out"
                        .to_owned(),
                ),
            };
        let benchmark = benchmark
            .changed(&request.recipe)
            .map_err(|error| error.to_string())?;
        let folder = self.common.data_folder(request.data.as_deref());
        let folder = folder.map_err(|failure| match failure {
            Failure::Usage(words) => words,
            Failure::Failed(error) => error.to_string(),
        })?;
        let set = folder
            .open(&benchmark.set)
            .map_err(|error| error.to_string())?;
        let classification = Classification::new(benchmark, set)
            .map_err(|error| error.to_string())?
            .on(self.backend);
        classification
            .check_part(MeasuredPart::Validation)
            .map_err(|error| error.to_string())?;
        let opened = OpenedBenchmark {
            record: classification.record().clone(),
            words: words_of_images(&classification, request.fitness),
            baselines: IMAGE_BASELINES.map(str::to_owned).to_vec(),
            fractions: IMAGE_FRACTIONS.to_vec(),
        };
        self.opened = Some(Arc::new(classification));
        Ok(opened)
    }

    /// The benchmark that was opened; `None` where a lab selects.
    pub fn opened(self) -> Option<OpenTarget> {
        self.opened
    }
}
