//! The LLM proposer: renders a prompt, asks any OpenAI-compatible chat endpoint, and reads the formula out of the reply.

pub mod address;
pub mod chat;
pub mod http;
pub mod retry;
pub mod secret;

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use thiserror::Error;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout_at, Instant};

use self::address::ModelAddress;
use self::chat::{Completion, Field, Sampling};
use self::http::{Door, Unsent};
use self::retry::Decision;
use self::secret::Secret;
use super::prompt::Prompt;
use super::{read, Brief, Proposer, Unanswered};
use crate::attempt::{Proposal, Rejection, Reply, Usage};
use crate::stream::Stream;

/// How a model is asked. By default with at most 8192 tokens a reply, reasoning included, and the server's own temperature and effort.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub sampling: Sampling,
    pub patience: Patience,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { sampling: Sampling { temperature: None, reasoning_effort: None, most_tokens: 8192 }, patience: Patience::default() }
    }
}

/// How long a call may take and how often it is tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Patience {
    /// For a connection to be made: 10 s.
    pub connect: Duration,
    /// For the whole of a proposal, waits and tries included: 300 s.
    pub total: Duration,
    /// Requests a proposal, at most: 4. A request repeated without a field that the model refuses does not count.
    pub tries: u32,
    /// The upper end of the first wait: 0.5 s; it doubles with every try.
    pub first_wait: Duration,
    /// The largest upper end of a wait: 8 s.
    pub longest_wait: Duration,
    /// A server that asks for a longer wait than this is not asked again: 120 s.
    pub longest_retry_after: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            connect: Duration::from_secs(10),
            total: Duration::from_secs(300),
            tries: 4,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(8),
            longest_retry_after: Duration::from_secs(120),
        }
    }
}

