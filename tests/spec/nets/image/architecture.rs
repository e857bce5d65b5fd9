//! Names, sizes and parameter counts of the published architectures.

use motherlode::formula::Formula;
use motherlode::nets::image::{Architecture, ArchitectureError};
use motherlode::nets::Initialisation;
use motherlode::nets::{
    DescriptionError, Layer, LayerKind, MapId, MapShape, NetworkDescription, Role, Shift,
};
use motherlode::numerics::stream::Key;

const RGB: MapShape = MapShape {
    height: 32,
    width: 32,
    channels: 3,
};
const GREY: MapShape = MapShape {
    height: 28,
    width: 28,
    channels: 1,
};
const PHOTO: MapShape = MapShape {
    height: 224,
    width: 224,
    channels: 3,
};

fn network(architecture: &str, image: MapShape, classes: usize) -> NetworkDescription {
    Architecture::named(architecture)
        .unwrap()
        .description(image, classes, 0, None)
        .unwrap()
}

fn parameters(architecture: &str, image: MapShape, classes: usize) -> usize {
    network(architecture, image, classes).layout(&[]).len()
}

/// The map that the layer of this name makes.
fn map(description: &NetworkDescription, name: &str) -> (usize, usize, usize) {
    let layer = description
        .layers
        .iter()
        .position(|layer| layer.name == name)
        .unwrap_or_else(|| panic!("no layer {name}"));
    let map = description.map(MapId(layer + 1));
    (map.height, map.width, map.channels)
}

#[test]
fn parameter_counts_are_the_published_ones() {
    for (architecture, image, classes, wanted) in [
        // He et al. 2016, table 6, by their shortcuts without parameters: 0.27, 0.46, 0.66, 0.85,
        // 1.7 and 19.4 million.
        ("resnet-20", RGB, 10, 269_722),
        ("resnet-32", RGB, 10, 464_154),
        ("resnet-44", RGB, 10, 658_586),
        ("resnet-56", RGB, 10, 853_018),
        ("resnet-110", RGB, 10, 1_727_962),
        ("resnet-1202", RGB, 10, 19_421_274),
        // torchvision's resnet50.
        ("resnet-50", PHOTO, 1000, 25_557_032),
        // Zagoruyko and Komodakis 2016, tables 4 and 5: 8.9, 17.1, 35.8 and 36.5 million.
        ("wrn-40-4", RGB, 10, 8_949_210),
        ("wrn-16-10", RGB, 10, 17_116_634),
        ("wrn-40-8", RGB, 10, 35_748_314),
        ("wrn-28-10", RGB, 10, 36_479_194),
        ("wrn-28-10", RGB, 100, 36_536_884),
        ("wrn-16-2", RGB, 10, 691_674),
        (
            "mlp-128-64",
            GREY,
            10,
            784 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10,
        ),
        (
            "cnn-8-16",
            GREY,
            10,
            9 * 8 + 2 * 8 + 9 * 8 * 16 + 2 * 16 + 14 * 14 * 16 * 10 + 10,
        ),
    ] {
        assert_eq!(
            parameters(architecture, image, classes),
            wanted,
            "{architecture}"
        );
    }
}

#[test]
fn vgg_is_the_usual_one_for_small_images_without_the_biases_that_batch_normalisation_takes_out() {
    // The usual counts (one linear layer, batch normalisation) include a bias for each output of a
    // convolution, which has no influence.
    let biases_11 = 64 + 128 + 2 * 256 + 4 * 512;
    assert_eq!(parameters("vgg-11", RGB, 10) + biases_11, 9_231_114);
    let biases_16 = 2 * 64 + 2 * 128 + 3 * 256 + 6 * 512;
    assert_eq!(parameters("vgg-16", RGB, 10) + biases_16, 14_728_266);
}

