//! What a candidate costs in a lab: trials, weights, and seconds measured here.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::laboratory::{Laboratory, TrialAddress};
use crate::formula::Formula;
use crate::nets::small::{NetworkDefinition, Training, Workspace};
use crate::numerics::stop::Stop;
use crate::numerics::stream::Key;

/// After this long nothing more is timed.
const PATIENCE: Duration = Duration::from_secs(3);

/// A network of a rung, or of the full lab.
#[derive(Serialize)]
pub struct NetworkCost {
    /// The rung's name; `None` for the full lab.
    pub rung: Option<String>,
    /// The name of its profile.
    pub profile: String,
    /// The network.
    #[serde(flatten)]
    pub definition: NetworkDefinition,
    /// Weights and biases on the task with the fewest inputs and on that with the most.
    pub parameters: (usize, usize),
    /// A training run of ReLU on the first task, in seconds on one core as busy as it was; `None`
    /// where that would have taken too long.
    pub trial_s: Option<f64>,
}

/// What is run of a candidate that reaches a rung, under the profiles of the target `general`.
#[derive(Serialize)]
pub struct RungCost {
    /// The rung's name; `None` for the full lab.
    pub rung: Option<String>,
    /// The number of its tasks.
    pub tasks: usize,
    /// The number of its trials.
    pub trials: usize,
    /// The trials that no rung before ran.
    pub new_trials: usize,
    /// The share of the running field that goes on; 1 for the full lab.
    pub keep: f64,
    /// Seconds of one core for the new trials; `None` where a network was not timed.
    pub seconds: Option<f64>,
}

/// What a candidate costs.
#[derive(Serialize)]
pub struct CandidateCost {
    /// The trials on all tasks under all profiles.
    pub trials: usize,
    /// Seconds of one core for them; `None` where a network was not timed.
    pub seconds: Option<f64>,
    /// The trials with the cascade, on average over candidates of which each rung keeps its share.
    pub trials_with_cascade: f64,
    /// Seconds of one core for those; `None` where a network was not timed.
    pub seconds_with_cascade: Option<f64>,
}

/// The networks of a drawn lab, cheap rungs first.
pub fn network_costs(laboratory: &Laboratory, workspace: &mut Workspace) -> Vec<NetworkCost> {
    let relu = Formula::parse("relu").expect("relu is a formula");
    let dimensions = || {
        laboratory
            .tasks()
            .iter()
            .enumerate()
            .map(|(index, task)| (task.dimension, index))
    };
    let ends = [dimensions().min(), dimensions().max()]
        .map(|end| end.expect("a checked lab has a task").1);
    let patience = Stop::new().within(PATIENCE);
    let mut costs = Vec::new();
    for rung in rungs(laboratory) {
        let mut seen = HashSet::new();
        let addresses = laboratory.addresses(rung, &laboratory.all_profiles());
        for address in addresses
            .iter()
            .filter(|address| seen.insert((address.profile, address.network)))
        {
            let definition = laboratory.network(address);
            let mut activation = relu.activation();
            let mut count = |task: usize| {
                let training = Training::new(
                    &mut activation,
                    &laboratory.tasks()[task],
                    definition,
                    &Key::new(0),
                    workspace,
                );
                training.parameters().len()
            };
            let parameters = (count(ends[0]), count(ends[1]));
            let begun = Instant::now();
            let ended = laboratory.run(
                &mut relu.activation(),
                std::slice::from_ref(address),
                false,
                workspace,
                &patience,
            );
            costs.push(NetworkCost {
                rung: rung.map(|index| laboratory.lab().rungs[index].name.clone()),
                profile: laboratory.lab().profiles[address.profile].name.clone(),
                definition: definition.clone(),
                parameters,
                trial_s: ended.is_ok().then(|| begun.elapsed().as_secs_f64()),
            });
        }
    }
    costs
}

/// The cascade of a drawn lab, its last row the full lab under all profiles, and what a candidate
/// costs.
pub fn cascade_costs(
    laboratory: &Laboratory,
    networks: &[NetworkCost],
) -> (Vec<RungCost>, CandidateCost) {
    let lab = laboratory.lab();
    let target = laboratory.profiles_of("general");
    let mut known: HashSet<TrialAddress> = HashSet::new();
    let mut rows = Vec::new();
    for rung in rungs(laboratory) {
        let profiles = if rung.is_some() {
            target.clone()
        } else {
            laboratory.all_profiles()
        };
        let addresses = laboratory.addresses(rung, &profiles);
        let new: Vec<TrialAddress> = addresses
            .iter()
            .map(|address| laboratory.canonical(address))
            .filter(|address| known.insert(*address))
            .collect();
        rows.push(RungCost {
            rung: rung.map(|index| lab.rungs[index].name.clone()),
            tasks: addresses
                .iter()
                .map(|address| address.task)
                .collect::<HashSet<_>>()
                .len(),
            trials: addresses.len(),
            new_trials: new.len(),
            keep: rung.map_or(1.0, |index| lab.rungs[index].keep),
            seconds: new
                .iter()
                .map(|address| seconds(laboratory, address, networks))
                .sum(),
        });
    }
    let full = laboratory.addresses(None, &laboratory.all_profiles());
    let mut reached = 1.0;
    let (mut trials_with_cascade, mut seconds_with_cascade) = (0.0, Some(0.0));
    for row in &rows {
        trials_with_cascade += reached * row.new_trials as f64;
        seconds_with_cascade = seconds_with_cascade
            .zip(row.seconds)
            .map(|(sum, seconds)| sum + reached * seconds);
        reached *= row.keep;
    }
    let seconds = full
        .iter()
        .map(|address| seconds(laboratory, address, networks))
        .sum();
    (
        rows,
        CandidateCost {
            trials: full.len(),
            seconds,
            trials_with_cascade,
            seconds_with_cascade,
        },
    )
}

/// Every cheap rung, then the full lab.
fn rungs(laboratory: &Laboratory) -> impl Iterator<Item = Option<usize>> {
    (0..laboratory.lab().rungs.len()).map(Some).chain([None])
}

/// What a trial at this address takes, by the one of its network that was timed.
fn seconds(
    laboratory: &Laboratory,
    address: &TrialAddress,
    networks: &[NetworkCost],
) -> Option<f64> {
    let definition = laboratory.network(address);
    networks
        .iter()
        .find(|network| network.definition == *definition)?
        .trial_s
}
