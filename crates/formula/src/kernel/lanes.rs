//! A vector of `f32` lanes with operators, so that the mathematics reads as mathematics on every
//! instruction set.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use crate::vector::{bytemuck, Simd};

/// The most lanes of any instruction set.
pub const LANES: usize = 16;

/// One vector register of `f32`.
#[derive(Clone, Copy)]
pub struct Lanes<S: Simd> {
    pub simd: S,
    pub raw: S::f32s,
}

/// A truth value a lane.
#[derive(Clone, Copy)]
pub struct Mask<S: Simd> {
    simd: S,
    raw: S::m32s,
}

impl<S: Simd> Lanes<S> {
    #[inline(always)]
    pub fn new(simd: S, raw: S::f32s) -> Self {
        Lanes { simd, raw }
    }

    /// The same number in every lane, on the instruction set of `self`.
    #[inline(always)]
    pub fn splat(self, value: f32) -> Self {
        Lanes::new(self.simd, self.simd.splat_f32s(value))
    }

    /// `self * factor + addend`; rounded once where the instruction set fuses it (AVX2, AVX-512),
    /// twice on `Scalar`.
    #[inline(always)]
    pub fn mul_add(self, factor: Self, addend: Self) -> Self {
        Lanes::new(
            self.simd,
            self.simd.mul_add_e_f32s(self.raw, factor.raw, addend.raw),
        )
    }

    /// `self * factor - subtrahend`, rounded as `mul_add`.
    #[inline(always)]
    pub fn mul_subtract(self, factor: Self, subtrahend: Self) -> Self {
        self.mul_add(factor, -subtrahend)
    }

    /// `addend - self * factor`, rounded as `mul_add`.
    #[inline(always)]
    pub fn negate_mul_add(self, factor: Self, addend: Self) -> Self {
        Lanes::new(
            self.simd,
            self.simd
                .negate_mul_add_e_f32s(self.raw, factor.raw, addend.raw),
        )
    }

    /// `self * factor + addend` without rounding the product: for range reductions and two-float
    /// products.
    ///
    /// On `Scalar` through `f64`, which holds any product of two `f32`: a fused operation would be
    /// a library call on processors that lack it.
    #[inline(always)]
    pub fn exact_mul_add(self, factor: Self, addend: Self) -> Self {
        if S::IS_SCALAR {
            let [a, b, c] = [self, factor, addend].map(|lanes| f64::from(lanes.as_slice()[0]));
            return self.splat((a * b + c) as f32);
        }
        Lanes::new(
            self.simd,
            self.simd.mul_add_f32s(self.raw, factor.raw, addend.raw),
        )
    }

    /// `coefficients[0] + coefficients[1] * self + ...` by Horner's rule.
    #[inline(always)]
    pub fn polynomial<const N: usize>(self, coefficients: [f32; N]) -> Self {
        let mut sum = self.splat(coefficients[N - 1]);
        let mut i = N - 1;
        while i > 0 {
            i -= 1;
            sum = sum.mul_add(self, self.splat(coefficients[i]));
        }
        sum
    }

    /// The greater of `self` and `floor`, which is not NaN; NaN in `self` stays.
    #[inline(always)]
    pub fn at_least(self, floor: Self) -> Self {
        if S::IS_SCALAR {
            return self.less(floor).select(floor, self);
        }
        // The vector instruction gives its second operand where one is NaN.
        Lanes::new(self.simd, self.simd.max_f32s(floor.raw, self.raw))
    }

    /// The lesser of `self` and `ceiling`, which is not NaN; NaN in `self` stays.
    #[inline(always)]
    pub fn at_most(self, ceiling: Self) -> Self {
        if S::IS_SCALAR {
            return ceiling.less(self).select(ceiling, self);
        }
        Lanes::new(self.simd, self.simd.min_f32s(ceiling.raw, self.raw))
    }

    /// `addend - self * factor` without rounding the product.
    #[inline(always)]
    pub fn exact_negate_mul_add(self, factor: Self, addend: Self) -> Self {
        (-self).exact_mul_add(factor, addend)
    }

    #[inline(always)]
    pub fn sqrt(self) -> Self {
        Lanes::new(self.simd, self.simd.sqrt_f32s(self.raw))
    }

    #[inline(always)]
    pub fn abs(self) -> Self {
        Lanes::new(self.simd, self.simd.abs_f32s(self.raw))
    }

    /// The magnitude of `self` (which is not negative) with the sign bit of `other` added.
    #[inline(always)]
    pub fn with_sign_of(self, other: Self) -> Self {
        self.flip_sign_by(other.bits_and(0x8000_0000))
    }

    /// The bits of `self` exclusive-or those of `signs`.
    #[inline(always)]
    pub fn flip_sign_by(self, signs: Self) -> Self {
        Lanes::new(self.simd, self.simd.xor_f32s(self.raw, signs.raw))
    }

