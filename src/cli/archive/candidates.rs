//! The JSON of a candidate.

use serde_json::{json, Map, Value};

use crate::archive::Niche;
use crate::cli::{champions, nearest_known, output};
use crate::record::candidate::Candidate;
use crate::record::charter::Charter;
use crate::review::Standings;

/// The fields of a candidate or a founder, with what it came to on fresh tasks where it was
/// measured on them.
pub fn candidate_fields<'a>(
    candidate: &Candidate,
    charter: &Charter,
    standings: impl IntoIterator<Item = &'a Standings>,
) -> Map<String, Value> {
    let mut fields = output::formula(&candidate.formula);
    fields.extend(output::evaluation(&candidate.evaluation));
    fields.extend(output::object(json!({
        "attempt": candidate.attempt,
        "parents": candidate.parents,
        "niche": Niche::of(&candidate.measures, charter.cost_budget).to_string(),
        "name": candidate.name,
        "rationale": candidate.rationale,
        "nearest_known": nearest_known::fields_of(&candidate.formula.formula),
    })));
    fields.extend(champions::fields_of(standings, &candidate.formula.id));
    fields
}
