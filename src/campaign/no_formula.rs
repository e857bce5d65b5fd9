//! A reply without a formula in words: what is wrong with it, how it begins, what to do.

use crate::proposer::{reply, ParsedProposal};
use crate::record::attempt::Rejection;

/// That a reply holds no formula, how it begins, and what to do.
pub fn no_formula(rejection: &Rejection, text: &str) -> String {
    let (detail, begins) = (rejection.detail(), reply::beginning(text));
    let begins = match begins.is_empty() || detail.contains(&begins) {
        true => String::new(),
        false => format!("; it begins: {begins}"),
    };
    let advice = match rejection {
        Rejection::Truncated { .. } => {
            "give it more tokens by max_tokens=, or less reasoning by effort="
        }
        Rejection::Refused { .. } => "name another model",
        _ => {
            "name a model that follows instructions, or try structured=json_object or \
             structured=none"
        }
    };
    format!(
        "the reply holds no formula ({}: {detail}{begins}); {advice}",
        rejection.kind()
    )
}

/// That what a reply proposes does not parse, where it stops, and what to do.
pub fn unparsable(parsed: &ParsedProposal) -> String {
    let written = reply::beginning(&parsed.proposal.formula);
    let why = parsed.formula().err().map(ToString::to_string);
    format!(
        "what it proposes does not parse (`{written}`: {}); name a model that follows instructions",
        why.unwrap_or_default()
    )
}
