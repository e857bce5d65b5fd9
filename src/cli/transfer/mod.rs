//! `motherlode transfer`: whether a lab predicts a benchmark, answered over a field of library and
//! random functions.

pub mod document;
pub mod plots;
pub mod table;

use std::path::Path;

use clap::Args;

use crate::cli::common::{Common, Ending, Failure};
use crate::cli::display::DisplayOptions;
use crate::cli::interrupt::Interrupt;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::cli::replay::{sealed, watched, BenchmarkOptions, OpenBenchmark};
use crate::config::{find_lab, FoundLab};
use crate::formula::Formula;
use crate::journal::Journal;
use crate::nets::Backend;
use crate::record::benchmark_run::{BenchmarkRun, BenchmarkRunEnd};
use crate::replay::function_field::{of_popular_and_random, NamedFormula};
use crate::replay::memory;
use crate::replay::ready_benchmark::ReadyBenchmark;
use crate::replay::run::{is_complete, Contestant, ReplayError, ReplayPlan};
use crate::replay::trainer::Trained;
use crate::replay::transfer::findings::TransferFindings;
use crate::replay::transfer::measure_cache::MeasureCache;
use crate::replay::transfer::measurement::{self, measured, predictors, MeasurementError};
use crate::replay::transfer::{BenchmarkOutcome, Predictor};
use crate::replay::vault::{Vault, TARGET, VAULT};

/// The least and the most functions of a field: fewer tell nothing, and more are slips of the pen.
const FUNCTIONS: (usize, usize) = (6, 1_000);
/// The most seeds.
const MOST_SEEDS: u64 = 1_000;
/// The draw of the vault that is held beside the lab.
const VAULT_SEED: u64 = 1;
/// What `--vault` is where no vault is wanted.
const NONE: &str = "none";
/// The pixels of a picture.
const PICTURE: (u32, u32) = (1_200, 900);

/// What `motherlode transfer` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode transfer --benchmark fashion-mnist/cnn
  motherlode transfer --benchmark fashion-mnist/mlp --functions 60 --seeds 2")]
pub struct TransferArguments {
    #[command(flatten)]
    benchmark: BenchmarkOptions,
    /// Functions of the field: published activations that people use, then random ones of the
    /// search space S1
    #[arg(long, value_name = "N", default_value_t = 100)]
    functions: usize,
    /// The lab that should predict: a shipped one or a lab file
    #[arg(long, value_name = "LAB", default_value = "standard")]
    lab: String,
    /// The sealed lab that is measured beside it, and that the benchmark vault shows: a shipped
    /// one, a lab file, or none
    #[arg(long, value_name = "LAB", default_value = VAULT)]
    vault: String,
    /// Seeds of the benchmark, from 1; from two on, one seed is held against another
    #[arg(long, value_name = "K", default_value_t = 1)]
    seeds: u64,
    /// The seed from which the random functions and the lab's data and trials are drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    display: DisplayOptions,
}

pub(super) fn run(arguments: &TransferArguments, common: &Common) -> Result<Ending, Failure> {
    let options = &arguments.benchmark;
    check(arguments, common)?;
    let selected = options.selected(if arguments.vault == NONE {
        VAULT
    } else {
        &arguments.vault
    })?;
    let lab = find_lab(&arguments.lab).map_err(Failure::usage)?;
    let lab_name = lab.lab.name.clone();
    let (workers, backend, folder) = (
        options.workers()?,
        options.backend()?,
        common.archive_folder()?,
    );
    let functions =
        of_popular_and_random(arguments.functions, arguments.seed).map_err(Failure::usage)?;
    let opened = options.open(selected, common)?;
    let vault = vault_beside(arguments, &opened, workers, &backend)?;
    opened.introduce(functions.len(), arguments.seeds, common);
    let journal = Journal::create_or_open(&folder).map_err(Failure::of_archive)?;
    let interrupt = Interrupt::listen()?;
    let contestants: Vec<Contestant> = functions.iter().map(contestant).collect();
    let run = TransferRun {
        contestants: &contestants,
        workers,
        backend,
        folder: &folder,
        journal: &journal,
        interrupt: &interrupt,
        common,
    };
    let seeds: Vec<u64> = (1..=arguments.seeds).collect();
    opened.consent(options, common, || {
        Ok(!is_complete(&run.plan(opened.ready(), &seeds), &journal)?)
    })?;
    let measured = run.measured(
        opened.ready(),
        &seeds,
        vault.as_ref(),
        (lab, arguments.seed),
    );
    journal.close()?;
    let Some((outcome, predictors)) = measured? else {
        common.say(ReplayError::Interrupted);
        return Ok(Ending::Interrupted);
    };
    let record = opened.ready().record().clone();
    let names = (lab_name, vault.map(|vault| vault.lab().name.clone()));
    let findings = TransferFindings::new(
        record,
        names,
        (functions, arguments.seed),
        (outcome, seeds),
        predictors,
    );
    show(&findings, arguments, common)
}

