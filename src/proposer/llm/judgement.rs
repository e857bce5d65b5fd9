//! What follows from one exchange with a server: a completion, a loss, a refusal, and the record of
//! the call.

use std::time::Duration;

use super::address::Provider;
use super::asker::Answered;
use super::doubt::{Limits, Told};
use super::form::SentForm;
use super::http::{HttpAnswer, Unsent, LARGEST_BODY};
use super::model::Model;
use super::rate;
use super::retry::{self, Decision, Sent};
use super::stranger;
use super::wire::{fault, Completion, Fault, Outcome};
use crate::proposer::reply;
use crate::record::ledger::{apart, Call, CallOutcome, Hold, Usage};

/// The longest pause after an answer that says that nothing is left of a limit: a part of it is
/// there long before the whole is.
const NOTHING_LEFT: Duration = Duration::from_secs(1);

/// What one exchange came to. The record of the call is to be booked.
pub(super) enum Judgement {
    /// A completion, whose call is for the asker to settle.
    Done(Box<Answered>),
    /// The request was sent, and may have been billed.
    Lost { reason: String, call: Box<Call> },
    /// Nothing was sent.
    Unreached { reason: String, call: Box<Call> },
    /// The server said no.
    Refused { decision: Decision, call: Box<Call> },
}

/// A request that left.
pub(super) struct SentRequest<'a> {
    /// What it held of what it could do without.
    pub form: &'a SentForm,
    /// What it can use.
    pub limits: Limits,
    /// What is set aside for it.
    pub hold: &'a Hold,
}

impl Model {
    /// What follows from one exchange.
    pub(super) fn judge(
        &self,
        answer: Result<HttpAnswer, Unsent>,
        request: &SentRequest,
    ) -> Judgement {
        let answer = match answer {
            Ok(answer) => answer,
            Err(unsent) => return self.unsent(unsent, request),
        };
        if let Some(reset) = rate::reset(&answer).filter(|_| answer.status != 429) {
            self.gate.narrow(reset.min(NOTHING_LEFT));
        }
        if (200..300).contains(&answer.status) {
            self.judge_success(answer, request)
        } else {
            let fault = fault::read(&answer.body);
            self.refusal(&answer, fault, None, request)
        }
    }

    fn unsent(&self, unsent: Unsent, request: &SentRequest) -> Judgement {
        match unsent {
            Unsent::Unreached(reason) => {
                let reason = format!("{} cannot be reached: {reason}", self.address);
                let call = self.call(request, CallOutcome::Unreached, &reason);
                Judgement::Unreached { reason, call }
            }
            Unsent::Lost(reason) => self.lost(
                request,
                CallOutcome::Lost,
                format!("the request was sent and no whole answer came: {reason}"),
            ),
            Unsent::Oversize => self.lost(
                request,
                CallOutcome::Malformed,
                format!("the server's answer is larger than {LARGEST_BODY} bytes"),
            ),
        }
    }

    fn lost(&self, request: &SentRequest, outcome: CallOutcome, reason: String) -> Judgement {
        let call = self.call(request, outcome, &reason);
        Judgement::Lost { reason, call }
    }

    /// The record of a call of which no usage is told.
    pub(super) fn call(
        &self,
        request: &SentRequest,
        outcome: CallOutcome,
        reason: &str,
    ) -> Box<Call> {
        let call = Call::of(request.hold, outcome, None, &self.setting.price);
        Box::new(Call {
            detail: Some(reason.to_owned()),
            ..call
        })
    }

    /// What follows from a 2xx answer.
    fn judge_success(&self, mut answer: HttpAnswer, request: &SentRequest) -> Judgement {
        match self.address.provider.wire().read(&answer.body) {
            Ok(Outcome::Completion(completion)) => {
                Judgement::Done(Box::new(self.answered(completion, request)))
            }
            // What was written before the fault is billed.
            Ok(Outcome::Fault {
                fault,
                usage: None,
                begun: true,
            }) => {
                let said = self.redact(&fault.message);
                let reason = format!("the answer broke off: {said}");
                self.lost(request, CallOutcome::Malformed, reason)
            }
            Ok(Outcome::Fault { fault, usage, .. }) => {
                answer.status = retry::status_of(&fault);
                self.refusal(&answer, fault, Some(usage), request)
            }
            Err(reason) => {
                let reason = format!("{reason}; {}", stranger::described(&answer));
                self.lost(request, CallOutcome::Malformed, self.redact(&reason))
            }
        }
    }

