//! Formulas by each of the names that a user may give.

use std::cell::Cell;

use motherlode::formula::library;
use motherlode::journal::Journal;
use motherlode::record::candidate::FormulaRecord;
use motherlode::review::{
    find_formula, read_formula, ArchivedFormula, FormulaHistory, ReviewError,
};

use super::{attempt, begin, charter, confirmation, contender, founder, journal, record};

const MINED: &str = "x*tanh(x) + 0.25*x";
const REJECTED: &str = "x*x*x";

/// Two campaigns: the second made what the first made, and measured two activations before.
fn archive(folder: &std::path::Path) -> Journal {
    let journal = journal(folder);
    begin(
        &journal,
        "first",
        &[],
        &[
            attempt(1, MINED, Some(0.1)),
            attempt(2, "x*atan(x)", Some(0.3)),
        ],
    );
    begin(
        &journal,
        "second",
        &[founder("relu", 0.0), founder("gelu", 0.5)],
        &[
            attempt(1, MINED, None),
            attempt(2, MINED, Some(0.2)),
            attempt(3, "gelu", None),
            attempt(4, REJECTED, None),
        ],
    );
    journal
}

fn origin(found: Option<&ArchivedFormula>) -> String {
    match found {
        Some(ArchivedFormula::Attempted { charter, attempt }) => {
            format!("attempt {} of {}", attempt.attempt, charter.campaign)
        }
        Some(ArchivedFormula::Founder { charter, .. }) => {
            format!("founder of {}", charter.campaign)
        }
        Some(ArchivedFormula::Replayed(_)) => "replay".to_owned(),
        None => "none".to_owned(),
    }
}

#[test]
fn a_history_is_found_by_every_kind_of_name() {
    let folder = tempfile::tempdir().unwrap();
    let journal = archive(folder.path());
    let first = charter("first");
    let (mined, gelu) = (record(MINED), record("gelu"));
    let rows = [
        (mined.nickname.as_str(), None, "attempt 2 of second"),
        (mined.id.as_str(), None, "attempt 2 of second"),
        (&mined.id[..8], None, "attempt 2 of second"),
        (MINED, None, "attempt 2 of second"),
        ("0.25*x + tanh(x)*x", None, "attempt 2 of second"),
        (mined.nickname.as_str(), Some(&first), "attempt 1 of first"),
        ("x*atan(x)", None, "attempt 2 of first"),
        (REJECTED, None, "attempt 4 of second"),
        ("gelu", None, "founder of second"),
        (gelu.nickname.as_str(), None, "founder of second"),
        (&gelu.id[..10], None, "founder of second"),
        ("gelu", Some(&first), "none"),
        ("snake", None, "none"),
        ("sin(x)*x", None, "none"),
    ];
    for (text, campaign, expected) in rows {
        let history = FormulaHistory::of(&journal, text, campaign).unwrap();
        assert_eq!(origin(history.archived.as_ref()), expected, "{text}");
    }
}

#[test]
fn a_formula_that_only_a_replay_was_given_is_found_there() {
    let folder = tempfile::tempdir().unwrap();
    let journal = archive(folder.path());
    let run = crate::journal::benchmark_run("digits/mlp-2", "x*softplus(x)", 1);
    journal.record_benchmark_run(&run).unwrap();
    let replayed = record("x*softplus(x)");
    for text in [&replayed.nickname, &replayed.id, "x*softplus(x)"] {
        let history = FormulaHistory::of(&journal, text, None).unwrap();
        assert_eq!(origin(history.archived.as_ref()), "replay", "{text}");
        assert_eq!(history.replays.len(), 1);
        assert_eq!(
            history.replays[0].results[0].entrant.name,
            replayed.nickname
        );
    }
    let mined = FormulaHistory::of(&journal, MINED, None).unwrap();
    assert!(mined.replays.is_empty());
}

#[test]
fn a_history_has_the_latest_confirmation_in_which_the_formula_took_part() {
    let folder = tempfile::tempdir().unwrap();
    let journal = archive(folder.path());
    let gelu = || vec![contender(0, "gelu", 0.5, 0.4)];
    for (candidates, champion) in [(1, MINED), (2, "x*atan(x)")] {
        let champions = vec![contender(2, champion, 0.2, 0.1)];
        let confirmed = confirmation(candidates, champions, gelu());
        journal.confirm("second", &confirmed).unwrap();
    }
    for (text, candidates) in [(MINED, Some(1)), ("gelu", Some(2)), (REJECTED, None)] {
        let history = FormulaHistory::of(&journal, text, None).unwrap();
        let found = history
            .standings
            .map(|standings| standings.confirmation.candidates);
        assert_eq!(found, candidates, "{text}");
    }
}

