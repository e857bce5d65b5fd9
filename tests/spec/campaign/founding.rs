//! A known activation is measured once an archive: a campaign takes what another one measured on
//! the same lab, seed and arithmetic, and it is to the byte what it would have measured.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use motherlode::campaign::{found, found_after, EarlierFounders, Founding};
use motherlode::formula::Class;
use motherlode::journal::Journal;
use motherlode::lab::{arithmetic, Draw, Lab, Laboratory, ENGINE_VERSION};
use motherlode::nets::Backend;
use motherlode::numerics::stop::Stop;
use motherlode::record::arithmetic::Arithmetic;
use motherlode::record::candidate::Candidate;
use motherlode::record::charter::{Charter, Instructions, LabFile};
use tempfile::TempDir;

use crate::binary::{mine, run, stderr, tiny_lab, write_replies};
use crate::lab::TINY;

/// Trials of a known activation on the tiny lab: two tasks, two networks, one seed.
const TRIALS: usize = 4;

fn charter(campaign: &str) -> Charter {
    Charter {
        campaign: campaign.to_owned(),
        created: "2026-01-02T03:04:05Z".to_owned(),
        seed: 5,
        lab: "tiny".to_owned(),
        lab_definition: TINY.to_owned(),
        lab_files: Vec::new(),
        target: "mlp".to_owned(),
        benchmark: None,
        proposer: "genetic".to_owned(),
        models: Vec::new(),
        asking: None,
        replies: None,
        instructions: Instructions::default(),
        attempts: 10,
        cost_budget: 120,
        class: Class::Pointwise,
        parameters: 0,
        islands: 1,
        lag: 4,
        attempt_deadline_seconds: 60.0,
        champions: 0,
        version: "0.1.0".to_owned(),
    }
}

fn laboratory(lab: &str) -> Laboratory {
    let draw = Draw::Own { seed: 5 };
    Laboratory::prepare(Lab::parse(lab).unwrap(), draw, 2, &Stop::new()).unwrap()
}

fn here() -> Arithmetic {
    arithmetic(&Backend::Fused)
}

fn measured(laboratory: &Laboratory, target: &str) -> Vec<Candidate> {
    found(laboratory, target, 2, &Stop::new(), &|_| ()).unwrap()
}

/// An archive with a campaign `first` that has measured its founders under the target `mlp`.
fn archive(laboratory: &Laboratory) -> (TempDir, Journal) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(folder.path()).unwrap();
    journal.begin(&charter("first")).unwrap();
    journal
        .found("first", &measured(laboratory, "mlp"), &here())
        .unwrap();
    (folder, journal)
}

/// The founders after `earlier` ones, and how many trials were run for them.
fn taken(
    laboratory: &Laboratory,
    target: &str,
    earlier: Option<&EarlierFounders>,
) -> (Founding, usize) {
    let trials = AtomicUsize::new(0);
    let done = |_| {
        trials.fetch_add(1, Ordering::Relaxed);
    };
    let founding = found_after(laboratory, target, earlier, 2, &Stop::new(), &done).unwrap();
    (founding, trials.into_inner())
}

fn bytes(founders: &[Candidate]) -> Vec<u8> {
    serde_json::to_vec(founders).unwrap()
}

#[test]
fn what_an_earlier_campaign_measured_is_taken_to_the_byte_under_any_target() {
    let laboratory = laboratory(TINY);
    let (_folder, journal) = archive(&laboratory);
    for target in ["mlp", "transformer", "general"] {
        let other = Charter {
            target: target.to_owned(),
            proposer: "scripted".to_owned(),
            attempts: 999,
            ..charter("second")
        };
        let earlier = EarlierFounders::find(&journal, &other, &here()).unwrap();
        assert_eq!(earlier.campaign, "first");
        let (founding, trials) = taken(&laboratory, target, Some(&earlier));
        assert_eq!((founding.taken, trials), (founding.founders.len(), 0));
        let anew = measured(&laboratory, target);
        assert!(bytes(&founding.founders) == bytes(&anew), "{target}");
    }
    let (founding, trials) = taken(&laboratory, "mlp", None);
    assert_eq!(
        (founding.taken, trials),
        (0, TRIALS * founding.founders.len())
    );
}

