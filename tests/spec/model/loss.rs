//! The loss of a batch, at the edges of its numbers.

use motherlode::model::cross_entropy;

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
        let found = cross_entropy(&[shift, shift + 1.0, shift + 3.0, shift], &[0, 0], Some(&mut gradient));
        let wanted = (1.0 + 1f64.exp()).ln() + (1.0 + (-3f64).exp()).ln();
        assert!((found.loss - wanted).abs() < 1e-6, "{shift}: {}, wanted {wanted}", found.loss);
        let first = (1.0 / (1.0 + 1f64.exp()) - 1.0) / 2.0;
        assert!((f64::from(gradient[0]) - first).abs() < 1e-6 && (gradient[0] + gradient[1]).abs() < 1e-6, "{shift}: {gradient:?}");
    }
}
