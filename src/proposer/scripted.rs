//! The scripted proposer: replies read from files, so that a campaign with a model can be run
//! without one.

use std::fs;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{prompt, reply, Brief, Proposer, Purse, Reading, Response, Unanswered};
use crate::files;
use crate::numerics::stop::Stop;
use crate::record::attempt::Reply;

/// Replies in a fixed order: one for each attempt, from attempt 1 on. It renders the prompt that a
/// model would have been sent, which is recorded with the reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Scripted {
    source: PathBuf,
    /// (where it is from, its text)
    replies: Vec<(String, String)>,
}

/// Why there are no replies to read.
#[derive(Debug, Error)]
pub enum ScriptError {
    /// A file or folder that cannot be read.
    #[error("the replies at {path} cannot be read: {source}")]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// A file or folder without any reply.
    #[error(
        "{path} holds no replies: a folder needs files *.md, *.txt or *.json, a file needs text"
    )]
    Empty {
        /// The file or folder.
        path: PathBuf,
    },
}

impl Scripted {
    /// Reads the replies of a folder (each `*.md`, `*.txt` and `*.json` is one, in the order of
    /// their names) or of one file (separated by lines of `---`).
    pub fn open(path: &Path) -> Result<Scripted, ScriptError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| ScriptError::Unreadable { path, source }
        };
        let replies = if fs::metadata(path).map_err(unreadable(path))?.is_dir() {
            let entries = files::entries(path).map_err(unreadable(path))?;
            let mut found: Vec<PathBuf> = entries
                .into_iter()
                .map(|entry| entry.path())
                .filter(|file| is_reply(file))
                .collect();
            found.sort();
            let (mut replies, mut total) = (Vec::new(), 0);
            for file in found {
                let text = files::text(&file, files::REPLIES).map_err(unreadable(&file))?;
                total += text.len() as u64;
                files::REPLIES.check(total).map_err(unreadable(path))?;
                replies.push((name(&file), text));
            }
            replies
        } else {
            let text = files::text(path, files::REPLIES).map_err(unreadable(path))?;
            let numbered =
                |(index, reply): (usize, String)| (format!("{} #{}", name(path), index + 1), reply);
            split(&text).into_iter().enumerate().map(numbered).collect()
        };
        if replies.is_empty() {
            return Err(ScriptError::Empty {
                path: path.to_owned(),
            });
        }
        Ok(Scripted {
            source: path.to_owned(),
            replies,
        })
    }

    /// The number of replies.
    pub fn count(&self) -> usize {
        self.replies.len()
    }
}

fn is_reply(file: &Path) -> bool {
    let extension = file.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("md" | "txt" | "json")) && file.is_file()
}

fn name(file: &Path) -> String {
    file.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The parts of a text between lines of `---`; an empty part at the beginning or the end is none.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for line in text.lines() {
        match parts.last_mut() {
            Some(part) if line.trim_end() != "---" => {
                part.push_str(line);
                part.push('\n');
            }
            _ => parts.push(String::new()),
        }
    }
    let blank = |part: &String| part.trim().is_empty();
    if parts.last().is_some_and(blank) {
        parts.pop();
    }
    if parts.first().is_some_and(blank) {
        parts.remove(0);
    }
    parts
}

impl Proposer for Scripted {
    fn name(&self) -> &str {
        "scripted"
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
        let index = brief
            .attempt
            .checked_sub(1)
            .and_then(|index| usize::try_from(index).ok());
        let Some((from, text)) = index.and_then(|index| self.replies.get(index)) else {
            let (count, source) = (self.replies.len(), self.source.display());
            return Err(Unanswered::Exhausted(format!(
                "{source} holds {count} replies, none for attempt {}",
                brief.attempt
            )));
        };
        Ok(Response::from(Reply {
            model: from.clone(),
            prompt: prompt::proposal(brief).to_string(),
            text: text.clone(),
            ..Reply::default()
        }))
    }

    fn read(&self, reply: &Reply, formulas: u32) -> Reading {
        reply::proposals(reply, formulas)
    }
}