/// The sealed lab that is measured beside the benchmark; none where it is the benchmark itself, since
/// it would predict nothing.
fn vault_beside(
    arguments: &TransferArguments,
    opened: &OpenBenchmark,
    workers: usize,
    backend: &Backend,
) -> Result<Option<Vault>, Failure> {
    if arguments.vault == NONE || opened.ready().record().benchmark == VAULT {
        return Ok(None);
    }
    let found = sealed(&arguments.vault)?;
    Ok(Some(Vault::new(found, workers).on(backend)))
}

fn check(arguments: &TransferArguments, common: &Common) -> Result<(), Failure> {
    if !(FUNCTIONS.0..=FUNCTIONS.1).contains(&arguments.functions) {
        return Err(Failure::usage(format!(
            "--functions takes a number from {} to {}, found {}",
            FUNCTIONS.0, FUNCTIONS.1, arguments.functions
        )));
    }
    if !(1..=MOST_SEEDS).contains(&arguments.seeds) {
        return Err(Failure::usage(format!(
            "--seeds takes a number from 1 to {MOST_SEEDS}, found {}",
            arguments.seeds
        )));
    }
    arguments.display.check(common)
}

fn contestant(function: &NamedFormula) -> Contestant {
    Contestant::of_formula(function.formula.clone(), function.name.clone(), false)
}

/// What all parts of a transfer are run with.
struct TransferRun<'a> {
    contestants: &'a [Contestant],
    workers: usize,
    backend: Backend,
    folder: &'a Path,
    journal: &'a Journal,
    interrupt: &'a Interrupt,
    common: &'a Common,
}

impl<'a> TransferRun<'a> {
    /// The outcome on the benchmark, and everything that may predict it; `None` where the user
    /// interrupts. What costs most comes first and is kept.
    fn measured(
        &self,
        benchmark: &dyn ReadyBenchmark,
        seeds: &[u64],
        vault: Option<&Vault>,
        (lab, seed): (FoundLab, u64),
    ) -> Result<Option<(BenchmarkOutcome, Vec<Predictor>)>, Failure> {
        let ids: Vec<String> = self
            .contestants
            .iter()
            .map(|contestant| contestant.entrant.activation.id())
            .collect();
        let Some(runs) = self.benchmark_runs(benchmark, seeds, "benchmark")? else {
            return Ok(None);
        };
        let outcome = BenchmarkOutcome::of(&runs, &ids, seeds, benchmark.record().direction);
        let mut sealed = None;
        if let Some(vault) = vault {
            let Some(runs) = self.benchmark_runs(vault, &[VAULT_SEED], "vault")? else {
                return Ok(None);
            };
            let fitness =
                BenchmarkOutcome::of(&runs, &ids, &[VAULT_SEED], vault.record().direction);
            sealed = Some(Predictor::of_vault(&fitness, TARGET));
        }
        let Some(mut predictors) = self.predictors(lab, seed)? else {
            return Ok(None);
        };
        predictors.extend(sealed);
        Ok(Some((outcome, predictors)))
    }

