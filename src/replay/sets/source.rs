//! The files of what is imported, whether it is a folder or a tar archive: the one door of the tar
//! crate.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use super::SetError;
use crate::images::gzip;

/// Folders within folders that are looked into.
const MOST_DEPTH: usize = 6;
const RECOGNISED: &str = "a folder, or a .tar, .tar.gz or .tgz of one, with the files of a set";

/// A folder or an archive, and the files in it.
pub struct Source {
    path: PathBuf,
    archive: bool,
    /// Paths below it, with `/` between their steps, sorted in a folder and in the archive's order
    /// in an archive.
    pub files: Vec<String>,
}

impl Source {
    /// Lists the files.
    pub fn open(path: &Path) -> Result<Source, SetError> {
        let is_folder = fs::metadata(path)
            .map_err(SetError::io("read", path))?
            .is_dir();
        let mut source = Source {
            path: path.to_owned(),
            archive: !is_folder,
            files: Vec::new(),
        };
        if is_folder {
            collect(path, "", MOST_DEPTH, &mut source.files)?;
            source.files.sort_unstable();
            return Ok(source);
        }
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().to_lowercase())
            .unwrap_or_default();
        if ![".tar", ".tar.gz", ".tgz"]
            .iter()
            .any(|ending| name.ends_with(ending))
        {
            let advice =
                if name.contains("ubyte") || name.ends_with(".bin") || name.ends_with(".bin.gz") {
                    ": name the folder that all are in"
                } else {
                    ""
                };
            let found = format!("one file of a kind that is not taken alone{advice}");
            return Err(SetError::Unrecognised {
                path: path.to_owned(),
                found,
                wanted: RECOGNISED,
            });
        }
        let mut files = Vec::new();
        source.each_entry(&mut |name, _| {
            files.push(name.to_owned());
            Ok(true)
        })?;
        Ok(Source { files, ..source })
    }

    /// The folder or archive.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where a file is, in words.
    pub fn path_of(&self, index: usize) -> PathBuf {
        self.path.join(&self.files[index])
    }

    /// Reads the files at `indices` one after another, in the order that is quickest, and gives
    /// each with its index to `take`.
    pub fn read(
        &self,
        indices: &[usize],
        take: &mut dyn FnMut(usize, Vec<u8>) -> Result<(), SetError>,
    ) -> Result<(), SetError> {
        if !self.archive {
            for index in indices {
                let path = self.path_of(*index);
                let file = File::open(&path).map_err(SetError::io("read", &path))?;
                take(*index, whole(file).map_err(SetError::io("read", &path))?)?;
            }
            return Ok(());
        }
        let mut wanted = vec![false; self.files.len()];
        indices.iter().for_each(|index| wanted[*index] = true);
        let (mut at, mut left) = (0, indices.len());
        self.each_entry(&mut |_, content| {
            let index = at;
            at += 1;
            if wanted.get(index) == Some(&true) {
                take(
                    index,
                    whole(content).map_err(SetError::io("unpack", &self.path_of(index)))?,
                )?;
                left -= 1;
            }
            Ok(left > 0)
        })
    }

    /// Visits the plain files of the archive until `visit` says that it has seen enough.
    fn each_entry(
        &self,
        visit: &mut dyn FnMut(&str, &mut dyn Read) -> Result<bool, SetError>,
    ) -> Result<(), SetError> {
        let unreadable = || SetError::io("unpack", &self.path);
        let mut file = File::open(&self.path).map_err(SetError::io("open", &self.path))?;
        let mut magic = [0; 2];
        let packed = file.read_exact(&mut magic).is_ok() && gzip::is_gzip(&magic);
        file.rewind().map_err(unreadable())?;
        let file = BufReader::with_capacity(1 << 18, file);
        let plain: Box<dyn Read> = if packed {
            Box::new(gzip::reader(file))
        } else {
            Box::new(file)
        };
        let mut archive = tar::Archive::new(plain);
        for entry in archive.entries().map_err(unreadable())? {
            let mut entry = entry.map_err(unreadable())?;
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            // As in folders. Some systems put one beside every file.
            if name
                .split('/')
                .any(|step| step.starts_with('.') && !matches!(step, "." | ".."))
            {
                continue;
            }
            if !visit(&name, &mut entry)? {
                break;
            }
        }
        Ok(())
    }
}

/// All of a file that is not too large.
fn whole(file: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(gzip::MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > gzip::MOST_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!(
                "it has more than {} bytes, and no set needs as many",
                gzip::MOST_BYTES
            ),
        ));
    }
    Ok(bytes)
}

/// The files below a folder; hidden ones do not count.
fn collect(
    folder: &Path,
    below: &str,
    depth: usize,
    files: &mut Vec<String>,
) -> Result<(), SetError> {
    for entry in fs::read_dir(folder).map_err(SetError::io("list", folder))? {
        let entry = entry.map_err(SetError::io("list", folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        // A link to a file or folder counts as that; one that leads nowhere does not count.
        match fs::metadata(entry.path()) {
            Ok(kind) if kind.is_dir() && depth > 0 => {
                collect(&entry.path(), &path, depth - 1, files)?
            }
            Ok(kind) if kind.is_file() => files.push(path),
            _ => {}
        }
    }
    Ok(())
}