#[test]
fn maps_shrink_where_the_papers_say() {
    let resnet = network("resnet-20", RGB, 10);
    assert_eq!(map(&resnet, "stage1.block3.normalisation2"), (32, 32, 16));
    assert_eq!(map(&resnet, "stage2.block1.convolution1"), (16, 16, 32));
    assert_eq!(map(&resnet, "stage2.block1.shortcut"), (16, 16, 32));
    assert_eq!(map(&resnet, "stage3.block3.normalisation2"), (8, 8, 64));
    assert_eq!(map(&resnet, "pool"), (1, 1, 64));

    let wide = network("wrn-28-10", RGB, 10);
    assert_eq!(map(&wide, "convolution"), (32, 32, 16));
    assert_eq!(map(&wide, "stage1.block4.convolution2"), (32, 32, 160));
    assert_eq!(map(&wide, "stage2.block1.shortcut"), (16, 16, 320));
    assert_eq!(map(&wide, "normalisation"), (8, 8, 640));

    let large = network("resnet-50", PHOTO, 1000);
    assert_eq!(map(&large, "convolution"), (112, 112, 64));
    assert_eq!(map(&large, "pool1"), (56, 56, 64));
    assert_eq!(map(&large, "stage1.block3.normalisation3"), (56, 56, 256));
    assert_eq!(map(&large, "stage2.block1.convolution1"), (56, 56, 128));
    assert_eq!(map(&large, "stage2.block1.convolution2"), (28, 28, 128));
    assert_eq!(map(&large, "stage4.block3.normalisation3"), (7, 7, 2048));
    assert_eq!(large.classes(), 1000);

    let vgg = network("vgg-16", RGB, 10);
    assert_eq!(map(&vgg, "stage1.pool"), (16, 16, 64));
    assert_eq!(map(&vgg, "stage5.pool"), (1, 1, 512));

    let odd = network(
        "resnet-8",
        MapShape {
            height: 17,
            width: 17,
            channels: 3,
        },
        10,
    );
    assert_eq!(map(&odd, "stage2.block1.convolution1"), (9, 9, 32));
    assert_eq!(map(&odd, "stage3.block1.shortcut"), (5, 5, 64));
}

#[test]
fn depths_count_the_layers_with_weights_along_the_longest_way() {
    let of_blocks = |layer: &&Layer| {
        matches!(
            layer.kind,
            LayerKind::Convolution { .. } | LayerKind::Linear { .. }
        ) && !layer.name.contains("shortcut")
    };
    for (architecture, depth) in [
        ("resnet-20", 20),
        ("resnet-56", 56),
        ("resnet-50", 50),
        ("vgg-11", 9),
        ("vgg-16", 14),
    ] {
        assert_eq!(
            network(architecture, RGB, 10)
                .layers
                .iter()
                .filter(of_blocks)
                .count(),
            depth,
            "{architecture}"
        );
    }
    // The published depth of a wide one counts the three projections, and not the linear layer.
    for (architecture, depth) in [
        ("wrn-16-2", 16 - 3 + 1),
        ("wrn-28-10", 28 - 3 + 1),
        ("wrn-40-4", 40 - 3 + 1),
    ] {
        assert_eq!(
            network(architecture, RGB, 10)
                .layers
                .iter()
                .filter(of_blocks)
                .count(),
            depth,
            "{architecture}"
        );
    }
}

#[test]
fn an_architecture_is_read_back_from_its_name() {
    for name in [
        "mlp-128-64",
        "cnn-16-32-64",
        "vgg-11",
        "vgg-16",
        "resnet-20",
        "resnet-50",
        "resnet-1202",
        "wrn-16-2",
        "wrn-28-10",
    ] {
        assert_eq!(Architecture::named(name).unwrap().name(), name);
    }
}

