//! Functions that ONNX lacks, or whose implementations are inaccurate in runtimes, composed of its
//! operators.

use std::f64::consts::{FRAC_2_SQRT_PI, LN_2, PI};

use super::writer::ModelWriter;
use crate::series::{
    BESSEL_I0E_FAR, BESSEL_I0E_NEAR, BESSEL_I1E_FAR, BESSEL_I1E_NEAR, SCALED_ERFC,
};

/// Coefficients of a Chebyshev series beyond the accuracy of 32 bits.
const NEGLIGIBLE: f64 = 1e-10;

impl ModelWriter {
    fn with_number(&mut self, operator: &str, a: &str, number: f64) -> String {
        let number = self.number(number);
        self.call(operator, &[a, &number])
    }

    fn number_with(&mut self, number: f64, operator: &str, a: &str) -> String {
        let number = self.number(number);
        self.call(operator, &[&number, a])
    }

    fn below(&mut self, a: &str, limit: f64) -> String {
        self.with_number("Less", a, limit)
    }

    /// `magnitude` with the sign of `a`.
    fn signed(&mut self, a: &str, magnitude: &str) -> String {
        let (negative, negated) = (self.below(a, 0.0), self.call("Neg", &[magnitude]));
        self.call("Where", &[&negative, &negated, magnitude])
    }

    /// `coefficients[0] + coefficients[1] a + ...`.
    fn polynomial(&mut self, a: &str, coefficients: &[f64]) -> String {
        let (last, rest) = coefficients
            .split_last()
            .expect("a polynomial has a coefficient");
        let mut sum = self.number(*last);
        for coefficient in rest.iter().rev() {
            sum = self.call("Mul", &[&sum, a]);
            sum = self.with_number("Add", &sum, *coefficient);
        }
        sum
    }

    fn chebyshev(&mut self, a: &str, coefficients: &[f64]) -> String {
        let twice = self.with_number("Mul", a, 2.0);
        let (mut b1, mut b2) = (self.number(0.0), self.number(0.0));
        for coefficient in coefficients[1..]
            .iter()
            .rev()
            .skip_while(|coefficient| coefficient.abs() < NEGLIGIBLE)
        {
            let product = self.call("Mul", &[&twice, &b1]);
            let b0 = self.call("Sub", &[&product, &b2]);
            b2 = b1;
            b1 = self.with_number("Add", &b0, *coefficient);
        }
        let product = self.call("Mul", &[a, &b1]);
        let difference = self.call("Sub", &[&product, &b2]);
        self.with_number("Add", &difference, coefficients[0])
    }

    /// e^a - 1: 2t / (1 - t) with t = tanh(a/2) near 0.
    pub(super) fn expm1(&mut self, a: &str) -> String {
        let half = self.with_number("Mul", a, 0.5);
        let t = self.call("Tanh", &[&half]);
        let (twice, rest) = (
            self.with_number("Mul", &t, 2.0),
            self.number_with(1.0, "Sub", &t),
        );
        let near = self.call("Div", &[&twice, &rest]);
        let exponential = self.call("Exp", &[a]);
        let far = self.with_number("Sub", &exponential, 1.0);
        let size = self.call("Abs", &[a]);
        let is_near = self.below(&size, 1.0);
        self.call("Where", &[&is_near, &near, &far])
    }

    /// log(1 + a): near 0 by the series of 2 artanh(a / (2 + a)).
    pub(super) fn log1p(&mut self, a: &str) -> String {
        let divisor = self.with_number("Add", a, 2.0);
        let s = self.call("Div", &[a, &divisor]);
        let square = self.call("Mul", &[&s, &s]);
        let coefficients: [f64; 7] = std::array::from_fn(|k| 2.0 / (2 * k + 1) as f64);
        let series = self.polynomial(&square, &coefficients);
        let near = self.call("Mul", &[&series, &s]);
        let sum = self.with_number("Add", a, 1.0);
        let far = self.call("Log", &[&sum]);
        let size = self.call("Abs", &[a]);
        let is_near = self.below(&size, 0.25);
        self.call("Where", &[&is_near, &near, &far])
    }

    /// The exponential of |a| in two factors, so that it overflows no earlier than the result:
    /// e^|a| / 2 and e^-|a| / 2.
    fn half_exponentials(&mut self, a: &str) -> (String, String) {
        let size = self.call("Abs", &[a]);
        let half = self.with_number("Mul", &size, 0.5);
        let root = self.call("Exp", &[&half]);
        let halved = self.with_number("Mul", &root, 0.5);
        let grown = self.call("Mul", &[&halved, &root]);
        let negated = self.call("Neg", &[&size]);
        let small = self.call("Exp", &[&negated]);
        (grown, self.with_number("Mul", &small, 0.5))
    }

