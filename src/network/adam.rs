//! Adam's update of a flat parameter vector, in one pass.

use crate::vector::{InstructionSet, Simd, WithSimd};

pub(super) const FIRST_DECAY: f64 = 0.9;
pub(super) const SECOND_DECAY: f64 = 0.999;
pub(super) const EPSILON: f64 = 1e-8;
/// First moments below this are set to 0: they cannot move a parameter, and left to decay they become slow subnormal numbers.
const NEGLIGIBLE: f32 = 1e-30;

/// Update number `step` (from 1) of Kingma and Ba 2015 (algorithm 1, with the bias corrections folded into rate and epsilon); the slices have equal lengths.
pub(super) fn update(
    set: InstructionSet,
    rate: f64,
    step: u32,
    gradient: &[f32],
    parameters: &mut [f32],
    first_moment: &mut [f32],
    second_moment: &mut [f32],
) {
    let first_correction = 1.0 - FIRST_DECAY.powf(f64::from(step));
    let second_correction = (1.0 - SECOND_DECAY.powf(f64::from(step))).sqrt();
    set.run(Update {
        rate: (rate * second_correction / first_correction) as f32,
        epsilon: (EPSILON * second_correction) as f32,
        gradient,
        parameters,
        first_moment,
        second_moment,
    });
}

struct Update<'a> {
    rate: f32,
    epsilon: f32,
    gradient: &'a [f32],
    parameters: &'a mut [f32],
    first_moment: &'a mut [f32],
    second_moment: &'a mut [f32],
}

impl WithSimd for Update<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let law = Law::new(simd, self.rate, self.epsilon);
        let (gradient, gradient_tail) = S::as_simd_f32s(self.gradient);
        let (parameters, parameters_tail) = S::as_mut_simd_f32s(self.parameters);
        let (first, first_tail) = S::as_mut_simd_f32s(self.first_moment);
        let (second, second_tail) = S::as_mut_simd_f32s(self.second_moment);
        for (((g, p), m), v) in gradient.iter().zip(parameters).zip(first).zip(second) {
            (*p, *m, *v) = law.step(*g, *p, *m, *v);
        }
        if !gradient_tail.is_empty() {
            let (g, p) = (simd.partial_load_f32s(gradient_tail), simd.partial_load_f32s(parameters_tail));
            let (p, m, v) = law.step(g, p, simd.partial_load_f32s(first_tail), simd.partial_load_f32s(second_tail));
            simd.partial_store_f32s(parameters_tail, p);
            simd.partial_store_f32s(first_tail, m);
            simd.partial_store_f32s(second_tail, v);
        }
    }
}

/// The update of one vector of parameters, with its constants in registers.
struct Law<S: Simd> {
    simd: S,
    rate: S::f32s,
    epsilon: S::f32s,
    keep_first: S::f32s,
    take_first: S::f32s,
    keep_second: S::f32s,
    take_second: S::f32s,
    negligible: S::f32s,
}

impl<S: Simd> Law<S> {
    #[inline(always)]
    fn new(simd: S, rate: f32, epsilon: f32) -> Law<S> {
        Law {
            simd,
            rate: simd.splat_f32s(rate),
            epsilon: simd.splat_f32s(epsilon),
            keep_first: simd.splat_f32s(FIRST_DECAY as f32),
            take_first: simd.splat_f32s((1.0 - FIRST_DECAY) as f32),
            keep_second: simd.splat_f32s(SECOND_DECAY as f32),
            take_second: simd.splat_f32s((1.0 - SECOND_DECAY) as f32),
            negligible: simd.splat_f32s(NEGLIGIBLE),
        }
    }

    /// Parameter, first and second moment after the step.
    #[inline(always)]
    fn step(&self, gradient: S::f32s, parameter: S::f32s, first: S::f32s, second: S::f32s) -> (S::f32s, S::f32s, S::f32s) {
        let simd = self.simd;
        let first = simd.mul_add_e_f32s(self.keep_first, first, simd.mul_f32s(self.take_first, gradient));
        let small = simd.less_than_f32s(simd.abs_f32s(first), self.negligible);
        let first = simd.select_f32s(small, simd.splat_f32s(0.0), first);
        let square = simd.mul_f32s(gradient, gradient);
        let second = simd.mul_add_e_f32s(self.keep_second, second, simd.mul_f32s(self.take_second, square));
        let move_by = simd.div_f32s(simd.mul_f32s(self.rate, first), simd.add_f32s(simd.sqrt_f32s(second), self.epsilon));
        (simd.sub_f32s(parameter, move_by), first, second)
    }
}
