//! What images cost before they are trained on: a batch of 128 of 32x32 in colour, plain and
//! augmented, and a whitening of 28x28.

use std::hint::black_box;

use criterion::{criterion_group, criterion_main, Criterion};
use motherlode::images::augment::{write_batch, Augmentation, ImageSource};
use motherlode::images::Shape;
use motherlode::images::{ChannelStatistics, LabelledImages, Standardiser, Whitening};
use motherlode::numerics::stream::Key;

const SHAPE: Shape = Shape {
    height: 32,
    width: 32,
    channels: 3,
};
const BATCH: u32 = 128;

fn random(count: usize, image_len: usize) -> LabelledImages {
    let mut stream = Key::new(0).stream();
    LabelledImages {
        pixels: (0..count * image_len)
            .map(|_| stream.bits() as u8)
            .collect(),
        labels: vec![0; count],
    }
}

fn batches(criterion: &mut Criterion) {
    let images = random(1024, SHAPE.len());
    let indices: Vec<u32> = (0..1024).collect();
    let standardiser = Standardiser::standard(&ChannelStatistics::of(
        &images,
        SHAPE.len(),
        SHAPE.channels,
        &indices,
    ));
    let source = ImageSource::Pixels {
        images: &images,
        standardiser: &standardiser,
    };
    let mut out = vec![0.0; BATCH as usize * SHAPE.len()];
    for (name, augmentation) in [
        ("plain", Augmentation::NONE),
        ("padded, cropped and mirrored", Augmentation::CIFAR),
    ] {
        let mut stream = Key::new(1).stream();
        criterion.bench_function(&format!("batch of {BATCH}, {name}"), |bencher| {
            bencher.iter(|| {
                write_batch(
                    source,
                    SHAPE,
                    black_box(&indices[..BATCH as usize]),
                    augmentation,
                    &mut stream,
                    &mut out,
                )
            });
        });
    }
}

fn whitening(criterion: &mut Criterion) {
    let images = random(2048, 28 * 28);
    let indices: Vec<u32> = (0..2048).collect();
    let mut group = criterion.benchmark_group("whitening");
    group.sample_size(10);
    group.bench_function("fitted to 2,048 of 28x28", |bencher| {
        bencher.iter(|| Whitening::of(&images, 28 * 28, black_box(&indices), 1e-6))
    });
}

criterion_group!(benches, batches, whitening);
criterion_main!(benches);
