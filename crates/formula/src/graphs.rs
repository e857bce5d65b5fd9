//! The graphs of a formula: f alone, f with its slope, and the adjoint that trains it.

use std::sync::OnceLock;

use crate::builder::Builder;
use crate::class::Class;
use crate::error::FormulaError;
use crate::expression::Program;
use crate::graph::{Graph, Parameter};
use crate::reference::{self, Shape};
use crate::{adjoint, derivative, lower, probe};

/// A program of one variable as graphs; those with slopes are made when they are first wanted.
#[derive(Clone, Debug)]
pub(crate) struct Graphs {
    value: Graph,
    class: Class,
    pointwise: OnceLock<Graph>,
    adjoint: OnceLock<Graph>,
}

impl Graphs {
    /// Lowers `program`, whose graphs must be within the limits.
    pub fn of(program: &Program) -> Result<Graphs, FormulaError> {
        let (mut builder, root) = lower::lower(program)?;
        builder.graph.push_output(root);
        let value = builder.graph.pruned().without_unused_parameters();
        lower::check_size(value.nodes().len())?;
        let graphs = Graphs {
            class: Class::of(&value),
            value,
            pointwise: OnceLock::new(),
            adjoint: OnceLock::new(),
        };
        let differentiated = match graphs.class {
            Class::Pointwise => graphs.with_slope(),
            Class::Feature | Class::Batch => graphs.adjoint(),
        };
        lower::check_size(differentiated.nodes().len())?;
        Ok(graphs)
    }

    /// The graph of f alone.
    #[inline]
    pub fn value(&self) -> &Graph {
        &self.value
    }

    /// What f reads.
    #[inline]
    pub fn class(&self) -> Class {
        self.class
    }

    /// The graph of f and f' where the class is pointwise, of f alone elsewhere. Parameters count
    /// as constants in f'.
    pub fn with_slope(&self) -> &Graph {
        if self.class != Class::Pointwise {
            return &self.value;
        }
        self.pointwise.get_or_init(|| {
            let (mut builder, root) = Builder::continuing(&self.value);
            let slope = derivative::derivative(&mut builder, root);
            builder.graph.push_output(root);
            builder.graph.push_output(slope);
            builder.graph.pruned()
        })
    }

    /// The graph of f, the gradient of x, and that of each parameter; input 1 is the gradient that
    /// arrives at f.
    pub fn adjoint(&self) -> &Graph {
        self.adjoint.get_or_init(|| {
            let (builder, root) = Builder::continuing(&self.value);
            adjoint::adjoint(builder, root)
        })
    }

    /// The trainable parameters, in the order of the text.
    #[inline]
    pub fn parameters(&self) -> &[Parameter] {
        self.value.parameters()
    }

    /// The initial values of each parameter in a layer of `features`.
    pub fn initial_parameters(&self, features: usize) -> Vec<Vec<f64>> {
        reference::initial_parameters(&self.value, features)
    }

    /// f(x) and f'(x) where the class is pointwise, the response at the probe's tensor elsewhere.
    pub fn value_and_slope(&self, x: f64) -> (f64, f64) {
        if self.class != Class::Pointwise {
            let gradients = self.gradients(
                probe::SHAPE,
                &probe::around(x),
                &probe::arriving_at_first(),
                &self.initial_parameters(probe::SHAPE.features),
            );
            return (gradients.value[0], gradients.input[0]);
        }
        let outputs = reference::evaluate(self.with_slope(), &[x]);
        (outputs[0], outputs[1])
    }

    /// f alone where `value_and_slope` gives f and f'.
    pub fn value_at(&self, x: f64) -> f64 {
        if self.class != Class::Pointwise {
            return probe::value(&self.value, x);
        }
        reference::evaluate(&self.value, &[x])[0]
    }

    /// f over a tensor, and the gradients that `arriving`, that of f, gives.
    pub fn gradients(
        &self,
        shape: Shape,
        x: &[f64],
        arriving: &[f64],
        parameters: &[Vec<f64>],
    ) -> Gradients {
        let mut outputs =
            reference::evaluate_tensor(self.adjoint(), shape, &[x, arriving], parameters);
        let standing = outputs.split_off(2).into_iter().zip(self.parameters());
        let parameters = standing
            .map(|(gradient, parameter)| gradient[..parameter.values(shape.features)].to_vec())
            .collect();
        let input = outputs.swap_remove(1);
        Gradients {
            value: outputs.swap_remove(0),
            input,
            parameters,
        }
    }
}

/// The values and gradients of a formula over a tensor: what
/// [`Formula::gradients`](crate::Formula::gradients) gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradients {
    /// f at every element, row by row.
    pub value: Vec<f64>,
    /// The gradient of x at every element, row by row.
    pub input: Vec<f64>,
    /// The gradient of each parameter: one value for a layer's, one a feature for a channel's.
    pub parameters: Vec<Vec<f64>>,
}
