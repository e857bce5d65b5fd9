//! The equations of the flows, from the literature named at each; parameter values are in
//! `datasets/chaos.toml`.

use super::motion::{Flow, Motion};

/// The coordinates of most flows.
const XYZ: [&str; 3] = ["x", "y", "z"];

pub(super) static TABLE: &[&dyn Motion] = &[
    &Flow::equations("lorenz", ["sigma", "rho", "beta"], XYZ, lorenz),
    &Flow::equations("roessler", ["a", "b", "c"], XYZ, roessler),
    &Flow::equations(
        "duffing",
        ["alpha", "beta", "delta", "gamma", "omega"],
        ["x", "v", "phase"],
        duffing,
    ),
    &Flow::equations(
        "double-pendulum",
        ["g", "l1", "l2", "m1", "m2"],
        ["theta1", "theta2", "omega1", "omega2"],
        double_pendulum,
    ),
    &Flow::equations("chua", ["alpha", "beta", "m0", "m1"], XYZ, chua),
    &Flow::equations("chen", ["a", "b", "c"], XYZ, chen),
    &Flow::equations("rucklidge", ["a", "b"], XYZ, rucklidge),
    &Flow::equations("halvorsen", ["a", "b"], XYZ, halvorsen),
    &Flow::equations("thomas", ["a", "b"], XYZ, thomas),
    &Flow::equations("sprott-b", [], XYZ, sprott_b),
    &Flow::equations("sprott-e", [], XYZ, sprott_e),
    &Flow::equations("aizawa", ["a", "b", "c", "d", "e", "f"], XYZ, aizawa),
    &Flow::equations("dadras", ["c", "e", "o", "p", "r"], XYZ, dadras),
    &Flow::equations("lorenz-84", ["a", "b", "f", "g"], XYZ, lorenz_84),
    &Flow::equations("lorenz-96", ["f"], ["x1", "x2", "x3", "x4"], lorenz_96),
    &Flow::equations(
        "hindmarsh-rose",
        ["a", "b", "c", "d", "r", "s", "rest", "current"],
        XYZ,
        hindmarsh_rose,
    ),
    &Flow::equations(
        "rabinovich-fabrikant",
        ["alpha", "gamma"],
        XYZ,
        rabinovich_fabrikant,
    ),
    &Flow::equations(
        "henon-heiles",
        ["lambda"],
        ["x", "y", "px", "py"],
        henon_heiles,
    ),
    &Flow::equations(
        "forced-van-der-pol",
        ["a", "mu", "omega"],
        ["x", "v", "phase"],
        forced_van_der_pol,
    ),
    &Flow::equations("nose-hoover", ["a"], XYZ, nose_hoover),
    &Flow::equations("rikitake", ["a", "mu"], XYZ, rikitake),
    &Flow::equations("shimizu-morioka", ["a", "b"], XYZ, shimizu_morioka),
    &Flow::equations("arneodo", ["a", "b", "c", "d"], XYZ, arneodo),
    &Flow::equations("abc", ["a", "b", "c"], XYZ, abc),
    &Flow::equations(
        "hastings-powell",
        ["a1", "a2", "b1", "b2", "d1", "d2"],
        XYZ,
        hastings_powell,
    ),
];

/// Lorenz, Journal of the Atmospheric Sciences 20 (1963), equations 25 to 27.
fn lorenz([sigma, rho, beta]: [f64; 3], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [sigma * (y - x), x * (rho - z) - y, x * y - beta * z]
}

/// Roessler, Physics Letters 57A (1976).
fn roessler([a, b, c]: [f64; 3], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [-y - z, x + a * y, b + z * (x - c)]
}

/// Duffing's oscillator x'' + delta x' + beta x + alpha x^3 = gamma cos(phase), the forcing's phase
/// being the third coordinate (Guckenheimer and Holmes, Nonlinear Oscillations, section 2.2).
fn duffing([alpha, beta, delta, gamma, omega]: [f64; 5], [x, v, phase]: [f64; 3]) -> [f64; 3] {
    [
        v,
        gamma * libm::cos(phase) - delta * v - beta * x - alpha * x * x * x,
        omega,
    ]
}

