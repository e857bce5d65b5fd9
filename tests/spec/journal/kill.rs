//! `kill -9` at any moment loses nothing that was acknowledged.
//!
//! The test binary starts itself again as a child that runs only [`child`], which writes as fast as
//! it can and says what was acknowledged.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use motherlode::journal::{Journal, JournalError};
use motherlode::numerics::stream::Key;
use motherlode::record::attempt::Attempt;

use super::{attempt, benchmark_run, charter, exported, numbers, reply, NAME};

const FOLDER: &str = "MOTHERLODE_SPEC_JOURNAL_FOLDER";
const MODE: &str = "MOTHERLODE_SPEC_JOURNAL_MODE";

/// Not a rule but the child of the rules below: without a folder in its environment it does
/// nothing.
#[test]
#[ignore = "the child process of the other tests of this module"]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    say("open");
    let journal = match Journal::create_or_open(Path::new(&folder)) {
        Ok(journal) => journal,
        Err(JournalError::Busy { holder, .. }) => return say(&format!("busy: {holder}")),
        Err(error) => return say(&format!("refused: {error}")),
    };
    say("opened");
    if std::env::var(MODE).unwrap() == "hold" {
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        return;
    }
    if journal.campaign(NAME).unwrap().is_none() {
        journal.begin(&charter(NAME)).unwrap();
        say("begun");
    }
    let settled = numbers(&journal.attempts(NAME).unwrap());
    let open: BTreeMap<u64, bool> = journal
        .open_attempts(NAME)
        .unwrap()
        .iter()
        .map(|open| (open.attempt, open.reply.is_some()))
        .collect();
    let mut pending: Vec<u64> = open.keys().copied().collect();
    pending.reverse();
    let highest = settled
        .last()
        .copied()
        .unwrap_or(0)
        .max(pending.first().copied().unwrap_or(0));
    // Numbers are given out and reserved in order, by one thread at a time; the rest runs side by
    // side.
    let source = Mutex::new((pending, highest));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| loop {
                let number = {
                    let mut source = source.lock().unwrap();
                    match source.0.pop() {
                        Some(number) => number,
                        None => {
                            let number = source.1 + 1;
                            journal.reserve(NAME, number).unwrap();
                            say(&format!("reserved {number}"));
                            source.1 = number;
                            number
                        }
                    }
                };
                if open.get(&number) != Some(&true) {
                    journal.reply(NAME, number, &reply(number)).unwrap();
                    say(&format!("replied {number}"));
                }
                journal.settle(NAME, &attempt(number)).unwrap();
                say(&format!("settled {number}"));
                journal
                    .record_benchmark_run(&benchmark_run("images", "relu(x)", number))
                    .unwrap();
                say(&format!("recorded {number}"));
            });
        }
    });
}

/// One whole line, written at once, so that a kill leaves no half of one but the last.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("\n@{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

fn spawn(folder: &Path, mode: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "journal::kill::child",
            "--ignored",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .env(MODE, mode)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// What the child says, without the marks and without the test runner's own lines.
fn sayings(child: &mut Child) -> impl Iterator<Item = String> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines
        .map_while(Result::ok)
        .filter_map(|line| line.strip_prefix('@').map(str::to_owned))
}

#[derive(Default)]
struct Acknowledged {
    begun: bool,
    reserved: u64,
    replied: Vec<u64>,
    settled: Vec<u64>,
    recorded: Vec<u64>,
}

impl Acknowledged {
    fn note(&mut self, line: &str) {
        match line.split_once(' ') {
            Some(("reserved", number)) => {
                self.reserved = self.reserved.max(number.parse().unwrap())
            }
            Some(("replied", number)) => self.replied.push(number.parse().unwrap()),
            Some(("recorded", number)) => self.recorded.push(number.parse().unwrap()),
            Some(("settled", number)) => self.settled.push(number.parse().unwrap()),
            _ if line == "begun" => self.begun = true,
            _ => assert!(["open", "opened"].contains(&line), "the child said: {line}"),
        }
    }

