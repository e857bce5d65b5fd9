//! The equations of motion, from the literature named at each; parameter values are in `datasets/chaos.toml`.

use super::history;
use super::integrator::integrate;
use super::Advance;
use crate::dataset::law::Undefined;

/// A system's equations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dynamics {
    Lorenz,
    Roessler,
    Duffing,
    DoublePendulum,
    MackeyGlass,
    Henon,
    Logistic,
}

/// Every system: its name in the catalogue, its equations, the number of its coordinates, and its parameters in the order the equations take them.
const SYSTEMS: [(&str, Dynamics, usize, &[&str]); 7] = [
    ("lorenz", Dynamics::Lorenz, 3, &["sigma", "rho", "beta"]),
    ("roessler", Dynamics::Roessler, 3, &["a", "b", "c"]),
    ("duffing", Dynamics::Duffing, 3, &["alpha", "beta", "delta", "gamma", "omega"]),
    ("double-pendulum", Dynamics::DoublePendulum, 4, &["g", "l1", "l2", "m1", "m2"]),
    ("mackey-glass", Dynamics::MackeyGlass, 5, &["beta", "gamma", "n", "tau"]),
    ("henon", Dynamics::Henon, 2, &["a", "b"]),
    ("logistic", Dynamics::Logistic, 1, &["r"]),
];

impl Dynamics {
    pub(super) fn named(name: &str) -> Option<Dynamics> {
        SYSTEMS.iter().find(|row| row.0 == name).map(|row| row.1)
    }

    /// The number of coordinates of a state.
    pub fn dimension(self) -> usize {
        self.row().2
    }

    /// The names of the parameters, in the order the equations take them.
    pub fn parameters(self) -> &'static [&'static str] {
        self.row().3
    }

    fn row(self) -> &'static (&'static str, Dynamics, usize, &'static [&'static str]) {
        SYSTEMS.iter().find(|row| row.1 == self).expect("every system has its row")
    }

    /// The state after `advance`, from `state`, which has [`Dynamics::dimension`] coordinates; `parameters` are in the order of
    /// [`Dynamics::parameters`]. Panics where either has another length.
    ///
    /// # Errors
    /// Where the integration stops before its end, or a flow is asked for iterations or a map for time.
    pub fn advance(self, parameters: &[f64], state: &[f64], advance: Advance) -> Result<Vec<f64>, Undefined> {
        match (self, advance) {
            (Dynamics::Lorenz, Advance::Time(time)) => {
                let parameters = array(parameters);
                integrate(|state| lorenz(parameters, *state), array(state), time).map(Vec::from)
            }
            (Dynamics::Roessler, Advance::Time(time)) => {
                let parameters = array(parameters);
                integrate(|state| roessler(parameters, *state), array(state), time).map(Vec::from)
            }
            (Dynamics::Duffing, Advance::Time(time)) => {
                let parameters = array(parameters);
                integrate(|state| duffing(parameters, *state), array(state), time).map(Vec::from)
            }
            (Dynamics::DoublePendulum, Advance::Time(time)) => {
                let parameters = array(parameters);
                integrate(|state| double_pendulum(parameters, *state), array(state), time).map(Vec::from)
            }
            (Dynamics::MackeyGlass, Advance::Time(time)) => {
                let [beta, gamma, n, tau] = array(parameters);
                history::carry(|now, delayed| mackey_glass([beta, gamma, n], now, delayed), tau, array::<5>(state), time).map(Vec::from)
            }
            (Dynamics::Henon, Advance::Iterations(iterations)) => Ok(iterate(|state| henon(array(parameters), state), array(state), iterations)),
            (Dynamics::Logistic, Advance::Iterations(iterations)) => {
                Ok(iterate(|state| logistic(array(parameters), state), array(state), iterations))
            }
            (system, advance) => Err(Undefined(format!("{system:?} cannot be carried by {advance:?}"))),
        }
    }
}

fn iterate<const N: usize>(map: impl Fn([f64; N]) -> [f64; N], start: [f64; N], iterations: u32) -> Vec<f64> {
    (0..iterations).fold(start, |state, _| map(state)).to_vec()
}

fn array<const N: usize>(numbers: &[f64]) -> [f64; N] {
    numbers.try_into().expect("the catalogue holds as many numbers as the equations take")
}

/// Lorenz, Journal of the Atmospheric Sciences 20 (1963), equations 25 to 27.
fn lorenz([sigma, rho, beta]: [f64; 3], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [sigma * (y - x), x * (rho - z) - y, x * y - beta * z]
}

/// Roessler, Physics Letters 57A (1976).
fn roessler([a, b, c]: [f64; 3], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [-y - z, x + a * y, b + z * (x - c)]
}

/// Duffing's oscillator x'' + delta x' + beta x + alpha x^3 = gamma cos(phase), the forcing's phase being the third coordinate
/// (Guckenheimer and Holmes, Nonlinear Oscillations, section 2.2).
fn duffing([alpha, beta, delta, gamma, omega]: [f64; 5], [x, v, phase]: [f64; 3]) -> [f64; 3] {
    [v, gamma * libm::cos(phase) - delta * v - beta * x - alpha * x * x * x, omega]
}

/// Two point masses on massless rods, angles from the downward vertical: Lagrange's equations, a linear system in the two angular
/// accelerations, solved for them (the textbook problem of Landau and Lifshitz, Mechanics, section 5).
fn double_pendulum([g, l1, l2, m1, m2]: [f64; 5], [theta1, theta2, omega1, omega2]: [f64; 4]) -> [f64; 4] {
    let (sine, cosine) = libm::sincos(theta1 - theta2);
    let mass = m1 + m2;
    // (m1 + m2) l1 a1 + m2 l2 cos(d) a2 = right1 and l1 cos(d) a1 + l2 a2 = right2, d = theta1 - theta2.
    let right1 = -m2 * l2 * omega2 * omega2 * sine - mass * g * libm::sin(theta1);
    let right2 = l1 * omega1 * omega1 * sine - g * libm::sin(theta2);
    let determinant = m1 + m2 * sine * sine;
    let acceleration1 = (right1 - m2 * cosine * right2) / (l1 * determinant);
    let acceleration2 = (mass * right2 - cosine * right1) / (l2 * determinant);
    [omega1, omega2, acceleration1, acceleration2]
}

/// Mackey and Glass, Science 197 (1977), equation 4b with theta = 1: x' = beta x(t - tau) / (1 + x(t - tau)^n) - gamma x.
fn mackey_glass([beta, gamma, n]: [f64; 3], now: f64, delayed: f64) -> f64 {
    beta * delayed / (1.0 + libm::pow(delayed, n)) - gamma * now
}

/// Henon, Communications in Mathematical Physics 50 (1976).
fn henon([a, b]: [f64; 2], [x, y]: [f64; 2]) -> [f64; 2] {
    [1.0 - a * x * x + y, b * x]
}

/// May, Nature 261 (1976).
fn logistic([r]: [f64; 1], [x]: [f64; 1]) -> [f64; 1] {
    [r * x * (1.0 - x)]
}