#[test]
fn names_of_no_architecture_are_refused_with_what_would_be_one() {
    for (name, advice) in [
        ("wrn-17-2", "6n + 4"),
        ("wrn-4-2", "6n + 4"),
        ("vgg-13", "11 and 16"),
        ("resnet-18", "6n + 2"),
        ("resnet-2", "6n + 2"),
        ("mlp-0", "from 1 to"),
        ("cnn-16-20000", "from 1 to"),
    ] {
        let error = Architecture::named(name).unwrap_err();
        assert!(
            matches!(error, ArchitectureError::BadSize { .. }),
            "{name}: {error}"
        );
        assert!(
            error.to_string().contains(name) && error.to_string().contains(advice),
            "{error}"
        );
    }
    for name in [
        "mlp",
        "",
        "vgg",
        "vgg-",
        "vgg-11-2",
        "wrn-16",
        "wrn-16-2-3",
        "resnet-twenty",
        "vit-16",
        "mlp--3",
        "mlp-+3",
        "resnet-020",
    ] {
        let error = Architecture::named(name).unwrap_err();
        assert_eq!(
            error,
            ArchitectureError::Unknown {
                name: name.to_owned()
            }
        );
        assert!(error.to_string().contains("wrn-16-2"), "{error}");
    }
}

#[test]
fn images_that_are_too_small_are_refused_with_the_layer_that_does_not_fit() {
    let small = Architecture::named("vgg-11")
        .unwrap()
        .description(GREY, 10, 0, None)
        .unwrap_err();
    let wanted = DescriptionError::TooSmall {
        architecture: "vgg-11".into(),
        layer: "stage5.pool".into(),
        least: 2,
        height: 1,
        width: 1,
    };
    assert_eq!(small, wanted);
    let one = MapShape {
        height: 1,
        width: 1,
        channels: 1,
    };
    assert!(Architecture::named("cnn-4-4")
        .unwrap()
        .description(one, 10, 0, None)
        .unwrap_err()
        .to_string()
        .contains("block1.pool"));
    // Padding lets residual networks run down to a single place.
    for architecture in ["resnet-8", "resnet-50", "wrn-10-1"] {
        assert_eq!(network(architecture, one, 10).classes(), 10);
    }
}

#[test]
fn maps_that_are_added_must_have_one_size() {
    let layer = |name: &str, kind| Layer {
        name: name.into(),
        input: MapId::IMAGE,
        kind,
    };
    let convolution = |outputs, residual| LayerKind::Convolution {
        kernel: 3,
        stride: 1,
        padding: 1,
        outputs,
        residual,
    };
    let layers = |outputs| {
        vec![
            layer("first", convolution(4, None)),
            layer("second", convolution(outputs, Some(MapId(1)))),
        ]
    };
    assert!(NetworkDescription::new("own", RGB, layers(4), Initialisation::He).is_ok());
    let error = NetworkDescription::new("own", RGB, layers(5), Initialisation::He).unwrap_err();
    assert_eq!(
        error,
        DescriptionError::Mismatch {
            architecture: "own".into(),
            layer: "second".into()
        }
    );
}

