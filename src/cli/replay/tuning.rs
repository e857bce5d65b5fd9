//! Baselines that are tuned before a replay, under the eyes of a user.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::cli::common::{counted, Common, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::progress::Progress;
use crate::cli::replay::benchmark_options::OpenBenchmark;
use crate::cli::replay::place::ReplayPlace;
use crate::formula::Formula;
use crate::journal::Journal;
use crate::record::candidate::FormulaRecord;
use crate::record::tuning::TuningRecord;
use crate::replay::memory;
use crate::replay::ready_benchmark::ReadyBenchmark;
use crate::replay::run::Contestant;
use crate::replay::summary::TuningNote;
use crate::replay::tuning::baselines::{
    tuned_baselines, TuningError, TuningEvent, TuningPlan, FIDELITY,
};
use crate::replay::tuning::USUAL_EVALUATIONS;

/// The fewest and the most evaluations of a tuning.
const EVALUATIONS: (u32, u32) = (2, 10_000);

/// How many evaluations each baseline has: what was asked for, or as many as were spent on the
/// constants of the best candidate, 32 at least.
///
/// # Errors
/// A number out of its range.
pub fn evaluations(asked: Option<u32>, spent: usize) -> Result<u32, Failure> {
    let (fewest, most) = EVALUATIONS;
    match asked {
        Some(asked) if !(fewest..=most).contains(&asked) => Err(Failure::usage(format!(
            "--tune takes a number from {fewest} to {most}, found {asked}"
        ))),
        Some(asked) => Ok(asked),
        None => Ok(spent.clamp(USUAL_EVALUATIONS, most as usize) as u32),
    }
}

/// A tuning that is to come before a replay.
pub struct Tuning {
    benchmark: Box<dyn ReadyBenchmark>,
    /// What an evaluation is, in words.
    subject: String,
    evaluations: u32,
}

impl Tuning {
    /// Makes the benchmark ready at the fidelity of a tuning.
    ///
    /// # Errors
    /// The sealed lab, and a recipe that holds nothing out.
    pub fn of(opened: &OpenBenchmark, evaluations: u32) -> Result<Tuning, Failure> {
        match opened {
            OpenBenchmark::Images(classification) => {
                let benchmark = classification.at(FIDELITY).map_err(Failure::usage)?;
                let [train, validation, _] = benchmark.counts();
                let epochs = counted(u64::from(benchmark.epochs()), "epoch");
                Ok(Tuning {
                    benchmark: Box::new(benchmark),
                    subject: format!(
                        "{epochs} on {train} images, measured on the {validation} held out"
                    ),
                    evaluations,
                })
            }
            OpenBenchmark::Program(program) => Ok(Tuning {
                benchmark: Box::new(program.at(FIDELITY).map_err(Failure::usage)?),
                subject: "a sixteenth of its recipe, measured on its validation part".to_owned(),
                evaluations,
            }),
            OpenBenchmark::Vault(_) => Err(sealed()),
        }
    }

    /// Says what will be done for so many baselines.
    fn introduce(&self, baselines: usize, common: &Common) {
        common.say(format!(
            "tuning {} before: scale and shift of input and output, {} each of {}",
            counted(baselines as u64, "baseline"),
            counted(u64::from(self.evaluations), "evaluation"),
            self.subject,
        ));
    }

    /// Tunes the baselines, and puts each that came out another behind its own.
    ///
    /// # Errors
    /// [`TuningError`].
    pub fn tune(
        &self,
        contestants: &mut Vec<Contestant>,
        place: &ReplayPlace,
        journal: &Journal,
        interrupt: &Interrupt,
        common: &Common,
    ) -> Result<(), TuningError> {
        let (names, formulas) = baselines(contestants);
        self.introduce(names.len(), common);
        let plan = TuningPlan {
            benchmark: &*self.benchmark,
            baselines: &formulas,
            evaluations: self.evaluations,
            workers: place.workers,
            backend: place.backend.clone(),
            folder: place.folder,
            memory: memory::available(),
        };
        let tunings = self.watched(&plan, &names, journal, interrupt, common)?;
        for (name, tuning) in names.iter().zip(&tunings) {
            if let Some(line) = added(contestants, name, tuning) {
                common.say(line);
            }
        }
        Ok(())
    }

