//! Formulas that were measured side by side in one lab, and what follows from that: how they
//! compare with one another, with what was published, and with their ranks in another lab.

use crate::campaign::Ground;
use crate::formula::Formula;
use crate::lab::definition::Publication;
use crate::lab::resampling::{FamilyEstimate, Resampling};
use crate::lab::{Comparison, Lab};
use crate::numerics::statistics::rank_correlation;
use crate::numerics::stream::Key;
use crate::record::evaluation::{Evaluation, TaskEvaluation, Trial, TrialStatus};
use crate::review::columns::FitnessColumns;

/// A formula as the user or the lab named it, and what became of it.
pub struct EvaluationEntry {
    /// As the user or the lab named it.
    pub text: String,
    /// Whether the user asked for it, rather than the lab or as a rival alone.
    pub requested: bool,
    /// Whether it is a baseline of the lab.
    pub baseline: bool,
    /// Whether the user named it as one that the others are compared with.
    pub rival: bool,
    /// The formula, or why it cannot be evaluated.
    pub formula: Result<Formula, String>,
    /// Whether the user was told already why it is no formula.
    pub told: bool,
}

impl EvaluationEntry {
    /// Where it comes from, in a word.
    pub fn origin(&self) -> &'static str {
        match self {
            EvaluationEntry { baseline: true, .. } => "baseline",
            EvaluationEntry {
                requested: true, ..
            } => "given",
            _ => "rival",
        }
    }

    /// Whether it is this formula.
    pub fn is(&self, formula: &Formula) -> bool {
        self.formula
            .as_ref()
            .is_ok_and(|own| own.id() == formula.id())
    }

    /// `ok`, `rejected` or `diverged`, and why.
    pub fn status(&self, evaluation: Option<&Evaluation>) -> (&'static str, Option<String>) {
        match (&self.formula, evaluation) {
            (Err(reason), _) => ("rejected", Some(reason.clone())),
            (Ok(_), None) => ("rejected", Some("it was not evaluated".to_owned())),
            (Ok(_), Some(evaluation)) => match divergence(&evaluation.trials) {
                Some(reason) => ("diverged", Some(reason)),
                None => ("ok", None),
            },
        }
    }
}

/// The evaluations of some entries in one lab.
pub struct LabMeasurement {
    /// The lab, without its rungs.
    pub lab: Lab,
    /// The key of its laboratory, which gives the resamples of every comparison.
    pub key: Key,
    /// Whose fitness ranks: a profile's name, or `general`.
    pub target: String,
    /// Fresh draws that were pooled, or `None` for the lab's own.
    pub fresh: Option<u32>,
    /// One an entry, where it could be measured.
    pub evaluations: Vec<Option<Evaluation>>,
}

/// An entry beside a rival, by their indices.
pub struct Rivalry {
    /// The index of the entry that was asked for.
    pub formula: usize,
    /// The index of the rival.
    pub rival: usize,
    /// The target's profile name, `general`, or another profile's name.
    pub column: String,
    /// How the first compares with the second.
    pub comparison: Comparison,
}

/// A published loss beside the measured one.
pub struct PublishedLoss {
    /// The task's name; `None` for the mean over all tasks.
    pub task: Option<String>,
    /// `train` or `out-of-distribution`.
    pub kind: &'static str,
    /// The loss that the publication reports.
    pub published: f64,
    /// `None` where a trial diverged.
    pub measured: Option<f64>,
}

