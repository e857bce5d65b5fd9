//! What holds for the data of every task: purity, shells, standardising.

use motherlode::numerics::stream::Key;
use motherlode::task::region::Region;
use motherlode::task::{Sizes, TaskData, TaskDefinition};
use proptest::prelude::*;

use super::{task, tasks};

fn small() -> Sizes {
    Sizes {
        train: 300,
        in_distribution: 100,
        shell: 100,
        ..Sizes::default()
    }
}

/// One or more of each family and of each kind of region.
fn examples() -> Vec<TaskDefinition> {
    tasks(
        r#"
        task = [
            { name = "p", family = "polynomial", variables = 3, degree = 3 },
            { name = "h_a", family = "harmonic", coordinates = "angles", order = 3 },
            { name = "h_v", family = "harmonic", coordinates = "unit-vector", order = 3 },
            { name = "h_s", family = "harmonic", coordinates = "unit-vector", single = [4, 2],
              leaving = "azimuth" },
            { name = "p_s", family = "polynomial", variables = 2, degree = 4, terms = 3, draw = 1 },
            { name = "f", family = "feynman", equation = "I.40.1" },
            { name = "c", family = "chaos", system = "lorenz", observable = "x" },
        ]
        "#,
    )
}

fn moments(numbers: impl Iterator<Item = f32> + Clone) -> (f64, f64) {
    let count = numbers.clone().count() as f64;
    let mean = numbers.clone().map(f64::from).sum::<f64>() / count;
    (
        mean,
        (numbers.map(|x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count).sqrt(),
    )
}

fn column(data: &TaskData, inputs: &[f32], index: usize) -> Vec<f32> {
    inputs
        .iter()
        .skip(index)
        .step_by(data.dimension)
        .copied()
        .collect()
}

#[test]
fn the_same_key_gives_the_same_bits_and_another_key_other_data() {
    for definition in examples() {
        let data = definition.generate(&Key::new(7), &small()).unwrap();
        assert_eq!(
            data,
            definition.generate(&Key::new(7), &small()).unwrap(),
            "{}",
            definition.name()
        );
        let other = definition.generate(&Key::new(8), &small()).unwrap();
        assert_ne!(data.train.inputs, other.train.inputs);
        assert_ne!(data.train.targets, other.train.targets);
        assert_ne!(data.shells[0].split, other.shells[0].split);
    }
}

#[test]
fn another_key_draws_another_law_where_the_law_is_random() {
    let point = [0.3, 0.4, 0.5];
    for definition in [&examples()[0], &examples()[1]] {
        let value = |seed| {
            definition
                .law(&Key::new(seed))
                .unwrap()
                .target(&point[..definition.region().unwrap().dimension()])
                .unwrap()
        };
        assert_eq!(value(1), value(1));
        assert_ne!(value(1), value(2));
    }
}

#[test]
fn a_pinned_law_is_the_same_under_every_key_and_its_points_are_not() {
    for (text, point) in [
        (
            "family = 'polynomial'\nvariables = 3\ndegree = 3",
            vec![0.3, 0.4, 0.5],
        ),
        (
            "family = 'harmonic'\ncoordinates = 'angles'\norder = 4\nterms = 5",
            vec![1.3, 0.4],
        ),
    ] {
        let pinned = |number: u64| task(&format!("name = 'p'\n{text}\ndraw = {number}"));
        let value = |number, seed| {
            pinned(number)
                .law(&Key::new(seed))
                .unwrap()
                .target(&point)
                .unwrap()
        };
        assert_eq!(value(3, 1), value(3, 2));
        assert_ne!(value(3, 1), value(4, 1));
        let (one, two) = (
            pinned(3).generate(&Key::new(1), &small()).unwrap(),
            pinned(3).generate(&Key::new(2), &small()).unwrap(),
        );
        assert_ne!(one.train.inputs, two.train.inputs);
        // The same law over samples of one region: shells of two keys differ by no more than their
        // few points.
        let size = |data: &TaskData| {
            data.shells[1]
                .split
                .targets
                .iter()
                .map(|y| f64::from(*y).powi(2))
                .sum::<f64>()
                / 100.0
        };
        assert!(
            (size(&one) / size(&two)).ln().abs() < 1.0,
            "{} and {}",
            size(&one),
            size(&two)
        );
    }
}

#[test]
fn training_points_do_not_depend_on_the_sizes_of_the_test_sets() {
    for definition in examples() {
        let data = definition.generate(&Key::new(7), &small()).unwrap();
        let other = definition
            .generate(
                &Key::new(7),
                &Sizes {
                    in_distribution: 7,
                    shell: 9,
                    ..small()
                },
            )
            .unwrap();
        assert_eq!(data.train, other.train, "{}", definition.name());
        assert_eq!(
            data.in_distribution.inputs[..7 * data.dimension],
            other.in_distribution.inputs
        );
    }
}

#[test]
fn a_definition_keeps_its_sizes_names_and_shells() {
    for definition in examples() {
        let data = definition.generate(&Key::new(1), &small()).unwrap();
        assert_eq!(
            (data.name.as_str(), data.family),
            (definition.name(), definition.family())
        );
        assert_eq!((data.train.rows(), data.in_distribution.rows()), (300, 100));
        assert_eq!(
            data.shells
                .iter()
                .map(|shell| (shell.inner, shell.outer))
                .collect::<Vec<_>>(),
            small().shells
        );
        for split in [
            &data.train,
            &data.in_distribution,
            &data.shells[0].split,
            &data.shells[1].split,
        ] {
            assert_eq!(split.inputs.len(), split.rows() * data.dimension);
        }
    }
}

#[test]
fn the_training_part_has_mean_zero_and_deviation_one() {
    for definition in examples() {
        let data = definition.generate(&Key::new(2), &small()).unwrap();
        let mut columns = vec![data.train.targets.clone()];
        columns.extend((0..data.dimension).map(|i| column(&data, &data.train.inputs, i)));
        for numbers in columns {
            let (mean, deviation) = moments(numbers.iter().copied());
            assert!(
                mean.abs() < 1e-6 && (deviation - 1.0).abs() < 1e-6,
                "{}: mean {mean}, deviation {deviation}",
                definition.name()
            );
        }
    }
}

#[test]
fn the_test_sets_are_standardised_by_the_training_part() {
    // With a target that is affine in its one input, the standardised target is plus or minus the
    // standardised input, in every set.
    let definition = task("name = 'line'\nfamily = 'polynomial'\nvariables = 1\ndegree = 1");
    let data = definition.generate(&Key::new(11), &small()).unwrap();
    let sign = (data.train.targets[0] / data.train.inputs[0]).signum();
    for split in [
        &data.train,
        &data.in_distribution,
        &data.shells[0].split,
        &data.shells[1].split,
    ] {
        for (x, y) in split.inputs.iter().zip(&split.targets) {
            assert!((sign * x - y).abs() < 1e-5, "{x} gives {y}");
        }
    }
    let (_, deviation) = moments(data.shells[1].split.targets.iter().copied());
    assert!(
        deviation > 1.5,
        "the far shell keeps its spread, {deviation}"
    );
}

#[test]
fn every_shell_lies_in_its_radii_and_outside_the_training_box() {
    for definition in examples() {
        let region = definition.region().unwrap();
        let sizes = Sizes {
            train: 20_000,
            ..small()
        };
        let data = definition.generate(&Key::new(3), &sizes).unwrap();
        // Standardised inputs are mapped back by the region's own moments, which 20,000 points
        // estimate to about a percent.
        let Region::Box { half_widths, .. } = &region else {
            continue;
        };
        let distance = |row: &[f32]| {
            row.iter()
                .map(|x| f64::from(x.abs()) / 3f64.sqrt())
                .fold(0.0, f64::max)
        };
        assert_eq!(half_widths.len(), data.dimension);
        for (split, inner, outer) in [
            (&data.train, 0.0, 1.0),
            (&data.in_distribution, 0.0, 1.0),
            (&data.shells[0].split, 1.0, 1.25),
            (&data.shells[1].split, 1.25, 1.5),
        ] {
            for row in split.inputs.chunks(data.dimension) {
                assert!(
                    distance(row) > inner - 0.03 && distance(row) < outer + 0.03,
                    "{}: {row:?}",
                    definition.name()
                );
            }
        }
    }
}

#[test]
fn unit_vectors_stay_on_the_sphere_and_spread_evenly_over_their_band() {
    let region = Region::Band { half_height: 0.5 };
    let mut stream = Key::new(9).stream();
    let (mut quarters, mut above) = ([0; 4], 0);
    for _ in 0..20_000 {
        let point = region.sample(&mut stream, 1.0, 1.25);
        assert!((point.iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-14);
        assert!(point[2].abs() > 0.5 && point[2].abs() <= 0.625);
        quarters[((point[2].abs() - 0.5) / 0.125 * 3.999) as usize] += 1;
        above += i32::from(point[2] > 0.0);
    }
    // Five standard deviations of a binomial count: 306 of 5,000 and 354 of 10,000.
    assert!(
        quarters.iter().all(|&count| (count - 5000i32).abs() < 306),
        "{quarters:?}"
    );
    assert!((above - 10_000).abs() < 354, "{above}");
}

#[test]
fn a_shell_of_a_box_is_filled_evenly() {
    // Of the square shell (1, 2], the four corner squares |x|, |y| > 1 are 4 of 12 units of area,
    // and the half at distance > 1.5 is 7 of 12.
    let region = Region::whole_box(vec![5.0, -1.0], vec![2.0, 0.1]);
    let mut stream = Key::new(10).stream();
    let (mut corners, mut outer, mut right) = (0, 0, 0);
    for _ in 0..12_000 {
        let point = region.sample(&mut stream, 1.0, 2.0);
        let (x, y) = ((point[0] - 5.0) / 2.0, (point[1] + 1.0) / 0.1);
        corners += i32::from(x.abs() > 1.0 && y.abs() > 1.0);
        outer += i32::from(region.distance(&point) > 1.5);
        right += i32::from(x > 0.0);
    }
    assert!(
        (corners - 4000).abs() < 260 && (outer - 7000).abs() < 270 && (right - 6000).abs() < 275,
        "{corners} {outer} {right}"
    );
}

proptest! {
    #[test]
    fn a_sample_lies_in_its_shell(
        seed in 0u64..10_000,
        dimension in 1usize..9,
        inner in 0.0..2.0f64,
        width in 0.01..1.0f64,
    ) {
        let region = Region::whole_box(vec![0.5; dimension], vec![0.25; dimension]);
        let mut stream = Key::new(seed).stream();
        for _ in 0..20 {
            let distance = region.distance(&region.sample(&mut stream, inner, inner + width));
            prop_assert!(
                distance > inner - 1e-12 && distance <= inner + width + 1e-12,
                "{distance}"
            );
        }
    }
}
