//! Imported sets on disk: a manifest, and one file with the labels and pixels as they are.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use super::manifest::{Manifest, VERSION};
use super::SetError;
use crate::files;
use crate::images::{ImageSet, LabelledImages};
use crate::replay::placement::place;

const MANIFEST: &str = "manifest.toml";
/// The ending of files that are being written.
const UNFINISHED: &str = "unfinished";
/// Characters of a hash.
const HASH: usize = 64;

/// Writes a set whole or not at all; one that was there before is there until the new one is. The
/// images come first, in a file named after what they hold, and the manifest that names it takes
/// its place last.
pub fn write(folder: &Path, manifest: &Manifest, set: &ImageSet) -> Result<(), SetError> {
    fs::create_dir_all(folder).map_err(SetError::io("make the folder", folder))?;
    let images = images_path(folder, manifest);
    replace(&images, |out| {
        for part in [&set.train, &set.test] {
            out.write_all(&part.label_bytes())?;
            out.write_all(&part.pixels)?;
        }
        Ok(())
    })?;
    let path = folder.join(MANIFEST);
    let text = toml::to_string_pretty(manifest)
        .map_err(io::Error::other)
        .map_err(SetError::io("write", &path))?;
    replace(&path, |out| out.write_all(text.as_bytes()))?;
    for entry in files::entries(folder).map_err(SetError::io("list", folder))? {
        let path = entry.path();
        if path != images
            && path
                .extension()
                .is_some_and(|extension| extension == "images" || extension == UNFINISHED)
        {
            // What is left of an earlier import, or of one that was killed, only takes room.
            let _ = fs::remove_file(path);
        }
    }
    Ok(())
}

/// The manifest of the set in a folder; nothing where there is none.
pub fn manifest(folder: &Path, name: &str) -> Result<Option<Manifest>, SetError> {
    let path = folder.join(MANIFEST);
    let text = match files::text(&path, files::MANIFEST) {
        Ok(text) => text,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None)
        }
        Err(error) => return Err(SetError::io("read", &path)(error)),
    };
    let damaged = |problem: String| SetError::Damaged {
        name: name.to_owned(),
        folder: folder.to_owned(),
        problem,
    };
    let manifest: Manifest = toml::from_str(&text).map_err(|error| {
        damaged(format!(
            "its {MANIFEST} cannot be read ({})",
            error.message()
        ))
    })?;
    check_manifest(&manifest, name).map_err(damaged)?;
    Ok(Some(manifest))
}

/// Holds a manifest to its version, the name of its set and the sizes that a set can have; what is
/// wrong with it, in words.
fn check_manifest(manifest: &Manifest, name: &str) -> Result<(), String> {
    if manifest.version != VERSION {
        return Err(format!(
            "its {MANIFEST} is of version {}, wanted {VERSION}",
            manifest.version
        ));
    }
    if manifest.name != name {
        let plain = manifest.name.chars().filter(|c| !c.is_control());
        let found: String = plain.take(HASH).collect();
        return Err(format!(
            "its {MANIFEST} is that of '{found}'; a set keeps its name, with which its images are \
             split"
        ));
    }
    if manifest.hash.len() != HASH || !manifest.hash.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(format!(
            "the hash in its {MANIFEST} is not one of {HASH} hexadecimal digits"
        ));
    }
    let sizes = [
        manifest.height,
        manifest.width,
        manifest.channels,
        manifest.classes,
        manifest.train,
    ];
    if sizes.contains(&0) {
        return Err(format!("a size in its {MANIFEST} is 0"));
    }
    Ok(())
}

/// The file of a manifest's images, held to its length.
pub fn open_images(folder: &Path, manifest: &Manifest) -> Result<File, SetError> {
    let path = images_path(folder, manifest);
    let damaged = |problem: String| SetError::Damaged {
        name: manifest.name.clone(),
        folder: folder.to_owned(),
        problem,
    };
    let file = match files::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(damaged(format!("{} is gone", path.display())))
        }
        file => file.map_err(SetError::io("open", &path))?,
    };
    let found = file.metadata().map_err(SetError::io("read", &path))?.len();
    if manifest.bytes().map(|bytes| bytes as u64) != Some(found) {
        return Err(damaged(format!(
            "its file of images has {found} bytes, wanted {}",
            manifest.bytes().unwrap_or_default()
        )));
    }
    files::IMAGES
        .check(found)
        .map_err(SetError::io("read", &path))?;
    Ok(file)
}

/// The images of a manifest, held to its hash.
pub fn read(folder: &Path, manifest: &Manifest) -> Result<ImageSet, SetError> {
    let path = images_path(folder, manifest);
    let damaged = |problem: String| SetError::Damaged {
        name: manifest.name.clone(),
        folder: folder.to_owned(),
        problem,
    };
    let mut file = open_images(folder, manifest)?;
    let image_len = manifest.height * manifest.width * manifest.channels;
    let mut part = |count: usize| {
        let mut labels = vec![0; count * 2];
        let mut pixels = vec![0; count * image_len];
        file.read_exact(&mut labels)
            .and_then(|()| file.read_exact(&mut pixels))
            .map_err(SetError::io("read", &path))?;
        let labels = labels
            .chunks_exact(2)
            .map(|label| u16::from_le_bytes([label[0], label[1]]))
            .collect();
        Ok::<_, SetError>(LabelledImages { pixels, labels })
    };
    let (train, test) = (part(manifest.train)?, part(manifest.test)?);
    let Manifest {
        height,
        width,
        channels,
        classes,
        ..
    } = *manifest;
    let set = ImageSet {
        name: manifest.name.clone(),
        height,
        width,
        channels,
        classes,
        train,
        test,
    };
    let hash = set.content_hash();
    if hash != manifest.hash {
        return Err(damaged(format!(
            "its images have the hash {}, wanted {}",
            short(&hash),
            short(&manifest.hash)
        )));
    }
    if let Some(label) = set
        .train
        .labels
        .iter()
        .chain(&set.test.labels)
        .find(|label| usize::from(**label) >= classes)
    {
        return Err(damaged(format!(
            "an image has the label {label}, wanted one below {classes}"
        )));
    }
    Ok(set)
}

fn images_path(folder: &Path, manifest: &Manifest) -> PathBuf {
    folder.join(format!("{}.images", short(&manifest.hash)))
}

/// The beginning of a hash, for people and file names.
fn short(hash: &str) -> &str {
    hash.get(..16).unwrap_or(hash)
}

/// Writes a file aside, to the disk, and then in its place.
fn replace(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), SetError> {
    let aside = path.with_extension(format!("{}.{UNFINISHED}", std::process::id()));
    let written = File::create(&aside).and_then(|file| {
        let mut out = BufWriter::with_capacity(1 << 20, file);
        write(&mut out)?;
        out.into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .sync_all()?;
        place(&aside, path)
    });
    if written.is_err() {
        // A failure to tidy up must not hide what went wrong.
        let _ = fs::remove_file(&aside);
    }
    written.map_err(SetError::io("write", path))
}
