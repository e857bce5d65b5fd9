//! Names, sizes and parameter counts of the published architectures.

mod refusals;
mod sizes;

use motherlode::nets::image::Architecture;
use motherlode::nets::{MapShape, NetworkDescription};

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
