//! What still breaks a rule of the house. Every list shrinks to nothing; none grows.

/// Files that stand in a circle of files.
pub const CIRCLES_LEFT: &[&str] = &[];

/// Files of more lines than a file may have.
pub const FILES_LEFT: &[&str] = &[];

/// Functions of more lines than a function may have, by file.
pub const FUNCTIONS_LEFT: &[(&str, &str)] = &[];

/// Names of types that stand in more files than a name may.
pub const NAMES_LEFT: &[&str] = &[];

/// Files in which a path climbs two modules.
pub const CLIMBS_LEFT: &[&str] = &[];
