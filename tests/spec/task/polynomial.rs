//! Random polynomials: which monomials, which degree, which coefficients.

use motherlode::numerics::stream::Key;
use motherlode::task::law::Law;
use motherlode::task::polynomial::{monomials, Basis, Coefficients, Polynomial, PolynomialTask};
use motherlode::task::region::Region;
use proptest::prelude::*;

fn definition(variables: usize, degree: usize, coefficients: Coefficients) -> PolynomialTask {
    PolynomialTask {
        name: "p".into(),
        variables,
        degree,
        coefficients,
        terms: None,
        draw: None,
    }
}

#[test]
fn there_are_as_many_monomials_as_the_binomial_coefficient_says() {
    for (variables, degree, count) in [
        (1, 3, 4),
        (1, 5, 6),
        (2, 3, 10),
        (2, 5, 21),
        (3, 3, 20),
        (4, 2, 15),
        (4, 10, 1001),
    ] {
        let all = monomials(variables, degree);
        assert_eq!(all.len(), count, "{variables} variables, degree {degree}");
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), count);
        assert_eq!(
            all.iter()
                .map(|exponents| exponents.iter().sum::<usize>())
                .max(),
            Some(degree)
        );
        assert!(all.iter().all(|exponents| exponents.len() == variables));
    }
}

#[test]
fn a_polynomial_is_the_sum_of_its_terms() {
    let polynomial = definition(3, 3, Coefficients::Normal).draw(&Key::new(4));
    let point = [0.7f64, -1.3, 0.4];
    let by_powers: f64 = polynomial
        .terms
        .iter()
        .map(|(c, e)| c * (0..3).map(|i| point[i].powi(e[i] as i32)).product::<f64>())
        .sum();
    assert!((polynomial.target(&point).unwrap() - by_powers).abs() < 1e-12);
}

#[test]
fn coefficients_follow_their_law() {
    let draw = |coefficients| -> Vec<f64> {
        (0..200)
            .flat_map(|seed| {
                definition(4, 2, coefficients)
                    .draw(&Key::new(seed))
                    .terms
                    .into_iter()
                    .map(|term| term.0)
            })
            .collect()
    };
    let moments = |numbers: &[f64]| {
        let count = numbers.len() as f64;
        (
            numbers.iter().sum::<f64>() / count,
            numbers.iter().map(|x| x * x).sum::<f64>() / count,
        )
    };
    let (normal, uniform) = (draw(Coefficients::Normal), draw(Coefficients::Uniform));
    // 3,000 draws: five standard errors of the mean are 0.09 and 0.05.
    assert!(moments(&normal).0.abs() < 0.09 && (moments(&normal).1 - 1.0).abs() < 0.13);
    assert!(moments(&uniform).0.abs() < 0.05 && (moments(&uniform).1 - 1.0 / 3.0).abs() < 0.03);
    assert!(
        uniform.iter().all(|x| (-1.0..1.0).contains(x)) && normal.iter().any(|x| x.abs() > 2.0)
    );
}

#[test]
fn coefficients_that_decay_do_so_by_their_degree() {
    // The coefficients of x^k over 4,000 draws: five standard errors of the variance are 11 per
    // cent, of the share of heavy tails 3 points.
    let draw = |coefficients, k: usize| -> Vec<f64> {
        (0..4000)
            .map(|seed| definition(1, 5, coefficients).draw(&Key::new(seed)).terms[k].0)
            .collect()
    };
    for (coefficients, deviation) in [
        (
            Coefficients::Halving,
            [1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125],
        ),
        (
            Coefficients::Chebyshev,
            [1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125],
        ),
        (
            Coefficients::Factorial,
            [1.0, 1.0, 0.5, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0],
        ),
    ] {
        for (k, wanted) in deviation.into_iter().enumerate() {
            let variance = draw(coefficients, k).iter().map(|x| x * x).sum::<f64>() / 4000.0;
            assert!(
                (variance / (wanted * wanted) - 1.0).abs() < 0.12,
                "{coefficients:?}, degree {k}: {variance}"
            );
        }
    }
    let signs = draw(Coefficients::Signs, 3);
    assert!(
        signs.iter().all(|x| x.abs() == 1.0) && (signs.iter().sum::<f64>() / 4000.0).abs() < 0.08
    );
    // Student's t with two degrees of freedom exceeds a in size with probability 1 - a / sqrt(2 +
    // a^2).
    let heavy = draw(Coefficients::HeavyTailed, 3);
    for bound in [0.5f64, 2.0, 10.0] {
        let (share, wanted) = (
            heavy.iter().filter(|x| x.abs() > bound).count() as f64 / 4000.0,
            1.0 - bound / (2.0 + bound * bound).sqrt(),
        );
        assert!(
            (share - wanted).abs() < 0.04,
            "above {bound}: {share}, wanted {wanted}"
        );
    }
}

#[test]
fn a_chebyshev_series_is_a_sum_of_cosines_inside_the_box() {
    let polynomial = definition(2, 6, Coefficients::Chebyshev).draw(&Key::new(4));
    assert_eq!(polynomial.basis, Basis::Chebyshev);
    for (u, v) in [(0.3f64, 1.1f64), (2.0, 0.7), (1.4, 3.0)] {
        let wanted: f64 = polynomial
            .terms
            .iter()
            .map(|(c, e)| c * (e[0] as f64 * u).cos() * (e[1] as f64 * v).cos())
            .sum();
        assert!((polynomial.target(&[u.cos(), v.cos()]).unwrap() - wanted).abs() < 1e-12);
    }
}

