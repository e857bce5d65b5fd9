//! A campaign for all blocks of its lab: what is judged by which, and a winner or none for each.

use std::collections::BTreeSet;
use std::path::Path;

use motherlode::formula::Formula;
use motherlode::journal::Journal;
use motherlode::lab::shape::Shape;
use motherlode::record::attempt::Attempt;
use motherlode::record::confirmation::Confirmation;
use serde_json::{json, Value};

use super::attempts;
use crate::binary::{document, folder, lines, mine, run, stderr, stdout, tiny_lab};

const NAME: &str = "same";
const BLOCKS: [&str; 2] = ["mlp", "transformer"];

/// Runs a campaign for all blocks of the tiny lab; its closing event without how long it took.
fn mined(folder: &Path, options: &[&str]) -> Value {
    let lab = tiny_lab();
    let common = ["--seed", "5", "--name", NAME, "--json"];
    let output = run(folder, &mine(&lab, &[&common[..], options].concat()));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    finished(&output)
}

fn finished(output: &std::process::Output) -> Value {
    let mut finished = lines(output).pop().expect("a closing event");
    assert_eq!(finished["event"], "finished");
    finished["wall_s"] = json!(0);
    finished
}

fn journal(folder: &Path) -> Journal {
    Journal::open(&folder.join("archive")).unwrap()
}

#[test]
fn every_attempt_is_judged_by_the_block_of_its_island_and_measured_under_all() {
    let folder = folder();
    mined(folder.path(), &["--attempts", "40", "--champions", "0"]);
    let journal = journal(folder.path());
    let attempts: Vec<Attempt> = journal.attempts(NAME).unwrap();
    let mut candidates = 0;
    for attempt in &attempts {
        let block = BLOCKS[((attempt.attempt - 1) % 2) as usize];
        assert_eq!(u64::from(attempt.island), (attempt.attempt - 1) % 2);
        let Some(evaluation) = &attempt.evaluation else {
            continue;
        };
        candidates += 1;
        assert_eq!(evaluation.target, block);
        assert_eq!(evaluation.profiles[block], evaluation.estimate);
        assert_eq!(evaluation.profiles.len(), 2);
    }
    assert!(candidates > 10, "{candidates}");
    // The running field of a block begins with its own sixth attempt there.
    let asked: Vec<(u64, bool)> = attempts
        .iter()
        .flat_map(|attempt| {
            let rungs = attempt.rungs.iter();
            rungs.map(|rung| (attempt.attempt, rung.threshold.is_some()))
        })
        .collect();
    assert!(asked.iter().any(|(_, has_threshold)| *has_threshold));
    assert!(
        asked
            .iter()
            .all(|(attempt, has_threshold)| *attempt > 12 || !has_threshold),
        "a field of six needs twelve attempts of two blocks: {asked:?}"
    );
}

