//! `motherlode replay`: activations on real benchmarks, beside those that people use.

mod benchmark_options;
mod contestants;
pub mod document;
mod place;
pub mod plots;
pub mod table;
mod tuning;
mod watch;

pub(super) use self::benchmark_options::{sealed, BenchmarkOptions, OpenBenchmark, PROGRAM_ENDING};
pub(super) use self::watch::watched;

use clap::Args;

use self::benchmark_options::SelectedBenchmark;
use self::place::ReplayPlace;
use self::tuning::Tuning;
use crate::archive::constants_tried;
use crate::cli::campaign_argument::CampaignArgument;
use crate::cli::common::{counted, shortened, Common, Ending, Failure};
use crate::cli::display::DisplayOptions;
use crate::cli::interrupt::Interrupt;
use crate::cli::{formula_argument, output};
use crate::drawing::panel;
use crate::journal::Journal;
use crate::nets::Backend;
use crate::record::benchmark_run::{BenchmarkRun, BenchmarkRunEnd};
use crate::record::candidate::FormulaRecord;
use crate::replay::run::{is_complete, Contestant, ReplayError};
use crate::replay::summary::{Summary, SummaryError, Verdict};
use crate::replay::trainer::TrainerError;
use crate::replay::tuning::baselines::TuningError;
use crate::replay::vault::VAULT;
use crate::review::best_candidates;

/// The most seeds: more tell nothing more.
const MOST_SEEDS: u64 = 1_000;
/// The pixels of a picture.
const PICTURE: (u32, u32) = (1_200, 600);

/// What `motherlode replay` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode replay --benchmark fashion-mnist/mlp --top 5 --seeds 10
  motherlode replay --benchmark vault --formula 'x*sigmoid(1.5*x)'
  motherlode replay --benchmark vault --target transformer --formula mish")]
pub struct ReplayArguments {
    #[command(flatten)]
    benchmark: BenchmarkOptions,
    /// Another lab as the benchmark vault: a shipped one or a lab file [default: vault]
    #[arg(long, value_name = "LAB")]
    vault: Option<String>,
    /// Whose fitness the benchmark vault tells: a profile of its lab, or general [default: general]
    #[arg(long, value_name = "PROFILE")]
    target: Option<String>,
    /// A formula, name, id or nickname to replay; may be given several times
    #[arg(long = "formula", value_name = "FORMULA", value_parser = formula_argument::text)]
    formulas: Vec<String>,
    /// Replay the N best candidates of a campaign; of one that mined for all, those for the block of
    /// this benchmark
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    /// The campaign of --top
    #[command(flatten)]
    campaign: CampaignArgument,
    /// What candidates are held against
    #[arg(
        long,
        value_name = "NAMES",
        default_value = "relu,gelu,silu",
        value_parser = formula_argument::text
    )]
    baselines: Vec<String>,
    /// Seeds, from 1: initial weights, order of the images and augmentation, the same for all
    /// activations
    #[arg(long, value_name = "K", default_value_t = 3)]
    seeds: u64,
    /// Tune scale and shift of the input and output of each baseline before, in so many evaluations
    /// each of a sixteenth of the recipe, measured on the images held out; give as many at least as
    /// the candidates had [default: what the lineage of the --top candidates spent on constants, 32
    /// at least]
    #[arg(long, value_name = "EVALUATIONS", num_args = 0..=1)]
    tune: Option<Option<u32>>,
    /// Let every neuron of an MLP choose among these formulas (SmartMixed), beside the others
    #[arg(long, value_name = "POOL", value_parser = formula_argument::text)]
    mixed: Vec<String>,
    /// The epoch after which each neuron's choice is final [default: an eighth of the epochs]
    #[arg(long, value_name = "EPOCH", requires = "mixed")]
    switch_epoch: Option<u32>,
    /// Keep the quirks of SmartMixed's published code: a second softmax before the loss, and noise
    /// in evaluation
    #[arg(long, requires = "mixed")]
    as_published: bool,
    #[command(flatten)]
    display: DisplayOptions,
}

pub(super) fn run(arguments: &ReplayArguments, common: &Common) -> Result<Ending, Failure> {
    let options = &arguments.benchmark;
    let selected = selected(arguments)?;
    arguments.display.check(common)?;
    let (workers, backend, folder) = (
        options.workers()?,
        options.backend()?,
        common.archive_folder()?,
    );
    if let (false, Backend::Candle(_)) = (arguments.mixed.is_empty(), &backend) {
        return Err(Failure::usage(TrainerError::MixedOnDevice));
    }
    let top = top(arguments, selected.profile(), common)?;
    let mut contestants = contestants(arguments, &selected, top.as_ref(), common)?;
    let opened = options.open(selected, common)?;
    opened.introduce(contestants.len(), arguments.seeds, common);
    let tuning = tuning(arguments, &opened, top.as_ref())?;
    let journal = Journal::create_or_open(&folder).map_err(Failure::of_archive)?;
    let place = ReplayPlace {
        folder: &folder,
        workers,
        backend,
    };
    let seeds: Vec<u64> = (1..=arguments.seeds).collect();
    opened.consent(options, common, || {
        let plan = place.plan(opened.ready(), &contestants, &seeds);
        Ok(tuning.is_some() || !is_complete(&plan, &journal)?)
    })?;
    let ran = replayed(
        (&opened, tuning.as_ref()),
        &mut contestants,
        &seeds,
        (&place, &journal),
        (&Interrupt::listen()?, common),
    );
    let closed = journal.close();
    if let Err(TuningError::Replay(ReplayError::Interrupted)) = ran {
        common.say(ReplayError::Interrupted);
        closed?;
        return Ok(Ending::Interrupted);
    }
    let runs = ran?;
    closed?;
    let campaign = top.map(|top| top.campaign);
    show(
        &summary(&runs, &contestants)?,
        campaign.as_deref(),
        arguments,
        common,
    )
}

