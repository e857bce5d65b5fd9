//! From canonical forms back to a program; what is used twice becomes a binding, so the text never
//! outgrows the graph.

use std::collections::HashMap;

use super::forms::{Form, FormId, Forms};
use crate::expression::{Expression, Program};
use crate::function::Function;
use crate::graph::{Axis, Binary, Reduction, Scope, Unary};

/// Deeper than this an expression is cut by a binding.
const DEEPEST: usize = 16;

/// The program of `root`; `None` where a primitive has no function in the language.
pub(super) fn program(forms: &Forms, root: FormId, variables: &[String]) -> Option<Program> {
    let mut raising = Raising {
        forms,
        uses: HashMap::new(),
        raised: HashMap::new(),
        bindings: Vec::new(),
    };
    raising.count(root);
    raising.raise(root)?;
    let result = raising.raised[&root].0.clone();
    Some(Program {
        variables: variables.to_vec(),
        bindings: raising.bindings,
        result,
    })
}

struct Raising<'a> {
    forms: &'a Forms,
    /// How many forms each is a part of.
    uses: HashMap<FormId, usize>,
    /// Each form's expression (or the binding that holds it) and its depth.
    raised: HashMap<FormId, (Expression, usize)>,
    bindings: Vec<(String, Expression)>,
}

impl Raising<'_> {
    fn count(&mut self, root: FormId) {
        let mut waiting = vec![root];
        while let Some(id) = waiting.pop() {
            let uses = self.uses.entry(id).or_insert(0);
            *uses += 1;
            if *uses == 1 {
                waiting.extend(self.forms.parts(id));
            }
        }
    }

    /// Raises all that `root` needs, parts before wholes, in an order that depends on nothing but
    /// the forms.
    fn raise(&mut self, root: FormId) -> Option<()> {
        let mut waiting = vec![(root, false)];
        while let Some((id, parts_done)) = waiting.pop() {
            if self.raised.contains_key(&id) {
                continue;
            }
            let parts = self.forms.parts(id);
            if !parts_done {
                waiting.push((id, true));
                waiting.extend(parts.into_iter().rev().map(|part| (part, false)));
                continue;
            }
            let depth = 1 + parts
                .iter()
                .map(|part| self.raised[part].1)
                .max()
                .unwrap_or(0);
            let expression = self.expression(id)?;
            let leaf = matches!(self.forms.form(id), Form::Input(_) | Form::Constant(_));
            let bound = id != root && !leaf && (self.uses[&id] > 1 || depth >= DEEPEST);
            let raised = if bound {
                self.bindings
                    .push((format!("v{}", self.bindings.len() + 1), expression));
                (Expression::Binding(self.bindings.len() - 1), 1)
            } else {
                (expression, depth)
            };
            self.raised.insert(id, raised);
        }
        Some(())
    }

    fn part(&self, id: FormId) -> Expression {
        self.raised[&id].0.clone()
    }

    fn expression(&self, id: FormId) -> Option<Expression> {
        Some(match self.forms.form(id) {
            Form::Input(index) => Expression::Variable(*index as usize),
            Form::Constant(bits) => signed(f64::from_bits(*bits)),
            Form::Sum(terms, constant) => self.sum(terms, f64::from_bits(*constant)),
            Form::Product(_) | Form::Unary(Unary::Reciprocal, _) => self.term(id, 1.0),
            Form::Unary(operation, a) => {
                Expression::Call(function(*operation)?, vec![self.part(*a)])
            }
            Form::Binary(operation, a, b) => {
                let number_first = matches!(self.forms.form(*a), Form::Constant(_));
                let (function, swapped) = match operation {
                    Binary::Less if number_first => (Function::Greater, true),
                    Binary::LessEqual if number_first => (Function::GreaterEqual, true),
                    Binary::Add => (Function::Add, false),
                    Binary::Subtract => (Function::Subtract, false),
                    Binary::Multiply => (Function::Multiply, false),
                    Binary::Divide => (Function::Divide, false),
                    Binary::Power => (Function::Power, false),
                    Binary::Min => (Function::Min, false),
                    Binary::Max => (Function::Max, false),
                    Binary::Less => (Function::Less, false),
                    Binary::LessEqual => (Function::LessEqual, false),
                    Binary::Equal => (Function::Equal, false),
                    Binary::NotEqual => (Function::NotEqual, false),
                };
                let (a, b) = if swapped { (b, a) } else { (a, b) };
                Expression::Call(function, vec![self.part(*a), self.part(*b)])
            }
            Form::Parameter(_, parameter) => {
                let function = if parameter.scope == Scope::Layer {
                    Function::Param
                } else {
                    Function::ChannelParam
                };
                Expression::Call(function, vec![signed(parameter.initial())])
            }
            Form::Reduce(reduction, axis, a) => {
                Expression::Call(reduction_function(*reduction, *axis), vec![self.part(*a)])
            }
            Form::Roll(places, a) => Expression::Call(
                Function::Roll,
                vec![self.part(*a), signed(f64::from(*places))],
            ),
            Form::Select(a, b, c) => Expression::Call(
                Function::Where,
                vec![self.part(*a), self.part(*b), self.part(*c)],
            ),
        })
    }

    /// Positive terms, then negative ones, and the constant where it reads best.
    fn sum(&self, terms: &[(FormId, u64)], constant: f64) -> Expression {
        let terms = || terms.iter().map(|(id, bits)| (*id, f64::from_bits(*bits)));
        let positive = terms()
            .filter(|(_, coefficient)| *coefficient >= 0.0)
            .map(|(id, coefficient)| self.term(id, coefficient));
        let mut sum = positive.reduce(|sum, term| Expression::Call(Function::Add, vec![sum, term]));
        if constant > 0.0 {
            let number = Expression::Number(constant);
            sum = Some(match sum {
                Some(sum) => Expression::Call(Function::Add, vec![sum, number]),
                None => number,
            });
        }
        for (id, coefficient) in terms().filter(|(_, coefficient)| *coefficient < 0.0) {
            sum = Some(match sum {
                Some(sum) => {
                    Expression::Call(Function::Subtract, vec![sum, self.term(id, -coefficient)])
                }
                None => self.term(id, coefficient),
            });
        }
        match sum {
            Some(sum) if constant < 0.0 => {
                Expression::Call(Function::Subtract, vec![sum, Expression::Number(-constant)])
            }
            Some(sum) => sum,
            None => signed(constant),
        }
    }

    /// A coefficient times a form, reciprocals as divisions.
    fn term(&self, id: FormId, coefficient: f64) -> Expression {
        let factors = match self.forms.form(id) {
            // A product that is bound is one factor.
            Form::Product(factors)
                if !matches!(self.raised.get(&id), Some((Expression::Binding(_), _))) =>
            {
                factors.clone()
            }
            _ => vec![(id, 1)],
        };
        let divisor = |id: FormId| match self.forms.form(id) {
            Form::Unary(Unary::Reciprocal, inner)
                if !matches!(self.raised.get(&id), Some((Expression::Binding(_), _))) =>
            {
                Some(*inner)
            }
            _ => None,
        };
        let dividends = factors
            .iter()
            .filter(|(id, _)| divisor(*id).is_none())
            .map(|(id, power)| raised_to(self.part(*id), *power));
        let dividend = dividends
            .reduce(|product, factor| Expression::Call(Function::Multiply, vec![product, factor]));
        let dividend = match dividend {
            Some(dividend) if coefficient == 1.0 => dividend,
            Some(dividend) if coefficient == -1.0 => {
                Expression::Call(Function::Negate, vec![dividend])
            }
            Some(dividend) => prepended(signed(coefficient), dividend),
            None => signed(coefficient),
        };
        factors
            .iter()
            .filter_map(|(id, power)| divisor(*id).map(|inner| (inner, *power)))
            .fold(dividend, |quotient, (inner, power)| {
                Expression::Call(
                    Function::Divide,
                    vec![quotient, raised_to(self.part(inner), power)],
                )
            })
    }
}

