//! What is held whole: prompts, tables and pictures, each against a file.

use std::path::Path;

/// Compares with a file of tests/spec/golden, or writes it where UPDATE_GOLDEN is set.
pub fn assert_golden(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/spec/golden")
        .join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{name} has changed; look at it and run with UPDATE_GOLDEN=1 to accept:\n{found}"
    );
}
