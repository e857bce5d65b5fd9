//! The batched back end: trials of one network side by side as [trials, rows, features] tensors of
//! Candle, on any of its devices.
//!
//! Every trial meets the data, weights and batches that it meets in the fused back end, and no
//! operation leaves its trial: what one does, diverging included, cannot show in another. The
//! backward pass is written by hand over the formula's adjoint, as there: fewer operations than a
//! tape would record, none of those whose gradients Candle gets wrong, and one place where the
//! gradient of a formula is defined.

mod activation;
mod data;
mod normalisation;
mod parameters;
mod passes;
mod sums;

use std::collections::BTreeMap;

use candle_core::{Device, Result, Tensor};

use self::activation::ActivationPasses;
use self::data::{Batches, Rows};
use self::parameters::TrialPlaces;
use self::passes::Network;
use super::assignment::Assignment;
use super::definition::{NetworkDefinition, EVALUATION_ROWS};
use super::train::{
    curve_has, is_sound, trained_parameters, Losses, TrainedParameter, TrialEnd, EXPLODED,
};
use crate::formula::kernel::Compiled;
use crate::nets::optimiser::step::OptimiserStep;
use crate::nets::optimiser::tensors::{TensorMoments, UpdateMasks};
use crate::nets::small::layout::PanelLayout;
use crate::numerics::stop::Stop;
use crate::task::{Split, TaskData};

/// Bytes, about, that the tensors of the trials that run side by side may take.
const MOST_BYTES: usize = 1 << 30;

/// Steps after which their losses are read from the device, since to read is to wait for it.
const LOOK_EVERY: usize = 32;

/// Trains `network` with `activation` on every trial; the ends come in the order of `trials`. The
/// conditions are those of [`super::train`], and trials of equally large data sets run side by
/// side, as many as memory is given for.
///
/// # Errors
/// Those of Candle on the device.
pub fn train(
    device: &Device,
    activation: &Compiled,
    network: &NetworkDefinition,
    trials: &[Assignment],
    stop: &Stop,
) -> Result<Vec<TrialEnd>> {
    let mut ends: Vec<Option<TrialEnd>> = Vec::with_capacity(trials.len());
    let mut alike: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
    for (index, trial) in trials.iter().enumerate() {
        ends.push(
            network
                .check_memory(activation, trial.task.train.rows())
                .err()
                .map(TrialEnd::Refused),
        );
        if ends[index].is_none() {
            alike.entry(lengths(trial.task)).or_default().push(index);
        }
    }
    for (lengths, indices) in alike {
        let dimension = indices
            .iter()
            .map(|index| trials[*index].task.dimension)
            .max()
            .expect("a group has a trial");
        let at_once = MOST_BYTES / bytes(network, activation, &lengths, dimension);
        for indices in indices.chunks(at_once.max(1)) {
            let group: Vec<Assignment> =
                indices.iter().map(|index| trials[*index].clone()).collect();
            for (index, end) in indices
                .iter()
                .zip(run(device, activation, network, &group, stop)?)
            {
                ends[*index] = Some(end);
            }
        }
    }
    Ok(ends
        .into_iter()
        .map(|end| end.expect("every trial was refused or run"))
        .collect())
}

/// The rows of a task's splits: those of training first.
fn lengths(task: &TaskData) -> Vec<usize> {
    let shells = task.shells.iter().map(|shell| shell.split.rows());
    [task.train.rows(), task.in_distribution.rows()]
        .into_iter()
        .chain(shells)
        .collect()
}

/// About what a trial takes: its data, its parameters with gradient, moments and what an update
/// makes, and the tensors of its layers.
fn bytes(
    network: &NetworkDefinition,
    activation: &Compiled,
    lengths: &[usize],
    dimension: usize,
) -> usize {
    let passes = ActivationPasses::new(activation);
    let values = TrialPlaces::new(network, dimension, passes.parameters()).values();
    let layer = network.batch.min(lengths[0]).max(EVALUATION_ROWS)
        * network
            .inner_width
            .unwrap_or(network.width)
            .max(network.width);
    let data: usize =
        lengths.iter().sum::<usize>() * (dimension + 1) + lengths[0] * (dimension + 1);
    size_of::<f32>() * (data + 12 * values + layer * (8 * network.depth + passes.nodes()))
}