    fn plan<'b>(&'b self, benchmark: &'b dyn ReadyBenchmark, seeds: &'b [u64]) -> ReplayPlan<'b> {
        ReplayPlan {
            benchmark,
            contestants: self.contestants,
            seeds,
            workers: self.workers,
            backend: self.backend.clone(),
            folder: self.folder,
            memory: memory::available(),
        }
    }

    /// The benchmark runs of a benchmark, those in the archive taken as they are; `None` where the
    /// user interrupts.
    fn benchmark_runs(
        &self,
        benchmark: &dyn ReadyBenchmark,
        seeds: &[u64],
        title: &str,
    ) -> Result<Option<Vec<BenchmarkRun>>, Failure> {
        let plan = self.plan(benchmark, seeds);
        let runs = match watched(&plan, self.journal, title, self.interrupt, self.common) {
            Err(ReplayError::Interrupted) => return Ok(None),
            runs => runs?,
        };
        let unfit = runs.iter().filter(|run| !run.end.is_lasting()).count();
        if unfit > 0 {
            let is_short = |run: &BenchmarkRun| matches!(run.end, BenchmarkRunEnd::CutShort { .. });
            let (lacked, advice) = match runs.iter().any(is_short) {
                true => (
                    "did not end within their limits",
                    "raise them in the program's file",
                ),
                false => (
                    "did not fit in memory",
                    "free some, or give a smaller --batch",
                ),
            };
            return Err(Failure::Failed(anyhow::anyhow!(
                "{unfit} of {} benchmark runs of the {title} {lacked}, which says nothing of \
                 their functions: {advice}; what is done is kept",
                runs.len()
            )));
        }
        Ok(Some(runs))
    }

    /// Everything that the lab says of the functions, those that it measured before taken as they
    /// are; `None` where the user interrupts.
    fn predictors(&self, found: FoundLab, seed: u64) -> Result<Option<Vec<Predictor>>, Failure> {
        let mut kept = MeasureCache::open(self.folder, &found, seed)?;
        let lab = found.lab.without_rungs();
        let formula = |contestant: &'a Contestant| match &contestant.trained {
            Trained::Formula { formula, .. } => Some(&**formula),
            Trained::Mixed { .. } => None,
        };
        let formulas: Vec<&Formula> = self.contestants.iter().filter_map(formula).collect();
        let progress = Progress::start("lab", 0, self.common.quiet);
        let watch = measurement::MeasurementWatch {
            wanted: &|trials| progress.set_steps(trials),
            done: &|| progress.step(),
            stop: self.interrupt.stop(),
        };
        let measures = measured(
            &measurement::MeasurementPlan {
                lab: &lab,
                seed,
                workers: self.workers,
            },
            &formulas,
            &mut kept,
            &watch,
        );
        progress.finish();
        match measures {
            Err(MeasurementError::Halted) => Ok(None),
            measures => Ok(Some(predictors(&lab, &measures?))),
        }
    }
}

/// Prints and draws.
fn show(
    findings: &TransferFindings,
    arguments: &TransferArguments,
    common: &Common,
) -> Result<Ending, Failure> {
    let panels = plots::scatters(findings);
    let title = format!(
        "{}: does lab {} predict it?",
        findings.benchmark.benchmark, findings.lab
    );
    arguments.display.write(&title, &panels, PICTURE)?;
    let ending = match findings.transfer.undefined() {
        None => Ending::Done,
        Some(reason) => {
            output::tell(format!(
                "error: no correlation can be computed: {reason}; train longer, take more \
                 --functions or a benchmark that is harder"
            ));
            Ending::Failed
        }
    };
    if common.json {
        output::document(&document::document(findings))?;
        return Ok(ending);
    }
    let csv = || {
        format!(
            "{}\n{}",
            document::correlations_csv(findings),
            document::functions_csv(findings)
        )
        .trim_end()
        .to_owned()
    };
    arguments.display.print(
        || table::text(findings),
        || table::markdown(findings).trim_end().to_owned(),
        csv,
        &panels,
    )?;
    if arguments.seeds == 1 {
        common.say(
            "next: the same with --seeds 2, which says how well one seed of the benchmark \
             predicts another: what is done is kept",
        );
    }
    Ok(ending)
}
