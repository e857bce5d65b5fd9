//! `motherlode replay` on sets of a few hundred small images, as a user runs it.

mod refusals;
mod results;
mod stops;

use std::path::Path;
use std::process::Output;

use motherlode::numerics::stream::Key;
use serde_json::Value;

use crate::binary::{document, run, stderr};
use crate::images::idx_labels;

const SIDE: usize = 12;

const CLASSES: usize = 4;

/// An IDX file of images that are noise, with a bright square whose corner tells the class; the
/// first classes come again and again.
fn images(count: usize, seed: u64) -> Vec<u8> {
    let mut stream = Key::new(seed).word("images").stream();
    let mut file: Vec<u8> = [0x803, count as u32, SIDE as u32, SIDE as u32]
        .into_iter()
        .flat_map(u32::to_be_bytes)
        .collect();
    for index in 0..count {
        let (top, left) = (SIDE / 2 * (index % CLASSES / 2), SIDE / 2 * (index % 2));
        for place in 0..SIDE * SIDE {
            let is_bright = (top..top + SIDE / 2).contains(&(place / SIDE))
                && (left..left + SIDE / 2).contains(&(place % SIDE));
            file.push((stream.below(160) + if is_bright { 40 } else { 0 }) as u8);
        }
    }
    file
}

fn labels(count: usize) -> Vec<u8> {
    idx_labels(
        &(0..count)
            .map(|index| (index % CLASSES) as u8)
            .collect::<Vec<_>>(),
    )
}

/// A folder with the set `squares` in `data`: 240 training and 80 test images of four classes.
pub fn with_squares() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    std::fs::create_dir_all(&source).unwrap();
    for (name, count, seed) in [("train", 240, 1), ("t10k", 80, 2)] {
        std::fs::write(
            source.join(format!("{name}-images-idx3-ubyte")),
            images(count, seed),
        )
        .unwrap();
        std::fs::write(
            source.join(format!("{name}-labels-idx1-ubyte")),
            labels(count),
        )
        .unwrap();
    }
    let imported = run(
        folder.path(),
        &["data", "import", "squares", "source", "--data", "data"],
    );
    assert!(imported.status.success(), "{}", stderr(&imported));
    folder
}

const SMALL: [&str; 8] = [
    "--data",
    "data",
    "--batch",
    "16",
    "--epochs",
    "3",
    "--validation",
    "40",
];

/// Replays `squares/mlp-12` in small, with these arguments after.
pub fn replay(folder: &Path, others: &[&str]) -> Output {
    run(
        folder,
        &[
            &["replay", "--benchmark", "squares/mlp-12"],
            &SMALL[..],
            others,
        ]
        .concat(),
    )
}

pub fn replayed(folder: &Path, others: &[&str]) -> Value {
    let output = replay(folder, &[&["--json"], others].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    document(&output)
}

pub fn result<'a>(document: &'a Value, name: &str) -> &'a Value {
    let results = document["results"].as_array().unwrap();
    results
        .iter()
        .find(|result| result["name"] == name)
        .unwrap_or_else(|| panic!("{name} is no result of {document:#}"))
}
