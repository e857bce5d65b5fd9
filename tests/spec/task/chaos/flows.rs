//! Flow maps and iterates: values known by hand, invariants, and other ways of computing them.

use motherlode::numerics::stream::Key;
use motherlode::task::chaos::catalogue::{systems, Kind};
use motherlode::task::chaos::Advance;
use motherlode::task::region::Region;

use super::{assert_close, flow, system, values};
use crate::task::task;

fn iterate(name: &str, parameters: &[f64], state: &[f64], iterations: u32) -> Vec<f64> {
    system(name)
        .dynamics
        .advance(parameters, state, Advance::Iterations(iterations))
        .unwrap()
}

/// Classical Runge-Kutta of order 4 at a fixed step, as an independent integrator.
fn runge_kutta(
    slope: impl Fn(&[f64]) -> Vec<f64>,
    start: &[f64],
    time: f64,
    steps: usize,
) -> Vec<f64> {
    let h = time / steps as f64;
    let along = |state: &[f64], slope: &[f64], h: f64| -> Vec<f64> {
        state.iter().zip(slope).map(|(x, k)| x + h * k).collect()
    };
    let mut state = start.to_vec();
    for _ in 0..steps {
        let k1 = slope(&state);
        let k2 = slope(&along(&state, &k1, h / 2.0));
        let k3 = slope(&along(&state, &k2, h / 2.0));
        let k4 = slope(&along(&state, &k3, h));
        state = (0..state.len())
            .map(|i| state[i] + h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]))
            .collect();
    }
    state
}

#[test]
fn lorenz_stays_at_each_of_its_fixed_points() {
    let [_, rho, beta] = values(system("lorenz"))[..] else {
        panic!("three parameters")
    };
    let wing = (beta * (rho - 1.0)).sqrt();
    for point in [
        [0.0, 0.0, 0.0],
        [wing, wing, rho - 1.0],
        [-wing, -wing, rho - 1.0],
    ] {
        assert_close(&flow("lorenz", &point, 0.5), &point, 1e-9);
    }
}

#[test]
fn lorenz_off_its_axis_is_mirrored_by_turning_half_round_z() {
    let there = flow("lorenz", &[3.0, -4.0, 20.0], 0.4);
    assert_close(
        &flow("lorenz", &[-3.0, 4.0, 20.0], 0.4),
        &[-there[0], -there[1], there[2]],
        1e-9,
    );
}

#[test]
fn lorenz_on_the_z_axis_decays_exponentially() {
    let beta = values(system("lorenz"))[2];
    assert_close(
        &flow("lorenz", &[0.0, 0.0, 30.0], 0.7),
        &[0.0, 0.0, 30.0 * (-beta * 0.7f64).exp()],
        1e-8,
    );
}

#[test]
fn roessler_stays_at_its_inner_fixed_point() {
    let [a, b, c] = values(system("roessler"))[..] else {
        panic!("three parameters")
    };
    let z = (c - (c * c - 4.0 * a * b).sqrt()) / (2.0 * a);
    let point = [a * z, -z, z];
    assert_close(&flow("roessler", &point, 1.0), &point, 1e-9);
}

#[test]
fn the_flow_maps_agree_with_a_fixed_step_runge_kutta_of_their_equations() {
    let lorenz = |s: &[f64]| {
        vec![
            10.0 * (s[1] - s[0]),
            s[0] * (28.0 - s[2]) - s[1],
            s[0] * s[1] - 2.667 * s[2],
        ]
    };
    let roessler = |s: &[f64]| vec![-s[1] - s[2], s[0] + 0.2 * s[1], 0.2 + s[2] * (s[0] - 5.7)];
    let duffing = |s: &[f64]| {
        vec![
            s[1],
            0.35 * s[2].cos() - 0.1 * s[1] + s[0] - s[0].powi(3),
            1.4,
        ]
    };
    // The closed form for two equal pendulums, written with the angle theta1 - 2 theta2, is another
    // arrangement than the crate's.
    let pendulum = |s: &[f64]| {
        let (g, d) = (9.81, s[0] - s[1]);
        let denominator = 3.0 - (2.0 * d).cos();
        let first = -3.0 * g * s[0].sin()
            - g * (s[0] - 2.0 * s[1]).sin()
            - 2.0 * d.sin() * (s[3] * s[3] + s[2] * s[2] * d.cos());
        let second =
            2.0 * d.sin() * (2.0 * s[2] * s[2] + 2.0 * g * s[0].cos() + s[3] * s[3] * d.cos());
        vec![s[2], s[3], first / denominator, second / denominator]
    };
    type Slope<'a> = &'a dyn Fn(&[f64]) -> Vec<f64>;
    let slopes: [(&str, Slope); 4] = [
        ("lorenz", &lorenz),
        ("roessler", &roessler),
        ("duffing", &duffing),
        ("double-pendulum", &pendulum),
    ];
    for (name, slope) in slopes {
        let system = system(name);
        let Kind::Flow { horizon } = system.kind else {
            panic!("{name} is a flow")
        };
        let region = Region::whole_box(system.center.clone(), system.half_widths.clone());
        let mut stream = Key::new(5).word(name).stream();
        for _ in 0..20 {
            let state = region.sample(&mut stream, 0.0, 1.5);
            assert_close(
                &flow(name, &state, horizon),
                &runge_kutta(slope, &state, horizon, 4000),
                1e-7,
            );
        }
    }
}

