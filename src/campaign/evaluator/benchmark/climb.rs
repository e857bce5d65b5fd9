//! A formula's way through the fractions of a recipe, and the champions' on fresh seeds.

use super::pairing::{estimate, paired};
use super::runner::{BenchmarkEvaluator, Unfinished};
use super::stage::Stage;
use crate::campaign::error::CampaignError;
use crate::campaign::evaluator::measuring::{Evaluator, FreshOrder, RungTerms, Unmeasured};
use crate::formula::Formula;
use crate::lab::{CascadeEnd, Thresholds};
use crate::nets::small::Workspace;
use crate::numerics::stop::Stop;
use crate::record::attempt::{Rejection, RungResult};
use crate::record::benchmark_run::{BenchmarkRun, BenchmarkRunEnd};
use crate::record::evaluation::Evaluation;
use crate::record::judging::Judging;
use crate::record::paired_run::PairedRun;
use crate::record::target_benchmark::TargetBenchmark;
use crate::replay::run::Contestant;

impl BenchmarkEvaluator<'_> {
    /// A formula's runs on a rung, beside the reference's.
    fn paired_runs(
        &self,
        stage: &Stage,
        contestant: &Contestant,
        stop: &Stop,
    ) -> Result<Vec<PairedRun>, Fall> {
        let contestants = std::slice::from_ref(contestant);
        let mut runs = self.runs(&*stage.ready, contestants, &stage.seeds, 1, stop, &|_| ())?;
        let runs = runs.remove(0);
        if let Some(run) = runs.iter().find(|run| !run.end.is_lasting()) {
            return Err(Fall::Dropped(cut_off(run)));
        }
        Ok(stage.beside_reference(&runs))
    }

    /// A formula's way through the rungs, to its evaluation.
    fn ascend(
        &self,
        formula: &Formula,
        thresholds: &Thresholds,
        rungs: &mut Vec<RungResult>,
        stop: &Stop,
    ) -> Result<Evaluation, Fall> {
        let contestant = Contestant::of_formula(formula.clone(), formula.nickname(), false);
        for (index, stage) in self.stages.iter().enumerate() {
            let runs = self.paired_runs(stage, &contestant, stop)?;
            let is_whole = index + 1 == self.stages.len();
            let failed = |run: &&PairedRun| run.failure.is_some();
            // One run of the cheapest rung says it; on the others it counts as the worst.
            let lost = match (index == 0, runs.iter().all(|run| run.failure.is_some())) {
                (true, _) | (_, true) => runs.iter().find(failed),
                _ => None,
            };
            if let Some(run) = lost {
                return Err(Fall::Dropped(self.failed(stage, run)));
            }
            if is_whole {
                return self
                    .evaluation(runs)
                    .ok_or_else(|| unmeasured(&self.target));
            }
            let fitness = estimate(&runs, self.target.fitness)
                .ok_or_else(|| unmeasured(&self.target))?
                .fitness
                .value();
            let threshold = thresholds.get(index).copied().flatten();
            rungs.push(RungResult {
                rung: stage.name.clone(),
                fitness,
                threshold,
            });
            if let Some(threshold) = threshold.filter(|threshold| fitness < *threshold) {
                return Err(Fall::Dropped(Rejection::Outclassed {
                    rung: stage.name.clone(),
                    fitness,
                    threshold,
                }));
            }
        }
        Err(unmeasured(&self.target))
    }

    fn failed(&self, stage: &Stage, run: &PairedRun) -> Rejection {
        let detail = format!(
            "{} on {}, {}, seed {}",
            run.failure.as_deref().unwrap_or("it did not finish"),
            self.target.record.benchmark,
            stage.extent(),
            run.seed
        );
        match run.diverged {
            true => Rejection::Diverged { detail },
            false => Rejection::Crashed { detail },
        }
    }
}

/// Why a formula went no further.
enum Fall {
    Dropped(Rejection),
    Broken(Unfinished),
}

impl From<Unfinished> for Fall {
    fn from(broken: Unfinished) -> Fall {
        Fall::Broken(broken)
    }
}

