//! The loss of a batch, at the edges of its numbers.

use motherlode::nets::image::{cross_entropy, cross_entropy_of_softmax};

#[test]
fn a_row_with_nan_has_no_loss_and_is_never_right() {
    let found = cross_entropy(&[f32::NAN, 3.0, 1.0, 0.0, 2.0, 1.0], &[1, 1], None);
    assert!(found.loss.is_nan());
    assert_eq!((found.correct, found.rows), (1, 2));
}

#[test]
fn the_first_of_equal_logits_is_the_answer() {
    let right = |label: u16| cross_entropy(&[1.0, 2.0, 2.0], &[label], None).correct;
    assert_eq!([right(0), right(1), right(2)], [0, 1, 0]);
}

#[test]
fn only_the_differences_of_logits_count() {
    for shift in [0.0, 1e4, -1e4] {
        let mut gradient = [0.0; 4];
        let found = cross_entropy(
            &[shift, shift + 1.0, shift + 3.0, shift],
            &[0, 0],
            Some(&mut gradient),
        );
        let wanted = (1.0 + 1f64.exp()).ln() + (1.0 + (-3f64).exp()).ln();
        assert!(
            (found.loss - wanted).abs() < 1e-6,
            "{shift}: {}, wanted {wanted}",
            found.loss
        );
        let first = (1.0 / (1.0 + 1f64.exp()) - 1.0) / 2.0;
        assert!(
            (f64::from(gradient[0]) - first).abs() < 1e-6
                && (gradient[0] + gradient[1]).abs() < 1e-6,
            "{shift}: {gradient:?}"
        );
    }
}

/// Of rows in 64 bits, as the published code has it: the shares of a softmax are taken for logits.
fn loss_of_softmax(logits: &[f64], classes: usize, labels: &[u16]) -> f64 {
    let softmax = |row: &[f64]| -> Vec<f64> {
        let powers: Vec<f64> = row.iter().map(|logit| logit.exp()).collect();
        powers
            .iter()
            .map(|power| power / powers.iter().sum::<f64>())
            .collect()
    };
    let of = |(row, label): (&[f64], &u16)| -softmax(&softmax(row))[usize::from(*label)].ln();
    logits.chunks(classes).zip(labels).map(of).sum::<f64>()
}

#[test]
fn the_gradient_of_a_softmax_before_the_loss_is_a_central_difference() {
    let logits = [
        0.5, -1.0, 2.0, 0.25, 3.0, -2.0, 0.0, 1.0, -0.5, 0.75, 0.75, -4.0,
    ];
    let labels = [2, 1, 0];
    let mut gradient = [f32::NAN; 12];
    let found = cross_entropy_of_softmax(&logits, &labels, Some(&mut gradient));
    let wide = logits.map(f64::from);
    let wanted = loss_of_softmax(&wide, 4, &labels);
    assert!(
        (found.loss - wanted).abs() < 1e-6 && found.rows == 3,
        "{found:?}, wanted {wanted}"
    );
    assert_eq!(
        found.correct, 1,
        "the greatest share is the greatest logit's"
    );
    assert_eq!(cross_entropy_of_softmax(&logits, &labels, None), found);
    for place in 0..12 {
        let moved = |by: f64| {
            let mut logits = wide;
            logits[place] += by;
            loss_of_softmax(&logits, 4, &labels) / 3.0
        };
        let wanted = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        assert!(
            (f64::from(gradient[place]) - wanted).abs() < 1e-6,
            "logit {place}: {}, difference {wanted}",
            gradient[place]
        );
    }
}
