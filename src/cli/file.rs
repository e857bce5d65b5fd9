//! Files that the user names: written whole or not at all.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::common::Failure;
use crate::files;

/// Writes the file whole or not at all: `make` writes it aside, under a name that ends in `kind` in
/// small letters, and it takes its own name when it is done. What is no plain file, such as
/// `/dev/null` or a pipe, is written to and stays what it is; a link goes on leading to its file.
pub fn write(
    path: &Path,
    kind: &str,
    make: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<(), Failure> {
    let Place {
        target,
        is_special,
        aside,
    } = place(path, kind)?;
    let in_words = |error: io::Error| error.to_string();
    let made = make(&aside).and_then(|()| {
        let placed = if is_special {
            copy(&aside, &target)
        } else {
            fs::rename(&aside, &target)
        };
        placed.map_err(in_words)
    });
    if made.is_err() || is_special {
        // A failure to tidy up must not hide what went wrong.
        let _ = fs::remove_file(&aside);
    }
    made.map_err(|reason| cannot(path, kind, &reason))
}

/// Refuses what [`write`] would refuse, before the work is done whose result is to be written
/// there.
///
/// # Errors
/// A folder that is not there or cannot be written to, and a path that names a folder.
pub fn check(path: &Path, kind: &str) -> Result<(), Failure> {
    let Place { aside, .. } = place(path, kind)?;
    fs::remove_file(&aside).map_err(|error| cannot(path, kind, &error.to_string()))
}

/// Writes a drawing to the PNG and the SVG file that are asked for; the names of the files.
pub fn write_pictures(
    (png, svg): (Option<&Path>, Option<&Path>),
    draw_png: impl FnOnce(&Path) -> Result<(), DrawingError>,
    draw_svg: impl FnOnce() -> Result<String, DrawingError>,
) -> Result<Vec<String>, Failure> {
    if let Some(path) = png {
        write(path, "PNG", |aside| {
            draw_png(aside).map_err(|error| error.to_string())
        })?;
    }
    if let Some(path) = svg {
        let text = draw_svg().map_err(|error| {
            Failure::Failed(anyhow::anyhow!(
                "the SVG picture could not be drawn: {error}"
            ))
        })?;
        write(path, "SVG", |aside| {
            fs::write(aside, &text).map_err(|error| error.to_string())
        })?;
    }
    let written = png.into_iter().chain(svg);
    Ok(written.map(|path| path.display().to_string()).collect())
}

/// What the drawing of a picture may fail with.
type DrawingError = Box<dyn std::error::Error + Send + Sync>;

/// Where a file is written, and where it is made.
struct Place {
    target: PathBuf,
    /// No plain file, such as a pipe.
    is_special: bool,
    /// Empty, and there.
    aside: PathBuf,
}

fn place(path: &Path, kind: &str) -> Result<Place, Failure> {
    let cannot = |reason: &str| cannot(path, kind, reason);
    let name = path
        .file_name()
        .filter(|_| !path.is_dir())
        .ok_or_else(|| cannot("it names a folder; name a file"))?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(cannot(&format!(
            "there is no folder {}; make it first",
            folder.display()
        )));
    }
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let is_special = target.exists() && !target.is_file();
    let beside = if is_special {
        std::env::temp_dir()
    } else {
        target.parent().unwrap_or(folder).to_owned()
    };
    let aside = beside.join(format!(
        ".{}.{}.{}",
        name.to_string_lossy(),
        std::process::id(),
        kind.to_lowercase()
    ));
    File::create_new(&aside).map_err(|error| cannot(&error.to_string()))?;
    Ok(Place {
        target,
        is_special,
        aside,
    })
}

/// Writes a file's bytes to what is there, which stays what it is.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut target = File::options().write(true).truncate(true).open(to)?;
    io::copy(&mut files::open(from)?, &mut target).map(|_| ())
}

fn cannot(path: &Path, kind: &str, reason: &str) -> Failure {
    Failure::usage(format!(
        "cannot write the {kind} file {}: {reason}",
        path.display()
    ))
}
