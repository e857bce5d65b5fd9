//! Campaigns by name, and what each has come to.

use motherlode::record::charter::Conclusion;
use motherlode::review::{find_campaign, shipped_lab, CampaignOverview, ReviewError};

use super::{attempt, begin, charter, founder, journal};

#[test]
fn a_campaign_is_found_by_its_name_and_the_latest_where_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    for name in ["first", "second", "third"] {
        begin(&journal, name, &[], &[]);
    }
    for (name, found) in [
        (None, "third"),
        (Some("first"), "first"),
        (Some("second"), "second"),
        (Some("third"), "third"),
    ] {
        assert_eq!(find_campaign(&journal, name).unwrap().campaign, found);
    }
}

#[test]
fn an_unknown_campaign_is_refused_with_the_nearest_name() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    for name in ["smoke-1", "standard-1"] {
        begin(&journal, name, &[], &[]);
    }
    let error = find_campaign(&journal, Some("smok-1")).unwrap_err();
    assert!(error.is_usage());
    assert_eq!(
        error.to_string(),
        "the archive has no campaign 'smok-1'; the nearest name is 'smoke-1', and motherlode \
         archive list shows all"
    );
    let hostile = find_campaign(&journal, Some("a\nb\u{1b}[2J")).unwrap_err();
    assert!(!hostile.to_string().contains(char::is_control), "{hostile}");
}

#[test]
fn an_empty_archive_says_how_to_start_a_campaign_whatever_was_named() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    for name in [None, Some("first")] {
        let error = find_campaign(&journal, name).unwrap_err();
        assert!(matches!(error, ReviewError::NoCampaign), "{error}");
        assert!(error.is_usage() && error.to_string().contains("motherlode mine"));
    }
    assert!(CampaignOverview::all(&journal).unwrap().is_empty());
}

#[test]
fn an_overview_says_the_best_and_why_the_latest_run_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    let attempts = [
        attempt(1, "x*tanh(x)", Some(0.2)),
        attempt(2, "x*atan(x)", Some(0.4)),
        attempt(3, "x*x", None),
    ];
    begin(&journal, "stopped", &[founder("relu", 9.0)], &attempts);
    begin(&journal, "fresh", &[], &[]);
    // A goal of 100 attempts that was reached with 3 of them was that of an earlier run.
    for (stop_reason, attempts, state) in [
        ("interrupted", 3, "interrupted"),
        ("interrupted", 2, "cut off"),
        ("attempts_made", 3, "cut off"),
    ] {
        let conclusion = Conclusion {
            stop_reason: stop_reason.to_owned(),
            attempts,
            wall_seconds: 1.0,
        };
        journal.conclude("stopped", &conclusion).unwrap();
        let overviews = CampaignOverview::all(&journal).unwrap();
        let [stopped, fresh] = &overviews[..] else {
            panic!("two campaigns");
        };
        assert_eq!((stopped.attempts, stopped.state.as_str()), (3, state));
        let [best] = &stopped.best[..] else {
            panic!("the best under one target");
        };
        assert_eq!(best.candidate.attempt, 2, "founders are no candidates");
        assert_eq!((fresh.attempts, fresh.state.as_str()), (0, "cut off"));
        assert!(fresh.best.is_empty() && fresh.spent.is_zero());
    }
}

#[test]
fn a_lab_of_the_users_own_has_no_name_for_a_command_line() {
    let own = motherlode::record::charter::Charter {
        lab_definition: format!("{}\n# mine", charter("a").lab_definition),
        ..charter("a")
    };
    assert_eq!(shipped_lab(&charter("a")), Some("smoke"));
    assert_eq!(shipped_lab(&own), None);
}
