//! Where a command that stands in a record comes from. An archive that was made here may say what
//! is run; one that was unpacked, copied or merged from elsewhere may not, unless its user says so.

use std::fs;
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// A command out of an archive of another place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the archive holds the command {command}, and was not made where it lies now: look at it, and \
     add --allow-commands to have it run"
)]
pub struct ForeignCommand {
    /// The command, as a person reads it.
    pub command: String,
}

/// The mark of an archive's folder, to be recorded beside a command to which the user has
/// consented: 32 hexadecimal digits of a hash of what the file system says of the folder, which is
/// other wherever it is unpacked or copied to, and which who makes an archive elsewhere cannot
/// know.
///
/// # Errors
/// The folder cannot be looked at.
pub fn mark_of(folder: &Path) -> io::Result<String> {
    let path = fs::canonicalize(folder)?;
    let metadata = fs::metadata(&path)?;
    let made = metadata
        .created()
        .ok()
        .and_then(|made| made.duration_since(UNIX_EPOCH).ok())
        .map(|made| made.as_nanos().to_string());
    let identity = serde_json::json!([path.display().to_string(), place(&metadata), made]);
    Ok(blake3::hash(identity.to_string().as_bytes()).to_hex()[..32].to_owned())
}

/// Lets a command that stands in a record run where the record's mark is that of the archive's
/// folder, or where the user allows it.
///
/// # Errors
/// [`ForeignCommand`].
pub fn permit(
    command: &str,
    recorded_mark: Option<&str>,
    folder: &Path,
    allow_commands: bool,
) -> Result<(), ForeignCommand> {
    let is_own = || recorded_mark.is_some_and(|mark| mark_of(folder).is_ok_and(|own| own == mark));
    if allow_commands || is_own() {
        return Ok(());
    }
    Err(ForeignCommand {
        command: command.to_owned(),
    })
}

#[cfg(unix)]
fn place(metadata: &fs::Metadata) -> [u64; 2] {
    use std::os::unix::fs::MetadataExt;
    [metadata.dev(), metadata.ino()]
}

#[cfg(not(unix))]
fn place(_: &fs::Metadata) -> [u64; 2] {
    [0; 2]
}
