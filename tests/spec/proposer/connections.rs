//! Connections: each request goes out on one of its own, so that none is written to one that its
//! server has closed.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use motherlode::numerics::stop::Stop;
use motherlode::proposer::Proposer;
use motherlode::record::ledger::CallOutcome;

use super::brief;
use super::purse::Notebook;
use super::servers::{llm, paid, read_request, ANSWER};

/// How a server treats a connection after an answer that says nothing of it.
#[derive(Clone, Copy, Debug)]
enum After {
    /// Closes it, without a word.
    Closes,
    /// Answers what comes next.
    Serves,
}

/// A server that lets a connection be kept; (address of its model, connections, requests).
fn server(after: After) -> (String, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let counts = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let (connections, requests) = (Arc::clone(&counts.0), Arc::clone(&counts.1));
    std::thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            connections.fetch_add(1, Ordering::SeqCst);
            let requests = Arc::clone(&requests);
            std::thread::spawn(move || serve(connection, after, &requests));
        }
    });
    (
        format!("compatible:kept@http://{address}/v1"),
        counts.0,
        counts.1,
    )
}

fn serve(mut connection: TcpStream, after: After, requests: &AtomicUsize) {
    let answer = serde_json::json!({
        "choices": [{"finish_reason": "stop", "message": {"content": ANSWER}}],
        "usage": {"prompt_tokens": 2000, "completion_tokens": 40}
    })
    .to_string();
    loop {
        // An end of the connection is no request.
        if connection.peek(&mut [0]).unwrap_or(0) == 0 {
            return;
        }
        read_request(&mut connection);
        requests.fetch_add(1, Ordering::SeqCst);
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        let sent = connection.write_all(format!("{head}{answer}").as_bytes());
        if sent.is_err() || matches!(after, After::Closes) {
            return;
        }
    }
}

#[test]
fn every_request_reaches_a_server_that_closes_its_connections_without_saying_so() {
    for after in [After::Closes, After::Serves] {
        let (address, connections, requests) = server(after);
        let llm = llm(vec![paid(&address)]);
        let purse = Notebook::generous();
        for _ in 0..20 {
            llm.ask(&brief(3), &purse, &Stop::new()).unwrap();
        }
        assert_eq!(purse.outcomes(), [CallOutcome::Answered; 20], "{after:?}");
        assert_eq!(
            (
                requests.load(Ordering::SeqCst),
                connections.load(Ordering::SeqCst)
            ),
            (20, 20),
            "{after:?}: none is written to a connection that was used before"
        );
    }
}

#[test]
fn requests_that_are_asked_at_once_have_connections_of_their_own_too() {
    let (address, connections, requests) = server(After::Serves);
    let llm = llm(vec![paid(&address)]);
    let purse = Notebook::generous();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    llm.ask(&brief(3), &purse, &Stop::new()).unwrap();
                }
            });
        }
    });
    assert_eq!(
        (
            requests.load(Ordering::SeqCst),
            connections.load(Ordering::SeqCst)
        ),
        (20, 20)
    );
}

#[test]
fn a_server_that_takes_a_connection_and_says_nothing_is_not_asked_twice() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!(
        "compatible:mute@http://{}/v1",
        listener.local_addr().unwrap()
    );
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    std::thread::spawn(move || {
        for mut connection in listener.incoming().map_while(Result::ok) {
            count.fetch_add(1, Ordering::SeqCst);
            let _ = connection.read(&mut [0; 1 << 16]);
        }
    });
    let purse = Notebook::generous();
    let answer = llm(vec![paid(&address)]).ask(&brief(3), &purse, &Stop::new());
    assert!(answer.is_err());
    assert_eq!(
        (purse.outcomes(), taken.load(Ordering::SeqCst)),
        (vec![CallOutcome::Lost], 1)
    );
}
