//! The fused engine: one network on one core, by own passes over preallocated maps, with a backward
//! pass written by hand.

use super::affine::{Addends, Affine, AffineScratch, Gradients, Places};
use super::channels::AddTo;
use super::convolution::{Convolution, Needs, Scratch};
use super::definition::{Definition, LayerKind, Layout, MapId, MapShape, Role};
use super::dropout::Dropout;
use super::gradients::{InputGradient, Plan, Step as GradientStep};
use super::loss::{cross_entropy, cross_entropy_of_softmax, BatchLoss};
use super::mixed::Mixed;
use super::pooling::{AveragePool, MaxPool, Subsample};
use super::unit::Unit;
use crate::formula::kernel::{Compiled, Kernel};
use crate::formula::vector::InstructionSet;
use crate::formula::Shape;
use crate::nets::optimiser::fused::{update, ParameterPart};
use crate::nets::optimiser::step::OptimiserStep;
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
    #[default]
    CrossEntropy,
    /// With a softmax before the one that it has: a published mistake, for comparison.
    CrossEntropyOfSoftmax,
}

/// A network in training.
pub struct Engine {
    set: InstructionSet,
    pub(super) definition: Definition,
    pub(super) layout: Layout,
    batch: usize,
    loss: Loss,
    pub(super) layers: Vec<Running>,
    pub(super) units: Vec<Unit>,
    pub(super) parameters: Buffer,
    gradient: Buffer,
    pub(super) moments: [Buffer; 2],
    /// Steps done.
    pub(super) steps: u32,
    /// One a map, the images first.
    values: Vec<Buffer>,
    plan: Plan,
    /// Of maps, as the plan numbers them.
    gradients: Vec<Buffer>,
    convolution: Scratch,
    affine: AffineScratch,
}

/// A layer made ready to run.
pub(super) enum Running {
    Convolution {
        convolution: Box<Convolution>,
        residual: Option<MapId>,
    },
    Affine {
        affine: Box<Affine>,
        residual: Option<MapId>,
    },
    MaxPool(MaxPool),
    AveragePool(AveragePool),
    Subsample(Subsample),
    Dropout(Dropout),
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

impl Engine {
    /// A network for batches of up to `batch` images, all parameters 0.
    pub fn new(
        definition: &Definition,
        activations: Activations,
        batch: usize,
        loss: Loss,
    ) -> Engine {
        Engine::for_instruction_set(InstructionSet::best(), definition, activations, batch, loss)
    }

    /// The same on a given instruction set.
    pub fn for_instruction_set(
        set: InstructionSet,
        definition: &Definition,
        activations: Activations,
        batch: usize,
        loss: Loss,
    ) -> Engine {
        let declared = match &activations {
            Activations::One(activation) => activation.parameters(),
            Activations::Mixed(..) => &[],
        };
        let (layout, plan) = (definition.layout(declared), Plan::new(definition));
        let mut engine = Engine {
            set,
            definition: definition.clone(),
            batch,
            loss,
            layers: Vec::new(),
            units: Vec::new(),
            parameters: zeros(layout.len()),
            gradient: zeros(layout.len()),
            moments: [zeros(layout.len()), zeros(layout.len())],
            layout,
            steps: 0,
            values: vec![zeros(batch * definition.image().elements())],
            gradients: plan
                .buffers
                .iter()
                .map(|elements| zeros(batch * elements))
                .collect(),
            plan,
            convolution: Scratch::default(),
            affine: AffineScratch::default(),
        };
        for index in 0..definition.layers.len() {
            engine
                .values
                .push(zeros(batch * definition.map(MapId(index + 1)).elements()));
            let running = engine.running(index);
            engine.layers.push(running);
            engine.units.push(Unit::Identity);
        }
        engine.take_up(activations);
        engine
    }

