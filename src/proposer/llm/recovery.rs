//! Replies that an earlier run of an attempt paid for, and was cut off before it kept them.

use crate::proposer::{prompt, reply, Brief, Response};
use crate::record::attempt::Reply;
use crate::record::ledger::{Call, Exchange, Purpose};

/// Returns the reply that an earlier run paid for but did not keep; `None` where there is none.
pub(super) fn recovered(brief: &Brief) -> Option<Response> {
    let written_guidance =
        earlier_guidance(brief).and_then(|text| reply::guidance(text, prompt::LONGEST_GUIDANCE));
    let reply = |call: &Call| {
        let Exchange {
            prompt,
            text,
            finish,
        } = call.exchange.clone()?;
        let model = call
            .answered_by
            .clone()
            .unwrap_or_else(|| call.model.clone());
        Some(Reply {
            model,
            prompt,
            text,
            finish,
            written_guidance: written_guidance.clone(),
        })
    };
    let response = |reply: Reply| Response {
        reading: Some(reply::proposals(&reply, brief.instructions.formulas)),
        reply,
    };
    let mut latest_first: Vec<Response> = brief
        .earlier
        .iter()
        .rev()
        .filter(|call| call.purpose != Purpose::Guidance)
        .filter_map(reply)
        .map(response)
        .collect();
    // As the run that got them would have chosen: a further answer takes the place of the first
    // where it can be read.
    let is_read = |response: &Response| matches!(response.reading, Some(Ok(_)));
    let chosen = latest_first.iter().position(is_read).unwrap_or(0);
    (chosen < latest_first.len()).then(|| latest_first.swap_remove(chosen))
}

/// Returns the reply in which an earlier run was given guidance; `None` where there is none.
pub(super) fn earlier_guidance(brief: &Brief) -> Option<&str> {
    let guidance = brief
        .earlier
        .iter()
        .filter(|call| call.purpose == Purpose::Guidance);
    guidance
        .filter_map(|call| call.exchange.as_ref())
        .map(|exchange| exchange.text.as_str())
        .next_back()
}
