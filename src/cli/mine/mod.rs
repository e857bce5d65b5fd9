//! `motherlode mine`: runs a campaign, or goes on with one.

mod beginning;
mod clock;
mod conduct;
mod confirming;
mod consent;
mod endings;
mod entered;
mod job;
mod on_benchmark;
pub mod plan;
pub mod remedy;
mod start;
pub mod summary;
mod tally;
pub mod target;
mod watch;

use clap::Args;

pub use self::clock::Clock;
pub use self::conduct::{conduct, measure_founders};
pub use self::job::Job;
use self::start::{begun, resumed, MineRequest, Start};
use crate::cli::common::{Common, Ending, Failure};
use crate::config::CampaignOptions;

/// What `motherlode mine` is given.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode mine --lab smoke --attempts 60 --seed 1
  motherlode mine --model openai:NAME --budget-usd 2
  motherlode mine --resume standard-1 --attempts 400")]
pub struct MineArguments {
    #[command(flatten)]
    options: CampaignOptions,
    /// Ask paid models, and run a program of your own, without being asked first whether to
    #[arg(long, short = 'y')]
    yes: bool,
    /// Run the command of a campaign whose archive was unpacked or copied from another place
    #[arg(long, requires = "resume")]
    allow_commands: bool,
    #[arg(long, default_value = "cpu", help = crate::cli::device::HELP)]
    device: String,
    /// Go on with this campaign; its settings stay, but for --attempts, the budgets, --deadline,
    /// --requests, and where and how its models are asked (--model)
    #[arg(long, value_name = "NAME")]
    resume: Option<String>,
}

/// Runs a new campaign, or goes on with one of the archive.
pub fn run(arguments: &MineArguments, common: &Common) -> Result<Ending, Failure> {
    let backend = crate::cli::device::backend(&arguments.device)?;
    let request = MineRequest {
        options: &arguments.options,
        yes: arguments.yes,
        allow_commands: arguments.allow_commands,
    };
    let start = match &arguments.resume {
        Some(name) => Start::Ready(Box::new(resumed(&request, name, &backend, common)?)),
        None => begun(&request, &backend, common)?,
    };
    let ready = match start {
        Start::Ready(ready) => *ready,
        Start::Over(ending) => return Ok(ending),
    };
    let job = Job {
        plan: ready.plan,
        benchmark: ready.benchmark,
        proposer: ready.proposer.as_ref(),
        backend,
        device: &arguments.device,
        resumed: arguments.resume.is_some(),
        round_trips: ready.round_trips,
        closed: ready.closed,
        clock: ready.clock,
    };
    let ending = conduct(&job, &ready.journal, common)?;
    ready.journal.close()?;
    Ok(ending)
}
