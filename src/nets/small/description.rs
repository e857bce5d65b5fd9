//! The lab's networks as lists of layers.

use super::definition::{NetworkDefinition, NetworkKind};
use crate::formula::graph::Parameter;
use crate::nets::description::NetworkDescription;
use crate::nets::layer::{Layer, LayerKind, MapId, MapShape, Shift};
use crate::nets::parameters::ParameterLayout;
use crate::nets::{Initialisation, Normalisation, Start};

impl NetworkDefinition {
    /// Returns the network's layers over inputs of `dimension` numbers, which are the channels of a
    /// map of one place. The definition must have passed [`NetworkDefinition::check`].
    pub fn description(&self, dimension: usize) -> NetworkDescription {
        let mut list = LayerList {
            layers: Vec::new(),
            normalisation: self.normalises(),
        };
        match self.kind {
            NetworkKind::Mlp => {
                for index in 1..=self.depth {
                    list.hidden(&format!("hidden{index}"), self.width);
                }
            }
            NetworkKind::Residual => {
                list.linear("entry", self.width);
                list.bias("entry", None, false);
                let inner = self
                    .inner_width
                    .expect("a checked residual network has an inner width");
                for index in 1..=self.depth {
                    list.block(&format!("block{index}"), inner, self.width);
                }
            }
        }
        list.linear("head", 1);
        list.bias("head", None, false);
        let inputs = MapShape {
            height: 1,
            width: 1,
            channels: dimension,
        };
        NetworkDescription::new(&self.name, inputs, list.layers, self.initialisation)
            .expect("a checked definition makes a network")
    }

    /// Returns where every parameter lies in the flat vector and what it starts from, for an
    /// activation with these trainable parameters: for every hidden linear map of an `mlp`, or the
    /// one into a `residual` stream, weights (fan in x fan out) and bias, and in a normalised `mlp`
    /// gain and shift; then for every block gain and shift (where it is normalised), W1, b1, W2,
    /// b2; then the head's weights and bias; then for every hidden layer or block the trainable
    /// parameters of the activation, in the order of its text.
    pub fn parameter_layout(&self, dimension: usize, activation: &[Parameter]) -> ParameterLayout {
        let description = self.description(dimension);
        let last = description.layers.len();
        let start = |index: usize, fan_in: usize, fan_out: usize| {
            let is_in_block = self.kind == NetworkKind::Residual
                && description.layers[index].input != MapId::IMAGE
                // The head's linear map has its bias after it alone.
                && index + 2 < last;
            match self.initialisation {
                Initialisation::PreActivationDeviation(target) if is_in_block => {
                    Start::Normal(target / (self.width as f64).sqrt())
                }
                initialisation => initialisation.start(fan_in, fan_out),
            }
        };
        ParameterLayout::new(&description, activation, start)
    }
}

/// Layers in the making, each of which reads the one before.
struct LayerList {
    layers: Vec<Layer>,
    normalisation: Normalisation,
}

impl LayerList {
    /// The map that was made last.
    fn last(&self) -> MapId {
        MapId(self.layers.len())
    }

    fn push(&mut self, name: String, kind: LayerKind) {
        self.layers.push(Layer {
            name,
            input: self.last(),
            kind,
        });
    }

    fn linear(&mut self, name: &str, outputs: usize) {
        self.push(name.to_owned(), LayerKind::Linear { outputs });
    }

    fn bias(&mut self, name: &str, residual: Option<MapId>, activated: bool) {
        let kind = LayerKind::Affine {
            shift: Shift::Bias,
            residual,
            activated,
        };
        self.push(format!("{name}.bias"), kind);
    }

    fn normalised(&mut self, name: &str, activated: bool) {
        let shift = match self.normalisation {
            Normalisation::None => return,
            Normalisation::Layer => Shift::LayerNormalisation,
            Normalisation::Batch => Shift::BatchNormalisation,
        };
        let kind = LayerKind::Affine {
            shift,
            residual: None,
            activated,
        };
        self.push(format!("{name}.normalisation"), kind);
    }

    /// A hidden layer of an `mlp`: the normalisation stands between the bias and the activation.
    fn hidden(&mut self, name: &str, width: usize) {
        self.linear(name, width);
        self.bias(name, None, self.normalisation == Normalisation::None);
        self.normalised(name, true);
    }

    /// A residual block: `h + W2 f(W1 norm(h) + b1) + b2`.
    fn block(&mut self, name: &str, inner: usize, width: usize) {
        let stream = self.last();
        self.normalised(name, false);
        self.linear(&format!("{name}.first"), inner);
        self.bias(&format!("{name}.first"), None, true);
        self.linear(&format!("{name}.second"), width);
        self.bias(&format!("{name}.second"), Some(stream), false);
    }
}
