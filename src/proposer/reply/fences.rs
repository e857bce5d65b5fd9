//! Formulas in fenced blocks of code, where a reply holds no object.

use crate::proposer::response::ParsedProposal;
use crate::record::attempt::Proposal;

/// The closed code blocks that may be formulas: the first, whatever it is, and those of the others
/// that are; a block of JSON is none.
pub(super) fn fenced(text: &str) -> Vec<ParsedProposal> {
    let mut blocks: Vec<ParsedProposal> = Vec::new();
    let mut parts = text.split("```").skip(1);
    // A block without a text after it is not closed.
    while let (Some(block), Some(_)) = (parts.next(), parts.next()) {
        let (tag, content) = block.split_once('\n').unwrap_or(("", block));
        let content = content.trim();
        let is_json =
            tag.trim().to_lowercase().starts_with("json") || content.starts_with(['{', '[']);
        if content.is_empty() || is_json {
            continue;
        }
        let block = ParsedProposal::from(Proposal {
            formula: content.to_owned(),
            name: None,
            rationale: None,
        });
        if blocks.is_empty() || block.formula().is_ok() {
            blocks.push(block);
        }
    }
    blocks
}
