//! Image sets on disk: got from their homes or imported from a user's files, kept in one form, and
//! opened for training.

mod catalogue;
pub mod check;
mod error;
mod get;
mod import;
mod layout;
mod listing;
mod manifest;
mod source;
mod store;
mod watch;

use std::path::{Path, PathBuf};

use crate::files;
use crate::formula::nearest::nearest;
use crate::images::passed_over::PassedOver;
use crate::images::{ChannelStatistics, ImageSet};

pub use catalogue::{KnownFile, KnownSet};
pub use error::SetError;
pub use import::PICTURE_SIZE;
pub use manifest::{Manifest, Shortfall};
pub use watch::Watch;

/// Characters that a name may have.
const MOST_NAME: usize = 64;

/// The folder of image sets, one folder each. It is made when the first set is imported.
#[derive(Clone, Debug)]
pub struct DataFolder {
    path: PathBuf,
}

/// A set that is ready to be trained on.
#[derive(Clone, Debug)]
pub struct OpenSet {
    /// The images.
    pub set: ImageSet,
    /// The [`ImageSet::content_hash`] of the set.
    pub hash: String,
    /// What the whole set has and this copy lacks; `None` where it is whole.
    pub shortfall: Option<Shortfall>,
    /// The names of the classes in the order of their labels; empty where the files do not name
    /// them.
    pub class_names: Vec<String>,
    /// The folder from which it was read.
    pub place: PathBuf,
    /// What lay beside its files when it was imported and is no part of it.
    pub passed_over: Vec<PassedOver>,
}

/// A set as a list shows it.
#[derive(Clone, Debug)]
pub struct SetEntry {
    /// The set's name.
    pub name: String,
    /// What the table of known sets says of it; `None` for a set of the user's own.
    pub known: Option<&'static KnownSet>,
    /// Whether it is here.
    pub state: SetState,
}

/// Whether a set is here.
#[derive(Clone, Debug)]
pub enum SetState {
    /// A copy was imported; its manifest.
    Imported(Box<Manifest>),
    /// Files that a package of the system brought, read as they are.
    Packaged(PathBuf),
    /// Nothing of it is here.
    Absent,
    /// Something is here that cannot be read; why, in words.
    Damaged(String),
}

