//! Who stands where on fresh tasks.

use motherlode::lab::Verdict;
use motherlode::review::Standings;

use super::{begin, charter, confirmation, contender, journal, record};

/// The standings of a campaign that selects by one target.
fn the_one(mut standings: Vec<Standings>) -> Standings {
    assert_eq!(standings.len(), 1);
    standings.remove(0)
}

#[test]
fn contenders_stand_by_their_fitness_on_fresh_tasks() {
    let confirmed = confirmation(
        3,
        vec![
            contender(4, "x*tanh(x)", 0.9, 0.1),
            contender(2, "x*atan(x)", 0.8, 0.3),
        ],
        vec![
            contender(0, "relu", 0.0, 0.0),
            contender(0, "gelu", 0.5, 0.2),
            contender(1, "x*softplus(x)", 0.4, 0.25),
        ],
    );
    let standings = the_one(Standings::of(&confirmed, &charter("one")).unwrap());
    let labels = |contenders: Vec<&motherlode::record::confirmation::Contender>| -> Vec<u64> {
        contenders
            .iter()
            .map(|contender| contender.attempt)
            .collect()
    };
    assert_eq!(labels(standings.contenders()), [2, 1, 0, 4, 0]);
    assert_eq!(labels(standings.champions()), [2, 4]);
    assert_eq!(
        standings.winner(),
        Some(record("x*atan(x)").nickname.as_str()),
        "the fittest that was mined, incumbents included"
    );
    let [relu, gelu] = &standings.confirmation.incumbents[..2] else {
        panic!("both took part")
    };
    assert_eq!(labels(standings.better_than(relu)), [2, 4]);
    assert_eq!(labels(standings.better_than(gelu)), [2]);
    let best = standings.champions()[0];
    let beside = standings
        .beside_yardstick(best)
        .expect("both were measured");
    assert!(
        beside.verdict == Verdict::Better && (beside.difference - 0.1).abs() < 1e-9,
        "{}",
        beside.words("gelu")
    );
    let yardstick = standings.yardstick().expect("gelu took part");
    assert_eq!(yardstick.label(), "gelu");
    assert!(standings.beside_yardstick(yardstick).is_none());
    assert_eq!(
        (standings.shipped_lab.as_deref(), standings.target.as_str()),
        (Some("smoke"), "general")
    );
}

#[test]
fn a_fresh_result_is_of_those_that_took_part_and_never_beside_itself() {
    let confirmed = confirmation(
        1,
        vec![contender(4, "x*tanh(x)", 0.9, 0.1)],
        vec![contender(0, "gelu", 0.5, 0.2)],
    );
    let standings = the_one(Standings::of(&confirmed, &charter("one")).unwrap());
    let (mined, gelu) = (record("x*tanh(x)").id, record("gelu").id);
    let fresh = standings.fresh(&mined, Some(&gelu)).expect("it took part");
    assert_eq!(fresh.fitness, 0.1);
    let beside = fresh.beside.expect("gelu took part too");
    assert!(
        (beside.difference + 0.1).abs() < 1e-9,
        "{}",
        beside.difference
    );
    let own = standings.fresh(&gelu, Some(&gelu)).expect("it took part");
    assert!(own.fitness == 0.2 && own.beside.is_none());
    assert!(standings.fresh(&record("snake").id, Some(&gelu)).is_none());
}

#[test]
fn the_latest_confirmation_counts_or_the_latest_in_which_a_formula_took_part() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    begin(&journal, "one", &[], &[]);
    let charter = charter("one");
    assert!(Standings::latest(&journal, &charter).unwrap().is_empty());
    for (candidates, champion) in [(1, "x*tanh(x)"), (2, "x*atan(x)"), (3, "x*atan(x)")] {
        let champions = vec![contender(candidates, champion, 0.2, 0.1)];
        journal
            .confirm("one", &confirmation(candidates, champions, Vec::new()))
            .unwrap();
    }
    let latest = the_one(Standings::latest(&journal, &charter).unwrap());
    assert_eq!(latest.confirmation.candidates, 3);
    for (text, candidates) in [
        ("x*tanh(x)", Some(1)),
        ("x*atan(x)", Some(3)),
        ("snake", None),
    ] {
        let found = Standings::latest_with(&journal, &charter, &record(text).id).unwrap();
        let found = found
            .first()
            .map(|standings| standings.confirmation.candidates);
        assert_eq!(found, candidates, "{text}");
    }
}
