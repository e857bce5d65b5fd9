//! What can go wrong with image sets.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::images::ImageError;
use crate::numerics::stop::NoThread;
use crate::replay::download::DownloadError;

/// Why a set was not opened, imported or got.
#[derive(Error, Debug)]
pub enum SetError {
    /// There are not as many threads.
    #[error(transparent)]
    NoThread(#[from] NoThread),

    /// A name that no set can have.
    #[error(
        "'{name}' cannot name an image set; a name is 1 to 64 small letters, digits, '-', '_' and \
         '.', and begins with a letter or a digit"
    )]
    Name {
        /// The set's name.
        name: String,
    },

    /// A known set that is not here.
    #[error("the image set {name} is not in {}; get it with motherlode data get {name}, or take \
        your own copy with motherlode data import {name} PATH", folder.display())]
    NotHere {
        /// The set's name.
        name: String,
        /// Where the set would lie, or lies.
        folder: PathBuf,
    },

    /// A set that is neither known nor here.
    #[error(
        "there is no image set '{name}'; the nearest name is '{nearest}', and motherlode data \
         list lists all; your own is imported with motherlode data import NAME PATH"
    )]
    Unknown {
        /// The set's name.
        name: String,
        /// The name of a set that differs least from it.
        nearest: String,
    },

    /// A set without a home.
    #[error(
        "'{name}' has no home that it could be got from; the nearest name that has one is \
         '{nearest}'; a set of your own is imported with motherlode data import {name} PATH"
    )]
    NoHome {
        /// The set's name.
        name: String,
        /// The name of a set with a home that differs least from it.
        nearest: String,
    },

    /// A file that cannot be read as images or labels.
    #[error("{}: {problem}", path.display())]
    BadFile {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: ImageError,
    },

    /// A file or folder that holds no set of a known format.
    #[error("{} holds {found}; wanted {wanted}", path.display())]
    Unrecognised {
        /// The file or folder.
        path: PathBuf,
        /// What it holds, in words.
        found: String,
        /// What was wanted, in words.
        wanted: &'static str,
    },

    /// A source of which too little is left by what was passed over.
    #[error("{error}; passed over: {passed_over}")]
    NothingLeft {
        /// What is wrong with what is left.
        error: Box<SetError>,
        /// What was passed over, in words.
        passed_over: String,
    },

    /// Images of another shape than the name promises.
    #[error("{} holds {found}; {name} has {wanted}: import it under a name of your own", path.display())]
    OtherShape {
        /// The file or folder.
        path: PathBuf,
        /// The set's name.
        name: String,
        /// The shape that the name promises, in words.
        wanted: String,
        /// The shape that the images have, in words.
        found: String,
    },

    /// A size asked for images that are kept as they are.
    #[error("--size is for folders of pictures; {} holds images of {height}x{width}, which are \
        kept as they are: leave it out", path.display())]
    SizeNotUsed {
        /// The file or folder.
        path: PathBuf,
        /// Rows of the images.
        height: usize,
        /// Columns of the images.
        width: usize,
    },

    /// A size of pictures that is not taken.
    #[error("--size {size} is out of range; wanted 8 to 512 pixels")]
    Size {
        /// The size asked for, in pixels.
        size: usize,
    },

    /// More pictures than memory is taken for.
    #[error(
        "{images} pictures of {size}x{size} would take {gib:.1} GiB, at most {most} GiB are \
         taken; choose a smaller --size"
    )]
    TooLarge {
        /// The number of pictures.
        images: usize,
        /// Their rows and columns.
        size: usize,
        /// The memory that they would take, in GiB.
        gib: f64,
        /// The most memory that is taken, in GiB.
        most: usize,
    },

    /// What was imported is no longer what it was.
    #[error("the image set {name} in {} is damaged: {problem}; import or get it again", folder.display())]
    Damaged {
        /// The set's name.
        name: String,
        /// Where the set would lie, or lies.
        folder: PathBuf,
        /// What is wrong with it, in words.
        problem: String,
    },

    /// An error of the operating system.
    #[error("cannot {doing} {}: {error}", path.display())]
    Io {
        /// What was being done, as a verb.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        error: io::Error,
    },

    /// A file that could not be downloaded.
    #[error(transparent)]
    Download(#[from] DownloadError),

    /// The user wanted to stop.
    #[error("stopped before it was done")]
    Interrupted,
}

impl SetError {
    /// Whether the user asked for something that cannot be had, rather than that something failed.
    pub fn is_usage(&self) -> bool {
        match self {
            SetError::Io { error, .. } => matches!(error.kind(), io::ErrorKind::NotFound),
            SetError::Download(DownloadError::Address { .. }) => true,
            SetError::NothingLeft { error, .. } => error.is_usage(),
            SetError::BadFile { .. }
            | SetError::Damaged { .. }
            | SetError::Download(_)
            | SetError::Interrupted => false,
            _ => true,
        }
    }

    /// Whether the user stopped it.
    pub fn is_interruption(&self) -> bool {
        matches!(
            self,
            SetError::Interrupted | SetError::Download(DownloadError::Interrupted)
        )
    }

    /// Maps an error of the operating system, met while `doing` something with `path`.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SetError {
        let path = path.to_owned();
        move |error| SetError::Io { doing, path, error }
    }

    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(ImageError) -> SetError {
        let path = path.into();
        move |problem| SetError::BadFile { path, problem }
    }
}
