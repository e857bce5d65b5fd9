//! Opening an archive so that no crash and no damage is ever taken for an empty one, and a refused
//! opening changes nothing.
//!
//! sled may destroy a damaged database by opening it. So it is let into the database itself only
//! where every byte is as it was at closing; else it works on a copy, which takes the database's
//! place once all that was acknowledged is found in it.

use std::path::Path;
use std::time::Instant;

use super::closing::{self, Closing};
use super::contents::{Contents, Difference, Scrutiny};
use super::error::JournalError;
use super::export::{Export, Survey};
use super::lock::Lock;
use super::sealed::Sealed;
use super::store::Store;
use super::witness::Witness;
use super::{copies, durable, files};

/// The folders of an archive whose files are held against the closing.
pub(super) const CHECKED: [&str; 2] = ["sled", "export"];
/// Where others than the owner could change what is believed.
const GUARDED: [&str; 5] = ["sled", "export", "copies", "LOCK", "WITNESS"];
/// Databases that are checked whole after an unclean stop; of larger ones only the newest records,
/// unless something else than the stop is found.
const CHECKED_WHOLE: u64 = 64 << 20;

/// A copy of sled's parameters, without which earlier versions open nothing.
pub(super) const PARAMETERS: &str = "sled.conf";

fn has_parameters(folder: &Path) -> Result<bool, JournalError> {
    let wanted = Store::parameters();
    Ok(
        match files::read(&folder.join(PARAMETERS), wanted.len() as u64) {
            Err(JournalError::Overlong { .. }) => false,
            found => found? == Some(wanted),
        },
    )
}

/// Databases that are copied before sled is let in; larger ones are brought back by a repair.
const SPARED: u64 = 64 << 20;

/// An archive that is open and checked.
pub(super) struct Opened {
    pub(super) store: Store,
    pub(super) export: Export,
    pub(super) lock: Lock,
    /// What the files held at the opening, as far as that was known.
    pub(super) proven: Contents,
}

/// How the files of an archive were found, held against how they were left.
pub(super) struct Condition {
    pub(super) closing: Sealed<Closing>,
    pub(super) witness: Sealed<Witness>,
    /// Against the closing; empty where there is none.
    pub(super) differences: Vec<Difference>,
    /// Whether a version closed it that kept no checksums.
    is_of_earlier_version: bool,
    /// Whether the copy of sled's parameters is as it must be.
    has_parameters: bool,
}

impl Condition {
    pub(super) fn find(folder: &Path, scrutiny: Scrutiny) -> Result<Condition, JournalError> {
        let closing = closing::read(folder)?;
        let differences = match &closing {
            Sealed::Whole(closing) => closing.contents.differences(folder, &CHECKED, scrutiny)?,
            Sealed::Absent | Sealed::Broken => Vec::new(),
        };
        Ok(Condition {
            closing,
            witness: Witness::read(folder)?,
            differences,
            is_of_earlier_version: closing::is_of_earlier_version(folder)?,
            has_parameters: has_parameters(folder)?,
        })
    }

    /// Whether every byte is as it was when the archive was closed in good order.
    pub(super) fn is_proven(&self) -> bool {
        matches!(self.closing, Sealed::Whole(_)) && self.differences.is_empty()
    }

    /// Marks the archive as closed again where its opening was given up and it had been.
    fn mark_again(&self, folder: &Path) {
        if let (Sealed::Whole(closing), true) = (&self.closing, self.is_proven()) {
            if let Err(error) = closing.write(folder) {
                tracing::debug!(%error, "the archive could not be marked as closed again");
            }
        }
    }

    /// Whether the archive was merely not closed.
    pub(super) fn is_only_unclean(&self) -> bool {
        self.closing == Sealed::Absent && matches!(self.witness, Sealed::Whole(_))
    }

