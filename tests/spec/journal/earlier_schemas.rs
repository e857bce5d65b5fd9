//! Archives and records of earlier schemas: what they lack, and what is taken in its place.

use motherlode::formula::Class;
use motherlode::journal::Journal;
use motherlode::record::charter::Charter;
use motherlode::record::ledger::Balance;

use super::{archive_with, attempt, benchmark_run, charter, confirmation, numbers, NAME};

/// The trees that archives of an earlier schema lack, by that schema.
const LACKING: [(u64, &[&str]); 3] = [
    (1, &["confirmations", "accounts", "cells", "cell_names"]),
    (2, &["accounts", "cells", "cell_names"]),
    (3, &["cells", "cell_names"]),
];

/// Takes trees from the database of a closed archive; it says that it is of `schema`.
fn take_trees(folder: &std::path::Path, trees: &[&str], schema: u64) {
    let db = sled::Config::new()
        .path(folder.join("sled"))
        .segment_size(2 << 20)
        .open()
        .unwrap();
    trees
        .iter()
        .for_each(|tree| assert!(db.drop_tree(tree).unwrap()));
    let meta = db.open_tree("meta").unwrap();
    meta.insert("schema", &schema.to_be_bytes()).unwrap();
    db.flush().unwrap();
}

#[test]
fn an_archive_of_an_earlier_schema_opens_goes_on_and_keeps_all_it_had() {
    for (schema, lacks) in LACKING {
        let folder = tempfile::tempdir().unwrap();
        archive_with(folder.path(), 1..=9);
        take_trees(folder.path(), lacks, schema);
        let journal = Journal::open(folder.path()).unwrap();
        assert_eq!(
            numbers(&journal.attempts(NAME).unwrap()),
            (1..=9).collect::<Vec<_>>(),
            "schema {schema}"
        );
        assert_eq!(
            (
                journal.confirmations(NAME).unwrap(),
                journal.balance(NAME).unwrap()
            ),
            (Vec::new(), Balance::default()),
            "schema {schema}"
        );
        journal.settle(NAME, &attempt(10)).unwrap();
        journal.confirm(NAME, &confirmation(4)).unwrap();
        assert_eq!(journal.benchmark_runs().unwrap(), [], "schema {schema}");
        journal
            .record_benchmark_run(&benchmark_run("images", "relu(x)", 1))
            .unwrap();
        journal.close().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        assert_eq!(
            numbers(&journal.attempts(NAME).unwrap()),
            (1..=10).collect::<Vec<_>>(),
            "schema {schema}"
        );
        assert_eq!(
            journal.confirmations(NAME).unwrap(),
            [confirmation(4)],
            "schema {schema}"
        );
        assert_eq!(
            journal.benchmark_runs().unwrap(),
            [benchmark_run("images", "relu(x)", 1)],
            "schema {schema}"
        );
    }
}

#[test]
fn an_archive_of_this_schema_that_lacks_a_later_tree_is_damaged() {
    for tree in ["confirmations", "accounts", "cells", "cell_names"] {
        let folder = tempfile::tempdir().unwrap();
        archive_with(folder.path(), 1..=2);
        take_trees(folder.path(), &[tree], 4);
        let error = Journal::open(folder.path())
            .err()
            .expect("a tree is missing");
        assert!(
            error.to_string().contains(&format!("`{tree}` is gone")),
            "{error}"
        );
    }
}

#[test]
fn an_attempt_from_before_accounts_made_no_call_that_is_known() {
    let mut older = serde_json::to_value(attempt(1)).unwrap();
    older["reply"]["usage"] =
        serde_json::json!({ "input_tokens": 10, "output_tokens": 1, "requests": 1 });
    assert!(older.get("calls").is_none() && older.get("further").is_none());
    assert_eq!(
        serde_json::from_value::<motherlode::record::attempt::Attempt>(older).unwrap(),
        attempt(1)
    );
}

#[test]
fn a_charter_from_before_champions_confirms_as_many_as_a_new_one() {
    let mut older = serde_json::to_value(charter(NAME)).unwrap();
    assert!(older.as_object_mut().unwrap().remove("champions").is_some());
    let read: Charter = serde_json::from_value(older).unwrap();
    assert_eq!(
        read,
        Charter {
            champions: motherlode::record::charter::DEFAULT_CHAMPIONS,
            ..charter(NAME)
        }
    );
}

#[test]
fn a_charter_from_before_classes_is_that_of_a_pointwise_campaign() {
    let mut older = serde_json::to_value(charter(NAME)).unwrap();
    for key in ["class", "parameters"] {
        assert!(older.as_object_mut().unwrap().remove(key).is_some());
    }
    let read: Charter = serde_json::from_value(older).unwrap();
    assert_eq!(
        read,
        Charter {
            class: Class::Pointwise,
            parameters: 0,
            ..charter(NAME)
        }
    );
    assert_eq!(
        (read.allows(), charter(NAME).allows().as_deref()),
        (None, Some("class feature, up to 2 trainable parameters"))
    );
}

#[test]
fn a_charter_from_before_prompts_had_instructions_has_none() {
    let mut older = serde_json::to_value(charter(NAME)).unwrap();
    assert!(
        older.get("asking").is_none()
            && older
                .as_object_mut()
                .unwrap()
                .remove("instructions")
                .is_some()
    );
    assert_eq!(
        serde_json::from_value::<Charter>(older).unwrap(),
        charter(NAME)
    );
}
