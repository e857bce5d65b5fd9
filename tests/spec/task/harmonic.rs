//! Real spherical harmonics: values against SciPy, orthonormality, and the two coordinate systems.

use std::f64::consts::{PI, TAU};

use motherlode::numerics::stream::Key;
use motherlode::task::harmonic::{real_harmonics, Mixture};
use motherlode::task::law::Law;
use motherlode::task::{Sizes, TaskDefinition};

use super::task;

/// The (theta, phi) of the table below.
const ANGLES: [(f64, f64); 3] = [(1.1, 0.4), (2.0, -2.3), (0.3, 3.0)];

/// All (l, m) up to l = 8 by rising l and m, then (12, -7), (12, 0), (16, -11) and (16, 16): l, m
/// and the values at [`ANGLES`], printed by this program under SciPy 1.17.1, whose sph_harm_y
/// includes the Condon-Shortley phase:
///
/// ```python
/// import numpy as np
/// from scipy.special import sph_harm_y
/// low = [(l, m) for l in range(9) for m in range(-l, l + 1)]
/// for l, m in low + [(12, -7), (12, 0), (16, -11), (16, 16)]:
///     values = []
///     for theta, phi in [(1.1, 0.4), (2.0, -2.3), (0.3, 3.0)]:
///         y = sph_harm_y(l, abs(m), theta, phi)
///         scale = np.sqrt(2) * (-1) ** abs(m)
///         values.append(float(y.real if m == 0 else scale * (y.real if m > 0 else y.imag)))
///     print(l, m, *values, sep=",")
/// ```
const SCIPY: &str = include_str!("harmonic_values.csv");

/// (l, m, values) of [`SCIPY`].
fn scipy() -> Vec<(usize, isize, Vec<f64>)> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        (
            cells[0].parse().unwrap(),
            cells[1].parse().unwrap(),
            cells[2..]
                .iter()
                .map(|cell| cell.parse().unwrap())
                .collect(),
        )
    };
    SCIPY.lines().map(row).collect()
}

fn definition(text: &str) -> TaskDefinition {
    task(&format!("name = 'h'\nfamily = 'harmonic'\n{text}"))
}

fn mixture(text: &str, seed: u64) -> Mixture {
    let TaskDefinition::Harmonic(harmonic) = definition(text) else {
        panic!("a harmonic")
    };
    harmonic.draw(&Key::new(seed))
}

fn at(l: usize, m: isize) -> usize {
    ((l * l + l) as isize + m) as usize
}

#[test]
fn real_harmonics_are_scipys() {
    assert_eq!(scipy().len(), 81 + 4);
    for (l, m, values) in scipy() {
        for ((theta, phi), wanted) in ANGLES.into_iter().zip(values) {
            let found = real_harmonics(16, theta.cos(), theta.sin(), phi)[at(l, m)];
            assert!(
                (found - wanted).abs() < 1e-13,
                "l = {l}, m = {m} at ({theta}, {phi}): found {found}, wanted {wanted}"
            );
        }
    }
}

#[test]
fn the_first_harmonics_are_the_coordinates_without_condon_and_shortleys_sign() {
    let (theta, phi) = (1.1f64, 0.4f64);
    let harmonics = real_harmonics(1, theta.cos(), theta.sin(), phi);
    let scale = (3.0 / (4.0 * PI)).sqrt();
    let wanted = [
        theta.sin() * phi.sin(),
        theta.cos(),
        theta.sin() * phi.cos(),
    ];
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
            let values = real_harmonics(
                order,
                z,
                (1.0 - z * z).sqrt(),
                TAU * j as f64 / turns as f64,
            );
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
            assert!(
                (gram[a * count + b] - wanted).abs() < 1e-4,
                "({a}, {b}): {}",
                gram[a * count + b]
            );
        }
    }
}

