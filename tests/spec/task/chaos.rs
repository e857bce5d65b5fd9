//! Chaotic systems: values known by hand, invariants, and the accuracy of the flow maps.

use motherlode::numerics::stream::Key;
use motherlode::task::chaos::catalogue::{systems, Kind, System};
use motherlode::task::chaos::Advance;
use motherlode::task::region::Region;
use motherlode::task::{DatasetError, Sizes};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::task;

fn system(name: &str) -> &'static System {
    systems()
        .unwrap()
        .iter()
        .find(|system| system.name == name)
        .unwrap()
}

fn values(system: &System) -> Vec<f64> {
    system
        .parameters
        .iter()
        .map(|parameter| parameter.value)
        .collect()
}

fn flow(name: &str, state: &[f64], time: f64) -> Vec<f64> {
    system(name)
        .dynamics
        .advance(&values(system(name)), state, Advance::Time(time))
        .unwrap()
}

fn iterate(name: &str, parameters: &[f64], state: &[f64], iterations: u32) -> Vec<f64> {
    system(name)
        .dynamics
        .advance(parameters, state, Advance::Iterations(iterations))
        .unwrap()
}

fn assert_close(found: &[f64], wanted: &[f64], tolerance: f64) {
    assert_eq!(found.len(), wanted.len());
    for (found_one, wanted_one) in found.iter().zip(wanted) {
        assert!(
            (found_one - wanted_one).abs() <= tolerance,
            "found {found:?}, wanted {wanted:?}"
        );
    }
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
fn no_box_of_the_catalogue_stretched_by_half_leaves_the_sane_states() {
    for system in systems().unwrap() {
        assert!(system.reach >= 1.5, "{}", system.name);
        for (name, (center, half_width)) in system
            .coordinates
            .iter()
            .zip(system.center.iter().zip(&system.half_widths))
        {
            let low = center - 1.5 * half_width;
            let positive = [("roessler", "z"), ("rabinovich-fabrikant", "z")]
                .contains(&(system.name.as_str(), name.as_str()));
            if positive
                || ["mackey-glass", "hastings-powell", "ricker"].contains(&system.name.as_str())
            {
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
fn every_system_agrees_with_its_reference_values() {
    let mut rows = std::collections::BTreeMap::new();
    for line in include_str!("chaos_values.csv").lines().skip(1) {
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

/// The lines of a definition after its name, family and system, for every target and way of leaving
/// that the system has.
fn definitions(system: &System) -> Vec<String> {
    let vary: Vec<&str> = system
        .parameters
        .iter()
        .filter(|parameter| parameter.half_width.is_some())
        .map(|parameter| parameter.name.as_str())
        .collect();
    let mut ways = vec![String::new()];
    if !vary.is_empty() {
        ways.push(format!("vary = {vary:?}\n"));
        ways.push(format!("vary = {vary:?}\nleaving = 'parameter'\n"));
    }
    let mut all = Vec::new();
    for (index, observable) in system.coordinates.iter().enumerate() {
        let observable = format!("observable = '{observable}'\n");
        all.extend(ways.iter().map(|way| observable.clone() + way));
        if system
            .dynamics
            .derivative(&values(system), &system.center, index)
            .is_some()
        {
            all.extend(
                ways.iter()
                    .map(|way| format!("{observable}target = 'vector-field'\n{way}")),
            );
        }
        match system.kind {
            Kind::Map { .. } => all.push(format!("{observable}iterations = 1\n")),
            Kind::Flow { horizon } => {
                let horizons = format!("horizons = [{}, {}]\n", 0.5 * horizon, 1.5 * horizon);
                all.push(format!("{observable}{horizons}"));
                all.push(format!("{observable}{horizons}leaving = 'horizon'\n"));
            }
            Kind::Delay { .. } => {}
        }
    }
    all
}

#[test]
fn every_system_target_and_way_of_leaving_gives_data_that_are_fit_to_measure_in() {
    let sizes = Sizes {
        train: 192,
        in_distribution: 8,
        shell: 64,
        ..Sizes::default()
    };
    let mut constant = Vec::new();
    let mut count = 0;
    for system in systems().unwrap() {
        for lines in definitions(system) {
            let definition = task(&format!(
                "name = 'c'\nfamily = 'chaos'\nsystem = '{}'\n{lines}",
                system.name
            ));
            count += 1;
            for seed in 0..2 {
                let data = match definition.generate(&Key::new(seed), &sizes) {
                    Ok(data) => data,
                    Err(DatasetError::Constant { .. }) => {
                        constant.push((
                            system.name.as_str(),
                            lines.lines().next().unwrap().to_owned(),
                        ));
                        break;
                    }
                    Err(error) => panic!("{} {lines}: {error}", system.name),
                };
                for shell in &data.shells {
                    let square = shell
                        .split
                        .targets
                        .iter()
                        .map(|&y| f64::from(y).powi(2))
                        .sum::<f64>()
                        / shell.split.rows() as f64;
                    assert!(
                        square > 0.01 && square <= 50.0,
                        "{} {lines}: mean square {square}",
                        system.name
                    );
                }
            }
        }
    }
    // A forcing's phase runs evenly; with the frequency varied, its speed is no constant any more.
    let phase = "observable = 'phase'".to_owned();
    assert_eq!(
        constant,
        [("duffing", phase.clone()), ("forced-van-der-pol", phase)]
    );
    assert!(systems().unwrap().len() >= 24 && count > 400, "{count}");
}

#[test]
fn what_leaves_in_the_shells_is_as_the_definition_says() {
    let leaving = |lines: &str| {
        let definition = task(&format!(
            "name = 'c'\nfamily = 'chaos'\nsystem = 'lorenz'\nobservable = 'x'\n{lines}"
        ));
        let Region::Box {
            center,
            half_widths,
            leaving,
        } = definition.region().unwrap()
        else {
            panic!("a box")
        };
        (center, half_widths, leaving)
    };
    let (state, widths) = (vec![0.0, 0.0, 24.0], vec![10.0, 12.0, 10.0]);
    assert_eq!(leaving(""), (state.clone(), widths.clone(), vec![true; 3]));
    let (center, half_widths, leavers) = leaving("vary = ['rho', 'sigma']\nhorizons = [0.2, 0.6]");
    assert_close(&center, &[28.0, 10.0, 0.0, 0.0, 24.0, 0.4], 1e-15);
    assert_close(&half_widths, &[5.0, 2.0, 10.0, 12.0, 10.0, 0.2], 1e-15);
    assert_eq!(leavers, [true; 6]);
    let only = |lines: &str| {
        leaving(&format!(
            "vary = ['rho', 'sigma']\nhorizons = [0.2, 0.6]\n{lines}"
        ))
        .2
    };
    assert_eq!(
        only("leaving = 'parameter'"),
        [true, true, false, false, false, false]
    );
    assert_eq!(
        only("leaving = 'horizon'"),
        [false, false, false, false, false, true]
    );
}

#[test]
fn a_horizon_that_is_an_input_is_the_last_one() {
    let with = |lines: &str| {
        task(&format!(
            "name = 'c'\nfamily = 'chaos'\nsystem = 'lorenz'\nobservable = 'z'\nvary = \
            ['rho']\n{lines}"
        ))
    };
    let input = with("horizons = [0.2, 0.6]")
        .law(&Key::new(0))
        .unwrap()
        .target(&[27.0, 1.0, -2.0, 20.0, 0.45])
        .unwrap();
    assert_eq!(
        input,
        with("horizon = 0.45")
            .law(&Key::new(0))
            .unwrap()
            .target(&[27.0, 1.0, -2.0, 20.0])
            .unwrap()
    );
}

#[test]
fn the_vector_field_is_the_slope_of_the_flow_map() {
    for system in systems().unwrap() {
        let Kind::Flow { horizon } = system.kind else {
            continue;
        };
        let region = Region::whole_box(system.center.clone(), system.half_widths.clone());
        let state = region.sample(&mut Key::new(6).word(&system.name).stream(), 0.0, 1.5);
        let h = 1e-3 * horizon;
        let [near, far] = [h, 2.0 * h].map(|time| flow(&system.name, &state, time));
        for index in 0..state.len() {
            let difference = (4.0 * near[index] - far[index] - 3.0 * state[index]) / (2.0 * h);
            let slope = system
                .dynamics
                .derivative(&values(system), &state, index)
                .unwrap();
            assert!(
                (slope - difference).abs() < 1e-3 * slope.abs().max(1.0),
                "{}: {slope} and {difference}",
                system.name
            );
        }
    }
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

#[test]
fn a_target_or_a_way_of_leaving_that_a_system_has_not_is_refused() {
    for (system, lines, parts) in [
        (
            "henon",
            "observable = 'x'\ntarget = 'vector-field'",
            ["`target`", "`henon` being a map"],
        ),
        (
            "henon",
            "observable = 'x'\nhorizons = [1.0, 2.0]",
            ["`horizons`", "a map with `iterations`"],
        ),
        (
            "henon",
            "observable = 'x'\nleaving = 'horizon'",
            ["`leaving`", "of a flow"],
        ),
        (
            "henon",
            "observable = 'x'\nleaving = 'parameter'",
            ["`vary`", "that leave"],
        ),
        (
            "lorenz",
            "observable = 'x'\nleaving = 'horizon'",
            ["`horizons`", "[shortest, longest]"],
        ),
        (
            "lorenz",
            "observable = 'x'\nleaving = 'parameter'",
            ["`vary`", "that leave"],
        ),
        (
            "lorenz",
            "observable = 'x'\nhorizons = [0.3, 0.2]",
            ["`horizons`", "[0.3, 0.2]"],
        ),
        (
            "lorenz",
            "observable = 'x'\nhorizons = [0.0, 0.2]",
            ["`horizons`", "above 0"],
        ),
        (
            "lorenz",
            "observable = 'x'\nhorizons = [0.1, 300.0]",
            ["`horizons`", "at most 30"],
        ),
        (
            "lorenz",
            "observable = 'x'\nhorizon = 0.2\nhorizons = [0.1, 0.3]",
            ["`horizon`", "where `horizons` are given"],
        ),
        (
            "lorenz",
            "observable = 'x'\ntarget = 'vector-field'\nhorizon = 0.2",
            ["`horizon`", "at the state itself"],
        ),
        (
            "lorenz",
            "observable = 'x'\ntarget = 'vector-field'\nleaving = 'horizon'",
            ["`leaving`", "of a flow"],
        ),
        (
            "mackey-glass",
            "observable = 'x1'\ntarget = 'vector-field'",
            ["`target`", "x0 of `mackey-glass`"],
        ),
        (
            "mackey-glass",
            "observable = 'x0'\nhorizons = [4.0, 8.0]",
            ["`horizons`", "a quarter of its delay"],
        ),
        (
            "sprott-b",
            "observable = 'x'\nvary = ['a']",
            ["`vary`", "no parameter of `sprott-b`"],
        ),
    ] {
        let definition = task(&format!(
            "name = 'c'\nfamily = 'chaos'\nsystem = '{system}'\n{lines}"
        ));
        let message = definition.check().expect_err(lines).to_string();
        for part in parts {
            assert!(message.contains(part), "wanted `{part}` in: {message}");
        }
    }
}

#[test]
fn the_horizon_does_not_leave_through_zero() {
    let definition = task(
        "name = 'c'\nfamily = 'chaos'\nsystem = 'lorenz'\nobservable = \
        'x'\nhorizons = [0.1, 0.5]\nleaving = 'horizon'",
    );
    let sizes = |outer| Sizes {
        train: 16,
        in_distribution: 4,
        shell: 4,
        shells: vec![(1.0, outer)],
    };
    assert!(definition.generate(&Key::new(0), &sizes(1.5)).is_ok());
    let error = definition.generate(&Key::new(0), &sizes(1.6)).unwrap_err();
    assert!(
        matches!(error, DatasetError::BeyondReach { .. })
            && error.to_string().contains("the horizon is 0"),
        "{error}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32,
        rng_seed: RngSeed::Fixed(5),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_flow_for_two_times_is_the_flow_for_their_sum(
        x in -10.0..10.0f64,
        y in -10.0..10.0f64,
        z in 10.0..35.0f64,
        first in 0.05..0.3f64,
    ) {
        let halfway = flow("lorenz", &[x, y, z], first);
        assert_close(
            &flow("lorenz", &halfway, 0.4 - first),
            &flow("lorenz", &[x, y, z], 0.4),
            1e-6,
        );
    }
}
