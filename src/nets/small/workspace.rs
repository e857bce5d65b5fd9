//! The buffers of a training run: aligned, grown when needed, reused from trial to trial.

use super::definition::{NetworkDefinition, NetworkKind};
use super::layout::PanelLayout;
use super::matmul::PANEL;
use super::normalisation::Normalised;
use crate::formula::kernel::Compiled;
use crate::formula::vector::InstructionSet;
use crate::nets::Normalisation;
use crate::numerics::buffer::Buffer;

/// Rows of a panel that go through a product and the activation together, while they are in the
/// first-level cache.
pub(super) const ROWS_AT_ONCE: usize = 64;

/// The units of one hidden layer; panels of `rows x units` unless said.
#[derive(Default)]
pub(super) struct Hidden {
    /// f at the pre-activations.
    pub value: Buffer,
    /// f' at the pre-activations, overwritten by the loss's gradient with respect to them in the
    /// backward pass. Where the activation runs over tensors: the gradient with respect to f, then
    /// to the pre-activations.
    pub slope: Buffer,
    /// The pre-activations row by row; only where the activation runs over tensors.
    pub pre_activation: Buffer,
}

/// What the backward pass needs of one hidden layer or block; panels of `rows x units` unless said.
#[derive(Default)]
pub(super) struct LayerBuffers {
    pub hidden: Hidden,
    /// Where the network normalises.
    pub normalised: Normalised,
    /// Residual only: the block's input, normalised where the network does that.
    pub shifted: Buffer,
}

/// All buffers of a training run. One a worker, reused for every trial; what it held before never
/// shows in a result.
pub struct Workspace {
    pub(super) set: InstructionSet,
    pub(super) parameters: Buffer,
    pub(super) gradient: Buffer,
    pub(super) first_moment: Buffer,
    pub(super) second_moment: Buffer,
    /// The batch's inputs, in panels.
    pub(super) inputs: Buffer,
    pub(super) targets: Buffer,
    /// Predictions, overwritten by the loss's gradient with respect to them.
    pub(super) output: Buffer,
    pub(super) layers: Vec<LayerBuffers>,
    /// Pre-activations of some rows of one panel.
    pub(super) tile: Buffer,
    /// Tensors on their way into an activation and out of it, row by row, where it runs over
    /// tensors; the first also what an `mlp` normalised, in panels.
    pub(super) whole: [Buffer; 2],
    /// A weight matrix transposed.
    pub(super) transposed: Buffer,
    /// Residual only: the stream h, and the loss's gradient with respect to it.
    pub(super) stream: Buffer,
    pub(super) stream_gradient: Buffer,
    /// Residual only: the loss's gradient with respect to a block's normalised input.
    pub(super) shifted_gradient: Buffer,
    /// The order in which training rows are met.
    pub(super) order: Vec<u32>,
}

impl Default for Workspace {
    fn default() -> Workspace {
        Workspace::new()
    }
}

impl Workspace {
    /// An empty workspace for the widest instruction set of this machine.
    pub fn new() -> Workspace {
        Workspace::for_instruction_set(InstructionSet::best())
    }

    /// An empty workspace whose matrix products and updates run on `set`.
    pub fn for_instruction_set(set: InstructionSet) -> Workspace {
        Workspace {
            set,
            parameters: Buffer::default(),
            gradient: Buffer::default(),
            first_moment: Buffer::default(),
            second_moment: Buffer::default(),
            inputs: Buffer::default(),
            targets: Buffer::default(),
            output: Buffer::default(),
            layers: Vec::new(),
            tile: Buffer::default(),
            whole: Default::default(),
            transposed: Buffer::default(),
            stream: Buffer::default(),
            stream_gradient: Buffer::default(),
            shifted_gradient: Buffer::default(),
            order: Vec::new(),
        }
    }

    /// Makes room for `network` on `dimension` inputs in blocks of up to `rows` rows.
    pub(super) fn prepare(
        &mut self,
        network: &NetworkDefinition,
        layout: &PanelLayout,
        activation: &Compiled,
        dimension: usize,
        rows: usize,
    ) {
        let inner = network.inner_width.unwrap_or(network.width);
        for buffer in [
            &mut self.parameters,
            &mut self.gradient,
            &mut self.first_moment,
            &mut self.second_moment,
        ] {
            buffer.resize(layout.len());
            buffer.fill(0.0);
        }
        self.inputs.resize(rows * dimension);
        self.targets.resize(rows);
        self.output.resize(rows);
        self.tile.resize(PANEL * rows.min(ROWS_AT_ONCE));
        self.transposed.resize(network.width * inner);
        if self.layers.len() < network.depth {
            self.layers
                .resize_with(network.depth, LayerBuffers::default);
        }
        for layer in &mut self.layers[..network.depth] {
            layer.hidden.value.resize(rows * inner);
            layer.hidden.slope.resize(rows * inner);
        }
        if let Compiled::Tensor(_) = activation {
            self.layers[..network.depth]
                .iter_mut()
                .for_each(|layer| layer.hidden.pre_activation.resize(rows * inner));
            self.whole
                .iter_mut()
                .for_each(|whole| whole.resize(rows * inner));
        }
        let kind = network.normalises();
        if kind != Normalisation::None {
            self.layers[..network.depth]
                .iter_mut()
                .for_each(|layer| layer.normalised.prepare(kind, rows, network.width));
            self.whole[0].resize(rows * inner);
        }
        if network.kind == NetworkKind::Residual {
            self.layers[..network.depth]
                .iter_mut()
                .for_each(|layer| layer.shifted.resize(rows * network.width));
            for buffer in [
                &mut self.stream,
                &mut self.stream_gradient,
                &mut self.shifted_gradient,
            ] {
                buffer.resize(rows * network.width);
            }
        }
    }
}