impl LabMeasurement {
    /// What its evaluations have in common.
    pub fn columns(&self) -> FitnessColumns<'_> {
        FitnessColumns {
            ground: Ground::Lab(&self.lab),
            target: &self.target,
            key: self.key.clone(),
        }
    }

    /// The families' means of an evaluation under a column, in the lab's order.
    pub fn families(&self, evaluation: &Evaluation, column: &str) -> Vec<FamilyEstimate> {
        Resampling::by_family(&evaluation.tasks, &self.key)
            .family_estimates(&evaluation.tasks, &self.columns().profiles(column))
    }

    /// How an entry compares with the baseline that every table judges by; `None` for itself and
    /// where that was not measured.
    pub fn beside_standard(&self, entries: &[EvaluationEntry], index: usize) -> Option<Comparison> {
        let (_, id) = self.columns().standard()?;
        let is_standard = |entry: &EvaluationEntry| {
            entry
                .formula
                .as_ref()
                .is_ok_and(|formula| formula.id() == id)
        };
        let standard = entries
            .iter()
            .position(is_standard)
            .filter(|_| !is_standard(&entries[index]))?;
        self.columns().compare(
            self.evaluations[index].as_ref()?,
            self.evaluations[standard].as_ref()?,
            &self.target,
        )
    }

    /// Every formula that was asked for beside every rival, under the target and every profile.
    pub fn rivalries(&self, entries: &[EvaluationEntry]) -> Vec<Rivalry> {
        let columns = self.columns();
        let mut rivalries = Vec::new();
        for (rival, _) in entries.iter().enumerate().filter(|(_, entry)| entry.rival) {
            for (formula, entry) in entries
                .iter()
                .enumerate()
                .filter(|(_, entry)| entry.requested && !entry.rival)
            {
                for column in columns.names() {
                    let (Some(own), Some(other)) =
                        (&self.evaluations[formula], &self.evaluations[rival])
                    else {
                        continue;
                    };
                    let comparison = columns
                        .compare(own, other, &column)
                        .filter(|_| entry.formula.is_ok());
                    rivalries.extend(comparison.map(|comparison| Rivalry {
                        formula,
                        rival,
                        column,
                        comparison,
                    }));
                }
            }
        }
        rivalries
    }

    /// The rank correlation between the fitnesses of these entries here and in another lab, under
    /// every column that both have.
    pub fn rank_correlations(&self, other: &LabMeasurement) -> Vec<(String, Option<f64>)> {
        let columns = self.columns();
        let both: Vec<(&Evaluation, &Evaluation)> = self
            .evaluations
            .iter()
            .zip(&other.evaluations)
            .filter_map(|(own, other)| Some((own.as_ref()?, other.as_ref()?)))
            .collect();
        let fitness = |evaluation: &Evaluation, column: &str| {
            let estimate = columns.estimate(evaluation, column);
            estimate.map(|estimate| estimate.fitness.value())
        };
        let correlation = |column: &String| {
            let pairs: Option<Vec<(f64, f64)>> = both
                .iter()
                .map(|(own, other)| Some((fitness(own, column)?, fitness(other, column)?)))
                .collect();
            let (own, other): (Vec<f64>, Vec<f64>) = pairs?.into_iter().unzip();
            Some((column.clone(), rank_correlation(&own, &other)))
        };
        columns.names().iter().filter_map(correlation).collect()
    }

    /// What the lab's publication reports of the formulas that were measured, by entry.
    pub fn published(
        &self,
        entries: &[EvaluationEntry],
    ) -> Vec<(usize, &Publication, Vec<PublishedLoss>)> {
        let mut rows = Vec::new();
        for published in &self.lab.published {
            let Ok(formula) = Formula::parse(&published.formula) else {
                continue;
            };
            let index = entries.iter().position(|entry| entry.is(&formula));
            let Some((index, evaluation)) =
                index.and_then(|index| Some((index, self.evaluations[index].as_ref()?)))
            else {
                continue;
            };
            let loss = |task: Option<&str>, kind, published, measured| PublishedLoss {
                task: task.map(str::to_owned),
                kind,
                published,
                measured,
            };
            let mut losses = vec![
                loss(None, "train", published.train_loss, evaluation.train_loss),
                loss(
                    None,
                    "out-of-distribution",
                    published.out_of_distribution_loss,
                    evaluation.out_of_distribution_loss,
                ),
            ];
            for (task, reported) in &published.tasks {
                losses.push(loss(
                    Some(task),
                    "out-of-distribution",
                    *reported,
                    task_loss(&evaluation.tasks, task),
                ));
            }
            rows.push((index, published, losses));
        }
        rows
    }
}

/// The mean out-of-distribution loss over the draws of a task.
fn task_loss(tasks: &[TaskEvaluation], definition: &str) -> Option<f64> {
    let losses: Option<Vec<f64>> = tasks
        .iter()
        .filter(|task| task.definition() == definition)
        .map(|task| task.out_of_distribution_loss)
        .collect();
    let losses = losses.filter(|losses| !losses.is_empty())?;
    Some(losses.iter().sum::<f64>() / losses.len() as f64)
}

/// Which trials diverged, if any; they count as the worst in the fitness.
fn divergence(trials: &[Trial]) -> Option<String> {
    let diverged: Vec<&Trial> = trials
        .iter()
        .filter(|trial| trial.status == TrialStatus::Diverged)
        .collect();
    let first = diverged.first()?;
    Some(format!(
        "{} of {} trials diverged and count as the worst, the first on task {} with network {} of \
         profile {}",
        diverged.len(),
        trials.len(),
        first.task,
        first.network,
        first.profile
    ))
}
