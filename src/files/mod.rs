//! How files are read that the program cannot vouch for, those that a user names and those that it
//! kept itself: ordinary ones alone, and of none more than a stated limit.
//!
//! What goes wrong is an [`io::Error`] whose words say what was found and what is read; whoever
//! asked names the file in front of it.

mod limit;
mod lines;

use std::fs::{self, DirEntry, File, Metadata, OpenOptions};
use std::io;
#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

pub use limit::{
    ReadLimit, CHECKPOINT, DEFINITION, DOWNLOAD, FIELD, IMAGES, LIMITS, MANIFEST, PICTURE, PROGRAM,
    PROGRAM_FILE, RECORDING, RECORDING_LINE, REPLIES, STATUS, TABLE, TABLES, TUNING, VERSION,
};
pub use lines::TextLines;

/// The most entries of a folder, and of all that is below it, that are listed: three times as many
/// as ImageNet has pictures.
pub const MOST_ENTRIES: usize = 4_000_000;

/// Opens a file that a user names; links are followed. It never waits: what is no ordinary file,
/// such as a pipe that nobody writes to, is refused before it is opened.
///
/// # Errors
/// What the operating system says, and another kind of file.
pub fn open(path: &Path) -> io::Result<File> {
    check_ordinary(&fs::metadata(path)?)?;
    opened(path, without_waiting(OpenOptions::new().read(true)))
}

/// As [`open`], for a file that the program keeps for itself: a link is refused too, since it was
/// put there by another.
///
/// # Errors
/// As [`open`], and a link.
pub fn open_own(path: &Path) -> io::Result<File> {
    check_ordinary(&fs::symlink_metadata(path)?)?;
    opened(path, without_links(OpenOptions::new().read(true)))
}

/// Makes an opening fail where a link took the file's place since it was looked at, and not wait
/// where a pipe did; elsewhere than on Unix only the looking tells.
#[cfg(unix)]
pub fn without_links(options: &mut OpenOptions) -> &mut OpenOptions {
    options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
}

#[cfg(unix)]
fn without_waiting(options: &mut OpenOptions) -> &mut OpenOptions {
    options.custom_flags(libc::O_NONBLOCK)
}

/// As it is: no flags are known here.
#[cfg(not(unix))]
pub fn without_links(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(not(unix))]
fn without_waiting(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

fn opened(path: &Path, options: &OpenOptions) -> io::Result<File> {
    let file = options.open(path)?;
    // Another may have taken its place since it was looked at.
    check_ordinary(&file.metadata()?)?;
    Ok(file)
}

/// All bytes of a file that a user names.
///
/// # Errors
/// As [`open`], and a file of more bytes than the limit.
pub fn bytes(path: &Path, limit: ReadLimit) -> io::Result<Vec<u8>> {
    whole(open(path)?, limit)
}

/// All bytes of a file that the program keeps for itself.
///
/// # Errors
/// As [`open_own`], and a file of more bytes than the limit.
pub fn own_bytes(path: &Path, limit: ReadLimit) -> io::Result<Vec<u8>> {
    whole(open_own(path)?, limit)
}

fn whole(file: File, limit: ReadLimit) -> io::Result<Vec<u8>> {
    // A file that says so is refused unread; one that grows is held to the limit too.
    limit.check(file.metadata()?.len())?;
    limit.bytes_of(file)
}

/// The text of a file that a user names.
///
/// # Errors
/// As [`bytes`], and bytes that are no UTF-8 text.
pub fn text(path: &Path, limit: ReadLimit) -> io::Result<String> {
    let not_text = |error: std::string::FromUtf8Error| {
        let at = error.utf8_error().valid_up_to();
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("it is no UTF-8 text: byte {at} is part of no character"),
        )
    };
    String::from_utf8(bytes(path, limit)?).map_err(not_text)
}

/// The lines of a text file that a user names, one after another.
///
/// # Errors
/// As [`open`]; reading on fails as [`TextLines`] says.
pub fn lines(path: &Path, line: ReadLimit, whole: ReadLimit) -> io::Result<TextLines> {
    let file = open(path)?;
    whole.check(file.metadata()?.len())?;
    Ok(TextLines::of(file, line, whole))
}

/// What is in a folder, in no order.
///
/// # Errors
/// What the operating system says, and more than [`MOST_ENTRIES`].
pub fn entries(folder: &Path) -> io::Result<Vec<DirEntry>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        check_entries(entries.len() + 1)?;
        entries.push(entry?);
    }
    Ok(entries)
}

/// Refuses more entries of a folder or an archive than are listed.
///
/// # Errors
/// More than [`MOST_ENTRIES`].
pub fn check_entries(count: usize) -> io::Result<()> {
    if count <= MOST_ENTRIES {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::FileTooLarge,
        format!(
            "it has more than {MOST_ENTRIES} entries, the most that is listed; name a part of it"
        ),
    ))
}

fn check_ordinary(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    let (kind, advice) = match () {
        () if metadata.is_dir() => (io::ErrorKind::IsADirectory, "name a file in it"),
        () if metadata.is_symlink() => (io::ErrorKind::InvalidInput, "remove the link"),
        () => (
            io::ErrorKind::InvalidInput,
            "write what it gives to a file and name that",
        ),
    };
    let found = kind_of(metadata);
    Err(io::Error::new(
        kind,
        format!("it is {found}, and only ordinary files are read: {advice}"),
    ))
}

/// What is no ordinary file, in words.
pub fn kind_of(metadata: &Metadata) -> &'static str {
    if metadata.is_dir() {
        return "a folder";
    }
    if metadata.is_symlink() {
        return "a link";
    }
    special_kind(metadata)
}

#[cfg(unix)]
fn special_kind(metadata: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn special_kind(_: &Metadata) -> &'static str {
    "a device"
}
