//! A formula with its input and its output scaled and shifted: the four numbers that any activation
//! may be given beside its own.

use crate::constants::{rounded, sum};
use crate::error::FormulaError;
use crate::expression::{Expression, Program};
use crate::formula::Formula;
use crate::function::Function;

/// A scale and a shift of input and of output: `a * f(b * (x - c)) + d`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// b.
    pub input_scale: f64,
    /// c: where the input's 0 is moved.
    pub input_shift: f64,
    /// a.
    pub output_scale: f64,
    /// d.
    pub output_shift: f64,
}

/// Shifts nearer to 0 than this are none.
const LEAST_SHIFT: f64 = 5e-4;

impl Scaling {
    /// What leaves every formula as it is.
    pub const NONE: Scaling = Scaling {
        input_scale: 1.0,
        input_shift: 0.0,
        output_scale: 1.0,
        output_shift: 0.0,
    };

    /// The same in numbers of 4 significant digits, shifts below 0.0005 taken as none.
    pub fn rounded(&self) -> Scaling {
        let shift = |shift: f64| {
            if shift.abs() < LEAST_SHIFT {
                0.0
            } else {
                rounded(shift)
            }
        };
        Scaling {
            input_scale: rounded(self.input_scale),
            input_shift: shift(self.input_shift),
            output_scale: rounded(self.output_scale),
            output_shift: shift(self.output_shift),
        }
    }
}

impl Formula {
    /// `a * f(b * (x - c)) + d` for this f, in numbers of 4 significant digits; a scale of 1 and a
    /// shift of 0 are left out. Where f reads its variable more than once, the scaled input is bound
    /// to a name.
    ///
    /// # Errors
    /// A number that is not finite, and a formula that is then over the limits.
    ///
    /// ```
    /// use motherlode_formula::scaling::Scaling;
    /// use motherlode_formula::Formula;
    ///
    /// let scaling = Scaling { input_scale: 1.1, input_shift: 0.2, output_scale: 0.98, output_shift: 0.01 };
    /// let scaled = |text: &str| Formula::parse(text)?.scaled(&scaling);
    /// assert_eq!(scaled("gelu")?.to_string(), "0.98 * gelu(1.1 * (x - 0.2)) + 0.01");
    /// assert_eq!(
    ///     scaled("x * tanh(softplus(x))")?.to_string(),
    ///     "u = 1.1 * (x - 0.2); 0.98 * u * tanh(softplus(u)) + 0.01"
    /// );
    /// # Ok::<(), motherlode_formula::FormulaError>(())
    /// ```
    pub fn scaled(&self, scaling: &Scaling) -> Result<Formula, FormulaError> {
        let scaling = scaling.rounded();
        let input = scaling.input();
        let mut program = self.program().clone();
        if input != Expression::Variable(0) {
            program = if reads(&program) > 1 {
                with_bound_input(program, input)
            } else {
                with_input(program, &input)
            };
        }
        program.result = scaling.output(program.result);
        Formula::from_program(program)
    }
}

impl Scaling {
    /// `b * (x - c)`.
    fn input(&self) -> Expression {
        let x = Expression::Variable(0);
        let shifted = if self.input_shift == 0.0 {
            x
        } else {
            sum(Function::Subtract, x, Expression::Number(self.input_shift))
        };
        times(self.input_scale, shifted)
    }

    /// `a * result + d`.
    fn output(&self, result: Expression) -> Expression {
        let scaled = times(self.output_scale, result);
        if self.output_shift == 0.0 {
            scaled
        } else {
            sum(Function::Add, scaled, Expression::Number(self.output_shift))
        }
    }
}

/// `scale * of`, without parentheses that a product does not need.
fn times(scale: f64, of: Expression) -> Expression {
    if scale == 1.0 {
        return of;
    }
    match of {
        Expression::Call(function @ (Function::Multiply | Function::Divide), mut factors) => {
            let second = factors.pop();
            let first = factors.pop();
            let first = first.map(|first| times(scale, first));
            Expression::Call(function, first.into_iter().chain(second).collect())
        }
        of => Expression::Call(Function::Multiply, vec![Expression::Number(scale), of]),
    }
}

/// How often a program reads its variable.
fn reads(program: &Program) -> usize {
    fn of(expression: &Expression) -> usize {
        match expression {
            Expression::Variable(_) => 1,
            other => other.arguments().iter().map(of).sum(),
        }
    }
    let bound = program.bindings.iter().map(|(_, bound)| of(bound));
    bound.sum::<usize>() + of(&program.result)
}

/// The program with this in place of its variable.
fn with_input(program: Program, input: &Expression) -> Program {
    let bindings = program.bindings.into_iter();
    Program {
        bindings: bindings
            .map(|(name, bound)| (name, rewritten(&bound, input, 0)))
            .collect(),
        result: rewritten(&program.result, input, 0),
        variables: program.variables,
    }
}

/// The program with this bound to a name of its own, which is read in place of the variable.
fn with_bound_input(program: Program, input: Expression) -> Program {
    let is_free = |name: &String| program.bindings.iter().all(|(other, _)| other != name);
    let name = std::iter::once("u".to_owned())
        .chain((1..).map(|number| format!("u{number}")))
        .find(is_free)
        .unwrap_or_default();
    let scaled = Expression::Binding(0);
    let mut bindings = vec![(name, input)];
    for (name, bound) in &program.bindings {
        bindings.push((name.clone(), rewritten(bound, &scaled, 1)));
    }
    Program {
        bindings,
        result: rewritten(&program.result, &scaled, 1),
        variables: program.variables,
    }
}

/// The expression with `input` in place of the variable, and each binding so many places later.
fn rewritten(expression: &Expression, input: &Expression, later: usize) -> Expression {
    match expression {
        Expression::Variable(_) => input.clone(),
        Expression::Binding(index) => Expression::Binding(index + later),
        Expression::Number(number) => Expression::Number(*number),
        Expression::Call(function, arguments) => {
            let arguments = arguments
                .iter()
                .map(|argument| rewritten(argument, input, later));
            Expression::Call(*function, arguments.collect())
        }
    }
}
