//! What a proposer answers with: a reply, and what was read out of it on the way, so that nothing
//! is read, parsed or fingerprinted a second time.

use std::sync::{Arc, OnceLock};

use crate::formula::{Formula, FormulaError};
use crate::record::attempt::{Proposal, Rejection, Reply};

/// A reply, with the proposals in it where the proposer has read them already.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// What was sent and what came back.
    pub reply: Reply,
    /// What [`Proposer::read`](super::Proposer::read) says of the reply; `None` where it was not
    /// read yet.
    pub reading: Option<Reading>,
}

/// The proposals of a reply in its order, at least one; or why it has none.
pub type Reading = Result<Vec<ParsedProposal>, Rejection>;

impl From<Reply> for Response {
    /// A reply that was not read yet.
    fn from(reply: Reply) -> Response {
        Response {
            reply,
            reading: None,
        }
    }
}

/// A proposal whose formula is parsed at most once. Two are equal where their proposals are.
#[derive(Clone, Debug)]
pub struct ParsedProposal {
    /// The proposal as written.
    pub proposal: Proposal,
    formula: OnceLock<Result<Arc<Formula>, FormulaError>>,
}

impl ParsedProposal {
    /// A proposal whose formula is there already: what parsing its text would give.
    pub fn with_formula(proposal: Proposal, formula: Formula) -> ParsedProposal {
        ParsedProposal {
            proposal,
            formula: OnceLock::from(Ok(Arc::new(formula))),
        }
    }

    /// Its formula, or why the text is none; parsed at the first call and kept.
    pub fn formula(&self) -> Result<&Arc<Formula>, &FormulaError> {
        self.formula
            .get_or_init(|| Formula::parse(&self.proposal.formula).map(Arc::new))
            .as_ref()
    }
}

impl From<Proposal> for ParsedProposal {
    /// A proposal that was not parsed yet.
    fn from(proposal: Proposal) -> ParsedProposal {
        ParsedProposal {
            proposal,
            formula: OnceLock::new(),
        }
    }
}

impl PartialEq for ParsedProposal {
    fn eq(&self, other: &ParsedProposal) -> bool {
        self.proposal == other.proposal
    }
}