    fn running(&mut self, index: usize) -> Running {
        let Engine {
            set,
            definition,
            layout,
            batch,
            ..
        } = self;
        let layer = &definition.layers[index];
        let (input, output) = (
            definition.map(layer.input),
            definition.map(MapId(index + 1)),
        );
        match layer.kind {
            LayerKind::Convolution { .. } | LayerKind::Linear { .. } => {
                let (maps, window, wants_gradient) = as_convolution(definition, index)
                    .expect("a linear layer is one over a map of one place");
                let convolution =
                    Box::new(Convolution::new(*set, maps, window, *batch, wants_gradient));
                convolution.prepare(&mut self.convolution);
                Running::Convolution {
                    convolution,
                    residual: layer.residual(),
                }
            }
            LayerKind::Affine {
                shift, residual, ..
            } => {
                let places = Places {
                    gain: layout.range(index, Role::Gain),
                    shift: layout.range(index, Role::Shift),
                    activation: layout.activation(index),
                };
                Running::Affine {
                    affine: Box::new(Affine::new(*set, output.channels, shift, places)),
                    residual,
                }
            }
            LayerKind::MaxPool {
                kernel,
                stride,
                padding,
            } => Running::MaxPool(MaxPool {
                input,
                output,
                kernel,
                stride,
                padding,
            }),
            LayerKind::AveragePool => Running::AveragePool(AveragePool { input }),
            LayerKind::Subsample { stride, .. } => Running::Subsample(Subsample {
                input,
                output,
                stride,
            }),
            LayerKind::Dropout { per_mille } => Running::Dropout(Dropout::new(per_mille)),
        }
    }

