//! The equations of the maps, from the literature named at each; parameter values are in
//! `datasets/chaos.toml`. Maps on a circle or a torus are given as their lifts: the remainder that
//! is usually taken would only make them discontinuous.

use std::f64::consts::TAU;

use super::motion::{Map, Motion};

pub(super) static TABLE: &[&dyn Motion] = &[
    &Map::equations("henon", ["a", "b"], ["x", "y"], henon),
    &Map::equations("logistic", ["r"], ["x"], logistic),
    &Map::equations("ikeda", ["u"], ["x", "y"], ikeda),
    &Map::equations("tinkerbell", ["a", "b", "c", "d"], ["x", "y"], tinkerbell),
    &Map::equations("gauss", ["a", "b"], ["x"], gauss),
    &Map::equations("standard", ["k"], ["p", "x"], standard),
    &Map::equations("ricker", ["a"], ["x"], ricker),
    &Map::equations("bogdanov", ["eps", "k", "mu"], ["x", "y"], bogdanov),
    &Map::equations("zaslavskii", ["eps", "nu", "r"], ["x", "y"], zaslavskii),
    &Map::equations("kaplan-yorke", ["alpha"], ["x", "y"], kaplan_yorke),
    &Map::equations("de-jong", ["a", "b", "c", "d"], ["x", "y"], de_jong),
    &Map::equations("maynard-smith", ["a", "b"], ["x", "y"], maynard_smith),
];

/// Henon, Communications in Mathematical Physics 50 (1976).
fn henon([a, b]: [f64; 2], [x, y]: [f64; 2]) -> [f64; 2] {
    [1.0 - a * x * x + y, b * x]
}

/// May, Nature 261 (1976).
fn logistic([r]: [f64; 1], [x]: [f64; 1]) -> [f64; 1] {
    [r * x * (1.0 - x)]
}

/// Ikeda, Optics Communications 30 (1979), in the real form of Hammel, Jones and Moloney, Journal
/// of the Optical Society of America B 2 (1985).
fn ikeda([u]: [f64; 1], [x, y]: [f64; 2]) -> [f64; 2] {
    let (sine, cosine) = libm::sincos(0.4 - 6.0 / (1.0 + x * x + y * y));
    [
        1.0 + u * (x * cosine - y * sine),
        u * (x * sine + y * cosine),
    ]
}

/// Nusse and Yorke, Dynamics: Numerical Explorations (1994).
fn tinkerbell([a, b, c, d]: [f64; 4], [x, y]: [f64; 2]) -> [f64; 2] {
    [x * x - y * y + a * x + b * y, 2.0 * x * y + c * x + d * y]
}

/// The Gauss iterated map, or mouse map (Hilborn, Chaos and Nonlinear Dynamics, 1994).
fn gauss([a, b]: [f64; 2], [x]: [f64; 1]) -> [f64; 1] {
    [libm::exp(-a * x * x) + b]
}

/// Chirikov, Physics Reports 52 (1979), on the plane.
fn standard([k]: [f64; 1], [p, x]: [f64; 2]) -> [f64; 2] {
    let kicked = p + k * libm::sin(x);
    [kicked, x + kicked]
}

/// Ricker, Journal of the Fisheries Research Board of Canada 11 (1954).
fn ricker([a]: [f64; 1], [x]: [f64; 1]) -> [f64; 1] {
    [x * libm::exp(a - x)]
}

/// Arrowsmith, Cartwright, Lansbury and Place, International Journal of Bifurcation and Chaos 3
/// (1993).
fn bogdanov([eps, k, mu]: [f64; 3], [x, y]: [f64; 2]) -> [f64; 2] {
    let later = y + eps * y + k * x * (x - 1.0) + mu * x * y;
    [x + later, later]
}

/// Zaslavskii, Physics Letters 69A (1978), on the plane.
fn zaslavskii([eps, nu, r]: [f64; 3], [x, y]: [f64; 2]) -> [f64; 2] {
    let decay = libm::exp(-r);
    let (mu, kick) = ((1.0 - decay) / r, eps * libm::cos(TAU * x));
    [x + nu * (1.0 + mu * y) + nu * mu * kick, decay * (y + kick)]
}

/// Kaplan and Yorke, Functional Differential Equations and Approximation of Fixed Points (1979), on
/// the plane: x is seen through cos(4 pi x) only.
fn kaplan_yorke([alpha]: [f64; 1], [x, y]: [f64; 2]) -> [f64; 2] {
    [2.0 * x, alpha * y + libm::cos(2.0 * TAU * x)]
}

/// De Jong's map of four sines (Dewdney, Scientific American, July 1987).
fn de_jong([a, b, c, d]: [f64; 4], [x, y]: [f64; 2]) -> [f64; 2] {
    [
        libm::sin(a * y) - libm::cos(b * x),
        libm::sin(c * x) - libm::cos(d * y),
    ]
}

/// Maynard Smith, Mathematical Ideas in Biology (1968): growth that the generation before last
/// holds back.
fn maynard_smith([a, b]: [f64; 2], [x, y]: [f64; 2]) -> [f64; 2] {
    [y, a * y + b - x * x]
}
