//! Which optimiser trains a network, as labs and recipes say it.

use serde::{Deserialize, Serialize};

/// What turns a gradient into an update.
///
/// In the lab's networks weight decay acts on the weight matrices (the head's among them), never on
/// biases, gains, shifts or the activation's parameters; in networks for images on everything but
/// the activation's parameters.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Optimiser {
    /// Adam (Kingma and Ba 2015, algorithm 1).
    Adam {
        /// The decay of the mean of gradients, beta 1, from 0 to 1. Left out: 0.9.
        #[serde(default = "first_decay")]
        first_decay: f64,
        /// The decay of the mean of squared gradients, beta 2, from 0 to 1. Left out: 0.999.
        #[serde(default = "second_decay")]
        second_decay: f64,
        /// What is added to the root of the second moment. Left out: 1e-8.
        #[serde(default = "epsilon")]
        epsilon: f64,
    },
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2): weights are
    /// multiplied by `1 - rate weight_decay` before each update.
    #[serde(rename = "adamw")]
    AdamW {
        /// As Adam's.
        #[serde(default = "first_decay")]
        first_decay: f64,
        /// As Adam's.
        #[serde(default = "second_decay")]
        second_decay: f64,
        /// As Adam's.
        #[serde(default = "epsilon")]
        epsilon: f64,
        /// What weights lose of themselves at a rate of 1. Left out: 0.01.
        #[serde(default = "adamw_weight_decay")]
        weight_decay: f64,
    },
    /// Stochastic gradient descent as PyTorch has it: `g` is the gradient plus `weight_decay` times
    /// the weight, the velocity `momentum velocity + g` (from 0), and the step the rate times the
    /// velocity, or with `nesterov` times `g + momentum velocity`.
    Sgd {
        /// What stays of the velocity at each step, from 0 to 1. Left out: 0.
        #[serde(default)]
        momentum: f64,
        /// Whether the step looks ahead along the momentum. Left out: false.
        #[serde(default)]
        nesterov: bool,
        /// What the gradient gains of the weight. Left out: 0.
        #[serde(default)]
        weight_decay: f64,
    },
}

impl Default for Optimiser {
    fn default() -> Optimiser {
        Optimiser::Adam {
            first_decay: first_decay(),
            second_decay: second_decay(),
            epsilon: epsilon(),
        }
    }
}

impl Optimiser {
    /// Returns the weight decay; 0 for plain Adam.
    #[inline]
    pub fn weight_decay(&self) -> f64 {
        match *self {
            Optimiser::Adam { .. } => 0.0,
            Optimiser::AdamW { weight_decay, .. } | Optimiser::Sgd { weight_decay, .. } => {
                weight_decay
            }
        }
    }

    /// Whether it is Adam with 0.9, 0.999 and 1e-8.
    pub fn is_default(&self) -> bool {
        *self == Optimiser::default()
    }
}

fn first_decay() -> f64 {
    0.9
}

fn second_decay() -> f64 {
    0.999
}

fn epsilon() -> f64 {
    1e-8
}

fn adamw_weight_decay() -> f64 {
    0.01
}
