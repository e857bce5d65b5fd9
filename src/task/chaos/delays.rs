//! The equations of the delay systems, from the literature named at each: the derivative from the
//! value now and the value tau earlier. Parameter values are in `datasets/chaos.toml`.

use super::motion::{Delay, Motion};

pub(super) static TABLE: &[&dyn Motion] = &[
    &Delay::equations("mackey-glass", ["beta", "gamma", "n", "tau"], mackey_glass),
    &Delay::equations("sprott-delay", ["mu", "tau"], sprott),
    &Delay::equations("ikeda-delay", ["c", "mu", "x0", "tau"], ikeda),
    &Delay::equations("voss-delay", ["alpha", "tau"], voss),
    &Delay::equations("scroll-delay", ["alpha", "beta", "tau"], scroll),
];

/// Mackey and Glass, Science 197 (1977), equation 4b with theta = 1: x' = beta x(t - tau) / (1 +
/// x(t - tau)^n) - gamma x.
fn mackey_glass([beta, gamma, n, _]: [f64; 4], now: f64, delayed: f64) -> f64 {
    beta * delayed / (1.0 + libm::pow(delayed, n)) - gamma * now
}

/// Sprott, Physics Letters A 366 (2007).
fn sprott([mu, _]: [f64; 2], _now: f64, delayed: f64) -> f64 {
    mu * libm::sin(delayed)
}

/// Ikeda and Matsumoto, Physica D 29 (1987).
fn ikeda([c, mu, x0, _]: [f64; 4], now: f64, delayed: f64) -> f64 {
    mu * libm::sin(delayed - x0) - c * now
}

/// Voss, International Journal of Bifurcation and Chaos 12 (2002).
fn voss([alpha, _]: [f64; 2], now: f64, delayed: f64) -> f64 {
    ((-10.44 * delayed - 13.95) * delayed - 3.63) * delayed + 0.85 - alpha * now
}

/// Scrolls from a sigmoid feedback (Yalcin and Ozoguz, Chaos 17, 2007, with a hyperbolic tangent
/// for the staircase).
fn scroll([alpha, beta, _]: [f64; 3], _now: f64, delayed: f64) -> f64 {
    beta * libm::tanh(10.0 * delayed) - alpha * delayed
}
