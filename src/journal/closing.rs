//! The CLEAN file: what an archive held when it was closed in good order. It is there exactly
//! while the archive is closed so.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::contents::Contents;
use super::error::JournalError;
use super::sealed::{self, Sealed};
use super::witness::Witness;

/// The file's name in an archive.
pub(super) const CLEAN: &str = "CLEAN";

/// What an archive held when it was closed in good order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Closing {
    /// The version of the database's layout.
    pub(super) schema: u64,
    /// What had been acknowledged.
    pub(super) witness: Witness,
    /// The campaigns, by number, with their names.
    pub(super) campaigns: Vec<(u32, String)>,
    /// The files of the database and of the export.
    pub(super) contents: Contents,
}

/// The closing of the archive `folder`. `Broken` also where an earlier version closed it, which
/// kept no checksums.
pub(super) fn read(folder: &Path) -> Result<Sealed<Closing>, JournalError> {
    sealed::read(&folder.join(CLEAN))
}

/// Whether a version closed the archive `folder` that kept only the lengths of its export.
pub(super) fn is_of_earlier_version(folder: &Path) -> Result<bool, JournalError> {
    let found: Sealed<BTreeMap<String, EarlierExtent>> = sealed::read(&folder.join(CLEAN))?;
    Ok(found.whole().is_some())
}

/// What an earlier version noted of a campaign.
#[derive(Deserialize)]
#[expect(dead_code, reason = "only whether it can be read is asked")]
struct EarlierExtent {
    bytes: u64,
    settled: u64,
}

impl Closing {
    /// Marks the archive `folder` as closed in good order; on disk when this returns.
    pub(super) fn write(&self, folder: &Path) -> Result<(), JournalError> {
        sealed::write(&folder.join(CLEAN), self)
    }
}
