//! How hard a task is, and whether it can tell activations apart: references from a constant to
//! networks, and what is suspicious about them.

use std::collections::BTreeSet;

use super::fault::{Fault, BETTER_THAN_CONSTANT, LEARNT, LEAST_SPREAD, NOISIEST};
use super::laboratory::TrialAddress;
use super::linear_model::LinearModel;
use super::separation::separation;
use super::target_statistics::TargetStatistics;
use crate::record::evaluation::Trial;
use crate::task::definition::LARGEST_MEAN_SQUARE;
use crate::task::{Split, TaskData};

/// No loss counts for more than this many times the constant's: a diverged trial counts so.
const WORST: f64 = 4.5;

/// A reference's losses on a task: mean squared errors in training variances.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct ReferenceLoss {
    /// On the in-distribution set.
    pub in_distribution: f64,
    /// The geometric mean over shells, as the fitness averages their logarithms.
    pub out_of_distribution: f64,
}

/// The networks of a profile on a task.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ProfileDifficulty {
    /// The profile's name.
    pub profile: String,
    /// The panel's losses, geometric means over networks and seeds, in the panel's order.
    pub activations: Vec<(String, ReferenceLoss)>,
    /// The standard deviation between activations of the mean log out-of-distribution loss, the
    /// seeds' share taken off: what a seed's verdict is about.
    pub spread: f64,
    /// The standard deviation over seeds of the log ratio of two activations on the same seed;
    /// `None` with one seed.
    pub paired_seed_deviation: Option<f64>,
    /// Trials of the panel that diverged.
    pub diverged: u32,
}

/// How hard a task is.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct TaskDifficulty {
    /// The task's name.
    pub task: String,
    /// Its family.
    pub family: String,
    /// The number of its inputs.
    pub dimension: usize,
    /// The mean squared target of each shell, in training variances, innermost first.
    pub mean_squares: Vec<f64>,
    /// The losses of the training targets' mean.
    pub constant: ReferenceLoss,
    /// The losses of the least-squares linear model.
    pub linear: ReferenceLoss,
    /// One a profile, in the lab's order.
    pub profiles: Vec<ProfileDifficulty>,
}

/// One activation's trials on one task, with their addresses.
pub type TaskTrials<'a> = Vec<(&'a TrialAddress, &'a Trial)>;

/// How hard `task` is. `panel` has each activation's name and its trials on this task, all at the
/// same addresses of the full rung in the same order; the first is the reference.
pub fn difficulty(
    task: &TaskData,
    profiles: &[String],
    panel: &[(String, TaskTrials)],
) -> TaskDifficulty {
    let model = LinearModel::fit(&task.train, task.dimension);
    let loss = |of: &dyn Fn(&Split) -> f64| ReferenceLoss {
        in_distribution: of(&task.in_distribution),
        out_of_distribution: geometric_mean(task.shells.iter().map(|shell| of(&shell.split))),
    };
    let constant = loss(&|split| TargetStatistics::of(split).mean_square);
    let of_profile =
        |(index, name): (usize, &String)| profile_difficulty(index, name, panel, &constant);
    TaskDifficulty {
        task: task.name.clone(),
        family: task.family.name().to_owned(),
        dimension: task.dimension,
        mean_squares: task
            .shells
            .iter()
            .map(|shell| TargetStatistics::of(&shell.split).mean_square)
            .collect(),
        linear: loss(&|split| model.loss(split)),
        profiles: profiles.iter().enumerate().map(of_profile).collect(),
        constant,
    }
}

fn profile_difficulty(
    profile: usize,
    name: &str,
    panel: &[(String, TaskTrials)],
    constant: &ReferenceLoss,
) -> ProfileDifficulty {
    let activation = |(activation, trials): &(String, TaskTrials)| {
        let own = of_profile(trials, profile);
        let inside = |trial: &&Trial| {
            log_of_at_most(trial.in_distribution_loss, WORST * constant.in_distribution)
        };
        let outside = |trial: &&Trial| outside_log(trial, constant);
        let losses = ReferenceLoss {
            in_distribution: mean_of_logs(own.iter().map(inside)),
            out_of_distribution: mean_of_logs(own.iter().map(outside)),
        };
        (activation.clone(), losses)
    };
    let (spread, paired_seed_deviation) = separation(&log_loss_tables(profile, panel, constant));
    let diverged = panel
        .iter()
        .flat_map(|(_, trials)| of_profile(trials, profile))
        .filter(|trial| trial.shell_losses.iter().any(Option::is_none))
        .count() as u32;
    ProfileDifficulty {
        profile: name.to_owned(),
        activations: panel.iter().map(activation).collect(),
        spread,
        paired_seed_deviation,
        diverged,
    }
}