#[test]
fn the_addition_theorem_holds_at_every_degree() {
    let harmonics = real_harmonics(16, 0.3f64.cos(), 0.3f64.sin(), 1.9);
    for l in 0..=16 {
        let sum: f64 = harmonics[l * l..(l + 1) * (l + 1)]
            .iter()
            .map(|value| value * value)
            .sum();
        assert!(
            (sum - (2 * l + 1) as f64 / (4.0 * PI)).abs() < 1e-12,
            "l = {l}: {sum}"
        );
    }
}

#[test]
fn a_mixture_has_the_same_value_in_both_coordinate_systems() {
    let angles = mixture("coordinates = 'angles'\norder = 4", 3);
    let vectors = mixture("coordinates = 'unit-vector'\norder = 4", 3);
    assert_eq!(angles.coefficients.len(), 25);
    for (theta, phi) in ANGLES {
        let vector = [
            theta.sin() * phi.cos(),
            theta.sin() * phi.sin(),
            theta.cos(),
        ];
        let (left, right) = (
            angles.target(&[theta, phi]).unwrap(),
            vectors.target(&vector).unwrap(),
        );
        assert!((left - right).abs() < 1e-12, "{left} and {right}");
    }
}

#[test]
fn a_single_harmonic_is_scipys_in_both_coordinate_systems() {
    for (l, m, values) in scipy().into_iter().skip(1) {
        let angles = mixture(&format!("coordinates = 'angles'\nsingle = [{l}, {m}]"), 0);
        let vectors = mixture(
            &format!("coordinates = 'unit-vector'\nsingle = [{l}, {m}]"),
            0,
        );
        for ((theta, phi), wanted) in ANGLES.into_iter().zip(values) {
            let vector = [
                theta.sin() * phi.cos(),
                theta.sin() * phi.sin(),
                theta.cos(),
            ];
            for found in [
                angles.target(&[theta, phi]).unwrap(),
                vectors.target(&vector).unwrap(),
            ] {
                assert!(
                    (found - wanted).abs() < 1e-12,
                    "l = {l}, m = {m}: found {found}, wanted {wanted}"
                );
            }
        }
    }
}

#[test]
fn a_sparse_mixture_has_the_harmonics_it_says_and_reaches_its_degree() {
    for seed in 0..50 {
        for (order, terms) in [(1, 1), (4, 2), (4, 24), (8, 3), (16, 5)] {
            let drawn = mixture(
                &format!("coordinates = 'angles'\norder = {order}\nterms = {terms}"),
                seed,
            );
            let used: Vec<usize> = (0..drawn.coefficients.len())
                .filter(|index| drawn.coefficients[*index] != 0.0)
                .collect();
            assert_eq!(used.len(), terms);
            assert!(used[0] > 0, "the constant is no term");
            assert!(
                used.iter().any(|index| *index >= order * order),
                "none of degree {order} in {used:?}"
            );
        }
    }
    let any = |index: usize| {
        (0..200).any(|seed| {
            mixture("coordinates = 'angles'\norder = 3\nterms = 2", seed).coefficients[index] != 0.0
        })
    };
    assert!((1..16).all(any), "every harmonic is drawn some time");
}

/// The largest and smallest distance in colatitude (or |z|) and in azimuth, in half-widths, of
/// points that a definition's region gives for a shell.
fn extent(text: &str, inner: f64, outer: f64, widths: [f64; 2]) -> [(f64, f64); 2] {
    let region = definition(text).region().unwrap();
    let mut stream = Key::new(5).stream();
    let mut extent = [(f64::INFINITY, 0f64); 2];
    for _ in 0..5000 {
        let point = region.sample(&mut stream, inner, outer);
        let coordinates = match point[..] {
            [theta, phi] => [theta - PI / 2.0, phi],
            [x, y, z] => {
                assert!((x * x + y * y + z * z - 1.0).abs() < 1e-14);
                [z, y.atan2(x)]
            }
            _ => panic!("two angles or three coordinates"),
        };
        let distance = region.distance(&point);
        assert!(
            distance > inner - 1e-9 && distance <= outer + 1e-9,
            "{text}: {distance}"
        );
        for ((extent, x), width) in extent.iter_mut().zip(coordinates).zip(widths) {
            *extent = (extent.0.min(x.abs() / width), extent.1.max(x.abs() / width));
        }
    }
    extent
}

