//! The words that can name a binding.

/// Words that cannot name a binding.
const KEYWORDS: &[&str] = &[
    "and", "or", "not", "if", "else", "let", "return", "lambda", "def", "where", "True", "False",
    "None", "true", "false", "import", "for", "while", "in", "is",
];

/// Whether `name` can name a binding.
pub(crate) fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !KEYWORDS.contains(&name)
}