/// The log out-of-distribution losses of a profile, `[network][activation][seed]`.
fn log_loss_tables(
    profile: usize,
    panel: &[(String, TaskTrials)],
    constant: &ReferenceLoss,
) -> Vec<Vec<Vec<f64>>> {
    let networks: BTreeSet<usize> = panel
        .iter()
        .flat_map(|(_, trials)| trials)
        .filter(|(address, _)| address.profile == profile)
        .map(|(address, _)| address.network)
        .collect();
    let table = |network: usize| {
        let row = |(_, trials): &(String, TaskTrials)| {
            trials
                .iter()
                .filter(|(address, _)| (address.profile, address.network) == (profile, network))
                .map(|(_, trial)| outside_log(trial, constant))
                .collect()
        };
        panel.iter().map(row).collect()
    };
    networks.into_iter().map(table).collect()
}

/// The logarithm of a trial's out-of-distribution loss: the mean over shells of their logarithms.
fn outside_log(trial: &Trial, constant: &ReferenceLoss) -> f64 {
    let losses: Option<Vec<f64>> = trial.shell_losses.iter().copied().collect();
    log_of_at_most(
        losses.map(|losses| geometric_mean(losses.into_iter())),
        WORST * constant.out_of_distribution,
    )
}

/// The logarithm of a loss that counts for `most` at most; a missing one counts as that.
fn log_of_at_most(loss: Option<f64>, most: f64) -> f64 {
    loss.map_or(most, |loss| loss.min(most))
        .max(f64::MIN_POSITIVE)
        .ln()
}

/// The value whose logarithm is the mean of these; 1 where there are none.
fn mean_of_logs(logs: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = logs.len().max(1) as f64;
    (logs.sum::<f64>() / count).exp()
}

fn of_profile<'a>(trials: &TaskTrials<'a>, profile: usize) -> Vec<&'a Trial> {
    trials
        .iter()
        .filter(|(address, _)| address.profile == profile)
        .map(|(_, trial)| *trial)
        .collect()
}

impl TaskDifficulty {
    /// What is suspicious about the task, by the limits of [`fault`](super::fault); the reference
    /// is the panel's first activation.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults: Vec<Fault> = Vec::new();
        let explosive = self
            .mean_squares
            .iter()
            .enumerate()
            .filter(|(_, mean_square)| **mean_square > LARGEST_MEAN_SQUARE);
        faults.extend(explosive.map(|(shell, mean_square)| Fault::Explosive {
            shell,
            mean_square: *mean_square,
        }));
        for profile in &self.profiles {
            faults.extend(self.profile_faults(profile));
        }
        faults
    }

    fn profile_faults(&self, difficulty: &ProfileDifficulty) -> Vec<Fault> {
        let mut faults = Vec::new();
        let profile = || difficulty.profile.clone();
        let Some((activation, loss)) = difficulty.activations.first() else {
            return faults;
        };
        if difficulty.diverged > 0 {
            faults.push(Fault::Diverging {
                profile: profile(),
                trials: difficulty.diverged,
            });
        }
        if loss.in_distribution >= LEARNT {
            faults.push(Fault::Unlearnt {
                profile: profile(),
                activation: activation.clone(),
                loss: loss.in_distribution,
            });
        }
        let share = loss.out_of_distribution / self.constant.out_of_distribution;
        if share >= BETTER_THAN_CONSTANT {
            faults.push(Fault::ConstantAsGood {
                profile: profile(),
                activation: activation.clone(),
                share,
            });
        }
        let best = difficulty
            .activations
            .iter()
            .map(|(_, loss)| loss.out_of_distribution)
            .fold(f64::INFINITY, f64::min);
        if self.linear.out_of_distribution <= best {
            faults.push(Fault::LinearAsGood {
                profile: profile(),
                linear: self.linear.out_of_distribution,
                best,
            });
        }
        if let Some(deviation) = difficulty
            .paired_seed_deviation
            .filter(|deviation| *deviation >= NOISIEST)
        {
            faults.push(Fault::SeedNoise {
                profile: profile(),
                deviation,
            });
        }
        let noise = difficulty.paired_seed_deviation;
        if difficulty.spread <= noise.unwrap_or(0.0).max(LEAST_SPREAD) {
            faults.push(Fault::Indistinct {
                profile: profile(),
                spread: difficulty.spread,
                deviation: noise,
            });
        }
        faults
    }
}

fn geometric_mean(values: impl Iterator<Item = f64>) -> f64 {
    let logs: Vec<f64> = values
        .map(|value| value.max(f64::MIN_POSITIVE).ln())
        .collect();
    (logs.iter().sum::<f64>() / logs.len() as f64).exp()
}
