//! Sums and products of classes with their coefficients and powers, outside of the e-graph.

use egg::Id;

/// Coefficients times classes, plus a constant.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Combination {
    pub terms: Vec<(Id, f64)>,
    pub constant: f64,
}

impl Combination {
    pub fn of(id: Id) -> Combination {
        Combination {
            terms: vec![(id, 1.0)],
            constant: 0.0,
        }
    }

    /// The class and its coefficient, where there is nothing else.
    pub fn single(&self) -> Option<(Id, f64)> {
        match self.terms.as_slice() {
            [term] if self.constant == 0.0 => Some(*term),
            _ => None,
        }
    }

    /// What all coefficients and the constant have in common, where that is not 1.
    pub fn common_size(&self) -> Option<f64> {
        let size = self.terms.first()?.1.abs();
        let common = self.terms.len() + usize::from(self.constant != 0.0) > 1
            && self
                .terms
                .iter()
                .all(|(_, coefficient)| coefficient.abs() == size)
            && (self.constant == 0.0 || self.constant.abs() == size);
        (common && size != 1.0 && size != 0.0).then_some(size)
    }

    pub fn scaled(&self, factor: f64) -> Combination {
        Combination {
            terms: self
                .terms
                .iter()
                .map(|(id, coefficient)| (*id, factor * coefficient))
                .collect(),
            constant: factor * self.constant,
        }
    }

    pub fn plus(mut self, other: Combination) -> Combination {
        self.terms.extend(other.terms);
        self.constant += other.constant;
        self
    }

    pub fn shifted(mut self, constant: f64) -> Combination {
        self.constant += constant;
        self
    }
}

/// Classes to whole powers.
pub(super) type Factors = Vec<(Id, u32)>;