/// Trains trials whose data sets are equally large.
fn run(
    device: &Device,
    activation: &Compiled,
    network: &NetworkDefinition,
    trials: &[Assignment],
    stop: &Stop,
) -> Result<Vec<TrialEnd>> {
    let mut training = BatchedTraining::new(device, activation, network, trials)?;
    let mut curves = vec![Vec::new(); trials.len()];
    let mut diverged: Vec<Option<u32>> = vec![None; trials.len()];
    let mut unread = Vec::new();
    for done in 0..network.steps {
        if let Some(halt) = stop.reason() {
            let end = |step: &Option<u32>| {
                step.map_or(TrialEnd::Halted { halt, step: done }, |step| {
                    TrialEnd::Diverged { step }
                })
            };
            return Ok(diverged.iter().map(end).collect());
        }
        unread.push(training.step()?);
        if unread.len() < LOOK_EVERY && done + 1 < network.steps {
            continue;
        }
        let first = done + 2 - unread.len() as u32;
        for (step, losses) in (first..).zip(Tensor::stack(&unread, 0)?.to_vec2::<f32>()?) {
            for ((loss, curve), diverged) in losses.into_iter().zip(&mut curves).zip(&mut diverged)
            {
                if diverged.is_none() && (!loss.is_finite() || loss > EXPLODED) {
                    *diverged = Some(step);
                }
                if curve_has(step, network.steps) {
                    curve.push((step, loss));
                }
            }
        }
        unread.clear();
        if diverged.iter().all(Option::is_some) {
            break;
        }
    }
    training.ends(curves, diverged)
}

/// What weight decay acts on and what moves at another rate, [1, values] each.
fn masks(
    definition: &NetworkDefinition,
    places: &TrialPlaces,
    device: &Device,
) -> Result<UpdateMasks> {
    let row = |numbers: Vec<f32>| Tensor::from_slice(&numbers, (1, numbers.len()), device);
    let decays = definition.optimiser.weight_decay() != 0.0;
    let factor = definition.parameter_rate_factor as f32;
    let has_factors = factor != 1.0 && places.has_activation_parameters();
    Ok(UpdateMasks {
        decaying: decays.then(|| row(places.weights())).transpose()?,
        factors: has_factors
            .then(|| row(places.factors(factor)))
            .transpose()?,
    })
}

/// Several training runs side by side, step by step, as [`train`] makes them; for tests, benchmarks
/// and whoever wants to look inside.
pub struct BatchedTraining<'a> {
    definition: &'a NetworkDefinition,
    trials: &'a [Assignment<'a>],
    network: Network,
    vectors: Tensor,
    moments: TensorMoments,
    masks: UpdateMasks,
    steps: u32,
    batches: Batches,
    batch: usize,
}