#[test]
fn layers_that_could_not_run_are_refused_with_what_is_wanted() {
    let convolution = |kernel, stride, outputs, residual| LayerKind::Convolution {
        kernel,
        stride,
        padding: 1,
        outputs,
        residual,
    };
    let pool = |kernel, stride| LayerKind::MaxPool {
        kernel,
        stride,
        padding: 0,
    };
    let affine = LayerKind::Affine {
        shift: Shift::Bias,
        residual: Some(MapId(7)),
        activated: true,
    };
    for (input, kind, wanted) in [
        (
            0,
            convolution(0, 1, 4, None),
            "layer own of net has 0 for its kernel: wanted 1 at least",
        ),
        (
            0,
            convolution(3, 0, 4, None),
            "layer own of net has 0 for its stride: wanted 1 at least",
        ),
        (
            0,
            convolution(3, 1, 0, None),
            "layer own of net has 0 for its outputs: wanted 1 at least",
        ),
        (
            0,
            LayerKind::Linear { outputs: 0 },
            "layer own of net has 0 for its outputs: wanted 1 at least",
        ),
        (
            0,
            pool(0, 2),
            "layer own of net has 0 for its kernel: wanted 1 at least",
        ),
        (
            0,
            pool(2, 0),
            "layer own of net has 0 for its stride: wanted 1 at least",
        ),
        (
            0,
            LayerKind::Subsample {
                stride: 0,
                outputs: 8,
            },
            "layer own of net has 0 for its stride: wanted 1 at least",
        ),
        (
            0,
            LayerKind::Subsample {
                stride: 2,
                outputs: 2,
            },
            "layer own of net gives 2 channels and only adds channels: wanted 3 at least, those \
             of its map",
        ),
        (
            2,
            LayerKind::AveragePool,
            "layer own of net reads map 2: wanted a map made before it, 0 (the image) to 1",
        ),
        (
            1,
            convolution(3, 1, 4, Some(MapId(2))),
            "layer own of net reads map 2: wanted a map made before it, 0 (the image) to 1",
        ),
        (
            0,
            affine,
            "layer own of net reads map 7: wanted a map made before it, 0 (the image) to 1",
        ),
    ] {
        let first = Layer {
            name: "first".into(),
            input: MapId::IMAGE,
            kind: LayerKind::Dropout { per_mille: 0 },
        };
        let layers = vec![
            first,
            Layer {
                name: "own".into(),
                input: MapId(input),
                kind,
            },
        ];
        assert_eq!(
            NetworkDescription::new("net", RGB, layers, Initialisation::He)
                .unwrap_err()
                .to_string(),
            wanted,
            "{kind:?}"
        );
    }
    let none = NetworkDescription::new("net", RGB, Vec::new(), Initialisation::He).unwrap_err();
    assert_eq!(
        none.to_string(),
        "net has no layer: wanted one at least, which gives the logits"
    );
    let linear = || {
        vec![Layer {
            name: "own".into(),
            input: MapId::IMAGE,
            kind: LayerKind::Linear { outputs: 2 },
        }]
    };
    let empty = NetworkDescription::new(
        "net",
        MapShape { width: 0, ..RGB },
        linear(),
        Initialisation::He,
    )
    .unwrap_err();
    let (height, channels) = (RGB.height, RGB.channels);
    assert_eq!(
        empty,
        DescriptionError::NoImage {
            architecture: "net".into(),
            height,
            width: 0,
            channels
        }
    );
}

