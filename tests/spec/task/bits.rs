//! The data of a definition never change: digests of polynomials and harmonics, which are pure
//! arithmetic on any machine.

use motherlode::numerics::stream::Key;
use motherlode::task::{Sizes, Split, TaskData};

use super::task;

/// A definition and the digest of its data at the standard sizes under key 7.
const DIGESTS: [(&str, &str); 9] = [
    (
        "family = 'polynomial'\nvariables = 1\ndegree = 5",
        "f8ff989a1172b58e",
    ),
    (
        "family = 'polynomial'\nvariables = 2\ndegree = 5",
        "741ad69424dae5c3",
    ),
    (
        "family = 'polynomial'\nvariables = 4\ndegree = 2",
        "ab9b4323946761c0",
    ),
    (
        "family = 'polynomial'\nvariables = 3\ndegree = 3\ncoefficients = 'uniform'",
        "8dd7c40d71323d0f",
    ),
    (
        "family = 'harmonic'\ncoordinates = 'angles'\norder = 3\nhalf_widths = [0.2, 0.4]",
        "547d1c1be073e66b",
    ),
    (
        "family = 'harmonic'\ncoordinates = 'angles'\norder = 5\nhalf_widths = [0.11, 0.22]",
        "2332eea16cd3f0a9",
    ),
    (
        "family = 'harmonic'\ncoordinates = 'angles'\norder = 16\nhalf_widths = [0.05, 0.1]",
        "dce91cd4f009c1b1",
    ),
    (
        "family = 'harmonic'\ncoordinates = 'unit-vector'\norder = 3\nhalf_widths = [0.5]",
        "1d585cfb85401776",
    ),
    (
        "family = 'harmonic'\ncoordinates = 'unit-vector'\norder = 8",
        "cd94779494bf84e7",
    ),
];

fn digest(data: &TaskData) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |split: &Split| {
        split
            .inputs
            .iter()
            .chain(&split.targets)
            .for_each(|number| {
                hasher.update(&number.to_le_bytes());
            });
    };
    add(&data.train);
    add(&data.in_distribution);
    data.shells.iter().for_each(|shell| add(&shell.split));
    hasher.finalize().to_hex()[..16].to_owned()
}

#[test]
fn the_data_of_a_definition_are_what_they_always_were() {
    let mut changed = Vec::new();
    for (text, wanted) in DIGESTS {
        let data = task(&format!("name = 'same'\n{text}"))
            .generate(&Key::new(7), &Sizes::default())
            .expect(text);
        let found = digest(&data);
        if found != wanted {
            changed.push(format!("{text:?}: {found}"));
        }
    }
    assert!(changed.is_empty(), "{}", changed.join("\n"));
}
