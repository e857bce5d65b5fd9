//! What would let a campaign that has stopped go on, and the command for it.

use std::time::Duration;

use crate::campaign::{Finish, SmallerLimit, StopReason};
use crate::cli::common::Failure;
use crate::config::Plan;
use crate::journal::Journal;
use crate::proposer::llm::limit::LEAST;
use crate::proposer::Pause;
use crate::record::charter::{Asking, Charter};
use crate::record::ledger::Spending;

/// What would let a campaign go on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Remedy {
    /// What is to be said of it; `None` where nothing is.
    pub words: Option<String>,
    /// The limit that makes room in its budget, where that was the reason.
    pub smaller_limit: Option<SmallerLimit>,
    /// The options of the command that goes on with it, a space before each.
    options: String,
}

impl Remedy {
    /// What follows from the end of a campaign.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub fn of(
        finish: &Finish,
        plan: &Plan,
        spending: &Spending,
        journal: &Journal,
    ) -> Result<Remedy, Failure> {
        let charter = &plan.charter;
        let (Some(asking), StopReason::Paused { pause, detail }) =
            (&charter.asking, &finish.stop_reason)
        else {
            return Ok(Remedy::default());
        };
        if *pause != Pause::Budget {
            return Ok(Remedy {
                options: options_named(detail, asking),
                ..Remedy::default()
            });
        }
        let answers = spending.total.requests.max(1);
        let usual = spending.total.output_tokens / answers;
        let usual = Some(usual).filter(|usual| *usual > 0);
        let balance = finish.balance.with_all_held_spent();
        let smaller = SmallerLimit::of(charter, &plan.judging(), &balance, usual, Some(journal));
        let smaller = smaller.map_err(Failure::of_hiring)?;
        Ok(match smaller {
            None => Remedy::default(),
            Some(smaller) => Remedy {
                words: Some(smaller.words(&asking.budget)),
                options: format!(" {}", smaller.option()),
                smaller_limit: Some(smaller),
            },
        })
    }

    /// The command that goes on with a campaign.
    pub fn command(&self, charter: &Charter) -> String {
        format!(
            "motherlode mine --resume {}{}",
            charter.campaign, self.options
        )
    }
}

/// The options that a pause names, with values that differ from those that it stopped at.
fn options_named(detail: &str, asking: &Asking) -> String {
    if detail.contains("--deadline") {
        let longer = 2.0 * asking.deadline_seconds;
        let longer = Duration::try_from_secs_f64(longer).unwrap_or(Duration::from_secs(600));
        let longer = humantime::format_duration(longer).to_string();
        return format!(" --deadline {} --requests 1", longer.replace(' ', ""));
    }
    let named = |model: &&str| detail.contains(*model);
    let models = || asking.models.iter().map(|model| model.address.as_str());
    let model = models().find(named).or_else(|| models().next());
    match model.filter(|_| detail.contains("max_tokens=")) {
        Some(model) => format!(" --model '{model},max_tokens={}'", LEAST / 2),
        None => String::new(),
    }
}