#[test]
fn champions_are_of_one_shape_each_and_trained_under_the_networks_of_their_block_alone() {
    let folder = folder();
    let event = mined(folder.path(), &["--attempts", "40", "--champions", "3"]);
    let confirmations: Vec<Confirmation> = journal(folder.path()).confirmations(NAME).unwrap();
    let [confirmation] = &confirmations[..] else {
        panic!("one confirmation for all blocks")
    };
    assert!(confirmation.champions.is_empty() && confirmation.incumbents.is_empty());
    let profiles: Vec<&str> = confirmation
        .blocks
        .iter()
        .map(|block| block.profile.as_str())
        .collect();
    assert_eq!(profiles, BLOCKS);
    for block in &confirmation.blocks {
        assert_eq!(block.champions.len(), 3);
        let known: Vec<&str> = block.incumbents.iter().map(|one| one.label()).collect();
        assert_eq!(known, ["relu", "gelu"]);
        for contender in block.champions.iter().chain(&block.incumbents) {
            let trained: BTreeSet<&str> = contender
                .fresh
                .trials
                .iter()
                .map(|trial| trial.profile.as_str())
                .collect();
            assert_eq!(trained, BTreeSet::from([block.profile.as_str()]));
            assert_eq!(contender.fresh.target, block.profile);
            assert_eq!(contender.fresh.tasks.len(), 24);
        }
        let shapes: Vec<Shape> = block
            .champions
            .iter()
            .map(|one| Shape::of(&Formula::parse(&one.formula.formula).unwrap()))
            .collect();
        for (index, shape) in shapes.iter().enumerate() {
            assert!(shapes[..index].iter().all(|other| !shape.is_same(other)));
        }
        let selected: Vec<f64> = block
            .champions
            .iter()
            .map(|one| one.selection.fitness.value())
            .collect();
        assert!(selected.is_sorted_by(|a, b| a >= b), "{selected:?}");
    }
    let told: Vec<&str> = event["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| block["profile"].as_str().unwrap())
        .collect();
    assert_eq!(told, BLOCKS);
    assert_eq!(event["champions"].as_array().unwrap().len(), 6);
}

#[test]
fn a_fresh_fitness_of_a_block_is_what_evaluate_finds_on_the_same_tasks() {
    let folder = folder();
    let event = mined(folder.path(), &["--attempts", "20", "--champions", "1"]);
    let (seed, draws) = (
        event["confirmation"]["seed"].to_string(),
        event["confirmation"]["draws"].to_string(),
    );
    let lab = tiny_lab();
    for champion in event["champions"].as_array().unwrap() {
        let profile = champion["profile"].as_str().unwrap();
        let evaluated = document(&run(
            folder.path(),
            &[
                "evaluate",
                champion["formula"].as_str().unwrap(),
                "--lab",
                lab.to_str().unwrap(),
                "--fresh",
                &draws,
                "--seed",
                &seed,
                "--target",
                profile,
                "--json",
            ],
        ));
        let found = evaluated["results"]
            .as_array()
            .unwrap()
            .iter()
            .find(|result| result["id"] == champion["id"])
            .unwrap();
        assert_eq!(found["fitness"], champion["fresh_fitness"], "{profile}");
    }
}

#[test]
fn it_ends_with_a_line_for_each_block_which_the_archive_tells_too() {
    let folder = folder();
    let lab = tiny_lab();
    let options = ["--seed", "5", "--attempts", "30", "--name", NAME];
    let output = run(folder.path(), &mine(&lab, &options));
    let (table, said) = (stdout(&output), stderr(&output));
    let event = finished(&run(folder.path(), &["mine", "--resume", NAME, "--json"]));
    let top = document(&run(folder.path(), &["archive", "top", NAME, "--json"]));
    assert_eq!(event["blocks"], top["blocks"]);
    assert!(said.contains("target all"), "{said}");
    for block in event["blocks"].as_array().unwrap() {
        let (profile, words) = (
            block["profile"].as_str().unwrap(),
            block["words"].as_str().unwrap(),
        );
        assert!(table.contains(&format!("{profile}:\n| formula")), "{table}");
        assert!(said.contains(words), "{words}: {said}");
        assert!(
            words.starts_with(&format!("best for {profile}: "))
                || words.starts_with(&format!(
                    "none is better than gelu for {profile} on 24 fresh"
                )),
            "{words}"
        );
        assert_eq!(block["won"].as_bool(), Some(words.starts_with("best for")));
        assert_eq!(block["next"].is_null(), !words.starts_with("best for"));
    }
    let best = event["best"]["profile"].as_str().unwrap();
    assert!(BLOCKS.contains(&best), "{best}");
    let id = event["blocks"][0]["best"]["id"].as_str().unwrap();
    let shown = run(folder.path(), &["archive", "show", id]);
    assert!(
        stdout(&shown).contains("as mlp: ") && stdout(&shown).contains("target all"),
        "{}",
        stdout(&shown)
    );
    let listed = document(&run(folder.path(), &["archive", "list", "--json"]));
    let listed: Vec<&Value> = listed["campaigns"][0]["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| &block["profile"])
        .collect();
    assert_eq!(listed, BLOCKS);
}

#[test]
fn further_candidates_are_confirmed_again_beside_the_winner_of_each_block_so_far() {
    let folder = folder();
    mined(folder.path(), &["--attempts", "24", "--champions", "2"]);
    let more = ["mine", "--resume", NAME, "--attempts", "60", "--json"];
    assert_eq!(run(folder.path(), &more).status.code(), Some(0));
    let confirmations = journal(folder.path()).confirmations(NAME).unwrap();
    let [first, second] = &confirmations[..] else {
        panic!("one more")
    };
    assert_ne!(first.seed, second.seed);
    for (block, own) in first.by_block("all") {
        let winner = own.winner().expect("something was mined");
        let again = second.by_block("all").into_iter();
        let (_, again) = again.into_iter().find(|(name, _)| *name == block).unwrap();
        assert!(
            again.contender(&winner.formula.id).is_some(),
            "the winner for {block} so far is measured again"
        );
    }
}

#[test]
fn a_rerun_of_it_ends_the_same() {
    let folder = folder();
    mined(folder.path(), &["--attempts", "24", "--champions", "2"]);
    let again = run(folder.path(), &["rerun", NAME, "--workers", "3"]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    assert_eq!(
        attempts(folder.path(), NAME).len(),
        attempts(folder.path(), "same-rerun").len()
    );
}

#[test]
fn the_best_of_it_are_replayed_where_they_were_mined_for() {
    let folder = folder();
    mined(folder.path(), &["--attempts", "24", "--champions", "2"]);
    let lab = tiny_lab();
    let journal = journal(folder.path());
    let confirmation = journal.confirmations(NAME).unwrap().pop().unwrap();
    journal.close().unwrap();
    for (profile, own) in confirmation.by_block("all") {
        let replay = [
            "replay",
            "--benchmark",
            "vault",
            "--vault",
            lab.to_str().unwrap(),
            "--target",
            &profile,
            "--top",
            "1",
            "--seeds",
            "1",
            "--json",
        ];
        let replayed = document(&run(folder.path(), &replay));
        assert_eq!(replayed["settings"]["target"], json!(profile));
        let candidate = replayed["results"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["baseline"].is_null())
            .unwrap();
        let winner = &own.winner().unwrap().formula.id;
        assert_eq!(candidate["id"].as_str(), Some(winner.as_str()), "{profile}");
    }
}