    pub(super) fn sinh(&mut self, a: &str) -> String {
        let half = self.with_number("Mul", a, 0.5);
        let t = self.call("Tanh", &[&half]);
        let twice = self.with_number("Mul", &t, 2.0);
        let square = self.call("Mul", &[&t, &t]);
        let rest = self.number_with(1.0, "Sub", &square);
        let near = self.call("Div", &[&twice, &rest]);
        let (grown, small) = self.half_exponentials(a);
        let difference = self.call("Sub", &[&grown, &small]);
        let far = self.signed(a, &difference);
        let size = self.call("Abs", &[a]);
        let is_near = self.below(&size, 1.0);
        self.call("Where", &[&is_near, &near, &far])
    }

    pub(super) fn cosh(&mut self, a: &str) -> String {
        let (grown, small) = self.half_exponentials(a);
        self.call("Add", &[&grown, &small])
    }

    pub(super) fn asinh(&mut self, a: &str) -> String {
        let size = self.call("Abs", &[a]);
        let square = self.call("Mul", &[a, a]);
        let sum = self.with_number("Add", &square, 1.0);
        let root = self.call("Sqrt", &[&sum]);
        let divisor = self.with_number("Add", &root, 1.0);
        let rest = self.call("Div", &[&square, &divisor]);
        let argument = self.call("Add", &[&size, &rest]);
        let near = self.log1p(&argument);
        let logarithm = self.call("Log", &[&size]);
        let far = self.with_number("Add", &logarithm, LN_2);
        let is_near = self.below(&size, 1e4);
        let magnitude = self.call("Where", &[&is_near, &near, &far]);
        self.signed(a, &magnitude)
    }

    pub(super) fn atanh(&mut self, a: &str) -> String {
        let negated = self.call("Neg", &[a]);
        let (above, below) = (self.log1p(a), self.log1p(&negated));
        let difference = self.call("Sub", &[&above, &below]);
        self.with_number("Mul", &difference, 0.5)
    }

    /// 1 / (1 + e^-a), without an exponential that overflows: runtimes' own cut the tails off.
    pub(super) fn sigmoid(&mut self, a: &str) -> String {
        let size = self.call("Abs", &[a]);
        let negated = self.call("Neg", &[&size]);
        let small = self.call("Exp", &[&negated]);
        let sum = self.with_number("Add", &small, 1.0);
        let (lower, upper) = (
            self.call("Div", &[&small, &sum]),
            self.call("Reciprocal", &[&sum]),
        );
        let negative = self.below(a, 0.0);
        self.call("Where", &[&negative, &lower, &upper])
    }

    pub(super) fn softplus(&mut self, a: &str) -> String {
        let size = self.call("Abs", &[a]);
        let negated = self.call("Neg", &[&size]);
        let small = self.call("Exp", &[&negated]);
        let rest = self.log1p(&small);
        let positive = self.call("Relu", &[a]);
        self.call("Add", &[&positive, &rest])
    }

    /// From 1/2 on by a series times exp(-a^2), near 0 by the power series of erf.
    pub(super) fn erfc(&mut self, a: &str) -> String {
        let square = self.call("Mul", &[a, a]);
        let mut term = FRAC_2_SQRT_PI;
        let coefficients: [f64; 8] = std::array::from_fn(|k| {
            let now = term / (2 * k + 1) as f64;
            term /= -((k + 1) as f64);
            now
        });
        let series = self.polynomial(&square, &coefficients);
        let erf = self.call("Mul", &[&series, a]);
        let near = self.number_with(1.0, "Sub", &erf);
        let size = self.call("Abs", &[a]);
        // Beyond 14 the result is 0 in 32 bits.
        let size = self.with_number("Min", &size, 14.0);
        // exp(-a^2) in two factors: the square of `coarse` is exact.
        let sixteenfold = self.with_number("Mul", &size, 16.0);
        let whole = self.call("Round", &[&sixteenfold]);
        let coarse = self.with_number("Mul", &whole, 1.0 / 16.0);
        let (difference, sum) = (
            self.call("Sub", &[&size, &coarse]),
            self.call("Add", &[&size, &coarse]),
        );
        let fine = self.call("Mul", &[&difference, &sum]);
        let coarse_square = self.call("Mul", &[&coarse, &coarse]);
        let bell = [coarse_square, fine].map(|exponent| {
            let negated = self.call("Neg", &[&exponent]);
            self.call("Exp", &[&negated])
        });
        let bell = self.call("Mul", &[&bell[0], &bell[1]]);
        let (below, above) = (
            self.with_number("Sub", &size, 2.0),
            self.with_number("Add", &size, 2.0),
        );
        let place = self.call("Div", &[&below, &above]);
        let series = self.chebyshev(&place, &SCALED_ERFC);
        let product = self.call("Mul", &[&bell, &series]);
        let twice = self.with_number("Mul", &size, 2.0);
        let divisor = self.with_number("Add", &twice, 1.0);
        let tail = self.call("Div", &[&product, &divisor]);
        let mirrored = self.number_with(2.0, "Sub", &tail);
        let negative = self.below(a, 0.0);
        let far = self.call("Where", &[&negative, &mirrored, &tail]);
        let is_near = self.below(&size, 0.5);
        self.call("Where", &[&is_near, &near, &far])
    }

