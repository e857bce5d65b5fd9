//! The benchmark runs of replays: documents under numbers in the order in which they were recorded,
//! and the names by which they are found, both in one transaction.

use sled::transaction::Transactional;

use super::database::{number, Store};
use super::documents::{abort, insert, rows};
use crate::journal::envelope::{self, Address, Kind};
use crate::journal::error::JournalError;
use crate::record::benchmark_run::BenchmarkRun;

/// The number under which all benchmark runs lie: they belong to no campaign.
const NO_CAMPAIGN: u32 = 0;

/// What a benchmark run is of: the key of its benchmark, the id of its activation, its seed. In
/// this order benchmark runs are listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::journal) struct BenchmarkRunName {
    pub(in crate::journal) benchmark: String,
    pub(in crate::journal) activation: String,
    pub(in crate::journal) seed: u64,
}

impl BenchmarkRunName {
    pub(in crate::journal) fn of(run: &BenchmarkRun) -> BenchmarkRunName {
        BenchmarkRunName {
            benchmark: run.benchmark.key(),
            activation: run.activation.id(),
            seed: run.seed,
        }
    }

    /// `benchmark/activation/` and the seed in 8 bytes, big-endian.
    pub(super) fn key(&self) -> Vec<u8> {
        let mut key = format!("{}/{}/", self.benchmark, self.activation).into_bytes();
        key.extend_from_slice(&self.seed.to_be_bytes());
        key
    }

    fn read(key: &[u8]) -> Option<BenchmarkRunName> {
        let (text, seed) = key.split_last_chunk::<8>()?;
        let (benchmark, activation) = std::str::from_utf8(text)
            .ok()?
            .strip_suffix('/')?
            .split_once('/')?;
        Some(BenchmarkRunName {
            benchmark: benchmark.to_owned(),
            activation: activation.to_owned(),
            seed: u64::from_be_bytes(*seed),
        })
    }
}

impl Store {
    /// Adds a benchmark run, of which `document` is the record; the same again changes nothing and
    /// is `false`, another of the same name is refused.
    pub(in crate::journal) fn add_benchmark_run(
        &self,
        run: &BenchmarkRun,
        document: &[u8],
    ) -> Result<bool, JournalError> {
        let name = BenchmarkRunName::of(run);
        let key = name.key();
        self.guarded(|| {
            self.concluded(
                (&self.meta, &self.benchmark_runs, &self.benchmark_run_names).transaction(
                    |(meta, runs, names)| {
                        if let Some(present) = names.get(&key)? {
                            let id = number(Some(present)).ok_or_else(|| {
                                self.stop("a benchmark run's number is not one".to_owned())
                            })?;
                            let (_, recorded) =
                                envelope::open(&rows(runs, &self.folder, NO_CAMPAIGN, id)?)
                                    .map_err(|fault| self.stop(fault))?;
                            if recorded == document {
                                return Ok(false);
                            }
                            let recorded: BenchmarkRun = serde_json::from_slice(&recorded)
                                .map_err(|error| {
                                    self.stop(format!("a benchmark run cannot be read: {error}"))
                                })?;
                            return abort(JournalError::AnotherEnd {
                                benchmark: run.benchmark.benchmark.clone(),
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
                            kind: Kind::BenchmarkRun,
                            campaign: NO_CAMPAIGN,
                            id,
                            revision: 1,
                        };
                        insert(runs, address, &envelope::seal(address, document))?;
                        Ok(true)
                    },
                ),
            )
        })
    }

    /// The document of one benchmark run.
    pub(in crate::journal) fn benchmark_run(
        &self,
        name: &BenchmarkRunName,
    ) -> Result<Option<Vec<u8>>, JournalError> {
        self.guarded(|| {
            let Some(present) = self
                .benchmark_run_names
                .get(name.key())
                .map_err(JournalError::sled(&self.folder))?
            else {
                return Ok(None);
            };
            let id = number(Some(present))
                .ok_or_else(|| self.damaged("a benchmark run's number is not one".to_owned()))?;
            let document = self.document(&self.benchmark_runs, NO_CAMPAIGN, id)?;
            let (_, document) = document
                .ok_or_else(|| self.damaged(format!("benchmark run {id} is listed, but gone")))?;
            Ok(Some(document))
        })
    }

    /// The names of all benchmark runs, in their order.
    pub(in crate::journal) fn list_benchmark_runs(
        &self,
    ) -> Result<Vec<BenchmarkRunName>, JournalError> {
        self.guarded(|| {
            let name = |row: sled::Result<(sled::IVec, sled::IVec)>| {
                let (key, _) = row.map_err(JournalError::sled(&self.folder))?;
                BenchmarkRunName::read(&key)
                    .ok_or_else(|| self.damaged("a benchmark run's name cannot be read".to_owned()))
            };
            let mut names = self
                .benchmark_run_names
                .iter()
                .map(name)
                .collect::<Result<Vec<_>, _>>()?;
            names.sort();
            Ok(names)
        })
    }

    /// How many benchmark runs there are, by their counter.
    pub(in crate::journal) fn benchmark_runs_counted(&self) -> Result<u64, JournalError> {
        self.counter("cells")
    }

    /// Holds the counter of the benchmark runs against their names and documents, and checks the
    /// newest rows of these.
    pub(in crate::journal) fn verify_benchmark_runs(&self) -> Result<(), JournalError> {
        self.agree(
            "cells",
            self.benchmark_runs_counted()?,
            self.numbers(&self.benchmark_runs, NO_CAMPAIGN)?.len() as u64,
        )?;
        self.agree(
            "names of cells",
            self.benchmark_runs_counted()?,
            self.list_benchmark_runs()?.len() as u64,
        )?;
        self.verify_newest("a benchmark run", &self.benchmark_runs)
    }
}
