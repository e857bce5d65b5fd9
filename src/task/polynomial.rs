//! Random polynomials on the box [-1, 1]^d: a coefficient on every monomial up to a total degree,
//! or on a few of them.

use serde::{Deserialize, Serialize};

use super::law::{Law, Undefined};
use super::region::Region;
use super::TaskError;
use crate::numerics::stream::{Key, Stream};

/// The most inputs, and the highest total degree.
const MOST_VARIABLES: usize = 5;
const HIGHEST_DEGREE: usize = 10;

/// Points that are evaluated together: their powers fit the first cache.
const BLOCK: usize = 64;

/// The distribution of the coefficients, each independent of the others; k is the total degree of
/// the term.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Coefficients {
    /// Standard normal.
    #[default]
    Normal,
    /// Uniform on [-1, 1).
    Uniform,
    /// 1 or -1, each with probability 1/2: every term counts the same on the faces of the box.
    Signs,
    /// Student's t with two degrees of freedom, whose variance is infinite: a few terms usually
    /// dominate.
    HeavyTailed,
    /// Normal with standard deviation 2^-k.
    Halving,
    /// Normal with standard deviation 1 / k!, as in the Taylor series of an entire function.
    Factorial,
    /// Normal with standard deviation 2^-k, on products of Chebyshev polynomials T_e(x) in place of
    /// powers x^e: a truncated random Chebyshev series.
    Chebyshev,
}

/// A task whose law is a random polynomial.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct PolynomialTask {
    /// The task's name.
    pub name: String,
    /// The number of inputs, 1 to 5.
    pub variables: usize,
    /// The highest total degree, 1 to 10.
    pub degree: usize,
    /// The distribution of the coefficients; standard normal where absent.
    #[serde(default)]
    pub coefficients: Coefficients,
    /// The number of terms of a sparse polynomial, without the constant and with at least one of
    /// the full degree; all terms where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<usize>,
    /// The number of a pinned polynomial, which is the same whatever the key; absent for a
    /// polynomial drawn from the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draw: Option<u64>,
}

impl PolynomialTask {
    pub(super) fn check(&self) -> Result<(), TaskError> {
        let between = |field, highest: usize, found: usize| match found {
            0 => Err(self.bad(field, highest, found)),
            _ if found > highest => Err(self.bad(field, highest, found)),
            _ => Ok(()),
        };
        between("variables", MOST_VARIABLES, self.variables)?;
        between("degree", HIGHEST_DEGREE, self.degree)?;
        self.terms.map_or(Ok(()), |terms| {
            between(
                "terms",
                monomials(self.variables, self.degree).len() - 1,
                terms,
            )
        })
    }

    fn bad(&self, field: &'static str, highest: usize, found: usize) -> TaskError {
        TaskError::BadField {
            task: self.name.clone(),
            field,
            wanted: format!("between 1 and {highest}"),
            found: found.to_string(),
        }
    }

    pub(super) fn region(&self) -> Region {
        Region::whole_box(vec![0.0; self.variables], vec![1.0; self.variables])
    }

    /// The polynomial whose terms (where it is sparse) and coefficients come from the stream at
    /// `key`.
    pub fn draw(&self, key: &Key) -> Polynomial {
        let mut stream = key.stream();
        let mut exponents = monomials(self.variables, self.degree);
        if let Some(terms) = self.terms {
            exponents = sparse(exponents, self.degree, terms, &mut stream);
        }
        let terms = exponents
            .into_iter()
            .map(|exponents| {
                (
                    self.coefficients.draw(exponents.iter().sum(), &mut stream),
                    exponents,
                )
            })
            .collect();
        let basis = if self.coefficients == Coefficients::Chebyshev {
            Basis::Chebyshev
        } else {
            Basis::Powers
        };
        Polynomial {
            terms,
            basis,
            degree: self.degree,
        }
    }
}

impl Coefficients {
    /// The coefficient of a term of total degree `degree`.
    fn draw(self, degree: usize, stream: &mut Stream) -> f64 {
        match self {
            Coefficients::Normal => stream.normal(),
            Coefficients::Uniform => stream.uniform(-1.0, 1.0),
            Coefficients::Signs if stream.chance(0.5) => 1.0,
            Coefficients::Signs => -1.0,
            // A chi-squared variable with two degrees of freedom, halved, is exponential.
            Coefficients::HeavyTailed => stream.normal() / (-libm::log(1.0 - stream.unit())).sqrt(),
            Coefficients::Halving | Coefficients::Chebyshev => {
                stream.normal() * 0.5f64.powi(degree as i32)
            }
            Coefficients::Factorial => {
                stream.normal() / (1..=degree).map(|factor| factor as f64).product::<f64>()
            }
        }
    }
}

