//! Archives that earlier versions wrote (tests/spec/archives, packed by scripts/pack_archive.sh
//! with what their version showed of them): they open, show the same, and go on.

use std::collections::BTreeMap;
use std::path::Path;

use flate2::read::GzDecoder;
use motherlode::formula::vector::InstructionSet;
use serde_json::Value;
use tempfile::TempDir;

use crate::binary::{document, run, stderr};

/// The archives, and the instruction set of the machine that each was written on.
const PACKED: [(&str, &[u8], &str); 1] =
    [("0.1.0", include_bytes!("../archives/0.1.0.tar.gz"), "avx2")];

/// The training recipe of the replay and the transfer that the archives hold.
const RECIPE: [&str; 8] = [
    "--benchmark",
    "mine/mlp-4",
    "--epochs",
    "1",
    "--batch",
    "8",
    "--data",
    "data",
];

fn unpacked(packed: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    tar::Archive::new(GzDecoder::new(packed))
        .unpack(folder.path())
        .unwrap();
    folder
}

/// What the version that wrote the archive showed.
fn shown(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join("shown").join(format!("{name}.json"))).unwrap()
}

/// Where `found` lacks or changes something of `wanted`; what it has beyond that may stand.
fn differences(wanted: &Value, found: &Value, place: &str, differing: &mut Vec<String>) {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            for (key, value) in wanted {
                let other = found.get(key).unwrap_or(&Value::Null);
                differences(value, other, &format!("{place}.{key}"), differing);
            }
        }
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => {
            for (index, (value, other)) in wanted.iter().zip(found).enumerate() {
                differences(value, other, &format!("{place}[{index}]"), differing);
            }
        }
        _ if wanted == found => {}
        _ => differing.push(format!("{place}: {wanted} is now {found}")),
    }
}

/// Runs a command and holds its JSON, a document or lines, to what the other version showed.
fn holds(folder: &Path, name: &str, arguments: &[&str]) {
    let output = run(folder, &[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{name}: {}", stderr(&output));
    let parsed = |text: &str| -> Vec<Value> {
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let mut differing = Vec::new();
    differences(
        &Value::Array(parsed(&shown(folder, name))),
        &Value::Array(parsed(&text)),
        name,
        &mut differing,
    );
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn an_archive_of_an_earlier_version_shows_what_that_version_showed() {
    for (_, packed, _) in PACKED {
        let folder = unpacked(packed);
        let folder = folder.path();
        holds(folder, "list", &["archive", "list"]);
        for campaign in ["whole", "half", "scripted"] {
            for command in ["top", "attempts"] {
                let name = format!("{command}-{campaign}");
                holds(folder, &name, &["archive", command, campaign]);
            }
            holds(folder, &format!("spend-{campaign}"), &["spend", campaign]);
        }
    }
}

#[test]
fn benchmark_runs_and_measures_of_an_earlier_version_are_found_and_not_made_again() {
    for (version, packed, set) in PACKED {
        if InstructionSet::best().name() != set {
            continue;
        }
        let folder = unpacked(packed);
        let folder = folder.path();
        let top = ["replay", "--top", "2", "--seeds", "3"];
        holds(folder, "replay", &[&top[..], &RECIPE].concat());
        let transfer = [
            "transfer",
            "--functions",
            "50",
            "--lab",
            "tiny.toml",
            "--vault",
            "tiny.toml",
            "--seeds",
            "2",
        ];
        let before = measures(folder);
        holds(folder, "transfer", &[&transfer[..], &RECIPE].concat());
        // They carried no checksum, and came out the same when they were measured again.
        assert_eq!(measures(folder), before, "{version}");
        let again = run(folder, &[&transfer[..], &RECIPE].concat());
        assert!(!stderr(&again).contains("measured anew"), "{version}");
        for count in ["100 of 100", "50 of 50"] {
            let words = format!("{count} benchmark runs were in the archive already");
            assert!(stderr(&again).contains(&words), "{}", stderr(&again));
        }
    }
}

/// What is kept of each function that a lab measured.
fn measures(folder: &Path) -> BTreeMap<String, Value> {
    let entries = std::fs::read_dir(folder.join("archive/fields")).unwrap();
    let texts = entries.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let of_line = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let id = line["activation"].as_str().unwrap().to_owned();
        (id, line["measures"].clone())
    };
    texts
        .flat_map(|text| text.lines().map(of_line).collect::<Vec<_>>())
        .collect()
}

#[test]
fn a_killed_campaign_of_an_earlier_version_goes_on_to_the_same_end() {
    for (version, packed, set) in PACKED {
        let folder = unpacked(packed);
        let folder = folder.path();
        let resumed = run(folder, &["mine", "--resume", "half", "--json"]);
        assert!(resumed.status.success(), "{version}: {}", stderr(&resumed));
        if InstructionSet::best().name() == set {
            holds(folder, "resumed", &["archive", "top", "half"]);
        }
        let listed = document(&run(folder, &["archive", "list", "--json"]));
        let half = listed["campaigns"]
            .as_array()
            .unwrap()
            .iter()
            .find(|campaign| campaign["campaign"] == "half")
            .unwrap();
        assert_eq!(half["attempts"], 30, "{version}");
    }
}
