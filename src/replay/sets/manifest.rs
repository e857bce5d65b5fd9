//! What is said of an imported set beside its images.

use serde::{Deserialize, Serialize};

use super::catalogue::KnownSet;
use crate::images::passed_over::PassedOver;

/// The manifest of an imported set, `manifest.toml` in its folder.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The version of the form; 1.
    pub version: u32,
    /// The set's name.
    pub name: String,
    /// `idx`, `cifar10`, `cifar100` or `pictures`.
    pub format: String,
    /// The file or folder that was imported.
    pub source: String,
    /// Rows of every image.
    pub height: usize,
    /// Columns of every image.
    pub width: usize,
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// The number of classes.
    pub classes: usize,
    /// Images of the training part.
    pub train: usize,
    /// Images of the test part.
    pub test: usize,
    /// The mean of each channel of the training part, in units of white.
    pub means: Vec<f64>,
    /// The standard deviation of each channel of the training part, in units of white.
    pub deviations: Vec<f64>,
    /// [`crate::images::ImageSet::content_hash`] of the set; `HASH.images` beside the manifest
    /// holds it.
    pub hash: String,
    /// The names of the classes in the order of their labels; empty where the files do not name
    /// them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_names: Vec<String>,
    /// What lay beside the files of the set and is no part of it, by kind; empty where nothing did,
    /// and in manifests from before it was kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<PassedOver>,
}

/// The form that is written and read.
pub const VERSION: u32 = 1;

impl Manifest {
    /// What the whole known set has and this one lacks; `None` where nothing is missing or the set
    /// is not known.
    pub fn shortfall(&self) -> Option<Shortfall> {
        Shortfall::of(&self.name, self.train, self.test)
    }

    /// The bytes of the file of images; `None` where a damaged manifest has sizes that no file can
    /// have.
    pub fn bytes(&self) -> Option<usize> {
        let image = self
            .height
            .checked_mul(self.width)?
            .checked_mul(self.channels)?
            .checked_add(2)?;
        self.train.checked_add(self.test)?.checked_mul(image)
    }
}

/// A part of a known set: how many images there are, and how many the whole has.
#[derive(Serialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortfall {
    /// Training images that there are.
    pub train: usize,
    /// Training images that the whole set has.
    pub whole_train: usize,
    /// Test images that there are.
    pub test: usize,
    /// Test images that the whole set has.
    pub whole_test: usize,
}

impl Shortfall {
    /// What is missing of the known set `name`; `None` where nothing is missing or there is no such
    /// set.
    pub fn of(name: &str, train: usize, test: usize) -> Option<Shortfall> {
        let known = KnownSet::named(name)?;
        let shortfall = Shortfall {
            train,
            whole_train: known.train,
            test,
            whole_test: known.test,
        };
        (train < known.train || test < known.test).then_some(shortfall)
    }
}