#[test]
fn a_prefix_that_several_formulas_have_is_ambiguous() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    let attempts: Vec<_> = (1..=17)
        .map(|number| attempt(number, &format!("x*tanh({number}*x)"), None))
        .collect();
    begin(&journal, "many", &[], &attempts);
    let ids: Vec<String> = attempts
        .iter()
        .filter_map(|attempt| Some(attempt.formula.as_ref()?.id.clone()))
        .collect();
    let of_digit = |digit: &char| ids.iter().filter(|id| id.starts_with(*digit)).count();
    let shared = "0123456789abcdef"
        .chars()
        .find(|digit| of_digit(digit) > 1)
        .expect("17 ids have 16 first digits");
    let Err(error) = find_formula(&journal, &shared.to_string(), None) else {
        panic!("{shared} names several")
    };
    let ReviewError::AmbiguousFormula { count, ids, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(*count, of_digit(&shared));
    assert!(ids
        .iter()
        .all(|id| id.len() == 12 && id.starts_with(shared)));
    assert!(error.is_usage() && error.to_string().contains("give more of the id"));
    assert!(find_formula(&journal, "", None).unwrap().is_none());
}

#[test]
fn an_unknown_name_is_refused_with_the_nearest_known_one() {
    let folder = tempfile::tempdir().unwrap();
    let journal = archive(folder.path());
    let nickname = record(MINED).nickname;
    let misspelt = nickname.replacen(nickname.chars().next().unwrap(), "", 1);
    let rows = [
        (misspelt.as_str(), nickname.as_str()),
        ("no-such-name-1", "no formula of the archive is named"),
        ("gleu", "gelu"),
        ("x*sigmod(x)", "sigmoid"),
        ("fffff", "no formula of the archive is named 'fffff'"),
    ];
    for (text, word) in rows {
        let Err(error) = FormulaHistory::of(&journal, text, None) else {
            panic!("{text} is no formula")
        };
        assert!(
            error.is_usage() && error.to_string().contains(word),
            "{text}: {error}"
        );
    }
}

#[test]
fn in_an_empty_archive_a_text_is_still_a_formula_and_a_name_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    let gelu = FormulaHistory::of(&journal, "gelu", None).unwrap();
    assert!(gelu.archived.is_none() && gelu.replays.is_empty());
    assert_eq!(gelu.formula, record("gelu"));
    let Err(error) = FormulaHistory::of(&journal, "swift-otter-42", None) else {
        panic!("nothing has this name")
    };
    assert!(
        matches!(&error, ReviewError::UnknownFormula { nearest, .. } if nearest.is_empty()),
        "{error}"
    );
}

#[test]
fn an_argument_is_read_as_text_name_id_prefix_or_nickname_and_opens_the_archive_only_for_the_latter(
) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("archive");
    archive(&place).close().unwrap();
    let opened = Cell::new(0);
    let open = || {
        opened.set(opened.get() + 1);
        Ok(Journal::open(&place)?)
    };
    let mined = record(MINED);
    let snake = record("snake");
    let rows = [
        (MINED, MINED, 0),
        ("gelu", "gelu", 0),
        (mined.nickname.as_str(), MINED, 1),
        (mined.id.as_str(), MINED, 1),
        (&mined.id[..9], MINED, 1),
        (snake.nickname.as_str(), "snake", 1),
        (snake.id.as_str(), "snake", 1),
    ];
    for (text, expected, openings) in rows {
        opened.set(0);
        let formula = read_formula(text, &open).unwrap();
        assert_eq!(
            FormulaRecord::from(&formula).id,
            record(expected).id,
            "{text}"
        );
        assert_eq!(opened.get(), openings, "{text}");
    }
    let Err(error) = read_formula("x*sigmod(x)", &open) else {
        panic!("it is no formula")
    };
    assert!(matches!(error, ReviewError::NoFormula(_)), "{error}");
}

#[test]
fn without_an_archive_a_published_activation_is_still_found_by_its_nickname() {
    let nowhere = || Err(ReviewError::NoHome);
    let published = &library::all()[3];
    let record = FormulaRecord::from(published.formula());
    let found = read_formula(&record.nickname, &nowhere).unwrap();
    assert_eq!(found.id(), record.id);
    let Err(error) = read_formula("swift-otter-42", &nowhere) else {
        panic!("nothing has this name")
    };
    assert!(matches!(error, ReviewError::NoHome), "{error}");
}