#[test]
fn the_double_pendulum_keeps_its_energy() {
    let energy = |s: &[f64]| {
        let (v1, v2) = (s[2], s[3]);
        v1 * v1 + 0.5 * v2 * v2 + v1 * v2 * (s[0] - s[1]).cos()
            - 9.81 * (2.0 * s[0].cos() + s[1].cos())
    };
    for state in [[1.2, -0.7, 2.0, -1.0], [0.3, 1.5, -3.0, 3.0]] {
        let there = flow("double-pendulum", &state, 4.0);
        assert!(
            (energy(&there) - energy(&state)).abs() < 1e-6,
            "{} then {}",
            energy(&state),
            energy(&there)
        );
        assert!(there
            .iter()
            .zip(&state)
            .any(|(later, earlier)| (later - earlier).abs() > 0.1));
    }
}

#[test]
fn the_hanging_double_pendulum_hangs() {
    assert_close(&flow("double-pendulum", &[0.0; 4], 3.0), &[0.0; 4], 1e-12);
}

#[test]
fn mackey_glass_stays_at_its_equilibrium() {
    // beta / (1 + x^n) = gamma with beta = 2 gamma has the solution x = 1.
    assert_close(&flow("mackey-glass", &[1.0; 5], 64.0), &[1.0; 5], 1e-9);
}

#[test]
fn mackey_glass_over_one_delay_agrees_with_quadrature_of_its_history() {
    // x' = g(t) - gamma x over one delay is linear: x(16) = e^(-1.6) x(0) + the integral of e^(-0.1
    // (16 - t)) g(t), g the production term.
    let history = [0.7, 1.2, 0.95, 1.1, 0.8];
    let production = |t: f64| {
        let knot = ((t / 4.0) as usize).min(3);
        let x: f64 = history[knot] + (history[knot + 1] - history[knot]) * (t / 4.0 - knot as f64);
        0.2 * x / (1.0 + x.powi(10))
    };
    let steps = 40_000;
    let h = 16.0 / steps as f64;
    let integral: f64 = (0..steps)
        .map(|i| (i as f64 + 0.5) * h)
        .map(|t| h * production(t) * (-0.1 * (16.0 - t)).exp())
        .sum();
    let found = flow("mackey-glass", &history, 16.0)[4];
    assert!(
        (found - ((-1.6f64).exp() * 0.8 + integral)).abs() < 1e-8,
        "{found}"
    );
}

#[test]
fn mackey_glass_over_several_delays_agrees_with_a_fixed_step_scheme() {
    // Heun's rule on a grid that the delay falls on.
    let history = [0.7, 1.2, 0.95, 1.1, 0.8];
    let each = 4000;
    let h = 4.0 / each as f64;
    let mut path: Vec<f64> = (0..=4 * each)
        .map(|i| {
            let knot = (i / each).min(3);
            history[knot]
                + (history[knot + 1] - history[knot]) * (i as f64 / each as f64 - knot as f64)
        })
        .collect();
    let slope = |now: f64, delayed: f64| 0.2 * delayed / (1.0 + delayed.powi(10)) - 0.1 * now;
    for i in 0..10 * each {
        let now = path[4 * each + i];
        let guess = now + h * slope(now, path[i]);
        path.push(now + h / 2.0 * (slope(now, path[i]) + slope(guess, path[i + 1])));
    }
    let wanted: Vec<f64> = (0..5).map(|knot| path[(10 + knot) * each]).collect();
    assert_close(&flow("mackey-glass", &history, 40.0), &wanted, 1e-6);
}

#[test]
fn henon_and_logistic_are_as_worked_by_hand() {
    assert_close(
        &iterate("henon", &[1.4, 0.3], &[0.5, 0.1], 1),
        &[0.75, 0.15],
        1e-15,
    );
    assert_close(
        &iterate("henon", &[1.4, 0.3], &[0.5, 0.1], 2),
        &[0.3625, 0.225],
        1e-15,
    );
    assert_close(&iterate("logistic", &[4.0], &[0.25], 1), &[0.75], 0.0);
    assert_close(&iterate("logistic", &[4.0], &[0.25], 3), &[0.75], 0.0);
    assert_close(&iterate("logistic", &[3.2], &[0.5], 2), &[0.512], 1e-15);
}

#[test]
fn the_logistic_map_at_four_is_the_squared_sine_of_a_doubled_angle() {
    let angle = 0.3f64;
    let found = iterate("logistic", &[4.0], &[angle.sin().powi(2)], 5);
    assert_close(&found, &[(32.0 * angle).sin().powi(2)], 1e-12);
}