/// An end that hangs on the machine, and is not recorded as a run.
fn cut_off(run: &BenchmarkRun) -> Rejection {
    let detail = run.end.to_string();
    match run.end {
        BenchmarkRunEnd::OutOfMemory { .. } => Rejection::Forbidden { detail },
        _ => Rejection::TimedOut { detail },
    }
}

fn unmeasured(target: &TargetBenchmark) -> Fall {
    let (benchmark, measure) = (&target.record.benchmark, target.fitness.name());
    let detail = format!("{benchmark} reports no {measure} that is a number");
    Fall::Dropped(Rejection::Diverged { detail })
}

impl Evaluator for BenchmarkEvaluator<'_> {
    fn judging(&self) -> &Judging {
        &self.judging
    }

    fn rungs(&self) -> Vec<RungTerms> {
        let rungs = self.target.rungs.iter();
        rungs
            .map(|rung| RungTerms {
                name: rung.name.clone(),
                keep: rung.keep,
                field: rung.field,
                least_field: rung.least_field,
            })
            .collect()
    }

    fn climb(
        &self,
        formula: &Formula,
        _target: &str,
        thresholds: &Thresholds,
        _workspace: &mut Workspace,
        stop: &Stop,
    ) -> Result<CascadeEnd, CampaignError> {
        let mut rungs = Vec::new();
        Ok(match self.ascend(formula, thresholds, &mut rungs, stop) {
            Ok(evaluation) => CascadeEnd::Passed {
                rungs,
                evaluation: Box::new(evaluation),
            },
            Err(Fall::Dropped(rejection)) => CascadeEnd::Dropped { rungs, rejection },
            Err(Fall::Broken(Unfinished::Halted(halt))) => CascadeEnd::Halted(halt),
            Err(Fall::Broken(Unfinished::Failed(error))) => return Err(error),
        })
    }

    fn draws(&self) -> u32 {
        self.target.fresh_seeds
    }

    /// The whole recipe under fresh seeds, measured on the test part; the reference beside them.
    fn measure_fresh(
        &self,
        order: &FreshOrder,
        stop: &Stop,
    ) -> Result<Vec<Evaluation>, Unmeasured> {
        let seeds: Vec<u64> = (0..u64::from(order.draws))
            .map(|index| order.seed + index)
            .collect();
        let of_formula = |formula: &&Formula| {
            Contestant::of_formula((*formula).clone(), formula.nickname(), false)
        };
        let mut contestants: Vec<Contestant> = order.formulas.iter().map(of_formula).collect();
        let id = |contestant: &Contestant| contestant.entrant.activation.id();
        let reference = contestants
            .iter()
            .position(|contestant| id(contestant) == id(&self.reference))
            .unwrap_or_else(|| {
                contestants.push(self.reference.clone());
                contestants.len() - 1
            });
        let of = (contestants.len() * seeds.len()) as u64 * self.whole.steps();
        let stepped = |steps| (order.done)(steps, of);
        let whole = &*self.whole;
        let runs = self
            .runs(whole, &contestants, &seeds, order.workers, stop, &stepped)
            .map_err(|broken| match broken {
                Unfinished::Halted(_) => Unmeasured::Halted,
                Unfinished::Failed(error) => Unmeasured::Failed(error),
            })?;
        let is_short = |run: &&BenchmarkRun| !run.end.is_lasting();
        let lost = |run: &&BenchmarkRun| run.end.value().is_none();
        let short = runs.iter().flatten().find(is_short);
        if let Some(run) = short.or(runs[reference].iter().find(lost)) {
            let name = run.activation.formula().map(|formula| &formula.formula);
            return Err(Unmeasured::Impossible(format!(
                "{} under seed {}: {}",
                name.map_or("a run", |name| name),
                run.seed,
                run.end
            )));
        }
        let evaluation = |own: &Vec<BenchmarkRun>| {
            let pairs = own.iter().zip(&runs[reference]);
            self.evaluation(pairs.map(|(run, standard)| paired(run, standard)).collect())
        };
        let evaluations: Option<Vec<Evaluation>> = runs[..order.formulas.len()]
            .iter()
            .map(evaluation)
            .collect();
        evaluations.ok_or_else(|| {
            Unmeasured::Impossible(
                CampaignError::NoLoss {
                    benchmark: self.target.record.benchmark.clone(),
                }
                .to_string(),
            )
        })
    }
}
