//! The library of published activations (crates/formula/data/activations.toml): what a name such as `snake`
//! means, where it comes from, and which known activation a formula is closest to.

use std::sync::{LazyLock, OnceLock};

use serde::Deserialize;

use super::{Fingerprint, Formula};

/// Distances below this differ by rounding alone.
const ROUNDING: f64 = 1e-12;

/// A published activation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// In lower snake case.
    pub name: String,
    /// Other names that mean it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The formula as the file writes it.
    #[serde(rename = "formula")]
    pub text: String,
    /// Authors, title, and where it was published.
    pub source: String,
    /// Of the publication.
    pub year: u16,
    /// One line on what is particular about it.
    pub note: String,
    /// Whether constants or forms are ours because the publication leaves them out.
    #[serde(default)]
    pub reconstruction: bool,
    /// The name of the activation that is the same function, published apart.
    pub same_as: Option<String>,
    #[serde(skip)]
    parsed: OnceLock<Parsed>,
}

#[derive(Debug)]
struct Parsed {
    formula: Formula,
    fingerprint: Fingerprint,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    activation: Vec<Published>,
}

static LIBRARY: LazyLock<Vec<Published>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../data/activations.toml"))
        .expect("a test reads the file of the library");
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
pub(super) fn position(name: &str) -> Option<usize> {
    all()
        .iter()
        .position(|activation| activation.names().any(|other| other == name))
}

impl Published {
    /// Its name and its aliases.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }

    /// Its formula, parsed once.
    pub fn formula(&self) -> &Formula {
        &self.parsed().formula
    }

    /// The fingerprint of its formula, made once.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.parsed().fingerprint
    }

    fn parsed(&self) -> &Parsed {
        self.parsed.get_or_init(|| {
            let formula =
                Formula::parse(&self.text).expect("a test parses every formula of the library");
            Parsed {
                fingerprint: formula.fingerprint(),
                formula,
            }
        })
    }
}

/// An activation of the library with the distance of a formula from it.
#[derive(Clone, Copy, Debug)]
pub struct Neighbour {
    pub activation: &'static Published,
    /// See [`Fingerprint::distance`] and [`Fingerprint::distance_up_to_scale_and_shift`].
    pub distance: f64,
}

/// What a formula is closest to.
#[derive(Clone, Debug)]
pub struct Nearest {
    /// The activation that it is, its trainable parameters included.
    pub same: Option<&'static Published>,
    /// By [`Fingerprint::distance`]; `None` where there is no finite one. Parameters count at their
    /// initial values, so that a distance of 0 from an activation that it is not means that it
    /// starts as it.
    pub plain: Option<Neighbour>,
    /// By [`Fingerprint::distance_up_to_scale_and_shift`].
    pub scaled: Option<Neighbour>,
}

/// The activation that `formula` is, and those that it is closest to; of equally close ones the
/// first of the library.
pub fn nearest(formula: &Formula) -> Nearest {
    let fingerprint = formula.fingerprint();
    Nearest {
        same: all()
            .iter()
            .find(|activation| activation.fingerprint().matches(&fingerprint)),
        plain: relatives(&fingerprint, Fingerprint::distance)
            .first()
            .copied(),
        scaled: relatives(&fingerprint, Fingerprint::distance_up_to_scale_and_shift)
            .first()
            .copied(),
    }
}

/// Every activation at a finite distance of `fingerprint` by `distance`, closest first; those that
/// only rounding parts in the library's order.
pub fn relatives(
    fingerprint: &Fingerprint,
    distance: impl Fn(&Fingerprint, &Fingerprint) -> Option<f64>,
) -> Vec<Neighbour> {
    let neighbour = |activation: &'static Published| {
        Some(Neighbour {
            activation,
            distance: distance(fingerprint, activation.fingerprint())?,
        })
    };
    let mut relatives: Vec<Neighbour> = all().iter().filter_map(neighbour).collect();
    let key = |neighbour: &Neighbour| {
        if neighbour.distance < ROUNDING {
            0.0
        } else {
            neighbour.distance
        }
    };
    relatives.sort_by(|a, b| key(a).total_cmp(&key(b)));
    relatives
}
