//! A training run: batches, steps, its possible ends, and the losses it leaves.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::definition::{NetworkDefinition, NetworkError, EVALUATION_ROWS};
use super::layout::{Body, PanelLayout};
use super::matmul::{panel, PANEL};
use super::workspace::{LayerBuffers, Workspace};
use super::{mlp, residual};
use crate::formula::graph::Parameter;
use crate::formula::kernel::Compiled;
use crate::nets::optimiser::fused::{self, ParameterPart};
use crate::nets::optimiser::step::OptimiserStep;
use crate::nets::Normalisation;
use crate::numerics::stop::{Halt, Stop};
use crate::numerics::stream::{Key, Stream};
use crate::task::{Split, TaskData};

/// How a trial ended; `step` counts the steps done.
#[derive(Clone, Debug, PartialEq)]
pub enum TrialEnd {
    /// All steps were done.
    Finished(Losses),
    /// A batch's loss was not finite or above [`EXPLODED`], or at the end the training split's loss
    /// or a parameter of the activation was not finite.
    Diverged {
        /// Steps done.
        step: u32,
    },
    /// The caller wanted it to end before its last step.
    Halted {
        /// Why.
        halt: Halt,
        /// Steps done.
        step: u32,
    },
    /// The activation needs more memory in this network than the engine gives
    /// ([`NetworkDefinition::check_memory`]); nothing was trained.
    Refused(NetworkError),
}

/// What a finished trial leaves: mean squared errors on standardised targets, over whole splits,
/// after training.
#[derive(Clone, Debug, PartialEq)]
pub struct Losses {
    /// Over the training split.
    pub train: f64,
    /// Over the split of the same distribution that was not trained on.
    pub in_distribution: f64,
    /// One a shell, innermost first; may be infinite or NaN.
    pub shells: Vec<f64>,
    /// (step, loss on that step's batch before its update): about [`CURVE_POINTS`] of them, the
    /// first and the last step among them.
    pub curve: Vec<(u32, f32)>,
    /// The activation's trainable parameters, layer by layer.
    pub parameters: Vec<TrainedParameter>,
}

/// What became of one of the formula's trainable parameters in one layer.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct TrainedParameter {
    /// The hidden layer or block, from 0.
    pub layer: u32,
    /// Its place among the formula's parameters, in the order of the text, from 0.
    pub parameter: u32,
    /// What all its values started from.
    pub initial: f64,
    /// The mean of its values: each of them where the layer has one.
    pub mean: f64,
    /// The least of its values.
    pub low: f64,
    /// The greatest of its values.
    pub high: f64,
}

/// A batch loss above this ends the trial: targets have unit variance, so such a network is a
/// million times worse than a constant.
pub const EXPLODED: f32 = 1e6;

/// The points of a curve, roughly.
pub const CURVE_POINTS: u32 = 16;

/// Trains `network` with `activation` on `task` and measures it.
///
/// `key` addresses (campaign seed, task, network, trial seed); weights are drawn from its
/// `weights`, batches from its `batches`, so all formulas meet the same ones. `network` must have
/// passed [`NetworkDefinition::check`], and the task must have training rows. `stop` is asked
/// before every step. The result has the same bits whatever `workspace` was used for before.
pub fn train(
    activation: &mut Compiled,
    task: &TaskData,
    network: &NetworkDefinition,
    key: &Key,
    workspace: &mut Workspace,
    stop: &Stop,
) -> TrialEnd {
    if let Err(error) = network.check_memory(activation, task.train.rows()) {
        return TrialEnd::Refused(error);
    }
    let mut training = Training::new(activation, task, network, key, workspace);
    let mut curve = Vec::with_capacity(CURVE_POINTS as usize + 2);
    for done in 0..network.steps {
        if let Some(halt) = stop.reason() {
            return TrialEnd::Halted { halt, step: done };
        }
        let loss = training.step();
        let step = done + 1;
        if !loss.is_finite() || loss > EXPLODED {
            return TrialEnd::Diverged { step };
        }
        if curve_has(step, network.steps) {
            curve.push((step, loss));
        }
    }
    let train = training.loss(&task.train);
    let parameters = training.trained_parameters();
    if !is_sound(train, &parameters) {
        return TrialEnd::Diverged {
            step: network.steps,
        };
    }
    let in_distribution = training.loss(&task.in_distribution);
    let shells = task
        .shells
        .iter()
        .map(|shell| training.loss(&shell.split))
        .collect();
    TrialEnd::Finished(Losses {
        train,
        in_distribution,
        shells,
        curve,
        parameters,
    })
}

/// Whether the curve of a run of so many steps has a point after `step` of them.
pub(super) fn curve_has(step: u32, steps: u32) -> bool {
    step == 1 || step.is_multiple_of(steps.div_ceil(CURVE_POINTS).max(1)) || step == steps
}