#[test]
fn another_lab_seed_file_engine_or_arithmetic_measures_anew() {
    let laboratory = laboratory(TINY);
    let (_folder, journal) = archive(&laboratory);
    let second = charter("second");
    let finds = |charter: &Charter, arithmetic: &Arithmetic| {
        EarlierFounders::find(&journal, charter, arithmetic).is_some()
    };
    assert!(finds(&second, &here()));
    let reworded = Charter {
        lab_definition: format!("{TINY}\n[words]\nfamilies = \"two families\"\n"),
        ..second.clone()
    };
    assert!(finds(&reworded, &here()), "words are no part of a lab");
    let file = LabFile {
        path: "table.csv".to_owned(),
        found_at: "/table.csv".to_owned(),
        hash: "ab".to_owned(),
        without_index: false,
    };
    let others = [
        Charter {
            seed: 6,
            ..second.clone()
        },
        Charter {
            lab_definition: TINY.replace("steps = 40", "steps = 41"),
            ..second.clone()
        },
        Charter {
            lab_files: vec![file],
            ..second.clone()
        },
        // A campaign takes nothing from itself.
        charter("first"),
    ];
    for other in others {
        assert!(!finds(&other, &here()), "{other:?}");
    }
    let others = [
        Arithmetic {
            engine: ENGINE_VERSION + 1,
            ..here()
        },
        Arithmetic {
            class: "x86_64 linux another".to_owned(),
            ..here()
        },
        arithmetic(&Backend::Candle(candle_core::Device::Cpu)),
    ];
    for other in others {
        assert!(!finds(&second, &other), "{other:?}");
    }
}

#[test]
fn what_is_missing_or_no_record_of_this_lab_is_measured_anew() {
    let laboratory = laboratory(TINY);
    let (_folder, journal) = archive(&laboratory);
    let whole = measured(&laboratory, "mlp");
    let damages: [fn(&mut Vec<Candidate>); 4] = [
        |founders| drop(founders.remove(1)),
        |founders| drop(founders[1].evaluation.trials.pop()),
        |founders| founders[1].evaluation.trials[0].task = "another".to_owned(),
        |founders| founders[1].formula.formula = "relu(x) + 0".to_owned(),
    ];
    for damage in damages {
        let mut founders = whole.clone();
        damage(&mut founders);
        journal.found("first", &founders, &here()).unwrap();
        let earlier = EarlierFounders::find(&journal, &charter("second"), &here()).unwrap();
        let (founding, trials) = taken(&laboratory, "mlp", Some(&earlier));
        assert_eq!((founding.taken, trials), (whole.len() - 1, TRIALS));
        assert!(bytes(&founding.founders) == bytes(&whole));
    }
    let empty = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(empty.path()).unwrap();
    journal.begin(&charter("first")).unwrap();
    let earlier = EarlierFounders::find(&journal, &charter("second"), &here());
    assert!(earlier.is_none(), "it was cut off before it had measured");
}

#[test]
fn mine_says_whose_known_activations_it_takes() {
    let folder = tempfile::tempdir().unwrap();
    let (lab, replies) = (tiny_lab(), write_replies(folder.path(), 3));
    let said = |options: &[&str]| {
        let output = run(
            folder.path(),
            &mine(&lab, &[&["--attempts", "3"], options].concat()),
        );
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stderr(&output)
    };
    let first = said(&["--seed", "5", "--name", "first"]);
    let count = founders(folder.path(), "first").len();
    let line = format!("{count} known activations as campaign first measured them\n");
    assert!(!first.contains("measured them"), "{first}");
    let replies = replies.to_str().unwrap();
    let scripted = ["--proposer", "scripted", "--replies", replies];
    let second = said(&[&["--seed", "5", "--name", "second"], &scripted[..]].concat());
    assert!(second.contains(&line), "{second}");
    let third = said(&["--seed", "6", "--name", "third"]);
    assert!(!third.contains("measured them"), "{third}");
    let own = bytes(&founders(folder.path(), "first"));
    assert!(own == bytes(&founders(folder.path(), "second")));
    assert!(own != bytes(&founders(folder.path(), "third")));
}

fn founders(folder: &Path, campaign: &str) -> Vec<Candidate> {
    let journal = Journal::open(&folder.join("archive")).unwrap();
    let founders = journal.founders(campaign).unwrap().unwrap();
    journal.close().unwrap();
    founders
}
