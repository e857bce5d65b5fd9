//! `motherlode archive list`: the campaigns of an archive.

use serde_json::{json, Value};

use crate::cli::common::{Common, Failure};
use crate::cli::output;
use crate::cli::table::{signed, table};
use crate::journal::Journal;
use crate::proposer::Pause;
use crate::review::{BlockBest, CampaignOverview};

/// Lists the campaigns in the order in which they were begun.
pub fn run(journal: &Journal, common: &Common) -> Result<(), Failure> {
    let overviews = CampaignOverview::all(journal).map_err(Failure::of_review)?;
    if common.json {
        return Ok(output::document(&document(&overviews))?);
    }
    output::line(table_of(&overviews))?;
    common.say(match overviews.last() {
        Some(latest) => format!("next: motherlode archive top {}", latest.charter.campaign),
        None => "next: motherlode mine".to_owned(),
    });
    Ok(())
}

fn document(overviews: &[CampaignOverview]) -> Value {
    let best = |best: &BlockBest| {
        let formula = &best.candidate.formula;
        json!({
            "profile": best.target,
            "id": formula.id,
            "nickname": formula.nickname,
            "formula": formula.formula,
            "fitness": best.candidate.evaluation.under(&best.target).fitness,
        })
    };
    let fields = |overview: &CampaignOverview| {
        let charter = &overview.charter;
        json!({
            "campaign": charter.campaign,
            "created": charter.created,
            "proposer": charter.proposer,
            "lab": charter.lab,
            "target": charter.target,
            "class": charter.class,
            "parameters": charter.parameters,
            "seed": charter.seed,
            "goal": charter.attempts,
            "attempts": overview.attempts,
            "state": overview.state,
            "spent_usd": overview.spent.usd(),
            "best": overview.best.first().map(best),
            "blocks": overview.best.iter().map(best).collect::<Vec<_>>(),
        })
    };
    json!({ "campaigns": overviews.iter().map(fields).collect::<Vec<_>>() })
}

/// Limits and money have columns only where a campaign has any.
fn table_of(overviews: &[CampaignOverview]) -> String {
    let limits: Vec<Option<String>> = overviews
        .iter()
        .map(|overview| overview.charter.allows())
        .collect();
    let limited = limits.iter().any(Option::is_some);
    let paid = overviews.iter().any(|overview| !overview.spent.is_zero());
    let mut heads = vec![
        "campaign", "created", "proposer", "lab", "target", "attempts", "state", "best", "fitness",
    ];
    heads.extend(limited.then_some("allows"));
    heads.extend(paid.then_some("spent"));
    let mut table = table(&heads);
    for (overview, limits) in overviews.iter().zip(limits) {
        let mut cells = cells(overview);
        if limited {
            cells.push(limits.unwrap_or_else(|| "pointwise".to_owned()));
        }
        if paid {
            cells.push(overview.spent.to_string());
        }
        table.add_row(cells);
    }
    table.to_string()
}

fn cells(overview: &CampaignOverview) -> Vec<String> {
    let charter = &overview.charter;
    let state = &overview.state;
    let is_pause = Pause::all().iter().any(|pause| pause.name() == state);
    let fitness = |best: &BlockBest| signed(best.candidate.fitness_under(&best.target));
    let (name, fitness) = match &overview.best[..] {
        [] => ("none".to_owned(), String::new()),
        [best] => (best.candidate.formula.nickname.clone(), fitness(best)),
        several => {
            let name =
                |best: &BlockBest| format!("{}: {}", best.target, best.candidate.formula.nickname);
            (
                several.iter().map(name).collect::<Vec<_>>().join(", "),
                several.iter().map(fitness).collect::<Vec<_>>().join(", "),
            )
        }
    };
    vec![
        charter.campaign.clone(),
        charter.created.clone(),
        charter.proposer.clone(),
        charter.lab.clone(),
        charter.target.clone(),
        format!("{} of {}", overview.attempts, charter.attempts),
        if is_pause {
            format!("paused: {state}")
        } else {
            state.clone()
        },
        name,
        fitness,
    ]
}
