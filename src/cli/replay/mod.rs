//! `motherlode replay`: activations on real benchmarks, beside those that people use.

mod contestants;
pub mod document;
mod options;
pub mod plots;
mod shown;
pub mod table;

pub(super) use self::shown::{print_replays, replayed, replays_of, Replay};

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::builder::PossibleValuesParser;
use clap::Args;

use self::options::RecipeOptions;
use super::interrupt::Interrupt;
use super::progress::Progress;
use super::{device, file, given, output, screen, workers, Common, Ending, Failure};
use crate::cell::{Cell, CellEnd};
use crate::journal::Journal;
use crate::model::Architecture;
use crate::network;
use crate::replay::classification::Classification;
use crate::replay::run::{run as run_cells, Contestant, Event, Plan, ReplayError};
use crate::replay::summary::{Summary, Verdict};
use crate::replay::trainer::Backend;
use crate::replay::{memory, Benchmark, ImageBenchmark};
use crate::report::panel;
use crate::report::terminal::Hand;

/// The most seeds: more tell nothing more.
const MOST_SEEDS: u64 = 1_000;
/// The rows of a plot in the terminal, and the most columns.
const ROWS: usize = 16;
const MOST_COLUMNS: usize = 120;
/// The pixels of a picture.
const PICTURE: (u32, u32) = (1_200, 600);

#[derive(Args)]
pub struct ReplayArguments {
    /// What to train: SET/MODEL such as fashion-mnist/mlp, fashion-mnist/cnn or cifar10/wrn-16-2; or vault, the sealed lab
    #[arg(long, value_name = "BENCHMARK")]
    benchmark: String,
    /// A formula, name, id or nickname to replay; may be given several times
    #[arg(long = "formula", value_name = "FORMULA", value_parser = given::text)]
    formulas: Vec<String>,
    /// Replay the N best candidates of a campaign
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    /// The campaign of --top [default: the latest]
    #[arg(long, value_name = "NAME", requires = "top")]
    campaign: Option<String>,
    /// What candidates are held against
    #[arg(long, value_name = "NAMES", value_delimiter = ',', default_value = "relu,gelu,silu", value_parser = given::text)]
    baselines: Vec<String>,
    /// Seeds, from 1: initial weights, order of the images and augmentation, the same for all activations
    #[arg(long, value_name = "K", default_value_t = 3)]
    seeds: u64,
    /// Let every neuron of an MLP choose among these formulas (SmartMixed), beside the others
    #[arg(long, value_name = "POOL", value_delimiter = ',', value_parser = given::text)]
    mixed: Vec<String>,
    /// The epoch after which each neuron's choice is final [default: an eighth of the epochs]
    #[arg(long, value_name = "EPOCH", requires = "mixed")]
    switch_epoch: Option<u32>,
    /// Keep the quirks of SmartMixed's published code: a second softmax before the loss, and noise in evaluation
    #[arg(long, requires = "mixed")]
    as_published: bool,
    /// The folder of the image sets [default: $MOTHERLODE_DATA, else motherlode-data in the user's data folder]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Threads, each with a network of its own [default: one a core]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    #[arg(long, value_name = "DEVICE", default_value = "cpu", help = device::HELP)]
    device: String,
    /// How the result is printed
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = PossibleValuesParser::new(["text", "markdown", "csv"]))]
    format: String,
    /// Draw learning curves and a dot a seed in the terminal
    #[arg(long)]
    plot: bool,
    /// Write them as a picture
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Write them as a vector picture
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    recipe: RecipeOptions,
}

pub(super) fn run(arguments: &ReplayArguments, common: &Common) -> Result<Ending, Failure> {
    let benchmark = Benchmark::named(&arguments.benchmark).map_err(Failure::usage)?;
    if !(1..=MOST_SEEDS).contains(&arguments.seeds) {
        return Err(Failure::usage(format!("--seeds takes a number from 1 to {MOST_SEEDS}, found {}", arguments.seeds)));
    }
    let Benchmark::Images(benchmark) = benchmark else {
        return Err(Failure::usage("the benchmark vault is not here yet"));
    };
    let recipe = arguments.recipe.apply(benchmark.recipe.clone())?;
    images(arguments, ImageBenchmark { recipe, ..*benchmark }, common)
}

