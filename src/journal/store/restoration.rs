//! Filling a database anew with documents that were found elsewhere.

use std::collections::BTreeMap;

use super::attempts::settled_key;
use super::benchmark_runs::BenchmarkRunName;
use super::database::Store;
use super::documents::row_key;
use crate::journal::envelope::{self, Address, Kind};
use crate::journal::error::JournalError;

/// What was put into a database anew, for its counters.
#[derive(Default)]
pub(in crate::journal) struct Restoration {
    settled: BTreeMap<u32, u64>,
    campaigns: u32,
    benchmark_runs: u64,
}

impl Store {
    /// Puts a document under its address; not durable before [`Store::end_restoration`]. A
    /// benchmark run goes through [`Store::restore_benchmark_run`].
    pub(in crate::journal) fn restore(
        &self,
        restoration: &mut Restoration,
        address: Address,
        document: &[u8],
    ) -> Result<(), JournalError> {
        let tree = match address.kind {
            Kind::Charter => &self.charters,
            Kind::Founders => &self.founders,
            Kind::Settled => &self.attempts,
            Kind::Reserved | Kind::Replied => &self.open,
            Kind::Conclusion => &self.conclusions,
            Kind::Confirmation => &self.confirmations,
            Kind::Balance | Kind::Account => &self.accounts,
            Kind::BenchmarkRun => &self.benchmark_runs,
        };
        if address.kind == Kind::Settled {
            *restoration.settled.entry(address.campaign).or_default() += 1;
        }
        self.guarded(|| {
            for (part, row) in envelope::seal(address, document).iter().enumerate() {
                tree.insert(
                    row_key(address.campaign, address.id, part as u16),
                    row.as_slice(),
                )
                .map_err(JournalError::sled(&self.folder))?;
            }
            Ok(())
        })
    }

    /// Gives the campaign of this number its name.
    pub(in crate::journal) fn restore_name(
        &self,
        restoration: &mut Restoration,
        campaign: u32,
        name: &str,
    ) -> Result<(), JournalError> {
        restoration.campaigns = restoration.campaigns.max(campaign);
        self.guarded(|| {
            self.names
                .insert(name, &campaign.to_be_bytes())
                .map(drop)
                .map_err(JournalError::sled(&self.folder))
        })
    }

    /// Puts a benchmark run of this name under the next number.
    pub(in crate::journal) fn restore_benchmark_run(
        &self,
        restoration: &mut Restoration,
        name: &BenchmarkRunName,
        document: &[u8],
    ) -> Result<(), JournalError> {
        restoration.benchmark_runs += 1;
        let address = Address {
            kind: Kind::BenchmarkRun,
            campaign: 0,
            id: restoration.benchmark_runs,
            revision: 1,
        };
        self.restore(restoration, address, document)?;
        self.guarded(|| {
            self.benchmark_run_names
                .insert(name.key(), &address.id.to_be_bytes())
                .map(drop)
                .map_err(JournalError::sled(&self.folder))
        })
    }

    /// Sets the counters, of which `commits` is at least what was acknowledged, and hands all to
    /// the operating system.
    pub(in crate::journal) fn end_restoration(
        &self,
        restoration: &Restoration,
        commits: u64,
    ) -> Result<(), JournalError> {
        let settled: u64 = restoration.settled.values().sum();
        let mut counters = vec![
            ("campaigns".to_owned(), u64::from(restoration.campaigns)),
            ("settled".to_owned(), settled),
            ("cells".to_owned(), restoration.benchmark_runs),
            ("commits".to_owned(), commits),
        ];
        for (campaign, settled) in &restoration.settled {
            counters.push((settled_key(*campaign), *settled));
        }
        self.guarded(|| {
            for (key, value) in &counters {
                self.meta
                    .insert(key.as_str(), &value.to_be_bytes())
                    .map_err(JournalError::sled(&self.folder))?;
            }
            self.flush()
        })
    }
}
