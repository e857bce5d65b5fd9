//! The fused engine: one network on one core, by own passes over preallocated maps, with a backward
//! pass written by hand.

use super::affine::{Addends, AffineScratch, Gradients};
use super::channels::AddTo;
use super::convolution::Scratch;
use super::engine_layer::EngineLayer;
use super::gradients::{GradientPlan, GradientStep, InputGradient};
use super::loss::{cross_entropy, cross_entropy_of_softmax, BatchLoss};
use super::mixed_activations::MixedActivations;
use super::unit::Unit;
use crate::formula::kernel::{Compiled, Kernel};
use crate::formula::vector::InstructionSet;
use crate::nets::description::NetworkDescription;
use crate::nets::layer::MapId;
use crate::nets::optimiser::fused::{update, ParameterPart};
use crate::nets::optimiser::step::OptimiserStep;
use crate::nets::parameters::{ParameterLayout, Role};
use crate::nets::Optimiser;
use crate::numerics::buffer::Buffer;
use crate::numerics::stream::Key;

/// What a network applies to its pre-activations.
pub enum Activations<'a> {
    /// One formula everywhere.
    One(&'a Compiled),
    /// Each channel its own among pointwise formulas; the key gives the head starts.
    Mixed(&'a [Kernel], &'a Key),
}

/// What the loss is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loss {
    /// The mean cross entropy of a softmax of the logits.
    #[default]
    CrossEntropy,
    /// With a softmax before the one that it has: a published mistake, for comparison.
    CrossEntropyOfSoftmax,
}

/// A network in training.
pub struct Engine {
    set: InstructionSet,
    pub(super) description: NetworkDescription,
    pub(super) layout: ParameterLayout,
    batch: usize,
    loss: Loss,
    pub(super) layers: Vec<EngineLayer>,
    pub(super) units: Vec<Unit>,
    pub(super) parameters: Buffer,
    gradient: Buffer,
    pub(super) moments: [Buffer; 2],
    /// Steps done.
    pub(super) steps: u32,
    /// One a map, the images first.
    values: Vec<Buffer>,
    plan: GradientPlan,
    /// Of maps, as the plan numbers them.
    gradients: Vec<Buffer>,
    convolution: Scratch,
    affine: AffineScratch,
}

/// How a forward pass is meant.
#[derive(Clone)]
pub enum Mode {
    /// Batch statistics, dropout and the noise of mixed activations, drawn from this key.
    Training(Key),
    /// Running averages, and no dropout. Mixed activations choose by their logits, or with noise
    /// from a key as the published code does.
    Evaluation(Option<Key>),
}

impl Mode {
    /// The key of the noise by which the mixed activations of a layer choose; `None` without noise.
    fn noise(&self, layer: usize) -> Option<Key> {
        match self {
            Mode::Training(key) | Mode::Evaluation(Some(key)) => {
                Some(key.word("noise").number(layer as u64))
            }
            Mode::Evaluation(None) => None,
        }
    }
}

impl Engine {
    /// Makes a network for batches of up to `batch` images, all parameters 0.
    ///
    /// # Panics
    /// A layer normalisation, which the fused passes over maps do not have.
    pub fn new(
        description: &NetworkDescription,
        activations: Activations,
        batch: usize,
        loss: Loss,
    ) -> Engine {
        Engine::for_instruction_set(
            InstructionSet::best(),
            description,
            activations,
            batch,
            loss,
        )
    }

    /// The same on a given instruction set.
    pub fn for_instruction_set(
        set: InstructionSet,
        description: &NetworkDescription,
        activations: Activations,
        batch: usize,
        loss: Loss,
    ) -> Engine {
        let declared = match &activations {
            Activations::One(activation) => activation.parameters(),
            Activations::Mixed(..) => &[],
        };
        let (layout, plan) = (description.layout(declared), GradientPlan::new(description));
        let mut engine = Engine {
            set,
            description: description.clone(),
            batch,
            loss,
            layers: Vec::new(),
            units: Vec::new(),
            parameters: zeros(layout.len()),
            gradient: zeros(layout.len()),
            moments: [zeros(layout.len()), zeros(layout.len())],
            layout,
            steps: 0,
            values: vec![zeros(batch * description.image().elements())],
            gradients: plan
                .buffers
                .iter()
                .map(|elements| zeros(batch * elements))
                .collect(),
            plan,
            convolution: Scratch::default(),
            affine: AffineScratch::default(),
        };
        for index in 0..description.layers.len() {
            engine
                .values
                .push(zeros(batch * description.map(MapId(index + 1)).elements()));
            let layer = EngineLayer::new(
                set,
                description,
                &engine.layout,
                index,
                batch,
                &mut engine.convolution,
            );
            engine.layers.push(layer);
            engine.units.push(Unit::Identity);
        }
        engine.take_up(activations);
        engine
    }

