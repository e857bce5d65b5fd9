//! The sealed lab as a benchmark.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use motherlode::config::find_lab;
use motherlode::formula::Formula;
use motherlode::journal::Journal;
use motherlode::lab::{evaluate_all, Draw, Laboratory};
use motherlode::nets::Backend;
use motherlode::numerics::stop::Stop;
use motherlode::record::benchmark_run::{ActivationRecord, BenchmarkRun, BenchmarkRunEnd};
use motherlode::replay::ready_benchmark::ReadyBenchmark;
use motherlode::replay::run::{
    run as run_benchmark_runs, Contestant, Event, ReplayError, ReplayPlan,
};
use motherlode::replay::trainer::Trained;
use motherlode::replay::vault::Vault;

use super::{entrant, formula};
use crate::binary::{document, run, stderr, stdout, tiny_lab};

fn vault() -> Vault {
    Vault::new(find_lab(tiny_lab().to_str().unwrap()).unwrap(), 1)
}

fn contestant(text: &str) -> Contestant {
    let formula_of = Formula::parse(text).unwrap();
    let activation = ActivationRecord::Formula(formula(text));
    let trained = Trained::Formula {
        activation: formula_of.activation(),
        formula: Box::new(formula_of),
    };
    Contestant {
        entrant: entrant(&activation, text, false),
        trained,
    }
}

fn plan<'a>(
    vault: &'a Vault,
    contestants: &'a [Contestant],
    workers: usize,
    folder: &'a Path,
) -> ReplayPlan<'a> {
    ReplayPlan {
        benchmark: vault,
        contestants,
        seeds: &[1, 2],
        workers,
        backend: Backend::Fused,
        folder,
        memory: None,
    }
}

/// All benchmark runs of a plan over three functions in a new archive, in the journal's order.
fn runs(workers: usize) -> Vec<BenchmarkRun> {
    let (folder, vault) = (tempfile::tempdir().unwrap(), vault());
    let journal = Journal::create_or_open(folder.path()).unwrap();
    let contestants = ["relu(x)", "tanh(x)", "x*sigmoid(x)"].map(contestant);
    run_benchmark_runs(
        &plan(&vault, &contestants, workers, folder.path()),
        &journal,
        &|_| (),
        &Stop::new(),
    )
    .unwrap();
    journal.benchmark_runs().unwrap()
}

#[test]
fn a_value_is_the_fitness_on_a_fresh_draw_of_its_seed() {
    let runs = runs(1);
    let mut lab = find_lab(tiny_lab().to_str().unwrap()).unwrap().lab;
    lab = lab.without_rungs();
    for seed in [1, 2] {
        let laboratory =
            Laboratory::prepare(lab.clone(), Draw::Fresh { seed, draws: 1 }, 1, &Stop::new())
                .unwrap();
        let formulas =
            ["relu(x)", "tanh(x)", "x*sigmoid(x)"].map(|text| Formula::parse(text).unwrap());
        let wanted: Vec<&Formula> = formulas.iter().collect();
        let evaluations =
            evaluate_all(&laboratory, &wanted, "general", 1, &Stop::new(), &|| ()).unwrap();
        for (formula, evaluation) in formulas.iter().zip(evaluations) {
            let run = runs
                .iter()
                .find(|run| run.seed == seed && run.activation.id() == formula.id())
                .unwrap();
            let value = run.end.value().unwrap();
            assert!(
                (value - evaluation.estimate.fitness.value()).abs() < 1e-12,
                "{formula}, seed {seed}"
            );
            assert!(run.curve.is_empty() && run.benchmark.metric == "fitness");
            assert!(
                formula.to_string() != "relu(x)" || value == 0.0,
                "the reference is 0 on every draw"
            );
        }
    }
}

#[test]
fn benchmark_runs_are_the_same_on_one_worker_and_on_three() {
    assert_eq!(runs(1), runs(3));
}

#[test]
fn what_is_done_before_an_interruption_is_kept_and_the_rest_is_the_same_as_in_one_go() {
    let (folder, vault) = (tempfile::tempdir().unwrap(), vault());
    let journal = Journal::create_or_open(folder.path()).unwrap();
    let contestants = ["relu(x)", "tanh(x)", "x*sigmoid(x)"].map(contestant);
    let plan = plan(&vault, &contestants, 1, folder.path());
    let (ended, known) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let stop = Stop::new();
    let count = |event: Event| match event {
        Event::Ended(_) => {
            if ended.fetch_add(1, Ordering::Relaxed) + 1 == 4 {
                stop.raise();
            }
        }
        Event::Known => drop(known.fetch_add(1, Ordering::Relaxed)),
        Event::Stepped(_) | Event::Epoch { .. } => {}
    };
    let stopped = run_benchmark_runs(&plan, &journal, &count, &stop);
    assert!(matches!(stopped, Err(ReplayError::Interrupted)));
    assert_eq!(journal.benchmark_runs().unwrap().len(), 4);
    run_benchmark_runs(&plan, &journal, &count, &Stop::new()).unwrap();
    assert_eq!((ended.into_inner(), known.into_inner()), (6, 4));
    assert_eq!(journal.benchmark_runs().unwrap(), runs(1));
}

