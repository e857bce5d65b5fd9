//! `motherlode archive show`: everything that the archive has of one formula.

use clap::Args;

use crate::cli::archive::formula::{document, table};
use crate::cli::campaign_argument::CampaignArgument;
use crate::cli::champions::lab_argument;
use crate::cli::common::{quoted, Common, Failure};
use crate::cli::{formula_argument, output};
use crate::formula::{library, Formula};
use crate::journal::Journal;
use crate::record::candidate::FormulaRecord;
use crate::record::charter::Charter;
use crate::review::{shipped_lab, ArchivedFormula, FormulaHistory, ReviewError};

/// What `motherlode archive show` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode archive show merry-willow-496
  motherlode archive show gelu --json")]
pub struct ArchiveShowArguments {
    /// An id, the beginning of one or a nickname of the archive, a name such as gelu, or a formula
    /// such as 'x*sigmoid(x)'
    #[arg(value_name = "FORMULA", value_parser = formula_argument::text)]
    formula: String,
    #[command(flatten)]
    campaign: CampaignArgument,
}

/// Shows the formula's record in the campaign that is named, else in the latest that has it.
pub fn run(
    journal: &Journal,
    arguments: &ArchiveShowArguments,
    common: &Common,
) -> Result<(), Failure> {
    let text = &arguments.formula;
    let campaign = arguments.campaign.find_named(journal)?;
    let history = match FormulaHistory::of(journal, text, campaign.as_ref()) {
        Err(ReviewError::NoFormula(error)) => {
            Err(Failure::usage(formula_argument::refusal(text, &error)))
        }
        history => history.map_err(Failure::of_review),
    }?;
    if common.json {
        return Ok(output::document(&document(&history))?);
    }
    output::line(table(&history))?;
    common.say_all(words(&history, campaign.as_ref()));
    Ok(())
}

/// What the archive does not have of it, and what to do next.
fn words(history: &FormulaHistory, campaign: Option<&Charter>) -> Vec<String> {
    let formula = &history.formula;
    let archived = history.archived.as_ref();
    let (lab, fresh) = match archived.and_then(ArchivedFormula::campaign) {
        Some(charter) => (lab_argument(shipped_lab(charter)), " --fresh"),
        None => ("standard", ""),
    };
    let missing = match (&history.archived, campaign) {
        (None, Some(charter)) => Some(format!(
            "campaign {} did not measure it{}",
            charter.campaign,
            match &history.elsewhere {
                Some(other) => format!(", campaign {other} did"),
                None => String::new(),
            }
        )),
        (None | Some(ArchivedFormula::Replayed(_)), _) => {
            Some("no campaign of this archive measured it".to_owned())
        }
        _ => None,
    };
    let (text, name) = match &history.archived {
        Some(_) => (quoted(&formula.formula), formula.nickname.clone()),
        None => {
            let text = quoted(published_name(formula).unwrap_or(&formula.formula));
            (text.clone(), text)
        }
    };
    let next = [
        format!("next: motherlode evaluate {text} --lab {lab}{fresh}"),
        format!("on real images: motherlode replay --benchmark fashion-mnist/mlp --formula {name}"),
    ];
    missing.into_iter().chain(next).collect()
}

/// The name of the published activation that the formula is; `None` where it is none.
fn published_name(formula: &FormulaRecord) -> Option<&'static str> {
    let formula = Formula::parse(&formula.formula).ok()?;
    let published = library::nearest(&formula).same?;
    Some(&published.name)
}
