//! The benchmark that a campaign has as its target, opened for it.

use std::path::Path;
use std::sync::Arc;

use crate::campaign::{
    fractions_of_program, words_of_images, words_of_program, GradedBenchmark, BENCHMARK_BASELINES,
    IMAGE_FRACTIONS,
};
use crate::cli::common::{Common, Failure};
use crate::cli::consent::{agree, Question};
use crate::cli::replay::PROGRAM_ENDING;
use crate::config::{BenchmarkRequest, OpenedBenchmark};
use crate::nets::Backend;
use crate::record::charter::Charter;
use crate::record::target_benchmark::{FitnessMeasure, ProgramOrigin};
use crate::replay::classification::Classification;
use crate::replay::fidelity::{Fidelity, MeasuredPart};
use crate::replay::program::origin::{mark_of, permit};
use crate::replay::program::{Program, ProgramDefinition};
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

    /// Opens the benchmark that is asked for; the error says what to do. Nothing is run.
    pub fn open(&mut self, request: &BenchmarkRequest) -> Result<OpenedBenchmark, String> {
        if request.name.ends_with(PROGRAM_ENDING) {
            return self.open_program(request);
        }
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
        let fitness = request.fitness.unwrap_or_default();
        let opened = OpenedBenchmark {
            record: classification.record().clone(),
            words: words_of_images(&classification, fitness),
            baselines: BENCHMARK_BASELINES.map(str::to_owned).to_vec(),
            fitness,
            program: None,
            fractions: IMAGE_FRACTIONS.to_vec(),
        };
        self.opened = Some(Arc::new(classification));
        Ok(opened)
    }

    fn open_program(&mut self, request: &BenchmarkRequest) -> Result<OpenedBenchmark, String> {
        let file = &request.name;
        let refused = [
            ("the options of a recipe", !request.recipe.is_empty()),
            ("--data", request.data.is_some()),
        ];
        if let Some((what, _)) = refused.into_iter().find(|(_, is_given)| *is_given) {
            return Err(format!(
                "{file} is a program of your own, and {what} belong to networks of this one: leave \
                 them out, and change them in the program"
            ));
        }
        let whole = std::path::absolute(file).map_err(|error| error.to_string())?;
        let definition =
            ProgramDefinition::read(Path::new(file)).map_err(|error| error.to_string())?;
        let usual = match definition.loss {
            true => FitnessMeasure::Loss,
            false => FitnessMeasure::Metric,
        };
        let fitness = request.fitness.unwrap_or(usual);
        let fractions = fractions_of_program(&definition);
        let words = words_of_program(&definition, fitness);
        let program = ProgramOrigin {
            file: whole.display().to_string(),
            command: format!(
                "{} in {}",
                definition.shown_command(),
                definition.folder.display()
            ),
            mark: None,
        };
        let opened =
            Program::new(definition, Fidelity::WHOLE).map_err(|error| error.to_string())?;
        let benchmark = OpenedBenchmark {
            record: opened.record().clone(),
            words,
            baselines: BENCHMARK_BASELINES.map(str::to_owned).to_vec(),
            fitness,
            program: Some(program),
            fractions,
        };
        self.opened = Some(Arc::new(opened));
        Ok(benchmark)
    }

    /// The benchmark that was opened; `None` where a lab selects.
    pub fn opened(self) -> Option<OpenTarget> {
        self.opened
    }
}

/// Asks for consent where a campaign runs a command of the user's, which is shown first.
///
/// # Errors
/// No consent.
pub fn consent_to_program(charter: &Charter, yes: bool, common: &Common) -> Result<(), Failure> {
    let target = charter.benchmark.as_ref();
    let Some(program) = target.and_then(|target| target.program.as_ref()) else {
        return Ok(());
    };
    let words = format!(
        "{} runs the command {}, with all that you may do yourself",
        program.file, program.command
    );
    let question = Question {
        words: &words,
        ask: "Run it?",
        otherwise: "to have it run, add --yes",
        refused: "nothing was run",
    };
    agree(&question, yes, common)
}

/// Lets the command of a campaign of the archive run where it was consented to in this very folder,
/// or where the user allows it.
///
/// # Errors
/// A command that comes from another place.
pub fn permit_program(
    charter: &Charter,
    folder: &Path,
    allow_commands: bool,
) -> Result<(), Failure> {
    let target = charter.benchmark.as_ref();
    let Some(program) = target.and_then(|target| target.program.as_ref()) else {
        return Ok(());
    };
    let mark = program.mark.as_deref();
    permit(&program.command, mark, folder, allow_commands).map_err(Failure::usage)
}

/// Keeps with a charter in which archive its command was consented to.
pub fn mark_program(charter: &mut Charter, folder: &Path) {
    let target = charter.benchmark.as_mut();
    if let Some(program) = target.and_then(|target| target.program.as_mut()) {
        program.mark = mark_of(folder).ok();
    }
}
