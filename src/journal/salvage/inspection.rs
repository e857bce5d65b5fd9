//! What is wrong with an archive, told without changing it.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::finds::each_believed;
use super::report::Holdings;
use crate::journal::archive_folder::{self, FolderState};
use crate::journal::contents::Scrutiny;
use crate::journal::copies;
use crate::journal::error::JournalError;
use crate::journal::export::{Export, Part, BENCHMARK_RUNS};
use crate::journal::lock::Lock;
use crate::journal::opening::{self, Condition};
use crate::journal::store::{BenchmarkRunName, Store};
use crate::record::attempt::Attempt;
use crate::record::benchmark_run::BenchmarkRun;
use crate::record::ledger::{Account, Balance, Call};

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where: a file or a folder of the archive, or `database`.
    pub place: String,
    /// What, in words.
    pub what: String,
}

/// What an archive was found to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// What is not as it should be.
    pub findings: Vec<Finding>,
    /// Whether it was closed in good order; one that was not may be sound.
    pub closed: bool,
    /// Whether the database opens and holds all that was acknowledged.
    pub opens: bool,
    /// What the database holds, where it opens.
    pub holdings: Holdings,
}

impl Inspection {
    /// Whether nothing needs mending.
    pub fn is_sound(&self) -> bool {
        self.opens && self.findings.is_empty()
    }

    fn find(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.findings.push(Finding {
            place: place.into(),
            what: what.into(),
        });
    }
}

/// Reads every byte of the archive `folder`, and every record in a copy of its database, and
/// changes nothing but its LOCK.
///
/// # Errors
/// As [`repair`](super::repair).
pub fn verify(folder: &Path) -> Result<Inspection, JournalError> {
    if let FolderState::Vacant = archive_folder::state(folder)? {
        return Err(JournalError::Absent {
            folder: folder.to_owned(),
        });
    }
    let lock = Lock::take(folder)?;
    let inspection = inspect_held(folder)?;
    drop(lock);
    Ok(inspection)
}

/// [`verify`] of an archive of which this process holds the lock.
pub(super) fn inspect_held(folder: &Path) -> Result<Inspection, JournalError> {
    let mut inspection = Inspection {
        findings: Vec::new(),
        closed: false,
        opens: false,
        holdings: Holdings::default(),
    };
    if let FolderState::Bereft(detail) = archive_folder::state(folder)? {
        inspection.find("database", detail);
        return Ok(inspection);
    }
    let condition = Condition::find(folder, Scrutiny::Whole)?;
    inspection.closed = condition.is_closed();
    for difference in &condition.differences {
        inspection.find(&difference.file, &difference.what);
    }
    for fault in condition.faults() {
        inspection.find("the archive", fault);
    }
    let looked = opening::with_copy(folder, &condition, |store| {
        store.verify_all()?;
        Export::at(folder).survey(store)?;
        let mut looked = inspection.clone();
        looked.opens = true;
        looked.holdings = holdings(store)?;
        hold_export_against(folder, store, &mut looked)?;
        hold_ledgers(store, &mut looked)?;
        Ok(looked)
    });
    match looked {
        Ok(looked) => inspection = looked,
        Err(error) if error.is_damage() => inspection.find("database", error.detail()),
        Err(error) => return Err(error),
    }
    copies::discard(folder);
    Ok(inspection)
}

/// What a database holds.
pub(super) fn holdings(store: &Store) -> Result<Holdings, JournalError> {
    let mut holdings = Holdings {
        benchmark_runs: store.benchmark_runs_counted()?,
        ..Holdings::default()
    };
    for (campaign, _) in store.account_holders()? {
        holdings.open_accounts += store.account_numbers(campaign)?.len() as u64;
    }
    for (campaign, _) in store.campaign_names()? {
        holdings.campaigns += 1;
        holdings.attempts += store.settled(campaign)?;
        holdings.open_attempts += store.open_attempts(campaign)?.len() as u64;
        holdings.confirmations += store.confirmations(campaign)?.len() as u64;
    }
    Ok(holdings)
}

