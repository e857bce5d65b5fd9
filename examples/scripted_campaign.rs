//! A whole campaign without a network or a key: replies as a language model might write them are
//! read from examples/replies, checked, trained in the smoke lab, recorded and placed. Run it with:
//! cargo run --release --example scripted_campaign

use std::path::Path;

use motherlode::campaign::{found, Campaign, Event};
use motherlode::config::find_lab;
use motherlode::journal::Journal;
use motherlode::lab::{Draw, Laboratory};
use motherlode::numerics::stop::Stop;
use motherlode::proposer::Scripted;
use motherlode::record::charter::Charter;

fn main() -> anyhow::Result<()> {
    let replies = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/replies");
    let proposer = Scripted::open(&replies)?;
    let found_lab = find_lab("smoke")?;
    let charter = Charter {
        target: "mlp".to_owned(),
        proposer: "scripted".to_owned(),
        replies: Some(replies.display().to_string()),
        attempts: proposer.count() as u64,
        islands: 1,
        lag: 4,
        champions: 3,
        ..Charter::new("example", found_lab.source(), 1)
    };
    let folder = tempfile::tempdir()?;
    let journal = Journal::create_or_open(&folder.path().join("archive"))?;

    println!("drawing the lab's data and measuring known activations ...");
    let draw = Draw::Own { seed: charter.seed };
    let laboratory = Laboratory::prepare(found_lab.lab, draw, 2, &Stop::new())?;
    let founders =
        found(&laboratory, &charter.target, 2, &Stop::new(), &|_| ()).expect("nothing halts it");
    for founder in &founders[..laboratory.lab().baselines.len()] {
        println!(
            "{:+.3}  {} (baseline)",
            founder.evaluation.estimate.fitness.value(),
            founder.formula.formula
        );
    }

    journal.begin(&charter)?;
    let campaign = Campaign {
        charter: &charter,
        evaluator: &laboratory,
        founders: &founders,
        proposer: &proposer,
        journal: &journal,
        workers: 2,
        started: std::time::Instant::now(),
        closed: None,
        search: &Stop::new(),
        stop: &Stop::new(),
    };
    let finish = campaign.run(&mut |event| {
        if let Event::Settled(attempt) = event {
            let reason = attempt
                .outcome
                .rejection()
                .map(|rejection| format!("{}: {}", rejection.kind(), rejection.detail()));
            println!(
                "attempt {}: {}",
                attempt.attempt,
                reason.unwrap_or_else(|| attempt.outcome.name().to_owned())
            );
        }
    })?;

    let confirmation = finish
        .confirmation
        .as_ref()
        .expect("attempts made are confirmed");
    println!("\nthe fittest, on tasks that selected none of them:");
    for contender in confirmation.contenders() {
        let fresh = contender.fresh.estimate.fitness.value();
        println!(
            "{fresh:+.3}, on the selecting tasks {:+.3}  {}",
            contender.selection.fitness.value(),
            contender.label()
        );
    }
    println!(
        "\nwhat came of {} attempts, fittest first:",
        finish.attempts
    );
    for candidate in &finish.ranking {
        let fitness = candidate.evaluation.estimate;
        let (low, high) = fitness.fitness_interval;
        println!(
            "{:+.3} ({low:+.3} to {high:+.3})  {}  {}",
            fitness.fitness.value(),
            candidate.formula.nickname,
            candidate.formula.formula
        );
    }
    anyhow::ensure!(
        finish.attempts == charter.attempts,
        "every reply is an attempt"
    );
    anyhow::ensure!(
        !finish.ranking.is_empty(),
        "some of the replies hold a good formula"
    );
    Ok(())
}