/// `number * a * b ...`, read from the left.
fn prepended(number: Expression, product: Expression) -> Expression {
    match product {
        Expression::Call(Function::Multiply, mut arguments) if arguments.len() == 2 => {
            let last = arguments.pop().expect("a product has two arguments");
            let first = arguments.pop().expect("a product has two arguments");
            Expression::Call(Function::Multiply, vec![prepended(number, first), last])
        }
        other => Expression::Call(Function::Multiply, vec![number, other]),
    }
}

fn raised_to(base: Expression, power: u32) -> Expression {
    if power == 1 {
        return base;
    }
    Expression::Call(
        Function::Power,
        vec![base, Expression::Number(f64::from(power))],
    )
}

fn signed(number: f64) -> Expression {
    if number < 0.0 {
        Expression::Call(Function::Negate, vec![Expression::Number(-number)])
    } else {
        Expression::Number(number)
    }
}

fn reduction_function(reduction: Reduction, axis: Axis) -> Function {
    match (reduction, axis) {
        (Reduction::Sum, Axis::Features) => Function::FeatureSum,
        (Reduction::Mean, Axis::Features) => Function::FeatureMean,
        (Reduction::Min, Axis::Features) => Function::FeatureMin,
        (Reduction::Max, Axis::Features) => Function::FeatureMax,
        (Reduction::Sum, Axis::Batch) => Function::BatchSum,
        (Reduction::Mean, Axis::Batch) => Function::BatchMean,
        (Reduction::Min, Axis::Batch) => Function::BatchMin,
        (Reduction::Max, Axis::Batch) => Function::BatchMax,
        (Reduction::Sum, Axis::Tensor) => Function::TensorSum,
        (Reduction::Mean, Axis::Tensor) => Function::TensorMean,
        (Reduction::Min, Axis::Tensor) => Function::TensorMin,
        (Reduction::Max, Axis::Tensor) => Function::TensorMax,
    }
}

fn function(operation: Unary) -> Option<Function> {
    Some(match operation {
        Unary::SincSlope => return None,
        Unary::Floor => Function::Floor,
        Unary::Round => Function::Round,
        Unary::StopGradient => Function::StopGradient,
        Unary::Negate => Function::Negate,
        Unary::Abs => Function::Abs,
        Unary::Sign => Function::Sign,
        Unary::Reciprocal => Function::Reciprocal,
        Unary::Sqrt => Function::Sqrt,
        Unary::Exp => Function::Exp,
        Unary::Expm1 => Function::Expm1,
        Unary::Log => Function::Log,
        Unary::Log1p => Function::Log1p,
        Unary::Sin => Function::Sin,
        Unary::Cos => Function::Cos,
        Unary::Tan => Function::Tan,
        Unary::Sinh => Function::Sinh,
        Unary::Cosh => Function::Cosh,
        Unary::Tanh => Function::Tanh,
        Unary::Asin => Function::Asin,
        Unary::Acos => Function::Acos,
        Unary::Atan => Function::Atan,
        Unary::Asinh => Function::Asinh,
        Unary::Acosh => Function::Acosh,
        Unary::Atanh => Function::Atanh,
        Unary::Sigmoid => Function::Sigmoid,
        Unary::Softplus => Function::Softplus,
        Unary::Erf => Function::Erf,
        Unary::Erfc => Function::Erfc,
        Unary::Sinc => Function::Sinc,
        Unary::BesselI0e => Function::BesselI0e,
        Unary::BesselI1e => Function::BesselI1e,
    })
}
