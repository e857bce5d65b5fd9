//! How much is read of each kind of file.

use std::io::{self, Read};

/// How much is read of a kind of file. The limits are far above what such files are, and below what
/// would take a machine's memory by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimit {
    /// The kind of file, in words.
    pub of: &'static str,
    /// The most bytes that are read.
    pub bytes: u64,
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// Texts that a person writes.
pub const DEFINITION: ReadLimit = limit("a lab or a campaign file", MIB);
/// The file of a training program of the user's.
pub const PROGRAM: ReadLimit = limit("a program's definition", MIB);
/// What belongs to such a program.
pub const PROGRAM_FILE: ReadLimit = limit("a file that belongs to a program", 4 * GIB);
/// Tables from which tasks are made.
pub const TABLE: ReadLimit = limit("a table of a task", GIB);
/// All tables of a lab, each as often as a task is made from it.
pub const TABLES: ReadLimit = limit("the tables of a lab, together", 4 * GIB);
/// Scripted replies.
pub const REPLIES: ReadLimit = limit("scripted replies, a file or a folder of them", GIB);
/// A line of recorded attempts, with its prompt and reply.
pub const RECORDING_LINE: ReadLimit = limit("a line of recorded attempts", 16 * MIB);
/// Files of recorded attempts.
pub const RECORDING: ReadLimit = limit("a file of recorded attempts", 4 * GIB);
/// Pictures, packed as they are.
pub const PICTURE: ReadLimit = limit("a picture", 256 * MIB);
/// The images of an imported set.
pub const IMAGES: ReadLimit = limit("an imported set of images", 16 * GIB);
/// What is said of an imported set beside its images: 65,536 classes may have long names.
pub const MANIFEST: ReadLimit = limit("the manifest of an image set", 64 * MIB);
/// Networks in the middle of their training.
pub const CHECKPOINT: ReadLimit = limit("a checkpoint of a replay", 16 * GIB);
/// What a lab measured of functions.
pub const FIELD: ReadLimit = limit("a file of a lab's measures", 256 * MIB);
/// What was measured of a baseline that is tuned.
pub const TUNING: ReadLimit = limit("a file of a tuning", 64 * MIB);
/// A server's name of a version of a file.
pub const VERSION: ReadLimit = limit("the version of a download", 4 * KIB);

/// A short text of the system's own.
pub const STATUS: ReadLimit = limit("what the system says of a process", 64 * KIB);

/// Files of image sets whose size is not published.
pub const DOWNLOAD: ReadLimit = limit("a download of no published size", 4 * GIB);

/// All of them but the system's own.
pub const LIMITS: [ReadLimit; 16] = [
    DEFINITION,
    PROGRAM,
    PROGRAM_FILE,
    TABLE,
    TABLES,
    REPLIES,
    RECORDING_LINE,
    RECORDING,
    PICTURE,
    IMAGES,
    MANIFEST,
    CHECKPOINT,
    FIELD,
    TUNING,
    VERSION,
    DOWNLOAD,
];

const fn limit(of: &'static str, bytes: u64) -> ReadLimit {
    ReadLimit { of, bytes }
}

impl ReadLimit {
    /// All bytes of what is open; of more than the limit, little more is read.
    ///
    /// # Errors
    /// What the operating system says, and more bytes than the limit.
    pub fn bytes_of(self, file: impl Read) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = file.take(self.bytes + 1).read_to_end(&mut bytes)?;
        self.check(read as u64)?;
        Ok(bytes)
    }

    /// Refuses more bytes than the limit.
    ///
    /// # Errors
    /// The limit, in words.
    pub fn check(self, bytes: u64) -> io::Result<()> {
        if bytes <= self.bytes {
            return Ok(());
        }
        let ReadLimit { of, .. } = self;
        Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!(
                "it has more than {}, the most that is read of {of}",
                self.size()
            ),
        ))
    }

    /// The limit as people write it, such as `64 MiB`.
    pub fn size(self) -> String {
        match self.bytes {
            bytes if bytes.is_multiple_of(GIB) => format!("{} GiB", bytes / GIB),
            bytes if bytes.is_multiple_of(MIB) => format!("{} MiB", bytes / MIB),
            bytes => format!("{} KiB", bytes.div_ceil(KIB)),
        }
    }
}
