//! Carving: every stored value carries a mark, its length and its checksum, so that it is found in
//! the files of a database that nothing opens any more.

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

use memchr::memmem;

use crate::journal::envelope::{self, Address};
use crate::journal::error::JournalError;
use crate::journal::files;

/// How much of a file is looked at at once.
const WINDOW: usize = 8 << 20;

/// Where the bytes of a part lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Extent {
    /// The file, by its place in a list.
    pub(super) file: usize,
    pub(super) offset: u64,
    pub(super) length: usize,
}

/// One whole part of a document that was found in a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carved {
    pub(super) address: Address,
    pub(super) part: u16,
    pub(super) parts: u16,
    /// Tells apart documents that lay under the same address one after the other.
    pub(super) compressed_length: u32,
    pub(super) extent: Extent,
}

/// Gives every part that the file at `path`, the one of this number, holds whole to `take`, each
/// content once.
pub(super) fn carve(
    path: &Path,
    number: usize,
    take: &mut impl FnMut(Carved),
) -> Result<(), JournalError> {
    let Some(mut file) = files::open(path)? else {
        return Ok(());
    };
    let finder = memmem::Finder::new(&envelope::MAGIC);
    let mut seen = HashSet::new();
    let (mut window, mut start) = (Vec::new(), 0);
    loop {
        let read = (&mut file)
            .take(WINDOW as u64)
            .read_to_end(&mut window)
            .map_err(JournalError::io("read", path))?;
        // What begins in the last bytes may end beyond them, and is looked at with what follows.
        let looked_at = match read {
            0 => window.len(),
            _ => window.len().saturating_sub(envelope::LONGEST_ROW),
        };
        for at in finder.find_iter(&window).take_while(|at| *at < looked_at) {
            let Some(row) = envelope::row_at(&window[at..]) else {
                continue;
            };
            if let Ok(part) = envelope::read(row) {
                if seen.insert(blake3::hash(row)) {
                    take(Carved {
                        address: part.address,
                        part: part.part,
                        parts: part.parts,
                        compressed_length: part.compressed_length,
                        extent: Extent {
                            file: number,
                            offset: start + at as u64,
                            length: row.len(),
                        },
                    });
                }
            }
        }
        if read == 0 {
            return Ok(());
        }
        window.drain(..looked_at);
        start += looked_at as u64;
    }
}
