//! Lab files: the shipped ones by name, and any from its TOML text.

use super::definition::Lab;
use super::error::LabError;
use super::soundness;
use crate::formula::nearest::nearest;
use crate::task::TaskError;

/// The labs that come with the program, by name.
const SHIPPED: [(&str, &str); 5] = [
    ("smoke", include_str!("../../datasets/labs/smoke.toml")),
    (
        "standard",
        include_str!("../../datasets/labs/standard.toml"),
    ),
    ("paper", include_str!("../../datasets/labs/paper.toml")),
    ("full", include_str!("../../datasets/labs/full.toml")),
    ("vault", include_str!("../../datasets/labs/vault.toml")),
];

impl Lab {
    /// The TOML text of a shipped lab.
    ///
    /// # Errors
    /// [`LabError::Unknown`] where no shipped lab has this name.
    pub fn shipped(name: &str) -> Result<&'static str, LabError> {
        SHIPPED
            .iter()
            .find(|(shipped, _)| *shipped == name)
            .map(|(_, text)| *text)
            .ok_or_else(|| LabError::Unknown {
                name: name.to_owned(),
                nearest: nearest(name, Lab::names()).to_owned(),
                shipped: Lab::names().collect::<Vec<_>>().join(", "),
            })
    }

    /// The names of the shipped labs.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// Reads the files that tasks name, each by a call of `read` with its path as the definition
    /// writes it.
    ///
    /// # Errors
    /// What `read` says, and files that are no tables of numbers.
    pub fn load(
        &mut self,
        read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<(), LabError> {
        let name = &self.name;
        let unsound = |error: TaskError| LabError::Unsound {
            lab: name.clone(),
            problem: error.to_string(),
        };
        self.tasks
            .iter_mut()
            .try_for_each(|task| task.load(read))
            .map_err(unsound)
    }

    /// Reads and checks a lab's TOML text; the files that its tasks name are left to
    /// [`Lab::load`].
    ///
    /// # Errors
    /// A text that is no lab, with the line at fault, and a lab that is not sound.
    pub fn parse(text: &str) -> Result<Lab, LabError> {
        let lab: Lab = toml::from_str(text)
            .map_err(|error| LabError::Malformed(toml_problem(text, &error)))?;
        soundness::check(&lab)?;
        Ok(lab)
    }
}

/// What is wrong with a TOML text, and where: `line 7: unknown field ...`, on one line.
pub fn toml_problem(text: &str, error: &toml::de::Error) -> String {
    let message = in_plain_words(
        &error
            .message()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
    );
    match error.span() {
        Some(span) => format!(
            "line {}: {message}",
            text.as_bytes()
                .iter()
                .take(span.start)
                .filter(|byte| **byte == b'\n')
                .count()
                + 1
        ),
        None => message,
    }
}

/// A message of the reader with its types as the authors of a file know them.
fn in_plain_words(message: &str) -> String {
    let Some((found, wanted)) = message.rsplit_once("expected ") else {
        return message.to_owned();
    };
    let plain = match wanted {
        "u32" | "u64" | "usize" => "a whole number, not below 0 and not too large",
        "f64" => "a number",
        "a string" => "a text in quotes",
        _ if wanted.starts_with("internally tagged enum") => "a table such as { kind = \"...\" }",
        _ => return message.to_owned(),
    };
    format!("{found}expected {plain}")
}
