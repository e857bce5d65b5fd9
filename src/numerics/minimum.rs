//! The least value of a function of a few bounded numbers, from its values alone: the door to
//! `bobyqa`, Powell's quadratic models of an objective in a box.

use bobyqa::{Bobyqa, Config, RestartConfig};

/// How a minimum is looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Search<'a> {
    /// The least and the greatest value of each number.
    pub bounds: &'a [(f64, f64)],
    /// How far the first steps go, in the units of the numbers; at most half of the narrowest
    /// bounds.
    pub radius: f64,
    /// The search ends where its steps are no longer than this; above 0, at most `radius`.
    pub least_radius: f64,
    /// The most values that are asked for; more than a quadratic of the numbers has coefficients.
    pub evaluations: usize,
    /// How often the search begins again, with its first steps, at the best that it has found.
    pub restarts: usize,
}

/// Where the least value that was seen lies, and the value.
#[derive(Clone, Debug, PartialEq)]
pub struct Minimum {
    /// The numbers.
    pub at: Vec<f64>,
    /// The value there.
    pub value: f64,
}

/// Looks for the least value of `objective` from `start`, which is asked for first. A value that is
/// not finite counts as the worst. The same values give the same search to the bit, and one that
/// may ask for more begins with all that one that may ask for fewer asks for.
///
/// The method is BOBYQA (Powell 2009): a quadratic model, minimised in a region that is trusted. Of
/// four numbers and fewer it goes through as many points as it has coefficients, of more through
/// twice as many points as there are numbers and one.
///
/// `None` where the bounds, the radii or the evaluations are not as [`Search`] says.
pub fn minimum(
    start: &[f64],
    search: &Search,
    mut objective: impl FnMut(&[f64]) -> f64,
) -> Option<Minimum> {
    let mut config = Config::new(start.len());
    config.rho_begin = search.radius;
    config.rho_end = search.least_radius;
    config.max_fun = search.evaluations;
    if start.len() <= MOST_IN_FULL {
        config.npt = (start.len() + 1) * (start.len() + 2) / 2;
    }
    // With so many points the published test for a rescue is decided by rounding.
    config.prima_parity = false;
    if search.restarts > 0 {
        let mut restart = RestartConfig::new();
        restart.max_restarts = search.restarts;
        restart.cycle_budget_frac = 0.0;
        restart.improve_rel_tol = 0.0;
        config.restart = Some(restart);
    }
    let (low, high): (Vec<f64>, Vec<f64>) = search.bounds.iter().copied().unzip();
    if low.len() != start.len() {
        return None;
    }
    let mut at = start.to_vec();
    let outcome = Bobyqa::new(start.len(), config).ok()?.minimize(
        |numbers| {
            let value = objective(numbers);
            if value.is_finite() {
                value.min(WORST)
            } else {
                WORST
            }
        },
        &mut at,
        &low,
        &high,
    );
    outcome.found_finite().then_some(Minimum {
        at,
        value: outcome.f,
    })
}

/// The most numbers of which the model is determined by its points.
const MOST_IN_FULL: usize = 4;

/// What a value that is not finite counts as: so large that its neighbourhood is left, so small
/// that models of it are finite.
const WORST: f64 = 1e12;
