//! An archive with something of every kind, and all that it says.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use motherlode::journal::{Journal, OpenAttempt, CHECKUPS};
use motherlode::record::arithmetic::Arithmetic;
use motherlode::record::attempt::Attempt;
use motherlode::record::benchmark_run::BenchmarkRun;
use motherlode::record::candidate::Candidate;
use motherlode::record::charter::{Charter, Conclusion};
use motherlode::record::confirmation::Confirmation;
use motherlode::record::ledger::{
    Account, Balance, Budget, Call, CallOutcome, Hold, Money, Price, Purpose, Usage,
};

use super::records::{arithmetic, founder};
use super::{attempt, benchmark_run, charter, confirmation, reply};

/// Settled attempts of the campaign `gold`.
pub const SETTLED: u64 = 40;

/// All that a campaign says.
#[derive(Debug, PartialEq)]
struct Told {
    charter: Charter,
    founders: Option<Vec<Candidate>>,
    arithmetic: Option<Arithmetic>,
    attempts: Vec<Attempt>,
    open: Vec<OpenAttempt>,
    accounts: Vec<(u64, Account)>,
    balance: Balance,
    confirmations: Vec<Confirmation>,
    conclusion: Option<Conclusion>,
}

/// All that an archive says.
#[derive(Debug, PartialEq)]
pub struct Everything {
    campaigns: Vec<Told>,
    /// The accounts and the balance of check-ups.
    checkups: (Vec<(u64, Account)>, Balance),
    benchmark_runs: Vec<BenchmarkRun>,
}

impl Everything {
    pub fn of(folder: &Path) -> Everything {
        let journal = Journal::open(folder).unwrap();
        let told = |charter: Charter| {
            let name = charter.campaign.clone();
            Told {
                charter,
                founders: journal.founders(&name).unwrap(),
                arithmetic: journal.founders_arithmetic(&name).unwrap(),
                attempts: journal.attempts(&name).unwrap(),
                open: journal.open_attempts(&name).unwrap(),
                accounts: journal.accounts(&name).unwrap(),
                balance: journal.balance(&name).unwrap(),
                confirmations: journal.confirmations(&name).unwrap(),
                conclusion: journal.conclusion(&name).unwrap(),
            }
        };
        let everything = Everything {
            campaigns: journal.campaigns().unwrap().into_iter().map(told).collect(),
            checkups: (
                journal.accounts(CHECKUPS).unwrap(),
                journal.balance(CHECKUPS).unwrap(),
            ),
            benchmark_runs: journal.benchmark_runs().unwrap(),
        };
        journal.close().unwrap();
        everything
    }

    /// What differs from another archive, in words.
    pub fn differences(&self, other: &Everything) -> Vec<String> {
        let mut differences = Vec::new();
        if self.benchmark_runs != other.benchmark_runs {
            differences.push("benchmark runs".to_owned());
        }
        if self.checkups != other.checkups {
            differences.push("check-ups".to_owned());
        }
        if self.campaigns.len() != other.campaigns.len() {
            differences.push("campaigns".to_owned());
        }
        for (own, other) in self.campaigns.iter().zip(&other.campaigns) {
            let name = &own.charter.campaign;
            let parts = [
                ("charter", own.charter == other.charter),
                ("founders", own.founders == other.founders),
                ("arithmetic", own.arithmetic == other.arithmetic),
                ("attempts", own.attempts == other.attempts),
                ("open attempts", own.open == other.open),
                ("accounts", own.accounts == other.accounts),
                ("balance", own.balance == other.balance),
                ("confirmations", own.confirmations == other.confirmations),
                ("conclusion", own.conclusion == other.conclusion),
            ];
            let differing = parts.into_iter().filter(|(_, is_same)| !is_same);
            differences.extend(differing.map(|(part, _)| format!("{part} of {name}")));
        }
        differences
    }

    pub fn attempts(&self) -> usize {
        self.campaigns.iter().map(|told| told.attempts.len()).sum()
    }
}

/// A request of odd cost, so that sums show every picodollar.
pub fn paid(journal: &Journal, name: &str, attempt: u64, purpose: Purpose) -> Call {
    let price = Price::stated(1.0, 3.0, "test");
    let hold = Hold {
        number: 1,
        model: "openai:any".to_owned(),
        purpose,
        money: Money::dollars(0.01).unwrap(),
        tokens: 900,
    };
    journal
        .hold(name, attempt, &hold, &Budget::default())
        .unwrap();
    let usage = Usage {
        input_uncached: 101 + attempt,
        output_visible: 7 * attempt + 1,
        ..Usage::default()
    };
    let call = Call::of(&hold, CallOutcome::Answered, Some(usage), &price);
    journal.charge(name, attempt, 1, &call).unwrap();
    call
}

/// Writes the archive and closes it in good order.
pub fn write(folder: &Path) {
    let journal = Journal::create_or_open(folder).unwrap();
    for name in ["gold", "silver"] {
        journal.begin(&charter(name)).unwrap();
        journal
            .found(name, &[founder("relu"), founder("gelu")], &arithmetic())
            .unwrap();
    }
    let amended = Charter {
        attempts: 400,
        ..charter("gold")
    };
    journal.amend(&amended).unwrap();
    for number in 1..=SETTLED {
        journal.reserve("gold", number).unwrap();
        let calls = match number % 3 {
            0 => Vec::new(),
            1 => vec![paid(&journal, "gold", number, Purpose::Propose)],
            _ => vec![paid(&journal, "gold", number, Purpose::Repair)],
        };
        journal.reply("gold", number, &reply(number)).unwrap();
        let settled = Attempt {
            calls,
            ..attempt(number)
        };
        journal.settle("gold", &settled).unwrap();
    }
    leave_open(&journal);
    for candidates in [3, 6] {
        journal.confirm("gold", &confirmation(candidates)).unwrap();
    }
    for stop_reason in ["interrupted", "attempts_made"] {
        let conclusion = Conclusion {
            stop_reason: stop_reason.to_owned(),
            attempts: SETTLED,
            wall_seconds: 1.5,
        };
        journal.conclude("gold", &conclusion).unwrap();
    }
    journal.settle("silver", &attempt(1)).unwrap();
    for checkup in 1..=3 {
        paid(&journal, CHECKUPS, checkup, Purpose::Propose);
    }
    for seed in 1..=8 {
        let run = benchmark_run("cifar10/wrn-16-2", "x*tanh(x)", seed);
        journal.record_benchmark_run(&run).unwrap();
    }
    journal.close().unwrap();
}

/// Leaves attempts reserved, replied, released and with a request that was cut off.
fn leave_open(journal: &Journal) {
    for number in SETTLED + 1..=SETTLED + 4 {
        journal.reserve("gold", number).unwrap();
    }
    paid(journal, "gold", SETTLED + 2, Purpose::Propose);
    journal
        .reply("gold", SETTLED + 2, &reply(SETTLED + 2))
        .unwrap();
    let cut_off = Hold {
        number: 1,
        model: "openai:any".to_owned(),
        purpose: Purpose::Propose,
        money: Money::dollars(0.003).unwrap(),
        tokens: 77,
    };
    journal
        .hold("gold", SETTLED + 3, &cut_off, &Budget::default())
        .unwrap();
    paid(journal, "gold", SETTLED + 4, Purpose::Propose);
    journal.release("gold", SETTLED + 4).unwrap();
}

/// Every file of a folder with its content, but the LOCK.
pub fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(folder, "", &mut files);
    files.remove("LOCK");
    files
}

fn collect(folder: &Path, before: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{before}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read(entry.path()).unwrap());
        }
    }
}
