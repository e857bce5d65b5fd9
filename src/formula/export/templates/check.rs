
/// The largest error relative to 1 + |value|, or what differs from the table.
pub fn check() -> Result<f64, String> {
    let mut worst = 0.0_f64;
    for ((what, wanted), found) in EXPECTED.iter().zip(found()) {
        if wanted.len() != found.len() {
            return Err(format!("{what} has {} values, the table {}", found.len(), wanted.len()));
        }
        for (place, (wanted, found)) in wanted.iter().zip(&found).enumerate() {
            let error = (found - wanted).abs() / (1.0 + wanted.abs());
            if !wanted.is_nan() && !(error <= TOLERANCE) {
                return Err(format!("{what} at place {place} is {found:?}, the table says {wanted:?}"));
            }
            worst = worst.max(error);
        }
    }
    Ok(worst)
}

#[cfg(not(test))]
fn main() {
    match check() {
        Ok(worst) => println!("ok: largest error {worst:.1e}"),
        Err(problem) => {
            eprintln!("mismatch: {problem}");
            std::process::exit(1);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn agrees_with_the_table() {
        let worst = super::check();
        assert!(worst.is_ok(), "{worst:?}");
    }
}
