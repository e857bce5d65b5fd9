//! The journal: every attempt of every campaign, on disk before it counts. The only door to sled.
//!
//! An archive is a folder: `sled/` (the database), `export/` (its attempts, confirmations and benchmark runs
//! as JSON lines), `copies/` (the database as it was before the last unclean openings), and the
//! files LOCK, WITNESS and CLEAN. One process at a time holds it; within it, one thread writes.

mod accounts;
mod benchmark_runs;
mod durable;
mod envelope;
mod error;
mod export;
mod lock;
mod opening;
mod store;
mod witness;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{sync_channel, SyncSender};
use std::thread::JoinHandle;

use serde::de::DeserializeOwned;

use crate::record::arithmetic::Arithmetic;
use crate::record::attempt::{Attempt, Reply};
use crate::record::benchmark_run::BenchmarkRun;
use crate::record::candidate::Candidate;
use crate::record::charter::{Charter, Conclusion};
use crate::record::confirmation::Confirmation;
use crate::record::ledger::{Account, Balance, Budget, Call, Hold, Room};

use self::benchmark_runs::BenchmarkRunName;
use self::envelope::{Address, Kind};
pub use self::error::JournalError;
use self::export::Export;
use self::lock::Lock;
use self::opening::Opened;
use self::store::Store;
use self::writer::{Entry, Request, Writer};

/// Requests that may wait for the writer before further ones block.
const QUEUE: usize = 256;

/// An open archive. All threads may use it at once; what it says is recorded is on disk.
///
/// Records survive `kill -9` and power cuts once the call that wrote them has returned. Dropping it
/// closes it like [`Journal::close`], and logs what `close` would return.
pub struct Journal {
    folder: PathBuf,
    /// Present until it is closed.
    running: Option<Running>,
}

struct Running {
    store: Store,
    requests: SyncSender<Request>,
    writer: JoinHandle<Result<Export, JournalError>>,
    lock: Lock,
}

/// An attempt that was reserved and perhaps answered, but not settled: what a crash or a stop
/// leaves behind.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenAttempt {
    pub attempt: u64,
    /// The reply, where one was recorded; without one, its request may or may not have been sent.
    pub reply: Option<Reply>,
    /// Its requests so far, and what is held for those that were cut off.
    pub account: Account,
}

/// Checks a campaign's name: 1 to 64 of `a-z`, `0-9` and `-`, not beginning with `-`; it becomes a
/// file's name.
pub fn check_name(name: &str) -> Result<(), JournalError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=64).contains(&name.len()) && name.bytes().all(allowed) && !name.starts_with('-') {
        return Ok(());
    }
    Err(JournalError::Name {
        name: name.to_owned(),
    })
}

impl Journal {
    /// Opens the archive `folder`, or creates it where the folder is absent or empty.
    ///
    /// Errors as [`Journal::open`], but for `Absent`. A failed creation leaves nothing behind.
    pub fn create_or_open(folder: &Path) -> Result<Journal, JournalError> {
        Journal::start(folder, opening::create_or_open(folder)?)
    }

    /// Opens the archive `folder`; creates nothing.
    ///
    /// `Absent`, `NotAFolder` and `NotAnArchive` where there is none; `Busy` where another process
    /// holds it, after five seconds; `Newer` where a later version wrote it; `Lost` and `Damaged`
    /// where it holds less than was acknowledged or cannot be read. After an unclean stop, and
    /// where the database's length is not what it was, a refused opening leaves its files as they
    /// were.
    pub fn open(folder: &Path) -> Result<Journal, JournalError> {
        Journal::start(folder, opening::open(folder)?)
    }