fn images(arguments: &ReplayArguments, benchmark: ImageBenchmark, common: &Common) -> Result<Ending, Failure> {
    let workers = workers(arguments.workers)?;
    let backend = match device::backend(&arguments.device)? {
        network::Backend::Fused => Backend::Fused,
        network::Backend::Batched(device) => Backend::Candle(device),
    };
    if !arguments.mixed.is_empty() && !matches!(benchmark.architecture, Architecture::Mlp { .. }) {
        return Err(Failure::usage(format!("--mixed is for MLPs, and the model is {}: give an mlp", benchmark.architecture.name())));
    }
    let epochs = benchmark.recipe.epochs;
    let folder = common.archive_folder()?;
    let contestants = contestants(arguments, epochs, common)?;
    let set = common.data_folder(arguments.data.as_deref())?.open(&benchmark.set).map_err(Failure::of_set)?;
    let classification = Classification::new(benchmark, set).map_err(Failure::usage)?;
    introduce(&classification, &contestants, arguments.seeds, common);
    let journal = Journal::create_or_open(&folder).map_err(Failure::of_archive)?;
    let seeds: Vec<u64> = (1..=arguments.seeds).collect();
    let plan = Plan {
        classification: &classification,
        contestants: &contestants,
        seeds: &seeds,
        workers,
        backend,
        folder: &folder,
        memory: memory::available(),
    };
    let cells = match watched(&plan, &journal, common) {
        Err(ReplayError::Interrupted) => {
            common.say(ReplayError::Interrupted);
            journal.close()?;
            return Ok(Ending::Interrupted);
        }
        cells => cells?,
    };
    journal.close()?;
    let entrants: Vec<_> = contestants.iter().map(|contestant| contestant.entrant.clone()).collect();
    show(&Summary::of(&cells, &entrants)?, arguments, common)
}

fn contestants(arguments: &ReplayArguments, epochs: u32, common: &Common) -> Result<Vec<Contestant>, Failure> {
    let top = match arguments.top {
        None => Vec::new(),
        Some(0) => return Err(Failure::usage("--top takes 1 or more")),
        Some(count) => {
            let journal = Journal::open(&common.archive_folder()?).map_err(Failure::of_archive)?;
            contestants::top(&journal, arguments.campaign.as_deref(), count)?
        }
    };
    let mut contestants = contestants::contestants(&arguments.baselines, &arguments.formulas, &top, common)?;
    if !arguments.mixed.is_empty() {
        let switch_epoch = arguments.switch_epoch.unwrap_or((epochs / 8).max(1));
        if switch_epoch == 0 || switch_epoch >= epochs {
            return Err(Failure::usage(format!("--switch-epoch takes an epoch from 1 to {}, found {switch_epoch}", epochs.saturating_sub(1))));
        }
        contestants.push(contestants::mixed(&arguments.mixed, arguments.as_published, switch_epoch, common)?);
    }
    Ok(contestants)
}

/// Says what will be done.
fn introduce(classification: &Classification, contestants: &[Contestant], seeds: u64, common: &Common) {
    let record = classification.record();
    let [train, validation, test] = classification.counts();
    if let Some(shortfall) = &classification.set().shortfall {
        let (found, whole) = (shortfall.train, shortfall.whole_train);
        common.say(format!("note: {} is here in part: {found} of {whole} training images", record.dataset));
    }
    let parameters = classification.definition().layout(&[]).len();
    common.say(format!(
        "{} on {}: {parameters} parameters, {train} images to train on, {validation} held out, {test} to test on; {} epochs, {} activations, {seeds} seeds",
        record.model,
        record.dataset,
        classification.epochs(),
        contestants.len()
    ));
}

