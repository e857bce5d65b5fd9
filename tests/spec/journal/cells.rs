//! Cells of replays: recorded once, found again, and never replaced.

use std::fs;
use std::path::Path;

use motherlode::journal::{Journal, JournalError};
use motherlode::record::cell::{ActivationRecord, Cell, CellEnd, Direction, MixedRecord};

use super::{archive_with, attempt, cell, NAME};

/// The cells in the export, in the order of its lines.
pub fn exported(folder: &Path) -> Vec<Cell> {
    let Ok(text) = fs::read_to_string(folder.join("export/replay.cells.jsonl")) else {
        return Vec::new();
    };
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A cell of a mixed activation that ended badly.
fn mixed(seed: u64, end: CellEnd) -> Cell {
    let pool = ["relu(x)", "tanh(x)"].map(|formula| match cell("images", formula, 1).activation {
        ActivationRecord::Formula(formula) => formula,
        ActivationRecord::Mixed(_) => unreachable!("it was made of a formula"),
    });
    let activation = ActivationRecord::Mixed(MixedRecord {
        pool: pool.to_vec(),
        as_published: false,
        switch_epoch: 50,
    });
    Cell {
        activation,
        end,
        shares: vec![vec![0.25, 0.75], vec![0.5, 0.5]],
        ..cell("images", "relu(x)", seed)
    }
}

fn archive_of(folder: &Path, cells: &[Cell]) {
    let journal = Journal::create_or_open(folder).unwrap();
    cells
        .iter()
        .for_each(|cell| journal.record_cell(cell).unwrap());
    journal.close().unwrap();
}

/// Cells of two benchmarks, three activations, small and large ones, in an order that is not that
/// of the journal.
fn many() -> Vec<Cell> {
    let mut cells = vec![
        mixed(3, CellEnd::Diverged { epoch: 2 }),
        mixed(
            1,
            CellEnd::OutOfMemory {
                detail: "24 GiB of 16".to_owned(),
            },
        ),
    ];
    for seed in [300, 7, 2, 256, 1] {
        cells.extend([
            cell("images", "tanh(x)", seed),
            cell("images", "relu(x)", seed),
            cell("letters", "relu(x)", seed),
        ]);
    }
    cells
}

#[test]
fn every_cell_is_there_after_reopening_under_its_benchmark_activation_and_seed() {
    let folder = tempfile::tempdir().unwrap();
    archive_of(folder.path(), &many());
    let journal = Journal::open(folder.path()).unwrap();
    for cell in many() {
        assert_eq!(
            journal
                .cell(&cell.benchmark.key(), &cell.activation.id(), cell.seed)
                .unwrap(),
            Some(cell)
        );
    }
    let absent = cell("images", "relu(x)", 5);
    assert_eq!(
        journal
            .cell(&absent.benchmark.key(), &absent.activation.id(), 5)
            .unwrap(),
        None
    );
    assert_eq!(journal.cell("none", "none", 1).unwrap(), None);
}

#[test]
fn cells_come_by_benchmark_then_activation_then_seed_whatever_the_order_of_recording() {
    let folder = tempfile::tempdir().unwrap();
    archive_of(folder.path(), &many());
    let journal = Journal::open(folder.path()).unwrap();
    let mut sorted = many();
    sorted.sort_by_key(|cell| (cell.benchmark.key(), cell.activation.id(), cell.seed));
    assert_eq!(journal.cells().unwrap(), sorted);
    let relu = cell("images", "relu(x)", 1);
    let of_images = |cell: &&Cell| cell.benchmark.benchmark == "images";
    assert_eq!(
        journal.cells_under(&relu.benchmark.key()).unwrap(),
        sorted.iter().filter(of_images).cloned().collect::<Vec<_>>()
    );
    assert_eq!(journal.cells_under("none").unwrap(), Vec::new());
}

#[test]
fn the_same_cell_again_changes_nothing_and_another_of_its_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let first = cell("images", "relu(x)", 7);
    let journal = Journal::create_or_open(folder.path()).unwrap();
    journal.record_cell(&first).unwrap();
    journal.record_cell(&first).unwrap();
    let other = Cell {
        end: CellEnd::Diverged { epoch: 4 },
        ..first.clone()
    };
    let error = journal.record_cell(&other).unwrap_err();
    assert!(
        matches!(&error, JournalError::AnotherCell { seed: 7, .. }),
        "{error}"
    );
    let text = error.to_string();
    assert!(
        text.contains("images") && text.contains("seed 7") && text.contains("finished with 0.907"),
        "{text}"
    );
    journal.record_cell(&cell("images", "relu(x)", 8)).unwrap();
    assert_eq!(
        journal.cells().unwrap(),
        [first.clone(), cell("images", "relu(x)", 8)],
        "the journal goes on"
    );
    journal.close().unwrap();
    assert_eq!(
        exported(folder.path()),
        [first.clone(), cell("images", "relu(x)", 8)],
        "one line each"
    );
    let journal = Journal::open(folder.path()).unwrap();
    journal.record_cell(&first).unwrap();
    journal.close().unwrap();
    assert_eq!(exported(folder.path()).len(), 2);
}

