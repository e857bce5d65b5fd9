//! SmartMixed (arXiv 2510.22450): every channel of a layer chooses its own activation among a pool,
//! by gradient descent on logits; then the choice is final, and channels of one function stand
//! together.

use std::ops::Range;

use crate::formula::kernel::Kernel;
use crate::formula::vector::InstructionSet;
use crate::nets::optimiser::fused::{update, ParameterPart};
use crate::nets::optimiser::step::OptimiserStep;
use crate::numerics::stream::Stream;

/// Of the softmax over logits and Gumbel noise.
const TEMPERATURE: f32 = 0.5;
/// What a function gives in the first phase is held within these, against those that grow.
const CLAMP: f32 = 10.0;
/// What each channel's logits start with at one random function; the others start at 0.
const HEAD_START: f32 = 0.001;

/// The activations of one layer.
pub struct MixedActivations {
    pool: Vec<Kernel>,
    channels: usize,
    phase: Phase,
    /// A channel's function in the pool.
    chosen: Vec<usize>,
    packed: [Vec<f32>; 3],
}

enum Phase {
    /// One-hot choices drawn anew for each forward pass, with gradients straight through to the
    /// logits.
    Choosing(Box<Logits>),
    /// Channels in the order of their functions: where those of each stand.
    Grouped(Vec<(usize, Range<usize>)>),
}

/// Channels x pool each.
struct Logits {
    values: Vec<f32>,
    soft: Vec<f32>,
    /// Gradients of the choices, then of the logits.
    gradient: Vec<f32>,
    moments: [Vec<f32>; 2],
}

impl MixedActivations {
    /// The first phase over a layer of `channels`; the stream gives each channel's head start.
    pub fn new(pool: Vec<Kernel>, channels: usize, stream: &mut Stream) -> MixedActivations {
        let size = channels * pool.len();
        let mut values = vec![0.0; size];
        values
            .chunks_exact_mut(pool.len())
            .for_each(|logits| logits[stream.below(pool.len())] = HEAD_START);
        let logits = Logits {
            values,
            soft: vec![0.0; size],
            gradient: vec![0.0; size],
            moments: [vec![0.0; size], vec![0.0; size]],
        };
        let mut mixed = MixedActivations {
            pool,
            channels,
            phase: Phase::Choosing(Box::new(logits)),
            chosen: vec![0; channels],
            packed: Default::default(),
        };
        mixed.choose(None);
        mixed
    }

    /// Whether each channel's function is final.
    pub fn is_grouped(&self) -> bool {
        matches!(self.phase, Phase::Grouped(_))
    }

    /// Whether every logit is finite.
    pub fn is_sound(&self) -> bool {
        match &self.phase {
            Phase::Choosing(logits) => logits.values.iter().all(|logit| logit.is_finite()),
            Phase::Grouped(_) => true,
        }
    }

    /// Makes the choices of the next pass: by logits and Gumbel noise from the stream, one draw a
    /// channel and function, or by the logits alone. Final ones stay.
    pub fn choose(&mut self, mut noise: Option<&mut Stream>) {
        let Phase::Choosing(logits) = &mut self.phase else {
            return;
        };
        let pool = self.pool.len();
        for ((values, soft), chosen) in logits
            .values
            .chunks_exact(pool)
            .zip(logits.soft.chunks_exact_mut(pool))
            .zip(&mut self.chosen)
        {
            for (soft, value) in soft.iter_mut().zip(values) {
                let noise = noise
                    .as_deref_mut()
                    .map_or(0.0, |stream| -(-stream.unit().max(1e-20).ln()).ln() as f32);
                *soft = (value + noise) / TEMPERATURE;
            }
            let greatest = soft.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            *chosen = soft.iter().position(|soft| *soft == greatest).unwrap_or(0);
            soft.iter_mut()
                .for_each(|soft| *soft = (*soft - greatest).exp());
            let sum: f32 = soft.iter().sum();
            soft.iter_mut().for_each(|soft| *soft /= sum);
        }
        logits.gradient.fill(0.0);
    }

