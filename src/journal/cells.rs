//! The cells of replays: documents under numbers in the order in which they were recorded, and the
//! names by which they are found, both in one transaction.

use sled::transaction::Transactional;

use super::envelope::{self, Address, Kind};
use super::error::JournalError;
use super::store::{abort, insert, number, rows, Store};
use crate::record::cell::Cell;

/// The number under which all cells lie: they belong to no campaign.
const NO_CAMPAIGN: u32 = 0;

/// What a cell is of: the key of its benchmark, the id of its activation, its seed. In this order
/// cells are listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CellName {
    pub(super) benchmark: String,
    pub(super) activation: String,
    pub(super) seed: u64,
}

impl CellName {
    pub(super) fn of(cell: &Cell) -> CellName {
        CellName {
            benchmark: cell.benchmark.key(),
            activation: cell.activation.id(),
            seed: cell.seed,
        }
    }

    /// `benchmark/activation/` and the seed in 8 bytes, big-endian.
    fn key(&self) -> Vec<u8> {
        let mut key = format!("{}/{}/", self.benchmark, self.activation).into_bytes();
        key.extend_from_slice(&self.seed.to_be_bytes());
        key
    }

    fn read(key: &[u8]) -> Option<CellName> {
        let (text, seed) = key.split_last_chunk::<8>()?;
        let (benchmark, activation) = std::str::from_utf8(text)
            .ok()?
            .strip_suffix('/')?
            .split_once('/')?;
        Some(CellName {
            benchmark: benchmark.to_owned(),
            activation: activation.to_owned(),
            seed: u64::from_be_bytes(*seed),
        })
    }
}

impl Store {
    /// Adds a cell, of which `document` is the record; the same again changes nothing and is
    /// `false`, another of the same name is refused.
    pub(super) fn add_cell(&self, cell: &Cell, document: &[u8]) -> Result<bool, JournalError> {
        let name = CellName::of(cell);
        let key = name.key();
        self.guarded(|| {
            self.concluded((&self.meta, &self.cells, &self.cell_names).transaction(
                |(meta, cells, names)| {
                    if let Some(present) = names.get(&key)? {
                        let id = number(Some(present))
                            .ok_or_else(|| self.stop("a cell's number is not one".to_owned()))?;
                        let (_, recorded) =
                            envelope::open(&rows(cells, &self.folder, NO_CAMPAIGN, id)?)
                                .map_err(|fault| self.stop(fault))?;
                        if recorded == document {
                            return Ok(false);
                        }
                        let recorded: Cell =
                            serde_json::from_slice(&recorded).map_err(|error| {
                                self.stop(format!("a cell cannot be read: {error}"))
                            })?;
                        return abort(JournalError::AnotherCell {
                            benchmark: cell.benchmark.benchmark.clone(),
                            key: name.benchmark.clone(),
                            activation: name.activation.clone(),
                            seed: name.seed,
                            recorded: recorded.end.to_string(),
                        });
                    }
                    let id = self.add(meta, "cells", 1)?;
                    self.add(meta, "commits", 1)?;
                    names.insert(key.clone(), &id.to_be_bytes())?;
                    let address = Address {
                        kind: Kind::Cell,
                        campaign: NO_CAMPAIGN,
                        id,
                        revision: 1,
                    };
                    insert(cells, address, &envelope::seal(address, document))?;
                    Ok(true)
                },
            ))
        })
    }

    /// The document of one cell.
    pub(super) fn cell(&self, name: &CellName) -> Result<Option<Vec<u8>>, JournalError> {
        self.guarded(|| {
            let Some(present) = self
                .cell_names
                .get(name.key())
                .map_err(JournalError::sled(&self.folder))?
            else {
                return Ok(None);
            };
            let id = number(Some(present))
                .ok_or_else(|| self.damaged("a cell's number is not one".to_owned()))?;
            let document = self.document(&self.cells, NO_CAMPAIGN, id)?;
            let (_, document) =
                document.ok_or_else(|| self.damaged(format!("cell {id} is listed, but gone")))?;
            Ok(Some(document))
        })
    }

    /// The names of all cells, in their order.
    pub(super) fn list_cells(&self) -> Result<Vec<CellName>, JournalError> {
        self.guarded(|| {
            let name = |row: sled::Result<(sled::IVec, sled::IVec)>| {
                let (key, _) = row.map_err(JournalError::sled(&self.folder))?;
                CellName::read(&key)
                    .ok_or_else(|| self.damaged("a cell's name cannot be read".to_owned()))
            };
            let mut names = self
                .cell_names
                .iter()
                .map(name)
                .collect::<Result<Vec<_>, _>>()?;
            names.sort();
            Ok(names)
        })
    }

    /// How many cells there are, by their counter.
    pub(super) fn cells_counted(&self) -> Result<u64, JournalError> {
        self.counter("cells")
    }

    /// Holds the counter of the cells against their names and documents, and checks the newest rows
    /// of these.
    pub(super) fn verify_cells(&self) -> Result<(), JournalError> {
        self.agree(
            "cells",
            self.cells_counted()?,
            self.numbers(&self.cells, NO_CAMPAIGN)?.len() as u64,
        )?;
        self.agree(
            "names of cells",
            self.cells_counted()?,
            self.list_cells()?.len() as u64,
        )?;
        self.verify_newest("a cell", &self.cells)
    }
}
