//! The one place where records leave the proposer that asks models: keys are blanked in every text
//! of theirs, after the last decoding.

use serde::de::DeserializeOwned;
use serde::Serialize;
use serde_json::Value;

use super::secret::Secret;
use crate::numerics::stop::Stop;
use crate::proposer::{ParsedProposal, Purse, Reading, Response, Unanswered, Unheld};
use crate::record::ledger::{Call, Hold};

/// The keys of a proposer's models.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys(pub Vec<Secret>);

impl Keys {
    /// A text without the keys.
    pub fn text(&self, text: String) -> String {
        self.blanked(&text).unwrap_or(text)
    }

    /// A record without the keys in any of its texts.
    pub fn record<T: Serialize + DeserializeOwned>(&self, record: T) -> T {
        if self.0.is_empty() {
            return record;
        }
        let Ok(mut value) = serde_json::to_value(&record) else {
            return record;
        };
        if !self.blank(&mut value) {
            return record;
        }
        serde_json::from_value(value).expect("a record with other texts is one of the same kind")
    }

    /// A response without the keys, in what was read out of it neither.
    pub fn response(&self, response: Response) -> Response {
        Response {
            reply: self.record(response.reply),
            reading: response.reading.map(|reading| self.reading(reading)),
        }
    }

    /// What was read out of a reply, without the keys.
    pub fn reading(&self, reading: Reading) -> Reading {
        match reading {
            Ok(proposals) => Ok(proposals
                .into_iter()
                .map(|parsed| self.proposal(parsed))
                .collect()),
            Err(rejection) => Err(self.record(rejection)),
        }
    }

    /// Why no reply came, without the keys.
    pub fn unanswered(&self, why: Unanswered) -> Unanswered {
        match why {
            Unanswered::Stopped => Unanswered::Stopped,
            Unanswered::Failed(detail) => Unanswered::Failed(self.text(detail)),
            Unanswered::Lost(detail) => Unanswered::Lost(self.text(detail)),
            Unanswered::Exhausted(detail) => Unanswered::Exhausted(self.text(detail)),
            Unanswered::Paused { pause, detail } => Unanswered::Paused {
                pause,
                detail: self.text(detail),
            },
        }
    }

    /// What is parsed already stays so.
    fn proposal(&self, parsed: ParsedProposal) -> ParsedProposal {
        let blanked = self.record(parsed.proposal.clone());
        if blanked == parsed.proposal {
            parsed
        } else {
            ParsedProposal::from(blanked)
        }
    }

    /// Blanks the keys in every text of a value; whether there were any.
    fn blank(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => match self.blanked(text) {
                Some(blanked) => {
                    *text = blanked;
                    true
                }
                None => false,
            },
            Value::Array(items) => items
                .iter_mut()
                .fold(false, |any, item| self.blank(item) | any),
            Value::Object(fields) => fields
                .values_mut()
                .fold(false, |any, field| self.blank(field) | any),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    /// The text without the keys; `None` where it holds none.
    fn blanked(&self, text: &str) -> Option<String> {
        let mut blanked: Option<String> = None;
        for key in &self.0 {
            let now = blanked.as_deref().unwrap_or(text);
            if let Some(text) = key.blanked(now) {
                blanked = Some(text);
            }
        }
        blanked
    }
}

/// A purse in whose records no key stands.
pub(super) struct BlankingPurse<'a> {
    pub purse: &'a dyn Purse,
    pub keys: &'a Keys,
}

impl Purse for BlankingPurse<'_> {
    fn hold(&self, hold: Hold, stop: &Stop) -> Result<Hold, Unheld> {
        self.purse.hold(hold, stop)
    }

    fn settle(&self, hold: &Hold, call: Call) -> Result<(), Unheld> {
        self.purse.settle(hold, self.keys.record(call))
    }
}
