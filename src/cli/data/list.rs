//! `motherlode data list`: the sets that are here, and those that can be got.

use serde_json::{json, Value};

use crate::cli::common::{Common, Ending, Failure};
use crate::cli::data::counts::{grouped, size};
use crate::cli::data::manifest::fields;
use crate::cli::output;
use crate::cli::table::table;
use crate::replay::sets::{DataFolder, SetEntry, SetState};

/// Lists the sets that are here and those that can be got.
pub fn run(folder: &DataFolder, common: &Common) -> Result<Ending, Failure> {
    let entries = folder.list().map_err(Failure::of_set)?;
    if common.json {
        let sets: Vec<Value> = entries
            .iter()
            .map(|entry| entry_fields(folder, entry))
            .collect();
        output::document(&json!({ "folder": folder.path(), "sets": sets }))?;
        return Ok(Ending::Done);
    }
    let mut table = table(&[
        "set",
        "training",
        "test",
        "size",
        "classes",
        "state",
        "where, or how to get it",
    ]);
    for entry in &entries {
        table.add_row(row(folder, entry));
    }
    output::line(&table)?;
    let here = entries
        .iter()
        .find(|entry| !matches!(entry.state, SetState::Absent | SetState::Damaged(_)));
    common.say(match here {
        Some(entry) => format!("next: motherlode data check {}", entry.name),
        None => "next: motherlode data get fashion-mnist".to_owned(),
    });
    Ok(Ending::Done)
}

fn row(folder: &DataFolder, entry: &SetEntry) -> Vec<String> {
    let (place, state) = (place(folder, entry), word(&entry.state).to_owned());
    match (&entry.state, entry.known) {
        (SetState::Imported(manifest), _) => {
            let of = |count: usize, whole: Option<usize>| match whole.filter(|whole| *whole > count)
            {
                Some(whole) => format!("{} of {}", grouped(count), grouped(whole)),
                None => grouped(count),
            };
            vec![
                entry.name.clone(),
                of(manifest.train, entry.known.map(|known| known.train)),
                of(manifest.test, entry.known.map(|known| known.test)),
                size(manifest.height, manifest.width, manifest.channels),
                grouped(manifest.classes),
                state,
                place,
            ]
        }
        (_, Some(known)) => vec![
            entry.name.clone(),
            grouped(known.train),
            grouped(known.test),
            size(known.height, known.width, known.channels),
            grouped(known.classes),
            state,
            place,
        ],
        (_, None) => vec![
            entry.name.clone(),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            state,
            place,
        ],
    }
}

/// `here`, `partial`, `not here` or `damaged`.
fn word(state: &SetState) -> &'static str {
    match state {
        SetState::Imported(manifest) if manifest.shortfall().is_some() => "partial",
        SetState::Imported(_) | SetState::Packaged(_) => "here",
        SetState::Absent => "not here",
        SetState::Damaged(_) => "damaged",
    }
}

fn place(folder: &DataFolder, entry: &SetEntry) -> String {
    match &entry.state {
        SetState::Imported(_) => folder.path().join(&entry.name).display().to_string(),
        SetState::Packaged(place) => place.display().to_string(),
        SetState::Damaged(problem) => problem.clone(),
        SetState::Absent => {
            let bytes = entry
                .known
                .and_then(|known| known.bytes())
                .map(|bytes| format!(" ({} MB)", bytes.div_ceil(1_000_000)));
            format!(
                "motherlode data get {}{}",
                entry.name,
                bytes.unwrap_or_default()
            )
        }
    }
}

fn entry_fields(folder: &DataFolder, entry: &SetEntry) -> Value {
    let mut all = match &entry.state {
        SetState::Imported(manifest) => fields(manifest),
        _ => output::object(json!({ "name": entry.name })),
    };
    all.insert("state".to_owned(), json!(word(&entry.state)));
    all.insert(
        "place".to_owned(),
        json!(
            (!matches!(entry.state, SetState::Absent | SetState::Damaged(_)))
                .then(|| place(folder, entry))
        ),
    );
    let problem = if let SetState::Damaged(problem) = &entry.state {
        Some(problem)
    } else {
        None
    };
    all.insert("problem".to_owned(), json!(problem));
    let whole = entry.known.map(|known| {
        json!({
            "about": known.about, "licence": known.licence, "height": known.height,
            "width": known.width, "channels": known.channels,
            "classes": known.classes, "train": known.train, "test": known.test,
            "download_bytes": known.bytes(), "homes": known.homes,
        })
    });
    all.insert("known".to_owned(), json!(whole));
    Value::Object(all)
}
