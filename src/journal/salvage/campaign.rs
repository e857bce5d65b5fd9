//! Bringing back one campaign from what was carved and from its export.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde::Deserialize;
use serde_json::Value;

use super::finds::{believed, each_believed, Finds};
use super::report::{ranges, Repair};
use crate::journal::envelope::{Address, Kind};
use crate::journal::error::JournalError;
use crate::journal::export::{Export, OpenLine, Part};
use crate::journal::store::{Restoration, Store, CHECKUPS, CHECKUPS_NUMBER};
use crate::record::attempt::Attempt;
use crate::record::confirmation::Confirmation;
use crate::record::ledger::{Account, Balance};

/// A campaign that is known by its charter.
pub(super) struct Known {
    pub(super) number: u32,
    pub(super) name: String,
    pub(super) charter: Vec<u8>,
}

/// What the export says of a campaign's founders.
#[derive(Deserialize)]
struct FoundersLine {
    founders: Value,
    arithmetic: Option<Value>,
}

/// Everything that is needed to bring back one campaign.
pub(super) struct Recovery<'a> {
    pub(super) finds: &'a Finds,
    pub(super) export: &'a Export,
    pub(super) store: &'a Store,
    pub(super) restoration: &'a mut Restoration,
    pub(super) repair: &'a mut Repair,
    /// Whether the archive was closed in good order, with all that is open in its export.
    pub(super) was_closed: bool,
}

/// What is open in a campaign by the lines of its export.
#[derive(Default)]
struct Open {
    /// The reply, where there is one, of each attempt that was last reserved or replied.
    attempts: BTreeMap<u64, Option<Vec<u8>>>,
    /// By attempt, and the balance under 0, with revisions.
    accounts: BTreeMap<u64, (u32, Vec<u8>)>,
    /// Attempts of which the reservation was taken back last.
    released: BTreeSet<u64>,
    /// Whether the lines say all, but for what was written when the program was killed.
    is_whole: bool,
}

/// Of what was carved, newest first, and what the export says, the newer: the carved, unless the
/// export says what was not carved at all, which is then of a version that is damaged.
pub(super) fn newer(carved: Vec<Vec<u8>>, exported: Option<Vec<u8>>) -> Option<Vec<u8>> {
    match exported {
        Some(exported) if !carved.contains(&exported) => Some(exported),
        exported => carved.into_iter().next().or(exported),
    }
}

