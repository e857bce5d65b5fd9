//! What a block has come to: a winner, or none, by verdicts that are adjusted over all blocks.

use std::collections::BTreeMap;

use motherlode::lab::Verdict;
use motherlode::record::charter::Charter;
use motherlode::record::confirmation::{BlockConfirmation, Confirmation, Contender};
use motherlode::record::evaluation::TaskEvaluation;
use motherlode::review::{best_candidates, CampaignOverview, Standings};

use super::{attempt, charter, confirmation, contender, estimate, journal, record};

/// A contender whose fresh fitness differs a little from task to task.
fn measured(number: u64, text: &str, fresh: f64, spread: f64) -> Contender {
    let mut contender = contender(number, text, 0.5, fresh);
    let task = |index: usize| {
        let sign = if (index / 4).is_multiple_of(2) {
            1.0
        } else {
            -1.0
        };
        let value = -fresh / 2.0 + sign * spread * (1.0 + (index % 3) as f64 / 10.0);
        TaskEvaluation {
            task: format!("task {index}"),
            family: format!("family {}", index % 4),
            values: ["mlp", "transformer"]
                .map(|profile| (profile.to_owned(), value))
                .into(),
            ..contender.fresh.tasks[0].clone()
        }
    };
    contender.fresh.tasks = (0..24).map(task).collect();
    contender
}

fn block(profile: &str, champions: Vec<Contender>, known: [f64; 2]) -> BlockConfirmation {
    let [gelu, silu] = known;
    BlockConfirmation {
        profile: profile.to_owned(),
        champions,
        incumbents: vec![
            measured(0, "relu", 0.0, 0.0),
            measured(0, "gelu", gelu, 0.0),
            measured(0, "silu", silu, 0.0),
        ],
    }
}

fn of_blocks(blocks: Vec<BlockConfirmation>) -> Confirmation {
    Confirmation {
        blocks,
        ..confirmation(3, Vec::new(), Vec::new())
    }
}

/// A campaign for all blocks of the shipped lab smoke.
fn for_all(name: &str) -> Charter {
    Charter {
        target: "all".to_owned(),
        ..charter(name)
    }
}

#[test]
fn a_block_has_a_winner_where_something_is_better_than_the_best_known_or_else_than_gelu() {
    let mined = |fresh| vec![measured(4, "x*tanh(x)", fresh, 0.02)];
    // Fitness of what was mined, GELU and SiLU; whether it won, over whom, and who leads.
    let rows = [
        (0.9, [0.2, 0.5], (true, "silu", "x*tanh(x)")),
        (0.9, [0.5, 0.2], (true, "gelu", "x*tanh(x)")),
        (0.45, [0.2, 0.5], (true, "gelu", "silu")),
        (0.2, [0.2, 0.5], (false, "gelu", "silu")),
        (0.1, [0.5, 0.2], (false, "gelu", "gelu")),
    ];
    for (fresh, known, (is_won, rival, leader)) in rows {
        let confirmed = of_blocks(vec![block("mlp", mined(fresh), known)]);
        let standings = Standings::of(&confirmed, &for_all("one")).unwrap();
        let verdict = standings[0].verdict().expect("all took part");
        let leader_found = verdict.leader.name.as_deref().unwrap_or("x*tanh(x)");
        assert_eq!(
            (verdict.is_won, verdict.rival.label(), leader_found),
            (is_won, rival, leader),
            "{fresh} beside {known:?}"
        );
        assert_eq!(verdict.best.attempt, 4);
    }
}

#[test]
fn verdicts_are_adjusted_for_all_champions_and_baselines_of_all_blocks() {
    // Better than GELU where it is the only comparison, at p = 0.003.
    let near = || measured(4, "x*tanh(x)", 0.24, 0.022);
    let alone = of_blocks(vec![block("mlp", vec![near()], [0.2, 0.2])]);
    let others: Vec<Contender> = (5..10)
        .map(|number| measured(number, &format!("x*tanh({number}*x)"), 0.2, 0.2))
        .collect();
    let among = of_blocks(vec![
        block("mlp", [vec![near()], others.clone()].concat(), [0.2, 0.2]),
        block("transformer", others, [0.2, 0.2]),
    ]);
    let beside = |confirmed: &Confirmation| {
        let standings = Standings::of(confirmed, &for_all("one")).unwrap();
        let gelu = standings[0].yardstick().expect("gelu took part");
        let champion = standings[0].confirmation.contender(&record("x*tanh(x)").id);
        standings[0].compare(champion.unwrap(), gelu).unwrap()
    };
    let (alone, among) = (beside(&alone), beside(&among));
    assert_eq!(alone.p_value, among.p_value);
    assert!(alone.p_adjusted < among.p_adjusted, "{alone:?} {among:?}");
    assert!(alone.p_value < 0.05 && alone.interval.0 > 0.0, "{alone:?}");
    assert_eq!(
        (among.verdict, among.p_adjusted.unwrap() >= 0.05),
        (Verdict::Undecided, true)
    );
}

#[test]
fn a_campaign_with_one_target_is_not_adjusted() {
    let confirmed = confirmation(
        1,
        vec![measured(4, "x*tanh(x)", 0.9, 0.02)],
        vec![measured(0, "gelu", 0.2, 0.0)],
    );
    let standings = Standings::of(&confirmed, &charter("one")).unwrap();
    let gelu = standings[0].yardstick().unwrap();
    let champion = standings[0].champions()[0];
    let beside = standings[0].compare(champion, gelu).unwrap();
    assert!(beside.p_adjusted.is_none() && beside.verdict == Verdict::Better);
    assert_eq!(standings[0].ground.ground().profiles().len(), 2);
}

#[test]
fn the_best_are_those_of_the_wanted_block_or_of_each_in_turn() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    journal.begin(&for_all("all")).unwrap();
    let rows = [
        ("x*tanh(x)", [0.1, 0.9]),
        ("x*atan(x)", [0.9, 0.1]),
        ("x*softplus(x)", [0.5, 0.5]),
    ];
    for ((text, [mlp, transformer]), number) in rows.into_iter().zip(1..) {
        let mut made = attempt(number, text, Some(mlp));
        let evaluation = made.evaluation.as_mut().unwrap();
        evaluation.target = "mlp".to_owned();
        evaluation.profiles = BTreeMap::from([
            ("mlp".to_owned(), estimate(mlp)),
            ("transformer".to_owned(), estimate(transformer)),
        ]);
        journal.settle("all", &made).unwrap();
    }
    let best = |block| -> Vec<String> {
        let best = best_candidates(&journal, &for_all("all"), 2, block).unwrap();
        best.into_iter().map(|formula| formula.id).collect()
    };
    let ids = |texts: [&str; 2]| texts.map(|text| record(text).id).to_vec();
    assert_eq!(best(Some("mlp")), ids(["x*atan(x)", "x*softplus(x)"]));
    assert_eq!(
        best(Some("transformer")),
        ids(["x*tanh(x)", "x*softplus(x)"])
    );
    for other in [None, Some("convnet")] {
        assert_eq!(best(other), ids(["x*atan(x)", "x*tanh(x)"]), "in turn");
    }
    let overviews = CampaignOverview::all(&journal).unwrap();
    let bests: Vec<(&str, u64)> = overviews[0]
        .best
        .iter()
        .map(|best| (best.target.as_str(), best.candidate.attempt))
        .collect();
    assert_eq!(bests, [("mlp", 2), ("transformer", 1)]);
}