/// Two point masses on massless rods, angles from the downward vertical: Lagrange's equations, a
/// linear system in the two angular accelerations, solved for them (the textbook problem of Landau
/// and Lifshitz, Mechanics, section 5).
fn double_pendulum(
    [g, l1, l2, m1, m2]: [f64; 5],
    [theta1, theta2, omega1, omega2]: [f64; 4],
) -> [f64; 4] {
    let (sine, cosine) = libm::sincos(theta1 - theta2);
    let mass = m1 + m2;
    // (m1 + m2) l1 a1 + m2 l2 cos(d) a2 = right1 and l1 cos(d) a1 + l2 a2 = right2, d = theta1 -
    // theta2.
    let right1 = -m2 * l2 * omega2 * omega2 * sine - mass * g * libm::sin(theta1);
    let right2 = l1 * omega1 * omega1 * sine - g * libm::sin(theta2);
    let determinant = m1 + m2 * sine * sine;
    let acceleration1 = (right1 - m2 * cosine * right2) / (l1 * determinant);
    let acceleration2 = (mass * right2 - cosine * right1) / (l2 * determinant);
    [omega1, omega2, acceleration1, acceleration2]
}

/// Chua's circuit in dimensionless form, whose diode has slope m0 within |x| < 1 and m1 outside
/// (Matsumoto, IEEE Transactions on Circuits and Systems 31, 1984).
fn chua([alpha, beta, m0, m1]: [f64; 4], [x, y, z]: [f64; 3]) -> [f64; 3] {
    let diode = m1 * x + 0.5 * (m0 - m1) * ((x + 1.0).abs() - (x - 1.0).abs());
    [alpha * (y - x - diode), x - y + z, -beta * y]
}

/// Chen and Ueta, International Journal of Bifurcation and Chaos 9 (1999).
fn chen([a, b, c]: [f64; 3], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [a * (y - x), (c - a) * x - x * z + c * y, x * y - b * z]
}

/// Rucklidge, Journal of Fluid Mechanics 237 (1992), double convection; y is the first time
/// integral of x.
fn rucklidge([a, b]: [f64; 2], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [-a * x + b * y - y * z, x, -z + y * y]
}

/// Halvorsen's cyclic system (Sprott, Elegant Chaos, 2010).
fn halvorsen([a, b]: [f64; 2], [x, y, z]: [f64; 3]) -> [f64; 3] {
    let slope = |u: f64, v: f64, w: f64| -a * u - b * (v + w) - v * v;
    [slope(x, y, z), slope(y, z, x), slope(z, x, y)]
}

/// Thomas's cyclic system of damped sines, International Journal of Bifurcation and Chaos 9 (1999).
fn thomas([a, b]: [f64; 2], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [
        -a * x + b * libm::sin(y),
        -a * y + b * libm::sin(z),
        -a * z + b * libm::sin(x),
    ]
}

/// Case B of Sprott, Physical Review E 50 (1994).
fn sprott_b([]: [f64; 0], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [y * z, x - y, 1.0 - x * y]
}

/// Case E of Sprott, Physical Review E 50 (1994).
fn sprott_e([]: [f64; 0], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [y * z, x * x - y, 1.0 - 4.0 * x]
}

/// Aizawa and Uezu, Progress of Theoretical Physics 67 (1982); Langford, Numerical Methods for
/// Bifurcation Problems (1984).
fn aizawa([a, b, c, d, e, f]: [f64; 6], [x, y, z]: [f64; 3]) -> [f64; 3] {
    let square = x * x + y * y;
    [
        (z - b) * x - d * y,
        d * x + (z - b) * y,
        c + a * z - z * z * z / 3.0 - square * (1.0 + e * z) + f * z * x * x * x,
    ]
}

/// Dadras and Momeni, Physics Letters A 373 (2009).
fn dadras([c, e, o, p, r]: [f64; 5], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [y - p * x + o * y * z, r * y - x * z + z, c * x * y - e * z]
}

