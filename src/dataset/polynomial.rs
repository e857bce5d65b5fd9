//! Random polynomials on the box [-1, 1]^d: a coefficient on every monomial up to a total degree.

use serde::{Deserialize, Serialize};

use super::law::{Law, Undefined};
use super::region::Region;
use super::DatasetError;
use crate::stream::Key;

/// The most inputs, and the highest total degree.
const MOST_VARIABLES: usize = 4;
const HIGHEST_DEGREE: usize = 10;

/// The distribution of the coefficients.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Coefficients {
    /// Standard normal.
    #[default]
    Normal,
    /// Uniform on [-1, 1).
    Uniform,
}

/// A task whose law is a random polynomial.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct PolynomialTask {
    pub name: String,
    /// The number of inputs, 1 to 4.
    pub variables: usize,
    /// The highest total degree, 1 to 10.
    pub degree: usize,
    #[serde(default)]
    pub coefficients: Coefficients,
}

impl PolynomialTask {
    pub(super) fn check(&self) -> Result<(), DatasetError> {
        for (field, highest, found) in [("variables", MOST_VARIABLES, self.variables), ("degree", HIGHEST_DEGREE, self.degree)] {
            if found == 0 || found > highest {
                return Err(DatasetError::BadField {
                    task: self.name.clone(),
                    field,
                    wanted: format!("between 1 and {highest}"),
                    found: found.to_string(),
                });
            }
        }
        Ok(())
    }

    pub(super) fn region(&self) -> Region {
        Region::whole_box(vec![0.0; self.variables], vec![1.0; self.variables])
    }

    /// The polynomial whose coefficients come from the stream at `key`.
    pub fn draw(&self, key: &Key) -> Polynomial {
        let mut stream = key.stream();
        let monomials = monomials(self.variables, self.degree);
        let terms = monomials
            .into_iter()
            .map(|exponents| {
                let coefficient = match self.coefficients {
                    Coefficients::Normal => stream.normal(),
                    Coefficients::Uniform => stream.uniform(-1.0, 1.0),
                };
                (coefficient, exponents)
            })
            .collect();
        Polynomial { terms, degree: self.degree }
    }
}

/// A polynomial as its terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Polynomial {
    /// (coefficient, one exponent a variable), by rising total degree.
    pub terms: Vec<(f64, Vec<usize>)>,
    degree: usize,
}

impl Law for Polynomial {
    fn target(&self, point: &[f64]) -> Result<f64, Undefined> {
        let width = self.degree + 1;
        let mut powers = vec![1.0; width * point.len()];
        for (variable, &x) in point.iter().enumerate() {
            for exponent in 1..width {
                powers[variable * width + exponent] = powers[variable * width + exponent - 1] * x;
            }
        }
        let term = |(coefficient, exponents): &(f64, Vec<usize>)| {
            exponents.iter().enumerate().fold(*coefficient, |product, (variable, &exponent)| product * powers[variable * width + exponent])
        };
        Ok(self.terms.iter().map(term).sum())
    }
}

/// The exponents of all monomials of total degree at most `degree`, by rising total degree, then with the first variable's power falling.
///
/// There are (variables + degree)! / (variables! degree!) of them.
pub fn monomials(variables: usize, degree: usize) -> Vec<Vec<usize>> {
    (0..=degree).flat_map(|total| of_total(variables, total)).collect()
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
