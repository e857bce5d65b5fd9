//! Making an archive whole again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::campaign::{carved, newer, parsed, Known, Recovery};
use super::finds::{believed, each_believed, Finds};
use super::inspection::inspect_held;
use super::report::Repair;
use crate::journal::archive_folder::{self, FolderState};
use crate::journal::closing;
use crate::journal::contents::Scrutiny;
use crate::journal::envelope::Kind;
use crate::journal::error::JournalError;
use crate::journal::export::{Export, Part, BENCHMARK_RUNS};
use crate::journal::lock::Lock;
use crate::journal::opening::{self, Condition};
use crate::journal::sealed::Sealed;
use crate::journal::store::{BenchmarkRunName, Restoration, Store};
use crate::journal::{copies, durable, files};
use crate::record::benchmark_run::BenchmarkRun;
use crate::record::charter::Charter;

/// Makes the archive `folder` whole again, from what its database, the copies of it and its export
/// still hold; a sound archive stays as it is.
///
/// What was replaced is kept under `copies`, the database and an export with broken lines. Killed
/// at any point, it can be begun again.
///
/// # Errors
/// `Absent` and `NotAnArchive` where there is none, `Busy`, `Newer`, and what the system refuses;
/// never for what is lost, which the answer lists.
pub fn repair(folder: &Path) -> Result<Repair, JournalError> {
    if let FolderState::Vacant = archive_folder::state(folder)? {
        return Err(JournalError::Absent {
            folder: folder.to_owned(),
        });
    }
    let lock = Lock::take(folder)?;
    copies::settle(folder)?;
    let inspection = inspect_held(folder)?;
    let mended = !inspection.is_sound();
    let mut repair = Repair {
        mended,
        holdings: inspection.holdings,
        lost: Vec::new(),
        kept: None,
    };
    if !mended {
        return Ok(repair);
    }
    // Either brings the export to what the database holds.
    let opened = match inspection.opens {
        true => opening::open_held(folder, lock)?,
        false => {
            repair = rebuild(folder)?;
            opening::open_rebuilt(folder, lock)?
        }
    };
    archive_folder::close(folder, opened)?;
    Ok(repair)
}

/// Makes a database of all that is found, and puts it in the place of the present one.
fn rebuild(folder: &Path) -> Result<Repair, JournalError> {
    let condition = Condition::find(folder, Scrutiny::Changed)?;
    let export = Export::at(folder);
    let mut finds = Finds::default();
    for place in std::iter::once(copies::database(folder)).chain(copies::kept(folder)?) {
        finds.carve_folder(&place)?;
    }
    let mut repair = Repair {
        mended: true,
        ..Repair::default()
    };
    let campaigns = known_campaigns(&finds, &export, &condition, &mut repair)?;
    let directory = copies::vacant(folder)?;
    files::create_folder(&directory)?;
    Store::create(folder, &directory)?;
    let store = Store::open(folder, &directory)?;
    let mut restoration = Restoration::default();
    let mut recovery = Recovery {
        finds: &finds,
        export: &export,
        store: &store,
        restoration: &mut restoration,
        repair: &mut repair,
        was_closed: condition.is_closed(),
    };
    for campaign in &campaigns {
        recovery.bring_back(campaign)?;
    }
    recovery.bring_back_checkups()?;
    bring_benchmark_runs(&finds, &export, &store, &mut restoration, &mut repair)?;
    let acknowledged = condition.acknowledged();
    let missing = acknowledged
        .settled
        .saturating_sub(repair.holdings.attempts);
    if missing > 0 && repair.lost.is_empty() {
        repair.lost.push(format!(
            "{missing} of the {} attempts that were acknowledged",
            acknowledged.settled
        ));
    }
    store.end_restoration(&restoration, acknowledged.commits)?;
    store.verify_all()?;
    let mut witness = store.witness()?;
    store.close()?;
    repair.kept = copies::exchange(folder)?;
    keep_export(folder, &export, repair.kept.as_deref())?;
    durable::remove(&folder.join(closing::CLEAN))?;
    witness.database_bytes = files::length(&copies::database(folder).join("db"));
    witness.write(folder)?;
    Ok(repair)
}

