//! Fields of functions: many that differ, published and random, by which a lab or a benchmark is
//! held against another.

use crate::formula::{library, Class, Fingerprint, Formula};
use crate::lab::{screen, Lab};
use crate::numerics::stream::Key;
use crate::proposer::genetic::grammar;

/// Random formulas drawn for each that is wanted, before giving up.
const DRAWS: usize = 200;

/// Published activations that people use or know, pointwise and without parameters, those used most
/// first.
const POPULAR: [&str; 45] = [
    "relu",
    "gelu",
    "silu",
    "tanh",
    "sigmoid",
    "leaky_relu",
    "elu",
    "selu",
    "softplus",
    "mish",
    "relu6",
    "hard_silu",
    "softsign",
    "hard_tanh",
    "hard_sigmoid",
    "quick_gelu",
    "squared_relu",
    "arctan",
    "log_sigmoid",
    "sine",
    "gaussian",
    "squareplus",
    "lisht",
    "telu",
    "tanh_exp",
    "elish",
    "phish",
    "logish",
    "smish",
    "serf",
    "gish",
    "golu",
    "isrlu",
    "tanhshrink",
    "softshrink",
    "bent_identity",
    "symlog",
    "gcu",
    "snake",
    "sinlu",
    "minsin",
    "maxtanh",
    "arctan_min",
    "gelu_sinc_perturbation",
    "gmtu",
];

/// The origin of a function of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A lab's own baseline.
    Baseline,
    /// A published activation.
    Library,
    /// Drawn from the search space S1.
    Random,
}

/// A function of a field.
#[derive(Clone, Debug)]
pub struct NamedFormula {
    /// The name that tables show.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The function.
    pub formula: Formula,
}

/// The search space S1 has fewer different functions than were asked for.
#[derive(Debug, thiserror::Error)]
#[error(
    "only {found} different functions were found, --functions asks for {wanted}; the search space \
     S1 is not that large"
)]
pub struct TooFewFunctions {
    /// How many different functions there are.
    pub found: usize,
    /// How many were asked for.
    pub wanted: usize,
}

/// Builds a field: pointwise functions without parameters, all different, none refused by
/// the screening.
pub struct FieldBuilder {
    wanted: usize,
    known: Vec<Fingerprint>,
    functions: Vec<NamedFormula>,
}

impl Origin {
    /// Returns `baseline`, `library` or `S1`.
    pub fn name(self) -> &'static str {
        match self {
            Origin::Baseline => "baseline",
            Origin::Library => "library",
            Origin::Random => "S1",
        }
    }
}

impl FieldBuilder {
    /// Begins a field of so many functions.
    pub fn new(wanted: usize) -> FieldBuilder {
        FieldBuilder {
            wanted,
            known: Vec::new(),
            functions: Vec::new(),
        }
    }

    /// Takes a function, unless the field is full or the function does not belong in it.
    pub fn admit(&mut self, name: &str, origin: Origin, formula: &Formula) {
        let plain = formula.class() == Class::Pointwise && formula.parameters().is_empty();
        if self.functions.len() == self.wanted || !plain || screen(formula).is_err() {
            return;
        }
        let fingerprint = formula.fingerprint();
        if !self.known.iter().any(|other| other.matches(&fingerprint)) {
            self.known.push(fingerprint);
            self.functions.push(NamedFormula {
                name: name.to_owned(),
                origin,
                formula: formula.clone(),
            });
        }
    }

    /// Fills the rest of the field with random functions of S1, the same for the same seed.
    ///
    /// # Errors
    /// Where too few different ones are found.
    pub fn filled(mut self, seed: u64) -> Result<Vec<NamedFormula>, TooFewFunctions> {
        let mut stream = Key::new(seed).word("validate").word("S1").stream();
        for _ in 0..DRAWS * self.wanted {
            if self.functions.len() == self.wanted {
                break;
            }
            if let Ok(formula) = Formula::from_expression(grammar::core_unit(
                grammar::x(),
                grammar::x(),
                &mut stream,
            )) {
                self.admit(&formula.to_string(), Origin::Random, &formula);
            }
        }
        match self.functions.len() {
            found if found < self.wanted => Err(TooFewFunctions {
                found,
                wanted: self.wanted,
            }),
            _ => Ok(self.functions),
        }
    }
}

/// The field of `count` functions on which a lab is validated: the lab's baselines, the first of
/// them its reference, then the library's activations, a random part of them where they are too
/// many, then random functions of S1. The same for the same seed.
///
/// # Errors
/// Where too few different ones are found.
pub fn of_lab_and_library(
    lab: &Lab,
    count: usize,
    seed: u64,
) -> Result<Vec<NamedFormula>, TooFewFunctions> {
    let mut field = FieldBuilder::new(count);
    for baseline in &lab.baselines {
        let formula = Formula::parse(baseline).expect("a checked lab's baselines parse");
        field.admit(baseline, Origin::Baseline, &formula);
    }
    let mut published: Vec<&library::Published> = library::all().iter().collect();
    if count < published.len() {
        Key::new(seed)
            .word("validate")
            .word("library")
            .stream()
            .shuffle(&mut published);
    }
    for activation in published {
        field.admit(&activation.name, Origin::Library, activation.formula());
    }
    field.filled(seed)
}

/// The field of `count` functions on which transfer is measured: published activations that people
/// use, then random functions of S1. The same for the same seed; a smaller field is the beginning
/// of a larger one.
///
/// # Errors
/// Where too few different ones are found.
pub fn of_popular_and_random(
    count: usize,
    seed: u64,
) -> Result<Vec<NamedFormula>, TooFewFunctions> {
    let mut field = FieldBuilder::new(count);
    for activation in POPULAR.iter().filter_map(|name| {
        library::all()
            .iter()
            .find(|activation| activation.name == *name)
    }) {
        field.admit(&activation.name, Origin::Library, activation.formula());
    }
    field.filled(seed)
}
