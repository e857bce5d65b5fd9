//! The normal form: sums flattened into coefficients and terms, products into coefficients and
//! whole powers, quotients made products with reciprocals, odd and even functions freed of the sign
//! of their argument, and operands sorted by what they are.
//!
//! Nothing is cancelled that is not finite everywhere: `x - x` and `x / x` stay what they are, but
//! the sign of a zero is not kept.

use std::collections::HashMap;

use crate::graph::{Axis, Binary, Graph, Node, NodeId, Parameter, Reduction, Unary};
use crate::limits;

/// The index of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FormId(pub usize);

/// An expression in canonical terms. Numbers are the bits of finite `f64`s.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Form {
    Input(u32),
    Constant(u64),
    /// Coefficients times forms, plus a constant; never one form alone, and no term is a sum.
    Sum(Vec<(FormId, u64)>, u64),
    /// Forms to whole powers; never one form to the power 1, and no factor is a product.
    Product(Vec<(FormId, u32)>),
    Unary(Unary, FormId),
    Binary(Binary, FormId, FormId),
    Select(FormId, FormId, FormId),
    /// The number of a trainable parameter, and what it is.
    Parameter(u32, Parameter),
    Reduce(Reduction, Axis, FormId),
    Roll(i32, FormId),
}

/// What forms are sorted by: constants last, small ones first, then by a hash of what they are.
type Order = (bool, u32, [u8; 32]);

/// Forms, each different from every other.
#[derive(Default)]
pub(super) struct Forms {
    forms: Vec<Form>,
    orders: Vec<Order>,
    known: HashMap<Form, FormId>,
}

/// Coefficients times forms plus a constant, sorted.
#[derive(Clone)]
struct Linear {
    terms: Vec<(FormId, f64)>,
    constant: f64,
}

impl Linear {
    fn constant(constant: f64) -> Linear {
        Linear {
            terms: Vec::new(),
            constant,
        }
    }

    fn form(id: FormId) -> Linear {
        Linear {
            terms: vec![(id, 1.0)],
            constant: 0.0,
        }
    }

    /// The coefficient and form, where there is nothing else.
    fn single(&self) -> Option<(FormId, f64)> {
        match self.terms.as_slice() {
            [term] if self.constant == 0.0 => Some(*term),
            _ => None,
        }
    }

    /// `None` where a coefficient leaves the range of numbers.
    fn scaled(&self, factor: f64) -> Option<Linear> {
        let terms: Option<Vec<_>> = self
            .terms
            .iter()
            .map(|(id, coefficient)| Some((*id, product(*coefficient, factor)?)))
            .collect();
        Some(Linear {
            terms: terms?,
            constant: product(self.constant, factor)?,
        })
    }
}

/// a b, where it is finite and not 0 by underflow.
fn product(a: f64, b: f64) -> Option<f64> {
    let product = a * b + 0.0;
    (product.is_finite() && (product != 0.0 || a == 0.0 || b == 0.0)).then_some(product)
}

impl Forms {
    /// The forms of `root` and all below it; `None` where a number leaves the range.
    pub fn of(graph: &Graph, root: NodeId) -> Option<(Forms, FormId)> {
        let mut forms = Forms::default();
        let mut values: Vec<Linear> = Vec::with_capacity(root.0 as usize + 1);
        for node in &graph.nodes()[..=root.0 as usize] {
            let of = |id: NodeId| &values[id.0 as usize];
            let value = match *node {
                Node::Input(index) => Linear::form(forms.intern(Form::Input(index))),
                Node::Constant(bits) => Linear::constant(f64::from_bits(bits)),
                Node::Unary(Unary::Negate, a) => of(a).scaled(-1.0)?,
                Node::Unary(Unary::Reciprocal, a) => forms.reciprocal(of(a))?,
                Node::Unary(operation, a) => forms.unary(operation, of(a))?,
                Node::Binary(Binary::Add, a, b) => forms.sum(of(a), of(b))?,
                Node::Binary(Binary::Subtract, a, b) => forms.sum(of(a), &of(b).scaled(-1.0)?)?,
                Node::Binary(Binary::Multiply, a, b) => forms.product(of(a), of(b))?,
                Node::Binary(Binary::Divide, a, b) => {
                    let reciprocal = forms.reciprocal(of(b))?;
                    forms.product(of(a), &reciprocal)?
                }
                Node::Binary(operation, a, b) => {
                    let (mut a, mut b) = (forms.interned(of(a)), forms.interned(of(b)));
                    let commutes =
                        !matches!(operation, Binary::Power | Binary::Less | Binary::LessEqual);
                    if commutes && forms.order(b) < forms.order(a) {
                        (a, b) = (b, a);
                    }
                    if a == b && matches!(operation, Binary::Min | Binary::Max) {
                        forms.linear(a)
                    } else {
                        Linear::form(forms.intern(Form::Binary(operation, a, b)))
                    }
                }
                Node::Parameter(index) => Linear::form(
                    forms.intern(Form::Parameter(index, graph.parameters()[index as usize])),
                ),
                Node::Reduce(reduction, axis, a) => {
                    let a = forms.interned(of(a));
                    Linear::form(forms.intern(Form::Reduce(reduction, axis, a)))
                }
                Node::Roll(places, a) => {
                    let a = forms.interned(of(a));
                    Linear::form(forms.intern(Form::Roll(places, a)))
                }
                Node::Select(condition, then, otherwise) => {
                    let (then, otherwise) =
                        (forms.interned(of(then)), forms.interned(of(otherwise)));
                    if then == otherwise {
                        forms.linear(then)
                    } else {
                        let condition = forms.interned(of(condition));
                        Linear::form(forms.intern(Form::Select(condition, then, otherwise)))
                    }
                }
            };
            values.push(value);
        }
        let root = forms.interned(&values[root.0 as usize]);
        Some((forms, root))
    }

