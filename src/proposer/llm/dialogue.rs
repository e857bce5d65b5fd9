//! A dialogue with one model: guidance, a formula, a longer try, a repair.

use super::answer::ModelAnswer;
use super::asker::{Asker, Failure};
use super::conversation::Conversation;
use super::model::{Model, Question};
use super::recovery::earlier_guidance;
use crate::formula::FormulaErrorKind;
use crate::proposer::{prompt, reply, Brief, Response, Unanswered};
use crate::record::attempt::Guidance;
use crate::record::ledger::{Call, Purpose};

/// How much larger the limit of tokens is after a reply was cut off.
const ESCALATION: u32 = 2;

/// The guidance that was written for an attempt, if any could be read; `None` while none was asked
/// for.
pub(super) type Written = Option<Option<String>>;

/// The dialogue of one attempt with one model.
pub(super) struct Dialogue<'a> {
    pub model: &'a Model,
    /// Whether a formula that does not parse, or an answer that cannot be read without doubt, is sent
    /// back once.
    pub repairs: bool,
}

impl Dialogue<'_> {
    /// One whole proposal from one model: guidance where it is asked for and was not `written`
    /// already, the formula, a longer try where the reply was cut off, a repair.
    pub async fn converse(
        &self,
        brief: &Brief,
        written: &mut Written,
        asker: &mut Asker<'_>,
    ) -> Result<Response, Failure> {
        let mut brief = brief.clone();
        let written_guidance = match written {
            Some(written) => written.clone(),
            None => written.insert(self.guidance(&brief, asker).await?).clone(),
        };
        if let Some(text) = &written_guidance {
            brief.guidance = Some(Guidance::of(text));
        }
        let conversation = prompt::proposal(&brief);
        let schema = prompt::schema(&brief);
        let question = Question {
            purpose: brief.purpose,
            conversation: &conversation,
            schema: &schema,
            most_tokens: self.model.setting.most_tokens,
        };
        let formulas = brief.instructions.formulas;
        let answered = self.model.ask(&question, asker).await?;
        let mut said = ModelAnswer::of(answered, &conversation, formulas);
        if said.was_cut_off() {
            let longer = Question {
                most_tokens: question.most_tokens.saturating_mul(ESCALATION),
                ..question
            };
            // At the same limit it would be cut off again.
            let cut_off_at = said.answered.most_tokens;
            if cut_off_at.is_some_and(|at| self.model.most_tokens(longer.most_tokens) > at) {
                asker.cut_off_at = cut_off_at;
                let whole = self.further(&longer, &mut said, asker).await?;
                asker.cut_off_at = None;
                said = whole.unwrap_or(said);
            }
        }
        if let Some(repair) = self.repair_of(&brief, &said) {
            let question = Question {
                purpose: Purpose::Repair,
                conversation: &repair,
                ..question
            };
            if let Some(mended) = self.further(&question, &mut said, asker).await? {
                match mended.reading() {
                    Ok(_) => said = mended,
                    Err(_) => mended.settle(asker)?,
                }
            }
        }
        said.settle(asker)?;
        Ok(said.response(self.model, written_guidance))
    }

    /// Asks further after an answer that will not do; `None` where no other came, so that it has to
    /// do.
    async fn further(
        &self,
        question: &Question<'_>,
        said: &mut ModelAnswer,
        asker: &mut Asker<'_>,
    ) -> Result<Option<ModelAnswer>, Failure> {
        said.settle(asker)?;
        said.settled = true;
        match self.model.ask(question, asker).await {
            Ok(answered) => {
                let answer = ModelAnswer::of(answered, question.conversation, said.formulas);
                Ok(Some(answer))
            }
            Err(
                stopped @ Failure::Unanswered {
                    why: Unanswered::Stopped,
                    ..
                },
            ) => Err(stopped),
            Err(failure) => {
                tracing::info!(model = %self.model.address(), "no further answer: {failure:?}");
                Ok(None)
            }
        }
    }

    /// The question that asks once for a formula that parses, where the only one of an answer does
    /// not, or for an answer that can be read, where it was begun.
    fn repair_of(&self, brief: &Brief, said: &ModelAnswer) -> Option<Conversation> {
        if !self.repairs {
            return None;
        }
        let text = &said.answered.completion.text;
        let Ok(found) = said.reading() else {
            let doubt = reply::doubt(&said.reply(), said.formulas)?;
            return Some(prompt::repair_form(brief, &said.asked, text, &doubt));
        };
        let [only] = &found[..] else {
            return None;
        };
        let error = only
            .formula()
            .err()
            .filter(|error| error.kind() == FormulaErrorKind::Unparsable)?;
        Some(prompt::repair(
            brief,
            &said.asked,
            text,
            &only.proposal.formula,
            error,
        ))
    }

    /// New guidance, where the brief wants some; none where the model wrote none that can be read.
    /// What an earlier run was given is not asked for again.
    async fn guidance(
        &self,
        brief: &Brief,
        asker: &mut Asker<'_>,
    ) -> Result<Option<String>, Failure> {
        if brief.guidance_record.is_none() {
            return Ok(None);
        }
        let paid = |call: &Call| call.purpose == Purpose::Guidance && call.outcome.may_be_billed();
        if brief.earlier.iter().any(paid) {
            return Ok(earlier_guidance(brief)
                .and_then(|written| reply::guidance(written, prompt::LONGEST_GUIDANCE)));
        }
        let conversation = prompt::guidance(brief);
        let schema = prompt::guidance_schema();
        let question = Question {
            purpose: Purpose::Guidance,
            conversation: &conversation,
            schema: &schema,
            most_tokens: self.model.setting.most_tokens,
        };
        let said = match self.model.ask(&question, asker).await {
            Ok(answered) => ModelAnswer::of(answered, &conversation, 1),
            Err(Failure::Unanswered {
                why: Unanswered::Failed(reason),
                ..
            }) => {
                tracing::warn!(
                    model = %self.model.address(),
                    "no new guidance was written: {reason}"
                );
                return Ok(None);
            }
            Err(failure) => return Err(failure),
        };
        said.settle(asker)?;
        Ok(reply::guidance(
            &said.answered.completion.text,
            prompt::LONGEST_GUIDANCE,
        ))
    }
}
