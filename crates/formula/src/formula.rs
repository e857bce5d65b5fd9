//! The formula: an activation, parsed, checked, differentiated and made ready to run.

use std::fmt::{self, Display, Formatter};
use std::sync::OnceLock;

use crate::class::Class;
use crate::error::{FormulaError, FormulaErrorKind};
use crate::expression::{Expression, Program};
use crate::fingerprint::Fingerprint;
use crate::function::Function;
use crate::graph::{Graph, Node, Parameter};
use crate::graphs::{Gradients, Graphs};
use crate::kernel::{Compiled, Kernel, TensorKernel};
use crate::reference::Shape;
use crate::response::Response;
use crate::vector::InstructionSet;
use crate::{canonical, cost, limits, nickname, parse, tally};

/// A checked activation over a tensor of rows (of a batch) x features (of a layer), with its exact
/// derivative. It prints as a program that [`Formula::parse`] reads back to the same one.
#[derive(Clone, Debug)]
pub struct Formula {
    program: Program,
    graphs: Graphs,
    cost: u32,
    /// The canonical form and its id.
    canonical: OnceLock<(String, String)>,
    fingerprint: OnceLock<Fingerprint>,
}

impl PartialEq for Formula {
    fn eq(&self, other: &Formula) -> bool {
        self.program == other.program
    }
}

