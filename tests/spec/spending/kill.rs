//! `kill -9` in the middle of paid work: nothing paid for is lost, nothing is paid for twice, and
//! the ledger still is the server's count.

use std::io::{BufRead, BufReader};

use motherlode::numerics::stream::Key;

use super::{bill, double, priced, spend};
use crate::binary::{lines, mine, run, start, stderr, tiny_lab};

#[test]
fn after_kills_the_ledger_covers_the_servers_bill_and_no_reply_is_paid_for_twice() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let server = double(21, 0.1);
    let model = priced(&server);
    let begin = mine(
        &lab,
        &[
            "--model",
            &model,
            "--yes",
            "--attempts",
            "60",
            "--budget-usd",
            "3",
            "--champions",
            "0",
            "--json",
            "--name",
            "killed",
        ],
    );
    let resume = ["mine", "--resume", "killed", "--yes", "--json"];
    let mut stream = Key::new(3).word("kills").stream();
    for round in 0..8 {
        let arguments: &[&str] = if round == 0 { &begin } else { &resume };
        let mut child = start(folder.path(), arguments);
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        // Killed while requests are under way: at any of the first attempts' acknowledgements.
        let seen = output
            .map_while(Result::ok)
            .filter(|line| line.contains("\"event\":\"attempt\""))
            .take(1 + stream.below(6))
            .count();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(seen > 0, "round {round} came to nothing");
    }
    let ended = run(folder.path(), &resume);
    assert_eq!(ended.status.code(), Some(0), "{}", stderr(&ended));
    let attempts = lines(&run(
        folder.path(),
        &["archive", "attempts", "killed", "--json"],
    ));
    assert_eq!(attempts.len(), 60);
    let spent = spend(folder.path(), "killed");
    let seen = server.seen();
    // A request that was held may have been cut off before it left; none left without being held.
    let (requests, cut_off) = (
        spent["requests"].as_u64().unwrap(),
        spent["estimated_requests"].as_u64().unwrap(),
    );
    assert!(
        requests >= seen.len() as u64 && requests - cut_off <= seen.len() as u64,
        "{requests} and {} of the server",
        seen.len()
    );
    assert!(
        spent["spent_usd"].as_f64().unwrap() >= bill(seen.iter()) - 1e-9,
        "{spent}, the server bills {}",
        bill(seen.iter())
    );
    let mut asked: Vec<&str> = Vec::new();
    for seen in seen.iter().filter(|seen| seen.told()) {
        let last = seen.body["messages"].as_array().unwrap().last().unwrap()["content"]
            .as_str()
            .unwrap();
        // What guidance is asked for by is the same for every attempt that finds the same archive.
        if last.contains("This is attempt ") {
            let number = &last[last.rfind("This is attempt ").unwrap()..];
            asked.push(number);
        }
    }
    let different: std::collections::BTreeSet<&&str> = asked.iter().collect();
    // A kill between an answer and its record leaves it held as lost; the attempt is not asked
    // again, so that no attempt is answered twice.
    assert_eq!(
        asked.len(),
        different.len(),
        "an attempt that was answered and paid for was asked again"
    );
}