/// Whether what a finished run has come to is finite.
pub(super) fn is_sound(train: f64, parameters: &[TrainedParameter]) -> bool {
    train.is_finite()
        && parameters
            .iter()
            .all(|parameter| parameter.low.is_finite() && parameter.high.is_finite())
}

/// What has become of the parameters that a formula `declared`, from their values in each layer,
/// one after another.
pub(super) fn trained_parameters<'a>(
    declared: &[Parameter],
    features: usize,
    layers: impl Iterator<Item = &'a [f32]>,
) -> Vec<TrainedParameter> {
    let mut trained = Vec::new();
    for (layer, mut rest) in layers.enumerate() {
        for (index, parameter) in declared.iter().enumerate() {
            let (values, others) = rest.split_at(parameter.values(features));
            rest = others;
            let values = || values.iter().map(|value| f64::from(*value));
            trained.push(TrainedParameter {
                layer: layer as u32,
                parameter: index as u32,
                initial: parameter.initial(),
                mean: values().sum::<f64>() / values().len() as f64,
                low: values().fold(f64::INFINITY, f64::min),
                high: values().fold(f64::NEG_INFINITY, f64::max),
            });
        }
    }
    trained
}

/// A training run step by step, as [`train`] makes it; for tests, benchmarks and whoever wants to
/// look inside.
pub struct Training<'a> {
    activation: &'a mut Compiled,
    task: &'a TaskData,
    network: &'a NetworkDefinition,
    workspace: &'a mut Workspace,
    layout: PanelLayout,
    batches: Stream,
    batch: usize,
    /// Where in the order of rows the next batch begins.
    next: usize,
    steps: u32,
}

