//! `motherlode archive verify`: whether every byte and every record of an archive is as it should
//! be.

use serde_json::json;

use crate::cli::archive::repair::words;
use crate::cli::common::{quoted, Common, Ending, Failure};
use crate::cli::output;
use crate::journal;

/// Reads the whole archive and changes nothing; a failure where something needs mending.
pub fn run(common: &Common) -> Result<Ending, Failure> {
    let folder = common.archive_folder()?;
    let inspection = journal::verify(&folder).map_err(Failure::of_archive)?;
    let is_sound = inspection.is_sound();
    if common.json {
        output::document(&json!({
            "archive": folder,
            "sound": is_sound,
            "closed": inspection.closed,
            "opens": inspection.opens,
            "findings": inspection.findings,
            "holdings": inspection.holdings,
        }))?;
    } else {
        let place = folder.display();
        output::line(match (is_sound, inspection.opens) {
            (true, _) => format!(
                "the archive {place} is sound: {}",
                words(&inspection.holdings)
            ),
            (false, true) => format!(
                "the archive {place} needs mending, and nothing is lost: {}",
                words(&inspection.holdings)
            ),
            (false, false) => format!("the archive {place} is damaged"),
        })?;
        for finding in &inspection.findings {
            output::line(format!("  {}: {}", finding.place, finding.what))?;
        }
        if is_sound && !inspection.closed {
            output::line("it was not closed in good order; the next opening sees to that")?;
        }
    }
    if is_sound {
        common.say("next: motherlode archive list");
        return Ok(Ending::Done);
    }
    let folder = quoted(&folder.display().to_string());
    common.say(format!(
        "next: motherlode archive repair --archive {folder}"
    ));
    Ok(Ending::Failed)
}