#[test]
fn what_ran_otherwise_is_another_benchmark() {
    let folder = tempfile::tempdir().unwrap();
    let first = cell("images", "relu(x)", 1);
    let mut lower = Cell {
        end: CellEnd::Finished { value: 0.5 },
        ..first.clone()
    };
    lower.benchmark.direction = Direction::Lower;
    let mut longer = lower.clone();
    longer.benchmark.settings["epochs"] = serde_json::json!(200);
    archive_of(folder.path(), &[first, lower, longer]);
    assert_eq!(
        Journal::open(folder.path()).unwrap().cells().unwrap().len(),
        3
    );
}

#[test]
fn a_number_that_is_not_finite_is_refused_rather_than_written_as_null() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(folder.path()).unwrap();
    let mut poisoned = cell("images", "relu(x)", 1);
    poisoned.curve[1].train_loss = f64::INFINITY;
    for cell in [
        poisoned,
        Cell {
            end: CellEnd::Finished { value: f64::NAN },
            ..cell("images", "relu(x)", 1)
        },
    ] {
        let error = journal.record_cell(&cell).unwrap_err();
        assert!(
            matches!(error, JournalError::Unrecordable { .. }),
            "{error}"
        );
    }
    journal.record_cell(&cell("images", "relu(x)", 1)).unwrap();
}

#[test]
fn several_threads_record_at_once_and_all_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(folder.path()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let journal = &journal;
            scope.spawn(move || {
                for seed in (1..=40).filter(|seed| seed % 4 == thread) {
                    journal
                        .record_cell(&cell("images", "relu(x)", seed))
                        .unwrap();
                    assert!(journal
                        .cells()
                        .unwrap()
                        .iter()
                        .any(|cell| cell.seed == seed));
                }
            });
        }
    });
    let all: Vec<Cell> = (1..=40)
        .map(|seed| cell("images", "relu(x)", seed))
        .collect();
    assert_eq!(journal.cells().unwrap(), all);
    journal.close().unwrap();
    let mut lines = exported(folder.path());
    lines.sort_by_key(|cell| cell.seed);
    assert_eq!(lines, all);
}

#[test]
fn the_export_alone_restores_the_cells() {
    let folder = tempfile::tempdir().unwrap();
    let (lost, restored) = (folder.path().join("lost"), folder.path().join("restored"));
    archive_of(&lost, &many());
    assert_eq!(
        exported(&lost),
        many(),
        "in the order in which they were recorded"
    );
    archive_of(&restored, &exported(&lost));
    assert_eq!(
        Journal::open(&restored).unwrap().cells().unwrap(),
        Journal::open(&lost).unwrap().cells().unwrap()
    );
}

#[test]
fn opening_mends_the_export_of_the_cells_from_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let cells = [
        cell("images", "relu(x)", 1),
        cell("images", "relu(x)", 2),
        cell("images", "relu(x)", 7),
    ];
    archive_of(folder.path(), &cells);
    let path = folder.path().join("export/replay.cells.jsonl");
    let whole = fs::read(&path).unwrap();
    let garbled = [b"{\"benchmark\":\n".as_slice(), &whole].concat();
    let twice = [&whole[..], &whole].concat();
    for (case, bytes) in [
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("emptied", Vec::new()),
        ("garbled", garbled),
        ("doubled", twice),
    ] {
        fs::write(&path, bytes).unwrap();
        Journal::open(folder.path()).unwrap().close().unwrap();
        assert_eq!(fs::read(&path).unwrap(), whole, "{case}");
    }
    fs::remove_file(&path).unwrap();
    Journal::open(folder.path()).unwrap().close().unwrap();
    assert_eq!(fs::read(&path).unwrap(), whole, "removed");
}

#[test]
fn an_archive_that_lacks_a_cell_which_was_acknowledged_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    archive_of(folder.path(), &[cell("images", "relu(x)", 1)]);
    let path = folder.path().join("export/replay.cells.jsonl");
    let more = serde_json::to_string(&cell("images", "relu(x)", 2)).unwrap();
    fs::write(
        &path,
        format!("{}{more}\n", fs::read_to_string(&path).unwrap()),
    )
    .unwrap();
    let error = Journal::open(folder.path())
        .err()
        .expect("a cell was acknowledged that is not there");
    assert!(
        matches!(&error, JournalError::Lost { of, witnessed: 2, found: 1, .. } if of == "cells"),
        "{error}"
    );
}

#[test]
fn a_cell_that_vanished_from_its_tree_is_noticed() {
    for tree in ["cells", "cell_names"] {
        let folder = tempfile::tempdir().unwrap();
        archive_of(
            folder.path(),
            &[cell("images", "relu(x)", 1), cell("images", "relu(x)", 2)],
        );
        let db = sled::Config::new()
            .path(folder.path().join("sled"))
            .segment_size(2 << 20)
            .open()
            .unwrap();
        assert!(db.open_tree(tree).unwrap().pop_max().unwrap().is_some());
        db.flush().unwrap();
        drop(db);
        let error = Journal::open(folder.path())
            .err()
            .expect("a cell is missing");
        assert!(error.to_string().contains("it counts 2"), "{tree}: {error}");
    }
}

#[test]
fn cells_and_campaigns_lie_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    archive_with(folder.path(), 1..=3);
    archive_of(folder.path(), &[cell("images", "relu(x)", 1)]);
    let journal = Journal::open(folder.path()).unwrap();
    assert_eq!(
        journal.attempts(NAME).unwrap(),
        [attempt(1), attempt(2), attempt(3)]
    );
    assert_eq!(journal.cells().unwrap(), [cell("images", "relu(x)", 1)]);
}