    fn take_up(&mut self, activations: Activations) {
        let activated: Vec<(usize, usize)> = self.description.activated().collect();
        for (index, channels) in activated {
            let rows = self.batch * self.description.map(MapId(index + 1)).places();
            self.units[index] = match &activations {
                Activations::One(activation) => Unit::from(*activation),
                Activations::Mixed(pool, key) => Unit::Mixed(Box::new(MixedActivations::new(
                    pool.to_vec(),
                    channels,
                    &mut key.word("logits").number(index as u64).stream(),
                ))),
            };
            if let Unit::Tensor(_) = self.units[index] {
                for whole in &mut self.affine.whole {
                    whole.resize(whole.len().max(rows * channels));
                }
            }
        }
    }

    /// Where every parameter lies.
    pub fn layout(&self) -> &ParameterLayout {
        &self.layout
    }

    /// The network.
    pub fn description(&self) -> &NetworkDescription {
        &self.description
    }

    /// All parameters in the order of the layout.
    pub fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    /// The same, to be set.
    pub fn parameters_mut(&mut self) -> &mut [f32] {
        &mut self.parameters
    }

    /// Whether every parameter is finite, and every logit of mixed activations.
    pub fn is_sound(&self) -> bool {
        let mixed = self.units.iter().filter_map(|unit| match unit {
            Unit::Mixed(mixed) => Some(mixed),
            _ => None,
        });
        self.parameters
            .iter()
            .all(|parameter| parameter.is_finite())
            && mixed.into_iter().all(|mixed| mixed.is_sound())
    }

    /// The gradient of all parameters after [`Engine::learn`].
    pub fn gradient(&self) -> &[f32] {
        &self.gradient
    }

    /// The images of the next pass: room for a batch of them, each row by row, the channels of a
    /// pixel together.
    pub fn images_mut(&mut self) -> &mut [f32] {
        &mut self.values[0]
    }

    /// Passes the first `rows` images forward and gives their logits.
    pub fn forward(&mut self, rows: usize, mode: &Mode) -> &[f32] {
        assert!(
            rows > 0 && rows <= self.batch,
            "a pass of 1 to {} images, asked for {rows}",
            self.batch
        );
        for index in 0..self.layers.len() {
            self.forward_layer(index, rows, mode);
        }
        let last = self.layers.len();
        &self.values[last][..rows * self.description.classes()]
    }

    fn forward_layer(&mut self, index: usize, rows: usize, mode: &Mode) {
        let Engine {
            description,
            layers,
            units,
            parameters,
            values,
            layout,
            convolution: scratch,
            affine: affine_scratch,
            set,
            ..
        } = self;
        let input_id = description.layers[index].input;
        let elements = |map: MapId| rows * description.map(map).elements();
        let (before, from) = values.split_at_mut(index + 1);
        let of = |map: MapId| &before[map.0][..elements(map)];
        let (input, output) = (of(input_id), &mut from[0][..elements(MapId(index + 1))]);
        match &mut layers[index] {
            EngineLayer::Convolution {
                convolution,
                residual,
            } => {
                let weights = &parameters[layout.range(index, Role::Weights)];
                convolution.forward(input, weights, residual.map(of), output, scratch);
            }
            EngineLayer::Affine { affine, residual } => {
                if let Unit::Mixed(mixed) = &mut units[index] {
                    let noise = mode.noise(index);
                    mixed.choose(noise.map(|key| key.stream()).as_mut());
                }
                let addends = Addends {
                    input,
                    residual: residual.map(of),
                };
                affine.forward(
                    &mut units[index],
                    parameters,
                    addends,
                    output,
                    matches!(mode, Mode::Training(_)),
                    affine_scratch,
                );
            }
            EngineLayer::MaxPool(pool) => pool.forward(*set, input, output),
            EngineLayer::AveragePool(pool) => pool.forward(input, output),
            EngineLayer::Subsample(subsample) => subsample.forward(input, output),
            EngineLayer::Dropout(dropout) => match mode {
                Mode::Training(key) => {
                    dropout.draw(input.len(), &key.word("dropout").number(index as u64));
                    dropout.apply(*set, input, output);
                }
                Mode::Evaluation(_) => output.copy_from_slice(input),
            },
        }
    }

    /// The loss of the logits of the last pass.
    pub fn loss(&self, labels: &[u16]) -> BatchLoss {
        let logits = &self.values[self.layers.len()][..labels.len() * self.description.classes()];
        match self.loss {
            Loss::CrossEntropy => cross_entropy(logits, labels, None),
            Loss::CrossEntropyOfSoftmax => cross_entropy_of_softmax(logits, labels, None),
        }
    }

    /// Passes as many images as there are labels forward and the gradient of their mean loss back;
    /// gives the loss before any step.
    pub fn learn(&mut self, labels: &[u16], key: &Key) -> BatchLoss {
        let rows = labels.len();
        self.forward(rows, &Mode::Training(key.clone()));
        let last = self.layers.len();
        let logits = &self.values[last][..rows * self.description.classes()];
        let first = self.plan.steps[last - 1].expect("the loss depends on the last layer");
        let gradient = Some(&mut self.gradients[first.output][..logits.len()]);
        let loss = match self.loss {
            Loss::CrossEntropy => cross_entropy(logits, labels, gradient),
            Loss::CrossEntropyOfSoftmax => cross_entropy_of_softmax(logits, labels, gradient),
        };
        for index in (0..last).rev() {
            if let Some(step) = self.plan.steps[index] {
                self.backward_layer(index, rows, step);
            }
        }
        loss
    }

