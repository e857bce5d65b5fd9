//! `motherlode prompt guidance`: the guidances that models wrote, and what each brought.

use clap::Args;
use serde_json::{json, Value};

use super::subject::asks_models;
use crate::archive::Guidances;
use crate::cli::campaign_argument::CampaignArgument;
use crate::cli::common::{Common, Ending, Failure};
use crate::cli::output;
use crate::cli::table::table;
use crate::drawing::visible::on_a_line;
use crate::record::attempt::GuidanceResult;

/// What `motherlode prompt guidance` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode prompt guidance
  motherlode prompt guidance standard-1 --json")]
pub struct GuidanceArguments {
    #[command(flatten)]
    campaign: CampaignArgument,
}

/// Shows what each guidance of a campaign brought.
pub(super) fn guidances(arguments: &GuidanceArguments, common: &Common) -> Result<Ending, Failure> {
    let journal = common.open_archive()?;
    let charter = arguments.campaign.find(&journal)?;
    let attempts = journal.attempts(&charter.campaign)?;
    journal.close()?;
    let mut guidances = Guidances::default();
    attempts.iter().for_each(|attempt| guidances.fold(attempt));
    let results = guidances.results();
    if common.json {
        let row = |result: &GuidanceResult| {
            json!({ "id": result.guidance.as_ref().map(|guidance| &guidance.id),
            "text": result.guidance.as_ref().map(|guidance| &guidance.text),
                "attempts": result.attempts, "gain": result.gain })
        };
        output::document(&json!({ "campaign": charter.campaign,
            "guidances": results.iter().map(row).collect::<Vec<Value>>() }))?;
        return Ok(Ending::Done);
    }
    let mut rows = table(&["guidance", "attempts", "mean gain over parents", "text"]);
    for result in &results {
        let (id, text) = result
            .guidance
            .as_ref()
            .map_or(("none", String::new()), |guidance| {
                (guidance.id.as_str(), guidance.text.clone())
            });
        rows.add_row([
            id.to_owned(),
            result.attempts.to_string(),
            format!("{:+.4}", result.gain),
            text.replace('\n', " "),
        ]);
    }
    let name = &on_a_line(&charter.campaign);
    if asks_models(&charter).is_err() {
        output::line(format!(
            "campaign {name}: the {} proposer takes no guidance",
            charter.proposer
        ))?;
        common.say(format!("next: motherlode archive top {name}"));
        return Ok(Ending::Done);
    }
    output::line(format!(
        "campaign {name}: each prompt draws its guidance by these gains, or none\n{rows}"
    ))?;
    common.say(format!("next: motherlode prompt show --campaign {name}"));
    Ok(Ending::Done)
}
