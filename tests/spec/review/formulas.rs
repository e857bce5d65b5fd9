//! Formulas by each of the names that a user may give.

use std::cell::Cell;
use std::collections::BTreeSet;

use motherlode::formula::{library, Formula};
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
            .first()
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

#[test]
fn a_beginning_of_an_id_goes_before_the_constant_that_the_same_text_is() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("archive");
    archive(&place).close().unwrap();
    let open = || Ok(Journal::open(&place)?);
    let numbers = library::all().iter().filter_map(|published| {
        let id = published.formula().id();
        let prefixes = (2..6).map(|length| id[..length].to_owned());
        prefixes
            .into_iter()
            .find(|prefix| Formula::parse(prefix).is_ok())
    });
    let mut tried = 0;
    for prefix in numbers {
        let begun_by = |ids: Vec<String>| -> BTreeSet<String> {
            ids.into_iter()
                .filter(|id| id.starts_with(&prefix))
                .collect()
        };
        let of_archive = [MINED, REJECTED, "x*atan(x)", "gelu", "relu"];
        let of_archive = begun_by(of_archive.map(|text| self::record(text).id).to_vec());
        let published = library::all().iter().map(|published| published.formula());
        let published = begun_by(published.map(|formula| formula.id().to_owned()).collect());
        let named = match of_archive.is_empty() {
            true => published,
            false => of_archive,
        };
        let formula = read_formula(&prefix, &open).unwrap();
        match named.len() {
            1 => assert_eq!(
                Some(formula.id()),
                named.first().map(String::as_str),
                "{prefix}"
            ),
            several => assert!(
                formula.is_constant(),
                "{prefix} begins {several} ids, and so is itself: {formula}"
            ),
        }
        tried += 1;
    }
    assert!(tried > 20, "only {tried} ids begin as numbers do");
    let constant = read_formula("2*3", &open).unwrap();
    assert!(constant.is_constant());
    let free = (10..1_000_u32)
        .map(|number| number.to_string())
        .find(|text| {
            !library::all()
                .iter()
                .any(|published| published.formula().id().starts_with(text.as_str()))
        })
        .unwrap();
    assert!(read_formula(&free, &open).unwrap().is_constant(), "{free}");
}

#[test]
fn a_published_name_may_be_written_in_capitals_or_with_dashes() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    for (text, name) in [
        ("GELU", "gelu"),
        ("SiLU", "silu"),
        ("Leaky ReLU", "leaky_relu"),
        ("leaky-relu", "leaky_relu"),
    ] {
        let nowhere = || Err(ReviewError::NoHome);
        let read = read_formula(text, &nowhere).unwrap();
        assert_eq!(read.id(), record(name).id, "{text}");
        let history = FormulaHistory::of(&journal, text, None).unwrap();
        assert_eq!(history.formula, record(name), "{text}");
    }
}

#[test]
fn a_name_that_no_formula_has_is_answered_alike_by_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("archive");
    let journal = archive(&place);
    let nickname = record(MINED).nickname;
    let without_number = nickname.rsplit_once('-').unwrap().0;
    for text in [without_number, "no-such-name-1", "fffff", "leaky-relo"] {
        let shown = FormulaHistory::of(&journal, text, None).err().unwrap();
        let wanted = match text {
            "leaky-relo" => "leaky_relu",
            "no-such-name-1" | "fffff" => "the nearest name is",
            _ => nickname.as_str(),
        };
        assert!(shown.to_string().contains(wanted), "{text}: {shown}");
        assert!(
            matches!(shown, ReviewError::UnknownFormula { .. }),
            "{text}: {shown}"
        );
    }
    journal.close().unwrap();
    let open = || Ok(Journal::open(&place)?);
    for text in [without_number, "no-such-name-1", "fffff", "leaky-relo"] {
        let error = read_formula(text, &open).err().unwrap();
        assert!(
            matches!(error, ReviewError::UnknownFormula { .. }),
            "{text}: {error}"
        );
    }
}

#[test]
fn a_campaign_that_lacks_the_formula_says_which_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let journal = archive(folder.path());
    let rows = [
        (REJECTED, "first", Some("second")),
        ("x*atan(x)", "second", Some("first")),
        (MINED, "first", None),
        ("snake", "first", None),
    ];
    for (text, named, elsewhere) in rows {
        let history = FormulaHistory::of(&journal, text, Some(&charter(named))).unwrap();
        assert_eq!(history.elsewhere.as_deref(), elsewhere, "{text} in {named}");
    }
}