/// `count` of the monomials but the constant, without replacement and in their order: one of the
/// full degree first, then any.
fn sparse(
    mut monomials: Vec<Vec<usize>>,
    degree: usize,
    count: usize,
    stream: &mut Stream,
) -> Vec<Vec<usize>> {
    let place = |exponents: &[usize]| {
        (
            exponents.iter().sum::<usize>(),
            std::cmp::Reverse(exponents.to_vec()),
        )
    };
    monomials.remove(0);
    let lower = monomials
        .iter()
        .filter(|exponents| exponents.iter().sum::<usize>() < degree)
        .count();
    let full = lower + stream.below(monomials.len() - lower);
    let mut chosen = vec![monomials.swap_remove(full)];
    while chosen.len() < count {
        chosen.push(monomials.swap_remove(stream.below(monomials.len())));
    }
    chosen.sort_by_key(|exponents| place(exponents));
    chosen
}

/// What is raised to an exponent e: x^e, or T_e(x), the Chebyshev polynomial of the first kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// x^e.
    Powers,
    /// T_e(x).
    Chebyshev,
}

/// A polynomial as its terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Polynomial {
    /// (coefficient, one exponent a variable), by rising total degree.
    pub terms: Vec<(f64, Vec<usize>)>,
    /// What is raised to the exponents of a term.
    pub basis: Basis,
    degree: usize,
}

impl Polynomial {
    /// The values at up to [`BLOCK`] points. Term by term over all of them, which vectorises; each
    /// point sees the operations of its own in one order.
    fn block(
        &self,
        points: &[f64],
        dimension: usize,
        powers: &mut [[f64; BLOCK]],
        values: &mut [f64; BLOCK],
    ) {
        let width = self.degree + 1;
        for (variable, powers) in powers.chunks_exact_mut(width).enumerate() {
            powers[0] = [1.0; BLOCK];
            for (lane, point) in points.chunks_exact(dimension).enumerate() {
                powers[1][lane] = point[variable];
            }
            for exponent in 2..width {
                let (lower, higher) = powers.split_at_mut(exponent);
                let below = lower[1]
                    .iter()
                    .zip(&lower[exponent - 1])
                    .zip(&lower[exponent - 2]);
                for (power, ((x, last), before)) in higher[0].iter_mut().zip(below) {
                    *power = match self.basis {
                        Basis::Powers => last * x,
                        Basis::Chebyshev => 2.0 * x * last - before,
                    };
                }
            }
        }
        *values = [0.0; BLOCK];
        for (coefficient, exponents) in &self.terms {
            let mut product = [*coefficient; BLOCK];
            for (variable, &exponent) in exponents
                .iter()
                .enumerate()
                .filter(|(_, exponent)| **exponent > 0)
            {
                let power = &powers[variable * width + exponent];
                product
                    .iter_mut()
                    .zip(power)
                    .for_each(|(product, power)| *product *= power);
            }
            values
                .iter_mut()
                .zip(&product)
                .for_each(|(value, product)| *value += product);
        }
    }
}

impl Law for Polynomial {
    fn target(&self, point: &[f64]) -> Result<f64, Undefined> {
        self.targets(point, point.len())
            .map(|targets| targets[0])
            .map_err(|(_, undefined)| undefined)
    }

    fn targets(&self, points: &[f64], dimension: usize) -> Result<Vec<f64>, (usize, Undefined)> {
        let mut powers = vec![[0.0; BLOCK]; dimension * (self.degree + 1)];
        let mut values = [0.0; BLOCK];
        let mut targets = Vec::with_capacity(points.len() / dimension);
        for points in points.chunks(BLOCK * dimension) {
            self.block(points, dimension, &mut powers, &mut values);
            targets.extend(&values[..points.len() / dimension]);
        }
        Ok(targets)
    }
}

/// The exponents of all monomials of total degree at most `degree`, by rising total degree, then
/// with the first variable's power falling.
///
/// There are (variables + degree)! / (variables! degree!) of them.
pub fn monomials(variables: usize, degree: usize) -> Vec<Vec<usize>> {
    (0..=degree)
        .flat_map(|total| of_total(variables, total))
        .collect()
}

fn of_total(variables: usize, total: usize) -> Vec<Vec<usize>> {
    if variables == 1 {
        return vec![vec![total]];
    }
    let mut all = Vec::new();
    for first in (0..=total).rev() {
        for rest in of_total(variables - 1, total - first) {
            let mut exponents = vec![first];
            exponents.extend(rest);
            all.push(exponents);
        }
    }
    all
}
