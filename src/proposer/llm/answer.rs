//! An answer of a model, with what was asked.

use std::cell::OnceCell;

use super::asker::{unheld, Answered, Asker, Failure};
use super::conversation::Conversation;
use super::model::Model;
use crate::proposer::{reply, Reading, Response};
use crate::record::attempt::Reply;
use crate::record::ledger::{CallOutcome, Exchange};

/// An answer, and what was asked.
pub(super) struct ModelAnswer {
    pub asked: Conversation,
    pub answered: Answered,
    /// Whether its call is booked.
    pub settled: bool,
    /// How many formulas were asked for.
    pub formulas: u32,
    reading: OnceCell<Reading>,
}

impl ModelAnswer {
    /// An answer to what was asked, so many formulas, whose call is not booked yet.
    pub fn of(answered: Answered, asked: &Conversation, formulas: u32) -> ModelAnswer {
        ModelAnswer {
            asked: asked.clone(),
            answered,
            settled: false,
            formulas,
            reading: OnceCell::new(),
        }
    }

    /// Whether the answer ended at the limit of tokens.
    pub fn was_cut_off(&self) -> bool {
        self.answered.call.outcome == CallOutcome::Truncated
    }

    /// As a reply whose model is not told.
    pub fn reply(&self) -> Reply {
        let completion = &self.answered.completion;
        Reply {
            prompt: self.asked.to_string(),
            text: completion.text.clone(),
            finish: completion.finish.clone(),
            ..Reply::default()
        }
    }

    /// The proposals in it, read at the first call.
    pub fn reading(&self) -> &Reading {
        self.reading
            .get_or_init(|| reply::proposals(&self.reply(), self.formulas))
    }

    /// Books its call with its words, once.
    pub fn settle(&self, asker: &Asker) -> Result<(), Failure> {
        if self.settled {
            return Ok(());
        }
        let mut call = self.answered.call.clone();
        let completion = &self.answered.completion;
        call.exchange = Some(Exchange {
            prompt: self.asked.to_string(),
            text: completion.text.clone(),
            finish: completion.finish.clone(),
        });
        asker
            .purse
            .settle(&self.answered.hold, call)
            .map_err(unheld)
    }

    /// The response of a proposer that asked this model.
    pub fn response(self, model: &Model, written_guidance: Option<String>) -> Response {
        let answered_by = self.answered.completion.model.clone();
        Response {
            reply: Reply {
                model: answered_by.unwrap_or_else(|| model.address().model.clone()),
                written_guidance,
                ..self.reply()
            },
            reading: self.reading.into_inner(),
        }
    }
}
