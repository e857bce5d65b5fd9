//! Files that a user names.

use std::path::Path;

use super::error::ConfigError;
use crate::files;

/// The text of a file, which is held to the length that a person may write.
///
/// # Errors
/// [`ConfigError::Unreadable`].
pub(super) fn text_of(path: &Path) -> Result<String, ConfigError> {
    files::text(path, files::DEFINITION).map_err(|error| ConfigError::Unreadable {
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}

/// Whether what may be a name or a path is the path of a file.
pub(super) fn looks_like_path(name: &str) -> bool {
    name.ends_with(".toml") || name.contains(std::path::MAIN_SEPARATOR)
}
