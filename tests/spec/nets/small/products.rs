//! Matrix products against a naive 64-bit one, on every instruction set.

use motherlode::formula::vector::InstructionSet;
use motherlode::nets::small::matmul::{
    multiply, multiply_transposed, panel, transpose, Finish, Matrix, PANEL,
};
use motherlode::numerics::stream::Key;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Row-major numbers into panels.
fn panels(rows: usize, columns: usize, plain: &[f32]) -> Vec<f32> {
    let mut storage = vec![0.0; rows * columns];
    for row in 0..rows {
        for column in 0..columns {
            let (range, width) = panel(rows, columns, column / PANEL);
            storage[range.start + row * width + column % PANEL] = plain[row * columns + column];
        }
    }
    storage
}

fn random(key: &Key, word: &str, len: usize) -> Vec<f32> {
    let mut stream = key.word(word).stream();
    (0..len).map(|_| stream.normal() as f32).collect()
}

/// `left (rows x inner) right (inner x columns)` row-major, and the sum of absolute products that
/// bounds its rounding.
fn naive(
    left: &[f32],
    right: &[f32],
    rows: usize,
    inner: usize,
    columns: usize,
) -> Vec<(f64, f64)> {
    let mut product = vec![(0.0, 0.0); rows * columns];
    for r in 0..rows {
        for k in 0..inner {
            for c in 0..columns {
                let term = f64::from(left[r * inner + k]) * f64::from(right[k * columns + c]);
                let (sum, bound) = &mut product[r * columns + c];
                *sum += term;
                *bound += term.abs();
            }
        }
    }
    product
}

fn flip(plain: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..rows * columns)
        .map(|i| plain[i % rows * columns + i / rows])
        .collect()
}

fn holds(rows: usize, inner: usize, columns: usize, seed: u64) -> Result<(), TestCaseError> {
    let key = Key::new(seed);
    let (left, right) = (
        random(&key, "left", rows * inner),
        random(&key, "right", inner * columns),
    );
    let (bias, before) = (
        random(&key, "bias", columns),
        random(&key, "before", rows * columns),
    );
    let wanted = naive(&left, &right, rows, inner, columns);
    let tolerance = (inner + 3) as f64 * f64::from(f32::EPSILON);
    let left_panels = panels(rows, inner, &left);
    let right_panels = panels(inner, columns, &right);
    let flipped_panels = panels(inner, rows, &flip(&left, rows, inner));
    for set in InstructionSet::available() {
        let shape = format!("{rows}x{inner}x{columns} on {}", set.name());
        for (finish, with_bias) in [
            (Finish::Store, true),
            (Finish::Store, false),
            (Finish::Add, true),
            (Finish::Multiply, false),
        ] {
            let mut output = panels(rows, columns, &before);
            let bias = with_bias.then_some(bias.as_slice());
            multiply(
                set,
                Matrix::new(&left_panels, rows, inner),
                Matrix::new(&right_panels, inner, columns),
                bias,
                finish,
                &mut output,
            );
            for r in 0..rows {
                for c in 0..columns {
                    let (sum, bound) = wanted[r * columns + c];
                    let shift = bias.map_or(0.0, |bias| f64::from(bias[c]));
                    let old = f64::from(before[r * columns + c]);
                    let (wanted, bound) = match finish {
                        Finish::Store => (sum + shift, bound + shift.abs()),
                        Finish::Add => (old + sum + shift, bound + shift.abs() + old.abs()),
                        Finish::Multiply => (old * sum, bound * old.abs()),
                    };
                    let (range, width) = panel(rows, columns, c / PANEL);
                    let found = f64::from(output[range.start + r * width + c % PANEL]);
                    prop_assert!(
                        (found - wanted).abs() <= tolerance * bound + 1e-30,
                        "{shape} {finish:?} at ({r}, {c}): {found} against {wanted}"
                    );
                }
            }
        }
        let mut output = vec![f32::NAN; rows * columns];
        multiply_transposed(
            set,
            Matrix::new(&flipped_panels, inner, rows),
            Matrix::new(&right_panels, inner, columns),
            &mut output,
        );
        for r in 0..rows {
            for c in 0..columns {
                let (sum, bound) = wanted[r * columns + c];
                let (range, width) = panel(rows, columns, c / PANEL);
                let found = f64::from(output[range.start + r * width + c % PANEL]);
                prop_assert!(
                    (found - sum).abs() <= tolerance * bound + 1e-30,
                    "transposed {shape} at ({r}, {c}): {found} against {sum}"
                );
            }
        }
    }
    let mut flipped = vec![f32::NAN; rows * inner];
    transpose(Matrix::new(&left_panels, rows, inner), &mut flipped);
    prop_assert_eq!(flipped, flipped_panels);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 60,
        rng_seed: RngSeed::Fixed(5),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_product_of_any_shape_equals_the_naive_64_bit_one(
        rows in 1usize..80,
        inner in 1usize..80,
        columns in 1usize..80,
        seed in any::<u64>(),
    ) {
        holds(rows, inner, columns, seed)?;
    }
}

#[test]
fn products_at_the_edges_of_panels_and_tiles_equal_the_naive_64_bit_one() {
    for &(rows, inner, columns) in &[
        (1, 1, 1),
        (64, 32, 32),
        (64, 3, 32),
        (65, 33, 31),
        (8, 64, 16),
        (7, 128, 96),
        (32, 64, 32),
        (256, 65, 48),
        (6, 31, 33),
    ] {
        holds(rows, inner, columns, 7).unwrap();
    }
}
