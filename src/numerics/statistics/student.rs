//! Student's t distribution, and the result of a t-test.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::undefined::{finite, Undefined};

/// What a t-test found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TTest {
    /// The mean of the first sample less that of the second.
    pub difference: f64,
    /// The 95 % interval of the difference.
    pub interval: (f64, f64),
    /// The difference in units of its standard error.
    pub t: f64,
    /// The degrees of freedom, above 0; not a whole number in Welch's test.
    pub degrees_of_freedom: f64,
    /// The two-sided p-value.
    pub p_value: f64,
}

impl TTest {
    /// The test of a difference whose standard error, above 0, has so many degrees of freedom.
    /// `NotFinite` where a number is too large for it.
    pub(super) fn of(
        difference: f64,
        standard_error: f64,
        degrees_of_freedom: f64,
    ) -> Result<TTest, Undefined> {
        let (standard_error, t) = (
            finite(standard_error)?,
            finite(difference / standard_error)?,
        );
        let reach = critical_t(degrees_of_freedom) * standard_error;
        let interval = (finite(difference - reach)?, finite(difference + reach)?);
        Ok(TTest {
            difference,
            interval,
            t,
            degrees_of_freedom,
            p_value: two_sided_p(t, degrees_of_freedom),
        })
    }
}

/// The probability, where nothing differs, of a t at least as far from 0 in either direction.
/// `degrees_of_freedom` must be above 0.
pub fn two_sided_p(t: f64, degrees_of_freedom: f64) -> f64 {
    (2.0 * distribution(degrees_of_freedom).cdf(-t.abs())).min(1.0)
}

/// The t that is exceeded in either direction with a probability of 5 % together.
/// `degrees_of_freedom` must be above 0.
pub fn critical_t(degrees_of_freedom: f64) -> f64 {
    // By bisection on the p-value itself, so that an interval excludes 0 exactly where p is below 5
    // %.
    let (mut low, mut high) = (1.0, 2.0);
    while two_sided_p(high, degrees_of_freedom) > 0.05 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if two_sided_p(middle, degrees_of_freedom) > 0.05 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

fn distribution(degrees_of_freedom: f64) -> StudentsT {
    StudentsT::new(0.0, 1.0, degrees_of_freedom).expect("the degrees of freedom are above 0")
}
