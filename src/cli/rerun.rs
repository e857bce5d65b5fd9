//! `motherlode rerun`: runs a campaign again from its recorded replies, with no network, and holds
//! the outcome against the record.

use clap::Args;
use serde_json::{json, Value};

use crate::cli::common::{Common, Ending, Failure};
use crate::cli::mine::plan::{find, free_name, hire, rerun_plan};
use crate::cli::mine::{conduct, Job};
use crate::cli::output;
use crate::journal::Journal;
use crate::record::attempt::Attempt;

#[derive(Args)]
pub struct RerunArguments {
    /// The campaign to run again
    campaign: String,
    /// The name of the new campaign [default: the old one's with -rerun]
    #[arg(long)]
    name: Option<String>,
    /// Training threads [default: one a core]; the result does not depend on it
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    #[arg(long, default_value = "cpu", help = crate::cli::device::HELP)]
    device: String,
}

pub fn run(arguments: &RerunArguments, common: &Common) -> Result<Ending, Failure> {
    let backend = crate::cli::device::backend(&arguments.device)?;
    let journal = Journal::open(&common.archive_folder()?).map_err(Failure::of_archive)?;
    let original = find(&journal, &arguments.campaign)?;
    let recorded = journal.attempts(&original.campaign)?;
    if recorded.is_empty() {
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
    crate::journal::check_name(&name).map_err(Failure::usage)?;
    let mut plan = rerun_plan(
        original.clone(),
        name.clone(),
        recorded.len() as u64,
        arguments.workers,
    )?;
    plan.charter.campaign = free_name(&journal, arguments.name.as_deref(), name)?;
    let proposer = hire(&plan.charter, Some(&journal))?;
    let again = plan.charter.campaign.clone();
    let job = Job {
        plan,
        proposer: proposer.as_ref(),
        backend,
        device: &arguments.device,
        resumed: false,
    };
    let ending = conduct(&job, &journal, common)?;
    if !matches!(ending, Ending::Done) {
        return Ok(ending);
    }
    let made = journal.attempts(&again)?;
    let different = differences(&recorded, &made);
    // A campaign that was confirmed more than once, or not of all its candidates, measured others
    // beside its champions.
    let (confirmed, anew) = (
        journal.confirmations(&original.campaign)?,
        journal.confirmations(&again)?,
    );
    let comparable = confirmed.len() == 1
        && confirmed
            .iter()
            .zip(&anew)
            .all(|(old, new)| old.candidates == new.candidates);
    let same_champions = !comparable || confirmed == anew;
    journal.close()?;
    if common.json {
        output::document(
            &json!({ "event": "compared", "campaign": original.campaign, "rerun": again, "attempts": made.len(), "same": different.is_empty() && same_champions,
            "differences": different.iter().map(|(attempt, what)| json!({ "attempt": attempt, "what": what })).collect::<Vec<Value>>(), "same_champions": same_champions }),
        )?;
    }
    for (attempt, what) in different.iter().take(10) {
        output::tell(format!("attempt {attempt} differs: {what}"));
    }
    if different.is_empty() && same_champions {
        common.say(format!(
            "{again} ends with the same archive as {}: {} attempts, each with the same formula, \
             outcome and fitness",
            original.campaign,
            made.len()
        ));
        return Ok(Ending::Done);
    }
    let champions = if same_champions {
        ""
    } else {
        "; the champions came out otherwise"
    };
    output::tell(format!(
        "{again} ends otherwise than {}: {} of {} attempts differ{champions}. Another version, \
         processor or device rounds otherwise, and a deadline of training may be met on one \
         machine and not on another",
        original.campaign,
        different.len(),
        made.len()
    ));
    Ok(Ending::Failed)
}

/// The attempts that came out otherwise, and in what.
fn differences(recorded: &[Attempt], made: &[Attempt]) -> Vec<(u64, &'static str)> {
    let mut different = Vec::new();
    for (index, old) in recorded.iter().enumerate() {
        let Some(new) = made.get(index) else {
            different.push((old.attempt, "it was not made"));
            continue;
        };
        let same: [(bool, &'static str); 7] = [
            (
                old.parents == new.parents
                    && old.inspirations == new.inspirations
                    && old.island == new.island,
                "what it was made from",
            ),
            (
                old.reply == new.reply
                    && old.sibling_of == new.sibling_of
                    && old.further == new.further,
                "its reply",
            ),
            (old.guidance == new.guidance, "its guidance"),
            (
                old.proposal == new.proposal && old.formula == new.formula,
                "its formula",
            ),
            (
                old.fingerprint == new.fingerprint && old.measures == new.measures,
                "its measures",
            ),
            (
                old.rungs == new.rungs && old.evaluation == new.evaluation,
                "its fitness",
            ),
            (old.outcome == new.outcome, "its outcome"),
        ];
        if let Some((_, what)) = same.iter().find(|(same, _)| !same) {
            different.push((old.attempt, what));
        }
    }
    different
}
