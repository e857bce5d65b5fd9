//! Whether a JPEG file is all there: its decoder paints grey what is missing, and says nothing.

/// The bytes of markers (ITU-T T.81, table B.1).
const MARKER: u8 = 0xff;
const START_OF_IMAGE: u8 = 0xd8;
const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;
const TEMPORARY: u8 = 0x01;
const RESTARTS: std::ops::RangeInclusive<u8> = 0xd0..=0xd7;
/// What may stand after a scan: tables, the number of lines, another scan, a restart interval,
/// the end, and what programs say for themselves.
const FOLLOWING: [u8; 9] = [
    0xc4,
    0xcc,
    0xdb,
    0xdc,
    0xdd,
    0xfe,
    0xe1,
    START_OF_SCAN,
    END_OF_IMAGE,
];

/// Whether bytes begin as a JPEG file does.
pub fn is_jpeg(bytes: &[u8]) -> bool {
    bytes.starts_with(&[MARKER, START_OF_IMAGE, MARKER])
}

/// Whether a JPEG file has an end: its segments follow one another up to the marker that ends the
/// image. What comes after that does not count.
pub fn has_end(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some((marker, after)) = next_marker(bytes, at) {
        at = match marker {
            END_OF_IMAGE => return true,
            TEMPORARY => after,
            _ if RESTARTS.contains(&marker) => after,
            _ => match segment_end(bytes, after) {
                Some(end) if marker == START_OF_SCAN => scan_end(bytes, end),
                Some(end) => end,
                None => return false,
            },
        };
    }
    false
}

/// The first marker at `from` or later, and where what follows it begins.
fn next_marker(bytes: &[u8], from: usize) -> Option<(u8, usize)> {
    let rest = bytes.get(from..)?;
    let first = rest.iter().position(|byte| *byte == MARKER)?;
    // Any number of the byte may come before a marker.
    let length = rest[first..].iter().position(|byte| *byte != MARKER)?;
    let at = from + first + length;
    Some((bytes[at], at + 1))
}

/// Where the segment ends whose length stands at `at`.
fn segment_end(bytes: &[u8], at: usize) -> Option<usize> {
    let length = bytes.get(at..at + 2)?;
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    let end = at + length;
    (length >= 2 && end <= bytes.len()).then_some(end)
}

/// Where the packed pixels end that begin at `from`: at the first marker that may follow them. In
/// them a 0 follows each byte that might begin a marker; others that some programs leave there are
/// passed over, as decoders do.
fn scan_end(bytes: &[u8], from: usize) -> usize {
    let may_follow = |pair: &[u8]| pair[0] == MARKER && FOLLOWING.contains(&pair[1]);
    let length = bytes[from..].windows(2).position(may_follow);
    length.map_or(bytes.len(), |length| from + length)
}