    /// Passes the gradient of a layer's output on as the plan says, and takes that of the layer's
    /// parameters.
    fn backward_layer(&mut self, index: usize, rows: usize, step: GradientStep) {
        let [inputs, outputs] = [self.description.layers[index].input, MapId(index + 1)]
            .map(|map| rows * self.description.map(map).elements());
        let mut lent = std::mem::take(&mut self.gradients[step.output]);
        let (target, adds, by_way_of) = match step.input {
            InputGradient::Nowhere | InputGradient::InPlace => (None, false, None),
            InputGradient::Written(to) => (Some(to), false, None),
            InputGradient::Added { to, by_way_of } => (Some(to), true, by_way_of),
        };
        let mut written = by_way_of
            .or(target)
            .map(|buffer| (buffer, std::mem::take(&mut self.gradients[buffer])));
        let input_gradient = written
            .as_mut()
            .map(|(_, buffer)| (&mut buffer[..inputs], adds));
        self.pull_back(index, rows, &mut lent[..outputs], input_gradient);
        if let Some((buffer, lent)) = written {
            self.gradients[buffer] = lent;
        }
        if let (Some(from), Some(to)) = (by_way_of, target) {
            add(self.set, &mut self.gradients, from, to, inputs);
        }
        self.gradients[step.output] = lent;
        if let Some(to) = step.residual {
            add(self.set, &mut self.gradients, step.output, to, outputs);
        }
    }

    /// The gradients of a layer's parameters and, where it is wanted, of its input, from that of
    /// its output. `input_gradient` comes with whether it is added to, by layers that can.
    #[inline]
    fn pull_back(
        &mut self,
        index: usize,
        rows: usize,
        gradient: &mut [f32],
        input_gradient: Option<(&mut [f32], bool)>,
    ) {
        let set = self.set;
        let of = |map: MapId| &self.values[map.0][..rows * self.description.map(map).elements()];
        let (input, output) = (
            of(self.description.layers[index].input),
            of(MapId(index + 1)),
        );
        match (&mut self.layers[index], input_gradient) {
            (EngineLayer::Convolution { convolution, .. }, input_gradient) => {
                let range = self.layout.range(index, Role::Weights);
                convolution.backward(
                    input,
                    &self.parameters[range.clone()],
                    gradient,
                    &mut self.gradient[range],
                    input_gradient,
                    &mut self.convolution,
                );
            }
            (EngineLayer::Affine { affine, residual }, input_gradient) => {
                let gradients = Gradients {
                    output: gradient,
                    input: input_gradient,
                    parameters: &mut self.gradient,
                };
                let addends = Addends {
                    input,
                    residual: residual.map(of),
                };
                affine.backward(
                    &mut self.units[index],
                    &self.parameters,
                    addends,
                    gradients,
                    &mut self.affine,
                );
            }
            (EngineLayer::MaxPool(pool), Some((target, _))) => {
                pool.backward(set, [input, output], gradient, target)
            }
            (EngineLayer::AveragePool(pool), Some((target, _))) => pool.backward(gradient, target),
            (EngineLayer::Subsample(subsample), Some((target, _))) => {
                subsample.backward(gradient, target)
            }
            (EngineLayer::Dropout(dropout), Some((target, _))) => {
                dropout.apply(set, gradient, target)
            }
            (_, None) => {}
        }
    }

    /// A step of the optimiser along the gradient of [`Engine::learn`]; only what the layout says
    /// decays.
    pub fn step(&mut self, optimiser: Optimiser, rate: f64) {
        self.steps += 1;
        let whole = OptimiserStep {
            optimiser,
            rate,
            number: self.steps,
            weight_decay: optimiser.weight_decay(),
        };
        let (decaying, end) = (self.layout.decaying(), self.layout.len());
        let [first, second] = &mut self.moments;
        for (range, weight_decay) in [(0..decaying, whole.weight_decay), (decaying..end, 0.0)] {
            let part = ParameterPart {
                gradient: &self.gradient[range.clone()],
                parameters: &mut self.parameters[range.clone()],
                first_moment: &mut first[range.clone()],
                second_moment: &mut second[range],
            };
            update(
                self.set,
                OptimiserStep {
                    weight_decay,
                    ..whole
                },
                part,
            );
        }
        for unit in &mut self.units {
            if let Unit::Mixed(mixed) = unit {
                mixed.step(self.set, whole);
            }
        }
    }
}

/// Adds so many elements of one buffer to those of another.
fn add(set: InstructionSet, buffers: &mut [Buffer], from: usize, to: usize, elements: usize) {
    let [addend, target] = buffers
        .get_disjoint_mut([from, to])
        .expect("a plan adds buffers to others");
    AddTo {
        addend: &addend[..elements],
        target: &mut target[..elements],
    }
    .run(set);
}

fn zeros(len: usize) -> Buffer {
    let mut buffer = Buffer::default();
    buffer.resize(len);
    buffer
}