impl Recovery<'_> {
    /// Puts all of a campaign that was found into the database.
    pub(super) fn bring_back(&mut self, campaign: &Known) -> Result<(), JournalError> {
        let Known { number, name, .. } = campaign;
        self.store.restore_name(self.restoration, *number, name)?;
        self.put(Kind::Charter, *number, 0, 1, &campaign.charter)?;
        self.repair.holdings.campaigns += 1;
        self.bring_founders(campaign)?;
        self.bring_conclusion(campaign)?;
        self.bring_confirmations(campaign)?;
        let mut balance = Balance::default();
        let settled = self.bring_attempts(campaign, &mut balance)?;
        let open = self.open_by_export(campaign)?;
        self.bring_open_attempts(campaign, &settled, &open)?;
        self.bring_accounts(campaign, &settled, &open, balance)
    }

    /// Puts the accounts of check-ups that were found into the database.
    pub(super) fn bring_back_checkups(&mut self) -> Result<(), JournalError> {
        let checkups = Known {
            number: CHECKUPS_NUMBER,
            name: CHECKUPS.to_owned(),
            charter: Vec::new(),
        };
        let open = self.open_by_export(&checkups)?;
        self.bring_accounts(&checkups, &BTreeSet::new(), &open, Balance::default())
    }

    fn put(
        &mut self,
        kind: Kind,
        campaign: u32,
        id: u64,
        revision: u32,
        document: &[u8],
    ) -> Result<(), JournalError> {
        let address = Address {
            kind,
            campaign,
            id,
            revision,
        };
        self.store.restore(self.restoration, address, document)
    }

    /// The documents of all versions that were carved, newest first.
    fn carved(&self, kind: Kind, campaign: u32, id: u64) -> Result<Vec<Vec<u8>>, JournalError> {
        carved(self.finds, kind, campaign, id)
    }

    /// The one document in a file of the export; what cannot be believed is as good as absent.
    fn exported(&self, name: &str, part: Part) -> Result<Option<Vec<u8>>, JournalError> {
        Ok(believed(&self.export.path(name, part))?
            .0
            .into_iter()
            .next())
    }

    fn bring_founders(&mut self, campaign: &Known) -> Result<(), JournalError> {
        let line: Option<FoundersLine> = self
            .exported(&campaign.name, Part::Founders)?
            .and_then(|document| serde_json::from_slice(&document).ok());
        let (founders, arithmetic) = match line {
            Some(line) => (
                Some(line.founders.to_string().into_bytes()),
                line.arithmetic.map(|value| value.to_string().into_bytes()),
            ),
            None => (None, None),
        };
        for (id, exported) in [(0, founders), (1, arithmetic)] {
            let carved = self.carved(Kind::Founders, campaign.number, id)?;
            if let Some(document) = newer(carved, exported) {
                self.put(Kind::Founders, campaign.number, id, 1, &document)?;
            }
        }
        Ok(())
    }

    fn bring_conclusion(&mut self, campaign: &Known) -> Result<(), JournalError> {
        let exported = self.exported(&campaign.name, Part::Conclusion)?;
        let carved = self.carved(Kind::Conclusion, campaign.number, 0)?;
        match newer(carved, exported) {
            Some(document) => self.put(Kind::Conclusion, campaign.number, 0, 1, &document),
            None => Ok(()),
        }
    }

    fn bring_confirmations(&mut self, campaign: &Known) -> Result<(), JournalError> {
        let (lines, _) = believed(&self.export.path(&campaign.name, Part::Confirmations))?;
        let mut exported: BTreeMap<u64, Vec<u8>> = lines
            .into_iter()
            .filter_map(|line| Some((parsed::<Confirmation>(&line)?.candidates, line)))
            .collect();
        let mut ids: BTreeSet<u64> = exported.keys().copied().collect();
        ids.extend(self.finds.ids(Kind::Confirmation, campaign.number));
        for id in ids {
            let carved = self.carved(Kind::Confirmation, campaign.number, id)?;
            match newer(carved, exported.remove(&id)) {
                Some(document) => {
                    self.put(Kind::Confirmation, campaign.number, id, 1, &document)?;
                    self.repair.holdings.confirmations += 1;
                }
                None => self.repair.lost.push(format!(
                    "the confirmation of the first {id} candidates of campaign `{}`",
                    campaign.name
                )),
            }
        }
        Ok(())
    }

    /// The numbers of the settled attempts; their requests are added to the balance.
    fn bring_attempts(
        &mut self,
        campaign: &Known,
        balance: &mut Balance,
    ) -> Result<BTreeSet<u64>, JournalError> {
        let mut settled = BTreeSet::new();
        for id in self.finds.ids(Kind::Settled, campaign.number) {
            if let Some((_, document)) = self.finds.newest(Kind::Settled, campaign.number, id)? {
                self.bring_attempt(campaign.number, &document, &mut settled, balance)?;
            }
        }
        let path = self.export.path(&campaign.name, Part::Attempts);
        each_believed(&path, |document| {
            self.bring_attempt(campaign.number, &document, &mut settled, balance)
        })?;
        let last = settled.last().copied().unwrap_or(0);
        let missing: Vec<u64> = (1..=last).filter(|id| !settled.contains(id)).collect();
        if !missing.is_empty() {
            self.repair.lost.push(format!(
                "of campaign `{}` the attempts {}",
                campaign.name,
                ranges(&missing)
            ));
        }
        self.repair.holdings.attempts += settled.len() as u64;
        Ok(settled)
    }

    /// Puts a settled attempt into the database unless it is there, or is none.
    fn bring_attempt(
        &mut self,
        campaign: u32,
        document: &[u8],
        settled: &mut BTreeSet<u64>,
        balance: &mut Balance,
    ) -> Result<(), JournalError> {
        match parsed::<Attempt>(document) {
            Some(attempt) if settled.insert(attempt.attempt) => {
                balance.add(&attempt.calls, &[]);
                self.put(Kind::Settled, campaign, attempt.attempt, 3, document)
            }
            _ => Ok(()),
        }
    }

    fn open_by_export(&self, campaign: &Known) -> Result<Open, JournalError> {
        let (lines, refused) = believed(&self.export.path(&campaign.name, Part::Open))?;
        let mut open = Open {
            is_whole: refused == 0 && !lines.is_empty(),
            ..Open::default()
        };
        for line in lines {
            let bytes = |value: &Value| value.to_string().into_bytes();
            match parsed(&line) {
                Some(OpenLine::Reserved { attempt }) => {
                    open.released.remove(&attempt);
                    open.attempts.entry(attempt).or_insert(None);
                }
                Some(OpenLine::Released { attempt }) => {
                    open.attempts.remove(&attempt);
                    open.released.insert(attempt);
                }
                Some(OpenLine::Replied { attempt, reply }) => {
                    open.attempts.insert(attempt, Some(bytes(&reply)));
                }
                Some(OpenLine::Booked {
                    attempt,
                    revision,
                    account,
                }) => {
                    open.accounts.insert(attempt, (revision, bytes(&account)));
                }
                None => open.is_whole = false,
            }
        }
        Ok(open)
    }

    fn bring_open_attempts(
        &mut self,
        campaign: &Known,
        settled: &BTreeSet<u64>,
        open: &Open,
    ) -> Result<(), JournalError> {
        let mut attempts = open.attempts.clone();
        let told = settled
            .last()
            .max(open.attempts.keys().next_back())
            .max(open.accounts.keys().next_back())
            .copied();
        for id in self.finds.ids(Kind::Replied, campaign.number) {
            // The database keeps what was taken back until its place is needed; what is newer than
            // the last line is of the moment in which the program was killed.
            let is_told = self.was_closed || Some(id) <= told;
            let is_stale = !open.attempts.contains_key(&id) && is_told;
            if open.released.contains(&id) || (open.is_whole && is_stale) {
                continue;
            }
            if let Some((version, document)) =
                self.finds.newest(Kind::Replied, campaign.number, id)?
            {
                let reply = (version.kind == Kind::Replied).then_some(document);
                let known = attempts.entry(id).or_insert(None);
                *known = known.take().or(reply);
            }
        }
        for (id, reply) in attempts {
            if settled.contains(&id) {
                continue;
            }
            self.repair.holdings.open_attempts += 1;
            match reply {
                Some(reply) => self.put(Kind::Replied, campaign.number, id, 2, &reply)?,
                None => self.put(Kind::Reserved, campaign.number, id, 1, b"null")?,
            }
        }
        Ok(())
    }

    /// Puts the open accounts and the balance into the database, `balance` being the sum over the
    /// settled attempts.
    fn bring_accounts(
        &mut self,
        campaign: &Known,
        settled: &BTreeSet<u64>,
        open: &Open,
        mut balance: Balance,
    ) -> Result<(), JournalError> {
        let mut ids: BTreeSet<u64> = open.accounts.keys().copied().collect();
        ids.extend(self.finds.ids(Kind::Account, campaign.number));
        let mut kept = None;
        for id in ids {
            if settled.contains(&id) {
                continue;
            }
            let Some((revision, document)) = self.account(campaign.number, id, open)? else {
                self.repair.lost.push(match id {
                    0 => format!("the balance of `{}`", campaign.name),
                    id => format!(
                        "the account of attempt {id} of campaign `{}`",
                        campaign.name
                    ),
                });
                continue;
            };
            if id == 0 {
                kept = parsed::<Balance>(&document).map(|balance| (revision, balance));
                continue;
            }
            if let Some(account) = parsed::<Account>(&document) {
                balance.add(&account.calls, &account.holds);
                self.repair.holdings.open_accounts += 1;
                self.put(Kind::Account, campaign.number, id, revision, &document)?;
            }
        }
        let revision = kept.map_or(1, |(revision, _)| revision);
        let balance = match kept {
            // Attempts that were lost are still paid for.
            Some((_, kept)) if kept.spent > balance.spent => {
                self.repair.lost.push(format!(
                    "what {} of the {} that campaign `{}` spent was for: it is counted as spent",
                    kept.spent.less(balance.spent),
                    kept.spent,
                    campaign.name
                ));
                Balance {
                    held: balance.held,
                    held_tokens: balance.held_tokens,
                    ..kept
                }
            }
            _ => balance,
        };
        if balance == Balance::default() && kept.is_none() {
            return Ok(());
        }
        let document = serde_json::to_vec(&balance).expect("numbers can be written as JSON");
        self.put(Kind::Balance, campaign.number, 0, revision, &document)
    }

    /// The newest account of an attempt, or balance under 0, with its revision.
    fn account(
        &self,
        campaign: u32,
        id: u64,
        open: &Open,
    ) -> Result<Option<(u32, Vec<u8>)>, JournalError> {
        let carved = self.finds.newest(Kind::Account, campaign, id)?;
        let carved = carved.map(|(version, document)| (version.revision, document));
        Ok(carved
            .into_iter()
            .chain(open.accounts.get(&id).cloned())
            .max_by_key(|(revision, _)| *revision))
    }
}

/// The documents of all versions that were carved, newest first.
pub(super) fn carved(
    finds: &Finds,
    kind: Kind,
    campaign: u32,
    id: u64,
) -> Result<Vec<Vec<u8>>, JournalError> {
    let mut documents = Vec::new();
    for version in finds.versions(kind, campaign, id) {
        documents.extend(finds.document(&version)?);
    }
    Ok(documents)
}

/// A document as a record, if it is one.
pub(super) fn parsed<T: DeserializeOwned>(document: &[u8]) -> Option<T> {
    serde_json::from_slice(document).ok()
}
