//! How a request that is refused for what is in it is mended: a field is left out, a smaller limit
//! of tokens is asked for, and where the server's words are not understood, once without what a
//! request can do without. What helps is kept.

use tokio::sync::MutexGuard;
use tokio::time::Instant;

use super::asker::{failed, unless_stopped, Answered, Asker, Failure};
use super::form::SentForm;
use super::learnt::Learnt;
use super::limit::LEAST;
use super::model::{Model, Question};
use super::retry::Decision;
use super::trial::Trial;
use super::wire::Field;
use crate::record::ledger::LearntLimit;

/// The mending of one question's requests.
#[derive(Default)]
pub(super) struct Mending<'a> {
    /// What is done without now.
    pub trial: Trial,
    /// Held from the first refusal on, so that others wait for what is found.
    turn: Option<MutexGuard<'a, ()>>,
    /// Why a limit of tokens was refused first.
    limit_refused: Option<String>,
}

impl<'a> Mending<'a> {
    /// Keeps others from asking until it is found what the model takes, where nobody else does.
    pub fn begin(&mut self, model: &'a Model) {
        if self.turn.is_none() {
            self.turn = model.learning.try_lock().ok();
        }
    }

    /// Lets others ask again where it has found nothing out yet.
    fn end_where_nothing_is_tried(&mut self) {
        if self.trial.found.is_empty() {
            self.turn = None;
        }
    }

    /// Whether it is the one that finds out.
    pub fn is_under_way(&self) -> bool {
        self.turn.is_some()
    }
}

impl Model {
    /// Waits while another finds out what the model takes; the clock stands still.
    pub(super) async fn await_learning(
        &self,
        mending: &Mending<'_>,
        asker: &mut Asker<'_>,
    ) -> Result<(), Failure> {
        if !mending.is_under_way() && self.learning.try_lock().is_err() {
            let since = Instant::now();
            drop(unless_stopped(asker.stop, self.learning.lock()).await?);
            asker.stand_still(since.elapsed());
        }
        Ok(())
    }

