//! Which champions are measured beside the incumbents, and on what.

use std::time::{Duration, Instant};

use motherlode::campaign::{found, Campaign, Event, Finish, StopReason};
use motherlode::journal::Journal;
use motherlode::lab::{Draw, Lab, Laboratory};
use motherlode::numerics::stop::Stop;
use motherlode::proposer::{genetic, Genetic, Scripted};
use motherlode::record::candidate::Candidate;
use motherlode::record::charter::{Charter, LabSource};
use motherlode::record::confirmation::Confirmation;
use tempfile::TempDir;

use super::NAME;
use crate::lab::TINY;

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
            evaluator: &self.laboratory,
            founders: &self.founders,
            proposer: &proposer,
            journal: &journal,
            workers,
            started,
            closed: None,
            search: &stop,
            stop: &stop,
        };
        let mut trials = 0;
        let finish = campaign.run(&mut |event| {
            if let Event::Confirming { done, of, .. } = event {
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
        evaluator: &scene.laboratory,
        founders: &scene.founders,
        proposer: &proposer,
        journal: &journal,
        workers: 2,
        started: Instant::now(),
        closed: None,
        search: &Stop::new(),
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
