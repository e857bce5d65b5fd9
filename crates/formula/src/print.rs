//! Printing of programs: what `parse` reads back to the same program.

use std::fmt::{self, Display, Formatter, Write};

use crate::expression::{Expression, Program};
use crate::function::Function;

/// How tightly an expression binds, loosest first; what binds looser than its place asks for is put
/// in parentheses.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Comparison,
    Sum,
    Product,
    Sign,
    Power,
    Atom,
}

impl Display for Program {
    /// One line: `name = expression; ... ; result`.
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        for (name, expression) in &self.bindings {
            write!(out, "{name} = ")?;
            self.write(out, expression, Binding::Comparison)?;
            out.write_str("; ")?;
        }
        self.write(out, &self.result, Binding::Comparison)
    }
}

impl Program {
    fn write(
        &self,
        out: &mut Formatter<'_>,
        expression: &Expression,
        place: Binding,
    ) -> fmt::Result {
        let parenthesised = tightness(expression) < place;
        if parenthesised {
            out.write_char('(')?;
        }
        match expression {
            Expression::Variable(index) => out.write_str(&self.variables[*index])?,
            Expression::Binding(index) => out.write_str(&self.bindings[*index].0)?,
            Expression::Number(number) => out.write_str(&printed(*number))?,
            Expression::Call(Function::Negate, arguments) => {
                out.write_char('-')?;
                self.write(out, &arguments[0], Binding::Sign)?;
            }
            Expression::Call(function, arguments) => match function.symbol() {
                Some(symbol) => {
                    let (left, right) = match tightness(expression) {
                        Binding::Comparison => (Binding::Sum, Binding::Sum),
                        Binding::Sum => (Binding::Sum, Binding::Product),
                        Binding::Product => (Binding::Product, Binding::Sign),
                        _ => (Binding::Atom, Binding::Atom),
                    };
                    self.write(out, &arguments[0], left)?;
                    if *function == Function::Power {
                        out.write_str(symbol)?;
                    } else {
                        write!(out, " {symbol} ")?;
                    }
                    self.write(out, &arguments[1], right)?;
                }
                None => {
                    out.write_str(function.name())?;
                    for (index, argument) in arguments.iter().enumerate() {
                        out.write_str(if index == 0 { "(" } else { ", " })?;
                        self.write(out, argument, Binding::Comparison)?;
                    }
                    out.write_char(')')?;
                }
            },
        }
        if parenthesised {
            out.write_char(')')?;
        }
        Ok(())
    }
}

fn tightness(expression: &Expression) -> Binding {
    use Function::*;
    match expression {
        Expression::Call(Less | LessEqual | Greater | GreaterEqual | Equal | NotEqual, _) => {
            Binding::Comparison
        }
        Expression::Call(Add | Subtract, _) => Binding::Sum,
        Expression::Call(Multiply | Divide, _) => Binding::Product,
        Expression::Call(Negate, _) => Binding::Sign,
        Expression::Call(Power, _) => Binding::Power,
        _ => Binding::Atom,
    }
}

/// The shortest decimal that reads back to the same number; whole numbers without a point.
fn printed(number: f64) -> String {
    let text = format!("{number:?}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}
