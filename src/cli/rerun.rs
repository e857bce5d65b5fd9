//! `motherlode rerun`: runs a campaign again from its recorded replies, with no network, and holds
//! the outcome against the record.

use clap::Args;
use serde_json::{json, Value};

use crate::campaign::hire;
use crate::cli::campaign_argument::CampaignArgument;
use crate::cli::common::{Common, Ending, Failure};
use crate::cli::mine::plan::free_name;
use crate::cli::mine::target::{consent_to_program, permit_program, TargetOpener};
use crate::cli::mine::{conduct, Clock, Job};
use crate::cli::output;
use crate::config::{BenchmarkRequest, Plan};
use crate::review::RerunComparison;

/// Differing attempts that are listed.
const SHOWN: usize = 10;

/// What `motherlode rerun` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode rerun standard-1
  motherlode rerun standard-1 --name again --workers 2")]
pub struct RerunArguments {
    #[command(flatten)]
    campaign: CampaignArgument,
    /// The name of the new campaign [default: the old one's with -rerun]
    #[arg(long)]
    name: Option<String>,
    /// Training threads [default: one a core]; the result does not depend on it
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    #[arg(long, default_value = "cpu", help = crate::cli::device::HELP)]
    device: String,
    /// Run a program of your own without being asked first whether to
    #[arg(long, short = 'y')]
    yes: bool,
    /// Run the command of a campaign whose archive was unpacked or copied from another place
    #[arg(long)]
    allow_commands: bool,
}

/// Runs the campaign again under another name; the command fails where the two end otherwise.
pub fn run(arguments: &RerunArguments, common: &Common) -> Result<Ending, Failure> {
    let backend = crate::cli::device::backend(&arguments.device)?;
    let journal = common.open_archive()?;
    let original = arguments.campaign.find(&journal)?;
    let made = journal.attempts(&original.campaign)?.len() as u64;
    if made == 0 {
        return Err(Failure::usage(format!(
            "campaign {} has made no attempt that could be made again",
            original.campaign
        )));
    }
    let name: String = arguments.name.clone().unwrap_or_else(|| {
        format!("{}-rerun", original.campaign)
            .chars()
            .take(60)
            .collect()
    });
    crate::journal::check_new_name(&name).map_err(Failure::usage)?;
    let mut opener = TargetOpener::new(&backend, common);
    let mut open = |request: &BenchmarkRequest| opener.open(request);
    let (charter, workers) = (original.clone(), arguments.workers);
    let mut plan =
        Plan::rerun(charter, name.clone(), made, workers, &mut open).map_err(Failure::of_config)?;
    let folder = common.archive_folder()?;
    permit_program(&plan.charter, &folder, arguments.allow_commands)?;
    consent_to_program(&plan.charter, arguments.yes, common)?;
    plan.charter.campaign = free_name(&journal, arguments.name.is_some(), name)?;
    let proposer = hire(&plan.charter, Some(&journal)).map_err(Failure::of_hiring)?;
    let again = plan.charter.campaign.clone();
    let job = Job {
        plan,
        benchmark: opener.opened(),
        proposer: proposer.as_ref(),
        backend,
        device: &arguments.device,
        resumed: false,
        round_trips: None,
        closed: None,
        clock: Clock::start()?,
    };
    let ending = conduct(&job, &journal, common)?;
    if !matches!(ending, Ending::Done) {
        return Ok(ending);
    }
    let comparison =
        RerunComparison::of(&journal, &original.campaign, &again).map_err(Failure::of_review)?;
    journal.close()?;
    if common.json {
        output::document(&document(&comparison))?;
    }
    for (attempt, what) in comparison.differences.iter().take(SHOWN) {
        output::tell(format!("attempt {attempt} differs: {what}"));
    }
    if comparison.is_same() {
        common.say(words(&comparison));
        return Ok(Ending::Done);
    }
    output::tell(words(&comparison));
    Ok(Ending::Failed)
}

fn document(comparison: &RerunComparison) -> Value {
    let difference = |(attempt, what): &(u64, &str)| json!({ "attempt": attempt, "what": what });
    json!({
        "event": "compared",
        "campaign": comparison.campaign,
        "rerun": comparison.rerun,
        "attempts": comparison.attempts,
        "same": comparison.is_same(),
        "differences": comparison.differences.iter().map(difference).collect::<Vec<_>>(),
        "same_champions": comparison.same_champions,
    })
}

fn words(comparison: &RerunComparison) -> String {
    let RerunComparison {
        campaign,
        rerun,
        attempts,
        differences,
        same_champions,
    } = comparison;
    if comparison.is_same() {
        return format!(
            "{rerun} ends with the same archive as {campaign}: {attempts} attempts, each with the \
             same formula, outcome and fitness"
        );
    }
    let champions = if *same_champions {
        ""
    } else {
        "; the champions came out otherwise"
    };
    format!(
        "{rerun} ends otherwise than {campaign}: {} of {attempts} attempts differ{champions}. \
         Another version, processor or device rounds otherwise, and a deadline of training may be \
         met on one machine and not on another",
        differences.len()
    )
}