    /// What had been acknowledged, by the witness and by the closing.
    pub(super) fn acknowledged(&self) -> Witness {
        let of_closing = match &self.closing {
            Sealed::Whole(closing) => closing.witness,
            Sealed::Absent | Sealed::Broken => Witness::default(),
        };
        let witness = self.witness.clone().whole().unwrap_or_default();
        Witness {
            commits: witness.commits.max(of_closing.commits),
            settled: witness.settled.max(of_closing.settled),
            database_bytes: witness.database_bytes.max(of_closing.database_bytes),
        }
    }

    /// Whether it was closed in good order, whatever has happened to it since.
    pub(super) fn is_closed(&self) -> bool {
        self.closing != Sealed::Absent
    }

    /// What is wrong with the records beside the database, in words.
    pub(super) fn faults(&self) -> Vec<&'static str> {
        let closing = match &self.closing {
            Sealed::Broken if !self.is_of_earlier_version => Some("its CLEAN file is damaged"),
            Sealed::Whole(_) | Sealed::Absent | Sealed::Broken => None,
        };
        let witness = match &self.witness {
            Sealed::Whole(_) => None,
            Sealed::Absent => Some("its WITNESS file is gone"),
            Sealed::Broken => Some("its WITNESS file is damaged"),
        };
        let parameters = (!self.has_parameters).then_some("its sled.conf file is not as it was");
        closing
            .into_iter()
            .chain(witness)
            .chain(parameters)
            .collect()
    }

    /// Why sled is not let into the database as it is, in words.
    fn reasons(&self) -> Vec<String> {
        let differences = self
            .differences
            .iter()
            .map(|difference| format!("{}: {}", difference.file, difference.what));
        let closing = match &self.closing {
            Sealed::Absent => Some("the archive was not closed in good order"),
            Sealed::Broken if self.is_of_earlier_version => {
                Some("an earlier version closed the archive, without checksums")
            }
            Sealed::Whole(_) | Sealed::Broken => None,
        };
        let faults = closing.into_iter().chain(self.faults()).map(str::to_owned);
        differences.chain(faults).collect()
    }
}

/// Opens the archive of which this process holds the lock.
///
/// # Errors
/// `Newer`, `Lost` and `Damaged`, after which every file is as it was.
pub(super) fn open_held(folder: &Path, lock: Lock) -> Result<Opened, JournalError> {
    for path in files::writable_by_others(folder, &GUARDED) {
        tracing::warn!(
            "others than its owner may write to {path} of this archive; keep them out by chmod \
             go-w"
        );
    }
    copies::settle(folder)?;
    let condition = Condition::find(folder, Scrutiny::Changed)?;
    if let Sealed::Whole(closing) = &condition.closing {
        Store::refuse_newer(folder, closing.schema)?;
    }
    let survey = match condition.is_proven() {
        true => None,
        false => Some(prove(folder, &condition)?),
    };
    admit(folder, lock, condition, survey)
}

/// Opens the archive whose database was just made anew and verified, of which this process holds
/// the lock.
pub(super) fn open_rebuilt(folder: &Path, lock: Lock) -> Result<Opened, JournalError> {
    let condition = Condition::find(folder, Scrutiny::Changed)?;
    let store = Store::open(folder, &copies::database(folder))?;
    let survey = Export::at(folder).survey(&store)?;
    store.close()?;
    admit(folder, lock, condition, Some(survey))
}

/// Lets sled into the database, which is as the condition says or proven, with what the export was
/// found to hold.
fn admit(
    folder: &Path,
    lock: Lock,
    condition: Condition,
    survey: Option<Survey>,
) -> Result<Opened, JournalError> {
    durable::remove(&folder.join(closing::CLEAN))?;
    let enter = || enter(folder, &condition, survey.as_ref());
    let entered = match copies::database_bytes(folder)? <= SPARED {
        true => copies::with_spare(folder, enter),
        false => enter(),
    };
    let (store, export) = entered.inspect_err(|_| condition.mark_again(folder))?;
    tracing::info!(archive = %folder.display(), "the archive is open");
    let proven = match condition.closing {
        Sealed::Whole(closing) => closing.contents,
        Sealed::Absent | Sealed::Broken => Contents::default(),
    };
    Ok(Opened {
        store,
        export,
        lock,
        proven,
    })
}

