//! Real spherical harmonics: values against SciPy, orthonormality, and the two coordinate systems.

use std::f64::consts::{PI, TAU};

use motherlode::dataset::harmonic::{real_harmonics, Coordinates, HarmonicTask};
use motherlode::dataset::law::Law;
use motherlode::stream::Key;

/// The (theta, phi) of the table below.
const ANGLES: [(f64, f64); 3] = [(1.1, 0.4), (2.0, -2.3), (0.3, 3.0)];

/// (l, m, the values at [`ANGLES`]), printed by this program under SciPy 1.17.1, whose sph_harm_y includes the Condon-Shortley phase:
///
/// ```python
/// import numpy as np
/// from scipy.special import sph_harm_y
/// for l, m in [(0, 0), (1, -1), (1, 0), (1, 1), (2, -2), (2, -1), (2, 0), (2, 1), (2, 2), (3, -3), (3, 1), (5, -4), (5, 0), (5, 5), (8, 3), (16, -11)]:
///     values = []
///     for theta, phi in [(1.1, 0.4), (2.0, -2.3), (0.3, 3.0)]:
///         y = sph_harm_y(l, abs(m), theta, phi)
///         scale = np.sqrt(2) * (-1) ** abs(m)
///         values.append(float(y.real if m == 0 else scale * (y.real if m > 0 else y.imag)))
///     print(f"    ({l}, {m}, {values}),")
/// ```
#[rustfmt::skip]
const SCIPY: [(usize, isize, [f64; 3]); 16] = [
    (0, 0, [0.28209479177387814, 0.28209479177387814, 0.28209479177387814]),
    (1, -1, [0.1695707197483508, -0.3313056452730872, 0.020376588249899675]),
    (1, 0, [0.22162820431795893, -0.20333038965738762, 0.46677980829928756]),
    (1, 1, [0.40107246813096803, -0.29601644665423793, -0.14294691270963963]),
    (2, -2, [0.311245456896402, 0.44882184223669186, -0.013330165969394027]),
    (2, -1, [0.17199079267527034, 0.3082907085069106, 0.043528413435765204]),
    (2, 0, [-0.12071665015977048, -0.15153474442598894, 0.5481516197937817]),
    (2, 1, [0.4067964788758478, 0.275452958229886, -0.3053628134151491]),
    (2, 2, [0.3022861321239135, -0.050656092856264594, 0.045807155875146874]),
    (3, -3, [0.3892732091415978, -0.25660205110869316, 0.0062757803779883384]),
    (3, 1, [0.010785059147900726, 0.037134532489836385, -0.4764704289623434]),
    (5, -4, [0.5936847173027735, 0.13161868979973754, -0.008115037718454626]),
    (5, 0, [0.17317629125082803, -0.23199984689724815, 0.4010876162486767]),
    (5, 5, [-0.1535667242687177, 0.1972003050062531, -0.0011239004006606704]),
    (8, 3, [-0.10038602302676937, 0.10498037756106622, -0.3262308200288681]),
    (16, -11, [0.3439522144274379, -0.08605070270100214, 0.0003063473323737347]),
];

fn at(l: usize, m: isize) -> usize {
    ((l * l + l) as isize + m) as usize
}

#[test]
fn real_harmonics_are_scipys() {
    for (l, m, values) in SCIPY {
        for ((theta, phi), wanted) in ANGLES.into_iter().zip(values) {
            let found = real_harmonics(16, theta.cos(), theta.sin(), phi)[at(l, m)];
            assert!((found - wanted).abs() < 1e-13, "l = {l}, m = {m} at ({theta}, {phi}): found {found}, wanted {wanted}");
        }
    }
}

#[test]
fn the_first_harmonics_are_the_coordinates_without_condon_and_shortleys_sign() {
    let (theta, phi) = (1.1f64, 0.4f64);
    let harmonics = real_harmonics(1, theta.cos(), theta.sin(), phi);
    let scale = (3.0 / (4.0 * PI)).sqrt();
    let wanted = [theta.sin() * phi.sin(), theta.cos(), theta.sin() * phi.cos()];
    for (found, wanted) in harmonics[1..].iter().zip(wanted) {
        assert!((found - scale * wanted).abs() < 1e-15);
    }
}

#[test]
fn real_harmonics_are_orthonormal_on_the_sphere() {
    // The midpoint rule in phi is exact for these products; in cos theta it has 4,000 panels.
    let (order, heights, turns) = (5, 4000, 16);
    let count = (order + 1) * (order + 1);
    let mut gram = vec![0.0; count * count];
    for i in 0..heights {
        let z: f64 = -1.0 + (2 * i + 1) as f64 / heights as f64;
        for j in 0..turns {
            let values = real_harmonics(order, z, (1.0 - z * z).sqrt(), TAU * j as f64 / turns as f64);
            for (a, left) in values.iter().enumerate() {
                for (b, right) in values.iter().enumerate() {
                    gram[a * count + b] += left * right * 2.0 / heights as f64 * TAU / turns as f64;
                }
            }
        }
    }
    for a in 0..count {
        for b in 0..count {
            let wanted = f64::from(u8::from(a == b));
            assert!((gram[a * count + b] - wanted).abs() < 1e-4, "({a}, {b}): {}", gram[a * count + b]);
        }
    }
}

#[test]
fn the_addition_theorem_holds_at_every_degree() {
    let harmonics = real_harmonics(16, 0.3f64.cos(), 0.3f64.sin(), 1.9);
    for l in 0..=16 {
        let sum: f64 = harmonics[l * l..(l + 1) * (l + 1)].iter().map(|value| value * value).sum();
        assert!((sum - (2 * l + 1) as f64 / (4.0 * PI)).abs() < 1e-12, "l = {l}: {sum}");
    }
}

#[test]
fn a_mixture_has_the_same_value_in_both_coordinate_systems() {
    let definition = |coordinates| HarmonicTask { name: "h".into(), coordinates, order: 4, half_widths: None };
    let angles = definition(Coordinates::Angles).draw(&Key::new(3));
    let vectors = definition(Coordinates::UnitVector).draw(&Key::new(3));
    assert_eq!(angles.coefficients.len(), 25);
    for (theta, phi) in ANGLES {
        let vector = [theta.sin() * phi.cos(), theta.sin() * phi.sin(), theta.cos()];
        let (left, right) = (angles.target(&[theta, phi]).unwrap(), vectors.target(&vector).unwrap());
        assert!((left - right).abs() < 1e-12, "{left} and {right}");
    }
}