fn summary(runs: &[BenchmarkRun], contestants: &[Contestant]) -> Result<Summary, SummaryError> {
    let entrants: Vec<_> = contestants
        .iter()
        .map(|contestant| contestant.entrant.clone())
        .collect();
    Summary::of(runs, &entrants)
}

/// The benchmark that is asked for, after what contradicts before anything is read.
fn selected(arguments: &ReplayArguments) -> Result<SelectedBenchmark, Failure> {
    let vault = arguments.vault.as_deref();
    let selected = arguments.benchmark.selected(vault.unwrap_or(VAULT))?;
    match &selected {
        SelectedBenchmark::Images(_) | SelectedBenchmark::Program(_) if vault.is_some() => {
            return Err(Failure::usage(format!(
                "--vault is for --benchmark vault, and {} is another: leave it out",
                shortened(&arguments.benchmark.benchmark)
            )));
        }
        SelectedBenchmark::Vault(..) if arguments.tune.is_some() => return Err(tuning::sealed()),
        _ => {}
    }
    if !(1..=MOST_SEEDS).contains(&arguments.seeds) {
        return Err(Failure::usage(format!(
            "--seeds takes a number from 1 to {MOST_SEEDS}, found {}",
            arguments.seeds
        )));
    }
    match &arguments.target {
        Some(target) => selected.under(target),
        None => Ok(selected),
    }
}

/// The tuning that is asked for.
fn tuning(
    arguments: &ReplayArguments,
    opened: &OpenBenchmark,
    top: Option<&Top>,
) -> Result<Option<Tuning>, Failure> {
    let Some(asked) = arguments.tune else {
        return Ok(None);
    };
    let spent = top.map_or(0, |top| top.constants_tried);
    let evaluations = tuning::evaluations(asked, spent)?;
    Tuning::of(opened, evaluations).map(Some)
}

/// Tunes the baselines where that is asked for, and runs every benchmark run.
fn replayed(
    (opened, tuning): (&OpenBenchmark, Option<&Tuning>),
    contestants: &mut Vec<Contestant>,
    seeds: &[u64],
    (place, journal): (&ReplayPlace, &Journal),
    (interrupt, common): (&Interrupt, &Common),
) -> Result<Vec<BenchmarkRun>, TuningError> {
    if let Some(tuning) = tuning {
        tuning.tune(contestants, place, journal, interrupt, common)?;
    }
    let plan = place.plan(opened.ready(), contestants, seeds);
    Ok(watched(&plan, journal, "replay", interrupt, common)?)
}

/// The best candidates of a campaign.
struct Top {
    campaign: String,
    candidates: Vec<FormulaRecord>,
    /// The most attempts that went into the constants of one of them; 0 where nobody asks.
    constants_tried: usize,
}

/// What `--top` asks for, of a benchmark whose network has the block of this profile; `None` where it
/// is not given.
fn top(
    arguments: &ReplayArguments,
    profile: &str,
    common: &Common,
) -> Result<Option<Top>, Failure> {
    let count = match (arguments.top, arguments.campaign.name()?) {
        (Some(0), _) => return Err(Failure::usage("--top takes 1 or more")),
        (Some(count), _) => count,
        (None, None) => return Ok(None),
        (None, Some(name)) => {
            return Err(Failure::usage(format!(
                "campaign {} is named without --top: add --top N for its N best candidates",
                shortened(name)
            )))
        }
    };
    let journal = common.open_archive()?;
    let charter = arguments.campaign.find(&journal)?;
    let candidates =
        best_candidates(&journal, &charter, count, Some(profile)).map_err(Failure::of_review)?;
    common.say(format!(
        "from campaign {}: {}",
        charter.campaign,
        counted(candidates.len() as u64, "candidate")
    ));
    let constants_tried = match arguments.tune {
        Some(None) => constants_tried(&journal.attempts(&charter.campaign)?, &candidates),
        _ => 0,
    };
    Ok(Some(Top {
        campaign: charter.campaign,
        candidates,
        constants_tried,
    }))
}

