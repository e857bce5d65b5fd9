//! What may stand before a program and only says that it is a function: `def f(x):`, `lambda x:`,
//! `f(x) =`.

/// How many bytes at the start of `text` say no more than that what follows is a function of
/// `variables`, in this order; 0 where nothing does.
///
/// A string in triple quotes after `def f(x):` counts too. Whatever else stands there is left for
/// the grammar to refuse.
pub(super) fn length(text: &str, variables: &[&str]) -> usize {
    definition(text, variables)
        .or_else(|| lambda(text, variables))
        .or_else(|| equation(text, variables))
        .unwrap_or(0)
}

/// `def NAME(PARAMETERS) -> TYPE:` and a documentation string.
fn definition(text: &str, variables: &[&str]) -> Option<usize> {
    let rest = blanks(text).strip_prefix("def ")?;
    let (inside, rest) = parameters(name(blanks(rest))?)?;
    if !matches(inside, variables) {
        return None;
    }
    let (result, rest) = rest.split_once(':')?;
    let result = result.trim();
    if !(result.is_empty() || result.starts_with("->")) || result.contains('\n') {
        return None;
    }
    let body = rest.trim_start();
    let documented = ["\"\"\"", "'''"]
        .into_iter()
        .find_map(|quotes| body.strip_prefix(quotes)?.split_once(quotes));
    Some(text.len() - documented.map_or(rest, |(_, rest)| rest).len())
}

/// `lambda PARAMETERS:`, perhaps with a name: `f = lambda x:`.
fn lambda(text: &str, variables: &[&str]) -> Option<usize> {
    let text_start = blanks(text);
    let named = name(text_start)
        .and_then(|rest| blanks(rest).strip_prefix('='))
        .map(blanks);
    let rest = named.unwrap_or(text_start).strip_prefix("lambda ")?;
    let (inside, rest) = rest.split_once(':')?;
    matches(inside, variables).then(|| text.len() - rest.len())
}

/// `NAME(PARAMETERS) =`.
fn equation(text: &str, variables: &[&str]) -> Option<usize> {
    let (inside, rest) = parameters(name(blanks(text))?)?;
    let rest = blanks(rest).strip_prefix('=')?;
    (!rest.starts_with('=') && matches(inside, variables)).then(|| text.len() - rest.len())
}

/// Without what stands for nothing at the start of a program.
fn blanks(text: &str) -> &str {
    text.trim_start()
}

/// What follows the name that `text` begins with.
fn name(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    (rest.len() < text.len() && !text.starts_with(|c: char| c.is_ascii_digit())).then_some(rest)
}

/// What stands in the parentheses that `text` begins with, and what follows them.
fn parameters(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('(')?.split_once(')')
}

/// Whether a list of parameters, each perhaps with its type, names `variables`.
fn matches(inside: &str, variables: &[&str]) -> bool {
    let names = inside
        .split(',')
        .map(|parameter| parameter.split(':').next().unwrap_or_default().trim());
    names.eq(variables.iter().copied())
}