    fn start(folder: &Path, opened: Opened) -> Result<Journal, JournalError> {
        let Opened {
            store,
            export,
            lock,
        } = opened;
        let writer = Writer::new(folder, &opening::directory(folder), store.clone(), export)?;
        let (requests, waiting) = sync_channel(QUEUE);
        let writer = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.run(&waiting))
            .map_err(JournalError::io("start the writer of", folder))?;
        Ok(Journal {
            folder: folder.to_owned(),
            running: Some(Running {
                store,
                requests,
                writer,
                lock,
            }),
        })
    }

    /// Records a campaign; durable when it returns. `NameTaken` where the archive has one of that
    /// name.
    pub fn begin(&self, campaign: &Charter) -> Result<(), JournalError> {
        check_name(&campaign.campaign)?;
        let charter = envelope::document(
            &format!("the charter of campaign `{}`", campaign.campaign),
            campaign,
        )?;
        self.ask(&campaign.campaign, Entry::Begin { charter })
    }

    /// Puts a changed charter in the place of a campaign's own, such as one with a higher goal;
    /// durable when it returns.
    pub fn amend(&self, campaign: &Charter) -> Result<(), JournalError> {
        let number = self.number(&campaign.campaign)?;
        let charter = envelope::document(
            &format!("the charter of campaign `{}`", campaign.campaign),
            campaign,
        )?;
        self.ask(&campaign.campaign, Entry::Amend { number, charter })
    }

    /// Keeps the founders of a campaign and by what they were measured, so that neither a resume
    /// nor a campaign alike need measure them again; durable when it returns.
    pub fn found(
        &self,
        campaign: &str,
        founders: &[Candidate],
        arithmetic: &Arithmetic,
    ) -> Result<(), JournalError> {
        let number = self.number(campaign)?;
        let founders = envelope::document(
            &format!("the founders of campaign `{campaign}`"),
            &founders.to_vec(),
        )?;
        let arithmetic = envelope::document(
            &format!("how the founders of campaign `{campaign}` were measured"),
            arithmetic,
        )?;
        self.ask(
            campaign,
            Entry::Found {
                number,
                founders,
                arithmetic,
            },
        )
    }

    /// The founders of a campaign, baselines first; `None` where it was cut off before they were
    /// kept.
    pub fn founders(&self, campaign: &str) -> Result<Option<Vec<Candidate>>, JournalError> {
        let document = self.store().founders(self.number(campaign)?)?;
        document
            .map(|document| {
                self.parse(&document, || {
                    format!("the founders of campaign `{campaign}`")
                })
            })
            .transpose()
    }

    /// By what the founders of a campaign were measured; `None` where there are none, and where a
    /// version recorded them that did not keep it.
    pub fn founders_arithmetic(&self, campaign: &str) -> Result<Option<Arithmetic>, JournalError> {
        let document = self.store().founders_arithmetic(self.number(campaign)?)?;
        document
            .map(|document| {
                self.parse(&document, || {
                    format!("how the founders of campaign `{campaign}` were measured")
                })
            })
            .transpose()
    }

    /// The charters of all campaigns, oldest first.
    pub fn campaigns(&self) -> Result<Vec<Charter>, JournalError> {
        let names = self.store().campaign_names()?;
        names
            .into_iter()
            .map(|(number, name)| self.charter(number, &name))
            .collect()
    }

    /// The charter of one campaign; `None` where the archive has none of that name.
    pub fn campaign(&self, name: &str) -> Result<Option<Charter>, JournalError> {
        check_name(name)?;
        self.store()
            .campaign_number(name)?
            .map(|number| self.charter(number, name))
            .transpose()
    }

    /// Notes that the request of `attempt` is about to leave; durable when it returns, so that the
    /// request may leave now.
    ///
    /// An attempt that is already open stays as it is. `AlreadySettled` where it is settled.
    /// Numbers are the campaign's: where it reserves and settles them without gaps, no crash makes
    /// one.
    pub fn reserve(&self, campaign: &str, attempt: u64) -> Result<(), JournalError> {
        let number = self.number(campaign)?;
        self.ask(campaign, Entry::Reserve { number, attempt })
    }

    /// Takes a reservation back, where no formula can come of it now: the attempt is made again
    /// later. What its requests cost stays on its account. Durable when it returns.
    pub fn release(&self, campaign: &str, attempt: u64) -> Result<(), JournalError> {
        let number = self.number(campaign)?;
        self.ask(campaign, Entry::Release { number, attempt })
    }

    /// Keeps the reply of a reserved attempt; durable when it returns, so that a paid reply is
    /// never lost.
    ///
    /// The same reply again changes nothing. `NotReserved`, `AlreadyReplied` where another reply is
    /// kept, `AlreadySettled`.
    pub fn reply(&self, campaign: &str, attempt: u64, reply: &Reply) -> Result<(), JournalError> {
        let number = self.number(campaign)?;
        let document = envelope::document(&format!("the reply of attempt {attempt}"), reply)?;
        let address = Address {
            kind: Kind::Replied,
            campaign: number,
            id: attempt,
            revision: 2,
        };
        self.ask(
            campaign,
            Entry::Reply {
                number,
                attempt,
                sealed: envelope::seal(address, &document),
            },
        )
    }

    /// Records an attempt with its end and closes its reservation and its account, if it had them;
    /// durable when it returns.
    ///
    /// `AlreadySettled` where its number is taken; `Unrecordable` where it holds a number that is
    /// not finite.
    pub fn settle(&self, campaign: &str, attempt: &Attempt) -> Result<(), JournalError> {
        let number = self.number(campaign)?;
        let document = envelope::document(&format!("attempt {}", attempt.attempt), attempt)?;
        let address = Address {
            kind: Kind::Settled,
            campaign: number,
            id: attempt.attempt,
            revision: 3,
        };
        let sealed = envelope::seal(address, &document);
        self.ask(
            campaign,
            Entry::Settle {
                number,
                attempt: attempt.attempt,
                sealed,
                document,
            },
        )
    }

    /// Sets aside the most that a request of `attempt` can cost, so that it may leave; durable when
    /// it returns.
    ///
    /// `NoRoom` where `budget` has no room for it beside all that is spent and held, with `later`
    /// where it may have once requests under way have ended; `AlreadySettled` where the attempt is
    /// settled. One transaction checks and books, so no number of threads overspends.
    pub fn hold(
        &self,
        campaign: &str,
        attempt: u64,
        hold: &Hold,
        budget: &Budget,
    ) -> Result<(), JournalError> {
        let (name, hold, budget) = (campaign.to_owned(), hold.clone(), *budget);
        self.book(campaign, attempt, move |balance, account| {
            let room = balance.room(&budget, &hold);
            if room != Room::Enough {
                let left = Budget {
                    money: budget.money.map(|most| most.less(balance.spent)),
                    tokens: budget
                        .tokens
                        .map(|most| most.saturating_sub(balance.spent_tokens)),
                };
                let wanted = Budget {
                    money: budget.money.map(|_| hold.money),
                    tokens: budget.tokens.map(|_| hold.tokens),
                };
                let later = room == Room::Later;
                return Err(JournalError::NoRoom {
                    campaign: name.clone(),
                    wanted: wanted.words(),
                    left: left.words(),
                    budget: budget.words(),
                    later,
                });
            }
            balance.hold(&hold);
            account.holds.push(hold.clone());
            Ok(())
        })
    }

    /// Books what a request came to, in the place of what was held for it; durable when it returns.
    /// `NotHeld` where nothing is held under its number.
    pub fn charge(
        &self,
        campaign: &str,
        attempt: u64,
        number: u32,
        call: &Call,
    ) -> Result<(), JournalError> {
        let (name, call) = (campaign.to_owned(), call.clone());
        self.book(campaign, attempt, move |balance, account| {
            let held = account.holds.iter().position(|hold| hold.number == number);
            let held = held.ok_or_else(|| JournalError::NotHeld {
                campaign: name.clone(),
                attempt,
                number,
            })?;
            balance.settle(&account.holds.remove(held), &call);
            account.calls.push(call.clone());
            Ok(())
        })
    }

    fn book(
        &self,
        campaign: &str,
        attempt: u64,
        change: impl Fn(&mut Balance, &mut Account) -> Result<(), JournalError> + Send + 'static,
    ) -> Result<(), JournalError> {
        let number = self.number(campaign)?;
        self.ask(
            campaign,
            Entry::Book {
                number,
                attempt,
                change: Box::new(change),
            },
        )
    }

    /// The requests of an attempt that is not settled; an empty account where it made none.
    pub fn account(&self, campaign: &str, attempt: u64) -> Result<Account, JournalError> {
        let document = self.store().account(self.number(campaign)?, attempt)?;
        document.map_or_else(
            || Ok(Account::default()),
            |document| {
                self.parse(&document, || {
                    format!("the account of attempt {attempt} of `{campaign}`")
                })
            },
        )
    }

    /// The accounts of all attempts of a campaign that are not settled, in order of their number.
    pub fn accounts(&self, campaign: &str) -> Result<Vec<(u64, Account)>, JournalError> {
        let numbers = self.store().account_numbers(self.number(campaign)?)?;
        numbers
            .into_iter()
            .map(|attempt| Ok((attempt, self.account(campaign, attempt)?)))
            .collect()
    }

    /// What a campaign has spent and holds, over all its attempts.
    pub fn balance(&self, campaign: &str) -> Result<Balance, JournalError> {
        let document = self.store().account(self.number(campaign)?, 0)?;
        document.map_or_else(
            || Ok(Balance::default()),
            |document| {
                self.parse(&document, || {
                    format!("the balance of campaign `{campaign}`")
                })
            },
        )
    }

    /// Records how a campaign stopped, in place of an earlier conclusion; durable when it returns.
    pub fn conclude(&self, campaign: &str, conclusion: &Conclusion) -> Result<(), JournalError> {
        let number = self.number(campaign)?;
        let conclusion = envelope::document(
            &format!("the conclusion of campaign `{campaign}`"),
            conclusion,
        )?;
        self.ask(campaign, Entry::Conclude { number, conclusion })
    }

    /// Records a confirmation, in place of an earlier one of as many candidates; durable when it
    /// returns.
    pub fn confirm(&self, campaign: &str, confirmation: &Confirmation) -> Result<(), JournalError> {
        let number = self.number(campaign)?;
        let document = envelope::document(
            &format!("a confirmation of campaign `{campaign}`"),
            confirmation,
        )?;
        self.ask(
            campaign,
            Entry::Confirm {
                number,
                candidates: confirmation.candidates,
                confirmation: document,
            },
        )
    }

    /// The confirmations of a campaign, in the order in which it gained candidates.
    pub fn confirmations(&self, campaign: &str) -> Result<Vec<Confirmation>, JournalError> {
        let documents = self.store().confirmations(self.number(campaign)?)?;
        documents
            .iter()
            .map(|document| {
                self.parse(document, || {
                    format!("a confirmation of campaign `{campaign}`")
                })
            })
            .collect()
    }

    /// The settled attempts of a campaign, in order of their number; also one that is being
    /// acknowledged at this moment.
    pub fn attempts(&self, campaign: &str) -> Result<Vec<Attempt>, JournalError> {
        let number = self.number(campaign)?;
        let counted = self.store().settled(number)?;
        let numbers = self.store().settled_numbers(number)?;
        if (numbers.len() as u64) < counted {
            return Err(self.store().damaged(format!(
                "it counts {counted} settled attempts of `{campaign}`, but holds {}",
                numbers.len()
            )));
        }
        let attempt = |attempt: u64| {
            let what = || format!("attempt {attempt} of campaign `{campaign}`");
            let document = self.store().attempt(number, attempt)?;
            self.parse(
                &document.ok_or_else(|| {
                    self.store()
                        .damaged(format!("{} is listed, but gone", what()))
                })?,
                what,
            )
        };
        numbers.into_iter().map(attempt).collect()
    }

    /// The attempts of a campaign that are reserved or replied, but not settled, in order of their
    /// number.
    pub fn open_attempts(&self, campaign: &str) -> Result<Vec<OpenAttempt>, JournalError> {
        let open = self.store().open_attempts(self.number(campaign)?)?;
        let attempt = |(attempt, reply): store::OpenDocument| {
            let parse = |document: Vec<u8>| {
                self.parse(&document, || {
                    format!("the reply of attempt {attempt} of campaign `{campaign}`")
                })
            };
            Ok(OpenAttempt {
                attempt,
                reply: reply.map(parse).transpose()?,
                account: self.account(campaign, attempt)?,
            })
        };
        open.into_iter().map(attempt).collect()
    }

    /// How a campaign stopped last; `None` where it has not yet, or was killed in its first run.
    pub fn conclusion(&self, campaign: &str) -> Result<Option<Conclusion>, JournalError> {
        let document = self.store().conclusion(self.number(campaign)?)?;
        document
            .map(|document| {
                self.parse(&document, || {
                    format!("the conclusion of campaign `{campaign}`")
                })
            })
            .transpose()
    }

    /// Records a benchmark run of a replay; durable when it returns. The same benchmark run again changes nothing.
    ///
    /// `AnotherCell` where one of its benchmark, activation and seed is recorded that is not the
    /// same; `Unrecordable` where it holds a number that is not finite.
    pub fn record_benchmark_run(&self, run: &BenchmarkRun) -> Result<(), JournalError> {
        let what = format!(
            "the benchmark run of benchmark {}, activation {} and seed {}",
            run.benchmark.benchmark,
            run.activation.id(),
            run.seed
        );
        let document = envelope::document(&what, run)?;
        self.ask(
            "",
            Entry::BenchmarkRun {
                run: Box::new(run.clone()),
                document,
            },
        )
    }

    /// The benchmark run of the benchmark with this key (see
    /// [`BenchmarkRecord::key`](crate::record::benchmark_run::BenchmarkRecord::key)), this activation and this seed.
    pub fn benchmark_run(
        &self,
        benchmark_key: &str,
        activation_id: &str,
        seed: u64,
    ) -> Result<Option<BenchmarkRun>, JournalError> {
        self.read_benchmark_run(&BenchmarkRunName {
            benchmark: benchmark_key.to_owned(),
            activation: activation_id.to_owned(),
            seed,
        })
    }

    /// All benchmark runs, in order of their benchmarks' keys, then of their activations' ids, then of their
    /// seeds.
    pub fn benchmark_runs(&self) -> Result<Vec<BenchmarkRun>, JournalError> {
        self.benchmark_runs_where(|_| true)
    }

    /// The benchmark runs of the benchmark with this key, in the order of [`Journal::runs`].
    pub fn benchmark_runs_under(
        &self,
        benchmark_key: &str,
    ) -> Result<Vec<BenchmarkRun>, JournalError> {
        self.benchmark_runs_where(|name| name.benchmark == benchmark_key)
    }

    fn benchmark_runs_where(
        &self,
        wanted: impl Fn(&BenchmarkRunName) -> bool,
    ) -> Result<Vec<BenchmarkRun>, JournalError> {
        let names = self.store().list_benchmark_runs()?;
        let benchmark_run = |name: &BenchmarkRunName| {
            self.read_benchmark_run(name)?.ok_or_else(|| {
                self.store()
                    .damaged("a benchmark run is listed, but gone".to_owned())
            })
        };
        names
            .iter()
            .filter(|name| wanted(name))
            .map(benchmark_run)
            .collect()
    }

    fn read_benchmark_run(
        &self,
        name: &BenchmarkRunName,
    ) -> Result<Option<BenchmarkRun>, JournalError> {
        let document = self.store().benchmark_run(name)?;
        document
            .map(|document| {
                self.parse(&document, || {
                    format!(
                        "the benchmark run of seed {} of activation {}",
                        name.seed, name.activation
                    )
                })
            })
            .transpose()
    }

    /// Closes the archive; everything written is on disk, and the folder is free for others. The
    /// error that stopped the writing, if one did.
    pub fn close(mut self) -> Result<(), JournalError> {
        self.shut()
    }

    fn shut(&mut self) -> Result<(), JournalError> {
        let Some(Running {
            store,
            requests,
            writer,
            lock,
        }) = self.running.take()
        else {
            return Ok(());
        };
        drop(requests);
        let export = writer.join().unwrap_or_else(|_| Err(ended()))?;
        opening::close(
            &self.folder,
            Opened {
                store,
                export,
                lock,
            },
        )
    }

    fn ask(&self, campaign: &str, entry: Entry) -> Result<(), JournalError> {
        let (acknowledge, answer) = sync_channel(1);
        let request = Request {
            campaign: campaign.to_owned(),
            entry,
            acknowledge,
        };
        self.running().requests.send(request).map_err(|_| ended())?;
        answer.recv().unwrap_or_else(|_| Err(ended()))
    }

    fn number(&self, campaign: &str) -> Result<u32, JournalError> {
        check_name(campaign)?;
        match self.store().campaign_number(campaign)? {
            Some(number) => Ok(number),
            None => {
                let known = self
                    .store()
                    .campaign_names()?
                    .into_iter()
                    .map(|(_, name)| name)
                    .collect::<Vec<_>>()
                    .join(", ");
                Err(JournalError::UnknownCampaign {
                    name: campaign.to_owned(),
                    known,
                })
            }
        }
    }

    fn charter(&self, number: u32, name: &str) -> Result<Charter, JournalError> {
        let document = self.store().charter(number)?.ok_or_else(|| {
            self.store()
                .damaged(format!("the charter of campaign `{name}` is gone"))
        })?;
        self.parse(&document, || format!("the charter of campaign `{name}`"))
    }

    fn parse<T: DeserializeOwned>(
        &self,
        document: &[u8],
        what: impl Fn() -> String,
    ) -> Result<T, JournalError> {
        serde_json::from_slice(document).map_err(|error| {
            self.store()
                .damaged(format!("{} cannot be read: {error}", what()))
        })
    }

    fn store(&self) -> &Store {
        &self.running().store
    }

    fn running(&self) -> &Running {
        self.running
            .as_ref()
            .expect("a journal runs until it is closed, which consumes it")
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if let Err(error) = self.shut() {
            tracing::error!("the journal was not closed in good order: {error}");
        }
    }
}

fn ended() -> JournalError {
    JournalError::Stopped {
        cause: "its writer has ended".to_owned(),
    }
}
