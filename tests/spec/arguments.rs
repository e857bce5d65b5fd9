//! One convention for arguments: a formula is a text, a published name, an id or its beginning, or
//! a nickname in every command that takes one; a campaign is a name, as an argument or by
//! `--campaign`, and the latest where none is given.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::binary::{document, lines, mine, run, stderr, stdout, tiny_lab, write_replies};
use crate::replay::import_small_images;

/// A folder with an archive of two campaigns, `first` of 7 attempts and `second` of 3, and a small
/// image set.
fn workplace() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let replies = write_replies(folder.path(), 7);
    let lab = tiny_lab();
    for (name, attempts) in [("first", "7"), ("second", "3")] {
        let scripted = [
            "--proposer",
            "scripted",
            "--replies",
            replies.to_str().unwrap(),
        ];
        let others = ["--attempts", attempts, "--name", name, "--champions", "0"];
        let output = run(
            folder.path(),
            &mine(&lab, &[&scripted[..], &others].concat()),
        );
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    import_small_images(folder.path());
    folder
}

/// The best candidate of `first`.
fn best(folder: &Path) -> Value {
    document(&run(folder, &["archive", "top", "first", "--json"]))["candidates"][0].clone()
}

const REPLAY: [&str; 14] = [
    "replay",
    "--benchmark",
    "mine/mlp-12",
    "--data",
    "data",
    "--batch",
    "16",
    "--epochs",
    "2",
    "--validation",
    "10",
    "--seeds",
    "1",
    "--json",
];

#[test]
fn every_command_takes_a_formula_by_each_kind_of_name() {
    let folder = workplace();
    let best = best(folder.path());
    let id = best["id"].as_str().unwrap();
    let written = best["formula"].as_str().unwrap();
    let lab = tiny_lab();
    let lab = lab.to_str().unwrap();
    let names = [
        (written, id),
        (id, id),
        (&id[..8], id),
        (best["nickname"].as_str().unwrap(), id),
    ];
    let gelu = document(&run(folder.path(), &["library", "gelu", "--json"]));
    let published = [
        ("gelu", gelu["id"].as_str().unwrap()),
        ("GELU", gelu["id"].as_str().unwrap()),
        (
            gelu["nickname"].as_str().unwrap(),
            gelu["id"].as_str().unwrap(),
        ),
    ];
    for (name, id) in names.into_iter().chain(published) {
        let mixed = format!("{name},relu");
        let replayed = |option: &'static str, text: &str| -> Vec<String> {
            let own = [option, text].map(str::to_owned);
            let baselines = if option == "--baselines" {
                Vec::new()
            } else {
                vec!["--baselines".to_owned(), "tanh".to_owned()]
            };
            let fixed = REPLAY.into_iter().map(str::to_owned);
            fixed.chain(own).chain(baselines).collect()
        };
        let plain = |arguments: &[&str]| -> Vec<String> {
            arguments.iter().map(|text| (*text).to_owned()).collect()
        };
        let rows: Vec<(Vec<String>, &str)> = vec![
            (plain(&["archive", "show", name, "--json"]), "/id"),
            (plain(&["library", name, "--json"]), "/id"),
            (plain(&["export", name, "--to", "json"]), "/id"),
            (plain(&["plot", name, "--json"]), "/curves/0/id"),
            (
                plain(&["evaluate", name, "--lab", lab, "--json"]),
                "/results/0/id",
            ),
            (
                plain(&["evaluate", "elu", "--against", name, "--lab", lab, "--json"]),
                "/results/*/id",
            ),
            (replayed("--formula", name), "/results/1/id"),
            (replayed("--baselines", name), "/results/0/id"),
            (replayed("--mixed", &mixed), "/results/1/mixed/pool/0/id"),
        ];
        for (arguments, place) in rows {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let output = run(folder.path(), &arguments);
            assert_eq!(
                output.status.code(),
                Some(0),
                "{arguments:?}: {}",
                stderr(&output)
            );
            let answer = document(&output);
            let found = match place.split_once('*') {
                None => answer.pointer(place) == Some(&id.into()),
                Some((list, rest)) => answer
                    .pointer(list.trim_end_matches('/'))
                    .and_then(Value::as_array)
                    .is_some_and(|rows| {
                        rows.iter().any(|row| row.pointer(rest) == Some(&id.into()))
                    }),
            };
            assert!(
                found,
                "{arguments:?} has another formula at {place}: {answer}"
            );
        }
    }
}

