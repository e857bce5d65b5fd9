//! Where the gradients of maps stand during a backward pass: buffers that are shared by maps whose
//! gradients are not wanted at the same time.

use crate::nets::description::NetworkDescription;
use crate::nets::layer::{Layer, LayerKind, MapId};

/// The backward pass of a network, layer by layer; buffers are numbered.
pub struct GradientPlan {
    /// A layer each; none where the loss does not depend on it.
    pub steps: Vec<Option<GradientStep>>,
    /// Elements of each buffer for one image.
    pub buffers: Vec<usize>,
}

/// What a layer does with gradients of maps.
#[derive(Clone, Copy, Debug)]
pub struct GradientStep {
    /// The buffer with the gradient of the layer's output.
    pub output: usize,
    pub input: InputGradient,
    /// The buffer to which the output's gradient is added, for the residual; a residual without one
    /// takes the output's over.
    pub residual: Option<usize>,
}

/// Where the gradient of a layer's input goes.
#[derive(Clone, Copy, Debug)]
pub enum InputGradient {
    /// It is not wanted: images have none.
    Nowhere,
    /// Over that of the output.
    InPlace,
    /// Over what a buffer holds.
    Written(usize),
    /// To what other layers have left in the buffer `to`; layers that can only write do so in the
    /// buffer `by_way_of` first.
    Added { to: usize, by_way_of: Option<usize> },
}

impl GradientPlan {
    /// The plan of a network.
    pub fn new(description: &NetworkDescription) -> GradientPlan {
        let layers = &description.layers;
        let mut pool = Pool::default();
        let mut begun: Vec<Option<usize>> = vec![None; layers.len() + 1];
        begun[layers.len()] = Some(pool.take(description.classes()));
        let mut steps = vec![None; layers.len()];
        for (index, layer) in layers.iter().enumerate().rev() {
            let Some(output) = begun[index + 1].take() else {
                continue;
            };
            let elements = description.map(layer.input).elements();
            let is_image = layer.input == MapId::IMAGE;
            let input = input_gradient(layer, elements, begun[layer.input.0], &mut pool);
            let mut is_free = true;
            match input {
                InputGradient::Nowhere => {}
                InputGradient::InPlace => {
                    begun[layer.input.0] = Some(output);
                    is_free = false;
                }
                InputGradient::Written(to) if is_image => pool.give_back(to),
                InputGradient::Written(to) => begun[layer.input.0] = Some(to),
                InputGradient::Added { by_way_of, .. } => by_way_of
                    .into_iter()
                    .for_each(|buffer| pool.give_back(buffer)),
            }
            let residual = layer
                .residual()
                .filter(|residual| *residual != MapId::IMAGE);
            let added_to = residual.and_then(|residual| begun[residual.0]);
            if let (Some(residual), None) = (residual, added_to) {
                begun[residual.0] = Some(output);
                is_free = false;
            }
            if is_free {
                pool.give_back(output);
            }
            steps[index] = Some(GradientStep {
                output,
                input,
                residual: added_to,
            });
        }
        GradientPlan {
            steps,
            buffers: pool.buffers,
        }
    }
}

/// Where the gradient of a layer's input goes, of so many elements for one image; `begun` is the
/// buffer in which later layers have left their part of it, if they have.
fn input_gradient(
    layer: &Layer,
    elements: usize,
    begun: Option<usize>,
    pool: &mut Pool,
) -> InputGradient {
    let is_affine = matches!(layer.kind, LayerKind::Affine { .. });
    let can_add = is_affine
        || matches!(
            layer.kind,
            LayerKind::Convolution { .. } | LayerKind::Linear { .. }
        );
    match begun {
        Some(to) => InputGradient::Added {
            to,
            by_way_of: (!can_add).then(|| pool.take(elements)),
        },
        // A residual wants the output's gradient as it is.
        None if is_affine && layer.residual().is_some() => {
            InputGradient::Written(pool.take(elements))
        }
        None if layer.input == MapId::IMAGE => InputGradient::Nowhere,
        None if is_affine => InputGradient::InPlace,
        None => InputGradient::Written(pool.take(elements)),
    }
}

/// Buffers in the making.
#[derive(Default)]
struct Pool {
    /// The most elements that each has held.
    buffers: Vec<usize>,
    free: Vec<usize>,
}

impl Pool {
    /// The least free buffer that is large enough, else the largest one made larger.
    fn take(&mut self, elements: usize) -> usize {
        let size = |place: &usize| self.buffers[self.free[*place]];
        let places = || 0..self.free.len();
        let enough = places()
            .filter(|place| size(place) >= elements)
            .min_by_key(size);
        match enough.or_else(|| places().max_by_key(size)) {
            Some(place) => {
                let buffer = self.free.swap_remove(place);
                self.buffers[buffer] = self.buffers[buffer].max(elements);
                buffer
            }
            None => {
                self.buffers.push(elements);
                self.buffers.len() - 1
            }
        }
    }

    fn give_back(&mut self, buffer: usize) {
        self.free.push(buffer);
    }
}
