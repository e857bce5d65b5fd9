//! The rule of the best N candidates.

use motherlode::review::{best_candidates, rank, CampaignRanking, ReviewError};

use super::{attempt, begin, charter, confirmation, contender, founder, journal, record};

#[test]
fn what_did_best_on_fresh_tasks_comes_before_what_was_only_selected() {
    let attempts = [
        attempt(1, "x*tanh(x)", Some(0.9)),
        attempt(2, "x*atan(x)", Some(0.8)),
        attempt(3, "x*x", None),
        attempt(4, "x*sigmoid(x)*2", Some(0.5)),
        attempt(5, "x*softplus(x)", Some(0.6)),
    ];
    let first = confirmation(
        2,
        vec![
            contender(2, "x*atan(x)", 0.8, 0.2),
            contender(4, "x*sigmoid(x)*2", 0.5, 0.3),
        ],
        vec![contender(0, "gelu", 1.0, 1.0)],
    );
    let second = confirmation(4, vec![contender(2, "x*atan(x)", 0.8, 0.1)], Vec::new());
    let names = |confirmations: &[_]| -> Vec<String> {
        let ranked = rank(confirmations, &attempts, "general");
        ranked.into_iter().map(|formula| formula.id).collect()
    };
    let ids =
        |texts: &[&str]| -> Vec<String> { texts.iter().map(|text| record(text).id).collect() };
    assert_eq!(
        names(&[]),
        ids(&["x*tanh(x)", "x*atan(x)", "x*softplus(x)", "x*sigmoid(x)*2"]),
        "by the fitness that selected, rejected attempts left out"
    );
    assert_eq!(
        names(&[first, second]),
        ids(&["x*sigmoid(x)*2", "x*atan(x)", "x*tanh(x)", "x*softplus(x)"]),
        "each once, gelu not at all"
    );
}

#[test]
fn the_best_of_a_campaign_are_so_many_and_a_campaign_without_any_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    let attempts = [
        attempt(1, "x*tanh(x)", Some(0.1)),
        attempt(2, "x*atan(x)", Some(0.3)),
        attempt(3, "x*softplus(x)", Some(0.2)),
    ];
    begin(&journal, "rich", &[founder("relu", 0.0)], &attempts);
    begin(
        &journal,
        "poor",
        &[founder("relu", 0.0)],
        &[attempt(1, "x*x", None)],
    );
    for (count, found) in [(1, 1), (2, 2), (3, 3), (9, 3)] {
        let best = best_candidates(&journal, &charter("rich"), count, None).unwrap();
        assert_eq!(best.len(), found);
        assert_eq!(best[0], record("x*atan(x)"));
    }
    let error = best_candidates(&journal, &charter("poor"), 1, None).unwrap_err();
    assert!(
        matches!(&error, ReviewError::NoCandidate { campaign } if campaign == "poor"),
        "{error}"
    );
    assert!(error.is_usage());
}

#[test]
fn a_ranking_stands_beside_the_baselines_of_its_lab() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    let baselines = motherlode::lab::Lab::parse(&charter("one").lab_definition)
        .unwrap()
        .baselines;
    let founders: Vec<_> = baselines
        .iter()
        .map(String::as_str)
        .chain(["snake"])
        .map(|name| founder(name, 0.0))
        .collect();
    let attempts = [
        attempt(1, "x*tanh(x)", Some(0.1)),
        attempt(2, "x*atan(x)", Some(0.3)),
        attempt(3, "x*softplus(x)", Some(0.3)),
    ];
    begin(&journal, "one", &founders, &attempts);
    let ranking = CampaignRanking::of(&journal, charter("one"), 2).unwrap();
    let numbers: Vec<u64> = ranking.blocks[0]
        .candidates
        .iter()
        .map(|candidate| candidate.attempt)
        .collect();
    assert_eq!(numbers, [2, 3], "the earlier of equals first");
    assert_eq!(ranking.baselines, founders[..baselines.len()]);
    assert!(ranking.blocks[0].standings.is_none());
    let champions = vec![contender(2, "x*atan(x)", 0.3, 0.2)];
    journal
        .confirm("one", &confirmation(3, champions, Vec::new()))
        .unwrap();
    let ranking = CampaignRanking::of(&journal, charter("one"), 2).unwrap();
    assert_eq!(
        ranking.blocks[0]
            .standings
            .as_ref()
            .and_then(|standings| standings.winner()),
        Some(record("x*atan(x)").nickname.as_str())
    );
}
