//! How a campaign is conducted: its known activations first, in a lab or on a benchmark.

use super::entered::Entered;
use super::job::Job;
use super::on_benchmark::on_benchmark;
use crate::campaign::{found_after, EarlierFounders, Founding, Ground};
use crate::cli::common::{counted, Common, Ending, Failure};
use crate::cli::progress::Progress;
use crate::config::Home;
use crate::journal::Journal;
use crate::lab::{arithmetic, Draw, Lab, Laboratory};
use crate::numerics::stop::{Halt, NoThread, Stop};
use crate::record::candidate::Candidate;
use crate::record::charter::Charter;

/// Runs a campaign from its known activations to its closing table.
pub fn conduct(job: &Job, journal: &Journal, common: &Common) -> Result<Ending, Failure> {
    let plan = &job.plan;
    announce(&plan.charter, plan.workers, job.resumed, common);
    let stop = job.clock.stop(plan.time_limit);
    match (&plan.home, &job.benchmark) {
        (Home::Lab(lab), _) => in_lab(job, lab, journal, &stop, common),
        (Home::Benchmark(target), Some(benchmark)) => {
            on_benchmark(job, (&**benchmark, target), journal, &stop, common)
        }
        (Home::Benchmark(_), None) => Err(Failure::usage(format!(
            "the benchmark {} was not opened",
            plan.charter.target
        ))),
    }
}

/// Runs a campaign that a lab measures.
fn in_lab(
    job: &Job,
    lab: &Lab,
    journal: &Journal,
    stop: &Stop,
    common: &Common,
) -> Result<Ending, Failure> {
    let (charter, workers) = (&job.plan.charter, job.plan.workers);
    let draw = Draw::Own { seed: charter.seed };
    let backend = job.backend.clone();
    let laboratory = match Laboratory::prepare_on(backend, lab.clone(), draw, workers, stop) {
        Err(_) if stop.is_due() => return job.early(journal, common),
        prepared => prepared?,
    };
    let kept = job.kept_founders(journal)?;
    let to_keep = kept.is_none();
    let measured = || {
        let earlier = EarlierFounders::find(journal, charter, &arithmetic(&job.backend));
        let target = charter.target_of(1, &laboratory.judging().profiles);
        measure_founders(&laboratory, &target, earlier, workers, stop, common)
    };
    let founders = match kept.map_or_else(measured, Ok) {
        Ok(founders) => founders,
        Err(Halt::DeviceFailed) => return Ok(Ending::Failed),
        Err(Halt::NoThread) => return Err(NoThread.into()),
        Err(Halt::Stopped | Halt::TimedOut) => return job.early(journal, common),
    };
    let entered = Entered {
        evaluator: &laboratory,
        founders: &founders,
        to_keep,
        ground: Ground::Lab(lab),
        search: stop,
        stop,
    };
    entered.run(job, journal, common)
}

/// The known activations from which the campaign starts, measured with progress on standard error,
/// or as an `earlier` campaign measured them.
pub fn measure_founders(
    laboratory: &Laboratory,
    target: &str,
    earlier: Option<EarlierFounders>,
    workers: usize,
    stop: &Stop,
    common: &Common,
) -> Result<Vec<Candidate>, Halt> {
    let progress = Progress::start("measuring known activations", 0, common.quiet);
    let done = |trials| {
        progress.set_steps(trials as u64);
        progress.step();
    };
    let founding = found_after(laboratory, target, earlier.as_ref(), workers, stop, &done);
    progress.finish();
    let Founding { founders, taken } = founding?;
    if let Some(EarlierFounders { campaign, .. }) = earlier.filter(|_| taken > 0) {
        let taken = counted(taken as u64, "known activation");
        common.say(format!("{taken} as campaign {campaign} measured them"));
    }
    Ok(founders)
}

fn announce(charter: &Charter, workers: usize, resumed: bool, common: &Common) {
    let verb = if resumed { "goes on with" } else { "starts" };
    let proposer = match &charter.models[..] {
        [] => charter.proposer.clone(),
        models => format!("{} ({})", charter.proposer, models.join(", ")),
    };
    common.say(format!(
        "motherlode {verb} campaign {}: the {proposer} proposer on {}, {}{}, seed {}, {}",
        charter.campaign,
        match &charter.benchmark {
            Some(target) => format!("{}, by its {}", charter.target, target.fitness.name()),
            None => format!("lab {}, target {}", charter.lab, charter.target),
        },
        charter
            .allows()
            .map_or_else(String::new, |allowed| format!("{allowed}, ")),
        counted(charter.attempts, "attempt"),
        charter.seed,
        counted(workers as u64, "worker")
    ));
    if let Some(asking) = &charter.asking {
        let prices: Vec<String> = asking
            .models
            .iter()
            .map(|model| format!("{} is {}", model.address, model.price.words()))
            .collect();
        common.say(format!(
            "budget: {}; {}",
            asking.budget.words(),
            prices.join("; ")
        ));
    }
}
