//! The formula: parsed, checked, lowered, differentiated, and run.

pub mod candle;
pub mod equation;
pub mod error;
pub mod expression;
pub mod fingerprint;
pub mod function;
pub mod graph;
pub mod kernel;
pub mod limits;
pub mod nickname;
pub mod reference;

mod bounds;
mod builder;
mod canonical;
mod cost;
mod derivative;
mod header;
mod lex;
mod lower;
mod parse;
mod print;
mod raise;
mod scan;
mod spelling;

use std::fmt::{self, Display, Formatter};

pub use equation::Equation;
pub use error::{FormulaError, FormulaErrorKind};
pub use expression::{Expression, Program};
pub use fingerprint::Fingerprint;
pub use function::Function;
pub use graph::Graph;

/// What a formula reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Its own element only.
    Pointwise,
}

impl Display for Class {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Class::Pointwise => "pointwise",
        })
    }
}

/// A checked activation x -> y, with its exact derivative. It prints as a program that [`Formula::parse`] reads back to the same one.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    program: Program,
    graph: Graph,
    cost: u32,
    canonical: String,
    id: String,
}

impl Formula {
    /// Reads a formula of the variable `x`: lines `name = expression`, ended by a line break or `;`, and a last expression. The name of a function
    /// of one argument alone, such as `relu`, means that function of x. Python's spellings are read too, and so are
    /// `def f(x):`, `lambda x:` and `f(x) =` before a program.
    ///
    /// Every text, whatever it holds, gives a formula or an error in a time that the [`limits`] bound.
    ///
    /// ```
    /// use motherlode::formula::Formula;
    ///
    /// let formula = Formula::parse("gate = jax.nn.sigmoid(x)\nreturn x * gate")?;
    /// assert_eq!(formula.to_string(), "gate = sigmoid(x); x * gate");
    /// assert_eq!(formula.canonical(), "x * sigmoid(x)");
    /// assert_eq!(formula.id(), Formula::parse("silu")?.id());
    ///
    /// let error = Formula::parse("x * sigmod(x)").unwrap_err();
    /// assert_eq!(error.to_string(), "unknown function `sigmod`: the nearest known one is `sigmoid` (at byte 4)");
    /// # Ok::<(), motherlode::formula::FormulaError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Formula, FormulaError> {
        Formula::of(parse::program(text, &["x"])?)
    }

    /// Checks a program as `parse` checks text: its invariants, and that its printed form is within the limits. Its one variable is named `x`;
    /// negative numbers become `Negate` calls; bindings whose names could not be read back are renamed.
    pub fn from_program(program: Program) -> Result<Formula, FormulaError> {
        let variables = program.variables.len();
        if variables != 1 {
            let message = format!("an activation has one variable, the program has {variables}");
            return Err(FormulaError::without_place(FormulaErrorKind::Unparsable, message));
        }
        let program = Program { variables: vec!["x".to_owned()], ..program }.checked()?;
        // What is printed must be readable: this checks length and nesting as text.
        parse::program(&program.to_string(), &["x"])?;
        Formula::of(program)
    }

    /// A formula without bindings.
    pub fn from_expression(result: Expression) -> Result<Formula, FormulaError> {
        Formula::from_program(Program { variables: vec!["x".to_owned()], bindings: Vec::new(), result })
    }

    fn of(program: Program) -> Result<Formula, FormulaError> {
        let (mut builder, value) = lower::lower(&program)?;
        let mut alone = builder.graph.clone();
        alone.push_output(value);
        let cost = cost::cost(&alone.pruned());
        let slope = derivative::derivative(&mut builder, value);
        builder.graph.push_output(value);
        builder.graph.push_output(slope);
        let graph = builder.graph.pruned();
        lower::check_size(graph.nodes().len())?;
        let canonical = canonical::canonical(&program).to_string();
        let id = blake3::hash(canonical.as_bytes()).to_hex()[..32].to_owned();
        Ok(Formula { program, graph, cost, canonical, id })
    }

    /// The program, as its author wrote it.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The graph: one input; outputs f and f'.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Weighted operations an element, of f alone; an addition is 1, a division 4, an exponential 8.
    pub fn cost(&self) -> u32 {
        self.cost
    }

    /// What it reads.
    pub fn class(&self) -> Class {
        Class::Pointwise
    }

    /// The canonical form as text, which parses to a formula with the same canonical form.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// 32 hexadecimal digits: a hash of the canonical form.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Two words and a number drawn from the id.
    pub fn nickname(&self) -> String {
        nickname::nickname(&self.id)
    }

    /// f(x) and f'(x) by the 64-bit reference. At kinks the slope is that of one side, or 0 (relu'(0) = 0, abs'(0) = 0, sqrt'(0) = 0).
    pub fn value_and_slope(&self, x: f64) -> (f64, f64) {
        let outputs = reference::evaluate(&self.graph, &[x]);
        (outputs[0], outputs[1])
    }

    /// Its behaviour on a fixed grid.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.graph)
    }

    /// A kernel for slices of `f32`.
    pub fn kernel(&self) -> kernel::Kernel {
        kernel::Kernel::new(&self.graph)
    }
}

impl Display for Formula {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        self.program.fmt(out)
    }
}
