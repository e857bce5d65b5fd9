//! The envelope around every stored value: a checksummed header that says what it is, and a
//! compressed JSON document, cut into parts where it is large.

use serde::de::DeserializeOwned;
use serde::Serialize;

use super::error::JournalError;

pub(super) const MAGIC: [u8; 4] = *b"LODE";
const VERSION: u8 = 1;
const COMPRESSED: u8 = 1;
pub(super) const HEADER: usize = 44;
/// The largest body of a part. sled keeps up to 16 values together, and puts what exceeds a quarter
/// of its 2 MiB segment into files that it never synchronises; 17 full parts stay below that.
const PART: usize = 28 * 1024;
/// The longest row.
pub(super) const LONGEST_ROW: usize = HEADER + PART;
/// The largest document, before compression.
pub(super) const LIMIT: usize = 64 << 20;

/// What a stored document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Charter = 1,
    Reserved = 2,
    Replied = 3,
    Settled = 4,
    Conclusion = 5,
    Founders = 6,
    Confirmation = 7,
    Balance = 8,
    Account = 9,
    BenchmarkRun = 10,
}

/// The address of a stored document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) kind: Kind,
    /// The campaign's number in this archive; 0 for a benchmark run, which belongs to none.
    pub(super) campaign: u32,
    /// The number of the attempt, of a confirmation's candidates, or of a benchmark run; 0 for a
    /// document of the whole campaign, and 1 beside its founders for how they were measured.
    pub(super) id: u64,
    /// The newest version of a document has the highest.
    pub(super) revision: u32,
}

/// One checked part of a document.
#[derive(Debug)]
pub(super) struct DocumentPart<'a> {
    pub(super) address: Address,
    pub(super) part: u16,
    pub(super) parts: u16,
    raw_length: u32,
    /// Of the whole document.
    pub(super) compressed_length: u32,
    body: &'a [u8],
}

/// Writes a record as a JSON document that is known to read back as the same record.
pub(super) fn document<T: Serialize + DeserializeOwned + PartialEq>(
    what: &str,
    record: &T,
) -> Result<Vec<u8>, JournalError> {
    let unrecordable = |detail: String| JournalError::Unrecordable {
        what: what.to_owned(),
        detail,
    };
    let document = serde_json::to_vec(record).map_err(|error| unrecordable(error.to_string()))?;
    if document.len() > LIMIT {
        return Err(JournalError::TooLarge {
            what: what.to_owned(),
            bytes: document.len(),
            limit: LIMIT,
        });
    }
    let back: T =
        serde_json::from_slice(&document).map_err(|error| unrecordable(error.to_string()))?;
    if back != *record {
        return Err(unrecordable("a value changes".to_owned()));
    }
    Ok(document)
}

/// Puts a document of at most [`LIMIT`] bytes into envelopes, one a part, in order; there is always
/// at least one.
pub(super) fn seal(address: Address, document: &[u8]) -> Vec<Vec<u8>> {
    let compressed =
        zstd::bulk::compress(document, 3).expect("zstd compresses any document within the limit");
    let parts = compressed.len().div_ceil(PART) as u16;
    let seal_part = |(part, body): (usize, &[u8])| {
        let mut row = Vec::with_capacity(HEADER + body.len());
        row.extend_from_slice(&MAGIC);
        row.extend_from_slice(&[VERSION, address.kind as u8, COMPRESSED, 0]);
        row.extend_from_slice(&address.campaign.to_be_bytes());
        row.extend_from_slice(&address.id.to_be_bytes());
        row.extend_from_slice(&address.revision.to_be_bytes());
        row.extend_from_slice(&(part as u16).to_be_bytes());
        row.extend_from_slice(&parts.to_be_bytes());
        row.extend_from_slice(&(document.len() as u32).to_be_bytes());
        row.extend_from_slice(&(compressed.len() as u32).to_be_bytes());
        row.extend_from_slice(&(body.len() as u32).to_be_bytes());
        row.extend_from_slice(&checksum(&row, body).to_be_bytes());
        row.extend_from_slice(body);
        row
    };
    compressed.chunks(PART).enumerate().map(seal_part).collect()
}

/// Checks one row and reads its header; the error says what is wrong with it.
pub(super) fn read(row: &[u8]) -> Result<DocumentPart<'_>, String> {
    let Some((header, body)) = row.split_at_checked(HEADER) else {
        return Err(format!(
            "a value of {} bytes is shorter than an envelope",
            row.len()
        ));
    };
    if header[..4] != MAGIC {
        return Err("a value lacks the envelope's mark".to_owned());
    }
    let word = |at: usize| {
        u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    let half = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    if word(40) != checksum(&header[..40], body) {
        return Err("a value fails its checksum".to_owned());
    }
    if header[4] != VERSION || header[6] != COMPRESSED {
        return Err(format!(
            "a value has envelope version {} and flags {}, known are 1 and 1",
            header[4], header[6]
        ));
    }
    let kind = match header[5] {
        1 => Kind::Charter,
        2 => Kind::Reserved,
        3 => Kind::Replied,
        4 => Kind::Settled,
        5 => Kind::Conclusion,
        6 => Kind::Founders,
        7 => Kind::Confirmation,
        8 => Kind::Balance,
        9 => Kind::Account,
        10 => Kind::BenchmarkRun,
        other => return Err(format!("a value is of the unknown kind {other}")),
    };
    let id = (u64::from(word(12)) << 32) | u64::from(word(16));
    Ok(DocumentPart {
        address: Address {
            kind,
            campaign: word(8),
            id,
            revision: word(20),
        },
        part: half(24),
        parts: half(26),
        raw_length: word(28),
        compressed_length: word(32),
        body,
    })
}

/// The row that begins at the start of these bytes, as long as its header says; it is not checked.
pub(super) fn row_at(bytes: &[u8]) -> Option<&[u8]> {
    let length: [u8; 4] = bytes.get(36..40)?.try_into().ok()?;
    let body = usize::try_from(u32::from_be_bytes(length)).ok()?;
    bytes.get(..HEADER.checked_add(body.min(PART + 1))?)
}

/// Puts the parts of one document, in order, together again.
pub(super) fn open(rows: &[impl AsRef<[u8]>]) -> Result<(Address, Vec<u8>), String> {
    let parts = rows
        .iter()
        .map(|row| read(row.as_ref()))
        .collect::<Result<Vec<_>, _>>()?;
    let first = parts.first().ok_or("a document has no parts")?;
    let mut compressed = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if part.address != first.address
            || usize::from(part.part) != index
            || usize::from(part.parts) != parts.len()
        {
            return Err(format!(
                "part {index} of a document of {} belongs to another",
                parts.len()
            ));
        }
        compressed.extend_from_slice(part.body);
    }
    let raw_length = first.raw_length as usize;
    if raw_length > LIMIT {
        return Err(format!(
            "a document claims {raw_length} bytes, the limit is {LIMIT}"
        ));
    }
    let document = zstd::bulk::decompress(&compressed, raw_length)
        .map_err(|error| format!("a document cannot be decompressed ({error})"))?;
    if document.len() != raw_length {
        return Err(format!(
            "a document has {} bytes, its header says {raw_length}",
            document.len()
        ));
    }
    Ok((first.address, document))
}

fn checksum(header: &[u8], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header);
    hasher.update(body);
    hasher.finalize()
}
