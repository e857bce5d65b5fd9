//! What a tensor kernel holds while it runs: numbers, one row of features for what is the same in
//! every row, whole tensors, and partial sums.

use super::interpreter::BLOCK;
use super::lanes::LANES;
use super::passes::WIDTH;
use super::plan::{Gather, Plan};
use super::slot::{Reach, Slot, Source};
use crate::graph::{Parameter, Scope};
use crate::reference::Shape;

/// Elements of a cache line, on which every tensor begins.
const CACHE_LINE: usize = 64 / size_of::<f32>();

/// The slots of a plan over a tensor or some rows of it.
#[derive(Clone, Default)]
pub struct Memory {
    /// Each number [`LANES`] times.
    pub numbers: Vec<f32>,
    /// Rows of features, each going on past its end from its beginning, so that a block can be read
    /// from any feature on.
    pub strips: Vec<f32>,
    tensors: Vec<f32>,
    /// Partial sums, gather after gather.
    pub sums: Vec<f64>,
    /// The output and the inputs, where they do not fill whole vectors.
    pub padded: [Vec<f32>; 3],
}

/// Sizes that a plan and a shape give.
#[derive(Clone, Copy)]
pub struct Sizes {
    pub shape: Shape,
    /// Elements from one tensor to the next: whole cache lines, so that the last vector of any
    /// instruction set has room.
    pub tensor: usize,
    /// Elements from one strip to the next.
    pub strip: usize,
}

impl Sizes {
    pub fn new(shape: Shape) -> Sizes {
        Sizes {
            shape,
            tensor: shape.elements().next_multiple_of(LANES),
            strip: (shape.features + BLOCK).next_multiple_of(LANES),
        }
    }

    /// Bytes that a plan's slots take.
    pub fn bytes(&self, plan: &Plan) -> u64 {
        let [numbers, strips, tensors] = plan.slots.map(|slots| slots as u64);
        let copies = if self.tensor == self.shape.elements() {
            0
        } else {
            3
        };
        let singles = numbers * LANES as u64
            + strips * self.strip as u64
            + (tensors + copies) * self.tensor as u64
            + CACHE_LINE as u64;
        singles * size_of::<f32>() as u64
            + sums(plan, self.shape.features) as u64 * size_of::<f64>() as u64
    }
}

/// How many partial sums a gather has.
pub fn width(gather: &Gather, features: usize) -> usize {
    if gather.sums == Reach::Tensor {
        WIDTH
    } else {
        features
    }
}

fn sums(plan: &Plan, features: usize) -> usize {
    plan.stages
        .iter()
        .flat_map(|stage| &stage.gathers)
        .map(|gather| width(gather, features))
        .sum()
}

impl Memory {
    /// Makes room for a plan; partial sums are 0, what else it holds is unspecified.
    pub fn prepare(&mut self, plan: &Plan, sizes: Sizes) {
        let [numbers, strips, tensors] = plan.slots;
        for (memory, wanted) in [
            (&mut self.numbers, numbers * LANES),
            (&mut self.strips, strips * sizes.strip),
            (&mut self.tensors, tensors * sizes.tensor + CACHE_LINE),
        ] {
            if memory.len() < wanted {
                memory.resize(wanted, 0.0);
            }
        }
        self.sums.clear();
        self.sums.resize(sums(plan, sizes.shape.features), 0.0);
    }

    /// All whole tensors, one after another, and beside them what else there is.
    pub fn split(&mut self, plan: &Plan, sizes: Sizes) -> Parts<'_> {
        let past = self.tensors.as_ptr() as usize % 64 / size_of::<f32>();
        let tensors = &mut self.tensors[(CACHE_LINE - past) % CACHE_LINE..]
            [..plan.slots[Reach::Element as usize] * sizes.tensor];
        Parts {
            sizes,
            numbers: &mut self.numbers,
            strips: &mut self.strips,
            tensors,
            sums: &mut self.sums,
        }
    }
}

/// The slots, ready to be read and written.
pub struct Parts<'a> {
    pub sizes: Sizes,
    pub numbers: &'a mut [f32],
    pub strips: &'a mut [f32],
    pub tensors: &'a mut [f32],
    pub sums: &'a mut [f64],
}

impl Parts<'_> {
    /// Puts every parameter where the plan wants it.
    pub fn load(&mut self, plan: &Plan, declared: &[Parameter], values: &[f32]) {
        let features = self.sizes.shape.features;
        let mut rest = values;
        for (slot, parameter) in plan.parameters.iter().zip(declared) {
            let (own, others) = rest.split_at(parameter.values(features));
            rest = others;
            let Some(slot) = *slot else { continue };
            match parameter.scope {
                Scope::Layer => self.of_mut(slot).fill(own[0]),
                Scope::Channel => {
                    self.of_mut(slot)
                        .chunks_exact_mut(features)
                        .for_each(|row| row.copy_from_slice(own));
                }
            }
            self.go_on(slot);
        }
    }

    /// The elements of a slot that are its own: a number as often as there are lanes, one row of
    /// features, or a whole tensor.
    pub fn of_mut(&mut self, slot: Slot) -> &mut [f32] {
        let Sizes {
            shape,
            tensor,
            strip,
        } = self.sizes;
        match slot.reach {
            Reach::Tensor => &mut self.numbers[slot.index * LANES..][..LANES],
            Reach::Rows => &mut self.strips[slot.index * strip..][..shape.features],
            Reach::Element => &mut self.tensors[slot.index * tensor..][..shape.elements()],
        }
    }

    /// Continues a row of features past its end.
    pub fn go_on(&mut self, slot: Slot) {
        if slot.reach == Reach::Rows {
            let (features, length) = (self.sizes.shape.features, self.sizes.strip);
            let strip = &mut self.strips[slot.index * length..][..length];
            let mut done = features;
            while done < length {
                let more = done.min(length - done);
                strip.copy_within(..more, done);
                done += more;
            }
        }
    }

    /// The first elements of an output, as many as `out` takes.
    pub fn store(&mut self, source: Source, inputs: [&[f32]; 2], out: &mut [f32]) {
        match source {
            Source::Stored(slot) => out.copy_from_slice(&self.of_mut(slot)[..out.len()]),
            Source::Input(input) => out.copy_from_slice(&inputs[input][..out.len()]),
            Source::Constant(constant) => out.fill(constant),
        }
    }
}