impl<'a> Training<'a> {
    /// The run before its first step. `network` must have passed [`NetworkDefinition::check`].
    /// Panics where the task has no training rows.
    pub fn new(
        activation: &'a mut Compiled,
        task: &'a TaskData,
        network: &'a NetworkDefinition,
        key: &Key,
        workspace: &'a mut Workspace,
    ) -> Training<'a> {
        let rows = task.train.rows();
        assert!(
            rows > 0 && task.dimension > 0,
            "task `{}` has no training rows or no inputs",
            task.name
        );
        assert_eq!(
            task.train.inputs.len(),
            rows * task.dimension,
            "task `{}`: inputs are rows x dimension",
            task.name
        );
        let layout = PanelLayout::new(network, task.dimension, activation.parameters());
        let batch = network.batch.min(rows);
        workspace.prepare(
            network,
            &layout,
            activation,
            task.dimension,
            batch.max(EVALUATION_ROWS),
        );
        workspace.order.clear();
        workspace
            .order
            .extend(0..u32::try_from(rows).expect("fewer than 2^32 training rows"));
        layout.initialise(&mut key.word("weights").stream(), &mut workspace.parameters);
        Training {
            activation,
            task,
            network,
            layout,
            workspace,
            batches: key.word("batches").stream(),
            batch,
            next: rows,
            steps: 0,
        }
    }

    /// One step of the optimiser; gives the batch's loss before the update.
    ///
    /// Batches are consecutive parts of a permutation of the training rows; a new one is drawn when
    /// the rest is shorter than a batch.
    pub fn step(&mut self) -> f32 {
        if self.next + self.batch > self.workspace.order.len() {
            self.batches.shuffle(&mut self.workspace.order);
            self.next = 0;
        }
        let Workspace {
            order,
            inputs,
            targets,
            ..
        } = &mut *self.workspace;
        let rows = order[self.next..self.next + self.batch]
            .iter()
            .map(|&row| row as usize);
        gather(
            &self.task.train,
            self.task.dimension,
            rows,
            self.batch,
            inputs,
            targets,
        );
        self.next += self.batch;
        self.forward(self.batch, true);
        let loss = self.turn_predictions_into_errors();
        match &self.layout.body {
            Body::Mlp(layers) => mlp::backward(
                self.activation,
                layers,
                &self.layout,
                self.workspace,
                self.batch,
            ),
            Body::Residual(entry, blocks) => residual::backward(
                self.activation,
                (*entry, blocks),
                &self.layout,
                self.workspace,
                self.batch,
            ),
        }
        self.update();
        loss
    }

    /// The mean squared error over a whole split; NaN for an empty one.
    pub fn loss(&mut self, split: &Split) -> f64 {
        let block = self.workspace.targets.len();
        let mut sum = 0.0;
        let mut first = 0;
        while first < split.rows() {
            let rows = block.min(split.rows() - first);
            let Workspace {
                inputs, targets, ..
            } = &mut *self.workspace;
            gather(
                split,
                self.task.dimension,
                first..first + rows,
                rows,
                inputs,
                targets,
            );
            self.forward(rows, false);
            let Workspace {
                output, targets, ..
            } = &*self.workspace;
            sum += output[..rows]
                .iter()
                .zip(&targets[..rows])
                .map(|(y, t)| (f64::from(*y) - f64::from(*t)).powi(2))
                .sum::<f64>();
            first += rows;
        }
        sum / split.rows() as f64
    }

    /// The parameters as plain numbers: tensor by tensor in the order of
    /// [`NetworkDefinition::parameter_layout`], row by row.
    pub fn parameters(&self) -> Vec<f32> {
        self.layout.export(&self.workspace.parameters)
    }

    /// The last step's gradient, in the order of [`Training::parameters`].
    pub fn gradient(&self) -> Vec<f32> {
        self.layout.export(&self.workspace.gradient)
    }

    /// Of a batch-normalised network: the running averages of mean and unbiased variance (a feature
    /// each) that stand for a batch's in evaluation, layer by layer or block by block. Empty for
    /// others.
    pub fn running_statistics(&self) -> Vec<(Vec<f32>, Vec<f32>)> {
        if self.network.normalises() != Normalisation::Batch {
            return Vec::new();
        }
        let running = |layer: &LayerBuffers| {
            let (mean, variance) = layer.normalised.running();
            (mean.to_vec(), variance.to_vec())
        };
        self.workspace.layers[..self.network.depth]
            .iter()
            .map(running)
            .collect()
    }

    /// What has become of the activation's trainable parameters, layer by layer.
    pub fn trained_parameters(&self) -> Vec<TrainedParameter> {
        let features = self.network.inner_width.unwrap_or(self.network.width);
        let layers = self
            .layout
            .activations
            .iter()
            .map(|own| own.of(&self.workspace.parameters));
        trained_parameters(self.activation.parameters(), features, layers)
    }

    /// The training rows of the last step's batch.
    pub fn batch(&self) -> &[u32] {
        &self.workspace.order[self.next - self.batch..self.next]
    }

    fn forward(&mut self, rows: usize, learning: bool) {
        match &self.layout.body {
            Body::Mlp(layers) => mlp::forward(
                self.activation,
                layers,
                &self.layout,
                self.workspace,
                rows,
                learning,
            ),
            Body::Residual(entry, blocks) => residual::forward(
                self.activation,
                (*entry, blocks),
                &self.layout,
                self.workspace,
                rows,
                learning,
            ),
        }
    }

    fn update(&mut self) {
        let rate = self.network.rate(self.steps);
        self.steps += 1;
        let optimiser = self.network.optimiser;
        let Workspace {
            set,
            gradient,
            parameters,
            first_moment,
            second_moment,
            ..
        } = &mut *self.workspace;
        let mut update = |range: Range<usize>, rate: f64, weight_decay: f64| {
            let (parameters, first_moment, second_moment) = (
                &mut parameters[range.clone()],
                &mut first_moment[range.clone()],
                &mut second_moment[range.clone()],
            );
            let part = ParameterPart {
                gradient: &gradient[range],
                parameters,
                first_moment,
                second_moment,
            };
            fused::update(
                *set,
                OptimiserStep {
                    optimiser,
                    rate,
                    number: self.steps,
                    weight_decay,
                },
                part,
            );
        };
        let activations = self.layout.activation_part();
        match optimiser.weight_decay() {
            0.0 => update(0..activations.start, rate, 0.0),
            decay => self
                .layout
                .decaying_parts()
                .for_each(|(range, decays)| update(range, rate, if decays { decay } else { 0.0 })),
        }
        update(activations, rate * self.network.parameter_rate_factor, 0.0);
    }

    /// Replaces each prediction of the batch by the loss's gradient with respect to it; gives the
    /// loss.
    fn turn_predictions_into_errors(&mut self) -> f32 {
        let Workspace {
            output, targets, ..
        } = &mut *self.workspace;
        let scale = 2.0 / self.batch as f32;
        let mut sum = 0.0;
        for (prediction, target) in output[..self.batch].iter_mut().zip(&targets[..self.batch]) {
            let difference = *prediction - target;
            sum += difference * difference;
            *prediction = scale * difference;
        }
        sum / self.batch as f32
    }
}

/// Copies the `count` rows of a split that `rows` names into a matrix in panels, and their targets
/// beside it.
fn gather(
    split: &Split,
    dimension: usize,
    rows: impl Iterator<Item = usize> + Clone,
    count: usize,
    inputs: &mut [f32],
    targets: &mut [f32],
) {
    for index in 0..dimension.div_ceil(PANEL) {
        let (range, width) = panel(count, dimension, index);
        for (line, row) in inputs[range].chunks_exact_mut(width).zip(rows.clone()) {
            // Element by element: lines are a few numbers long, and a call for each to copy memory
            // would cost more.
            let source = &split.inputs[row * dimension + index * PANEL..][..width];
            line.iter_mut()
                .zip(source)
                .for_each(|(element, value)| *element = *value);
        }
    }
    for (target, row) in targets.iter_mut().zip(rows) {
        *target = split.targets[row];
    }
}
