//! What of a formula is free in a tuning, and the formula at a place of that freedom.

use crate::formula::{Formula, Scaling};

/// The factor that a free number is changed by, at most, either way.
const FACTOR: f64 = 3.0;
/// How far the input is shifted, at most: half of what pre-activations reach.
const INPUT_SHIFT: f64 = 1.5;
/// How far the output is shifted, at most.
const OUTPUT_SHIFT: f64 = 0.5;
/// The most of a formula's constants that are free: each takes evaluations of its own.
const MOST_CONSTANTS: usize = 8;

/// What of a formula is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freedom {
    /// Scale and shift of input and output: four numbers, whatever the formula. Scales from a third
    /// to three times, the input's shift to 1.5 and the output's to 0.5 either way.
    Scaling,
    /// The constants of its text, the first eight of them: each from a third to three times.
    Constants,
}

impl Freedom {
    /// How many numbers are free.
    pub fn numbers(self, formula: &Formula) -> usize {
        match self {
            Freedom::Scaling => 4,
            Freedom::Constants => formula.constants().len().min(MOST_CONSTANTS),
        }
    }

    /// The formula at a place, each number of which is between -1 and 1; at 0 everywhere it is the
    /// formula itself. `None` where what comes out is no formula.
    pub fn at(self, formula: &Formula, place: &[f64]) -> Option<Formula> {
        match self {
            Freedom::Scaling => formula.scaled(&scaling(place)).ok(),
            Freedom::Constants => {
                let mut constants = formula.constants();
                for (constant, number) in constants.iter_mut().zip(place) {
                    *constant *= FACTOR.powf(*number);
                }
                formula.with_constants(&constants).ok()
            }
        }
    }
}

fn scaling(place: &[f64]) -> Scaling {
    let number = |index: usize| place.get(index).copied().unwrap_or(0.0);
    Scaling {
        input_scale: FACTOR.powf(number(0)),
        input_shift: INPUT_SHIFT * number(1),
        output_scale: FACTOR.powf(number(2)),
        output_shift: OUTPUT_SHIFT * number(3),
    }
}
