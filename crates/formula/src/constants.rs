//! The constants of a formula: which numbers of its text may be moved, and the formula with others
//! in their places.

use crate::error::{FormulaError, FormulaErrorKind};
use crate::expression::{Expression, Program};
use crate::formula::Formula;
use crate::function::Function;

/// The significant digits to which constants that were moved are rounded, so that a formula stays
/// readable.
const DIGITS: i32 = 4;

impl Formula {
    /// The numbers of the text that may be moved, in its order, a minus before a number taken as its
    /// sign.
    ///
    /// Left out is what makes the form and not the place: 0 and 1, whole exponents, how far `roll`
    /// goes, and the initial values of trainable parameters, which training moves.
    pub fn constants(&self) -> Vec<f64> {
        let mut found = Vec::new();
        let mut collect = |constant: f64| {
            found.push(constant);
            constant
        };
        self.program().with_each_constant(&mut collect);
        found
    }

    /// The formula with other numbers in the places of [`Formula::constants`], rounded to 4
    /// significant digits.
    ///
    /// # Errors
    /// Where there are more or fewer than the formula has, or one is not finite.
    ///
    /// ```
    /// use motherlode_formula::Formula;
    ///
    /// let formula = Formula::parse("x * sigmoid(1.702 * (x - 0.5))")?;
    /// assert_eq!(formula.constants(), [1.702, 0.5]);
    /// let moved = formula.with_constants(&[1.23456, -0.25])?;
    /// assert_eq!(moved.to_string(), "x * sigmoid(1.235 * (x + 0.25))");
    /// # Ok::<(), motherlode_formula::FormulaError>(())
    /// ```
    pub fn with_constants(&self, constants: &[f64]) -> Result<Formula, FormulaError> {
        let wanted = self.constants().len();
        if constants.len() != wanted {
            return Err(FormulaError::without_place(
                FormulaErrorKind::Unparsable,
                format!(
                    "constants of `{self}`: {wanted} wanted, {} found; give one for each",
                    constants.len()
                ),
            ));
        }
        let mut given = constants.iter().copied();
        let mut replace = |constant: f64| given.next().map_or(constant, rounded);
        Formula::from_program(self.program().with_each_constant(&mut replace))
    }
}

impl Formula {
    /// The formula's text with each of its constants written as 1: formulas of one form differ in
    /// these alone. It is no formula to be trained.
    pub fn form(&self) -> String {
        self.program().with_each_constant(&mut |_| 1.0).to_string()
    }
}

impl Program {
    fn with_each_constant(&self, replace: &mut dyn FnMut(f64) -> f64) -> Program {
        let bindings = self.bindings.iter();
        Program {
            variables: self.variables.clone(),
            bindings: bindings
                .map(|(name, expression)| (name.clone(), with_each(expression, replace)))
                .collect(),
            result: with_each(&self.result, replace),
        }
    }
}

/// The expression with each constant replaced, in the order of the text.
fn with_each(expression: &Expression, replace: &mut dyn FnMut(f64) -> f64) -> Expression {
    if let Some(constant) = constant(expression) {
        return if is_form(constant) {
            expression.clone()
        } else {
            Expression::Number(replace(constant))
        };
    }
    let Expression::Call(function, arguments) = expression else {
        return expression.clone();
    };
    match function {
        Function::Param | Function::ChannelParam => expression.clone(),
        Function::Power | Function::Roll => {
            let base = with_each(&arguments[0], replace);
            let whole = constant(&arguments[1]).is_some_and(|exponent| exponent.fract() == 0.0);
            let other = if whole || *function == Function::Roll {
                arguments[1].clone()
            } else {
                with_each(&arguments[1], replace)
            };
            Expression::Call(*function, vec![base, other])
        }
        Function::Add | Function::Subtract => {
            let (left, right) = (
                with_each(&arguments[0], replace),
                with_each(&arguments[1], replace),
            );
            sum(*function, left, right)
        }
        _ => {
            let arguments = arguments
                .iter()
                .map(|argument| with_each(argument, replace))
                .collect();
            Expression::Call(*function, arguments)
        }
    }
}

/// `left + right` or `left - right`, without a minus before the number on the right.
pub(crate) fn sum(function: Function, left: Expression, right: Expression) -> Expression {
    match (function, right) {
        (Function::Add, Expression::Number(number)) if number < 0.0 => {
            Expression::Call(Function::Subtract, vec![left, Expression::Number(-number)])
        }
        (Function::Subtract, Expression::Number(number)) if number < 0.0 => {
            Expression::Call(Function::Add, vec![left, Expression::Number(-number)])
        }
        (function, right) => Expression::Call(function, vec![left, right]),
    }
}

/// The number that an expression is, with its sign.
fn constant(expression: &Expression) -> Option<f64> {
    match expression {
        Expression::Number(number) => Some(*number),
        Expression::Call(Function::Negate, arguments) => match arguments[0] {
            Expression::Number(number) => Some(-number),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a number belongs to the form of a formula: 0, 1 and -1.
fn is_form(constant: f64) -> bool {
    constant == 0.0 || constant.abs() == 1.0
}

/// The nearest number of 4 significant digits; a number that is not finite stays what it is.
pub(crate) fn rounded(number: f64) -> f64 {
    if number == 0.0 || !number.is_finite() {
        return number;
    }
    let digits = (DIGITS - 1) as usize;
    format!("{number:.digits$e}").parse().unwrap_or(number)
}