    #[inline(always)]
    pub fn bits_and(self, bits: u32) -> Self {
        self.map_bits(self.simd.and_u32s(self.bits(), self.simd.splat_u32s(bits)))
    }

    #[inline(always)]
    pub fn bits_or(self, bits: u32) -> Self {
        self.map_bits(self.simd.or_u32s(self.bits(), self.simd.splat_u32s(bits)))
    }

    #[inline(always)]
    pub fn bits_add(self, bits: u32) -> Self {
        self.map_bits(self.simd.add_u32s(self.bits(), self.simd.splat_u32s(bits)))
    }

    /// The sum of the bits as integers.
    #[inline(always)]
    pub fn bits_sum(self, other: Self) -> Self {
        self.map_bits(self.simd.add_u32s(self.bits(), other.bits()))
    }

    #[inline(always)]
    pub fn bits_shift_left(self, count: u32) -> Self {
        self.map_bits(
            self.simd
                .wrapping_dyn_shl_u32s(self.bits(), self.simd.splat_u32s(count)),
        )
    }

    #[inline(always)]
    pub fn bits_shift_right(self, count: u32) -> Self {
        self.map_bits(
            self.simd
                .wrapping_dyn_shr_u32s(self.bits(), self.simd.splat_u32s(count)),
        )
    }

    /// Where the bits of `self` and `bits` have none in common.
    #[inline(always)]
    pub fn bits_miss(self, bits: u32) -> Mask<S> {
        let masked = self.simd.and_u32s(self.bits(), self.simd.splat_u32s(bits));
        Mask {
            simd: self.simd,
            raw: self.simd.equal_u32s(masked, self.simd.splat_u32s(0)),
        }
    }

    #[inline(always)]
    fn bits(self) -> S::u32s {
        self.simd.transmute_u32s_f32s(self.raw)
    }

    #[inline(always)]
    fn map_bits(self, bits: S::u32s) -> Self {
        Lanes::new(self.simd, self.simd.transmute_f32s_u32s(bits))
    }

    #[inline(always)]
    pub fn less(self, other: Self) -> Mask<S> {
        Mask {
            simd: self.simd,
            raw: self.simd.less_than_f32s(self.raw, other.raw),
        }
    }

    #[inline(always)]
    pub fn less_equal(self, other: Self) -> Mask<S> {
        Mask {
            simd: self.simd,
            raw: self.simd.less_than_or_equal_f32s(self.raw, other.raw),
        }
    }

    #[inline(always)]
    pub fn equal(self, other: Self) -> Mask<S> {
        Mask {
            simd: self.simd,
            raw: self.simd.equal_f32s(self.raw, other.raw),
        }
    }

    #[inline(always)]
    pub fn is_nan(self) -> Mask<S> {
        !self.equal(self)
    }

    /// The lanes as a slice.
    #[inline(always)]
    pub fn as_slice(&self) -> &[f32] {
        bytemuck::cast_slice(std::slice::from_ref(&self.raw))
    }
}

impl<S: Simd> Mask<S> {
    /// `then` where true, `otherwise` where false.
    #[inline(always)]
    pub fn select(self, then: Lanes<S>, otherwise: Lanes<S>) -> Lanes<S> {
        Lanes::new(
            self.simd,
            self.simd.select_f32s(self.raw, then.raw, otherwise.raw),
        )
    }
}

impl<S: Simd> Add for Lanes<S> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Lanes::new(self.simd, self.simd.add_f32s(self.raw, other.raw))
    }
}

impl<S: Simd> Sub for Lanes<S> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Lanes::new(self.simd, self.simd.sub_f32s(self.raw, other.raw))
    }
}

impl<S: Simd> Mul for Lanes<S> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Lanes::new(self.simd, self.simd.mul_f32s(self.raw, other.raw))
    }
}

impl<S: Simd> Div for Lanes<S> {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Lanes::new(self.simd, self.simd.div_f32s(self.raw, other.raw))
    }
}

impl<S: Simd> Neg for Lanes<S> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Lanes::new(self.simd, self.simd.neg_f32s(self.raw))
    }
}

impl<S: Simd> Not for Mask<S> {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        Mask {
            simd: self.simd,
            raw: self.simd.not_m32s(self.raw),
        }
    }
}

impl<S: Simd> BitAnd for Mask<S> {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Mask {
            simd: self.simd,
            raw: self.simd.and_m32s(self.raw, other.raw),
        }
    }
}

impl<S: Simd> BitOr for Mask<S> {
    type Output = Self;
    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Mask {
            simd: self.simd,
            raw: self.simd.or_m32s(self.raw, other.raw),
        }
    }
}
