//! Confirmation: nothing is called a winner before it is measured on fresh tasks beside those it
//! would replace.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::{Duration, Instant};

use motherlode::campaign::{found, Campaign, Event, Finish, StopReason};
use motherlode::journal::Journal;
use motherlode::lab::{Draw, Lab, Laboratory};
use motherlode::numerics::stop::Stop;
use motherlode::numerics::stream::Key;
use motherlode::proposer::{genetic, Genetic, Scripted};
use motherlode::record::candidate::Candidate;
use motherlode::record::charter::{Charter, LabSource};
use motherlode::record::confirmation::Confirmation;
use serde_json::{json, Value};
use tempfile::TempDir;

use crate::binary::{document, lines, mine, run, start, stderr, stdout, tiny_lab};

const TINY: &str = include_str!("labs/tiny.toml");
const NAME: &str = "same";

/// A campaign on the tiny lab, ready to be run again and again.
struct Scene {
    folder: TempDir,
    charter: Charter,
    laboratory: Laboratory,
    founders: Vec<Candidate>,
}

impl Scene {
    fn new(lab: &str, attempts: u64, target: &str) -> Scene {
        let source = LabSource {
            name: "tiny".to_owned(),
            definition: lab.to_owned(),
            files: Vec::new(),
        };
        let charter = Charter {
            target: target.to_owned(),
            attempts,
            islands: 1,
            lag: 4,
            champions: 3,
            ..Charter::new(NAME, source, 5)
        };
        let laboratory = Laboratory::prepare(
            Lab::parse(lab).unwrap(),
            Draw::Own { seed: 5 },
            2,
            &Stop::new(),
        )
        .unwrap();
        let founders = found(&laboratory, target, 2, &Stop::new(), &|_| ()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let scene = Scene {
            folder,
            charter,
            laboratory,
            founders,
        };
        let journal = scene.journal();
        journal.begin(&scene.charter).unwrap();
        journal.close().unwrap();
        scene
    }

    fn journal(&self) -> Journal {
        Journal::create_or_open(&self.folder.path().join("archive")).unwrap()
    }

    /// Runs it; where `stop_when_confirming`, it is interrupted before the first fresh trial. The
    /// trials on fresh tasks are the second part.
    fn run(
        &self,
        workers: usize,
        stop_when_confirming: bool,
        time_limit: Option<Duration>,
    ) -> (Finish, u64) {
        let journal = self.journal();
        let interrupt = Stop::new();
        let started = Instant::now();
        let stop = interrupt.until(time_limit.map(|limit| started + limit));
        let proposer = Genetic::new(genetic::Settings::default());
        let campaign = Campaign {
            charter: &self.charter,
            laboratory: &self.laboratory,
            founders: &self.founders,
            proposer: &proposer,
            journal: &journal,
            workers,
            started,
            stop: &stop,
        };
        let mut trials = 0;
        let finish = campaign.run(&mut |event| {
            if let Event::Confirming { done, of } = event {
                assert!(done <= of);
                trials = done;
                if stop_when_confirming {
                    interrupt.raise();
                }
            }
        });
        journal.close().unwrap();
        (finish.unwrap(), trials)
    }

    fn confirmations(&self) -> Vec<Confirmation> {
        self.journal().confirmations(NAME).unwrap()
    }
}

#[test]
fn the_best_and_the_incumbents_are_measured_on_the_same_fresh_tasks() {
    let scene = Scene::new(TINY, 30, "general");
    let (finish, trials) = scene.run(2, false, None);
    let confirmation = finish.confirmation.expect("the attempts are made");
    let best: Vec<&str> = finish
        .ranking
        .iter()
        .take(3)
        .map(|candidate| candidate.formula.id.as_str())
        .collect();
    assert_eq!(
        confirmation
            .champions
            .iter()
            .map(|champion| champion.formula.id.as_str())
            .collect::<Vec<_>>(),
        best
    );
    assert_eq!(
        confirmation
            .incumbents
            .iter()
            .map(|incumbent| incumbent.label())
            .collect::<Vec<_>>(),
        ["relu", "gelu"]
    );
    assert_eq!(
        trials,
        5 * 24 * 2,
        "five formulas on 24 tasks under two profiles"
    );
    let tasks = |index: usize| {
        confirmation
            .contenders()
            .nth(index)
            .unwrap()
            .fresh
            .tasks
            .iter()
            .map(|task| task.task.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(tasks(0).len(), 24);
    assert!((1..5).all(|index| tasks(index) == tasks(0)));
    assert_eq!(
        confirmation.incumbents[0].fresh.estimate.fitness.value(),
        0.0,
        "the reference is 0 there too"
    );
    for champion in &confirmation.champions {
        assert_ne!(
            champion.fresh.estimate.fitness, champion.selection.fitness,
            "other tasks, other losses"
        );
        assert_eq!(champion.fresh.profiles.len(), 2);
    }
    assert_eq!(scene.confirmations(), [confirmation]);
}

#[test]
fn a_confirmation_depends_on_neither_the_workers_nor_a_stop_in_its_midst() {
    let whole = Scene::new(TINY, 30, "general");
    whole.run(1, false, None);
    let stopped = Scene::new(TINY, 30, "general");
    let (finish, _) = stopped.run(3, true, None);
    assert_eq!(
        (finish.stop_reason, finish.attempts, finish.confirmation),
        (StopReason::Interrupted, 30, None)
    );
    let (finish, trials) = stopped.run(3, false, Some(Duration::ZERO));
    assert_eq!(
        (finish.stop_reason, trials, finish.confirmation),
        (StopReason::TimeLimit, 0, None),
        "no time is left for it"
    );
    assert_eq!(stopped.confirmations(), [], "nothing is kept of half of it");
    let (finish, trials) = stopped.run(3, false, None);
    assert_eq!(finish.stop_reason, StopReason::AttemptsMade);
    assert!(trials > 0 && finish.confirmation.is_some());
    assert_eq!(stopped.confirmations(), whole.confirmations());
}

#[test]
fn what_is_confirmed_is_confirmed_again_only_where_there_are_further_candidates() {
    let mut scene = Scene::new(TINY, 30, "general");
    scene.run(2, false, None);
    let (finish, trials) = scene.run(2, false, None);
    assert!(
        trials == 0 && finish.confirmation.is_some(),
        "a resume without a new candidate"
    );
    scene.charter.attempts = 60;
    let (finish, trials) = scene.run(2, false, None);
    let [first, second] = &scene.confirmations()[..] else {
        panic!("one more")
    };
    assert!(
        trials > 0 && first.candidates < second.candidates && first.seed != second.seed,
        "fresh tasks are fresh once"
    );
    assert_eq!(finish.confirmation.as_ref(), Some(second));
    let winner = first.winner().expect("there were candidates");
    let again = second
        .contender(&winner.formula.id)
        .expect("the winner so far is measured again");
    assert_ne!(again.fresh, winner.fresh);
    assert_eq!(
        (again.attempt, again.selection),
        (winner.attempt, winner.selection)
    );
}

#[test]
fn no_champions_means_no_confirmation_and_no_candidates_too() {
    let mut scene = Scene::new(TINY, 12, "general");
    scene.charter.champions = 0;
    let (finish, trials) = scene.run(2, false, None);
    assert!(trials == 0 && finish.confirmation.is_none() && !finish.ranking.is_empty());
    // Every training runs out of time at its first look at the clock.
    let mut scene = Scene::new(TINY, 6, "general");
    scene.charter.attempt_deadline_seconds = 1e-9;
    let (finish, trials) = scene.run(2, false, None);
    assert_eq!(
        (finish.stop_reason, finish.candidates, trials),
        (StopReason::AttemptsMade, 0, 0)
    );
    assert!(finish.rejections["TimedOut"] > 0, "{:?}", finish.rejections);
    let timed_out = scene.journal().attempts(NAME).unwrap();
    let rejections: Vec<String> = timed_out
        .iter()
        .filter_map(|attempt| attempt.outcome.rejection())
        .map(|rejection| rejection.detail())
        .collect();
    assert!(
        rejections
            .iter()
            .any(|detail| detail.contains("longer than")),
        "{rejections:?}"
    );
}

#[test]
fn a_champion_that_diverges_on_fresh_tasks_counts_as_the_worst_there() {
    // A rate at which x^3 explodes in the profile mlp; the campaign selects by the other.
    let wild = TINY.replacen(
        "learning_rate = 5e-3\nbatch = 32\nsteps = 40",
        "learning_rate = 0.5\nbatch = 32\nsteps = 40",
        1,
    );
    let scene = Scene::new(&wild, 1, "transformer");
    let replies = scene.folder.path().join("replies.txt");
    std::fs::write(&replies, "{\"formula\": \"x*x*x\"}\n").unwrap();
    let (proposer, journal) = (Scripted::open(&replies).unwrap(), scene.journal());
    let campaign = Campaign {
        charter: &scene.charter,
        laboratory: &scene.laboratory,
        founders: &scene.founders,
        proposer: &proposer,
        journal: &journal,
        workers: 2,
        started: Instant::now(),
        stop: &Stop::new(),
    };
    let finish = campaign.run(&mut |_| ()).unwrap();
    let confirmation = finish.confirmation.expect("it is a candidate");
    let fresh = &confirmation.champions[0].fresh;
    assert!(
        fresh.trials.iter().any(|trial| trial.train_loss.is_none()),
        "x^3 should diverge somewhere at this rate"
    );
    assert!(
        fresh.profiles["mlp"].fitness.value() < -1.0 && fresh.out_of_distribution_loss.is_none()
    );
    assert_eq!(journal.confirmations(NAME).unwrap(), [confirmation]);
}

/// The attempts and the closing event of a campaign, without how long it took.
fn outcome(folder: &Path, output: &std::process::Output) -> (Vec<Value>, Value) {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    let mut finished = lines(output).pop().expect("a closing event");
    assert_eq!(finished["event"], "finished");
    finished["wall_s"] = json!(0);
    (
        lines(&run(folder, &["archive", "attempts", NAME, "--json"])),
        finished,
    )
}

#[test]
fn a_campaign_killed_while_it_confirms_ends_like_one_that_never_was() {
    let lab = tiny_lab();
    let options = [
        "--seed",
        "5",
        "--attempts",
        "24",
        "--champions",
        "8",
        "--name",
        NAME,
        "--json",
    ];
    let whole = tempfile::tempdir().unwrap();
    let expected = outcome(whole.path(), &run(whole.path(), &mine(&lab, &options)));
    assert_eq!(
        expected.1["champions"].as_array().map(Vec::len),
        Some(8),
        "{}",
        expected.1
    );

    let killed = tempfile::tempdir().unwrap();
    let mut stream = Key::new(11).word("kills while confirming").stream();
    for kill in 0..4 {
        let resumed = ["mine", "--resume", NAME, "--json"];
        let arguments = if kill == 0 {
            mine(&lab, &options)
        } else {
            resumed.to_vec()
        };
        let mut child = start(killed.path(), &arguments);
        let output = BufReader::new(child.stdout.take().unwrap());
        // Once the attempts are made there is only the confirmation left, in which the kill falls
        // unless it is over already.
        let seen = output
            .lines()
            .map_while(Result::ok)
            .find(|line| match kill {
                0 => line.contains("\"event\":\"attempt\"") && line.contains("\"attempt\":24,"),
                _ => line.contains("\"event\":\"started\""),
            });
        assert!(seen.is_some());
        std::thread::sleep(Duration::from_micros(stream.below(100_000) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert_eq!(
        outcome(
            killed.path(),
            &run(killed.path(), &["mine", "--resume", NAME, "--json"])
        ),
        expected
    );
}

#[test]
fn what_mine_shows_of_its_champions_the_archive_shows_too() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let first = run(
        folder.path(),
        &mine(
            &lab,
            &["--seed", "5", "--attempts", "24", "--name", NAME, "--json"],
        ),
    );
    let (_, finished) = outcome(folder.path(), &first);
    let champions = finished["champions"].as_array().unwrap();
    assert_eq!(champions.len(), 5);
    let fresh: Vec<f64> = champions
        .iter()
        .map(|champion| champion["fresh_fitness"].as_f64().unwrap())
        .collect();
    assert!(
        fresh.windows(2).all(|pair| pair[0] >= pair[1]),
        "fittest on fresh tasks first: {fresh:?}"
    );
    let selected = champions
        .iter()
        .map(|champion| champion["selection_fitness"].as_f64().unwrap())
        .fold(f64::MIN, f64::max);
    assert_eq!(
        finished["best"]["fitness"].as_f64(),
        Some(selected),
        "the best by selection is one of them"
    );
    let top = document(&run(folder.path(), &["archive", "top", NAME, "--json"]));
    for champion in champions {
        assert!(
            ["better", "worse", "undecided", "one_family"]
                .contains(&champion["verdict"].as_str().unwrap()),
            "{champion}"
        );
        let probability = champion["beats_gelu"].as_f64().unwrap();
        assert!(
            (0.0..=1.0).contains(&probability)
                && champion["id"].is_string()
                && champion["formula"].is_string()
        );
        let (low, high) = (
            champion["fresh_interval"][0].as_f64().unwrap(),
            champion["fresh_interval"][1].as_f64().unwrap(),
        );
        assert!(
            low <= champion["fresh_fitness"].as_f64().unwrap()
                && champion["fresh_fitness"].as_f64().unwrap() <= high
        );
        let rivals: Vec<&str> = champion["against"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rival| rival["name"].as_str().unwrap())
            .collect();
        assert_eq!(rivals, ["relu", "gelu"]);
        let shown = document(&run(
            folder.path(),
            &[
                "archive",
                "show",
                champion["id"].as_str().unwrap(),
                "--json",
            ],
        ));
        let row = top["candidates"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["id"] == champion["id"])
            .unwrap();
        for key in [
            "selection_fitness",
            "fresh_fitness",
            "fresh_interval",
            "beats_gelu",
            "verdict",
        ] {
            assert_eq!(
                (&shown[key], &row[key]),
                (&champion[key], &champion[key]),
                "{key}"
            );
        }
    }
    assert_eq!(
        (
            &finished["confirmation"],
            &finished["confirmation"]["tasks"]
        ),
        (&top["confirmation"], &json!(24))
    );

    let table = run(folder.path(), &["mine", "--resume", NAME]);
    let (heads, words) = (stdout(&table), stderr(&table));
    for head in [
        "fresh fitness",
        "selection fitness",
        "P(beats gelu)",
        "verdict",
    ] {
        assert!(heads.contains(head), "{head}: {heads}");
    }
    assert!(
        words.contains("24 fresh tasks") && words.contains("the best known activation"),
        "{words}"
    );
    let shown = stdout(&run(
        folder.path(),
        &["archive", "show", champions[0]["id"].as_str().unwrap()],
    ));
    assert!(
        shown.contains("fresh fitness") && shown.contains("on 24 fresh tasks"),
        "{shown}"
    );
    let listed = run(folder.path(), &["archive", "top", NAME, "--top", "24"]);
    assert!(stdout(&listed).contains("fresh fitness"));
    assert!(
        stderr(&listed).contains(champions[0]["nickname"].as_str().unwrap()),
        "the winner on fresh tasks, not the best by selection"
    );
    for candidate in document(&run(
        folder.path(),
        &["archive", "top", NAME, "--top", "24", "--json"],
    ))["candidates"]
        .as_array()
        .unwrap()
    {
        let row = stdout(&listed)
            .lines()
            .find(|line| line.contains(candidate["nickname"].as_str().unwrap()))
            .unwrap()
            .to_owned();
        let tried = champions
            .iter()
            .any(|champion| champion["id"] == candidate["id"]);
        assert_eq!(
            row.contains("unconfirmed"),
            !tried,
            "no verdict from the tasks that selected: {row}"
        );
    }
}

#[test]
fn rows_of_files_are_never_called_fresh() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..200)
        .map(|row| f64::from(row) / 100.0 - 1.0)
        .map(|x| format!("{x},{}\n", x * x * x - x))
        .collect();
    std::fs::write(folder.path().join("rows.csv"), format!("x,y\n{rows}")).unwrap();
    let text = std::fs::read_to_string(tiny_lab()).unwrap();
    let file = "name = \"p_1d3\"\nfamily = \"file\"\ntrain = \"rows.csv\"";
    let mixed = text.replace(
        "name = \"p_1d3\"\nfamily = \"polynomial\"\nvariables = 1\ndegree = 3",
        file,
    );
    let alone = mixed.replace(
        "[[task]]\nname = \"f_I.6.2\"\nfamily = \"feynman\"\nequation = \"I.6.2\"\n",
        "",
    );
    for (name, text, words) in [
        ("mixed", &mixed, "24 fresh tasks (12 draws of 2)"),
        ("alone", &alone, "24 redrawn tasks (24 draws of 1)"),
    ] {
        let lab = folder.path().join(format!("{name}.toml"));
        std::fs::write(&lab, text).unwrap();
        let said = stderr(&run(
            folder.path(),
            &mine(
                &lab,
                &["--attempts", "8", "--name", name, "--champions", "2"],
            ),
        ));
        assert!(
            said.contains(words)
                && said.contains("keep rows of your own back")
                && said.contains("--lab LAB_FILE"),
            "{name}: {said}"
        );
        assert!(name == "mixed" || !said.contains("\nconfirmed"), "{said}");
        let said = stderr(&run(
            folder.path(),
            &[
                "evaluate",
                "silu",
                "--lab",
                lab.to_str().unwrap(),
                "--fresh",
            ],
        ));
        assert!(said.contains("no draw has other rows"), "{name}: {said}");
    }
}

#[test]
fn a_campaign_that_is_stopped_is_unconfirmed_and_says_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let options = ["--attempts", "12", "--name", NAME, "--champions", "2"];
    assert_eq!(
        run(folder.path(), &mine(&lab, &options)).status.code(),
        Some(0)
    );
    let changed = run(
        folder.path(),
        &["mine", "--resume", NAME, "--champions", "3"],
    );
    assert_eq!(changed.status.code(), Some(2), "{}", stderr(&changed));
    let stopped = run(
        folder.path(),
        &[
            "mine",
            "--resume",
            NAME,
            "--attempts",
            "1000000",
            "--time-limit",
            "1500ms",
            "--json",
        ],
    );
    assert_eq!(stopped.status.code(), Some(3), "{}", stderr(&stopped));
    let finished = lines(&stopped).pop().unwrap();
    assert_eq!(
        (&finished["champions"], &finished["confirmation"]),
        (&json!([]), &Value::Null),
        "there are candidates that are not confirmed"
    );
    assert!(
        stderr(&stopped).contains("unconfirmed") && stderr(&stopped).contains("--resume same"),
        "{}",
        stderr(&stopped)
    );
}