    fn watched(
        &self,
        plan: &TuningPlan,
        names: &[String],
        journal: &Journal,
        interrupt: &Interrupt,
        common: &Common,
    ) -> Result<Vec<TuningRecord>, TuningError> {
        let (steps, each) = (self.benchmark.steps(), u64::from(plan.evaluations));
        let whole = names.len() as u64 * each * steps;
        let progress = Progress::start("tuning", whole, common.quiet);
        let (done, known) = (AtomicU64::new(0), AtomicU64::new(0));
        let more = |steps: u64| done.fetch_add(steps, Ordering::Relaxed) + steps;
        let event = |event: TuningEvent| match event {
            TuningEvent::Kept => {
                known.fetch_add(each, Ordering::Relaxed);
                progress.begin_at(more(each * steps));
            }
            TuningEvent::Known => {
                known.fetch_add(1, Ordering::Relaxed);
                progress.begin_at(more(steps));
            }
            TuningEvent::Stepped(steps) => progress.advance(more(steps), None),
            TuningEvent::Evaluated {
                baseline,
                evaluation,
            } => {
                let done = done.load(Ordering::Relaxed);
                let name = &names[baseline];
                let words = format!("{name}: evaluation {evaluation} of {each}");
                progress.advance(done, Some(words));
            }
        };
        let tuned = tuned_baselines(plan, journal, &event, interrupt.stop());
        progress.finish();
        let known = known.into_inner();
        if known > 0 && tuned.is_ok() {
            common.say(format!(
                "{known} of {} evaluations were in the archive already",
                names.len() as u64 * each
            ));
        }
        tuned
    }
}

/// Why the sealed lab has no tuned baselines.
pub fn sealed() -> Failure {
    Failure::usage(
        "--tune is for networks on images: the vault is sealed, and nothing is chosen on it; tune \
         on an image benchmark, or leave --tune out",
    )
}

/// The names of the baselines, and their formulas.
fn baselines(contestants: &[Contestant]) -> (Vec<String>, Vec<Formula>) {
    contestants
        .iter()
        .filter(|contestant| contestant.entrant.baseline)
        .filter_map(|contestant| {
            let formula = contestant.entrant.activation.formula()?;
            let parsed = Formula::parse(&formula.formula).ok()?;
            Some((contestant.entrant.name.clone(), parsed))
        })
        .unzip()
}

/// Puts what a tuning found behind its baseline, or notes that it found nothing better; the line
/// that says so.
fn added(contestants: &mut Vec<Contestant>, name: &str, tuning: &TuningRecord) -> Option<String> {
    let own = contestants
        .iter()
        .position(|contestant| contestant.entrant.baseline && contestant.entrant.name == name)?;
    let note = TuningNote {
        of: name.to_owned(),
        evaluations: tuning.asked,
    };
    let best = tuning.best();
    let known = |best: &FormulaRecord| {
        let same = |contestant: &Contestant| contestant.entrant.activation.id() == best.id;
        contestants.iter().any(same)
    };
    let evaluations = counted(u64::from(tuning.asked), "evaluation");
    if best.id == tuning.baseline.id {
        contestants[own].entrant.tuned = Some(note);
        return Some(format!("{name}: {evaluations} found no better constants"));
    }
    let line = format!("{name}, tuned in {evaluations}: {}", best.formula);
    if known(best) {
        return Some(format!("{line}, which takes part already"));
    }
    let formula = Formula::parse(&best.formula).ok()?;
    let mut tuned = Contestant::of_formula(formula, format!("{name}, tuned"), true);
    tuned.entrant.tuned = Some(note);
    contestants.insert(own + 1, tuned);
    Some(line)
}
