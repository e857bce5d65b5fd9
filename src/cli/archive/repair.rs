//! `motherlode archive repair`: makes a damaged archive whole from all that is still there.

use serde_json::json;

use crate::cli::common::{counted, Common, Ending, Failure};
use crate::cli::output;
use crate::journal::{self, Holdings};

/// Repairs the archive; a failure where something that was acknowledged cannot be brought back.
pub fn run(common: &Common) -> Result<Ending, Failure> {
    let folder = common.archive_folder()?;
    let repair = journal::repair(&folder).map_err(Failure::of_archive)?;
    if common.json {
        output::document(&json!({
            "archive": folder,
            "mended": repair.mended,
            "holdings": repair.holdings,
            "lost": repair.lost,
            "kept": repair.kept,
        }))?;
    } else {
        let (place, holdings) = (folder.display(), words(&repair.holdings));
        output::line(match (repair.mended, repair.lost.is_empty()) {
            (false, _) => format!("the archive {place} is sound and stays as it is: {holdings}"),
            (true, true) => format!(
                "the archive {place} is whole again, with all that was acknowledged: {holdings}"
            ),
            (true, false) => format!("the archive {place} is usable again: {holdings}"),
        })?;
        for lost in &repair.lost {
            output::line(format!("  could not be brought back: {lost}"))?;
        }
        if let Some(kept) = &repair.kept {
            output::line(format!("as it was found it is kept in {}", kept.display()))?;
        }
    }
    common.say("next: motherlode archive list");
    match repair.lost.is_empty() {
        true => Ok(Ending::Done),
        false => Ok(Ending::Failed),
    }
}

/// What an archive holds, in words; kinds of which there is none are left out.
pub fn words(holdings: &Holdings) -> String {
    let counts = [
        (holdings.campaigns, "campaign"),
        (holdings.attempts, "attempt"),
        (holdings.open_attempts, "open attempt"),
        (holdings.open_accounts, "open account"),
        (holdings.confirmations, "confirmation"),
        (holdings.benchmark_runs, "benchmark run"),
    ];
    let words: Vec<String> = counts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, thing)| counted(number, thing))
        .collect();
    match words.is_empty() {
        true => "no campaign yet".to_owned(),
        false => words.join(", "),
    }
}
