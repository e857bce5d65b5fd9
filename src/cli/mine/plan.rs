//! The plans of campaigns as options and the archive say them.

use crate::archive::ranking;
use crate::cli::common::{Common, Failure};
use crate::cli::mine::target::TargetOpener;
use crate::config::{self, BenchmarkRequest, CampaignOptions, CampaignSettings, Plan};
use crate::journal::Journal;
use crate::review::find_campaign;

/// The plan of a new campaign; `opener` opens and keeps its benchmark, where it has one.
pub fn new_plan(options: &CampaignOptions, opener: &mut TargetOpener) -> Result<Plan, Failure> {
    let file: CampaignSettings = options.file_settings().map_err(Failure::of_config)?;
    Plan::new(options.settings.clone(), file, &mut |request| {
        opener.open(request)
    })
    .map_err(Failure::of_config)
}

/// The plan of a campaign that is in the archive, and the number of attempts that it has made; says
/// what is left where that is all of them.
pub fn resumed_plan(
    options: &CampaignOptions,
    name: &str,
    journal: &Journal,
    opener: &mut TargetOpener,
    common: &Common,
) -> Result<(Plan, u64), Failure> {
    options.check_settled("--resume").map_err(Failure::usage)?;
    let charter = find_campaign(journal, Some(name)).map_err(Failure::of_review)?;
    let attempts = journal.attempts(name)?;
    let made = attempts.len() as u64;
    let mut open = |request: &BenchmarkRequest| opener.open(request);
    let plan = Plan::resumed(options, charter, made, &mut open).map_err(Failure::of_config)?;
    if made == plan.charter.attempts {
        let confirmed = journal
            .confirmations(name)?
            .pop()
            .map_or(0, |confirmation| confirmation.candidates);
        let left = plan.charter.champions > 0 && ranking(&attempts).len() as u64 > confirmed;
        let left = if left {
            "what is left is to confirm the best on fresh tasks"
        } else {
            "to make more, give a higher goal by --attempts"
        };
        common.say(format!(
            "all {made} attempts of campaign {name} are made; {left}"
        ));
    }
    Ok((plan, made))
}

/// A name that no campaign of the archive has: `name`, or with `is_wanted` false the first free one
/// with a number.
pub fn free_name(journal: &Journal, is_wanted: bool, name: String) -> Result<String, Failure> {
    config::free_name(&names(journal)?, is_wanted, name).map_err(Failure::usage)
}

fn names(journal: &Journal) -> Result<Vec<String>, Failure> {
    let campaigns = journal.campaigns()?.into_iter();
    Ok(campaigns.map(|charter| charter.campaign).collect())
}
