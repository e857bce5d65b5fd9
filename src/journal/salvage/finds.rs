//! What was found of an archive, wherever it lay: by what it is of, with all versions.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::carving::{self, Carved, Extent};
use crate::journal::envelope::{self, Address, Kind};
use crate::journal::error::JournalError;
use crate::journal::export::lines::{self, Line};
use crate::journal::files;

/// A version of a document.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) kind: Kind,
    pub(super) revision: u32,
    /// The parts, in order.
    parts: Vec<Extent>,
}

/// What a document is of: the tree in which it lies, the campaign's number, its id.
type Slot = (u8, u32, u64);

/// The documents that were carved from the files of databases.
#[derive(Default)]
pub(super) struct Finds {
    files: Vec<PathBuf>,
    /// By slot, revision and length.
    parts: BTreeMap<(Slot, u32, u32), Parts>,
}

/// The parts that were found of one document.
struct Parts {
    kind: Kind,
    /// How many there are.
    whole: u16,
    /// Those that were found, under their numbers.
    found: BTreeMap<u16, Extent>,
}

impl Finds {
    /// Carves the files of a database's folder, those in folders of it included.
    pub(super) fn carve_folder(&mut self, folder: &Path) -> Result<(), JournalError> {
        for name in files::names(folder)? {
            let path = folder.join(&name);
            if files::is_folder(&path) {
                self.carve_folder(&path)?;
            } else if !name.starts_with("snap.") && name != "conf" {
                let number = self.files.len();
                self.files.push(path.clone());
                carving::carve(&path, number, &mut |carved| self.keep(carved))?;
            }
        }
        Ok(())
    }

    fn keep(&mut self, carved: Carved) {
        let Address {
            kind,
            campaign,
            id,
            revision,
        } = carved.address;
        let key = (
            (tree(kind), campaign, id),
            revision,
            carved.compressed_length,
        );
        let parts = self.parts.entry(key).or_insert_with(|| Parts {
            kind,
            whole: carved.parts,
            found: BTreeMap::new(),
        });
        parts.found.entry(carved.part).or_insert(carved.extent);
    }

    /// The versions that were found whole of a document of this kind, the newest first.
    pub(super) fn versions(&self, kind: Kind, campaign: u32, id: u64) -> Vec<Version> {
        let slot = (tree(kind), campaign, id);
        self.parts
            .range((slot, 0, 0)..=(slot, u32::MAX, u32::MAX))
            .rev()
            .filter_map(|((_, revision, _), parts)| {
                let extents: Vec<Extent> = (0..parts.whole)
                    .map_while(|part| parts.found.get(&part).copied())
                    .collect();
                (extents.len() == usize::from(parts.whole)).then_some(Version {
                    kind: parts.kind,
                    revision: *revision,
                    parts: extents,
                })
            })
            .collect()
    }

    /// The ids of the documents of this kind of a campaign, ascending.
    pub(super) fn ids(&self, kind: Kind, campaign: u32) -> Vec<u64> {
        let tree = tree(kind);
        let mut ids: Vec<u64> = self
            .parts
            .range(((tree, campaign, 0), 0, 0)..=((tree, campaign, u64::MAX), u32::MAX, u32::MAX))
            .map(|(((_, _, id), ..), _)| *id)
            .collect();
        ids.dedup();
        ids
    }

    /// The numbers of the campaigns of which anything was found, ascending.
    pub(super) fn campaigns(&self) -> Vec<u32> {
        let mut campaigns: Vec<u32> = self
            .parts
            .keys()
            .map(|((_, campaign, _), ..)| *campaign)
            .filter(|campaign| *campaign > 0)
            .collect();
        campaigns.sort_unstable();
        campaigns.dedup();
        campaigns
    }

    /// The document of a version; `None` where its parts do not make one.
    pub(super) fn document(&self, version: &Version) -> Result<Option<Vec<u8>>, JournalError> {
        let rows = version
            .parts
            .iter()
            .map(|extent| read(&self.files[extent.file], extent.offset, extent.length))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(envelope::open(&rows).ok().map(|(_, document)| document))
    }

    /// The newest document of this kind that can be read, with its version.
    pub(super) fn newest(
        &self,
        kind: Kind,
        campaign: u32,
        id: u64,
    ) -> Result<Option<(Version, Vec<u8>)>, JournalError> {
        for version in self.versions(kind, campaign, id) {
            if let Some(document) = self.document(&version)? {
                return Ok(Some((version, document)));
            }
        }
        Ok(None)
    }
}

/// Kinds that replace one another lie in one tree.
fn tree(kind: Kind) -> u8 {
    match kind {
        Kind::Reserved => Kind::Replied as u8,
        Kind::Balance => Kind::Account as u8,
        kind => kind as u8,
    }
}

fn read(path: &Path, offset: u64, length: usize) -> Result<Vec<u8>, JournalError> {
    let mut content = vec![0; length];
    let mut file: File = files::open(path)?
        .ok_or_else(|| JournalError::io("read", path)(std::io::ErrorKind::NotFound.into()))?;
    file.seek(SeekFrom::Start(offset))
        .and_then(|_| file.read_exact(&mut content))
        .map_err(JournalError::io("read", path))?;
    Ok(content)
}

/// Gives the documents in a file of lines that can be believed to `take`; how many lines cannot be.
/// A line without a checksum is believed only where no other has one.
pub(super) fn each_believed(
    path: &Path,
    mut take: impl FnMut(Vec<u8>) -> Result<(), JournalError>,
) -> Result<usize, JournalError> {
    let (mut any_sealed, mut refused) = (false, 0);
    lines::each(path, |line| {
        any_sealed |= matches!(line, Line::Sealed(_));
        Ok(())
    })?;
    lines::each(path, |line| match line {
        Line::Sealed(document) => take(document),
        Line::Unsealed(document) if !any_sealed => take(document),
        Line::Unsealed(_) | Line::Broken => {
            refused += 1;
            Ok(())
        }
    })?;
    Ok(refused)
}

/// The documents in a short file of lines that can be believed, and how many lines cannot be.
pub(super) fn believed(path: &Path) -> Result<(Vec<Vec<u8>>, usize), JournalError> {
    let mut documents = Vec::new();
    let refused = each_believed(path, |document| {
        documents.push(document);
        Ok(())
    })?;
    Ok((documents, refused))
}
