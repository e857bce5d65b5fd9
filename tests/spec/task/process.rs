//! Draws of Gaussian processes: their covariance is the one that is asked for.

use motherlode::numerics::stream::Key;
use motherlode::task::law::Law;
use motherlode::task::process::{Covariance, ProcessTask};
use motherlode::task::{Family, Sizes, TaskDefinition};

fn task(variables: usize, length_scale: f64, covariance: Covariance) -> ProcessTask {
    ProcessTask {
        name: "g".to_owned(),
        variables,
        length_scale,
        covariance,
    }
}

/// The covariance at distance `r`, written out.
fn covariance(kind: Covariance, r: f64) -> f64 {
    match kind {
        Covariance::Gaussian => (-r * r / 2.0).exp(),
        Covariance::MaternFiveHalves => {
            let s = 5f64.sqrt() * r;
            (1.0 + s + s * s / 3.0) * (-s).exp()
        }
        Covariance::MaternThreeHalves => {
            let s = 3f64.sqrt() * r;
            (1.0 + s) * (-s).exp()
        }
    }
}

#[test]
fn many_draws_have_the_covariance_of_the_process() {
    for kind in [
        Covariance::Gaussian,
        Covariance::MaternFiveHalves,
        Covariance::MaternThreeHalves,
    ] {
        for (variables, length_scale) in [(1, 0.5), (3, 1.2)] {
            let task = task(variables, length_scale, kind);
            for distance in [0.0, 0.3, 0.9] {
                let there: Vec<f64> = (0..variables)
                    .map(|i| if i == 0 { 0.2 + distance } else { 0.1 })
                    .collect();
                let here: Vec<f64> = (0..variables)
                    .map(|i| if i == 0 { 0.2 } else { 0.1 })
                    .collect();
                let draws = 2_000;
                let product = |number: u64| {
                    let process = task.draw(&Key::new(number));
                    process.target(&here).unwrap() * process.target(&there).unwrap()
                };
                let found = (0..draws).map(product).sum::<f64>() / draws as f64;
                let wanted = covariance(kind, distance / length_scale);
                // A product of two standard normal numbers has a variance of at most 2.
                assert!(
                    (found - wanted).abs() < 5.0 * (2.0 / draws as f64).sqrt(),
                    "{kind:?} {variables} {distance}: {found}, wanted {wanted}"
                );
            }
        }
    }
}

#[test]
fn a_process_is_a_family_of_tasks_like_any_other() {
    let text = "family = \"process\"\nname = \"g_2d\"\nvariables = 2\nlength_scale = \
        0.8\ncovariance = \"matern-5/2\"";
    let definition: TaskDefinition = toml::from_str(text).unwrap();
    assert_eq!(definition.family(), Family::Process);
    let data = definition
        .generate(&Key::new(1), &Sizes::default())
        .unwrap();
    assert_eq!(
        data,
        definition
            .generate(&Key::new(1), &Sizes::default())
            .unwrap()
    );
    assert_ne!(
        data,
        definition
            .generate(&Key::new(2), &Sizes::default())
            .unwrap()
    );
    assert_eq!((data.dimension, data.shells.len()), (2, 2));
}

#[test]
fn senseless_processes_are_refused_by_field() {
    for (variables, length_scale, field) in [
        (0, 1.0, "variables"),
        (6, 1.0, "variables"),
        (2, 0.0, "length_scale"),
        (2, f64::NAN, "length_scale"),
        (2, 11.0, "length_scale"),
    ] {
        let error = TaskDefinition::Process(task(variables, length_scale, Covariance::Gaussian))
            .check()
            .unwrap_err()
            .to_string();
        assert!(error.contains(field), "{error}");
    }
}