#[test]
fn a_function_that_diverges_everywhere_has_diverged() {
    let (folder, vault) = (tempfile::tempdir().unwrap(), vault());
    let journal = Journal::create_or_open(folder.path()).unwrap();
    let contestants = [contestant("exp(exp(exp(x*x+3)))")];
    let runs = run_benchmark_runs(
        &plan(&vault, &contestants, 1, folder.path()),
        &journal,
        &|_| (),
        &Stop::new(),
    )
    .unwrap();
    assert!(
        runs.iter()
            .all(|run| run.end == BenchmarkRunEnd::Diverged { epoch: 1 }),
        "{runs:?}"
    );
}

#[test]
fn steps_are_trials_of_the_target() {
    let vault = vault();
    assert_eq!(
        (vault.steps(), vault.epochs()),
        (4, 1),
        "two tasks under the networks of two profiles"
    );
    assert_eq!(
        (
            vault.record().dataset.as_str(),
            vault.record().architecture.as_str()
        ),
        ("tiny", "mlp and transformer")
    );
    assert_ne!(
        vault.record().key(),
        Vault::new(find_lab("vault").unwrap(), 1).record().key(),
        "another lab is another benchmark"
    );
}

#[test]
fn a_target_of_its_own_is_another_benchmark_whose_value_is_the_fitness_under_it() {
    let found = || find_lab(tiny_lab().to_str().unwrap()).unwrap();
    let of_block = Vault::under("transformer", found(), 1);
    assert_eq!(of_block.steps(), 2, "two tasks under the network of one");
    assert_eq!(of_block.record().architecture, "transformer");
    assert_eq!(of_block.record().settings["target"], "transformer");
    assert_ne!(of_block.record().key(), vault().record().key());
    assert_eq!(
        Vault::under("general", found(), 1).record().key(),
        vault().record().key(),
        "as before there was a choice"
    );
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(folder.path()).unwrap();
    let contestants = [contestant("tanh(x)")];
    let runs = run_benchmark_runs(
        &plan(&of_block, &contestants, 1, folder.path()),
        &journal,
        &|_| (),
        &Stop::new(),
    )
    .unwrap();
    let draw = Draw::Fresh { seed: 1, draws: 1 };
    let laboratory =
        Laboratory::prepare(found().lab.without_rungs(), draw, 1, &Stop::new()).unwrap();
    let tanh = Formula::parse("tanh(x)").unwrap();
    let evaluations =
        evaluate_all(&laboratory, &[&tanh], "general", 1, &Stop::new(), &|| ()).unwrap();
    let value = runs[0].end.value().unwrap();
    let expected = evaluations[0].profiles["transformer"].fitness.value();
    assert!((value - expected).abs() < 1e-12, "{value} {expected}");
}

#[test]
fn a_replay_in_the_vault_is_told_and_kept_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let lab = lab.to_str().unwrap();
    let replay = [
        "replay",
        "--benchmark",
        "vault",
        "--vault",
        lab,
        "--baselines",
        "relu",
        "--formula",
        "x*tanh(x)",
        "--workers",
        "1",
    ];
    let first = run(folder.path(), &replay);
    assert!(first.status.success(), "{}", stderr(&first));
    let text = stdout(&first);
    assert!(
        text.starts_with(
            "vault: fitness of mlp and transformer on tiny, higher is better; 3 seeds"
        ),
        "{text}"
    );
    assert!(
        text.contains("| relu       | 0.0000")
            && text.contains("relu(x)")
            && text.contains("| x*tanh(x) "),
        "{text}"
    );
    let again = run(folder.path(), &[&replay[..], &["--json"]].concat());
    assert!(
        stderr(&again).contains("6 of 6 benchmark runs were in the archive already"),
        "{}",
        stderr(&again)
    );
    let answer = document(&again);
    assert_eq!(
        (
            answer["benchmark"].as_str(),
            answer["metric"].as_str(),
            answer["direction"].as_str()
        ),
        (Some("vault"), Some("fitness"), Some("higher"))
    );
    assert_eq!(answer["settings"]["target"], "general");
    assert_eq!(
        answer["results"][0]["values"],
        serde_json::json!([0.0, 0.0, 0.0])
    );
    let shown = run(
        folder.path(),
        &["archive", "show", &formula("x*tanh(x)").nickname],
    );
    assert!(stdout(&shown).contains("| vault "), "{}", stdout(&shown));
}

#[test]
fn what_has_no_place_in_the_vault_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |others: &[&str], words: &str| {
        let output = run(
            folder.path(),
            &[
                &["replay", "--benchmark", "vault", "--formula", "gelu"],
                others,
            ]
            .concat(),
        );
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    };
    refused(
        &["--epochs", "3"],
        "leave --epochs and the other options of a recipe out",
    );
    refused(
        &["--mixed", "relu,gelu"],
        "--mixed is for MLPs, not for the networks of lab vault: give an mlp",
    );
    refused(&["--vault", "no-such-lab"], "no-such-lab");
    refused(
        &["--target", "graph"],
        "lab 'vault' has no profile 'graph'; choose one of mlp, transformer, convnet, or general",
    );
    refused(&["--target", "all"], "has no profile 'all'");
}
