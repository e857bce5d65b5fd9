//! The library of published activations: their formulas, and which of them a formula is or is
//! closest to. The module `published` reads their names and texts from data/activations.toml.

use std::sync::{LazyLock, OnceLock};

use crate::fingerprint::Fingerprint;
use crate::formula::Formula;
pub use crate::published::{all, named, names, Published};

/// Distances below this differ by rounding alone.
const ROUNDING: f64 = 1e-12;

/// A formula of the library with its fingerprint.
struct Entry {
    formula: Formula,
    fingerprint: Fingerprint,
}

/// Of every activation, in the order of the library, once it is wanted.
static ENTRIES: LazyLock<Vec<OnceLock<Entry>>> =
    LazyLock::new(|| all().iter().map(|_| OnceLock::new()).collect());

impl Published {
    /// Its formula, parsed once.
    pub fn formula(&self) -> &'static Formula {
        &self.entry().formula
    }

    /// The fingerprint of its formula, made once.
    pub fn fingerprint(&self) -> &'static Fingerprint {
        &self.entry().fingerprint
    }

    fn entry(&self) -> &'static Entry {
        ENTRIES[self.place].get_or_init(|| {
            let formula =
                Formula::parse(&self.text).expect("a test parses every formula of the library");
            Entry {
                fingerprint: formula.fingerprint(),
                formula,
            }
        })
    }
}

/// An activation of the library with the distance of a formula from it.
#[derive(Clone, Copy, Debug)]
pub struct Neighbour {
    /// The activation.
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
