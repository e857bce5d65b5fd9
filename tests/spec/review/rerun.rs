//! A campaign beside the one that made its attempts again.

use motherlode::record::attempt::Attempt;
use motherlode::review::RerunComparison;

use super::{attempt, begin, confirmation, contender, journal};

#[test]
fn a_rerun_is_the_same_or_says_where_it_first_differs() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    let first = [
        attempt(1, "x*tanh(x)", Some(0.1)),
        attempt(2, "x*sigmoid(x)", None),
        attempt(3, "max(x, 0)", Some(0.2)),
    ];
    begin(&journal, "first", &[], &first);
    begin(&journal, "same", &[], &first);
    let elsewhere = Attempt {
        island: first[0].island + 1,
        ..attempt(1, "x*tanh(x)", Some(0.3))
    };
    let fitter = attempt(2, "x*sigmoid(x)", Some(0.1));
    begin(&journal, "other", &[], &[elsewhere, fitter]);

    let same = RerunComparison::of(&journal, "first", "same").unwrap();
    assert!(same.is_same() && same.attempts == 3);
    let other = RerunComparison::of(&journal, "first", "other").unwrap();
    let wanted = [
        (1, "what it was made from"),
        (2, "its fitness"),
        (3, "it was not made"),
    ];
    assert_eq!((other.differences, other.attempts), (wanted.to_vec(), 2));
}

#[test]
fn champions_are_held_against_champions_of_as_many_candidates_only() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    let champion = |fresh| vec![contender(1, "x*tanh(x)", 0.2, fresh)];
    let confirmed = [
        ("first", 2, 0.1),
        ("same", 2, 0.1),
        ("otherwise", 2, 0.3),
        ("further", 5, 0.3),
    ];
    for (name, candidates, fresh) in confirmed {
        begin(&journal, name, &[], &[]);
        let confirmation = confirmation(candidates, champion(fresh), Vec::new());
        journal.confirm(name, &confirmation).unwrap();
    }
    for (rerun, wanted) in [("same", true), ("otherwise", false), ("further", true)] {
        let comparison = RerunComparison::of(&journal, "first", rerun).unwrap();
        assert_eq!(comparison.is_same(), wanted, "{rerun}");
    }
}
