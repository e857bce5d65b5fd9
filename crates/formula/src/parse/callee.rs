//! What a call in text names: a function of the language, or an idiom that is written with others.

use super::coupling::{Coupling, Meaning};
use crate::function::Function;
use crate::published;

/// The function or idiom that a call names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Callee {
    Function(Function),
    /// A statistic or a roll, until its axis is known.
    Coupled(Coupling),
    /// The square of the function.
    SquareOf(Function),
    /// log(a) / log(2).
    Log2,
    /// log(a) / log(10).
    Log10,
    /// 2^a.
    Exp2,
    /// 1 / sqrt(a).
    Rsqrt,
    /// clamp(a, 0, 6).
    Relu6,
    /// clamp(a, -1, 1).
    HardTanh,
    /// 1 where both are not 0.
    And,
    /// 1 where one is not 0.
    Or,
    /// 1 where it is 0.
    Not,
    /// The activation at this place of the library.
    Known(usize),
}

const IDIOMS: &[(&str, Callee)] = &[
    ("log2", Callee::Log2),
    ("log10", Callee::Log10),
    ("exp2", Callee::Exp2),
    ("rsqrt", Callee::Rsqrt),
    ("relu6", Callee::Relu6),
    ("hard_tanh", Callee::HardTanh),
    ("hardtanh", Callee::HardTanh),
    ("logical_and", Callee::And),
    ("logical_or", Callee::Or),
    ("logical_not", Callee::Not),
];

impl Callee {
    pub(super) fn name(self) -> &'static str {
        match self {
            Callee::Function(function) | Callee::SquareOf(function) => function.name(),
            Callee::Coupled(coupling) => coupling.name(),
            Callee::Known(index) => &published::all()[index].name,
            idiom => IDIOMS
                .iter()
                .find(|(_, other)| *other == idiom)
                .map_or("", |(name, _)| name),
        }
    }

    pub(super) fn arity(self) -> usize {
        match self {
            Callee::Function(function) => function.arity(),
            Callee::Coupled(coupling) => coupling.values(),
            Callee::And | Callee::Or => 2,
            _ => 1,
        }
    }

    /// Whether more arguments than its arity fold to the left.
    pub(super) fn takes_more(self) -> bool {
        matches!(
            self,
            Callee::Function(Function::Min | Function::Max | Function::Add | Function::Multiply)
        )
    }

    /// The value of its last argument where that is left out.
    pub(super) fn default_argument(self) -> Option<f64> {
        matches!(self, Callee::Function(Function::Celu)).then_some(1.0)
    }

    /// The fewest arguments that a call may have.
    pub(super) fn fewest(self) -> usize {
        self.arity() - usize::from(self.default_argument().is_some())
    }
}

/// The idiom of this name.
pub(super) fn idiom(name: &str) -> Option<Callee> {
    IDIOMS
        .iter()
        .find(|(other, _)| *other == name)
        .map(|(_, idiom)| *idiom)
}

/// Every name of an idiom.
pub(super) fn idiom_names() -> impl Iterator<Item = &'static str> {
    IDIOMS.iter().map(|(name, _)| *name)
}

impl From<Meaning> for Callee {
    fn from(meaning: Meaning) -> Callee {
        match meaning {
            Meaning::Function(function) => Callee::Function(function),
            Meaning::SquareOf(function) => Callee::SquareOf(function),
        }
    }
}