/// Puts a copy of the database in its place once everything that was acknowledged is found in it;
/// the answer is what the export was found to hold.
fn prove(folder: &Path, condition: &Condition) -> Result<Survey, JournalError> {
    let bytes = copies::database_bytes(folder)?;
    tracing::warn!(
        archive = %folder.display(),
        "{}; a copy of the database ({:.1} MB) is made and checked",
        condition.reasons().join("; "),
        bytes as f64 / 1e6
    );
    let began = Instant::now();
    let survey = with_copy(folder, condition, |store| {
        if bytes <= CHECKED_WHOLE || !condition.is_only_unclean() {
            store.verify_all()?;
        } else {
            store.verify()?;
        }
        Export::at(folder).survey(store)
    })?;
    copies::exchange(folder)?;
    tracing::warn!(
        archive = %folder.display(),
        "the copy holds all that was acknowledged and has taken the database's place after {:.1} s; \
         the database as it was found is kept in {}",
        began.elapsed().as_secs_f64(),
        folder.join(copies::COPIES).display()
    );
    Ok(survey)
}

/// Has sled open a copy of the database, and gives that to `action`; the copy, closed again, stays
/// where `action` is content.
///
/// # Errors
/// What the first try was refused for: sled refuses a damaged or half-written snapshot for ever,
/// and does without one, so a second try is made with none.
pub(super) fn with_copy<T>(
    folder: &Path,
    condition: &Condition,
    action: impl Fn(&Store) -> Result<T, JournalError>,
) -> Result<T, JournalError> {
    let look = |without_snapshots: bool| -> Result<T, JournalError> {
        let copy = copies::make(folder, |name| {
            name.starts_with("snap.") && (without_snapshots || name.ends_with(".generating"))
        })?;
        durable::replace(&copy.join("conf"), &Store::parameters())?;
        let store = open_witnessed(folder, &copy, &condition.acknowledged())?;
        let answer = action(&store)?;
        store.close()?;
        Ok(answer)
    };
    let tried = match look(false) {
        Err(error) if error.is_damage() => look(true).map_err(|_| error),
        tried => tried,
    };
    tried.inspect_err(|_| copies::discard(folder))
}

/// Opens the database, of which every byte or every record is proven.
fn enter(
    folder: &Path,
    condition: &Condition,
    survey: Option<&Survey>,
) -> Result<(Store, Export), JournalError> {
    let directory = copies::database(folder);
    let store = open_witnessed(folder, &directory, &condition.acknowledged())?;
    store.verify()?;
    store.upgrade()?;
    if !condition.has_parameters {
        durable::replace(&folder.join(PARAMETERS), &Store::parameters())?;
    }
    let export = Export::at(folder);
    files::create_folder(export.folder())?;
    if let Some(survey) = survey {
        export.reconcile(&store, survey)?;
    }
    // The last commits may have been written by a killed process that did not live to synchronise
    // and acknowledge them.
    store.flush()?;
    let database = directory.join("db");
    if let Some(file) = files::open(&database)? {
        file.sync_all()
            .map_err(JournalError::io("synchronise", &database))?;
    }
    store.witness()?.write(folder)?;
    Ok((store, export))
}

/// Opens a database in `directory` that must hold what was acknowledged.
fn open_witnessed(
    folder: &Path,
    directory: &Path,
    witness: &Witness,
) -> Result<Store, JournalError> {
    let store = Store::open(folder, directory).map_err(|error| match error {
        // An emptied database has lost its trees too; say what that means.
        JournalError::Damaged { .. }
            if witness.commits > 0
                && files::length(&directory.join("db")) < witness.database_bytes =>
        {
            JournalError::Lost {
                folder: folder.to_owned(),
                of: "commits".to_owned(),
                witnessed: witness.commits,
                found: 0,
            }
        }
        error => error,
    })?;
    witness.hold_against(&store.witness()?, folder)?;
    Ok(store)
}