    /// Changes what is sent after a refusal, so that the request can be made again.
    ///
    /// # Errors
    /// Nothing was found that helps.
    pub(super) async fn mend<'a>(
        &'a self,
        decision: Decision,
        question: &Question<'_>,
        refused: &SentForm,
        mending: &mut Mending<'a>,
        asker: &mut Asker<'_>,
    ) -> Result<(), Failure> {
        let reason = decision.reason().to_owned();
        if let Decision::Without { field, .. } = decision {
            mending.end_where_nothing_is_tried();
            return self.leave_out(field, reason);
        }
        if mending.turn.is_none() {
            let since = Instant::now();
            let turn = unless_stopped(asker.stop, self.learning.lock()).await?;
            asker.stand_still(since.elapsed());
            mending.turn = Some(turn);
        }
        if self.knows_more(question, refused, mending) {
            mending.end_where_nothing_is_tried();
            return Ok(());
        }
        if mending.trial.found.is_empty() && self.vain().contains(&without_digits(&reason)) {
            let is_limit = matches!(decision, Decision::Less { .. });
            return Err(failed(
                if is_limit { no_limit(&reason) } else { reason },
                false,
            ));
        }
        match decision {
            Decision::Less { most_tokens, .. } => {
                self.lower(most_tokens, reason, refused, mending, asker)
            }
            _ => self.step(&reason, refused, mending),
        }
    }

    /// Notes what a question did without to be answered, in the call that it was answered by.
    pub(super) fn found(&self, mut answered: Answered, mending: &Mending) -> Answered {
        let Mending {
            trial,
            limit_refused,
            ..
        } = mending;
        if trial.found.is_empty() {
            return answered;
        }
        trial.found.note(&mut answered.call);
        if self.learn(&trial.found) {
            let reason = trial.first.as_ref().or(limit_refused.as_ref());
            let reason = reason.map_or("a request was refused", String::as_str);
            let words = trial.found.words();
            tracing::warn!(
                model = %self.address,
                "{reason}; it answers {words}, and is asked so from now on"
            );
        }
        answered
    }

    /// Whether it was found meanwhile that the model does not take part of what was refused.
    fn knows_more(&self, question: &Question, refused: &SentForm, mending: &Mending) -> bool {
        let terms = self.terms(question, &mending.trial.found);
        let without = |field: &Field| terms.refused.contains(field);
        let less = |asked: u32| terms.most_tokens < asked;
        refused.fields.iter().any(without) || refused.most_tokens.is_some_and(less)
    }

    /// Asks for a smaller limit of tokens, or for none where the wire and the price allow it.
    fn lower(
        &self,
        most_tokens: Option<u32>,
        reason: String,
        refused: &SentForm,
        mending: &mut Mending,
        asker: &Asker,
    ) -> Result<(), Failure> {
        let trial = &mut mending.trial;
        mending.limit_refused.get_or_insert_with(|| reason.clone());
        let known = self.learnt().clone();
        if trial.lower(refused, most_tokens, &known) {
            return match (asker.cut_off_at, trial.found.limit) {
                (Some(cut_off_at), Some(limit)) if limit.instead <= cut_off_at => {
                    let limit = Some(LearntLimit {
                        instead: cut_off_at,
                        ..limit
                    });
                    self.learn(&Learnt {
                        limit,
                        ..Learnt::default()
                    });
                    let words = "at which the answer was cut off; no larger limit is taken";
                    Err(failed(format!("{reason}, but {cut_off_at} {words}"), false))
                }
                _ => Ok(()),
            };
        }
        if self.may_be_unlimited() && trial.without_limit(refused) {
            return Ok(());
        }
        trial.found.limit = None;
        self.step(&reason, refused, mending)
    }

    /// Does without the next of what a request can do without.
    fn step(&self, reason: &str, refused: &SentForm, mending: &mut Mending) -> Result<(), Failure> {
        let mut form = self.accepted().without(refused);
        // The limit is not guessed at where it has been found to be refused.
        form.most_tokens = form.most_tokens.filter(|_| mending.limit_refused.is_none());
        if mending.trial.step(&form, reason) {
            return Ok(());
        }
        let first = mending.trial.first.clone();
        let first = first.unwrap_or_else(|| reason.to_owned());
        let mut reasons = vec![first.clone()];
        reasons.extend(mending.limit_refused.clone());
        let vain = reasons.iter().map(|reason| without_digits(reason));
        self.vain().extend(vain);
        let named = match &mending.limit_refused {
            None => first,
            Some(limit) => no_limit(limit),
        };
        Err(failed(named, false))
    }

    /// Sends a field no more. What costs money or is counted is never sent without any limit of
    /// tokens, since what is held for it would not cover it.
    fn leave_out(&self, field: Field, reason: String) -> Result<(), Failure> {
        let found = Learnt {
            refused: [field].into(),
            ..Learnt::default()
        };
        let is_last = |refused: &Learnt| {
            let mut limits = self.wire().limits().iter();
            limits.all(|limit| *limit == field || refused.refused.contains(limit))
        };
        let is_last = field.is_limit() && is_last(&self.learnt());
        if is_last && !self.may_be_unlimited() {
            return Err(failed(
                format!(
                    "{reason}; it takes no limit of tokens by any name, whatever max_tokens= \
                     says, and nothing that is paid for or counted is sent without one"
                ),
                false,
            ));
        }
        if self.learn(&found) {
            tracing::warn!(model = %self.address, "{reason}; it is left out from now on");
        }
        Ok(())
    }
}

/// That no limit of tokens was found that a server takes, after one was refused for this reason.
fn no_limit(reason: &str) -> String {
    format!(
        "{reason}, nor any that was tried in its place down to {LEAST}; name one that it takes by \
         max_tokens="
    )
}

/// Words without their numbers, which differ from request to request.
fn without_digits(words: &str) -> String {
    words
        .chars()
        .filter(|letter| !letter.is_ascii_digit())
        .collect()
}
