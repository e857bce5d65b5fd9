//! What is open in a campaign, in `export/CAMPAIGN.open.jsonl`: its balance, and the attempts that
//! are not settled with their replies and accounts. Each change is a line, in order; at rest the
//! file has one line a thing.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lines::{self, Line};
use crate::journal::error::JournalError;
use crate::journal::store::Store;

/// One line: what changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::journal) enum OpenLine {
    /// The request of an attempt may leave.
    Reserved {
        /// The attempt.
        attempt: u64,
    },
    /// A reservation was taken back.
    Released {
        /// The attempt.
        attempt: u64,
    },
    /// The reply of an attempt came.
    Replied {
        /// The attempt.
        attempt: u64,
        /// Its document.
        reply: Value,
    },
    /// The account of an attempt, or under 0 the balance of the campaign.
    Booked {
        /// The attempt, or 0.
        attempt: u64,
        /// The newest has the highest.
        revision: u32,
        /// Its document.
        account: Value,
    },
}

/// What the lines at `path` tell of a campaign beyond what the database holds: in words what it is
/// of, how many the lines know of, and how many the database.
pub(super) fn surplus(
    store: &Store,
    campaign: u32,
    path: &Path,
) -> Result<Option<(&'static str, u64, u64)>, JournalError> {
    let (mut bookings, mut open) = (0, BTreeSet::new());
    lines::each(path, |line| {
        let (Line::Sealed(document) | Line::Unsealed(document)) = line else {
            return Ok(());
        };
        match serde_json::from_slice(&document) {
            Ok(OpenLine::Booked {
                attempt: 0,
                revision,
                ..
            }) => bookings = bookings.max(u64::from(revision)),
            Ok(OpenLine::Reserved { attempt } | OpenLine::Replied { attempt, .. }) => {
                open.insert(attempt);
            }
            Ok(OpenLine::Released { attempt }) => {
                open.remove(&attempt);
            }
            Ok(OpenLine::Booked { .. }) | Err(_) => {}
        }
        Ok(())
    })?;
    let booked = store.revised_account(campaign, 0)?;
    let booked = booked.map_or(0, |(revision, _)| u64::from(revision));
    if bookings > booked {
        return Ok(Some(("bookings", bookings, booked)));
    }
    let held: BTreeSet<u64> = store
        .open_attempts(campaign)?
        .into_iter()
        .map(|(attempt, _)| attempt)
        .chain(store.settled_numbers(campaign)?)
        .collect();
    let found = open.intersection(&held).count();
    Ok((found < open.len()).then_some(("attempts under way", open.len() as u64, found as u64)))
}

/// The lines of all that is open in a campaign.
pub(super) fn all(store: &Store, campaign: u32) -> Result<Vec<OpenLine>, JournalError> {
    let mut lines = Vec::new();
    for attempt in std::iter::once(0).chain(store.account_numbers(campaign)?) {
        lines.extend(booked(store, campaign, attempt)?);
    }
    for (attempt, reply) in store.open_attempts(campaign)? {
        lines.push(match reply {
            None => OpenLine::Reserved { attempt },
            Some(reply) => replied(store, attempt, &reply)?,
        });
    }
    Ok(lines)
}

/// The line of the account of an attempt, or of the balance under 0; none where there is none.
pub(super) fn booked(
    store: &Store,
    campaign: u32,
    attempt: u64,
) -> Result<Option<OpenLine>, JournalError> {
    let account = store.revised_account(campaign, attempt)?;
    account
        .map(|(revision, document)| {
            Ok(OpenLine::Booked {
                attempt,
                revision,
                account: value(store, &document)?,
            })
        })
        .transpose()
}

/// The line of a reply, of which `document` is the record.
pub(super) fn replied(
    store: &Store,
    attempt: u64,
    document: &[u8],
) -> Result<OpenLine, JournalError> {
    Ok(OpenLine::Replied {
        attempt,
        reply: value(store, document)?,
    })
}

/// A line of the file at `path` with its checksum.
pub(super) fn seal(path: &Path, line: &OpenLine) -> Vec<u8> {
    lines::seal(
        path,
        &serde_json::to_vec(line).expect("numbers and JSON can be written as JSON"),
    )
}

fn value(store: &Store, document: &[u8]) -> Result<Value, JournalError> {
    serde_json::from_slice(document)
        .map_err(|error| store.damaged(format!("what is open cannot be read: {error}")))
}
