//! The recorded proposer: the replies that another campaign's attempts got, so that it can be run
//! again without a network.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{prompt, reply, Brief, ParsedProposal, Proposer, Purse, Reading, Response, Unanswered};
use crate::files;
use crate::numerics::stop::Stop;
use crate::record::attempt::{Attempt, Rejection, Reply};

/// What each attempt of a campaign got, by its number, and what was read out of it then: the rules
/// of another version may read a reply otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    source: String,
    answers: BTreeMap<u64, Result<Response, String>>,
}

/// Why there are no recorded replies to read.
#[derive(Debug, Error)]
pub enum RecordingError {
    /// A file that cannot be read.
    #[error("the recorded attempts at {path} cannot be read: {source}")]
    Unreadable {
        /// The file's path.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// A line that cannot be read, such as one that is longer than any attempt.
    #[error("line {line} of {path} cannot be read: {source}")]
    UnreadableLine {
        /// The file's path.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What was found.
        source: std::io::Error,
    },
    /// A line that is no attempt.
    #[error(
        "line {line} of {path} is no recorded attempt: {reason}; give a file such as \
         export/CAMPAIGN.jsonl of an archive"
    )]
    NoAttempt {
        /// The file's path.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it, in words.
        reason: String,
    },
    /// A campaign of the genetic proposer.
    #[error(
        "{source_name} is of the genetic proposer, whose replies are its own; run it again by \
         motherlode rerun, or by the same seed"
    )]
    Genetic {
        /// Whose attempts they are.
        source_name: String,
    },
    /// Attempts of which none has a reply.
    #[error("{source_name} holds no attempt with a reply")]
    Empty {
        /// Whose attempts they are.
        source_name: String,
    },
}

impl Recorded {
    /// The replies in attempts that were settled; `source` says whose they are.
    pub fn of(attempts: &[Attempt], source: &str) -> Result<Recorded, RecordingError> {
        let mut answers = Answers::default();
        attempts.iter().for_each(|attempt| answers.add(attempt));
        answers.of(source)
    }

    /// Reads a file of JSON lines, each an attempt, as an archive exports them.
    pub fn open(path: &Path) -> Result<Recorded, RecordingError> {
        let unreadable = |source| RecordingError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let lines =
            files::lines(path, files::RECORDING_LINE, files::RECORDING).map_err(unreadable)?;
        let mut answers = Answers::default();
        for (index, text) in lines.enumerate() {
            let text = text.map_err(|source| RecordingError::UnreadableLine {
                path: path.to_owned(),
                line: index + 1,
                source,
            })?;
            if text.trim().is_empty() {
                continue;
            }
            let no_attempt = |error: serde_json::Error| RecordingError::NoAttempt {
                path: path.to_owned(),
                line: index + 1,
                reason: error.to_string(),
            };
            answers.add(&serde_json::from_str(&text).map_err(no_attempt)?);
        }
        answers.of(&path.display().to_string())
    }
}

/// What attempts got, as they are read one after another; nothing else of them is kept.
#[derive(Default)]
struct Answers {
    by_attempt: BTreeMap<u64, Result<Response, String>>,
    any_genetic: bool,
}

impl Answers {
    fn add(&mut self, attempt: &Attempt) {
        self.any_genetic |= attempt.proposer == "genetic";
        let answer = match (&attempt.reply, attempt.outcome.rejection()) {
            (Some(reply), _) => Ok(Response {
                reply: reply.clone(),
                reading: reading_of(attempt),
            }),
            (None, Some(Rejection::NoReply { detail })) => Err(detail.clone()),
            (None, _) => return,
        };
        self.by_attempt.insert(attempt.attempt, answer);
    }

    fn of(self, source: &str) -> Result<Recorded, RecordingError> {
        let source = source.to_owned();
        if self.any_genetic {
            return Err(RecordingError::Genetic {
                source_name: source,
            });
        }
        if !self.by_attempt.values().any(Result::is_ok) {
            return Err(RecordingError::Empty {
                source_name: source,
            });
        }
        Ok(Recorded {
            source,
            answers: self.by_attempt,
        })
    }
}

/// What was read out of an attempt's reply; `None` where its record does not say.
fn reading_of(attempt: &Attempt) -> Option<Reading> {
    if let Some(first) = &attempt.proposal {
        let proposals = std::iter::once(first).chain(&attempt.further).cloned();
        return Some(Ok(proposals.map(ParsedProposal::from).collect()));
    }
    let rejection = attempt.outcome.rejection()?;
    let is_of_reading = matches!(
        rejection,
        Rejection::Unreadable { .. } | Rejection::Refused { .. } | Rejection::Truncated { .. }
    );
    is_of_reading.then(|| Err(rejection.clone()))
}

impl Proposer for Recorded {
    fn name(&self) -> &str {
        "recorded"
    }

    fn repeatable(&self) -> bool {
        true
    }

    fn assign(&self, brief: &mut Brief) {
        prompt::choose_purpose(brief);
    }

    fn ask(&self, brief: &Brief, _purse: &dyn Purse, stop: &Stop) -> Result<Response, Unanswered> {
        if stop.is_due() {
            return Err(Unanswered::Stopped);
        }
        match self.answers.get(&brief.attempt) {
            Some(Ok(response)) => Ok(response.clone()),
            Some(Err(detail)) => Err(Unanswered::Lost(detail.clone())),
            None => Err(Unanswered::Exhausted(format!(
                "{} holds no reply for attempt {}",
                self.source, brief.attempt
            ))),
        }
    }

    fn read(&self, reply: &Reply, formulas: u32) -> Reading {
        reply::proposals(reply, formulas)
    }
}