impl Formula {
    /// Reads a formula of the variable `x`: lines `name = expression`, ended by a line break or
    /// `;`, and a last expression. Python's spellings are read too, and so are `def f(x):`,
    /// `lambda x:` and `f(x) =` before a program. The name of a function of one argument alone,
    /// such as `relu`, means that function of x; the name of an activation of the
    /// [`library`](crate::library), such as `snake`, means its formula.
    ///
    /// Every text, whatever it holds, gives a formula or an error in a time that the
    /// [`limits`](crate::limits) bound.
    ///
    /// # Errors
    /// Where the text breaks the grammar or names what does not exist, asks for what formulas may
    /// not do, or is over the limits; the error says where and what to write.
    ///
    /// ```
    /// use motherlode_formula::Formula;
    ///
    /// let formula = Formula::parse("gate = jax.nn.sigmoid(x)\nreturn x * gate")?;
    /// assert_eq!(formula.to_string(), "gate = sigmoid(x); x * gate");
    /// assert_eq!(formula.canonical(), "x * sigmoid(x)");
    /// assert_eq!(formula.id(), Formula::parse("silu")?.id());
    ///
    /// let error = Formula::parse("x * sigmod(x)").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "unknown function `sigmod`: the nearest known one is `sigmoid` (at byte 4)"
    /// );
    /// # Ok::<(), motherlode_formula::FormulaError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Formula, FormulaError> {
        tally::parsed(text);
        Formula::of(parse::program(text, &["x"])?)
    }

    /// Checks a program of one variable, which is renamed `x`. Negative numbers become `Negate`
    /// calls; bindings whose names could not be read back are renamed.
    ///
    /// # Errors
    /// Where the program breaks an invariant of [`Program`], has another number of variables than
    /// one, or prints a text that is over the limits.
    pub fn from_program(program: Program) -> Result<Formula, FormulaError> {
        let variables = program.variables.len();
        if variables != 1 {
            let message = format!("an activation has one variable, the program has {variables}");
            return Err(FormulaError::without_place(
                FormulaErrorKind::Unparsable,
                message,
            ));
        }
        let program = Program {
            variables: vec!["x".to_owned()],
            ..program
        }
        .checked()?;
        // What is printed must be readable: this checks length and nesting as text.
        parse::program(&program.to_string(), &["x"]).map_err(FormulaError::about_a_program)?;
        Formula::of(program)
    }

    /// Checks an expression in `x` without bindings, as [`Formula::from_program`] does.
    pub fn from_expression(result: Expression) -> Result<Formula, FormulaError> {
        Formula::from_program(Program {
            variables: vec!["x".to_owned()],
            bindings: Vec::new(),
            result,
        })
    }

    fn of(program: Program) -> Result<Formula, FormulaError> {
        let graphs = Graphs::of(&program)?;
        Ok(Formula {
            cost: cost::cost(graphs.value()),
            program,
            graphs,
            canonical: OnceLock::new(),
            fingerprint: OnceLock::new(),
        })
    }

    /// The program, as its author wrote it.
    #[inline]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The graph: one input; outputs f and f' where the class is pointwise, f alone elsewhere.
    /// Parameters count as constants in f'.
    #[inline]
    pub fn graph(&self) -> &Graph {
        self.graphs.with_slope()
    }

    /// The graph that trains: input 0 is x, input 1 the gradient that arrives at f; outputs are f,
    /// the gradient of x, and that of each parameter, summed over the tensor (a layer's) or over
    /// the batch (a channel's) and standing at every element.
    #[inline]
    pub fn adjoint(&self) -> &Graph {
        self.graphs.adjoint()
    }

    /// The trainable parameters, in the order of the text.
    #[inline]
    pub fn parameters(&self) -> &[Parameter] {
        self.graphs.parameters()
    }

    /// The cost of f alone in weighted operations an element: an addition is 1, a division 4, an
    /// exponential 8.
    #[inline]
    pub fn cost(&self) -> u32 {
        self.cost
    }

    /// What f reads: its own element, its row, or the batch.
    #[inline]
    pub fn class(&self) -> Class {
        self.graphs.class()
    }

    /// Whether f reads no x at all, such as `2*pi`.
    pub fn is_constant(&self) -> bool {
        let mut nodes = self.graphs.with_slope().nodes().iter();
        !nodes.any(|node| matches!(node, Node::Input(_)))
    }

    /// The first function of the text that reads more than `limit` allows; `None` where the formula
    /// stays within it.
    pub fn beyond(&self, limit: Class) -> Option<Function> {
        (self.class() > limit)
            .then(|| {
                self.program
                    .functions()
                    .find(|function| function.class() > limit)
            })
            .flatten()
    }

    /// The canonical form as text, which parses to a formula with the same canonical form: the
    /// normal form of the smallest program that known identities make equal to this one, within
    /// limits that are counts and no clock. Equal functions may still have two; their fingerprints
    /// match.
    pub fn canonical(&self) -> &str {
        &self.identity().0
    }

    /// The identity of the formula: 32 hexadecimal digits, a hash of the canonical form.
    pub fn id(&self) -> &str {
        &self.identity().1
    }

    fn identity(&self) -> &(String, String) {
        self.canonical.get_or_init(|| {
            let canonical = canonical::canonical(&self.program).to_string();
            let id = blake3::hash(canonical.as_bytes()).to_hex()[..32].to_owned();
            (canonical, id)
        })
    }

    /// A nickname such as `brisk-otter-417`, drawn from the id.
    pub fn nickname(&self) -> String {
        nickname::nickname(self.id())
    }

    /// f(x) and f'(x) by the 64-bit reference, parameters at their initial values. At kinks the
    /// slope is that of one side, or 0 (relu'(0) = 0, abs'(0) = 0, sqrt'(0) = 0).
    ///
    /// Of a formula that reads more than its own element: its response there, that is f and its
    /// slope at the first element of a fixed tensor (8 rows of 8 features, about standard normal)
    /// as that element alone takes the value x.
    pub fn value_and_slope(&self, x: f64) -> (f64, f64) {
        self.graphs.value_and_slope(x)
    }

    /// f' as a program that [`Formula::parse`] reads, trainable parameters at their initial values;
    /// `None` where the class is not pointwise, where f' holds what the language has no function
    /// for (the slope of sinc), or where it is longer than a formula may be.
    pub fn derivative(&self) -> Option<String> {
        if self.class() != Class::Pointwise {
            return None;
        }
        let graph = self.graph();
        let slope = canonical::raised(graph, graph.outputs()[1], &self.program.variables)?;
        Some(slope.checked().ok()?.to_string()).filter(|text| text.len() <= limits::TEXT_BYTES)
    }

    /// f(x), by the same conventions as [`Formula::value_and_slope`].
    pub fn value(&self, x: f64) -> f64 {
        self.graphs.value_at(x)
    }

    /// An evaluator that gives the bits of [`Formula::value_and_slope`] at many points, and is
    /// quicker where the formula reads a whole tensor.
    pub fn response(&self) -> Response<'_> {
        Response::of(&self.graphs)
    }

    /// f over a tensor of `shape`, and the gradients of x and of each parameter, by the 64-bit
    /// reference. `x` and `arriving`, the gradient of f, hold `shape.elements()` numbers row by
    /// row; `parameters` holds one number for a layer's parameter and `shape.features` for a
    /// channel's.
    ///
    /// # Panics
    /// Where a slice has another length than that.
    pub fn gradients(
        &self,
        shape: Shape,
        x: &[f64],
        arriving: &[f64],
        parameters: &[Vec<f64>],
    ) -> Gradients {
        self.graphs.gradients(shape, x, arriving, parameters)
    }

    /// The initial values of each parameter in a layer of `features`, as [`Formula::gradients`]
    /// takes them.
    pub fn initial_parameters(&self, features: usize) -> Vec<Vec<f64>> {
        self.graphs.initial_parameters(features)
    }

    /// Values and slopes on a fixed grid, by which equal functions are recognised;
    /// computed at the first call and kept.
    pub fn fingerprint(&self) -> Fingerprint {
        let computed = || {
            tally::fingerprinted(|| self.to_string());
            Fingerprint::of(&self.graphs)
        };
        self.fingerprint.get_or_init(computed).clone()
    }

    /// Compiles a kernel for slices of `f32`, parameters at their initial values.
    ///
    /// # Panics
    /// Where the class is not pointwise; [`Formula::activation`] serves every class.
    pub fn kernel(&self) -> Kernel {
        Kernel::new(self.graph())
    }

    /// The formula compiled for training, whatever its class, on the widest instruction set of this
    /// machine.
    pub fn activation(&self) -> Compiled {
        self.activation_for(InstructionSet::best())
    }

    /// The formula compiled for training on the instruction set `set`.
    pub fn activation_for(&self, set: InstructionSet) -> Compiled {
        if self.class() == Class::Pointwise && self.parameters().is_empty() {
            return Kernel::for_instruction_set(self.graph(), set).into();
        }
        TensorKernel::for_instruction_set(self.graphs.value(), self.adjoint(), set).into()
    }
}

impl Display for Formula {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        self.program.fmt(out)
    }
}
