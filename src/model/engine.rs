//! The fused engine: one network on one core, by own passes over preallocated maps, with a backward pass written by hand.

use std::collections::HashMap;

use super::affine::{Affine, AffineScratch, Gradients, Places};
use super::channels::AddTo;
use super::convolution::{Convolution, Scratch};
use super::definition::{Definition, LayerKind, Layout, MapId, Role};
use super::dropout::Dropout;
use super::loss::{cross_entropy, cross_entropy_of_softmax, BatchLoss};
use super::mixed::Mixed;
use super::pooling::{AveragePool, MaxPool, Subsample};
use super::unit::Unit;
use crate::buffer::Buffer;
use crate::formula::kernel::{Activation, Kernel};
use crate::formula::Shape;
use crate::network::optimiser::{update, Part, Step};
use crate::network::Optimiser;
use crate::stream::Key;
use crate::vector::InstructionSet;

/// What a network applies to its pre-activations.
pub enum Activations<'a> {
    /// One formula everywhere.
    One(&'a Activation),
    /// Each channel its own among pointwise formulas; the key gives the head starts.
    Mixed(&'a [Kernel], Key),
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
    /// Of the maps that have one at this moment of a backward pass.
    gradients: Vec<Option<Buffer>>,
    /// Gradient buffers that are free, by their length.
    free: HashMap<usize, Vec<Buffer>>,
    convolution: Scratch,
    affine: AffineScratch,
}

/// A layer made ready to run.
pub(super) enum Running {
    Convolution { convolution: Box<Convolution>, residual: Option<MapId> },
    Affine { affine: Box<Affine>, residual: Option<MapId> },
    MaxPool { pool: MaxPool, taps: Vec<u8> },
    AveragePool(AveragePool),
    Subsample(Subsample),
    Dropout(Dropout),
}

/// How a forward pass is meant.
#[derive(Clone)]
pub enum Mode {
    /// Batch statistics, dropout and the noise of mixed activations, drawn from this key.
    Training(Key),
    /// Running averages, and no dropout. Mixed activations choose by their logits, or with noise from a key as the published code does.
    Evaluation(Option<Key>),
}

impl Engine {
    /// A network for batches of up to `batch` images, all parameters 0.
    pub fn new(definition: &Definition, activations: Activations, batch: usize, loss: Loss) -> Engine {
        Engine::for_instruction_set(InstructionSet::best(), definition, activations, batch, loss)
    }

    /// The same on a given instruction set.
    pub fn for_instruction_set(set: InstructionSet, definition: &Definition, activations: Activations, batch: usize, loss: Loss) -> Engine {
        let declared = match &activations {
            Activations::One(activation) => activation.parameters(),
            Activations::Mixed(..) => &[],
        };
        let layout = definition.layout(declared);
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
            gradients: Vec::new(),
            free: HashMap::new(),
            convolution: Scratch::default(),
            affine: AffineScratch::default(),
        };
        engine.gradients.resize_with(definition.layers.len() + 1, || None);
        for index in 0..definition.layers.len() {
            engine.values.push(zeros(batch * definition.map(MapId(index + 1)).elements()));
            let running = engine.running(index);
            engine.layers.push(running);
            engine.units.push(Unit::Identity);
        }
        engine.take_up(activations);
        engine
    }

    fn running(&mut self, index: usize) -> Running {
        let Engine { set, definition, layout, .. } = self;
        let layer = &definition.layers[index];
        let (input, output) = (definition.map(layer.input), definition.map(MapId(index + 1)));
        let wants_gradient = layer.input != MapId::IMAGE;
        let convolution = |input, window, scratch: &mut Scratch| {
            let convolution = Convolution::new(*set, input, output, window, wants_gradient);
            convolution.prepare(scratch);
            Box::new(convolution)
        };
        match layer.kind {
            LayerKind::Convolution { kernel, stride, padding, residual, .. } => {
                Running::Convolution { convolution: convolution(input, [kernel, stride, padding], &mut self.convolution), residual }
            }
            LayerKind::Linear { .. } => {
                let flat = super::definition::MapShape { height: 1, width: 1, channels: input.elements() };
                Running::Convolution { convolution: convolution(flat, [1, 1, 0], &mut self.convolution), residual: None }
            }
            LayerKind::Affine { shift, residual, .. } => {
                let places =
                    Places { gain: layout.range(index, Role::Gain), shift: layout.range(index, Role::Shift), activation: layout.activation(index) };
                Running::Affine { affine: Box::new(Affine::new(*set, output.channels, shift, places)), residual }
            }
            LayerKind::MaxPool { kernel, stride, padding } => {
                let pool = MaxPool { input, output, kernel, stride, padding };
                Running::MaxPool { pool, taps: vec![0; self.batch * output.elements()] }
            }
            LayerKind::AveragePool => Running::AveragePool(AveragePool { input }),
            LayerKind::Subsample { stride, .. } => Running::Subsample(Subsample { input, output, stride }),
            LayerKind::Dropout { per_mille } => Running::Dropout(Dropout::new(per_mille)),
        }
    }

    fn take_up(&mut self, activations: Activations) {
        let activated: Vec<(usize, usize)> = self.definition.activated().collect();
        for (index, channels) in activated {
            let rows = self.batch * self.definition.map(MapId(index + 1)).places();
            self.units[index] = match &activations {
                Activations::One(activation) => Unit::from(*activation),
                Activations::Mixed(pool, key) => {
                    Unit::Mixed(Box::new(Mixed::new(pool.to_vec(), channels, &mut key.word("logits").number(index as u64).stream())))
                }
            };
            if let Unit::Tensor(_) = self.units[index] {
                for whole in &mut self.affine.whole {
                    whole.resize(whole.len().max(rows * channels));
                }
            }
        }
    }

    /// Bytes that a network needs in training, nearly.
    pub fn bytes(definition: &Definition, activation: Option<&Activation>, batch: usize) -> u64 {
        let maps = (0..=definition.layers.len()).map(|map| definition.map(MapId(map)).elements() as u64);
        let elements = batch as u64 * maps.clone().sum::<u64>();
        // A gradient is live from its last reader to its maker; a residual's stays beside those of its block.
        let gradients = 4 * batch as u64 * maps.max().unwrap_or(0);
        let parameters = 4 * definition.layout(activation.map_or(&[], Activation::parameters)).len() as u64;
        let own = match activation {
            Some(Activation::Tensor(kernel)) => {
                let shapes = definition.activated().map(|(index, channels)| {
                    let rows = batch * definition.map(MapId(index + 1)).places();
                    kernel.bytes(Shape { rows, features: channels }) + 8 * (rows * channels) as u64
                });
                shapes.max().unwrap_or(0)
            }
            _ => 0,
        };
        4 * (elements + gradients + parameters) + own
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
        self.parameters.iter().all(|parameter| parameter.is_finite()) && mixed.into_iter().all(|mixed| mixed.is_sound())
    }

    /// The gradient of all parameters after [`Engine::learn`].
    pub fn gradient(&self) -> &[f32] {
        &self.gradient
    }

    /// The images of the next pass: room for a batch of them, each row by row, the channels of a pixel together.
    pub fn images_mut(&mut self) -> &mut [f32] {
        &mut self.values[0]
    }

    /// Passes the first `rows` images forward and gives their logits.
    pub fn forward(&mut self, rows: usize, mode: &Mode) -> &[f32] {
        assert!(rows > 0 && rows <= self.batch, "a pass of 1 to {} images, asked for {rows}", self.batch);
        for index in 0..self.layers.len() {
            self.forward_layer(index, rows, mode);
        }
        let last = self.layers.len();
        &self.values[last][..rows * self.definition.classes()]
    }

    fn forward_layer(&mut self, index: usize, rows: usize, mode: &Mode) {
        let Engine { definition, layers, units, parameters, values, layout, convolution: scratch, affine: affine_scratch, set, .. } = self;
        let input_id = definition.layers[index].input;
        let elements = |map: MapId| rows * definition.map(map).elements();
        let (before, from) = values.split_at_mut(index + 1);
        let of = |map: MapId| &before[map.0][..elements(map)];
        let (input, output) = (of(input_id), &mut from[0][..elements(MapId(index + 1))]);
        match &mut layers[index] {
            Running::Convolution { convolution, residual } => {
                let weights = &parameters[layout.range(index, Role::Weights)];
                convolution.forward(input, weights, residual.map(of), output, scratch);
            }
            Running::Affine { affine, residual } => {
                if let Unit::Mixed(mixed) = &mut units[index] {
                    let noise = match mode {
                        Mode::Training(key) | Mode::Evaluation(Some(key)) => Some(key.word("noise").number(index as u64)),
                        Mode::Evaluation(None) => None,
                    };
                    mixed.choose(noise.map(|key| key.stream()).as_mut());
                }
                affine.forward(&mut units[index], parameters, input, residual.map(of), output, matches!(mode, Mode::Training(_)), affine_scratch);
            }
            Running::MaxPool { pool, taps } => pool.forward(*set, input, output, &mut taps[..elements(MapId(index + 1))]),
            Running::AveragePool(pool) => pool.forward(input, output),
            Running::Subsample(subsample) => subsample.forward(input, output),
            Running::Dropout(dropout) => match mode {
                Mode::Training(key) => {
                    dropout.draw(input.len(), &key.word("dropout").number(index as u64));
                    dropout.apply(input, output);
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

    /// Passes as many images as there are labels forward and the gradient of their mean loss back; gives the loss before any step.
    pub fn learn(&mut self, labels: &[u16], key: &Key) -> BatchLoss {
        let rows = labels.len();
        self.forward(rows, &Mode::Training(key.clone()));
        let last = self.layers.len();
        let mut gradient = self.take(rows * self.definition.classes());
        let logits = &self.values[last][..rows * self.definition.classes()];
        let loss = match self.loss {
            Loss::CrossEntropy => cross_entropy(logits, labels, Some(&mut gradient)),
            Loss::CrossEntropyOfSoftmax => cross_entropy_of_softmax(logits, labels, Some(&mut gradient)),
        };
        self.gradients[last] = Some(gradient);
        for index in (0..last).rev() {
            self.backward_layer(index, rows);
        }
        loss
    }

    fn backward_layer(&mut self, index: usize, rows: usize) {
        let Some(mut gradient) = self.gradients[index + 1].take() else { return };
        let input_id = self.definition.layers[index].input;
        let elements = rows * self.definition.map(input_id).elements();
        let wants_gradient = input_id != MapId::IMAGE;
        let may_stand_in = matches!(self.layers[index], Running::Affine { residual: None, .. });
        let begun = self.gradients[input_id.0].take();
        let add = begun.is_some();
        let mut input_gradient = match begun {
            Some(begun) => Some(begun),
            None if !wants_gradient || may_stand_in => None,
            None => Some(self.take(elements)),
        };
        // The passes without an adding form write into a buffer of their own first.
        let writes_over = !matches!(self.layers[index], Running::Convolution { .. } | Running::Affine { .. });
        let mut apart = (writes_over && add).then(|| self.take(elements));
        let Engine { definition, layers, units, parameters, gradient: parameter_gradients, values, layout, set, .. } = self;
        let of = |map: MapId| &values[map.0][..rows * definition.map(map).elements()];
        let input = of(input_id);
        let mut residual_of_layer = None;
        if let Some(target) = apart.as_mut().or(input_gradient.as_mut()) {
            match &mut layers[index] {
                Running::MaxPool { pool, taps } => pool.backward(*set, &gradient, &taps[..gradient.len()], target),
                Running::AveragePool(pool) => pool.backward(&gradient, target),
                Running::Subsample(subsample) => subsample.backward(&gradient, target),
                Running::Dropout(dropout) => dropout.apply(&gradient, target),
                Running::Convolution { .. } | Running::Affine { .. } => {}
            }
        }
        match &mut layers[index] {
            Running::Convolution { convolution, residual } => {
                let range = layout.range(index, Role::Weights);
                convolution.weights_gradient(input, &gradient, &mut parameter_gradients[range.clone()], &mut self.convolution);
                if let Some(target) = &mut input_gradient {
                    convolution.input_gradient(&gradient, &parameters[range], add, target, &mut self.convolution);
                }
                residual_of_layer = *residual;
            }
            Running::Affine { affine, residual } => {
                let gradients = Gradients {
                    output: &mut gradient,
                    input: input_gradient.as_mut().map(|target| (&mut target[..], add)),
                    parameters: parameter_gradients,
                };
                affine.backward(&mut units[index], parameters, input, residual.map(of), gradients, &mut self.affine);
                residual_of_layer = *residual;
            }
            _ => {}
        }
        if let (Some(apart), Some(target)) = (apart, &mut input_gradient) {
            AddTo { addend: &apart, target }.run(*set);
            self.give_back(apart);
        }
        match input_gradient {
            Some(input_gradient) => {
                self.gradients[input_id.0] = Some(input_gradient);
                self.pass_on(gradient, residual_of_layer);
            }
            None if wants_gradient => self.gradients[input_id.0] = Some(gradient),
            None => self.pass_on(gradient, residual_of_layer),
        }
    }

    /// Hands the gradient of a layer's output to the residual that it was added to.
    fn pass_on(&mut self, gradient: Buffer, residual: Option<MapId>) {
        let Some(residual) = residual.filter(|residual| *residual != MapId::IMAGE) else { return self.give_back(gradient) };
        match &mut self.gradients[residual.0] {
            Some(target) => {
                AddTo { addend: &gradient, target }.run(self.set);
                self.give_back(gradient);
            }
            begun => *begun = Some(gradient),
        }
    }

    fn take(&mut self, elements: usize) -> Buffer {
        self.free.get_mut(&elements).and_then(Vec::pop).unwrap_or_else(|| zeros(elements))
    }

    fn give_back(&mut self, buffer: Buffer) {
        self.free.entry(buffer.len()).or_default().push(buffer);
    }

    /// A step of the optimiser along the gradient of [`Engine::learn`]; only what the layout says decays.
    pub fn step(&mut self, optimiser: Optimiser, rate: f64) {
        self.steps += 1;
        let whole = Step { optimiser, rate, number: self.steps, weight_decay: optimiser.weight_decay() };
        let (decaying, end) = (self.layout.decaying(), self.layout.len());
        let [first, second] = &mut self.moments;
        for (range, weight_decay) in [(0..decaying, whole.weight_decay), (decaying..end, 0.0)] {
            let part = Part {
                gradient: &self.gradient[range.clone()],
                parameters: &mut self.parameters[range.clone()],
                first_moment: &mut first[range.clone()],
                second_moment: &mut second[range],
            };
            update(self.set, Step { weight_decay, ..whole }, part);
        }
        for unit in &mut self.units {
            if let Unit::Mixed(mixed) = unit {
                mixed.step(self.set, whole);
            }
        }
    }
}

fn zeros(len: usize) -> Buffer {
    let mut buffer = Buffer::default();
    buffer.resize(len);
    buffer
}