    pub fn form(&self, id: FormId) -> &Form {
        &self.forms[id.0]
    }

    /// The forms that `id` is made of, in order.
    pub fn parts(&self, id: FormId) -> Vec<FormId> {
        match self.form(id) {
            Form::Input(_) | Form::Constant(_) | Form::Parameter(..) => Vec::new(),
            Form::Reduce(_, _, a) | Form::Roll(_, a) => vec![*a],
            Form::Sum(terms, _) => terms.iter().map(|(id, _)| *id).collect(),
            Form::Product(factors) => factors.iter().map(|(id, _)| *id).collect(),
            Form::Unary(_, a) => vec![*a],
            Form::Binary(_, a, b) => vec![*a, *b],
            Form::Select(a, b, c) => vec![*a, *b, *c],
        }
    }

    fn order(&self, id: FormId) -> &Order {
        &self.orders[id.0]
    }

    fn intern(&mut self, form: Form) -> FormId {
        if let Some(&id) = self.known.get(&form) {
            return id;
        }
        let id = FormId(self.forms.len());
        self.forms.push(form.clone());
        let order = self.order_of(id);
        self.orders.push(order);
        self.known.insert(form, id);
        id
    }

    fn order_of(&self, id: FormId) -> Order {
        let mut hasher = blake3::Hasher::new();
        let shape = match self.form(id) {
            Form::Input(index) => format!("input {index}"),
            Form::Constant(bits) => format!("constant {bits}"),
            Form::Sum(terms, constant) => format!(
                "sum {:?} {constant}",
                terms.iter().map(|(_, bits)| bits).collect::<Vec<_>>()
            ),
            Form::Product(factors) => format!(
                "product {:?}",
                factors.iter().map(|(_, power)| power).collect::<Vec<_>>()
            ),
            Form::Unary(operation, _) => format!("{operation:?}"),
            Form::Binary(operation, _, _) => format!("{operation:?}"),
            Form::Select(..) => "select".to_owned(),
            Form::Parameter(_, parameter) => format!("{parameter:?}"),
            Form::Reduce(reduction, axis, _) => format!("{reduction:?} {axis:?}"),
            Form::Roll(places, _) => format!("roll {places}"),
        };
        hasher.update(shape.as_bytes());
        let mut size = 1u32;
        for part in self.parts(id) {
            let (_, part_size, hash) = self.order(part);
            size = size.saturating_add(*part_size);
            hasher.update(hash);
        }
        (
            matches!(self.form(id), Form::Constant(_)),
            size,
            *hasher.finalize().as_bytes(),
        )
    }

    fn interned(&mut self, linear: &Linear) -> FormId {
        match linear.single() {
            Some((id, 1.0)) => id,
            _ if linear.terms.is_empty() => self.intern(Form::Constant(linear.constant.to_bits())),
            _ => {
                let terms = linear
                    .terms
                    .iter()
                    .map(|(id, coefficient)| (*id, coefficient.to_bits()))
                    .collect();
                self.intern(Form::Sum(terms, linear.constant.to_bits()))
            }
        }
    }

    /// The inverse of `interned`.
    fn linear(&self, id: FormId) -> Linear {
        match self.form(id) {
            Form::Constant(bits) => Linear::constant(f64::from_bits(*bits)),
            Form::Sum(terms, constant) => Linear {
                terms: terms
                    .iter()
                    .map(|(id, bits)| (*id, f64::from_bits(*bits)))
                    .collect(),
                constant: f64::from_bits(*constant),
            },
            _ => Linear::form(id),
        }
    }

