//! What a network definition may say, and how it is written in a lab file.

use motherlode::nets::small::{NetworkDefinition, NetworkError, NetworkKind};
use motherlode::nets::{Initialisation, Normalisation, Optimiser, Schedule};

use super::{mlp, normalised, residual};

#[test]
fn a_lab_file_names_both_kinds() {
    let text = r#"
        name = "shallow"
        kind = "mlp"
        width = 32
        depth = 2
        initialisation = "lecun"
        learning_rate = 2e-3
        batch = 64
        steps = 1000
    "#;
    let shallow: NetworkDefinition = toml::from_str(text).unwrap();
    assert_eq!(
        (shallow.kind, shallow.initialisation, shallow.inner_width),
        (NetworkKind::Mlp, Initialisation::LeCun, None)
    );
    shallow.check().unwrap();
    let text = text
        .replace("\"mlp\"", "\"residual\"")
        .replace("\"lecun\"", "{ pre_activation_deviation = 0.25 }")
        + "inner_width = 64";
    let block: NetworkDefinition = toml::from_str(&text).unwrap();
    assert_eq!(
        (block.kind, block.initialisation, block.inner_width),
        (
            NetworkKind::Residual,
            Initialisation::PreActivationDeviation(0.25),
            Some(64)
        )
    );
    block.check().unwrap();
    assert_eq!(
        toml::from_str::<NetworkDefinition>(&toml::to_string(&block).unwrap()).unwrap(),
        block
    );
    assert_eq!(
        toml::from_str::<NetworkDefinition>(&toml::to_string(&shallow).unwrap()).unwrap(),
        shallow
    );
}

#[test]
fn what_a_lab_file_leaves_out_is_adam_at_a_constant_rate_and_the_kinds_own_normalisation() {
    for (network, normalisation) in [
        (mlp(8, 2, Initialisation::He), Normalisation::None),
        (residual(8, 16, 1), Normalisation::Layer),
    ] {
        let text = toml::to_string(&network).unwrap();
        assert!(
            !["normalisation", "optimiser", "schedule"]
                .iter()
                .any(|field| text.contains(field)),
            "{text}"
        );
        let read: NetworkDefinition = toml::from_str(&text).unwrap();
        assert_eq!(
            (read.normalises(), read.schedule),
            (normalisation, Schedule::Constant)
        );
        assert_eq!(
            read.optimiser,
            Optimiser::Adam {
                first_decay: 0.9,
                second_decay: 0.999,
                epsilon: 1e-8
            }
        );
    }
}

