//! The settings of campaigns: options over files, bounds, and what contradicts, without a process.

mod bounds;
mod merging;
mod plans;
mod targets;

use clap::{Args, Command, FromArgMatches};
use motherlode::config::{BenchmarkRequest, CampaignOptions, ConfigError, OpenedBenchmark, Plan};
use motherlode::record::charter::Charter;

/// A model that costs nothing, and one that is paid for.
pub const FREE: &str = "compatible:m@http://localhost:1/v1,free";
pub const PAID: &str = "compatible:p@http://localhost:1/v1,price.input=1,price.output=2";

/// The options of a command line.
pub fn options(words: &[&str]) -> CampaignOptions {
    let command = CampaignOptions::augment_args(Command::new("mine"));
    let matches = command
        .try_get_matches_from(["mine"].iter().chain(words))
        .unwrap();
    CampaignOptions::from_arg_matches(&matches).unwrap()
}

/// The plan of these options over a campaign file with this text.
pub fn plan(words: &[&str], file: &str) -> Result<Plan, ConfigError> {
    Plan::new(
        options(words).settings,
        toml::from_str(file).unwrap(),
        &mut no_benchmark,
    )
}

pub fn charter(words: &[&str], file: &str) -> Charter {
    plan(words, file).unwrap().charter
}

/// What is said where there is no plan.
pub fn refused(words: &[&str], file: &str) -> String {
    match plan(words, file) {
        Ok(plan) => panic!("{words:?} over {file}: {:?}", plan.charter),
        Err(error) => {
            assert!(error.is_usage(), "{error}");
            error.to_string()
        }
    }
}

/// An opener for plans that have no benchmark.
fn no_benchmark(request: &BenchmarkRequest) -> Result<OpenedBenchmark, String> {
    Err(format!("{} is no benchmark here", request.name))
}
