//! The name that a user gives an export: an identifier that means nothing else in any of the
//! targets' languages.

/// An identifier of ASCII letters, digits and underscores that begins with a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

/// Why a text is no [`Name`], on one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NameError(String);

/// Longest name.
const LONGEST: usize = 64;

/// Keywords of Python and Rust, and what the exports themselves use.
const TAKEN: &str = "abstract and as assert async await become box break class const continue \
    crate def del do dyn elif else enum except exec extern false final finally fn for from \
    global if impl import in is lambda let loop macro match mod move mut nonlocal not or \
    override pass priv pub raise ref return self static struct super trait true try type typeof \
    unsafe unsized use virtual where while with yield none abs all bool dict enumerate float \
    format init int isinstance jax jnp len list main math max min object print range round str \
    sum super sys torch tuple valueerror zip arriving assertionerror check dtype error errors \
    expected features gradients like parameters precision problem pull shape slope tensor value \
    values x y";

impl Name {
    /// Reads a name: ASCII letters, digits and underscores, a letter first, 64 characters at most.
    ///
    /// # Errors
    /// Where `text` is no such name, or means something in the language of an export.
    pub fn parse(text: &str) -> Result<Name, NameError> {
        let shown: String = text
            .chars()
            .filter(|c| !c.is_control())
            .take(LONGEST)
            .collect();
        let begins = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
        if !begins
            || text.len() > LONGEST
            || !text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            return Err(NameError(format!(
                "a name is a letter, then letters, digits and underscores, {LONGEST} at most; \
                 found '{shown}'; give one such as my_activation"
            )));
        }
        let name = Name(text.to_owned());
        let is_taken = |word: &str| {
            TAKEN
                .split_whitespace()
                .any(|taken| taken == word.to_ascii_lowercase())
        };
        if is_taken(text) || is_taken(&name.camel()) {
            return Err(NameError(format!(
                "the name '{shown}' means something in an export's language; give another, such \
                 as my_{shown}"
            )));
        }
        Ok(name)
    }

    /// The text that was read.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In the form of a class: `my_activation` as `MyActivation`.
    pub(super) fn camel(&self) -> String {
        let words = self.0.split('_').filter(|word| !word.is_empty());
        words
            .map(|word| word[..1].to_ascii_uppercase() + &word[1..])
            .collect()
    }
}
