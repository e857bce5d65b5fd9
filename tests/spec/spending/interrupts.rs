//! Signals in the middle of paid work: the first waits for what is paid for, the second does not.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::Ordering;

use motherlode::journal::Journal;
use serde_json::Value;

use super::double::{Behaviour, Double, Script, Seen};
use super::{bill, close, priced, spend};
use crate::binary::{folder, lines, mine, run, start, stderr, tiny_lab};

/// A double that answers the first at once, and later ones only once it is let go on.
fn stalling(seed: u64, answered: usize) -> (Script, Double) {
    let first = [
        vec![Behaviour::Answer; answered],
        vec![Behaviour::Slow; 200],
    ]
    .concat();
    let script = Script {
        first,
        ..Script::by_chance(seed, 0.0)
    };
    script.stall.store(true, Ordering::SeqCst);
    let server = Double::start(script.clone());
    (script, server)
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// Whether the tests were started with SIGHUP ignored, as by nohup; then the program is, too, and
/// goes on as it should.
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() & 1 == 1)
}

/// Waits until so many requests are at the server.
fn wait_for(server: &Double, requests: usize, child: &mut Child) {
    while server.seen().len() < requests {
        assert!(child.try_wait().unwrap().is_none(), "it waits for answers");
        std::thread::yield_now();
    }
}

/// Reads on until a warning with these words.
fn wait_for_warning(output: &mut Lines<BufReader<ChildStdout>>, words: &str) -> String {
    output
        .by_ref()
        .map(|line| line.unwrap())
        .find(|line| line.contains("\"warning\"") && line.contains(words))
        .expect("the warning comes before the end")
}

/// The numbers of the attempts whose formula requests asked for, in their order.
fn asked(seen: &[Seen]) -> Vec<u64> {
    let number = |seen: &Seen| {
        let text = seen.body["messages"].as_array()?.last()?["content"].as_str()?;
        let after = text.rsplit("This is attempt ").next()?;
        after.split(' ').next()?.parse().ok()
    };
    let mut numbers: Vec<u64> = seen.iter().filter_map(number).collect();
    numbers.sort_unstable();
    numbers
}

fn options<'a>(model: &'a str, name: &'a str) -> Vec<&'a str> {
    vec![
        "--model",
        model,
        "--yes",
        "--attempts",
        "14",
        "--champions",
        "0",
        "--json",
        "--name",
        name,
    ]
}

fn finished(output: Lines<BufReader<ChildStdout>>) -> Value {
    let last = output.map(|line| line.unwrap()).last().unwrap();
    serde_json::from_str(&last).unwrap()
}

fn archive(folder: &Path) -> Journal {
    Journal::open(&folder.join("archive")).unwrap()
}

#[test]
fn the_first_signal_of_each_kind_waits_for_what_is_paid_for_and_keeps_it() {
    let lab = tiny_lab();
    for (seed, signal) in [(81, "-INT"), (82, "-TERM"), (83, "-HUP")] {
        if signal == "-HUP" && ignores_hangup() {
            continue;
        }
        let folder = folder();
        let (script, server) = stalling(seed, 3);
        let model = priced(&server);
        let mut child = start(folder.path(), &mine(&lab, &options(&model, "kept")));
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        wait_for(&server, 8, &mut child);
        send(signal, &child);
        let warning = wait_for_warning(&mut output, "requests that are paid for are under way");
        assert!(
            warning.contains("at most") && warning.contains("a second Ctrl-C"),
            "{signal}: {warning}"
        );
        script.stall.store(false, Ordering::SeqCst);
        assert_eq!(finished(output)["stop_reason"], "interrupted", "{signal}");
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal}");
        let seen = server.seen();
        let sent = seen.len();
        assert!(sent < 12, "{signal}: nothing further is asked: {sent}");
        let spent = spend(folder.path(), "kept");
        assert!(
            close(spent["spent_usd"].as_f64().unwrap(), bill(seen.iter())),
            "{signal}: {spent}"
        );
        assert_eq!(
            (&spent["estimated_requests"], &spent["held_usd"]),
            (&0.into(), &0.0.into()),
            "{signal}: {spent}"
        );
        let journal = archive(folder.path());
        let settled = journal.attempts("kept").unwrap().len();
        let open = journal.open_attempts("kept").unwrap();
        let replied = open.iter().filter(|open| open.reply.is_some()).count();
        assert_eq!(settled + replied, sent, "{signal}: every reply is on disk");
        journal.close().unwrap();

        let resumed = run(
            folder.path(),
            &["mine", "--resume", "kept", "--yes", "--json"],
        );
        assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
        let numbers: Vec<u64> = (1..=14).collect();
        assert_eq!(
            asked(&server.seen()),
            numbers,
            "{signal}: each is asked once"
        );
    }
}