#[test]
fn every_command_takes_a_campaign_as_an_argument_or_an_option_and_says_which_it_is() {
    let folder = workplace();
    let commands: [(&[&str], &str); 7] = [
        (&["archive", "top"], "/campaign"),
        (&["archive", "attempts"], "/campaign"),
        (&["spend"], "/campaign"),
        (&["prompt", "guidance"], "/campaign"),
        (&["prompt", "show", "--attempt", "1"], "/campaign"),
        (&["rerun", "--workers", "1"], "/campaign"),
        (
            &[&REPLAY[..], &["--top", "1", "--baselines", "relu"]].concat(),
            "/campaign",
        ),
    ];
    let namings: [(&[&str], &str); 4] = [
        (&["first"], "first"),
        (&["--campaign", "first"], "first"),
        (&["first", "--campaign", "first"], "first"),
        (&[], "second"),
    ];
    for (command, place) in commands {
        for (naming, campaign) in namings {
            // Reruns are campaigns too, which the last naming would find.
            let fresh = tempfile::tempdir().unwrap();
            let is_rerun = command[0] == "rerun";
            if is_rerun {
                copy(
                    &folder.path().join("archive"),
                    &fresh.path().join("archive"),
                );
            }
            let place_of_run = if is_rerun {
                fresh.path()
            } else {
                folder.path()
            };
            let arguments = [
                command,
                naming,
                &["--json"][..usize::from(command[0] != "replay")],
            ]
            .concat();
            let output = run(place_of_run, &arguments);
            assert_eq!(
                output.status.code(),
                Some(0),
                "{arguments:?}: {}",
                stderr(&output)
            );
            let answer = lines(&output).pop().expect("an answer");
            let says_it = stderr(&output).contains(&format!("campaign {campaign}"));
            assert!(
                answer.pointer(place) == Some(&campaign.into()) || says_it,
                "{arguments:?} does not say that it is of {campaign}"
            );
        }
        let both = run(
            folder.path(),
            &[command, &["first", "--campaign", "second"]].concat(),
        );
        assert_eq!(both.status.code(), Some(2), "{command:?}");
        assert_eq!(
            stderr(&both),
            "error: two campaigns are named, 'first' and --campaign 'second'; name one\n",
            "{command:?}"
        );
        let unknown = run(folder.path(), &[command, &["frist"]].concat());
        assert_eq!(unknown.status.code(), Some(2), "{command:?}");
        assert!(
            stderr(&unknown).contains("the nearest name is 'first'"),
            "{command:?}: {}",
            stderr(&unknown)
        );
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn tables_say_the_campaign_too() {
    let folder = workplace();
    for command in [
        &["archive", "top"][..],
        &["archive", "attempts"],
        &["spend"],
        &["prompt", "guidance"],
    ] {
        let output = run(folder.path(), command);
        let said = format!("{}{}", stdout(&output), stderr(&output));
        assert!(said.contains("campaign second"), "{command:?}: {said}");
    }
}

#[test]
fn a_formula_is_shown_from_the_campaign_that_is_named() {
    let folder = workplace();
    let best = best(folder.path());
    let name = best["nickname"].as_str().unwrap();
    let shown = |others: &[&str]| {
        document(&run(
            folder.path(),
            &[&["archive", "show", name, "--json"], others].concat(),
        ))
    };
    assert_eq!(shown(&["first"])["campaign"], "first");
    assert_eq!(shown(&["--campaign", "first"])["campaign"], "first");
    let both = run(
        folder.path(),
        &["archive", "show", name, "first", "--campaign", "second"],
    );
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn what_no_campaign_measured_is_shown_as_the_library_and_the_language_know_it() {
    let folder = workplace();
    let gelu = run(folder.path(), &["archive", "show", "gelu"]);
    assert_eq!(gelu.status.code(), Some(0), "{}", stderr(&gelu));
    assert!(
        stdout(&gelu).contains("gelu, a known activation that campaign second measured"),
        "the lab's baseline was measured: {}",
        stdout(&gelu)
    );
    let founder = document(&run(folder.path(), &["archive", "show", "gelu", "--json"]));
    assert_eq!(
        (&founder["outcome"], &founder["campaign"], &founder["name"]),
        (&"founder".into(), &"second".into(), &"gelu".into())
    );
    for (text, word) in [
        ("pler", "arXiv 2602.05688"),
        ("x*sin(x)*tanh(x)", "derivative"),
    ] {
        let output = run(folder.path(), &["archive", "show", text]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(stdout(&output).contains(word), "{}", stdout(&output));
        assert!(
            stderr(&output).contains("no campaign of this archive measured it"),
            "{}",
            stderr(&output)
        );
        let answer = document(&run(folder.path(), &["archive", "show", text, "--json"]));
        assert!(answer["campaign"].is_null() && answer["fitness"].is_null());
        assert!(answer["values"].is_array() && answer["derivative"] != answer["formula"]);
    }
    for (text, word) in [
        ("x*sigmod(x)", "the nearest known one is `sigmoid`"),
        ("gleu", "gelu"),
        ("calm-ibis-0", "no formula of the archive is named"),
    ] {
        let output = run(folder.path(), &["archive", "show", text]);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(stderr(&output).contains(word), "{}", stderr(&output));
    }
}

#[test]
fn a_campaign_without_top_is_refused_by_a_replay() {
    let folder = workplace();
    for naming in [&["first"][..], &["--campaign", "first"]] {
        let output = run(folder.path(), &[&REPLAY[..], naming].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("--top"), "{}", stderr(&output));
    }
}

#[test]
fn a_constant_takes_no_part_in_a_replay() {
    let folder = workplace();
    for option in ["--formula", "--baselines", "--mixed"] {
        let output = run(folder.path(), &[&REPLAY[..], &[option, "2.5"]].concat());
        assert_eq!(output.status.code(), Some(2), "{option}");
        let said = stderr(&output);
        assert!(said.contains("2.5: f is 2.5 all over"), "{option}: {said}");
    }
}

#[test]
fn a_prompt_is_shown_as_the_next_campaign_would_ask_for_it() {
    let folder = workplace();
    let lab = tiny_lab();
    let shown = |others: &[&str]| {
        let model = "compatible:llama@http://localhost:1/v1,free";
        let fixed = ["prompt", "show", "--lab", lab.to_str().unwrap(), "--model"];
        run(folder.path(), &[&fixed[..], &[model], others].concat())
    };
    // Campaign `first` has measured the known activations for this seed, nobody for the other.
    for (seed, is_measured) in [("1", true), ("2", false)] {
        let output = shown(&["--seed", seed]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let text = stdout(&output);
        assert_eq!(!text.contains("not measured yet"), is_measured, "{text}");
    }
    let taken = shown(&["--seed", "1", "--name", "second"]);
    assert_eq!(taken.status.code(), Some(2), "{}", stderr(&taken));
}

#[test]
fn what_cannot_be_meant_is_answered_by_what_can() {
    let folder = workplace();
    let rows: [(&[&str], &str); 2] = [
        (&["mine", "first"], "mine --resume first"),
        (&["archive", "top", "--top", "0"], "--top takes 1 or more"),
    ];
    for (arguments, word) in rows {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            stderr(&output).contains(word),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
    let output = run(folder.path(), &["mine", "--name", "a\u{1b}[31mb"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!stderr(&output).contains('\u{1b}'), "{}", stderr(&output));
}
