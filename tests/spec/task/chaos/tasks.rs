//! Tasks of the systems: targets, horizons, boxes, and the ways of leaving them.

use motherlode::numerics::stream::Key;
use motherlode::task::chaos::catalogue::{systems, Kind, System};
use motherlode::task::region::Region;
use motherlode::task::{Sizes, TaskError};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{assert_close, flow, system, values};
use crate::task::task;

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
                    Err(TaskError::Constant { .. }) => {
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
        matches!(error, TaskError::BeyondReach { .. })
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
