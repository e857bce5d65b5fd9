//! What the published architectures are: parameters, maps, depths, layouts, initial weights.

use motherlode::formula::Formula;
use motherlode::nets::image::Architecture;
use motherlode::nets::Initialisation;
use motherlode::nets::{Layer, LayerKind, MapId, MapShape, NetworkDescription, Role, Shift};
use motherlode::numerics::stream::Key;

use super::{network, GREY, PHOTO, RGB};

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
