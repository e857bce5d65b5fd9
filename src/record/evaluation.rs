//! The record of an evaluation: every trial of a formula in a lab, and the fitness that follows
//! from them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::nets::small::TrainedParameter;
pub use crate::record::estimate::{Estimate, Fitness};
use crate::record::paired_run::PairedRun;

/// How a trial ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialStatus {
    /// It ran to its last step.
    Finished,
    /// The training loss became non-finite or exploded; its losses count as the worst.
    Diverged,
}

/// One training run: formula x task x network x seed. Losses are mean squared errors on
/// standardised targets; `None` where not finite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The task's name, with the number of its draw where several are pooled.
    pub task: String,
    /// The family that the task belongs to.
    pub family: String,
    /// The profile that the network belongs to.
    pub profile: String,
    /// The network's name in its profile.
    pub network: String,
    /// The trial seed, from 0, below the lab's number of seeds.
    pub seed: u64,
    /// How it ended.
    pub status: TrialStatus,
    /// The loss on the training split after training.
    pub train_loss: Option<f64>,
    /// The loss on the test split inside the training box.
    pub in_distribution_loss: Option<f64>,
    /// One a shell, innermost first.
    pub shell_losses: Vec<Option<f64>>,
    /// (step, training loss on that step's batch), thinned.
    pub curve: Vec<(u32, f32)>,
    /// What became of the formula's trainable parameters; none where it has none or the trial
    /// diverged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trained_parameters: Vec<TrainedParameter>,
}

/// The mean losses of one task over its trials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskEvaluation {
    /// The task's name.
    pub task: String,
    /// The family that it belongs to.
    pub family: String,
    /// The mean loss on the training split; absent where a trial has none.
    pub train_loss: Option<f64>,
    /// The mean loss inside the training box; absent where a trial has none.
    pub in_distribution_loss: Option<f64>,
    /// The mean loss over the shells outside the box; absent where a trial has none.
    pub out_of_distribution_loss: Option<f64>,
    /// What the task counts in each profile's fitness, lower is better: the clipped log ratio to
    /// the reference, or the capped loss, over its networks and seeds. Records from before it was
    /// kept have none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, f64>,
    /// The number of trials that the means are taken over.
    pub trials: u32,
}

impl TaskEvaluation {
    /// The name under which the lab defines the task: of `p_2d3/2`, the second of several draws
    /// that were pooled, `p_2d3`.
    pub fn definition(&self) -> &str {
        let is_number =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        self.task
            .rsplit_once('/')
            .filter(|(_, draw)| is_number(draw))
            .map_or(&self.task, |(definition, _)| definition)
    }
}

/// A formula's evaluation in a lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The name of the lab, or of the benchmark, that measured it.
    pub lab: String,
    /// Whose fitness selects: a profile's name, `general`, or the benchmark's.
    pub target: String,
    /// The fitness under the target.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// The fitness under each profile of the lab, by its name; on a benchmark, by its loss and by
    /// its metric.
    pub profiles: BTreeMap<String, Estimate>,
    /// The mean training loss over the tasks; absent where a task has none.
    pub train_loss: Option<f64>,
    /// The mean loss inside the training box over the tasks; absent where a task has none.
    pub in_distribution_loss: Option<f64>,
    /// The mean loss outside the box over the tasks; absent where a task has none.
    pub out_of_distribution_loss: Option<f64>,
    /// The tasks, in the lab's order.
    pub tasks: Vec<TaskEvaluation>,
    /// The trials, task by task within profile and network, in the lab's order.
    pub trials: Vec<Trial>,
    /// The benchmark runs in the order of their seeds, where a benchmark measured it in the place of
    /// a lab.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<PairedRun>,
}

/// What became of one of a formula's parameters in one layer of one network, over the trials of an
/// evaluation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParameterSummary {
    /// The profile's name.
    pub profile: String,
    /// The network's name in its profile.
    pub network: String,
    /// Its mean, least and greatest over all values of all trials.
    #[serde(flatten)]
    pub trained: TrainedParameter,
    /// The number of trials that it sums up.
    pub trials: u32,
}

impl Evaluation {
    /// The estimate under this target, which is the evaluation's own, or a profile of its lab; its
    /// own where it has none under that name.
    pub fn under(&self, target: &str) -> Estimate {
        let profile = self.profiles.get(target);
        match profile.filter(|_| target != self.target) {
            Some(estimate) => *estimate,
            None => self.estimate,
        }
    }

    /// The trained parameters, one row a profile, network, layer and parameter, in the order of the
    /// trials; none for a formula without parameters.
    pub fn trained_parameters(&self) -> Vec<ParameterSummary> {
        let mut rows: Vec<ParameterSummary> = Vec::new();
        for trial in &self.trials {
            for trained in &trial.trained_parameters {
                let is_same = |row: &&mut ParameterSummary| {
                    let place = (row.trained.layer, row.trained.parameter);
                    (&row.profile, &row.network, place)
                        == (
                            &trial.profile,
                            &trial.network,
                            (trained.layer, trained.parameter),
                        )
                };
                match rows.iter_mut().find(is_same) {
                    Some(row) => row.join(trained, 1),
                    None => {
                        let (profile, network) = (trial.profile.clone(), trial.network.clone());
                        rows.push(ParameterSummary {
                            profile,
                            network,
                            trained: trained.clone(),
                            trials: 1,
                        });
                    }
                }
            }
        }
        rows
    }

    /// The trained parameters in one line, over all layers and networks:
    /// `0.25 became 0.31 (-0.1 to 0.7)` for each; `None` for a formula without.
    pub fn trained_parameters_in_words(&self) -> Option<String> {
        let mut whole: Vec<ParameterSummary> = Vec::new();
        for row in self.trained_parameters() {
            match whole
                .iter_mut()
                .find(|earlier| earlier.trained.parameter == row.trained.parameter)
            {
                Some(earlier) => earlier.join(&row.trained, row.trials),
                None => whole.push(row),
            }
        }
        let words = |trained: &TrainedParameter| {
            format!(
                "{} became {:.3} ({:.3} to {:.3})",
                trained.initial, trained.mean, trained.low, trained.high
            )
        };
        (!whole.is_empty()).then(|| {
            whole
                .iter()
                .map(|row| words(&row.trained))
                .collect::<Vec<_>>()
                .join(", ")
        })
    }
}

impl ParameterSummary {
    /// Takes in `trials` further trials.
    fn join(&mut self, further: &TrainedParameter, trials: u32) {
        let (own, others) = (f64::from(self.trials), f64::from(trials));
        let trained = &mut self.trained;
        trained.mean = (trained.mean * own + further.mean * others) / (own + others);
        (trained.low, trained.high) =
            (trained.low.min(further.low), trained.high.max(further.high));
        self.trials += trials;
    }
}
