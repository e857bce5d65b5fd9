//! A candidate beside a baseline as people use it and beside the same one tuned alike: how much of
//! its lead is its shape.

use super::comparison::{ComparisonRow, Verdict};
use super::result::ResultRow;

/// A candidate beside a baseline and beside the same one tuned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TunedComparison<'a> {
    /// Beside the baseline as it is.
    pub plain: &'a ComparisonRow,
    /// Beside the tuned one; `None` where no constants were better than the baseline's own, and it
    /// is both.
    pub tuned: Option<&'a ComparisonRow>,
    /// The evaluations that the baseline was given.
    pub evaluations: u32,
}

impl TunedComparison<'_> {
    /// What of the difference from the baseline the tuned baseline has too: candidate less baseline
    /// less the same of the tuned one. `None` where they were not compared on the same seeds.
    pub fn by_scale(&self) -> Option<f64> {
        let tuned = self.tuned?;
        (tuned.seeds == self.plain.seeds).then_some(())?;
        Some(self.plain.difference? - tuned.difference?)
    }
}

/// The comparison with a baseline, where that one was tuned.
pub(super) fn tuned_comparison<'a>(
    results: &[ResultRow],
    comparisons: &'a [ComparisonRow],
    plain: &'a ComparisonRow,
) -> Option<TunedComparison<'a>> {
    let name = &results[plain.baseline].entrant.name;
    let (place, note) = results.iter().enumerate().find_map(|(place, row)| {
        let note = row.entrant.tuned.as_ref()?;
        (note.of == *name).then_some((place, note))
    })?;
    let is_tuned = |row: &&ComparisonRow| {
        place != plain.baseline && (row.candidate, row.baseline) == (plain.candidate, place)
    };
    Some(TunedComparison {
        plain,
        tuned: comparisons.iter().find(is_tuned),
        evaluations: note.evaluations,
    })
}

/// What [`Summary::tuned_words`](super::Summary::tuned_words) says.
pub(super) fn words(results: &[ResultRow], comparison: &TunedComparison) -> String {
    let entrant = |index: usize| &results[index].entrant;
    let candidate = &entrant(comparison.plain.candidate).name;
    let baseline = &entrant(comparison.plain.baseline).name;
    let plain = relation(comparison.plain.verdict);
    let Some(tuned) = comparison.tuned else {
        let evaluations = comparison.evaluations;
        return format!(
            "{candidate}: {plain} {baseline}, of which {evaluations} evaluations found no better \
             constants"
        );
    };
    let formula = entrant(tuned.baseline).activation.formula();
    let formula = formula.map_or_else(String::new, |formula| format!(" ({})", formula.formula));
    match (comparison.plain.verdict, tuned.verdict) {
        (Verdict::Better, Verdict::Better) => {
            format!("{candidate}: better than {baseline}, and than {baseline} tuned alike{formula}")
        }
        (_, verdict) => format!(
            "{candidate}: {plain} {baseline}; {} {baseline} tuned alike{formula}",
            relation(verdict)
        ),
    }
}

fn relation(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "better than",
        Verdict::Worse => "worse than",
        Verdict::Undecided(_) => "not told apart from",
    }
}
