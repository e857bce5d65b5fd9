//! What a network definition may say, and how it is written in a lab file.

use motherlode::network::{Initialisation, NetworkDefinition, NetworkError, NetworkKind};

use super::{mlp, residual};

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
    assert_eq!((shallow.kind, shallow.initialisation, shallow.inner_width), (NetworkKind::Mlp, Initialisation::LeCun, None));
    shallow.check().unwrap();
    let text = text.replace("\"mlp\"", "\"residual\"").replace("\"lecun\"", "{ pre_activation_deviation = 0.25 }") + "inner_width = 64";
    let block: NetworkDefinition = toml::from_str(&text).unwrap();
    assert_eq!(
        (block.kind, block.initialisation, block.inner_width),
        (NetworkKind::Residual, Initialisation::PreActivationDeviation(0.25), Some(64))
    );
    block.check().unwrap();
    assert_eq!(toml::from_str::<NetworkDefinition>(&toml::to_string(&block).unwrap()).unwrap(), block);
    assert_eq!(toml::from_str::<NetworkDefinition>(&toml::to_string(&shallow).unwrap()).unwrap(), shallow);
}

#[test]
fn an_unknown_field_is_refused_by_name() {
    let text = toml::to_string(&mlp(8, 1, Initialisation::He)).unwrap() + "\ndropout = 0.1\n";
    let error = toml::from_str::<NetworkDefinition>(&text).unwrap_err().to_string();
    assert!(error.contains("dropout"), "{error}");
}

#[test]
fn a_bad_definition_is_an_error_that_names_network_field_and_value() {
    let good = mlp(8, 2, Initialisation::He);
    let cases: Vec<(NetworkDefinition, &[&str])> = vec![
        (NetworkDefinition { width: 0, ..good.clone() }, &["2x8", "`width`", "1..=4096", "found 0"]),
        (NetworkDefinition { width: 1 << 40, ..good.clone() }, &["`width`", "found 1099511627776"]),
        (NetworkDefinition { depth: 0, ..good.clone() }, &["`depth`", "found 0"]),
        (NetworkDefinition { batch: 0, ..good.clone() }, &["`batch`", "found 0"]),
        (NetworkDefinition { steps: 0, ..good.clone() }, &["`steps`", "found 0"]),
        (NetworkDefinition { learning_rate: 0.0, ..good.clone() }, &["`learning_rate`", "found 0"]),
        (NetworkDefinition { learning_rate: f64::NAN, ..good.clone() }, &["`learning_rate`", "found NaN"]),
        (NetworkDefinition { learning_rate: -1.0, ..good.clone() }, &["`learning_rate`", "found -1"]),
        (NetworkDefinition { parameter_rate_factor: -1.0, ..good.clone() }, &["`parameter_rate_factor`", "0 to 1000", "found -1"]),
        (NetworkDefinition { parameter_rate_factor: f64::NAN, ..good.clone() }, &["`parameter_rate_factor`", "found NaN"]),
        (NetworkDefinition { parameter_rate_factor: 1001.0, ..good.clone() }, &["`parameter_rate_factor`", "found 1001"]),
        (NetworkDefinition { name: " ".into(), ..good.clone() }, &["needs a name"]),
        (NetworkDefinition { inner_width: Some(4), ..good.clone() }, &["no `inner_width`", "remove"]),
        (NetworkDefinition { initialisation: Initialisation::PreActivationDeviation(0.2), ..good.clone() }, &["`mlp`", "\"lecun\""]),
        (NetworkDefinition { width: 4096, depth: 100, ..good.clone() }, &["parameters", "lower width, depth or batch"]),
        (NetworkDefinition { width: 2048, batch: 50_000, ..good }, &["activations a batch", "lower width, depth or batch"]),
        (NetworkDefinition { inner_width: None, ..residual(8, 8, 1) }, &["needs `inner_width`"]),
        (NetworkDefinition { inner_width: Some(0), ..residual(8, 8, 1) }, &["`inner_width`", "found 0"]),
        (NetworkDefinition { initialisation: Initialisation::He, ..residual(8, 8, 1) }, &["`residual`", "pre_activation_deviation"]),
        (
            NetworkDefinition { initialisation: Initialisation::PreActivationDeviation(-0.1), ..residual(8, 8, 1) },
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
