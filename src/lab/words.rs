//! The words of a lab's file: what the lab says of itself in place of what is made from its parts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The most characters of one of these texts.
pub const LONGEST: usize = 1_000;

/// The table `[words]` of a lab's file. What it leaves out is made from the lab's families, shells,
/// networks and fitness law.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Words {
    /// As [`LabWords::families`](crate::record::lab_words::LabWords::families).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub families: Option<String>,
    /// As [`LabWords::shells`](crate::record::lab_words::LabWords::shells).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shells: Option<String>,
    /// As [`LabWords::fitness`](crate::record::lab_words::LabWords::fitness).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fitness: Option<String>,
    /// As [`LabWords::general`](crate::record::lab_words::LabWords::general).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub general: Option<String>,
    /// The networks of profiles, by the profiles' names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub networks: BTreeMap<String, String>,
}

impl Words {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Words::default()
    }

    /// Holds every text to its length and to characters that can be shown, and the named profiles
    /// to those of the lab.
    ///
    /// # Errors
    /// The first fault found: which key, what was wanted and what was found.
    pub(super) fn check(&self, profiles: &[&str]) -> Result<(), String> {
        let is_missing = |name: &&String| !profiles.contains(&name.as_str());
        if let Some(name) = self.networks.keys().find(is_missing) {
            return Err(format!(
                "words.networks names the profile '{}', which the lab does not have",
                name.escape_debug()
            ));
        }
        let texts = [
            ("families", &self.families),
            ("shells", &self.shells),
            ("fitness", &self.fitness),
            ("general", &self.general),
        ];
        for (key, text) in texts {
            text.as_deref().map_or(Ok(()), |text| check(key, text))?;
        }
        self.networks
            .iter()
            .try_for_each(|(profile, text)| check(&format!("networks.{profile}"), text))
    }
}

fn check(key: &str, text: &str) -> Result<(), String> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > LONGEST {
        return Err(format!(
            "words.{key} must have 1 to {LONGEST} characters, found {length}{}",
            if length > LONGEST {
                ""
            } else {
                " that show nothing"
            }
        ));
    }
    let is_hidden = |c: &char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    match text.chars().find(is_hidden) {
        Some(found) => Err(format!(
            "words.{key} holds the control character {found:?}; remove it"
        )),
        None => Ok(()),
    }
}
