//! Counts and sizes of image sets in words.

use crate::replay::sets::Shortfall;

/// `20,000 of 50,000 training and 1,000 of 10,000 test images`.
pub fn missing(shortfall: &Shortfall) -> String {
    let Shortfall {
        train,
        whole_train,
        test,
        whole_test,
    } = *shortfall;
    format!(
        "{} of {} training and {} of {} test images",
        grouped(train),
        grouped(whole_train),
        grouped(test),
        grouped(whole_test)
    )
}

/// `32x32x3`.
pub fn size(height: usize, width: usize, channels: usize) -> String {
    format!("{height}x{width}x{channels}")
}

/// A count with a comma after every three digits.
pub fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