    fn take_up(&mut self, activations: Activations) {
        let activated: Vec<(usize, usize)> = self.definition.activated().collect();
        for (index, channels) in activated {
            let rows = self.batch * self.definition.map(MapId(index + 1)).places();
            self.units[index] = match &activations {
                Activations::One(activation) => Unit::from(*activation),
                Activations::Mixed(pool, key) => Unit::Mixed(Box::new(Mixed::new(
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

    /// Bytes that a network needs in training, but for some numbers a channel and blocks of some
    /// kilobytes.
    pub fn bytes(definition: &Definition, activation: Option<&Compiled>, batch: usize) -> u64 {
        let maps: usize = (0..=definition.layers.len())
            .map(|map| definition.map(MapId(map)).elements())
            .sum();
        let gradients: usize = Plan::new(definition).buffers.iter().sum();
        let layout = definition.layout(activation.map_or(&[], Compiled::parameters));
        let (mut own, mut whole) = (0, 0);
        if let Some(Compiled::Tensor(kernel)) = activation {
            for (index, channels) in definition.activated() {
                let places = definition.map(MapId(index + 1)).places();
                // Each layer has its own kernel and keeps what it has grown to, but all pass
                // through the same two maps.
                own += kernel.bytes(Shape {
                    rows: batch * places,
                    features: channels,
                });
                whole = whole.max(2 * batch * places * channels);
            }
        }
        let mut shared = Needs::default();
        for (maps, window, wants_gradient) in
            (0..definition.layers.len()).filter_map(|index| as_convolution(definition, index))
        {
            let needs = Convolution::needs(maps, window, batch, wants_gradient);
            own += needs.tables as u64;
            shared = Needs {
                padded: shared.padded.max(needs.padded),
                packed: shared.packed.max(needs.packed),
                ..shared
            };
        }
        // Values, gradient and both moments of the parameters.
        4 * (batch * (maps + gradients) + 4 * layout.len() + whole + shared.padded + shared.packed)
            as u64
            + own
    }

    /// Where every parameter lies.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The network.
    pub fn definition(&self) -> &Definition {
        &self.definition
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
        &self.values[last][..rows * self.definition.classes()]
    }

    fn forward_layer(&mut self, index: usize, rows: usize, mode: &Mode) {
        let Engine {
            definition,
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
        let input_id = definition.layers[index].input;
        let elements = |map: MapId| rows * definition.map(map).elements();
        let (before, from) = values.split_at_mut(index + 1);
        let of = |map: MapId| &before[map.0][..elements(map)];
        let (input, output) = (of(input_id), &mut from[0][..elements(MapId(index + 1))]);
        match &mut layers[index] {
            Running::Convolution {
                convolution,
                residual,
            } => {
                let weights = &parameters[layout.range(index, Role::Weights)];
                convolution.forward(input, weights, residual.map(of), output, scratch);
            }
            Running::Affine { affine, residual } => {
                if let Unit::Mixed(mixed) = &mut units[index] {
                    let noise = match mode {
                        Mode::Training(key) | Mode::Evaluation(Some(key)) => {
                            Some(key.word("noise").number(index as u64))
                        }
                        Mode::Evaluation(None) => None,
                    };
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
            Running::MaxPool(pool) => pool.forward(*set, input, output),
            Running::AveragePool(pool) => pool.forward(input, output),
            Running::Subsample(subsample) => subsample.forward(input, output),
            Running::Dropout(dropout) => match mode {
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
        let logits = &self.values[self.layers.len()][..labels.len() * self.definition.classes()];
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
        let logits = &self.values[last][..rows * self.definition.classes()];
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

    fn backward_layer(&mut self, index: usize, rows: usize, step: GradientStep) {
        let Engine {
            set,
            definition,
            layers,
            units,
            parameters,
            gradient: parameter_gradients,
            values,
            layout,
            gradients,
            ..
        } = self;
        let layer = &definition.layers[index];
        let elements = |map: MapId| rows * definition.map(map).elements();
        let of = |map: MapId| &values[map.0][..elements(map)];
        let (input, output) = (of(layer.input), of(MapId(index + 1)));
        let mut lent = std::mem::take(&mut gradients[step.output]);
        let gradient = &mut lent[..output.len()];
        let (target, adds, by_way_of) = match step.input {
            InputGradient::Nowhere | InputGradient::InPlace => (None, false, None),
            InputGradient::Written(to) => (Some(to), false, None),
            InputGradient::Added { to, by_way_of } => (Some(to), true, by_way_of),
        };
        let mut written = by_way_of
            .or(target)
            .map(|buffer| (buffer, std::mem::take(&mut gradients[buffer])));
        let input_gradient = written
            .as_mut()
            .map(|(_, buffer)| &mut buffer[..input.len()]);
        match (&mut layers[index], input_gradient) {
            (Running::Convolution { convolution, .. }, input_gradient) => {
                let range = layout.range(index, Role::Weights);
                convolution.weights_gradient(
                    input,
                    gradient,
                    &mut parameter_gradients[range.clone()],
                    &mut self.convolution,
                );
                if let Some(input_gradient) = input_gradient {
                    convolution.input_gradient(
                        gradient,
                        &parameters[range],
                        adds,
                        input_gradient,
                        &mut self.convolution,
                    );
                }
            }
            (Running::Affine { affine, residual }, input_gradient) => {
                let gradients = Gradients {
                    output: gradient,
                    input: input_gradient.map(|target| (target, adds)),
                    parameters: parameter_gradients,
                };
                let addends = Addends {
                    input,
                    residual: residual.map(of),
                };
                affine.backward(
                    &mut units[index],
                    parameters,
                    addends,
                    gradients,
                    &mut self.affine,
                );
            }
            (Running::MaxPool(pool), Some(target)) => {
                pool.backward(*set, [input, output], gradient, target)
            }
            (Running::AveragePool(pool), Some(target)) => pool.backward(gradient, target),
            (Running::Subsample(subsample), Some(target)) => subsample.backward(gradient, target),
            (Running::Dropout(dropout), Some(target)) => dropout.apply(*set, gradient, target),
            (_, None) => {}
        }
        if let Some((buffer, lent)) = written {
            gradients[buffer] = lent;
        }
        if let (Some(from), Some(to)) = (by_way_of, target) {
            add(*set, gradients, from, to, input.len());
        }
        gradients[step.output] = lent;
        if let Some(to) = step.residual {
            add(*set, gradients, step.output, to, output.len());
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

/// The input and output of a layer that is a convolution or, of a map of one place, as good as one,
/// its kernel, stride and padding, and whether the gradient of its input is wanted.
fn as_convolution(
    definition: &Definition,
    index: usize,
) -> Option<([MapShape; 2], [usize; 3], bool)> {
    let layer = &definition.layers[index];
    let (input, output) = (
        definition.map(layer.input),
        definition.map(MapId(index + 1)),
    );
    let (input, window) = match layer.kind {
        LayerKind::Convolution {
            kernel,
            stride,
            padding,
            ..
        } => (input, [kernel, stride, padding]),
        LayerKind::Linear { .. } => (
            MapShape {
                height: 1,
                width: 1,
                channels: input.elements(),
            },
            [1, 1, 0],
        ),
        _ => return None,
    };
    Some(([input, output], window, layer.input != MapId::IMAGE))
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