    /// What follows from a fault; `hidden` in a 2xx answer it comes with what was used all the same.
    fn refusal(
        &self,
        answer: &HttpAnswer,
        mut fault: Fault,
        hidden: Option<Option<Usage>>,
        request: &SentRequest,
    ) -> Judgement {
        let is_hidden = hidden.is_some();
        // The body was redacted as it came in; JSON escapes may have hidden the key from that.
        fault.message = self.redact(&fault.message);
        let sent = Sent {
            wire: self.wire(),
            model: &self.address.model,
            fields: &request.form.fields,
            most_tokens: request.form.most_tokens,
            bytes: request.limits.sent,
            key_variable: &self.key_variable,
        };
        let decision = match retry::decide(answer, &fault, &sent) {
            // What fails after the request was taken does not fail for its form.
            Decision::Unclear(reason) if is_hidden => Decision::Fail(reason),
            decision => decision,
        };
        // Nothing is used where nothing is told.
        let usage = hidden.flatten().filter(|usage| usage.total() > 0);
        let told = usage.map(|usage| (usage, None));
        let mut call = self.priced(request, decision.outcome(), told);
        call.detail = Some(decision.reason().to_owned());
        if let Decision::Without { field, .. } = &decision {
            call.refused_fields = vec![field.name().to_owned()];
        }
        Judgement::Refused {
            decision,
            call: Box::new(call),
        }
    }

    fn answered(&self, completion: Completion, request: &SentRequest) -> Answered {
        let outcome = if completion.finish.as_deref() == Some("length") {
            CallOutcome::Truncated
        } else {
            CallOutcome::Answered
        };
        let usage = completion.usage.clone();
        let told = usage.map(|usage| (usage, Some(&completion)));
        let mut call = self.priced(request, outcome, told);
        let completion = Completion {
            model: completion.model.map(|model| self.redact(&model)),
            text: reply::stored(self.spoken(&completion.text)),
            finish: completion.finish.map(|finish| self.redact(&finish)),
            usage: call.usage.clone(),
        };
        call.answered_by.clone_from(&completion.model);
        Answered {
            completion,
            hold: request.hold.clone(),
            call,
            most_tokens: request.form.most_tokens,
        }
    }

    /// What a model said, without the key: where only its thoughts part it, without those too, since
    /// they are taken out where it is read.
    fn spoken(&self, text: &str) -> String {
        let said = self.redact(text);
        let bare = reply::without_thoughts(&said);
        let blanked = self.redact(&bare);
        if blanked != bare {
            blanked
        } else {
            said
        }
    }

    /// The record of a call with the usage that was told, as far as it can be that of this request;
    /// a usage comes with the completion that it is told of, where there is one.
    fn priced(
        &self,
        request: &SentRequest,
        outcome: CallOutcome,
        told: Option<(Usage, Option<&Completion>)>,
    ) -> Call {
        let price = &self.setting.price;
        let Some((mut usage, completion)) = told else {
            return Call::of(request.hold, outcome, None, price);
        };
        // Costs are OpenRouter's to tell.
        if self.address.provider != Provider::OpenRouter {
            usage.reported_cost = None;
        }
        usage.tier = usage.tier.map(|tier| self.redact(&tier));
        let told = Told {
            usage: &usage,
            text: completion.map(|completion| completion.text.as_str()),
            held_back: completion
                .is_some_and(|completion| completion.finish.as_deref() == Some("content_filter")),
        };
        match self.doubt(request, &told) {
            Some(doubt) => {
                tracing::warn!(model = %self.address, "the usage told cannot be: {doubt}");
                // Of a free server nothing is lost by it.
                if !price.is_free() {
                    self.doubts().add(&doubt);
                }
                Call::doubted(request.hold, outcome, price, doubt)
            }
            // Servers of one's own often count nothing.
            None if counts_nothing(&told) => Call::of(request.hold, outcome, None, price),
            None => {
                if completion.is_some() {
                    self.doubts().clear();
                }
                Call::of(request.hold, outcome, Some(usage), price)
            }
        }
    }

    /// Why a usage cannot be that of a request. Too few tokens are no matter where they cost
    /// nothing: local servers leave out what they have in a cache.
    fn doubt(&self, request: &SentRequest, told: &Told) -> Option<String> {
        let mut limits = request.limits;
        if request.form.most_tokens.is_none() {
            limits.most_output = u64::MAX;
        }
        let exceeded = limits.exceeded(told.usage);
        let price = &self.setting.price;
        if price.is_free() {
            return exceeded;
        }
        let dearer = || {
            let (cost, most) = (price.cost(told.usage).0, request.hold.money);
            (cost > most).then(|| {
                let [cost, most] = apart([cost, most]);
                format!("a cost of {cost} is more than it can be, {most}")
            })
        };
        exceeded
            .or_else(|| request.limits.missed(told))
            .or_else(dearer)
    }
}

/// Whether a usage says of an answer with words that it took no tokens.
fn counts_nothing(told: &Told) -> bool {
    let said = told.text.is_some_and(|text| !text.is_empty());
    told.text.is_some()
        && (told.usage.input() == 0 || (told.usage.output() == 0 && said && !told.held_back))
}
