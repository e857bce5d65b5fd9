//! A formula of several named variables, for its values only: the language of task definitions.

use std::fmt::{self, Display, Formatter};

use crate::class::Class;
use crate::error::{FormulaError, FormulaErrorKind};
use crate::expression::Program;
use crate::graph::Graph;
use crate::{lower, parse, reference};

/// A checked formula of several variables.
#[derive(Clone, Debug)]
pub struct Equation {
    program: Program,
    graph: Graph,
}

impl Equation {
    /// Reads `text` over `variables`, whose names hide the constants `pi` and `e`.
    ///
    /// # Errors
    /// Those of [`Formula::parse`](crate::Formula::parse), and a formula that reads other elements
    /// or has trainable parameters.
    pub fn parse(text: &str, variables: &[&str]) -> Result<Equation, FormulaError> {
        let program = parse::program(text, variables)?;
        let (mut builder, root) = lower::lower(&program)?;
        builder.graph.push_output(root);
        let graph = builder.graph.pruned();
        if Class::of(&graph) != Class::Pointwise || !graph.parameters().is_empty() {
            let message = "an equation gives one value at one point: it reads no other element \
                and trains nothing";
            return Err(FormulaError::without_place(
                FormulaErrorKind::Forbidden,
                message,
            ));
        }
        Ok(Equation { program, graph })
    }

    /// The program as written.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The graph: an input a variable, one output.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The value at `inputs`, one a variable in their order.
    ///
    /// # Panics
    /// Where there are fewer inputs than variables.
    pub fn evaluate(&self, inputs: &[f64]) -> f64 {
        assert!(
            inputs.len() >= self.program.variables.len(),
            "{} inputs for {} variables",
            inputs.len(),
            self.program.variables.len()
        );
        reference::evaluate(&self.graph, inputs)[0]
    }
}

impl Display for Equation {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        self.program.fmt(out)
    }
}