fn contestants(
    arguments: &ReplayArguments,
    selected: &SelectedBenchmark,
    top: Option<&Top>,
    common: &Common,
) -> Result<Vec<Contestant>, Failure> {
    if let (false, Some(architecture)) = (arguments.mixed.is_empty(), selected.other_than_mlp()) {
        return Err(Failure::usage(format!(
            "--mixed is for MLPs, not for {architecture}: give an mlp"
        )));
    }
    let epochs = selected.epochs();
    let mut contestants = contestants::contestants(
        &listed(&arguments.baselines),
        &arguments.formulas,
        top.map_or(&[], |top| &top.candidates),
        common,
    )?;
    if !arguments.mixed.is_empty() {
        if epochs < 2 {
            return Err(Failure::usage(
                "--mixed takes two epochs or more, one at least to choose and one with the \
                 choices: give more --epochs",
            ));
        }
        let switch_epoch = arguments.switch_epoch.unwrap_or((epochs / 8).max(1));
        if switch_epoch == 0 || switch_epoch >= epochs {
            return Err(Failure::usage(format!(
                "--switch-epoch takes an epoch from 1 to {}, found {switch_epoch}",
                epochs - 1
            )));
        }
        contestants.push(contestants::mixed(
            &listed(&arguments.mixed),
            arguments.as_published,
            switch_epoch,
            common,
        )?);
    }
    Ok(contestants)
}

fn listed(arguments: &[String]) -> Vec<String> {
    arguments
        .iter()
        .flat_map(|argument| formula_argument::list(argument))
        .collect()
}

/// Prints, draws, and says what to do next.
fn show(
    summary: &Summary,
    campaign: Option<&str>,
    arguments: &ReplayArguments,
    common: &Common,
) -> Result<Ending, Failure> {
    let panels = panels(summary, arguments, common);
    let title = format!(
        "{}: {}",
        summary.benchmark.benchmark, summary.benchmark.metric
    );
    arguments.display.write(&title, &panels, PICTURE)?;
    if common.json {
        let mut fields = document::document(summary);
        fields["campaign"] = campaign.into();
        output::document(&fields)?;
        return Ok(ending(summary));
    }
    let csv = || {
        format!(
            "{}\n{}",
            document::results_csv(summary),
            document::comparisons_csv(summary)
        )
        .trim_end()
        .to_owned()
    };
    arguments.display.print(
        || table::text(summary),
        || table::markdown(summary),
        csv,
        &panels,
    )?;
    common.say(next(summary, arguments));
    Ok(ending(summary))
}

/// Learning curves, a dot a seed, and what mixed activations chose.
fn panels(summary: &Summary, arguments: &ReplayArguments, common: &Common) -> Vec<panel::Panel> {
    let curves = plots::curves(summary).map(|curves| {
        if arguments.display.draws() && !curves.left_out.is_empty() {
            common.say(format!(
                "the curves leave out {}: no more lines can be told apart",
                curves.left_out.join(", ")
            ));
        }
        curves.panel
    });
    curves
        .into_iter()
        .chain(plots::dots(summary))
        .chain(summary.results.iter().filter_map(plots::shares))
        .collect()
}

/// A replay of which not one benchmark run finished has failed.
fn ending(summary: &Summary) -> Ending {
    if summary.results.iter().all(|row| row.mean.is_none()) {
        Ending::Failed
    } else {
        Ending::Done
    }
}

/// What to try next: less memory where there was not enough, more seeds where a candidate is
/// undecided, else its record.
fn next(summary: &Summary, arguments: &ReplayArguments) -> String {
    if summary
        .results
        .iter()
        .flat_map(|row| &row.ends)
        .flatten()
        .any(|end| matches!(end, BenchmarkRunEnd::CutShort { .. }))
    {
        return "next: the same again: what was cut short is not recorded, and is tried again"
            .to_owned();
    }
    if summary
        .results
        .iter()
        .flat_map(|row| &row.ends)
        .flatten()
        .any(|end| matches!(end, BenchmarkRunEnd::OutOfMemory { .. }))
    {
        return "next: the same with --workers 1, or with a smaller --batch; what ended out of \
            memory is not recorded, and is tried again"
            .to_owned();
    }
    let tunable = arguments.tune.is_none() && arguments.benchmark.benchmark != VAULT;
    let better = summary
        .comparisons
        .iter()
        .find(|row| tunable && row.verdict == Verdict::Better);
    let undecided = summary
        .comparisons
        .iter()
        .any(|row| matches!(row.verdict, Verdict::Undecided(_)));
    let candidate = summary.results.iter().find(|row| !row.entrant.baseline);
    match (
        candidate.and_then(|row| row.entrant.activation.formula()),
        better,
    ) {
        _ if undecided && arguments.seeds < MOST_SEEDS => {
            format!(
                "next: the same with --seeds {}: what is done is kept",
                (2 * arguments.seeds).clamp(5, MOST_SEEDS)
            )
        }
        (Some(_), Some(better)) => format!(
            "next: the same with --tune: {} may do as well with constants chosen for it",
            summary.results[better.baseline].entrant.name
        ),
        (Some(formula), None) => format!("next: motherlode archive show {}", formula.nickname),
        (None, _) => {
            "next: add what to hold against them, such as --formula 'x*tanh(softplus(x))' or \
            --top 5"
                .to_owned()
        }
    }
}