/// Runs the cells, with progress, until they are done or the user has had enough.
fn watched(plan: &Plan, journal: &Journal, common: &Common) -> Result<Vec<Cell>, ReplayError> {
    let interrupt = Interrupt::listen().map_err(|error| ReplayError::Cell(crate::replay::trainer::TrainerError::Device(error.into()).into()))?;
    let cells = (plan.contestants.len() * plan.seeds.len()) as u64;
    let progress = Progress::start("replay", cells * plan.classification.steps(), common.quiet);
    let (done, known) = (AtomicU64::new(0), AtomicU64::new(0));
    let event = |event: Event| match event {
        Event::Known => {
            known.fetch_add(1, Ordering::Relaxed);
            progress.begin_at(done.fetch_add(plan.classification.steps(), Ordering::Relaxed) + plan.classification.steps());
        }
        Event::Stepped(steps) => progress.advance(done.fetch_add(steps, Ordering::Relaxed) + steps, None),
        Event::Epoch { contestant, seed, epoch } => {
            let name = &plan.contestants[contestant].entrant.name;
            let message = format!("{name}, seed {seed}: epoch {epoch} of {}", plan.classification.epochs());
            progress.advance(done.load(Ordering::Relaxed), Some(message));
        }
        Event::Ended(cell) => {
            let name = name_of(plan, cell);
            match &cell.end {
                CellEnd::Finished { .. } => {}
                CellEnd::Diverged { epoch } => progress.say(&format!("{name}, seed {}: diverged in epoch {epoch}", cell.seed)),
                CellEnd::OutOfMemory { detail } => progress.say(&format!("{name}, seed {}: out of memory: {detail}", cell.seed)),
            }
        }
    };
    let ran = run_cells(plan, journal, &event, &|| interrupt.raised());
    progress.finish();
    let known = known.into_inner();
    if known > 0 && ran.is_ok() {
        common.say(format!("{known} of {cells} cells were in the archive already"));
    }
    ran
}

fn name_of(plan: &Plan, cell: &Cell) -> String {
    let id = cell.activation.id();
    let own = plan.contestants.iter().find(|contestant| contestant.entrant.activation.id() == id);
    own.map_or(id, |contestant| contestant.entrant.name.clone())
}

/// Prints, draws, and says what to do next.
fn show(summary: &Summary, arguments: &ReplayArguments, common: &Common) -> Result<Ending, Failure> {
    let panels = panels(summary);
    let title = format!("{}: {}", summary.benchmark.benchmark, summary.benchmark.metric);
    if let Some(path) = &arguments.png {
        file::write(path, "PNG", |aside| panel::png(aside, &title, &panels, PICTURE).map_err(|error| error.to_string()))?;
    }
    if let Some(path) = &arguments.svg {
        let drawing = panel::svg(&title, &panels, PICTURE).map_err(|error| Failure::Failed(anyhow::anyhow!("cannot draw: {error}")))?;
        file::write(path, "SVG", |aside| std::fs::write(aside, &drawing).map_err(|error| error.to_string()))?;
    }
    if common.json {
        output::document(&document::document(summary))?;
        return Ok(ending(summary));
    }
    match arguments.format.as_str() {
        "markdown" => output::line(table::markdown(summary))?,
        "csv" => output::line(format!("{}\n{}", document::results_csv(summary), document::comparisons_csv(summary)).trim_end())?,
        _ => output::line(table::text(summary))?,
    }
    if arguments.plot {
        let hand = Hand { ascii: !screen::reads_unicode(), colour: screen::shows_colours() };
        output::line(format!("\n{}", plots::drawn(&panels, screen::columns().min(MOST_COLUMNS), ROWS, hand)))?;
    }
    common.say(next(summary, arguments));
    Ok(ending(summary))
}

/// Learning curves, a dot a seed, and what mixed activations chose.
fn panels(summary: &Summary) -> Vec<panel::Panel> {
    let curves = plots::curves(summary).map(|curves| curves.panel);
    curves.into_iter().chain(plots::dots(summary)).chain(summary.results.iter().filter_map(plots::shares)).collect()
}

/// A replay of which not one cell finished has failed.
fn ending(summary: &Summary) -> Ending {
    if summary.results.iter().all(|row| row.mean.is_none()) {
        Ending::Failed
    } else {
        Ending::Done
    }
}

/// What to try next: more seeds where a candidate is undecided, else its record.
fn next(summary: &Summary, arguments: &ReplayArguments) -> String {
    let undecided = summary.comparisons.iter().any(|row| matches!(row.verdict, Verdict::Undecided(_)));
    let candidate = summary.results.iter().find(|row| !row.entrant.baseline);
    match candidate.and_then(|row| row.entrant.activation.formula()) {
        _ if undecided => format!("next: the same with --seeds {}: what is done is kept", (2 * arguments.seeds).max(5)),
        Some(formula) => format!("next: motherlode archive show {}", formula.nickname),
        None => "next: add what to hold against them, such as --formula 'x*tanh(softplus(x))' or --top 5".to_owned(),
    }
}