    /// f at rows of channels.
    pub fn value(&mut self, tile: &[f32], output: &mut [f32]) {
        let MixedActivations {
            pool,
            channels,
            phase,
            chosen,
            packed,
        } = self;
        match phase {
            Phase::Choosing(_) => {
                let values = &mut packed[0];
                values.resize(tile.len(), 0.0);
                for (index, kernel) in pool
                    .iter_mut()
                    .enumerate()
                    .filter(|(index, _)| chosen.contains(index))
                {
                    kernel.value(tile, values);
                    for (values, output) in values
                        .chunks_exact(*channels)
                        .zip(output.chunks_exact_mut(*channels))
                    {
                        for ((value, output), chosen) in values.iter().zip(output).zip(&*chosen) {
                            *output = if *chosen == index {
                                value.clamp(-CLAMP, CLAMP)
                            } else {
                                *output
                            };
                        }
                    }
                }
            }
            Phase::Grouped(groups) => {
                if let [(index, _)] = groups[..] {
                    return pool[index].value(tile, output);
                }
                for (index, range) in groups {
                    let [x, y, _] = &mut *packed;
                    gather(tile, *channels, range, x);
                    y.resize(x.len(), 0.0);
                    pool[*index].value(x, y);
                    scatter(y, *channels, range, output);
                }
            }
        }
    }

    /// Takes the gradient of f at rows of channels to that of the pre-activations `tile`, and
    /// counts the choices' own; `value` and `slope` are scratch.
    pub fn pull_back(
        &mut self,
        set: InstructionSet,
        tile: &[f32],
        value: &mut [f32],
        slope: &mut [f32],
        gradient: &mut [f32],
    ) {
        let MixedActivations {
            pool,
            channels,
            phase,
            chosen,
            packed,
        } = self;
        match phase {
            Phase::Choosing(logits) => {
                let pulled = &mut packed[0];
                pulled.resize(tile.len(), 0.0);
                for (index, kernel) in pool.iter_mut().enumerate() {
                    kernel.value_and_slope(tile, value, slope);
                    let choice = Choice {
                        index,
                        channels: *channels,
                        pool: logits.soft.len() / *channels,
                        chosen,
                    };
                    choice.pull_back([value, slope, gradient], &mut logits.gradient, pulled);
                }
                gradient.copy_from_slice(pulled);
            }
            Phase::Grouped(groups) => {
                for (index, range) in groups {
                    let [x, y, slopes] = &mut *packed;
                    gather(tile, *channels, range, x);
                    y.resize(x.len(), 0.0);
                    slopes.resize(x.len(), 0.0);
                    pool[*index].value_and_slope(x, y, slopes);
                    scatter(slopes, *channels, range, slope);
                }
                super::channels::MultiplyBy {
                    factor: slope,
                    target: gradient,
                }
                .run(set);
            }
        }
    }

    /// A step of the optimiser on the logits, from the gradients counted since the choices were
    /// made; they do not decay.
    pub fn step(&mut self, set: InstructionSet, step: OptimiserStep) {
        let Phase::Choosing(logits) = &mut self.phase else {
            return;
        };
        let pool = self.pool.len();
        for (gradient, soft) in logits
            .gradient
            .chunks_exact_mut(pool)
            .zip(logits.soft.chunks_exact(pool))
        {
            let along: f32 = gradient
                .iter()
                .zip(soft)
                .map(|(gradient, soft)| gradient * soft)
                .sum();
            gradient
                .iter_mut()
                .zip(soft)
                .for_each(|(gradient, soft)| *gradient = soft / TEMPERATURE * (*gradient - along));
        }
        let [first_moment, second_moment] = &mut logits.moments;
        let part = ParameterPart {
            gradient: &logits.gradient,
            parameters: &mut logits.values,
            first_moment,
            second_moment,
        };
        update(
            set,
            OptimiserStep {
                weight_decay: 0.0,
                ..step
            },
            part,
        );
    }

