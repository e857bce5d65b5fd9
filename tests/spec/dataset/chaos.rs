//! Chaotic systems: values known by hand, invariants, and the accuracy of the flow maps.

use motherlode::dataset::chaos::catalogue::{systems, Kind, System};
use motherlode::dataset::chaos::Advance;
use motherlode::dataset::region::Region;
use motherlode::dataset::{Sizes, TaskDefinition};
use motherlode::stream::Key;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::task;

fn system(name: &str) -> &'static System {
    systems().unwrap().iter().find(|system| system.name == name).unwrap()
}

fn values(system: &System) -> Vec<f64> {
    system.parameters.iter().map(|parameter| parameter.value).collect()
}

fn flow(name: &str, state: &[f64], time: f64) -> Vec<f64> {
    system(name).dynamics.advance(&values(system(name)), state, Advance::Time(time)).unwrap()
}

fn iterate(name: &str, parameters: &[f64], state: &[f64], iterations: u32) -> Vec<f64> {
    system(name).dynamics.advance(parameters, state, Advance::Iterations(iterations)).unwrap()
}

fn assert_close(found: &[f64], wanted: &[f64], tolerance: f64) {
    assert_eq!(found.len(), wanted.len());
    for (found_one, wanted_one) in found.iter().zip(wanted) {
        assert!((found_one - wanted_one).abs() <= tolerance, "found {found:?}, wanted {wanted:?}");
    }
}

/// Classical Runge-Kutta of order 4 at a fixed step, as an independent integrator.
fn runge_kutta(slope: impl Fn(&[f64]) -> Vec<f64>, start: &[f64], time: f64, steps: usize) -> Vec<f64> {
    let h = time / steps as f64;
    let along = |state: &[f64], slope: &[f64], h: f64| -> Vec<f64> { state.iter().zip(slope).map(|(x, k)| x + h * k).collect() };
    let mut state = start.to_vec();
    for _ in 0..steps {
        let k1 = slope(&state);
        let k2 = slope(&along(&state, &k1, h / 2.0));
        let k3 = slope(&along(&state, &k2, h / 2.0));
        let k4 = slope(&along(&state, &k3, h));
        state = (0..state.len()).map(|i| state[i] + h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i])).collect();
    }
    state
}

#[test]
fn lorenz_stays_at_each_of_its_fixed_points() {
    let [_, rho, beta] = values(system("lorenz"))[..] else { panic!("three parameters") };
    let wing = (beta * (rho - 1.0)).sqrt();
    for point in [[0.0, 0.0, 0.0], [wing, wing, rho - 1.0], [-wing, -wing, rho - 1.0]] {
        assert_close(&flow("lorenz", &point, 0.5), &point, 1e-9);
    }
}

#[test]
fn lorenz_off_its_axis_is_mirrored_by_turning_half_round_z() {
    let there = flow("lorenz", &[3.0, -4.0, 20.0], 0.4);
    assert_close(&flow("lorenz", &[-3.0, 4.0, 20.0], 0.4), &[-there[0], -there[1], there[2]], 1e-9);
}

#[test]
fn lorenz_on_the_z_axis_decays_exponentially() {
    let beta = values(system("lorenz"))[2];
    assert_close(&flow("lorenz", &[0.0, 0.0, 30.0], 0.7), &[0.0, 0.0, 30.0 * (-beta * 0.7f64).exp()], 1e-8);
}

#[test]
fn roessler_stays_at_its_inner_fixed_point() {
    let [a, b, c] = values(system("roessler"))[..] else { panic!("three parameters") };
    let z = (c - (c * c - 4.0 * a * b).sqrt()) / (2.0 * a);
    let point = [a * z, -z, z];
    assert_close(&flow("roessler", &point, 1.0), &point, 1e-9);
}

#[test]
fn the_flow_maps_agree_with_a_fixed_step_runge_kutta_of_their_equations() {
    let lorenz = |s: &[f64]| vec![10.0 * (s[1] - s[0]), s[0] * (28.0 - s[2]) - s[1], s[0] * s[1] - 2.667 * s[2]];
    let roessler = |s: &[f64]| vec![-s[1] - s[2], s[0] + 0.2 * s[1], 0.2 + s[2] * (s[0] - 5.7)];
    let duffing = |s: &[f64]| vec![s[1], 0.35 * s[2].cos() - 0.1 * s[1] + s[0] - s[0].powi(3), 1.4];
    // The closed form for two equal pendulums, written with the angle theta1 - 2 theta2, is another arrangement than the crate's.
    let pendulum = |s: &[f64]| {
        let (g, d) = (9.81, s[0] - s[1]);
        let denominator = 3.0 - (2.0 * d).cos();
        let first = -3.0 * g * s[0].sin() - g * (s[0] - 2.0 * s[1]).sin() - 2.0 * d.sin() * (s[3] * s[3] + s[2] * s[2] * d.cos());
        let second = 2.0 * d.sin() * (2.0 * s[2] * s[2] + 2.0 * g * s[0].cos() + s[3] * s[3] * d.cos());
        vec![s[2], s[3], first / denominator, second / denominator]
    };
    type Slope<'a> = &'a dyn Fn(&[f64]) -> Vec<f64>;
    let slopes: [(&str, Slope); 4] = [("lorenz", &lorenz), ("roessler", &roessler), ("duffing", &duffing), ("double-pendulum", &pendulum)];
    for (name, slope) in slopes {
        let system = system(name);
        let Kind::Flow { horizon } = system.kind else { panic!("{name} is a flow") };
        let region = Region::whole_box(system.center.clone(), system.half_widths.clone());
        let mut stream = Key::new(5).word(name).stream();
        for _ in 0..20 {
            let state = region.sample(&mut stream, 0.0, 1.5);
            assert_close(&flow(name, &state, horizon), &runge_kutta(slope, &state, horizon, 4000), 1e-7);
        }
    }
}

