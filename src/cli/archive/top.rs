//! `motherlode archive top`: the fittest candidates of a campaign.

use clap::Args;
use serde_json::{json, Value};

use crate::cli::archive::candidates::candidate_fields;
use crate::cli::campaign_argument::CampaignArgument;
use crate::cli::champions::circumstances_document;
use crate::cli::common::{Common, Failure};
use crate::cli::output;
use crate::cli::table::{formula_table, FormulaRow};
use crate::drawing::visible::on_a_line;
use crate::journal::Journal;
use crate::numerics::stream::Key;
use crate::record::candidate::Candidate;
use crate::record::charter::Charter;
use crate::review::{CampaignRanking, FitnessColumns, Standings};

/// What `motherlode archive top` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode archive top
  motherlode archive top standard-1 --top 20 --json")]
pub struct TopArguments {
    #[command(flatten)]
    campaign: CampaignArgument,
    /// How many candidates
    #[arg(long, short = 'n', default_value_t = 10)]
    top: usize,
}

/// Shows the candidates beside the baselines of the lab.
pub fn run(journal: &Journal, arguments: &TopArguments, common: &Common) -> Result<(), Failure> {
    if arguments.top == 0 {
        return Err(Failure::usage("--top takes 1 or more"));
    }
    let charter = arguments.campaign.find(journal)?;
    let ranking =
        CampaignRanking::of(journal, charter, arguments.top).map_err(Failure::of_review)?;
    if common.json {
        return Ok(output::document(&document(&ranking))?);
    }
    output::line(format!(
        "{}\n{}",
        on_a_line(&heading(&ranking.charter)),
        table(&ranking)
    ))?;
    common.say_all(words(&ranking));
    Ok(())
}

fn document(ranking: &CampaignRanking) -> Value {
    let standings = ranking.standings.as_ref();
    let candidate = |candidate: &Candidate| {
        Value::Object(candidate_fields(candidate, &ranking.charter, standings))
    };
    let baseline = |founder: &Candidate| {
        json!({ "name": founder.name,
    "fitness": founder.evaluation.estimate.fitness })
    };
    json!({
        "campaign": ranking.charter.campaign,
        "candidates": ranking.candidates.iter().map(candidate).collect::<Vec<_>>(),
        "baselines": ranking.baselines.iter().map(baseline).collect::<Vec<_>>(),
        "confirmation": standings.map(circumstances_document),
    })
}

fn table(ranking: &CampaignRanking) -> String {
    let columns = FitnessColumns {
        ground: ranking.ground.ground(),
        target: &ranking.charter.target,
        key: Key::new(ranking.charter.seed),
    };
    let standard = columns.standard().map(|(_, id)| id);
    let row = |candidate| {
        let row = FormulaRow::of(candidate);
        let standings = ranking.standings.as_ref();
        let fresh =
            standings.and_then(|standings| standings.fresh(&row.formula.id, standard.as_deref()));
        FormulaRow { fresh, ..row }
    };
    let formulas = ranking.baselines.iter().chain(&ranking.candidates);
    formula_table(formulas.map(row).collect(), &columns)
}

fn heading(charter: &Charter) -> String {
    format!(
        "campaign {}, lab {}, target {}",
        charter.campaign, charter.lab, charter.target
    )
}

fn words(ranking: &CampaignRanking) -> Vec<String> {
    let Some(best) = ranking.candidates.first() else {
        return vec![format!(
            "no candidate yet; next: motherlode archive attempts {}",
            ranking.charter.campaign
        )];
    };
    let winner = ranking.standings.as_ref().and_then(Standings::winner);
    vec![
        "fitness is measured on the tasks that selected, P and verdict on fresh ones where it was \
         confirmed there"
            .to_owned(),
        format!(
            "next: motherlode archive show {}",
            winner.unwrap_or(&best.formula.nickname)
        ),
    ]
}
