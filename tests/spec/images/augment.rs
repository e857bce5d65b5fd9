//! Padding, cropping and mirroring.

use motherlode::images::augment::{
    write_batch, write_image, write_plain, Augmentation, ImageSource, Placement,
};
use motherlode::images::{ChannelStatistics, Shape, Standardiser};
use motherlode::numerics::stream::Key;
use proptest::prelude::*;

use super::counting;

/// Two rows of three pixels with two channels.
const SHAPE: Shape = Shape {
    height: 2,
    width: 3,
    channels: 2,
};
const IMAGE: [f32; 12] = [
    1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 4.0, -4.0, 5.0, -5.0, 6.0, -6.0,
];

fn placed(down: isize, right: isize, flipped: bool) -> Vec<f32> {
    let mut out = vec![9.0; 12];
    write_image(
        ImageSource::Numbers(&IMAGE),
        SHAPE,
        0,
        Placement {
            down,
            right,
            flipped,
        },
        &mut out,
    );
    out
}

#[test]
fn crops_and_mirror_images_are_where_they_should_be_and_the_padding_is_0() {
    assert_eq!(placed(0, 0, false), IMAGE);
    assert_eq!(
        placed(0, 0, true),
        [3.0, -3.0, 2.0, -2.0, 1.0, -1.0, 6.0, -6.0, 5.0, -5.0, 4.0, -4.0]
    );
    // The crop begins one row further down and one column further right.
    assert_eq!(
        placed(1, 1, false),
        [5.0, -5.0, 6.0, -6.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    );
    assert_eq!(
        placed(-1, -1, false),
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, -1.0, 2.0, -2.0]
    );
    assert_eq!(
        placed(0, 2, true),
        [0.0, 0.0, 0.0, 0.0, 3.0, -3.0, 0.0, 0.0, 0.0, 0.0, 6.0, -6.0]
    );
    for (down, right) in [(2, 0), (-2, 0), (0, 3), (0, -3), (7, 7), (-9, 9)] {
        assert_eq!(placed(down, right, true), [0.0; 12], "{down} {right}");
    }
}

#[test]
fn every_offset_and_both_sides_are_drawn_alike_often() {
    let mut stream = Key::new(1).stream();
    let draws = 81 * 200;
    let mut counts = std::collections::BTreeMap::new();
    let mut flipped = 0;
    for _ in 0..draws {
        let Placement {
            down,
            right,
            flipped: mirrored,
        } = Augmentation::CIFAR.draw(&mut stream);
        *counts.entry((down, right)).or_insert(0) += 1;
        flipped += usize::from(mirrored);
    }
    assert_eq!(
        (counts.len(), counts.keys().next(), counts.keys().last()),
        (81, Some(&(-4, -4)), Some(&(4, 4)))
    );
    assert!(
        counts.values().all(|count| (120..300).contains(count)),
        "{counts:?}"
    );
    assert!(flipped.abs_diff(draws / 2) < 400, "{flipped}");
}

#[test]
fn the_same_stream_changes_images_alike_and_options_shift_nothing() {
    let draws = |augmentation: Augmentation| {
        let mut stream = Key::new(7).stream();
        let placements: Vec<Placement> = (0..50).map(|_| augmentation.draw(&mut stream)).collect();
        (placements, stream.bits())
    };
    let (all, after) = draws(Augmentation::CIFAR);
    let (unflipped, after_unflipped) = draws(Augmentation {
        pad: 4,
        flip: false,
    });
    assert!(all
        .iter()
        .zip(&unflipped)
        .all(|(one, other)| (one.down, one.right) == (other.down, other.right)));
    assert!(
        all.iter().any(|placement| placement.flipped)
            && unflipped.iter().all(|placement| !placement.flipped)
    );
    assert_eq!(
        (after, draws(Augmentation::NONE).1),
        (after_unflipped, after)
    );
}

#[test]
fn bytes_are_standardised_on_the_way() {
    let images = counting(vec![0; 4], 12);
    let standardiser =
        Standardiser::standard(&ChannelStatistics::of(&images, 12, 2, &[0, 1, 2, 3]));
    let source = ImageSource::Pixels {
        images: &images,
        standardiser: &standardiser,
    };
    let mut numbers = vec![0.0; 48];
    standardiser.write(&images.pixels, &mut numbers);
    let mut plain = vec![0.0; 24];
    write_plain(source, SHAPE, &[3, 1], &mut plain);
    assert_eq!(plain, [&numbers[36..], &numbers[12..24]].concat());
    let mut batch = vec![0.0; 24];
    write_batch(
        source,
        SHAPE,
        &[3, 1],
        Augmentation::NONE,
        &mut Key::new(1).stream(),
        &mut batch,
    );
    assert_eq!(batch, plain);
}

proptest! {
    #[test]
    fn both_sources_give_the_same_batch(
        seed: u64,
        pad in 0usize..6,
        flip: bool,
        indices in proptest::collection::vec(0u32..4, 0..9),
    ) {
        let images = counting(vec![0; 4], 12);
        let standardiser =
            Standardiser::standard(&ChannelStatistics::of(&images, 12, 2, &[0, 1, 2, 3]));
        let mut numbers = vec![0.0; 48];
        standardiser.write(&images.pixels, &mut numbers);
        let batch = |source| {
            let mut out = vec![9.0; indices.len() * 12];
            write_batch(
                source,
                SHAPE,
                &indices,
                Augmentation { pad, flip },
                &mut Key::new(seed).stream(),
                &mut out,
            );
            out
        };
        prop_assert_eq!(
            batch(ImageSource::Pixels {
                images: &images,
                standardiser: &standardiser
            }),
            batch(ImageSource::Numbers(&numbers))
        );
    }
}
