//! The formula: parsed, checked, lowered, differentiated, and run.

#[cfg(feature = "candle")]
pub mod candle;
pub mod class;
pub mod equation;
pub mod error;
pub mod export;
pub mod expression;
pub mod fingerprint;
pub mod function;
pub mod graph;
pub mod kernel;
pub mod library;
pub mod limits;
pub mod nearest;
pub mod nickname;
pub mod reference;
pub mod response;
#[doc(hidden)]
pub mod tally;
pub mod vector;

mod adjoint;
mod bounds;
mod builder;
mod canonical;
mod cost;
mod coupling;
mod derivative;
mod header;
mod known_call;
mod lex;
mod lower;
mod parse;
mod print;
mod probe;
mod scan;
mod series;
mod spelling;

use std::fmt::{self, Display, Formatter};
use std::sync::OnceLock;

use builder::Builder;
pub use class::Class;
pub use equation::Equation;
pub use error::{FormulaError, FormulaErrorKind};
pub use expression::{Expression, Program};
pub use fingerprint::Fingerprint;
pub use function::Function;
pub use graph::{Graph, Parameter, Scope};
pub use reference::Shape;
pub use response::Response;

use crate::vector::InstructionSet;

/// A checked activation over a tensor of rows (of a batch) x features (of a layer), with its exact
/// derivative. It prints as a program that [`Formula::parse`] reads back to the same one.
#[derive(Clone, Debug)]
pub struct Formula {
    program: Program,
    /// f alone.
    value: Graph,
    class: Class,
    cost: u32,
    /// f and f' of a pointwise formula.
    graph: OnceLock<Graph>,
    adjoint: OnceLock<Graph>,
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
    /// `;`, and a last expression. The name of a function of one argument alone, such as `relu`,
    /// means that function of x, and the name of an activation of the [`library`], such as `snake`,
    /// its formula. Python's spellings are read too, and so are `def f(x):`, `lambda x:` and
    /// `f(x) =` before a program.
    ///
    /// Every text, whatever it holds, gives a formula or an error in a time that the [`limits`]
    /// bound.
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
    /// assert_eq!(error.to_string(), "unknown function `sigmod`: the nearest known one is `sigmoid` (at byte 4)");
    /// # Ok::<(), motherlode_formula::FormulaError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Formula, FormulaError> {
        tally::parsed(text);
        Formula::of(parse::program(text, &["x"])?)
    }

    /// Checks a program as `parse` checks text: its invariants, and that its printed form is within
    /// the limits. Its one variable is named `x`; negative numbers become `Negate` calls; bindings
    /// whose names could not be read back are renamed.
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

    /// A formula without bindings.
    pub fn from_expression(result: Expression) -> Result<Formula, FormulaError> {
        Formula::from_program(Program {
            variables: vec!["x".to_owned()],
            bindings: Vec::new(),
            result,
        })
    }

    fn of(program: Program) -> Result<Formula, FormulaError> {
        let (mut builder, root) = lower::lower(&program)?;
        builder.graph.push_output(root);
        let value = builder.graph.pruned().without_unused_parameters();
        lower::check_size(value.nodes().len())?;
        let (class, cost) = (Class::of(&value), cost::cost(&value));
        let formula = Formula {
            program,
            value,
            class,
            cost,
            graph: OnceLock::new(),
            adjoint: OnceLock::new(),
            canonical: OnceLock::new(),
            fingerprint: OnceLock::new(),
        };
        lower::check_size(
            if class == Class::Pointwise {
                formula.graph()
            } else {
                formula.adjoint()
            }
            .nodes()
            .len(),
        )?;
        Ok(formula)
    }

    /// The program, as its author wrote it.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The graph: one input; outputs f and f' where the class is pointwise, f alone elsewhere.
    /// Parameters count as constants in f'.
    pub fn graph(&self) -> &Graph {
        if self.class != Class::Pointwise {
            return &self.value;
        }
        self.graph.get_or_init(|| {
            let (mut builder, root) = Builder::continuing(&self.value);
            let slope = derivative::derivative(&mut builder, root);
            builder.graph.push_output(root);
            builder.graph.push_output(slope);
            builder.graph.pruned()
        })
    }

    /// The graph that trains: input 0 is x, input 1 the gradient that arrives at f; outputs are f,
    /// the gradient of x, and that of each parameter, summed over the tensor (a layer's) or over
    /// the batch (a channel's) and standing at every element.
    pub fn adjoint(&self) -> &Graph {
        self.adjoint.get_or_init(|| {
            let (builder, root) = Builder::continuing(&self.value);
            adjoint::adjoint(builder, root)
        })
    }

    /// The trainable parameters, in the order of the text.
    pub fn parameters(&self) -> &[Parameter] {
        self.value.parameters()
    }

    /// Weighted operations an element, of f alone; an addition is 1, a division 4, an exponential
    /// 8.
    pub fn cost(&self) -> u32 {
        self.cost
    }

    /// What it reads.
    pub fn class(&self) -> Class {
        self.class
    }

    /// The first function of the text that reads more than `limit` allows; `None` where the formula
    /// stays within it.
    pub fn beyond(&self, limit: Class) -> Option<Function> {
        (self.class > limit)
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

    /// 32 hexadecimal digits: a hash of the canonical form.
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

    /// Two words and a number drawn from the id.
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
        if self.class != Class::Pointwise {
            return probe::response(self, x);
        }
        let outputs = reference::evaluate(self.graph(), &[x]);
        (outputs[0], outputs[1])
    }

    /// f' as a program that [`Formula::parse`] reads, trainable parameters at their initial values;
    /// `None` where the class is not pointwise, where f' holds what the language has no function
    /// for (the slope of sinc), or where it is longer than a formula may be.
    pub fn derivative(&self) -> Option<String> {
        if self.class != Class::Pointwise {
            return None;
        }
        let graph = self.graph();
        let slope = canonical::raised(graph, graph.outputs()[1], &self.program.variables)?;
        Some(slope.checked().ok()?.to_string()).filter(|text| text.len() <= limits::TEXT_BYTES)
    }

    /// f alone where [`Formula::value_and_slope`] gives f and f'.
    pub fn value(&self, x: f64) -> f64 {
        if self.class != Class::Pointwise {
            return probe::value(&self.value, x);
        }
        reference::evaluate(&self.value, &[x])[0]
    }

    /// The same two for many points one after another, to the bit and quicker where a point is a
    /// whole tensor.
    pub fn response(&self) -> Response<'_> {
        Response::of(self)
    }

    /// f over a tensor whose elements stand row by row, and the gradients of x and of each
    /// parameter (one value for a layer's, one a feature for a channel's) where `arriving` is that
    /// of f; by the 64-bit reference. `parameters` holds the values of each parameter, as many as
    /// its gradient.
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

    /// The values that its parameters start from in a layer of `features`, for
    /// [`Formula::gradients`].
    pub fn initial_parameters(&self, features: usize) -> Vec<Vec<f64>> {
        reference::initial_parameters(&self.value, features)
    }

    /// Its behaviour on a fixed grid; computed at the first call and kept.
    pub fn fingerprint(&self) -> Fingerprint {
        let computed = || {
            tally::fingerprinted(|| self.to_string());
            Fingerprint::of(self)
        };
        self.fingerprint.get_or_init(computed).clone()
    }

    /// A kernel for slices of `f32`, parameters at their initial values.
    ///
    /// # Panics
    /// Where the class is not pointwise; [`Formula::activation`] serves every class.
    pub fn kernel(&self) -> kernel::Kernel {
        kernel::Kernel::new(self.graph())
    }

    /// The formula made ready to train, whatever its class, for the widest instruction set of this
    /// machine.
    pub fn activation(&self) -> kernel::Compiled {
        self.activation_for(InstructionSet::best())
    }

    /// The same for a given instruction set.
    pub fn activation_for(&self, set: InstructionSet) -> kernel::Compiled {
        if self.class == Class::Pointwise && self.parameters().is_empty() {
            return kernel::Kernel::for_instruction_set(self.graph(), set).into();
        }
        kernel::TensorKernel::for_instruction_set(&self.value, self.adjoint(), set).into()
    }
}

/// What [`Formula::gradients`] gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradients {
    /// f.
    pub value: Vec<f64>,
    /// The gradient of x.
    pub input: Vec<f64>,
    /// The gradient of each parameter.
    pub parameters: Vec<Vec<f64>>,
}

impl Display for Formula {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        self.program.fmt(out)
    }
}
