//! One optimiser's update of a part of the flat parameter vector, in one pass.

use super::rule::Optimiser;
use super::step::{AdamRates, OptimiserStep};
use crate::formula::vector::{InstructionSet, Simd, WithSimd};

/// Moments and velocities below this are set to 0: they cannot move a parameter, and left to decay
/// they become slow subnormal numbers.
const NEGLIGIBLE: f32 = 1e-30;

/// A part of the flat vectors of a run, all of one length. Plain descent keeps its velocity in the
/// first moment and leaves the second.
pub(crate) struct ParameterPart<'a> {
    /// The loss's gradient with respect to the parameters.
    pub gradient: &'a [f32],
    /// What is updated.
    pub parameters: &'a mut [f32],
    /// Adam's first moment, or the velocity.
    pub first_moment: &'a mut [f32],
    /// Adam's second moment.
    pub second_moment: &'a mut [f32],
}

/// Updates the parameters and the moments of a part by one step.
pub(crate) fn update(set: InstructionSet, step: OptimiserStep, part: ParameterPart) {
    let OptimiserStep {
        optimiser,
        rate: step_rate,
        weight_decay,
        ..
    } = step;
    match optimiser {
        Optimiser::Adam {
            first_decay,
            second_decay,
            epsilon,
        }
        | Optimiser::AdamW {
            first_decay,
            second_decay,
            epsilon,
            ..
        } => {
            let AdamRates { rate, epsilon } = step.adam_rates(first_decay, second_decay, epsilon);
            let rates = [rate, epsilon, step_rate * weight_decay];
            let decays = [
                first_decay,
                1.0 - first_decay,
                second_decay,
                1.0 - second_decay,
            ];
            set.run(Adam {
                rates: rates.map(|value| value as f32),
                decays: decays.map(|value| value as f32),
                part,
            });
        }
        Optimiser::Sgd {
            momentum, nesterov, ..
        } => {
            let [rate, momentum, weight_decay] =
                [step_rate, momentum, weight_decay].map(|value| value as f32);
            set.run(Descent {
                rate,
                momentum,
                nesterov,
                weight_decay,
                part,
            });
        }
    }
}

/// What happens to one vector of parameters: given gradient, parameter, first and second moment, it
/// gives the latter three.
trait UpdateRule<S: Simd> {
    fn step(
        &self,
        gradient: S::f32s,
        parameter: S::f32s,
        first: S::f32s,
        second: S::f32s,
    ) -> (S::f32s, S::f32s, S::f32s);
}

impl ParameterPart<'_> {
    #[inline(always)]
    fn follow<S: Simd>(self, simd: S, rule: impl UpdateRule<S>) {
        let (gradient, gradient_tail) = S::as_simd_f32s(self.gradient);
        let (parameters, parameters_tail) = S::as_mut_simd_f32s(self.parameters);
        let (first, first_tail) = S::as_mut_simd_f32s(self.first_moment);
        let (second, second_tail) = S::as_mut_simd_f32s(self.second_moment);
        for (((g, p), m), v) in gradient.iter().zip(parameters).zip(first).zip(second) {
            (*p, *m, *v) = rule.step(*g, *p, *m, *v);
        }
        if !gradient_tail.is_empty() {
            let (g, p) = (
                simd.partial_load_f32s(gradient_tail),
                simd.partial_load_f32s(parameters_tail),
            );
            let (p, m, v) = rule.step(
                g,
                p,
                simd.partial_load_f32s(first_tail),
                simd.partial_load_f32s(second_tail),
            );
            simd.partial_store_f32s(parameters_tail, p);
            simd.partial_store_f32s(first_tail, m);
            simd.partial_store_f32s(second_tail, v);
        }
    }
}

#[inline(always)]
fn without_negligible<S: Simd>(simd: S, moment: S::f32s) -> S::f32s {
    let small = simd.less_than_f32s(simd.abs_f32s(moment), simd.splat_f32s(NEGLIGIBLE));
    simd.select_f32s(small, simd.splat_f32s(0.0), moment)
}

struct Adam<'a> {
    /// The rate, epsilon, and what a weight loses of itself.
    rates: [f32; 3],
    /// What the first moment keeps and takes, and the second.
    decays: [f32; 4],
    part: ParameterPart<'a>,
}

impl WithSimd for Adam<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let rule = AdamRule {
            simd,
            rates: self.rates.map(|value| simd.splat_f32s(value)),
            decays: self.decays.map(|value| simd.splat_f32s(value)),
        };
        self.part.follow(simd, rule);
    }
}

/// [`Adam`] with its constants in registers.
struct AdamRule<S: Simd> {
    simd: S,
    rates: [S::f32s; 3],
    decays: [S::f32s; 4],
}

impl<S: Simd> UpdateRule<S> for AdamRule<S> {
    #[inline(always)]
    fn step(
        &self,
        gradient: S::f32s,
        parameter: S::f32s,
        first: S::f32s,
        second: S::f32s,
    ) -> (S::f32s, S::f32s, S::f32s) {
        let (simd, [rate, epsilon, loss]) = (self.simd, self.rates);
        let [keep_first, take_first, keep_second, take_second] = self.decays;
        let first = without_negligible(
            simd,
            simd.mul_add_e_f32s(keep_first, first, simd.mul_f32s(take_first, gradient)),
        );
        let square = simd.mul_f32s(gradient, gradient);
        let second = simd.mul_add_e_f32s(keep_second, second, simd.mul_f32s(take_second, square));
        let move_by = simd.div_f32s(
            simd.mul_f32s(rate, first),
            simd.add_f32s(simd.sqrt_f32s(second), epsilon),
        );
        let kept = simd.negate_mul_add_e_f32s(loss, parameter, parameter);
        (simd.sub_f32s(kept, move_by), first, second)
    }
}

struct Descent<'a> {
    rate: f32,
    momentum: f32,
    nesterov: bool,
    weight_decay: f32,
    part: ParameterPart<'a>,
}

impl WithSimd for Descent<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let [rate, momentum, weight_decay] =
            [self.rate, self.momentum, self.weight_decay].map(|value| simd.splat_f32s(value));
        self.part.follow(
            simd,
            DescentRule {
                simd,
                rate,
                momentum,
                nesterov: self.nesterov,
                weight_decay,
            },
        );
    }
}

/// [`Descent`] with its constants in registers.
struct DescentRule<S: Simd> {
    simd: S,
    rate: S::f32s,
    momentum: S::f32s,
    nesterov: bool,
    weight_decay: S::f32s,
}

impl<S: Simd> UpdateRule<S> for DescentRule<S> {
    #[inline(always)]
    fn step(
        &self,
        gradient: S::f32s,
        parameter: S::f32s,
        velocity: S::f32s,
        second: S::f32s,
    ) -> (S::f32s, S::f32s, S::f32s) {
        let simd = self.simd;
        let gradient = simd.mul_add_e_f32s(self.weight_decay, parameter, gradient);
        let velocity =
            without_negligible(simd, simd.mul_add_e_f32s(self.momentum, velocity, gradient));
        let ahead = if self.nesterov {
            simd.mul_add_e_f32s(self.momentum, velocity, gradient)
        } else {
            velocity
        };
        (
            simd.negate_mul_add_e_f32s(self.rate, ahead, parameter),
            velocity,
            second,
        )
    }
}