/// Whether every line of the export says what the database holds, and none is missing.
fn hold_export_against(
    folder: &Path,
    store: &Store,
    inspection: &mut Inspection,
) -> Result<(), JournalError> {
    let export = Export::at(folder);
    for (campaign, name) in store.campaign_names()? {
        let mut told = LineCount::default();
        told.refused = each_believed(&export.path(&name, Part::Attempts), |line| {
            let number = serde_json::from_slice::<Attempt>(&line).ok();
            let held = match &number {
                Some(attempt) => store.attempt(campaign, attempt.attempt)?,
                None => None,
            };
            told.count(
                number.map(|one| one.attempt.to_string()),
                held.as_ref() == Some(&line),
            );
            Ok(())
        })?;
        told.tell(
            inspection,
            &format!("export/{name}.jsonl"),
            store.settled(campaign)?,
        );
    }
    let mut told = LineCount::default();
    told.refused = each_believed(&export.path(BENCHMARK_RUNS, Part::Attempts), |line| {
        let run = serde_json::from_slice::<BenchmarkRun>(&line).ok();
        let name = run.as_ref().map(BenchmarkRunName::of);
        let held = match &name {
            Some(name) => store.benchmark_run(name)?,
            None => None,
        };
        told.count(
            name.map(|name| format!("{name:?}")),
            held.as_ref() == Some(&line),
        );
        Ok(())
    })?;
    told.tell(
        inspection,
        &format!("export/{BENCHMARK_RUNS}.jsonl"),
        store.benchmark_runs_counted()?,
    );
    Ok(())
}

/// What the lines of a file were found to be.
#[derive(Default)]
struct LineCount {
    /// What the lines are of that say what the database holds.
    right: BTreeSet<String>,
    wrong: usize,
    refused: usize,
}

impl LineCount {
    fn count(&mut self, key: Option<String>, is_as_held: bool) {
        match key {
            Some(key) if is_as_held => drop(self.right.insert(key)),
            _ => self.wrong += 1,
        }
    }

    fn tell(&self, inspection: &mut Inspection, place: &str, held: u64) {
        if self.refused > 0 {
            inspection.find(place, format!("{} lines fail their checksum", self.refused));
        }
        if self.wrong > 0 {
            let what = format!("{} lines do not say what the database holds", self.wrong);
            inspection.find(place, what);
        }
        // A program that was killed had no time to write its last lines; its next opening does.
        let missing = held.saturating_sub(self.right.len() as u64);
        if missing > 0 && (inspection.closed || self.refused + self.wrong > 0) {
            inspection.find(place, format!("{missing} records of {held} are not in it"));
        }
    }
}

/// Whether each campaign's balance is the sum over its attempts and open accounts.
fn hold_ledgers(store: &Store, inspection: &mut Inspection) -> Result<(), JournalError> {
    #[derive(Deserialize)]
    struct Calls {
        #[serde(default)]
        calls: Vec<Call>,
    }
    let unreadable = |error: serde_json::Error| store.damaged(format!("a ledger: {error}"));
    for (campaign, name) in store.account_holders()? {
        let Some(balance) = store.account(campaign, 0)? else {
            continue;
        };
        let kept: Balance = serde_json::from_slice(&balance).map_err(unreadable)?;
        let mut sum = Balance::default();
        for attempt in store.settled_numbers(campaign)? {
            if let Some(document) = store.attempt(campaign, attempt)? {
                let settled: Calls = serde_json::from_slice(&document).map_err(unreadable)?;
                sum.add(&settled.calls, &[]);
            }
        }
        for attempt in store.account_numbers(campaign)? {
            if let Some(document) = store.account(campaign, attempt)? {
                let account: Account = serde_json::from_slice(&document).map_err(unreadable)?;
                sum.add(&account.calls, &account.holds);
            }
        }
        if sum != kept {
            inspection.find(
                "database",
                format!(
                    "the balance of `{name}` is {} spent and {} held, the sum of its \
                     attempts {} and {}",
                    kept.spent, kept.held, sum.spent, sum.held
                ),
            );
        }
    }
    Ok(())
}
