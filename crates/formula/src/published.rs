//! What activations have been published, as data/activations.toml states it: names, texts and
//! sources.

use std::sync::{LazyLock, OnceLock};

use serde::Deserialize;

use crate::expression::Program;

/// A published activation. The module [`library`](crate::library) adds its formula and fingerprint.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// The name, in lower snake case.
    pub name: String,
    /// Other names that mean it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The formula as the file writes it.
    #[serde(rename = "formula")]
    pub text: String,
    /// Authors, title, and where it was published.
    pub source: String,
    /// The year of the publication.
    pub year: u16,
    /// One line on what is particular about it.
    pub note: String,
    /// Whether constants or forms are ours because the publication leaves them out.
    #[serde(default)]
    pub reconstruction: bool,
    /// The name of the activation that is the same function and was published apart; `None` where
    /// there is none.
    pub same_as: Option<String>,
    /// Its place in [`all`].
    #[serde(skip)]
    pub(crate) place: usize,
    /// Its program, once a formula that names it was read.
    #[serde(skip)]
    pub(crate) program: OnceLock<Program>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    activation: Vec<Published>,
}

static LIBRARY: LazyLock<Vec<Published>> = LazyLock::new(|| {
    let mut file: File = toml::from_str(include_str!("../data/activations.toml"))
        .expect("a test reads the file of the library");
    for (place, activation) in file.activation.iter_mut().enumerate() {
        activation.place = place;
    }
    file.activation
});

/// Every activation, in the order of the file.
pub fn all() -> &'static [Published] {
    &LIBRARY
}

/// The activation of this name or alias.
pub fn named(name: &str) -> Option<&'static Published> {
    position(name).map(|index| &all()[index])
}

/// Every name and alias.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().iter().flat_map(Published::names)
}

/// The place in [`all`] of the activation of this name or alias.
pub(crate) fn position(name: &str) -> Option<usize> {
    all()
        .iter()
        .position(|activation| activation.names().any(|other| other == name))
}

impl Published {
    /// Its name and its aliases.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}
