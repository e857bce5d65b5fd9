//! Zero-phase whitening.

use motherlode::images::{LabelledImages, Whitening};
use motherlode::numerics::stream::Key;

/// Images of `image_len` numbers, of which neighbours are much alike.
fn smooth(count: usize, image_len: usize) -> LabelledImages {
    let mut stream = Key::new(3).stream();
    let mut pixels = Vec::new();
    for _ in 0..count {
        let mut value = 128.0;
        for _ in 0..image_len {
            value = (128.0 + 0.9 * (value - 128.0) + 12.0 * stream.normal()).clamp(0.0, 255.0);
            pixels.push(value as u8);
        }
    }
    LabelledImages {
        pixels,
        labels: vec![0; count],
    }
}

#[test]
fn whitened_images_have_the_identity_for_covariance_and_look_like_themselves() {
    let (count, image_len) = (1500, 24);
    let images = smooth(count, image_len);
    let indices: Vec<u32> = (0..count as u32).collect();
    let whitening = Whitening::of(&images, image_len, &indices, 1e-6).unwrap();
    let white = whitening.apply(&images, &indices);
    assert_eq!(white.len(), count * image_len);
    for row in 0..image_len {
        let mean = (0..count)
            .map(|image| f64::from(white[image * image_len + row]))
            .sum::<f64>()
            / count as f64;
        assert!(mean.abs() < 1e-3, "{mean}");
        for column in 0..=row {
            let product = |image: usize| {
                f64::from(white[image * image_len + row])
                    * f64::from(white[image * image_len + column])
            };
            let covariance = (0..count).map(product).sum::<f64>() / count as f64;
            let wanted = if row == column { 1.0 } else { 0.0 };
            assert!(
                (covariance - wanted).abs() < 5e-3,
                "{row} {column}: {covariance}"
            );
        }
    }
    // Zero-phase: each number goes on meaning the pixel that it comes from.
    for number in 0..image_len {
        let product = |image: usize| {
            f64::from(white[image * image_len + number])
                * (f64::from(images.pixels[image * image_len + number]) - 128.0)
        };
        assert!((0..count).map(product).sum::<f64>() > 0.0);
    }
    assert_eq!(
        whitening.apply(&images, &[5, 2])[image_len..],
        white[2 * image_len..3 * image_len]
    );
}

#[test]
fn a_large_epsilon_leaves_small_differences_small() {
    let images = smooth(200, 8);
    let indices: Vec<u32> = (0..200).collect();
    let square = |epsilon| {
        Whitening::of(&images, 8, &indices, epsilon)
            .unwrap()
            .apply(&images, &indices)
            .iter()
            .map(|number| number * number)
            .sum::<f32>()
    };
    assert!(square(1e-6) > 1.5 * square(1e-2));
}

#[test]
fn what_cannot_be_whitened_is_refused() {
    let images = smooth(3, 8);
    let problem = |image_len: usize, indices: &[u32], epsilon: f64| {
        Whitening::of(&images, image_len, indices, epsilon)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        problem(8, &[1], 1e-6),
        "whitening needs at least two images, found 1"
    );
    assert_eq!(
        problem(8, &[0, 1], 0.0),
        "whitening needs an epsilon above 0, found 0"
    );
    assert_eq!(
        problem(8, &[0, 1], f64::NAN),
        "whitening needs an epsilon above 0, found NaN"
    );
    assert_eq!(
        problem(4096, &[0, 1], 0.1),
        "whitening needs images of at most 3072 numbers, such as 32x32 in colour, found 4096"
    );
}
