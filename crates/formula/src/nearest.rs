//! The nearest known name, for errors about unknown ones.

/// The characters of a name that count; a hostile one may have thousands.
const COUNTED: usize = 64;

/// The candidate with the fewest edits from `name`, ignoring case and what comes after 64
/// characters; among equals that of the most similar length, and then the first. Empty where
/// nothing is known.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> &'a str {
    let name: String = name.to_lowercase().chars().take(COUNTED).collect();
    let edits = |candidate: &&str| {
        (
            distance(&name, &candidate.to_lowercase()),
            name.len().abs_diff(candidate.len()),
        )
    };
    candidates.into_iter().min_by_key(edits).unwrap_or_default()
}

/// Edits of one byte, or exchanges of two neighbours, that turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut next = vec![i + 1];
        for j in 0..b.len() {
            let mut edits = (row[j] + usize::from(a[i] != b[j]))
                .min(row[j + 1] + 1)
                .min(next[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                edits = edits.min(above[j - 1] + 1);
            }
            next.push(edits);
        }
        above = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}
