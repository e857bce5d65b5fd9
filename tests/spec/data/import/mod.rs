//! What is imported, how it is kept, and what is refused.

mod beside;
mod formats;
mod refusals;

use std::path::Path;

use motherlode::replay::sets::{DataFolder, SetError, Watch};

fn import(
    data: &Path,
    name: &str,
    source: &Path,
) -> Result<motherlode::replay::sets::Manifest, SetError> {
    DataFolder::new(data).import(name, source, None, &Watch::nobody())
}
