//! A scripted campaign killed at random moments: every acknowledged attempt is found, and the end
//! is that of a campaign that was never killed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Duration;

use motherlode::numerics::stream::{Key, Stream};
use serde_json::Value;

use crate::binary::{lines, mine, run, start, stderr, tiny_lab, write_replies};

const KILLS: usize = 30;
const ATTEMPTS: usize = 600;

/// Starts `arguments`, kills the process at a random moment, and returns the attempts that it had
/// acknowledged.
fn kill_at_random(folder: &Path, arguments: &[&str], stream: &mut Stream) -> Vec<u64> {
    let mut child = start(folder, arguments);
    let output = BufReader::new(child.stdout.take().expect("it is piped"));
    // Some kills fall into the start, most after a random number of acknowledgements, a random
    // moment later.
    let patience = if stream.chance(0.2) {
        0
    } else {
        1 + stream.below(30)
    };
    let delay =
        Duration::from_micros(stream.below(if patience == 0 { 60_000 } else { 3_000 }) as u64);
    let (seen, acknowledged) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            // A line that the kill cut in two was not read by anybody.
            if let Some(number) = serde_json::from_str::<Value>(&line)
                .ok()
                .filter(|event| event["event"] == "attempt")
                .and_then(|event| event["attempt"].as_u64())
            {
                let _ = seen.send(number);
            }
        }
    });
    let mut numbers: Vec<u64> = Vec::new();
    while numbers.len() < patience {
        match acknowledged.recv() {
            Ok(number) => numbers.push(number),
            Err(_) => break,
        }
    }
    std::thread::sleep(delay);
    child.kill().expect("SIGKILL can be sent");
    child.wait().expect("the child can be waited for");
    reader.join().expect("the reader ends with its pipe");
    numbers.extend(acknowledged.try_iter());
    numbers
}

#[test]
fn thirty_kills_lose_no_acknowledged_attempt() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let replies = write_replies(folder.path(), ATTEMPTS);
    let lab = tiny_lab();
    let goal = ATTEMPTS.to_string();
    let scripted = [
        "--proposer",
        "scripted",
        "--replies",
        replies.to_str().expect("the path is text"),
        "--attempts",
        &goal,
        "--json",
        "--name",
    ];
    let killed = mine(&lab, &[&scripted[..], &["killed"]].concat());
    let resumed = ["mine", "--resume", "killed", "--json"];
    let mut stream = Key::new(7).word("kills").stream();
    let mut acknowledged: Vec<u64> = Vec::new();
    for _ in 0..KILLS {
        let begun = folder.path().join("archive").exists()
            && run(folder.path(), &["archive", "attempts", "killed", "--json"])
                .status
                .success();
        let arguments: &[&str] = if begun { &resumed } else { &killed };
        acknowledged.extend(kill_at_random(folder.path(), arguments, &mut stream));
        if acknowledged.is_empty() {
            continue;
        }
        let kept = run(folder.path(), &["archive", "attempts", "killed", "--json"]);
        let numbers: Vec<u64> = lines(&kept)
            .iter()
            .map(|attempt| attempt["attempt"].as_u64().expect("a number"))
            .collect();
        assert_eq!(
            numbers,
            (1..=numbers.len() as u64).collect::<Vec<_>>(),
            "no gap and no attempt twice"
        );
        let lost: Vec<&u64> = acknowledged
            .iter()
            .filter(|number| !numbers.contains(number))
            .collect();
        assert!(
            lost.is_empty(),
            "acknowledged and lost: {lost:?}; {}",
            stderr(&kept)
        );
    }
    assert!(
        acknowledged.len() > KILLS,
        "the kills came too early to show anything"
    );
    let ended = run(folder.path(), &resumed);
    assert_eq!(ended.status.code(), Some(0), "{}", stderr(&ended));
    let whole = run(
        folder.path(),
        &mine(&lab, &[&scripted[..], &["whole"]].concat()),
    );
    assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
    let attempts = |campaign| {
        lines(&run(
            folder.path(),
            &["archive", "attempts", campaign, "--json"],
        ))
    };
    assert_eq!(attempts("killed"), attempts("whole"));
    let closing = |output: &std::process::Output| lines(output).pop().expect("a closing event");
    let (ended, whole) = (closing(&ended), closing(&whole));
    for key in ["best", "champions", "confirmation"] {
        assert_eq!(ended[key], whole[key], "{key}");
    }
    assert!(whole["champions"]
        .as_array()
        .is_some_and(|champions| !champions.is_empty()));
}
