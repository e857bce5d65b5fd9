//! Names that are read back, and networks that could not be built.

use motherlode::nets::image::{Architecture, ArchitectureError};
use motherlode::nets::Initialisation;
use motherlode::nets::{
    DescriptionError, Layer, LayerKind, MapId, MapShape, NetworkDescription, Shift,
};

use super::{network, GREY, RGB};

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