#[test]
fn a_parameter_that_varies_is_an_input_before_the_state() {
    let definition = task(
        "name = 'c'\nfamily = 'chaos'\nsystem = 'logistic'\nobservable = \
        'x'\niterations = 1\nvary = ['r']",
    );
    let law = definition.law(&Key::new(0)).unwrap();
    assert_eq!(law.target(&[3.0, 0.25]).unwrap(), 3.0 * 0.25 * 0.75);
    let Region::Box {
        center,
        half_widths,
        ..
    } = definition.region().unwrap()
    else {
        panic!("a box")
    };
    assert_eq!((center, half_widths), (vec![3.4, 0.3], vec![0.4, 0.12]));
}

#[test]
fn every_system_agrees_with_its_reference_values() {
    let mut rows = std::collections::BTreeMap::new();
    for line in include_str!("../chaos_values.csv").lines().skip(1) {
        let [name, advance, parameters, state, later, slope] =
            line.split(',').collect::<Vec<_>>()[..]
        else {
            panic!("six columns: {line}")
        };
        let numbers = |text: &str| -> Vec<f64> {
            text.split_whitespace()
                .map(|number| number.parse().unwrap())
                .collect()
        };
        let (parameters, state, wanted) = (numbers(parameters), numbers(state), numbers(later));
        let advance = match advance.parse() {
            Ok(iterations) => Advance::Iterations(iterations),
            Err(_) => Advance::Time(advance.parse().unwrap()),
        };
        let dynamics = system(name).dynamics;
        let found = dynamics.advance(&parameters, &state, advance).unwrap();
        let wrong = |found: &f64, wanted: &f64, tolerance: f64| {
            (found - wanted).abs() > tolerance * wanted.abs().max(1.0)
        };
        assert!(
            !found
                .iter()
                .zip(&wanted)
                .any(|(found, wanted)| wrong(found, wanted, 2e-8)),
            "{name}: found {found:?}, wanted {wanted:?}"
        );
        let found: Vec<f64> = (0..state.len())
            .filter_map(|index| dynamics.derivative(&parameters, &state, index))
            .collect();
        let wanted = numbers(slope);
        assert_eq!(found.len(), wanted.len(), "{name}");
        assert!(
            !found
                .iter()
                .zip(&wanted)
                .any(|(found, wanted)| wrong(found, wanted, 1e-11)),
            "{name}: found {found:?}, wanted {wanted:?}"
        );
        *rows.entry(name).or_insert(0) += 1;
    }
    assert_eq!(rows.len(), systems().unwrap().len());
    assert!(rows.values().all(|&count| count == 3));
}

#[test]
fn nearby_states_part_as_fast_as_the_published_exponents_say() {
    // Benettin's method; states and exponents as dysts gives them (for the maps: Henon 0.419,
    // Sprott, Chaos and Time-Series Analysis, 2003).
    for (name, start, stretch, wanted) in [
        ("lorenz", vec![-9.79, -15.04, 20.53], 0.75, 0.89),
        ("chen", vec![3.27, 5.3, 19.44], 0.3, 2.0),
        ("halvorsen", vec![-8.68, -2.47, 0.07], 0.75, 0.70),
        ("thomas", vec![2.2, 2.36, 3.22], 1.0, 0.63),
        ("lorenz-96", vec![-2.47, 0.1, 1.59, 10.21], 0.5, 1.34),
        ("dadras", vec![1.03, -3.54, -0.72], 1.0, 0.41),
        ("henon", vec![1.22, 0.035], 5.0, 0.419),
    ] {
        let system = system(name);
        let advance = match system.kind {
            Kind::Map { .. } => Advance::Iterations(stretch as u32),
            _ => Advance::Time(stretch),
        };
        let carry = |state: &[f64]| {
            system
                .dynamics
                .advance(&values(system), state, advance)
                .unwrap()
        };
        let apart = |one: &[f64], other: &[f64]| {
            one.iter()
                .zip(other)
                .map(|(x, y)| (x - y).powi(2))
                .sum::<f64>()
                .sqrt()
        };
        let (mut state, mut growth, rounds) = (start, 0.0, 250);
        let mut beside: Vec<f64> = state.iter().map(|x| x + 1e-7).collect();
        for round in 0..rounds + 20 {
            let before = apart(&state, &beside);
            (state, beside) = (carry(&state), carry(&beside));
            let after = apart(&state, &beside);
            growth += if round < 20 {
                0.0
            } else {
                (after / before).ln()
            };
            beside = state
                .iter()
                .zip(&beside)
                .map(|(x, y)| x + (y - x) * 1e-7 / after)
                .collect();
        }
        let found = growth / (f64::from(rounds) * stretch);
        assert!(
            found > 0.7 * wanted && found < 1.3 * wanted,
            "{name}: {found}, published {wanted}"
        );
    }
}