impl DataFolder {
    /// The data folder at a path; nothing is read or made.
    pub fn new(path: impl Into<PathBuf>) -> DataFolder {
        DataFolder { path: path.into() }
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads a set that was imported or brought by a package of the system, and compares an
    /// imported one with its hash.
    ///
    /// # Errors
    /// The set is not here, its name is unknown, or a file is damaged.
    pub fn open(&self, name: &str) -> Result<OpenSet, SetError> {
        check_name(name)?;
        let folder = self.path.join(name);
        if let Some(manifest) = store::manifest(&folder, name)? {
            let set = store::read(&folder, &manifest)?;
            let shortfall = manifest.shortfall();
            return Ok(OpenSet {
                set,
                hash: manifest.hash,
                shortfall,
                class_names: manifest.class_names,
                place: folder,
                passed_over: manifest.passed_over,
            });
        }
        let known = KnownSet::named(name).ok_or_else(|| self.unknown(name))?;
        let place = packaged(known).ok_or_else(|| SetError::NotHere {
            name: name.to_owned(),
            folder: self.path.clone(),
        })?;
        let import::Imported {
            set,
            class_names,
            passed_over,
            ..
        } = import::read(name, place, None, &Watch::nobody())?;
        let shortfall = Shortfall::of(name, set.train.len(), set.test.len());
        Ok(OpenSet {
            hash: set.content_hash(),
            set,
            shortfall,
            class_names,
            place: place.to_owned(),
            passed_over,
        })
    }

    /// Imports a copy of the set in a file or folder under a name. Pictures become squares of
    /// `size` rows and columns (default [`PICTURE_SIZE`]). An earlier set of this name is replaced
    /// once the new one is whole.
    ///
    /// # Errors
    /// The files are of no known format or damaged, the name is that of a known set of another
    /// shape, the disk is full, or the user wants to stop.
    pub fn import(
        &self,
        name: &str,
        source: &Path,
        size: Option<usize>,
        watch: &Watch,
    ) -> Result<Manifest, SetError> {
        let said = std::path::absolute(source).unwrap_or_else(|_| source.to_owned());
        self.import_from(name, source, &said.display().to_string(), size, watch)
    }

    /// Imports files of which the manifest shall say that they came from `said`.
    fn import_from(
        &self,
        name: &str,
        source: &Path,
        said: &str,
        size: Option<usize>,
        watch: &Watch,
    ) -> Result<Manifest, SetError> {
        check_name(name)?;
        let import::Imported {
            set,
            format,
            class_names,
            passed_over,
        } = import::read(name, source, size, watch)?;
        if let Some(known) = KnownSet::named(name) {
            let shape = |height: usize, width: usize, channels: usize, classes: usize| {
                format!("images of {height}x{width}x{channels} in {classes} classes")
            };
            if !known.fits(&set, format == "pictures") {
                return Err(SetError::OtherShape {
                    path: source.to_owned(),
                    name: name.to_owned(),
                    wanted: shape(known.height, known.width, known.channels, known.classes),
                    found: shape(set.height, set.width, set.channels, set.classes),
                });
            }
        }
        let statistics = ChannelStatistics::of_train(&set).in_units_of_white();
        let manifest = Manifest {
            version: manifest::VERSION,
            name: name.to_owned(),
            format: format.to_owned(),
            source: said.to_owned(),
            height: set.height,
            width: set.width,
            channels: set.channels,
            classes: set.classes,
            train: set.train.len(),
            test: set.test.len(),
            means: statistics.means,
            deviations: statistics.deviations,
            hash: set.content_hash(),
            class_names,
            passed_over,
        };
        store::write(&self.path.join(name), &manifest, &set)?;
        Ok(manifest)
    }

    /// Whether a set is here, as far as can be told without reading its images.
    ///
    /// # Errors
    /// A name that no set can have.
    pub fn find(&self, name: &str) -> Result<SetEntry, SetError> {
        check_name(name)?;
        Ok(self.entry(name.to_owned()))
    }

    /// The known sets in the order of their table, then the user's own by name.
    pub fn list(&self) -> Result<Vec<SetEntry>, SetError> {
        let names = KnownSet::all()
            .iter()
            .map(|known| known.name.clone())
            .chain(self.own_names()?);
        Ok(names.map(|name| self.entry(name)).collect())
    }

    fn entry(&self, name: String) -> SetEntry {
        let known = KnownSet::named(&name);
        let folder = self.path.join(&name);
        let whole = |manifest: Manifest| store::open_images(&folder, &manifest).map(|_| manifest);
        let state = match store::manifest(&folder, &name)
            .and_then(|manifest| manifest.map(whole).transpose())
        {
            Ok(Some(manifest)) => SetState::Imported(Box::new(manifest)),
            Ok(None) => known.and_then(packaged).map_or(SetState::Absent, |place| {
                SetState::Packaged(place.to_owned())
            }),
            Err(error) => SetState::Damaged(error.to_string()),
        };
        SetEntry { name, known, state }
    }

    /// Names of imported sets that are not known ones.
    fn own_names(&self) -> Result<Vec<String>, SetError> {
        let entries = match files::entries(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(SetError::io("list", &self.path))?,
        };
        let own = |name: &String| KnownSet::named(name).is_none() && check_name(name).is_ok();
        let has_manifest =
            |name: &String| !matches!(store::manifest(&self.path.join(name), name), Ok(None));
        let names = entries
            .into_iter()
            .map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names
            .filter(|name| own(name) && has_manifest(name))
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    fn unknown(&self, name: &str) -> SetError {
        let own = self.own_names().unwrap_or_default();
        let names = KnownSet::all()
            .iter()
            .map(|known| known.name.as_str())
            .chain(own.iter().map(String::as_str));
        SetError::Unknown {
            name: name.to_owned(),
            nearest: nearest(name, names).to_owned(),
        }
    }
}

/// The place where a package of the system put a known set, if it is there.
fn packaged(known: &KnownSet) -> Option<&Path> {
    known.packaged.as_deref().filter(|place| {
        known
            .files
            .iter()
            .all(|file| place.join(&file.name).is_file())
    })
}

fn check_name(name: &str) -> Result<(), SetError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = name
        .chars()
        .all(|c| plain(c) || matches!(c, '-' | '_' | '.'))
        && name.starts_with(plain)
        && name.len() <= MOST_NAME;
    if good {
        return Ok(());
    }
    let shown: String = name
        .chars()
        .filter(|c| !c.is_control())
        .take(MOST_NAME)
        .collect();
    Err(SetError::Name { name: shown })
}