#[test]
fn a_lab_file_names_normalisation_optimiser_schedule_and_any_gain() {
    let text = r#"
        name = "normalised"
        kind = "mlp"
        width = 32
        depth = 3
        normalisation = "batch"
        initialisation = { gain = 1.4 }
        optimiser = OPTIMISER
        learning_rate = 2e-3
        schedule = "cosine"
        batch = 64
        steps = 600
    "#;
    let defaults = (0.9, 0.999, 1e-8);
    let (first_decay, second_decay, epsilon) = defaults;
    for (optimiser, wanted) in [
        ("{ kind = \"adam\" }", Optimiser::default()),
        (
            "{ kind = \"adam\", second_decay = 0.95 }",
            Optimiser::Adam {
                first_decay,
                second_decay: 0.95,
                epsilon,
            },
        ),
        (
            "{ kind = \"adamw\" }",
            Optimiser::AdamW {
                first_decay,
                second_decay,
                epsilon,
                weight_decay: 0.01,
            },
        ),
        (
            "{ kind = \"adamw\", weight_decay = 0.1, epsilon = 1e-6 }",
            Optimiser::AdamW {
                first_decay,
                second_decay,
                epsilon: 1e-6,
                weight_decay: 0.1,
            },
        ),
        (
            "{ kind = \"sgd\" }",
            Optimiser::Sgd {
                momentum: 0.0,
                nesterov: false,
                weight_decay: 0.0,
            },
        ),
        (
            "{ kind = \"sgd\", momentum = 0.9, nesterov = true }",
            Optimiser::Sgd {
                momentum: 0.9,
                nesterov: true,
                weight_decay: 0.0,
            },
        ),
    ] {
        let network: NetworkDefinition =
            toml::from_str(&text.replace("OPTIMISER", optimiser)).unwrap();
        network.check().unwrap();
        assert_eq!(
            (network.normalisation, network.schedule.clone()),
            (Some(Normalisation::Batch), Schedule::Cosine)
        );
        assert_eq!(
            (network.optimiser, network.initialisation),
            (wanted, Initialisation::Gain(1.4))
        );
        assert_eq!(
            toml::from_str::<NetworkDefinition>(&toml::to_string(&network).unwrap()).unwrap(),
            network
        );
    }
    for (optimiser, word) in [
        ("{ kind = \"adam\", weight_decay = 0.1 }", "weight_decay"),
        ("{ kind = \"lion\" }", "lion"),
        ("{ momentum = 0.9 }", "kind"),
    ] {
        let error = toml::from_str::<NetworkDefinition>(&text.replace("OPTIMISER", optimiser))
            .unwrap_err()
            .to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn what_only_networks_for_images_have_is_none_of_a_lab_file() {
    let network = toml::to_string(&mlp(8, 1, Initialisation::He)).unwrap();
    for (line, wanted) in [
        (
            "schedule = { steps = { factor = 0.1, at = [0.5] } }",
            "constant",
        ),
        ("initialisation = \"pytorch\"", "lecun"),
        ("initialisation = \"he_fan_out\"", "lecun"),
    ] {
        let field = line.split(' ').next().unwrap();
        let others: Vec<&str> = network
            .lines()
            .filter(|other| !other.starts_with(field))
            .chain([line])
            .collect();
        let error = toml::from_str::<NetworkDefinition>(&others.join("\n"))
            .unwrap_err()
            .to_string();
        assert!(error.contains(wanted), "{line}: {error}");
    }
    let drawn_as_images = mlp(8, 1, Initialisation::PyTorch);
    assert!(matches!(
        drawn_as_images.check(),
        Err(NetworkError::WrongInitialisation { .. })
    ));
}

#[test]
fn a_network_of_the_lab_is_layers_whose_parameters_stand_in_the_order_of_its_kind() {
    let shapes = |network: &NetworkDefinition| -> Vec<(String, Vec<usize>)> {
        network
            .parameter_layout(3, &[])
            .tensors
            .into_iter()
            .map(|tensor| (tensor.name, tensor.shape))
            .collect()
    };
    let expected = |tensors: &[(&str, &[usize])]| -> Vec<(String, Vec<usize>)> {
        tensors
            .iter()
            .map(|(name, shape)| ((*name).to_owned(), shape.to_vec()))
            .collect()
    };
    assert_eq!(
        shapes(&normalised(
            mlp(8, 1, Initialisation::He),
            Normalisation::Batch
        )),
        expected(&[
            ("hidden1.weights", &[3, 8]),
            ("hidden1.bias.shift", &[8]),
            ("hidden1.normalisation.gain", &[8]),
            ("hidden1.normalisation.shift", &[8]),
            ("head.weights", &[8, 1]),
            ("head.bias.shift", &[1]),
        ])
    );
    assert_eq!(
        shapes(&residual(8, 16, 1)),
        expected(&[
            ("entry.weights", &[3, 8]),
            ("entry.bias.shift", &[8]),
            ("block1.normalisation.gain", &[8]),
            ("block1.normalisation.shift", &[8]),
            ("block1.first.weights", &[8, 16]),
            ("block1.first.bias.shift", &[16]),
            ("block1.second.weights", &[16, 8]),
            ("block1.second.bias.shift", &[8]),
            ("head.weights", &[8, 1]),
            ("head.bias.shift", &[1]),
        ])
    );
}

#[test]
fn an_unknown_field_is_refused_by_name() {
    let text = toml::to_string(&mlp(8, 1, Initialisation::He)).unwrap() + "\ndropout = 0.1\n";
    let error = toml::from_str::<NetworkDefinition>(&text)
        .unwrap_err()
        .to_string();
    assert!(error.contains("dropout"), "{error}");
}

#[test]
fn a_bad_definition_is_an_error_that_names_network_field_and_value() {
    let good = mlp(8, 2, Initialisation::He);
    let cases: Vec<(NetworkDefinition, &[&str])> = vec![
        (
            NetworkDefinition {
                width: 0,
                ..good.clone()
            },
            &["2x8", "`width`", "1..=4096", "found 0"],
        ),
        (
            NetworkDefinition {
                width: 1 << 40,
                ..good.clone()
            },
            &["`width`", "found 1099511627776"],
        ),
        (
            NetworkDefinition {
                depth: 0,
                ..good.clone()
            },
            &["`depth`", "found 0"],
        ),
        (
            NetworkDefinition {
                batch: 0,
                ..good.clone()
            },
            &["`batch`", "found 0"],
        ),
        (
            NetworkDefinition {
                steps: 0,
                ..good.clone()
            },
            &["`steps`", "found 0"],
        ),
        (
            NetworkDefinition {
                learning_rate: 0.0,
                ..good.clone()
            },
            &["`learning_rate`", "found 0"],
        ),
        (
            NetworkDefinition {
                learning_rate: f64::NAN,
                ..good.clone()
            },
            &["`learning_rate`", "found NaN"],
        ),
        (
            NetworkDefinition {
                learning_rate: -1.0,
                ..good.clone()
            },
            &["`learning_rate`", "found -1"],
        ),
        (
            NetworkDefinition {
                parameter_rate_factor: -1.0,
                ..good.clone()
            },
            &["`parameter_rate_factor`", "0 to 1000", "found -1"],
        ),
        (
            NetworkDefinition {
                parameter_rate_factor: f64::NAN,
                ..good.clone()
            },
            &["`parameter_rate_factor`", "found NaN"],
        ),
        (
            NetworkDefinition {
                parameter_rate_factor: 1001.0,
                ..good.clone()
            },
            &["`parameter_rate_factor`", "found 1001"],
        ),
        (
            NetworkDefinition {
                name: " ".into(),
                ..good.clone()
            },
            &["needs a name"],
        ),
        (
            NetworkDefinition {
                inner_width: Some(4),
                ..good.clone()
            },
            &["no `inner_width`", "remove"],
        ),
        (
            NetworkDefinition {
                initialisation: Initialisation::Gain(0.0),
                ..good.clone()
            },
            &["`gain`", "above 0", "found 0"],
        ),
        (
            NetworkDefinition {
                optimiser: adamw(1.0, 1e-8, 0.0),
                ..good.clone()
            },
            &["`first_decay`", "1 excluded", "found 1"],
        ),
        (
            NetworkDefinition {
                optimiser: adamw(0.9, 0.0, 0.0),
                ..good.clone()
            },
            &["`epsilon`", "found 0"],
        ),
        (
            NetworkDefinition {
                optimiser: adamw(0.9, 1e-8, -0.1),
                ..good.clone()
            },
            &["`weight_decay`", "found -0.1"],
        ),
        (
            NetworkDefinition {
                optimiser: adamw(0.9, 1e-8, 500.0),
                ..good.clone()
            },
            &["`weight_decay`", "500 excluded", "found 500"],
        ),
        (
            NetworkDefinition {
                optimiser: sgd(1.0, false),
                ..good.clone()
            },
            &["`momentum`", "1 excluded", "found 1"],
        ),
        (
            NetworkDefinition {
                optimiser: sgd(f64::NAN, false),
                ..good.clone()
            },
            &["`momentum`", "found NaN"],
        ),
        (
            NetworkDefinition {
                optimiser: sgd(0.0, true),
                ..good.clone()
            },
            &["`nesterov`", "set a `momentum`"],
        ),
        (
            NetworkDefinition {
                batch: 1,
                ..normalised(good.clone(), Normalisation::Batch)
            },
            &["\"batch\"", "set `batch` to 2"],
        ),
        (
            NetworkDefinition {
                width: 1,
                ..normalised(good.clone(), Normalisation::Layer)
            },
            &["\"layer\"", "set `width` to 2"],
        ),
        (
            NetworkDefinition {
                initialisation: Initialisation::PreActivationDeviation(0.2),
                ..good.clone()
            },
            &["`mlp`", "\"lecun\""],
        ),
        (
            NetworkDefinition {
                width: 4096,
                depth: 100,
                ..good.clone()
            },
            &["parameters", "lower width, depth or batch"],
        ),
        (
            NetworkDefinition {
                width: 2048,
                batch: 50_000,
                ..good
            },
            &["activations a batch", "lower width, depth or batch"],
        ),
        (
            NetworkDefinition {
                inner_width: None,
                ..residual(8, 8, 1)
            },
            &["needs `inner_width`"],
        ),
        (
            NetworkDefinition {
                inner_width: Some(0),
                ..residual(8, 8, 1)
            },
            &["`inner_width`", "found 0"],
        ),
        (
            NetworkDefinition {
                initialisation: Initialisation::He,
                ..residual(8, 8, 1)
            },
            &["`residual`", "pre_activation_deviation"],
        ),
        (
            NetworkDefinition {
                initialisation: Initialisation::PreActivationDeviation(-0.1),
                ..residual(8, 8, 1)
            },
            &["`pre_activation_deviation`", "found -0.1"],
        ),
    ];
    for (definition, words) in cases {
        let error: NetworkError = definition.check().unwrap_err();
        for word in words {
            assert!(error.to_string().contains(word), "`{error}` lacks `{word}`");
        }
    }
}

fn adamw(first_decay: f64, epsilon: f64, weight_decay: f64) -> Optimiser {
    Optimiser::AdamW {
        first_decay,
        second_decay: 0.999,
        epsilon,
        weight_decay,
    }
}

fn sgd(momentum: f64, nesterov: bool) -> Optimiser {
    Optimiser::Sgd {
        momentum,
        nesterov,
        weight_decay: 0.0,
    }
}