/// Lorenz, Tellus 36A (1984): the westerly current and two phases of the waves on it.
fn lorenz_84([a, b, f, g]: [f64; 4], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [
        -y * y - z * z - a * x + a * f,
        x * y - b * x * z - y + g,
        b * x * y + x * z - z,
    ]
}

/// Lorenz, Predictability: a problem partly solved (1996), on a ring of four places.
fn lorenz_96([f]: [f64; 1], x: [f64; 4]) -> [f64; 4] {
    std::array::from_fn(|i| (x[(i + 1) % 4] - x[(i + 2) % 4]) * x[(i + 3) % 4] - x[i] + f)
}

/// Hindmarsh and Rose, Proceedings of the Royal Society B 221 (1984).
fn hindmarsh_rose([a, b, c, d, r, s, rest, current]: [f64; 8], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [
        y - a * x * x * x + b * x * x - z + current,
        c - d * x * x - y,
        r * (s * (x - rest) - z),
    ]
}

/// Rabinovich and Fabrikant, Soviet Physics JETP 50 (1979).
fn rabinovich_fabrikant([alpha, gamma]: [f64; 2], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [
        y * (z - 1.0 + x * x) + gamma * x,
        x * (3.0 * z + 1.0 - x * x) + gamma * y,
        -2.0 * z * (alpha + x * y),
    ]
}

/// Henon and Heiles, The Astronomical Journal 69 (1964).
fn henon_heiles([lambda]: [f64; 1], [x, y, px, py]: [f64; 4]) -> [f64; 4] {
    [
        px,
        py,
        -x - 2.0 * lambda * x * y,
        -y - lambda * (x * x - y * y),
    ]
}

/// Van der Pol's oscillator x'' - mu (1 - x^2) x' + x = a sin(phase), the forcing's phase being the
/// third coordinate (van der Pol, 1920 and 1927).
fn forced_van_der_pol([a, mu, omega]: [f64; 3], [x, v, phase]: [f64; 3]) -> [f64; 3] {
    [v, mu * (1.0 - x * x) * v - x + a * libm::sin(phase), omega]
}

/// Nose, Journal of Chemical Physics 81 (1984); Hoover, Physical Review A 31 (1985).
fn nose_hoover([a]: [f64; 1], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [y, y * z - x, a - y * y]
}

/// Rikitake's two disk dynamos, Mathematical Proceedings of the Cambridge Philosophical Society 54
/// (1958).
fn rikitake([a, mu]: [f64; 2], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [-mu * x + y * z, -mu * y + x * (z - a), 1.0 - x * y]
}

/// Shimizu and Morioka, Physics Letters 76A (1980).
fn shimizu_morioka([a, b]: [f64; 2], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [y, x - a * y - x * z, x * x - b * z]
}

/// Arneodo, Coullet and Tresser, Physics Letters 79A (1980): x''' + c x'' + b x' + a x = d x^3.
fn arneodo([a, b, c, d]: [f64; 4], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [y, z, -a * x - b * y - c * z + d * x * x * x]
}

/// The steady flow of Arnold, Beltrami and Childress (Dombre et al., Journal of Fluid Mechanics
/// 167, 1986).
fn abc([a, b, c]: [f64; 3], [x, y, z]: [f64; 3]) -> [f64; 3] {
    let ((sin_x, cos_x), (sin_y, cos_y), (sin_z, cos_z)) =
        (libm::sincos(x), libm::sincos(y), libm::sincos(z));
    [
        a * sin_z + c * cos_y,
        b * sin_x + a * cos_z,
        c * sin_y + b * cos_x,
    ]
}

/// Hastings and Powell, Ecology 72 (1991): plants, what eats them, and what eats those.
fn hastings_powell([a1, a2, b1, b2, d1, d2]: [f64; 6], [x, y, z]: [f64; 3]) -> [f64; 3] {
    let (grazed, hunted) = (a1 * x * y / (1.0 + b1 * x), a2 * y * z / (1.0 + b2 * y));
    [
        x * (1.0 - x) - grazed,
        grazed - hunted - d1 * y,
        hunted - d2 * z,
    ]
}