    /// Makes each channel's choice final by its logits, and gives the order into which the channels
    /// must be brought: new channel i is old `order[i]`.
    pub fn group(&mut self) -> Vec<usize> {
        self.choose(None);
        let mut order: Vec<usize> = (0..self.channels).collect();
        order.sort_by_key(|channel| self.chosen[*channel]);
        self.chosen.sort_unstable();
        self.stand_grouped();
        order
    }

    fn stand_grouped(&mut self) {
        let groups = (0..self.pool.len()).map(|index| {
            let start = self.chosen.partition_point(|chosen| *chosen < index);
            (
                index,
                start..self.chosen.partition_point(|chosen| *chosen <= index),
            )
        });
        self.phase = Phase::Grouped(groups.filter(|(_, range)| !range.is_empty()).collect());
    }

    /// The share of channels that each function of the pool has, by the logits alone while they are
    /// trained.
    pub fn shares(&mut self) -> Vec<f64> {
        self.choose(None);
        let count = |index: usize| {
            self.chosen
                .iter()
                .filter(|chosen| **chosen == index)
                .count()
        };
        (0..self.pool.len())
            .map(|index| count(index) as f64 / self.channels as f64)
            .collect()
    }

    /// All that a checkpoint must keep: the logits with their moments, or the final choices.
    pub fn state(&self) -> Vec<f32> {
        match &self.phase {
            Phase::Choosing(logits) => [&logits.values, &logits.moments[0], &logits.moments[1]]
                .into_iter()
                .flatten()
                .copied()
                .collect(),
            Phase::Grouped(_) => self.chosen.iter().map(|chosen| *chosen as f32).collect(),
        }
    }

    /// Takes up a state of a layer of the same size and pool; `false` where it cannot be one.
    #[must_use]
    pub fn restore(&mut self, state: &[f32]) -> bool {
        let size = self.channels * self.pool.len();
        if state.len() == self.channels
            && state.is_sorted()
            && state
                .iter()
                .all(|chosen| (0.0..self.pool.len() as f32).contains(chosen))
        {
            self.chosen = state.iter().map(|chosen| *chosen as usize).collect();
            self.stand_grouped();
            return true;
        }
        let Phase::Choosing(logits) = &mut self.phase else {
            return false;
        };
        if state.len() != 3 * size {
            return false;
        }
        let [first, second] = &mut logits.moments;
        for (target, source) in [&mut logits.values, first, second]
            .into_iter()
            .zip(state.chunks_exact(size))
        {
            target.copy_from_slice(source);
        }
        self.choose(None);
        true
    }
}

/// One function of the pool in the first phase's backward pass.
struct Choice<'a> {
    index: usize,
    channels: usize,
    pool: usize,
    chosen: &'a [usize],
}

impl Choice<'_> {
    fn pull_back(
        &self,
        [value, slope, gradient]: [&[f32]; 3],
        logits: &mut [f32],
        pulled: &mut [f32],
    ) {
        let rows = value
            .chunks_exact(self.channels)
            .zip(slope.chunks_exact(self.channels))
            .zip(gradient.chunks_exact(self.channels));
        for (((value, slope), gradient), pulled) in rows.zip(pulled.chunks_exact_mut(self.channels))
        {
            for channel in 0..self.channels {
                let clamped = value[channel].clamp(-CLAMP, CLAMP);
                logits[channel * self.pool + self.index] += gradient[channel] * clamped;
                if self.chosen[channel] == self.index {
                    let slope = if clamped == value[channel] {
                        slope[channel]
                    } else {
                        0.0
                    };
                    pulled[channel] = gradient[channel] * slope;
                }
            }
        }
    }
}

/// The columns of a range, packed.
fn gather(tile: &[f32], channels: usize, range: &Range<usize>, packed: &mut Vec<f32>) {
    packed.clear();
    tile.chunks_exact(channels)
        .for_each(|row| packed.extend_from_slice(&row[range.clone()]));
}

/// Packed columns into their places.
fn scatter(packed: &[f32], channels: usize, range: &Range<usize>, tile: &mut [f32]) {
    for (row, packed) in tile
        .chunks_exact_mut(channels)
        .zip(packed.chunks_exact(range.len()))
    {
        row[range.clone()].copy_from_slice(packed);
    }
}