/// The campaigns of which a charter is found, oldest first; the others are noted as lost.
fn known_campaigns(
    finds: &Finds,
    export: &Export,
    condition: &Condition,
    repair: &mut Repair,
) -> Result<Vec<Known>, JournalError> {
    let mut numbers: BTreeMap<String, u32> = match &condition.closing {
        Sealed::Whole(closing) => closing.campaigns.iter().map(swapped).collect(),
        Sealed::Absent | Sealed::Broken => BTreeMap::new(),
    };
    let mut charters = BTreeMap::new();
    let mut nameless = BTreeSet::new();
    for number in finds.campaigns() {
        let found = carved(finds, Kind::Charter, number, 0)?;
        let newest = found.first().and_then(|charter| parsed::<Charter>(charter));
        let Some(charter) = newest else {
            nameless.insert(number);
            continue;
        };
        numbers.insert(charter.campaign.clone(), number);
        charters.insert(charter.campaign, (found, None));
    }
    for (name, document) in exported_charters(export)? {
        // What only the export knows gets the next number.
        let next = numbers.values().max().map_or(1, |last| last + 1);
        let number = *numbers.entry(name.clone()).or_insert(next);
        nameless.remove(&number);
        charters.entry(name).or_insert((Vec::new(), None)).1 = Some(document);
    }
    let mut known = Vec::new();
    for (name, (found, exported)) in charters {
        if let (Some(number), Some(charter)) = (numbers.get(&name), newer(found, exported)) {
            known.push(Known {
                number: *number,
                name,
                charter,
            });
        }
    }
    known.sort_by_key(|campaign| campaign.number);
    for number in nameless {
        let name = numbers.iter().find(|(_, of)| **of == number);
        let what = match name {
            Some((name, _)) => format!("campaign `{name}`"),
            None => format!("a campaign, number {number},"),
        };
        repair.lost.push(format!(
            "{what} with its {} attempts: its charter is nowhere; what was found of it stays in \
             the copies",
            finds.ids(Kind::Settled, number).len()
        ));
    }
    Ok(known)
}

fn swapped((number, name): &(u32, String)) -> (String, u32) {
    (name.clone(), *number)
}

/// The charters in the export with the names of their campaigns, the oldest first.
fn exported_charters(export: &Export) -> Result<Vec<(String, Vec<u8>)>, JournalError> {
    let mut charters = Vec::new();
    for name in export.campaigns()? {
        let (documents, _) = believed(&export.path(&name, Part::Charter))?;
        for document in documents {
            if let Some(charter) = parsed::<Charter>(&document).filter(|one| one.campaign == name) {
                charters.push((charter.created, name.clone(), document));
            }
        }
    }
    charters.sort();
    Ok(charters
        .into_iter()
        .map(|(_, name, document)| (name, document))
        .collect())
}

fn bring_benchmark_runs(
    finds: &Finds,
    export: &Export,
    store: &Store,
    restoration: &mut Restoration,
    repair: &mut Repair,
) -> Result<(), JournalError> {
    let mut names = BTreeSet::new();
    let mut bring = |document: &[u8]| match parsed::<BenchmarkRun>(document) {
        Some(run) => {
            let name = BenchmarkRunName::of(&run);
            match names.insert(name.clone()) {
                true => store.restore_benchmark_run(restoration, &name, document),
                false => Ok(()),
            }
        }
        None => Ok(()),
    };
    let mut found = 0;
    for id in finds.ids(Kind::BenchmarkRun, 0) {
        found = found.max(id);
        if let Some((_, document)) = finds.newest(Kind::BenchmarkRun, 0, id)? {
            bring(&document)?;
        }
    }
    each_believed(&export.path(BENCHMARK_RUNS, Part::Attempts), |document| {
        bring(&document)
    })?;
    repair.holdings.benchmark_runs = names.len() as u64;
    let missing = found.saturating_sub(names.len() as u64);
    if missing > 0 {
        repair
            .lost
            .push(format!("{missing} of {found} benchmark runs of replays"));
    }
    Ok(())
}

/// Keeps the export as it was found beside the database, before its lines are written anew.
fn keep_export(folder: &Path, export: &Export, kept: Option<&Path>) -> Result<(), JournalError> {
    let place: PathBuf = match kept {
        Some(kept) => kept.join("export"),
        None => folder.join(copies::COPIES).join("export"),
    };
    copies::copy_folder(export.folder(), &place, &|_| false)
}
