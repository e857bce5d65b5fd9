//! `motherlode lab`: what it shows, the faults that it finds, and what it refuses.

mod checks;
mod shown;
mod validations;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}