    fn hold_against(&self, folder: &Path, kill: usize) {
        let journal = match Journal::open(folder) {
            Err(JournalError::Absent { .. }) if !self.begun => return,
            result => result.unwrap(),
        };
        if journal.campaign(NAME).unwrap().is_none() {
            assert!(!self.begun, "kill {kill}: the campaign is gone");
            return;
        }
        let settled = journal.attempts(NAME).unwrap();
        let open = journal.open_attempts(NAME).unwrap();
        assert_eq!(
            settled,
            numbers(&settled)
                .into_iter()
                .map(attempt)
                .collect::<Vec<Attempt>>(),
            "kill {kill}: an attempt changed"
        );
        let settled = numbers(&settled);
        for number in &self.settled {
            assert!(
                settled.binary_search(number).is_ok(),
                "kill {kill}: settled attempt {number} is gone"
            );
        }
        for number in &self.replied {
            let kept = open
                .iter()
                .find(|open| open.attempt == *number)
                .map(|open| open.reply == Some(reply(*number)));
            assert!(
                settled.binary_search(number).is_ok() || kept == Some(true),
                "kill {kill}: the reply of {number} is gone"
            );
        }
        let mut all: Vec<u64> = settled
            .iter()
            .copied()
            .chain(open.iter().map(|open| open.attempt))
            .collect();
        all.sort_unstable();
        assert_eq!(
            all,
            (1..=all.len() as u64).collect::<Vec<_>>(),
            "kill {kill}: a gap, or an attempt both settled and open"
        );
        assert!(
            all.len() as u64 >= self.reserved,
            "kill {kill}: a reservation is gone"
        );
        let mut lines = numbers(&exported(folder));
        lines.sort_unstable();
        assert_eq!(
            lines, settled,
            "kill {kill}: the export differs from the journal"
        );
        let runs = journal.benchmark_runs().unwrap();
        assert!(
            runs.iter()
                .all(|found| *found == benchmark_run("images", "relu(x)", found.seed)),
            "kill {kill}: a benchmark run changed"
        );
        let seeds: Vec<u64> = runs.iter().map(|run| run.seed).collect();
        for seed in &self.recorded {
            assert!(
                seeds.contains(seed),
                "kill {kill}: recorded benchmark run {seed} is gone"
            );
        }
        assert_eq!(
            super::benchmark_runs::exported(folder).len(),
            runs.len(),
            "kill {kill}: the export of the benchmark runs differs from the journal"
        );
        // Every other time the archive is left as an unclean stop leaves it, so that both kinds of
        // opening are killed.
        if kill.is_multiple_of(2) {
            journal.close().unwrap();
        } else {
            std::mem::drop(journal);
            std::fs::remove_file(folder.join("CLEAN")).unwrap();
        }
    }
}

#[test]
fn nothing_acknowledged_is_lost_by_kill_9_at_any_moment() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    let mut acknowledged = Acknowledged::default();
    let mut moments = Key::new(20).word("kills").stream();
    for kill in 0..30 {
        // A third of the kills fall into the opening, the others after a number of
        // acknowledgements.
        let in_opening = kill % 3 == 0;
        let patience = if in_opening { 1 } else { 2 + moments.below(60) };
        let mut child = spawn(&archive, "write");
        let mut lines = sayings(&mut child);
        for line in lines.by_ref().take(patience) {
            acknowledged.note(&line);
        }
        if in_opening {
            spin(moments.below(120_000_000));
        }
        child.kill().unwrap();
        // What was said before the kill is still in the pipe; the last line may be cut.
        let rest: Vec<String> = lines.collect();
        child.wait().unwrap();
        for line in rest {
            acknowledged.note(&line);
        }
        acknowledged.hold_against(&archive, kill);
    }
    assert!(
        acknowledged.settled.len() > 100,
        "the child settled only {} attempts",
        acknowledged.settled.len()
    );
}

/// Lets a moment pass, of 0.2 to 1 ns a turn.
fn spin(turns: usize) {
    for turn in 0..turns {
        std::hint::black_box(turn);
    }
}

#[test]
fn a_creation_killed_at_any_moment_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut moments = Key::new(21).word("kills").stream();
    for kill in 0..12 {
        let archive = folder.path().join(format!("archive-{kill}"));
        let mut child = spawn(&archive, "hold");
        assert_eq!(sayings(&mut child).next().as_deref(), Some("open"));
        spin(moments.below(120_000_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let journal = Journal::create_or_open(&archive)
            .unwrap_or_else(|error| panic!("kill {kill}: {error}"));
        journal.begin(&charter(NAME)).unwrap();
        journal.settle(NAME, &attempt(1)).unwrap();
        assert_eq!(journal.attempts(NAME).unwrap(), [attempt(1)]);
    }
}

#[test]
fn a_second_process_is_told_who_holds_the_archive() {
    let folder = tempfile::tempdir().unwrap();
    let mut holder = spawn(folder.path(), "hold");
    let mut lines = sayings(&mut holder);
    assert_eq!(
        lines.by_ref().take(2).collect::<Vec<_>>(),
        ["open", "opened"]
    );
    let error = match Journal::open(folder.path()) {
        Ok(_) => panic!("it should have been refused"),
        Err(error) => error.to_string(),
    };
    assert!(
        error.contains(&format!("process {}", holder.id())),
        "{error}"
    );

    // The lock of a process that is killed is free as soon as it is gone, and the archive opens.
    holder.kill().unwrap();
    holder.wait().unwrap();
    Journal::open(folder.path()).unwrap();
}