impl<'a> BatchedTraining<'a> {
    /// The runs before their first step. There must be a trial, and every task must have as many
    /// rows in each of its splits as the others.
    ///
    /// # Errors
    /// Those of Candle on the device.
    pub fn new(
        device: &Device,
        activation: &Compiled,
        definition: &'a NetworkDefinition,
        trials: &'a [Assignment<'a>],
    ) -> Result<BatchedTraining<'a>> {
        for trial in trials {
            assert!(
                trial.task.train.rows() > 0 && trial.task.dimension > 0,
                "task `{}` has no training rows or no inputs",
                trial.task.name
            );
            assert_eq!(
                lengths(trial.task),
                lengths(trials[0].task),
                "tasks side by side have equally large data sets"
            );
        }
        let dimension = trials
            .iter()
            .map(|trial| trial.task.dimension)
            .max()
            .expect("a group has a trial");
        let batch = definition.batch.min(trials[0].task.train.rows());
        let passes = ActivationPasses::new(activation);
        let places = TrialPlaces::new(definition, dimension, passes.parameters());
        let vectors = places.draw(definition, passes.parameters(), trials, device)?;
        let moments = TensorMoments::new(&vectors)?;
        let masks = masks(definition, &places, device)?;
        let batches = Batches::new(trials, dimension, batch, device)?;
        let network = Network::new(definition, places, passes, trials.len(), device)?;
        Ok(BatchedTraining {
            definition,
            trials,
            network,
            vectors,
            moments,
            masks,
            steps: 0,
            batches,
            batch,
        })
    }

    /// One step of every trial; gives the batches' losses before the update, one a trial, without
    /// waiting for them.
    ///
    /// # Errors
    /// Those of Candle on the device.
    pub fn step(&mut self) -> Result<Tensor> {
        let Rows { inputs, targets } = self.batches.next()?;
        let (predictions, record) = self.network.predict_to_learn(&self.vectors, &inputs)?;
        let differences = (predictions - targets)?;
        let losses = differences.sqr()?.mean((1, 2))?;
        let gradient = self.network.backward(
            &self.vectors,
            record,
            &(differences * (2.0 / self.batch as f64))?,
        )?;
        let optimiser = self.definition.optimiser;
        let step = OptimiserStep {
            optimiser,
            rate: self.definition.rate(self.steps),
            number: self.steps + 1,
            weight_decay: optimiser.weight_decay(),
        };
        self.steps += 1;
        self.vectors = self
            .moments
            .step(step, &self.masks, &self.vectors, &gradient)?;
        Ok(losses)
    }

    /// Each trial's parameters, as [`super::Training::parameters`] gives them.
    ///
    /// # Errors
    /// Those of Candle on the device.
    pub fn parameters(&self) -> Result<Vec<Vec<f32>>> {
        let vectors = self.vectors.to_vec2::<f32>()?;
        let export = |(vector, trial): (&Vec<f32>, &Assignment)| {
            self.network
                .places
                .export(self.definition, trial.task.dimension, vector)
        };
        Ok(vectors.iter().zip(self.trials).map(export).collect())
    }

    /// Each trial's mean squared error over one of its splits; NaN for an empty one.
    fn losses<'b>(
        &mut self,
        split: impl Fn(&Assignment<'a>) -> &'a Split + Copy + 'b,
    ) -> Result<Vec<f64>> {
        let rows = split(&self.trials[0]).rows();
        let mut sums = vec![0.0; self.trials.len()];
        if rows > 0 {
            let all = Rows::new(
                self.trials,
                self.network.places.dimension,
                split,
                self.vectors.device(),
            )?;
            let block = self.batch.max(EVALUATION_ROWS);
            for first in (0..rows).step_by(block) {
                let count = block.min(rows - first);
                let predictions = self
                    .network
                    .predict(&self.vectors, &all.part(first, count)?.inputs)?
                    .squeeze(2)?
                    .to_vec2::<f32>()?;
                for ((sum, predictions), trial) in sums.iter_mut().zip(predictions).zip(self.trials)
                {
                    let targets = &split(trial).targets[first..first + count];
                    *sum += predictions
                        .iter()
                        .zip(targets)
                        .map(|(y, t)| (f64::from(*y) - f64::from(*t)).powi(2))
                        .sum::<f64>();
                }
            }
        }
        Ok(sums.into_iter().map(|sum| sum / rows as f64).collect())
    }

    /// What became of the trials after their last step; `diverged` says at which step a batch's
    /// loss had shown it.
    fn ends(
        &mut self,
        curves: Vec<Vec<(u32, f32)>>,
        diverged: Vec<Option<u32>>,
    ) -> Result<Vec<TrialEnd>> {
        if diverged.iter().all(Option::is_some) {
            return Ok(diverged
                .into_iter()
                .flatten()
                .map(|step| TrialEnd::Diverged { step })
                .collect());
        }
        let train = self.losses(|trial| &trial.task.train)?;
        let in_distribution = self.losses(|trial| &trial.task.in_distribution)?;
        let shells: Vec<Vec<f64>> = (0..self.trials[0].task.shells.len())
            .map(|shell| self.losses(move |trial: &Assignment<'a>| &trial.task.shells[shell].split))
            .collect::<Result<_>>()?;
        let mut ends = Vec::with_capacity(self.trials.len());
        for (index, (parameters, curve)) in self
            .trained_parameters()?
            .into_iter()
            .zip(curves)
            .enumerate()
        {
            let unsound = (!is_sound(train[index], &parameters)).then_some(self.definition.steps);
            ends.push(match diverged[index].or(unsound) {
                Some(step) => TrialEnd::Diverged { step },
                None => {
                    let shells = shells.iter().map(|losses| losses[index]).collect();
                    TrialEnd::Finished(Losses {
                        train: train[index],
                        in_distribution: in_distribution[index],
                        shells,
                        curve,
                        parameters,
                    })
                }
            });
        }
        Ok(ends)
    }

    fn trained_parameters(&self) -> Result<Vec<Vec<TrainedParameter>>> {
        let Network {
            places, activation, ..
        } = &self.network;
        let declared = activation.parameters();
        if declared.is_empty() {
            return Ok(vec![Vec::new(); self.trials.len()]);
        }
        let (layout, features) = (
            &places.layout,
            self.definition.inner_width.unwrap_or(self.definition.width),
        );
        let of = |vector: Vec<f32>| {
            trained_parameters(
                declared,
                features,
                layout
                    .activations
                    .iter()
                    .map(|own| &vector[PanelLayout::plain(*own)]),
            )
        };
        Ok(self.vectors.to_vec2::<f32>()?.into_iter().map(of).collect())
    }
}
