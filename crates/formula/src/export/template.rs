//! The functions of a template that an export needs.

/// Those of `functions` that `text` calls, directly or through one another, in their order; `name`
/// gives the name of a function from its text.
pub(super) fn called<'a>(
    functions: &[&'a str],
    name: impl Fn(&str) -> String,
    text: &str,
) -> Vec<&'a str> {
    let calls: Vec<String> = functions
        .iter()
        .map(|function| name(function) + "(")
        .collect();
    let mut needed: Vec<bool> = calls.iter().map(|call| text.contains(call)).collect();
    // A function may call one that stands before or after it.
    for _ in 0..functions.len() {
        for (index, call) in calls.iter().enumerate() {
            let called = functions
                .iter()
                .zip(&needed)
                .any(|(other, needed)| *needed && other.contains(call));
            needed[index] |= called;
        }
    }
    functions
        .iter()
        .zip(needed)
        .filter(|(_, needed)| *needed)
        .map(|(function, _)| *function)
        .collect()
}