    /// sin(pi a) and cos(pi a), from the remainder of a to the nearest integer.
    fn sin_cos_of_half_turns(&mut self, a: &str) -> (String, String) {
        let whole = self.call("Round", &[a]);
        let half = self.with_number("Mul", &whole, 0.5);
        let floor = self.call("Floor", &[&half]);
        let rest = self.call("Sub", &[&half, &floor]);
        let fourfold = self.with_number("Mul", &rest, 4.0);
        let sign = self.number_with(1.0, "Sub", &fourfold);
        let remainder = self.call("Sub", &[a, &whole]);
        let angle = self.with_number("Mul", &remainder, PI);
        let (sine, cosine) = (self.call("Sin", &[&angle]), self.call("Cos", &[&angle]));
        (
            self.call("Mul", &[&sine, &sign]),
            self.call("Mul", &[&cosine, &sign]),
        )
    }

    pub(super) fn sinc(&mut self, a: &str) -> String {
        let (sine, _) = self.sin_cos_of_half_turns(a);
        let angle = self.with_number("Mul", a, PI);
        let quotient = self.call("Div", &[&sine, &angle]);
        let at_zero = self.with_number("Equal", a, 0.0);
        let one = self.number(1.0);
        self.call("Where", &[&at_zero, &one, &quotient])
    }

    pub(super) fn sinc_slope(&mut self, a: &str) -> String {
        let angle = self.with_number("Mul", a, PI);
        let square = self.call("Mul", &[&angle, &angle]);
        let mut term = 1.0;
        let coefficients: [f64; 11] = std::array::from_fn(|k| {
            term /= -(((2 * k + 2) * (2 * k + 3)) as f64);
            (2 * k + 2) as f64 * term * PI
        });
        let series = self.polynomial(&square, &coefficients);
        let near = self.call("Mul", &[&series, &angle]);
        let (sine, cosine) = self.sin_cos_of_half_turns(a);
        let quotient = self.call("Div", &[&sine, &angle]);
        let difference = self.call("Sub", &[&cosine, &quotient]);
        let far = self.call("Div", &[&difference, a]);
        let size = self.call("Abs", &[a]);
        let is_near = self.below(&size, 0.75);
        self.call("Where", &[&is_near, &near, &far])
    }

    /// Of |a|: a Chebyshev series in a/4 - 1 up to 8, one in 16/a - 1 over sqrt(a) beyond.
    fn scaled_bessel(&mut self, size: &str, near: &str, far: &[f64]) -> String {
        let far_size = self.with_number("Max", size, 8.0);
        let inverse = self.number_with(16.0, "Div", &far_size);
        let place = self.with_number("Sub", &inverse, 1.0);
        let series = self.chebyshev(&place, far);
        let root = self.call("Sqrt", &[&far_size]);
        let far = self.call("Div", &[&series, &root]);
        let is_near = self.below(size, 8.0);
        self.call("Where", &[&is_near, near, &far])
    }

    fn bessel_place(&mut self, a: &str) -> (String, String) {
        let size = self.call("Abs", &[a]);
        let near_size = self.with_number("Min", &size, 8.0);
        let quarter = self.with_number("Mul", &near_size, 0.25);
        (size, self.with_number("Sub", &quarter, 1.0))
    }

    pub(super) fn bessel_i0e(&mut self, a: &str) -> String {
        let (size, place) = self.bessel_place(a);
        let near = self.chebyshev(&place, &BESSEL_I0E_NEAR);
        self.scaled_bessel(&size, &near, &BESSEL_I0E_FAR)
    }

    pub(super) fn bessel_i1e(&mut self, a: &str) -> String {
        let (size, place) = self.bessel_place(a);
        let series = self.chebyshev(&place, &BESSEL_I1E_NEAR);
        let near = self.call("Mul", &[&series, &size]);
        let magnitude = self.scaled_bessel(&size, &near, &BESSEL_I1E_FAR);
        self.signed(a, &magnitude)
    }
}
