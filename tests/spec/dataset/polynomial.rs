//! Random polynomials: which monomials, which degree, which coefficients.

use motherlode::dataset::law::Law;
use motherlode::dataset::polynomial::{monomials, Coefficients, PolynomialTask};
use motherlode::stream::Key;
use proptest::prelude::*;

fn definition(variables: usize, degree: usize, coefficients: Coefficients) -> PolynomialTask {
    PolynomialTask { name: "p".into(), variables, degree, coefficients }
}

#[test]
fn there_are_as_many_monomials_as_the_binomial_coefficient_says() {
    for (variables, degree, count) in [(1, 3, 4), (1, 5, 6), (2, 3, 10), (2, 5, 21), (3, 3, 20), (4, 2, 15), (4, 10, 1001)] {
        let all = monomials(variables, degree);
        assert_eq!(all.len(), count, "{variables} variables, degree {degree}");
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), count);
        assert_eq!(all.iter().map(|exponents| exponents.iter().sum::<usize>()).max(), Some(degree));
        assert!(all.iter().all(|exponents| exponents.len() == variables));
    }
}

#[test]
fn a_polynomial_is_the_sum_of_its_terms() {
    let polynomial = definition(3, 3, Coefficients::Normal).draw(&Key::new(4));
    let point = [0.7f64, -1.3, 0.4];
    let by_powers: f64 = polynomial.terms.iter().map(|(c, e)| c * (0..3).map(|i| point[i].powi(e[i] as i32)).product::<f64>()).sum();
    assert!((polynomial.target(&point).unwrap() - by_powers).abs() < 1e-12);
}

#[test]
fn coefficients_follow_their_law() {
    let draw = |coefficients| -> Vec<f64> {
        (0..200).flat_map(|seed| definition(4, 2, coefficients).draw(&Key::new(seed)).terms.into_iter().map(|term| term.0)).collect()
    };
    let moments = |numbers: &[f64]| {
        let count = numbers.len() as f64;
        (numbers.iter().sum::<f64>() / count, numbers.iter().map(|x| x * x).sum::<f64>() / count)
    };
    let (normal, uniform) = (draw(Coefficients::Normal), draw(Coefficients::Uniform));
    // 3,000 draws: five standard errors of the mean are 0.09 and 0.05.
    assert!(moments(&normal).0.abs() < 0.09 && (moments(&normal).1 - 1.0).abs() < 0.13);
    assert!(moments(&uniform).0.abs() < 0.05 && (moments(&uniform).1 - 1.0 / 3.0).abs() < 0.03);
    assert!(uniform.iter().all(|x| (-1.0..1.0).contains(x)) && normal.iter().any(|x| x.abs() > 2.0));
}

proptest! {
    #[test]
    fn differences_of_order_above_the_degree_vanish(degree in 1usize..=5, seed in 0u64..1000, start in -1.0..1.0f64, slope in -1.0..1.0f64) {
        let polynomial = definition(2, degree, Coefficients::Normal).draw(&Key::new(seed));
        let mut values: Vec<f64> = (0..=degree + 1)
            .map(|i| polynomial.target(&[start + 0.3 * i as f64, 0.2 + slope * i as f64]).unwrap())
            .collect();
        let size: f64 = values.iter().map(|value| value.abs()).sum();
        for _ in 0..=degree {
            values = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
        }
        prop_assert!(values[0].abs() <= 1e-11 * (1.0 + size), "{values:?}");
    }
}