#[test]
fn a_sparse_polynomial_has_the_terms_it_says_and_reaches_its_degree() {
    for seed in 0..50 {
        for (variables, degree, terms) in [(1, 1, 1), (2, 5, 3), (2, 5, 20), (5, 8, 6)] {
            let task = PolynomialTask {
                terms: Some(terms),
                ..definition(variables, degree, Coefficients::Normal)
            };
            let drawn = task.draw(&Key::new(seed)).terms;
            let totals: Vec<usize> = drawn.iter().map(|term| term.1.iter().sum()).collect();
            assert_eq!(drawn.len(), terms);
            assert!(totals[0] > 0 && totals.is_sorted(), "{totals:?}");
            assert_eq!(totals.last(), Some(&degree));
            let all = monomials(variables, degree);
            let places: Vec<_> = drawn
                .iter()
                .map(|term| all.iter().position(|exponents| *exponents == term.1))
                .collect();
            assert!(
                places.is_sorted() && places.windows(2).all(|pair| pair[0] != pair[1]),
                "{places:?}"
            );
        }
    }
}

#[test]
fn many_points_at_once_have_the_bits_of_one_at_a_time() {
    for coefficients in [Coefficients::Normal, Coefficients::Chebyshev] {
        let polynomial = definition(3, 5, coefficients).draw(&Key::new(8));
        let mut stream = Key::new(9).stream();
        let points: Vec<f64> = (0..3 * 150).map(|_| stream.uniform(-1.5, 1.5)).collect();
        let one: Vec<f64> = points
            .chunks(3)
            .map(|point| polynomial.target(point).unwrap())
            .collect();
        assert_eq!(polynomial.targets(&points, 3).unwrap(), one);
    }
}

const LAWS: [(&str, Coefficients); 7] = [
    ("normal", Coefficients::Normal),
    ("uniform", Coefficients::Uniform),
    ("signs", Coefficients::Signs),
    ("heavy-tailed", Coefficients::HeavyTailed),
    ("halving", Coefficients::Halving),
    ("factorial", Coefficients::Factorial),
    ("chebyshev", Coefficients::Chebyshev),
];

#[test]
fn decaying_coefficients_are_admitted_at_any_degree_and_flat_ones_to_degree_five() {
    const DRAWS: u64 = 50;
    println!(
        "share in per cent of {DRAWS} draws that are admitted at the standard shells, by degree"
    );
    for (name, coefficients) in LAWS {
        for variables in 1..=5 {
            let region = Region::whole_box(vec![0.0; variables], vec![1.0; variables]);
            let mut stream = Key::new(3).stream();
            let sets = [(256, 0.0, 1.0), (128, 1.0, 1.25), (128, 1.25, 1.5)];
            let points = sets.map(|(count, inner, outer)| {
                (0..count)
                    .flat_map(|_| region.sample(&mut stream, inner, outer))
                    .collect::<Vec<f64>>()
            });
            let admitted = |degree: usize| {
                (0..DRAWS)
                    .filter(|seed| {
                        admits(
                            &definition(variables, degree, coefficients).draw(&Key::new(*seed)),
                            &points,
                            variables,
                        )
                    })
                    .count()
            };
            let shares: Vec<u64> = (1..=8)
                .map(|degree| admitted(degree) as u64 * 100 / DRAWS)
                .collect();
            println!("{name:12} {variables} {shares:?}");
            match coefficients {
                Coefficients::Halving | Coefficients::Factorial => {
                    assert!(
                        shares.iter().all(|share| *share >= 80),
                        "{name}, {variables}: {shares:?}"
                    )
                }
                _ => assert!(
                    shares[..5].iter().all(|share| *share >= 15),
                    "{name}, {variables}: {shares:?}"
                ),
            }
        }
    }
}

/// Whether no shell's mean squared target is above fifty training variances.
fn admits(polynomial: &Polynomial, points: &[Vec<f64>; 3], variables: usize) -> bool {
    let [train, near, far] = points
        .each_ref()
        .map(|points| polynomial.targets(points, variables).unwrap());
    let mean = train.iter().sum::<f64>() / train.len() as f64;
    let spread = |targets: &[f64]| {
        targets.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / targets.len() as f64
    };
    spread(&near) <= 50.0 * spread(&train) && spread(&far) <= 50.0 * spread(&train)
}

proptest! {
    #[test]
    fn differences_of_order_above_the_degree_vanish(
        degree in 1usize..=5,
        seed in 0u64..1000,
        start in -1.0..1.0f64,
        slope in -1.0..1.0f64,
    ) {
        let polynomial = definition(2, degree, Coefficients::Normal).draw(&Key::new(seed));
        let mut values: Vec<f64> = (0..=degree + 1)
            .map(|i| {
                polynomial
                    .target(&[start + 0.3 * i as f64, 0.2 + slope * i as f64])
                    .unwrap()
            })
            .collect();
        let size: f64 = values.iter().map(|value| value.abs()).sum();
        for _ in 0..=degree {
            values = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
        }
        prop_assert!(values[0].abs() <= 1e-11 * (1.0 + size), "{values:?}");
    }
}
