//! Means, deviations, and pixels as numbers.

use motherlode::images::{ChannelStatistics, LabelledImages, Standardiser};

use super::counting;

#[test]
fn the_statistics_are_those_of_the_images_that_are_named() {
    // Two pixels of two channels each.
    let images = LabelledImages {
        pixels: vec![0, 10, 2, 30, 255, 255, 255, 255, 4, 10, 6, 30],
        labels: vec![0, 0, 0],
    };
    let statistics = ChannelStatistics::of(&images, 4, 2, &[0, 2]);
    assert_eq!(statistics.means, [3.0, 20.0]);
    assert_eq!(statistics.deviations, [5f64.sqrt(), 10.0]);
    assert_eq!(
        statistics.in_units_of_white().means,
        [3.0 / 255.0, 20.0 / 255.0]
    );
    let none = ChannelStatistics::of(&images, 4, 2, &[]);
    assert_eq!((none.means, none.deviations), (vec![0.0; 2], vec![0.0; 2]));
}

#[test]
fn standardised_pixels_have_mean_0_and_deviation_1_in_each_channel() {
    for channels in [1, 2, 3] {
        let images = counting(vec![0; 5], 12);
        let statistics = ChannelStatistics::of(&images, 12, channels, &[0, 1, 2, 3, 4]);
        let mut numbers = vec![0.0; 60];
        Standardiser::standard(&statistics).write(&images.pixels, &mut numbers);
        for channel in 0..channels {
            let of_channel: Vec<f64> = numbers
                .iter()
                .skip(channel)
                .step_by(channels)
                .map(|number| f64::from(*number))
                .collect();
            let mean = of_channel.iter().sum::<f64>() / of_channel.len() as f64;
            let square = of_channel.iter().map(|number| number * number).sum::<f64>()
                / of_channel.len() as f64;
            assert!(
                mean.abs() < 1e-6 && (square - 1.0).abs() < 1e-5,
                "{channels} channels: {mean} {square}"
            );
        }
        Standardiser::centred(&statistics).write(&images.pixels, &mut numbers);
        let mean = numbers.iter().map(|number| f64::from(*number)).sum::<f64>() / 60.0;
        assert!(
            mean.abs() < 1e-6
                && (numbers[channels] - numbers[0] - channels as f32 / 255.0).abs() < 1e-6
        );
    }
}

#[test]
fn a_constant_channel_becomes_0() {
    let images = LabelledImages {
        pixels: vec![9; 8],
        labels: vec![0, 0],
    };
    let statistics = ChannelStatistics::of(&images, 4, 1, &[0, 1]);
    let mut numbers = vec![1.0; 8];
    Standardiser::standard(&statistics).write(&images.pixels, &mut numbers);
    assert_eq!(numbers, [0.0; 8]);
}