/// Why a model cannot be asked at all.
#[derive(Debug, Error)]
pub enum SetupError {
    #[error("{address} needs an API key: set the environment variable {variable}")]
    NoKey { address: String, variable: &'static str },
    #[error("{address} cannot be asked: {reason}")]
    Door { address: String, reason: String },
    #[error("no asynchronous runtime could be started: {0}")]
    Runtime(#[from] std::io::Error),
}

/// How often `stopping` is looked at while waiting.
const LOOK: Duration = Duration::from_millis(50);

/// A model behind an OpenAI-compatible chat endpoint. May be asked from several threads at once, which must not be threads of an asynchronous runtime.
pub struct Llm {
    address: ModelAddress,
    settings: Settings,
    door: Door,
    /// The fields that this model was found to refuse.
    refused: Mutex<BTreeSet<Field>>,
    /// Always there until the proposer is dropped.
    runtime: Option<Runtime>,
}

impl Llm {
    /// A proposer for the model at `address`. `variable` looks up the environment variable that holds the key (see
    /// [`address::Provider::key_variable`]); nothing is sent before the first [`Proposer::ask`].
    pub fn new(address: ModelAddress, variable: impl FnOnce(&str) -> Option<String>, settings: Settings) -> Result<Llm, SetupError> {
        let name = address.provider.key_variable();
        let key = variable(name).as_deref().and_then(Secret::new);
        if key.is_none() && address.provider.needs_key() {
            return Err(SetupError::NoKey { address: address.to_string(), variable: name });
        }
        let door =
            Door::new(&address.base, key, settings.patience.connect).map_err(|reason| SetupError::Door { address: address.to_string(), reason })?;
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("llm").enable_all().build()?;
        Ok(Llm { address, settings, door, refused: Mutex::default(), runtime: Some(runtime) })
    }

    /// The model's address.
    pub fn address(&self) -> &ModelAddress {
        &self.address
    }

    /// Asks until there is a completion, the table of decisions says otherwise, or patience ends. `requests` counts what was sent.
    async fn converse(
        &self,
        prompt: &Prompt,
        stream: &mut Stream,
        stopping: &(dyn Fn() -> bool + Sync),
        requests: &mut u32,
    ) -> Result<Completion, Unanswered> {
        let patience = &self.settings.patience;
        let deadline = Instant::now() + patience.total;
        let mut tries = 0;
        loop {
            let fields = chat::fields(self.address.provider, &self.settings.sampling, &self.refused());
            let body = chat::body(&self.address.model, prompt, &fields);
            *requests += 1;
            let answer = unless_stopped(stopping, timeout_at(deadline, self.door.post(&body))).await?;
            let Ok(answer) = answer else {
                let seconds = patience.total.as_secs_f64();
                return Err(Unanswered::Failed(format!(
                    "no answer from {} within {seconds} s; the request was sent and may have been billed",
                    self.address
                )));
            };
            let sent: Vec<Field> = fields.iter().map(|(field, _)| *field).collect();
            let (reason, after) = match self.judge(answer, &sent)? {
                Judgement::Done(completion) => return Ok(completion),
                Judgement::AtOnce => continue,
                Judgement::Later { reason, after } => (reason, after),
            };
            tries += 1;
            if tries >= patience.tries {
                return Err(Unanswered::Failed(format!("gave up after {requests} requests: {reason}")));
            }
            let after = after.unwrap_or_default();
            if after > patience.longest_retry_after {
                let limit = patience.longest_retry_after.as_secs();
                return Err(Unanswered::Failed(format!("{reason}; it asks to wait {} s, more than the {limit} s that are waited", after.as_secs())));
            }
            let wait = after.max(retry::backoff(tries, patience.first_wait, patience.longest_wait, stream));
            if wait >= deadline.saturating_duration_since(Instant::now()) {
                return Err(Unanswered::Failed(format!("{reason}; no time is left to ask again")));
            }
            tracing::warn!(model = %self.address, tries, wait_seconds = wait.as_secs_f64(), "{reason}; asking again");
            unless_stopped(stopping, sleep(wait)).await?;
        }
    }

    /// What follows from one exchange.
    fn judge(&self, answer: Result<http::Answer, Unsent>, sent: &[Field]) -> Result<Judgement, Unanswered> {
        let mut answer = match answer {
            Ok(answer) => answer,
            Err(Unsent::Unreached(reason)) => {
                return Ok(Judgement::Later { reason: format!("{} cannot be reached: {reason}", self.address), after: None });
            }
            Err(Unsent::Lost(reason)) => {
                return Err(Unanswered::Failed(format!("the connection broke after the request was sent; it may have been billed: {reason}")));
            }
            Err(Unsent::Oversize) => {
                return Err(Unanswered::Failed(format!("the server's answer is larger than {} bytes; it may have been billed", http::LARGEST_BODY)));
            }
        };
        let mut error = chat::server_error(&answer.body);
        if (200..300).contains(&answer.status) {
            let Some(hidden) = chat::hidden_error(&answer.body) else {
                return chat::completion(&answer.body).map(Judgement::Done).map_err(Unanswered::Failed);
            };
            // Gateways report the status of the server behind them in the code.
            answer.status = hidden.code.parse().ok().filter(|status| (400..600).contains(status)).unwrap_or(400);
            error = hidden;
        }
        error.message = self.door.redact(&error.message);
        match retry::decide(&answer, &error, sent, &self.address.model, self.address.provider.key_variable()) {
            Decision::Again { reason, after } => Ok(Judgement::Later { reason, after }),
            Decision::Without { field, reason } => {
                tracing::warn!(model = %self.address, "{reason}; it is left out from now on");
                self.refused.lock().unwrap_or_else(PoisonError::into_inner).insert(field);
                Ok(Judgement::AtOnce)
            }
            Decision::Fail(reason) => Err(Unanswered::Failed(reason)),
            Decision::Hopeless(reason) => Err(Unanswered::Hopeless(reason)),
        }
    }

    fn refused(&self) -> BTreeSet<Field> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What one exchange leads to, where the call goes on.
enum Judgement {
    Done(Completion),
    /// A field was refused; asked again at once without it. At most once a field, since a refused field is not sent again.
    AtOnce,
    Later {
        reason: String,
        after: Option<Duration>,
    },
}

/// The outcome of `work`, or [`Unanswered::Stopped`] soon after `stopping` answers true.
async fn unless_stopped<T>(stopping: &(dyn Fn() -> bool + Sync), work: impl Future<Output = T>) -> Result<T, Unanswered> {
    let stopped = async {
        while !stopping() {
            sleep(LOOK).await;
        }
    };
    tokio::select! {
        biased;
        () = stopped => Err(Unanswered::Stopped),
        outcome = work => Ok(outcome),
    }
}

impl Proposer for Llm {
    fn name(&self) -> &str {
        "llm"
    }

    fn repeatable(&self) -> bool {
        false
    }

    fn ask(&self, brief: &Brief, stopping: &(dyn Fn() -> bool + Sync)) -> Result<Reply, Unanswered> {
        let prompt = Prompt::render(brief);
        let mut stream = brief.key.word("llm backoff").stream();
        let mut requests = 0;
        let runtime = self.runtime.as_ref().expect("the runtime lives as long as the proposer");
        let completion = runtime.block_on(self.converse(&prompt, &mut stream, stopping, &mut requests))?;
        Ok(Reply {
            model: completion.model.map_or_else(|| self.address.model.clone(), |model| self.door.redact(&model)),
            prompt: prompt.to_string(),
            // The body was redacted as it came in; JSON escapes may have hidden the key from that.
            text: self.door.redact(&completion.text),
            finish: completion.finish.map(|finish| self.door.redact(&finish)),
            usage: Usage { input_tokens: completion.input_tokens, output_tokens: completion.output_tokens, requests },
        })
    }

    fn read(&self, reply: &Reply) -> Result<Proposal, Rejection> {
        read::proposal(reply)
    }
}

impl Drop for Llm {
    /// Does not wait for a name look-up that is still under way.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
