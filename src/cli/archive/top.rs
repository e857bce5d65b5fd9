//! `motherlode archive top`: the fittest candidates of a campaign.

use clap::Args;
use serde_json::{json, Value};

use crate::cli::archive::candidates::candidate_fields;
use crate::cli::campaign_argument::CampaignArgument;
use crate::cli::champions::circumstances_document;
use crate::cli::common::{Common, Failure};
use crate::cli::table::{formula_table, FormulaRow};
use crate::cli::{blocks, output};
use crate::drawing::visible::on_a_line;
use crate::journal::Journal;
use crate::numerics::stream::Key;
use crate::record::candidate::Candidate;
use crate::record::charter::Charter;
use crate::review::{BlockRanking, CampaignRanking, FitnessColumns, Standings};

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
    let tables: Vec<String> = ranking
        .blocks
        .iter()
        .map(|block| {
            format!(
                "{}\n{}",
                on_a_line(&heading(&ranking.charter, block)),
                table(&ranking, block)
            )
        })
        .collect();
    output::line(tables.join("\n\n"))?;
    common.say_all(words(&ranking));
    Ok(())
}

fn document(ranking: &CampaignRanking) -> Value {
    let candidates = ranking
        .blocks
        .iter()
        .flat_map(|block| candidates(&ranking.charter, block));
    let standings = || ranking.blocks.iter().flat_map(|block| &block.standings);
    let baseline = |founder: &Candidate| {
        json!({ "name": founder.name,
    "fitness": founder.evaluation.estimate.fitness })
    };
    json!({
        "campaign": ranking.charter.campaign,
        "candidates": candidates.collect::<Vec<_>>(),
        "baselines": ranking.baselines.iter().map(baseline).collect::<Vec<_>>(),
        "confirmation": circumstances_document(standings()),
        "blocks": blocks::document(standings()),
    })
}

/// The candidates under one target; where the campaign has several, each with its profile and its
/// fitness there.
fn candidates(charter: &Charter, block: &BlockRanking) -> Vec<Value> {
    let fields = |candidate: &Candidate| {
        let mut fields = candidate_fields(candidate, charter, &block.standings);
        if charter.is_for_all() {
            let estimate = candidate.evaluation.under(&block.target);
            fields.extend(output::object(json!({
                "profile": block.target,
                "fitness": estimate.fitness,
                "fitness_interval": estimate.fitness_interval,
            })));
        }
        Value::Object(fields)
    };
    block.candidates.iter().map(fields).collect()
}

fn table(ranking: &CampaignRanking, block: &BlockRanking) -> String {
    let columns = FitnessColumns {
        ground: ranking.ground.ground(),
        target: &block.target,
        key: Key::new(ranking.charter.seed),
    };
    let standard = columns.standard().map(|(_, id)| id);
    let row = |candidate| {
        let row = FormulaRow::of(candidate);
        let standings = block.standings.as_ref();
        let fresh =
            standings.and_then(|standings| standings.fresh(&row.formula.id, standard.as_deref()));
        FormulaRow { fresh, ..row }
    };
    let formulas = ranking.baselines.iter().chain(&block.candidates);
    formula_table(formulas.map(row).collect(), &columns)
}

fn heading(charter: &Charter, block: &BlockRanking) -> String {
    let for_block = match charter.is_for_all() {
        true => format!(": {}", block.target),
        false => String::new(),
    };
    format!(
        "campaign {}, lab {}, target {}{for_block}",
        charter.campaign, charter.lab, charter.target
    )
}

fn words(ranking: &CampaignRanking) -> Vec<String> {
    let first = ranking.blocks.first();
    let Some(best) = first.and_then(|block| block.candidates.first()) else {
        return vec![format!(
            "no candidate yet; next: motherlode archive attempts {}",
            ranking.charter.campaign
        )];
    };
    let of_blocks = ranking.blocks.iter().filter_map(|block| {
        let standings = block.standings.as_ref()?;
        standings.is_of_block.then(|| blocks::words(standings))
    });
    let standings = first.and_then(|block| block.standings.as_ref());
    let winner = standings.and_then(Standings::winner);
    let mut lines: Vec<String> = of_blocks.collect();
    lines.extend([
        "fitness is measured on the tasks that selected, P and verdict on fresh ones where it was \
         confirmed there"
            .to_owned(),
        format!(
            "next: motherlode archive show {}",
            winner.unwrap_or(&best.formula.nickname)
        ),
    ]);
    lines
}