#[test]
fn dropout_stands_between_the_convolutions_of_a_wide_block_and_before_a_linear_layer() {
    let before = |architecture: &str| -> Vec<(String, String)> {
        let description = Architecture::named(architecture)
            .unwrap()
            .description(RGB, 10, 300, None)
            .unwrap();
        let pairs = description.layers.windows(2);
        pairs
            .filter(|pair| pair[0].kind == LayerKind::Dropout { per_mille: 300 })
            .map(|pair| (pair[0].name.clone(), pair[1].name.clone()))
            .collect()
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(before("vgg-11"), [pair("dropout", "classifier")]);
    assert_eq!(before("cnn-8"), [pair("dropout", "classifier")]);
    assert_eq!(
        before("mlp-8-4"),
        [
            pair("hidden1.dropout", "hidden2"),
            pair("hidden2.dropout", "classifier")
        ]
    );
    assert_eq!(before("resnet-20"), []);
    let wide = before("wrn-16-2");
    assert_eq!(wide.len(), 6);
    assert_eq!(
        wide[0],
        pair("stage1.block1.dropout", "stage1.block1.convolution2")
    );
}

#[test]
fn a_layout_names_every_parameter_once_and_those_of_the_activation_last() {
    let formula = Formula::parse("param(2) * x + channel_param(0.5) * sin(x)").unwrap();
    for architecture in [
        "mlp-8-4",
        "cnn-4-6",
        "vgg-11",
        "resnet-8",
        "resnet-50",
        "wrn-10-1",
    ] {
        let description = network(architecture, RGB, 10);
        let layout = description.layout(formula.parameters());
        let mut names: Vec<&str> = layout
            .tensors
            .iter()
            .map(|tensor| tensor.name.as_str())
            .collect();
        let mut end = 0;
        for tensor in &layout.tensors {
            assert_eq!(
                (tensor.range.start, tensor.range.len()),
                (end, tensor.shape.iter().product()),
                "{architecture}: {}",
                tensor.name
            );
            assert_eq!(
                tensor.range.start >= layout.decaying(),
                matches!(tensor.role, Role::Activation(_)),
                "{architecture}: {}",
                tensor.name
            );
            assert_eq!(layout.range(tensor.layer, tensor.role), tensor.range);
            end = tensor.range.end;
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(
            names.len(),
            layout.tensors.len(),
            "{architecture}: two parameters of one name"
        );
        let of_activations: usize = description
            .activated()
            .map(|(_, channels)| 1 + channels)
            .sum();
        assert_eq!(
            (layout.len(), layout.decaying()),
            (end, end - of_activations),
            "{architecture}"
        );
        for (layer, channels) in description.activated() {
            assert_eq!(layout.activation(layer).len(), 1 + channels);
        }
    }
}

#[test]
fn weights_start_with_the_scale_of_their_architecture_and_logits_with_lecun() {
    let deviation = |values: &[f32]| {
        (values
            .iter()
            .map(|value| f64::from(*value).powi(2))
            .sum::<f64>()
            / values.len() as f64)
            .sqrt()
    };
    for (architecture, layer, wanted) in [
        ("mlp-256", "hidden1", (1.0 / 3072f64).sqrt()),
        ("cnn-64", "block1.convolution", (2.0 / 27f64).sqrt()),
        (
            "resnet-20",
            "stage2.block1.convolution1",
            (2.0 / (9.0 * 32.0f64)).sqrt(),
        ),
        ("wrn-16-2", "stage2.block1.shortcut", (2.0 / 64f64).sqrt()),
        ("wrn-16-2", "classifier", (1.0 / 128f64).sqrt()),
        ("vgg-11", "classifier", (1.0 / 512f64).sqrt()),
    ] {
        let description = network(architecture, RGB, 10);
        let layout = description.layout(&[]);
        let values = layout.initial(&mut Key::new(1).stream());
        assert_eq!(values.len(), layout.len());
        let index = description
            .layers
            .iter()
            .position(|other| other.name == layer)
            .unwrap();
        let found = deviation(&values[layout.range(index, Role::Weights)]);
        assert!(
            (found / wanted - 1.0).abs() < 0.1,
            "{architecture}: {layer} deviates by {found}, wanted {wanted}"
        );
    }
    let asked = Architecture::named("mlp-256")
        .unwrap()
        .description(GREY, 10, 0, Some(Initialisation::He))
        .unwrap();
    let values = asked.layout(&[]).initial(&mut Key::new(1).stream());
    assert!((deviation(&values[..784 * 256]) / (2.0 / 784f64).sqrt() - 1.0).abs() < 0.02);
}

#[test]
fn only_the_places_of_published_activations_are_activated() {
    for (architecture, count) in [
        ("mlp-8-4", 2),
        ("cnn-4-6", 2),
        ("vgg-16", 13),
        ("resnet-20", 19),
        ("resnet-50", 49),
        ("wrn-16-2", 13),
    ] {
        assert_eq!(
            network(architecture, RGB, 10).activated().count(),
            count,
            "{architecture}"
        );
    }
    let description = network("resnet-50", RGB, 10);
    let shortcut = description
        .layers
        .iter()
        .find(|layer| layer.name == "stage1.block1.shortcut.normalisation")
        .unwrap();
    assert_eq!(
        shortcut.kind,
        LayerKind::Affine {
            shift: Shift::BatchNormalisation,
            residual: None,
            activated: false
        }
    );
}
