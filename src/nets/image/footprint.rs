//! What a network of maps needs of memory.

use super::convolution::{Convolution, Needs};
use super::engine::Engine;
use super::engine_layer::convolution_of;
use super::gradients::GradientPlan;
use crate::formula::kernel::Compiled;
use crate::formula::Shape;
use crate::nets::description::NetworkDescription;
use crate::nets::layer::MapId;

impl Engine {
    /// Bytes that a network needs in training, but for some numbers a channel and blocks of some
    /// kilobytes.
    pub fn bytes(
        description: &NetworkDescription,
        activation: Option<&Compiled>,
        batch: usize,
    ) -> u64 {
        let maps: usize = (0..=description.layers.len())
            .map(|map| description.map(MapId(map)).elements())
            .sum();
        let gradients: usize = GradientPlan::new(description).buffers.iter().sum();
        let layout = description.layout(activation.map_or(&[], Compiled::parameters));
        let (mut own, mut whole) = (0, 0);
        if let Some(Compiled::Tensor(kernel)) = activation {
            for (index, channels) in description.activated() {
                let places = description.map(MapId(index + 1)).places();
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
            (0..description.layers.len()).filter_map(|index| convolution_of(description, index))
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
}