    fn sum(&self, a: &Linear, b: &Linear) -> Option<Linear> {
        let mut terms = a.terms.clone();
        for (id, coefficient) in &b.terms {
            match terms.iter_mut().find(|(other, _)| other == id) {
                Some((_, sum)) => *sum = *sum + coefficient + 0.0,
                None => terms.push((*id, *coefficient)),
            }
        }
        terms.sort_by(|(a, _), (b, _)| self.order(*a).cmp(self.order(*b)));
        let constant = a.constant + b.constant + 0.0;
        let finite =
            constant.is_finite() && terms.iter().all(|(_, coefficient)| coefficient.is_finite());
        finite.then_some(Linear { terms, constant })
    }

    fn product(&mut self, a: &Linear, b: &Linear) -> Option<Linear> {
        if a.terms.is_empty() {
            return b.scaled(a.constant);
        }
        if b.terms.is_empty() {
            return a.scaled(b.constant);
        }
        let (first, mut factors) = self.factors(a);
        let (second, others) = self.factors(b);
        for (id, power) in others {
            match factors.iter_mut().find(|(other, _)| *other == id) {
                Some((_, sum)) => *sum += power,
                None => factors.push((id, power)),
            }
        }
        if factors
            .iter()
            .any(|(_, power)| *power > limits::MULTIPLIED_EXPONENT)
        {
            return None;
        }
        let coefficient = product(first, second)?;
        Some(Linear {
            terms: vec![(self.multiplied(factors), coefficient)],
            constant: 0.0,
        })
    }

    fn multiplied(&mut self, mut factors: Vec<(FormId, u32)>) -> FormId {
        if let [(id, 1)] = factors.as_slice() {
            return *id;
        }
        factors.sort_by(|(a, _), (b, _)| self.order(*a).cmp(self.order(*b)));
        self.intern(Form::Product(factors))
    }

    /// A coefficient and forms to whole powers.
    fn factors(&mut self, linear: &Linear) -> (f64, Vec<(FormId, u32)>) {
        match linear.single() {
            Some((id, coefficient)) => match self.form(id) {
                Form::Product(factors) => (coefficient, factors.clone()),
                _ => (coefficient, vec![(id, 1)]),
            },
            None => (1.0, vec![(self.interned(linear), 1)]),
        }
    }

    fn reciprocal(&mut self, a: &Linear) -> Option<Linear> {
        if a.terms.is_empty() && (1.0 / a.constant).is_finite() {
            return Some(Linear::constant(product(1.0, 1.0 / a.constant)?));
        }
        if a.terms.is_empty()
            || a.single()
                .is_some_and(|(_, coefficient)| coefficient == 0.0)
        {
            let id = self.interned(a);
            return Some(Linear::form(
                self.intern(Form::Unary(Unary::Reciprocal, id)),
            ));
        }
        let (coefficient, factors) = self.factors(a);
        let inverted = factors
            .into_iter()
            .map(|(id, power)| match self.form(id).clone() {
                Form::Unary(Unary::Reciprocal, inner)
                    if self.linear(inner).terms.len() == 1
                        && self.linear(inner).single() == Some((inner, 1.0)) =>
                {
                    (inner, power)
                }
                // 1 / sigmoid(u) = 1 + e^-u
                Form::Unary(Unary::Sigmoid, inner) => (self.one_and_exponential(inner), power),
                _ => (self.intern(Form::Unary(Unary::Reciprocal, id)), power),
            })
            .collect();
        let coefficient = product(1.0, 1.0 / coefficient)?;
        Some(Linear {
            terms: vec![(self.multiplied(inverted), coefficient)],
            constant: 0.0,
        })
    }

    /// 1 + e^-u.
    fn one_and_exponential(&mut self, u: FormId) -> FormId {
        let mut negated = self.linear(u);
        negated
            .terms
            .iter_mut()
            .for_each(|(_, coefficient)| *coefficient = -*coefficient);
        negated.constant = -negated.constant + 0.0;
        let exponent = self.interned(&negated);
        let exponential = self.intern(Form::Unary(Unary::Exp, exponent));
        self.interned(&Linear {
            terms: vec![(exponential, 1.0)],
            constant: 1.0,
        })
    }

    fn unary(&mut self, operation: Unary, a: &Linear) -> Option<Linear> {
        let negative = a.single().is_some_and(|(_, coefficient)| coefficient < 0.0);
        let (odd, even) = (operation.is_odd(), operation.is_even());
        let positive = if negative && (odd || even) {
            a.scaled(-1.0)?
        } else {
            a.clone()
        };
        let argument = self.interned(&positive);
        let form = Linear::form(self.intern(Form::Unary(operation, argument)));
        if negative && odd {
            form.scaled(-1.0)
        } else {
            Some(form)
        }
    }
}
