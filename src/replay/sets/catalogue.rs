//! The image sets that are known by name: datasets/images.toml.

use std::path::PathBuf;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::images::ImageSet;

const TABLE: &str = include_str!("../../../datasets/images.toml");

/// A set of the table datasets/images.toml.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct KnownSet {
    /// The name by which users ask for it.
    pub name: String,
    /// What it shows, in one sentence.
    pub about: String,
    /// What is said of its licence, in one sentence.
    pub licence: String,
    /// Rows of every image.
    pub height: usize,
    /// Columns of every image.
    pub width: usize,
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// The number of classes.
    pub classes: usize,
    /// How many training images the whole set has.
    pub train: usize,
    /// How many test images the whole set has.
    pub test: usize,
    /// Whether every class has as many images as any other.
    pub balanced: bool,
    /// The mean of each channel of the training part, in units of white; empty where none are
    /// published for this size.
    #[serde(default)]
    pub means: Vec<f64>,
    /// The standard deviation of each channel of the training part, in units of white; empty where
    /// none are published for this size.
    #[serde(default)]
    pub deviations: Vec<f64>,
    /// The folder in which a package of the system puts the files; `None` where no package has
    /// them.
    pub packaged: Option<PathBuf>,
    /// The addresses of the folders that have the files, in the order in which they are tried.
    pub homes: Vec<String>,
    /// The files that it is made of.
    #[serde(rename = "file")]
    pub files: Vec<KnownFile>,
}

/// A file of a known set.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct KnownFile {
    /// The file's name in each home.
    pub name: String,
    /// The file's size; `None` where it is not published.
    pub bytes: Option<u64>,
    /// The file's MD5 sum in hexadecimal digits.
    pub md5: String,
}

impl KnownSet {
    /// The set of this name; `None` where the table has none.
    pub fn named(name: &str) -> Option<&'static KnownSet> {
        KnownSet::all().iter().find(|known| known.name == name)
    }

    /// The known sets, in the order of their table.
    pub fn all() -> &'static [KnownSet] {
        static ALL: LazyLock<Vec<KnownSet>> = LazyLock::new(|| {
            #[derive(Deserialize)]
            struct Table {
                set: Vec<KnownSet>,
            }
            toml::from_str::<Table>(TABLE)
                .expect("datasets/images.toml is held to this form by the tests")
                .set
        });
        &ALL
    }

    /// The bytes to download; `None` where the size of a file is not known.
    pub fn bytes(&self) -> Option<u64> {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Whether a set has this set's shape and classes. The sides of pictures that import makes
    /// squares may differ.
    pub fn fits(&self, set: &ImageSet, resized: bool) -> bool {
        let sides = resized || (self.height, self.width) == (set.height, set.width);
        sides && (self.channels, self.classes) == (set.channels, set.classes)
    }
}
