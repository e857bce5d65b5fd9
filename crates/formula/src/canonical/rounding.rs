//! Numbers without what the order of arithmetic left in their last places.

/// A number to so many digits.
pub(super) fn rounded(number: f64, digits: usize) -> f64 {
    // Whole numbers, and multiples of 1/16 (four decimals) that are small enough, have no more
    // digits.
    if number.fract() == 0.0 && number.abs() < 1e12
        || (16.0 * number).fract() == 0.0 && number.abs() < 1e7
    {
        return number + 0.0;
    }
    format!("{number:.*e}", digits - 1)
        .parse()
        .unwrap_or(number)
}

/// A number without what the order of arithmetic left in its last places.
pub(super) fn tidy(number: f64) -> f64 {
    rounded(number, 14)
}

/// Numbers added up.
#[derive(Clone, Copy, Default)]
pub(super) struct Addends {
    sum: f64,
    largest: f64,
}

impl Addends {
    pub fn plus(self, number: f64) -> Addends {
        Addends {
            sum: self.sum + number,
            largest: self.largest.max(number.abs()),
        }
    }

    /// What they leave of one another in the last places is nothing.
    pub fn sum(self) -> f64 {
        if self.sum.abs() < 1e-13 * self.largest {
            0.0
        } else {
            tidy(self.sum)
        }
    }
}