#[test]
fn the_double_pendulum_keeps_its_energy() {
    let energy = |s: &[f64]| {
        let (v1, v2) = (s[2], s[3]);
        v1 * v1 + 0.5 * v2 * v2 + v1 * v2 * (s[0] - s[1]).cos() - 9.81 * (2.0 * s[0].cos() + s[1].cos())
    };
    for state in [[1.2, -0.7, 2.0, -1.0], [0.3, 1.5, -3.0, 3.0]] {
        let there = flow("double-pendulum", &state, 4.0);
        assert!((energy(&there) - energy(&state)).abs() < 1e-6, "{} then {}", energy(&state), energy(&there));
        assert!(there.iter().zip(&state).any(|(later, earlier)| (later - earlier).abs() > 0.1));
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
    // x' = g(t) - gamma x over one delay is linear: x(16) = e^(-1.6) x(0) + the integral of e^(-0.1 (16 - t)) g(t), g the production term.
    let history = [0.7, 1.2, 0.95, 1.1, 0.8];
    let production = |t: f64| {
        let knot = ((t / 4.0) as usize).min(3);
        let x: f64 = history[knot] + (history[knot + 1] - history[knot]) * (t / 4.0 - knot as f64);
        0.2 * x / (1.0 + x.powi(10))
    };
    let steps = 40_000;
    let h = 16.0 / steps as f64;
    let integral: f64 = (0..steps).map(|i| (i as f64 + 0.5) * h).map(|t| h * production(t) * (-0.1 * (16.0 - t)).exp()).sum();
    let found = flow("mackey-glass", &history, 16.0)[4];
    assert!((found - ((-1.6f64).exp() * 0.8 + integral)).abs() < 1e-8, "{found}");
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
            history[knot] + (history[knot + 1] - history[knot]) * (i as f64 / each as f64 - knot as f64)
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
    assert_close(&iterate("henon", &[1.4, 0.3], &[0.5, 0.1], 1), &[0.75, 0.15], 1e-15);
    assert_close(&iterate("henon", &[1.4, 0.3], &[0.5, 0.1], 2), &[0.3625, 0.225], 1e-15);
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
    let definition = task("name = 'c'\nfamily = 'chaos'\nsystem = 'logistic'\nobservable = 'x'\niterations = 1\nvary = ['r']");
    let law = definition.law(&Key::new(0)).unwrap();
    assert_eq!(law.target(&[3.0, 0.25]).unwrap(), 3.0 * 0.25 * 0.75);
    let Region::Box { center, half_widths, .. } = definition.region().unwrap() else { panic!("a box") };
    assert_eq!((center, half_widths), (vec![3.4, 0.3], vec![0.4, 0.12]));
}

#[test]
fn no_box_of_the_catalogue_stretched_by_half_leaves_the_sane_states() {
    for system in systems().unwrap() {
        assert!(system.reach >= 1.5, "{}", system.name);
        for (name, (center, half_width)) in system.coordinates.iter().zip(system.center.iter().zip(&system.half_widths)) {
            let low = center - 1.5 * half_width;
            let positive = [("roessler", "z"), ("rabinovich-fabrikant", "z")].contains(&(system.name.as_str(), name.as_str()));
            if positive || ["mackey-glass", "hastings-powell", "ricker"].contains(&system.name.as_str()) {
                assert!(low > 0.0, "{} {name}", system.name);
            }
        }
    }
    let logistic = system("logistic");
    let r = &logistic.parameters[0];
    assert!(r.value + 1.5 * r.half_width.unwrap() <= 4.0 + 1e-12);
    assert!(logistic.center[0] + 1.5 * logistic.half_widths[0] < 0.5);
}

#[test]
fn every_system_and_observable_gives_a_task() {
    let sizes = Sizes { train: 64, in_distribution: 16, shell: 16, ..Sizes::default() };
    let mut names = Vec::new();
    for system in systems().unwrap() {
        for observable in &system.coordinates {
            let definition: TaskDefinition = task(&format!("name = 'c'\nfamily = 'chaos'\nsystem = '{}'\nobservable = '{observable}'", system.name));
            let data = definition.generate(&Key::new(1), &sizes).unwrap_or_else(|error| panic!("{} {observable}: {error}", system.name));
            assert_eq!(data.dimension, system.coordinates.len());
        }
        names.push(system.name.as_str());
    }
    assert_eq!(names.len(), 42);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, rng_seed: RngSeed::Fixed(5), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_flow_for_two_times_is_the_flow_for_their_sum(x in -10.0..10.0f64, y in -10.0..10.0f64, z in 10.0..35.0f64, first in 0.05..0.3f64) {
        let halfway = flow("lorenz", &[x, y, z], first);
        assert_close(&flow("lorenz", &halfway, 0.4 - first), &flow("lorenz", &[x, y, z], 0.4), 1e-6);
    }
}
