//! What a benchmark of images is made of: the network, the parts of the set, and the record.

use serde_json::json;

use super::error::ClassificationError;
use crate::images::split::{split, subset};
use crate::images::ImageSet;
use crate::nets::{Layer, LayerKind, MapShape, NetworkDescription};
use crate::numerics::stream::Key;
use crate::record::benchmark_run::{BenchmarkRecord, Direction};
use crate::replay::benchmark::ImageBenchmark;
use crate::replay::recipe::Recipe;
use crate::replay::sets::OpenSet;

/// The version of the engine, the splits and the draws: whatever changes a number of a run counts
/// it up.
const ENGINE_VERSION: u32 = 2;

/// The seed of splits and subsets, which are the same for all seeds of a replay.
const SPLIT_SEED: u64 = 0;

/// The benchmark's network for images of this shape.
pub(super) fn network(
    benchmark: &ImageBenchmark,
    images: &ImageSet,
) -> Result<NetworkDescription, ClassificationError> {
    let recipe = &benchmark.recipe;
    let image = MapShape {
        height: images.height,
        width: images.width,
        channels: images.channels,
    };
    let initialisation = recipe.initialisation;
    let description = benchmark.architecture.description(
        image,
        images.classes,
        recipe.dropout_per_mille,
        initialisation,
    )?;
    let drops = |layer: &Layer| matches!(layer.kind, LayerKind::Dropout { .. });
    if recipe.dropout_per_mille > 0 && !description.layers.iter().any(drops) {
        return Err(ClassificationError::NoDropout {
            architecture: benchmark.architecture.name(),
        });
    }
    Ok(description)
}

/// The images that are trained on, and those held out.
pub(super) fn parts(
    benchmark: &ImageBenchmark,
    images: &ImageSet,
) -> Result<(Vec<u32>, Vec<u32>), ClassificationError> {
    let recipe = &benchmark.recipe;
    let key = Key::new(SPLIT_SEED).word("replay").word(&benchmark.set);
    let held_out = recipe.validation.unwrap_or(images.train.len() / 10);
    let (mut train, validation) = split(&images.train, images.classes, held_out, &key)?;
    if let Some(count) = recipe.subset {
        train = subset(&images.train, images.classes, &train, count, &key)?;
    }
    if train.len() < recipe.batch {
        return Err(ClassificationError::TooFew {
            set: images.name.clone(),
            found: train.len(),
            batch: recipe.batch,
        });
    }
    Ok((train, validation))
}

/// All that the numbers of runs depend on.
pub(super) fn record(
    benchmark: &ImageBenchmark,
    set: &OpenSet,
    [train, validation, test]: [usize; 3],
) -> BenchmarkRecord {
    // The usual number of images held out and the same number asked for are one benchmark.
    let recipe = Recipe {
        validation: Some(validation),
        ..benchmark.recipe.clone()
    };
    BenchmarkRecord {
        benchmark: benchmark.name.clone(),
        dataset: benchmark.set.clone(),
        architecture: benchmark.architecture.name(),
        metric: "accuracy".to_owned(),
        direction: Direction::Higher,
        settings: json!({
            "recipe": recipe,
            "images": { "train": train, "validation": validation, "test": test, "hash": set.hash },
            "engine": ENGINE_VERSION,
        }),
    }
}