#[test]
fn shells_leave_by_the_coordinate_that_they_should_and_by_no_other() {
    let angles = [0.2 * PI, 0.4 * PI];
    let sector = [0.5, 0.4 * PI];
    for (text, widths, height_leaves, azimuth_leaves) in [
        ("coordinates = 'angles'\norder = 3", angles, true, true),
        (
            "coordinates = 'angles'\norder = 3\nleaving = 'colatitude'",
            angles,
            true,
            false,
        ),
        (
            "coordinates = 'angles'\norder = 3\nleaving = 'azimuth'",
            angles,
            false,
            true,
        ),
        (
            "coordinates = 'unit-vector'\norder = 3\nleaving = 'both'",
            sector,
            true,
            true,
        ),
        (
            "coordinates = 'unit-vector'\norder = 3\nhalf_widths = [0.5, 0.4]",
            sector,
            true,
            false,
        ),
        (
            "coordinates = 'unit-vector'\norder = 3\nleaving = 'azimuth'",
            sector,
            false,
            true,
        ),
    ] {
        let (train, shell) = (
            extent(text, 0.0, 1.0, widths),
            extent(text, 1.25, 1.5, widths),
        );
        assert!(
            train.iter().all(|(_, farthest)| *farthest <= 1.0 + 1e-9),
            "{text}: {train:?}"
        );
        for ((nearest, farthest), leaves, other) in [
            (shell[0], height_leaves, azimuth_leaves),
            (shell[1], azimuth_leaves, height_leaves),
        ] {
            let wanted = if leaves {
                farthest > 1.49 && (other || nearest > 1.25 - 1e-9)
            } else {
                nearest < 0.01 && farthest <= 1.0 + 1e-9
            };
            assert!(wanted, "{text}: {shell:?}");
        }
    }
}

#[test]
fn a_sector_of_the_sphere_is_filled_evenly_by_area() {
    // Heights and azimuths are uniform and independent: of points with |z| <= 0.6 and |azimuth| <=
    // 1, a sixth has z > 0.4, an eighth azimuth > 0.75.
    let region = motherlode::task::region::Region::Sector {
        half_height: 0.6,
        half_azimuth: 1.0,
        leaving: [false, true],
    };
    let mut stream = Key::new(2).stream();
    let points: Vec<Vec<f64>> = (0..24_000)
        .map(|_| region.sample(&mut stream, 0.0, 1.0))
        .collect();
    let high = points.iter().filter(|point| point[2] > 0.4).count() as f64;
    let late = points
        .iter()
        .filter(|point| point[1].atan2(point[0]) > 0.75)
        .count() as f64;
    assert!(
        (high - 4000.0).abs() < 290.0 && (late - 3000.0).abs() < 260.0,
        "{high} and {late}"
    );
}

#[test]
fn every_single_harmonic_makes_a_task_that_varies() {
    let sizes = Sizes {
        train: 128,
        in_distribution: 32,
        shell: 32,
        ..Sizes::default()
    };
    for l in 1..=16i64 {
        for m in -l..=l {
            for rest in [
                "coordinates = 'angles'\nhalf_widths = [0.1, 0.2]",
                "coordinates = 'unit-vector'\nleaving = 'both'",
            ] {
                let data = definition(&format!("single = [{l}, {m}]\n{rest}"))
                    .generate(&Key::new(1), &sizes);
                data.unwrap_or_else(|error| panic!("l = {l}, m = {m}, {rest}: {error}"));
            }
        }
    }
}