#[test]
fn a_second_signal_ends_at_once() {
    let lab = tiny_lab();
    for (seed, first, second) in [(84, "-INT", "-INT"), (85, "-TERM", "-INT")] {
        let folder = folder();
        let (script, server) = stalling(seed, 1);
        let model = priced(&server);
        let mut child = start(folder.path(), &mine(&lab, &options(&model, "cut")));
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        // As many as may be under way, so that no further one is on its way; the first proposal was
        // there before.
        wait_for(&server, 1 + 8, &mut child);
        send(first, &child);
        wait_for_warning(&mut output, "are under way");
        send(second, &child);
        assert_eq!(child.wait().unwrap().code(), Some(130), "{first} {second}");
        let sent = server.seen().len();
        script.stall.store(false, Ordering::SeqCst);
        let spent = spend(folder.path(), "cut");
        assert_eq!(
            spent["estimated_requests"].as_u64().unwrap() as usize,
            sent - 1,
            "what was cut off is taken to be billed: {spent}"
        );
    }
}

#[test]
fn what_costs_nothing_is_not_waited_for() {
    let folder = folder();
    let lab = tiny_lab();
    let (script, server) = stalling(86, 1);
    let model = format!("compatible:{},free", server.model("free"));
    let mut child = start(folder.path(), &mine(&lab, &options(&model, "free")));
    let output = BufReader::new(child.stdout.take().unwrap()).lines();
    // The first proposal was there before; a server of one's own is asked for one reply at first.
    wait_for(&server, 1 + 1, &mut child);
    send("-INT", &child);
    let finished = finished(output);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(finished["stop_reason"], "interrupted");
    script.stall.store(false, Ordering::SeqCst);
    let resumed = run(folder.path(), &["mine", "--resume", "free", "--json"]);
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
    assert_eq!(lines(&resumed).pop().unwrap()["attempts"], 14);
}

#[test]
fn a_hang_up_that_is_ignored_from_the_start_stays_ignored() {
    let folder = folder();
    let lab = tiny_lab();
    let (script, server) = stalling(87, 2);
    let model = priced(&server);
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' HUP; exec \"$0\" \"$@\""])
        .arg(env!("CARGO_BIN_EXE_motherlode"))
        .args(mine(&lab, &options(&model, "deaf")))
        .arg("--archive")
        .arg(folder.path().join("archive"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap()).lines();
    wait_for(&server, 6, &mut child);
    send("-HUP", &child);
    script.stall.store(false, Ordering::SeqCst);
    assert_eq!(finished(output)["stop_reason"], "attempts_made");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_doctor_waits_for_what_it_asked_too() {
    let folder = folder();
    let (script, server) = stalling(88, 0);
    let models = [priced(&server), priced(&server).replace("paid", "other")];
    let mut child = start(
        folder.path(),
        &[
            "doctor", "--yes", "--json", "--model", &models[0], "--model", &models[1],
        ],
    );
    wait_for(&server, 1, &mut child);
    send("-INT", &child);
    // It cannot be seen from outside that the signal was taken; a request that is let go before it
    // was leads to the second one, which is waited for as well.
    script.stall.store(false, Ordering::SeqCst);
    let code = child.wait().unwrap().code();
    let sent = server.seen();
    assert!(
        (code, sent.len()) == (Some(130), 1) || sent.len() == 2,
        "{code:?} {}",
        sent.len()
    );
    let spent = spend(folder.path(), "doctor");
    assert!(
        close(spent["spent_usd"].as_f64().unwrap(), bill(sent.iter())),
        "{spent}"
    );
    assert_eq!(spent["estimated_requests"], 0, "{spent}");
}
