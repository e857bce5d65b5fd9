//! The recorded proposer: what another campaign's attempts got, word for word.

use std::fs;

use motherlode::numerics::stop::{Halt, Stop};
use motherlode::proposer::recorded::{Recorded, RecordingError};
use motherlode::proposer::{ParsedProposal, Proposer, Unanswered};
use motherlode::record::attempt::{Attempt, Outcome, Proposal, Rejection, Reply};

use super::brief;
use super::ensemble::attempt;
use super::purse::Notebook;
use super::servers::ANSWER;

fn replied(number: u64, text: &str) -> Attempt {
    let reply = Reply {
        model: "model-2026".to_owned(),
        prompt: "Propose.\n---\nOne.".to_owned(),
        text: text.to_owned(),
        finish: Some("stop".to_owned()),
        written_guidance: (number == 3).then(|| "Keep it small.".to_owned()),
    };
    Attempt {
        reply: Some(reply),
        ..attempt(number, Vec::new(), Some(0.1))
    }
}

/// A campaign of four attempts: a reply, none, a reply, and a further formula of the first.
fn attempts() -> Vec<Attempt> {
    let lost = Attempt {
        reply: None,
        ..attempt(2, Vec::new(), None)
    };
    let sibling = Attempt {
        reply: None,
        sibling_of: Some(1),
        ..attempt(4, Vec::new(), Some(0.2))
    };
    vec![
        replied(1, ANSWER),
        lost,
        replied(3, "I would rather not say."),
        sibling,
    ]
}

fn ask(recorded: &Recorded, number: u64) -> Result<Reply, Unanswered> {
    let response = recorded.ask(&brief(number), &Notebook::generous(), &Stop::new())?;
    Ok(response.reply)
}

#[test]
fn an_export_gives_each_attempt_the_reply_that_it_got_and_none_where_it_got_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gold.jsonl");
    let lines: Vec<String> = attempts()
        .iter()
        .map(|attempt| serde_json::to_string(attempt).unwrap())
        .collect();
    fs::write(&file, format!("\n{}\n\n", lines.join("\n"))).unwrap();
    let recorded = Recorded::open(&file).unwrap();
    assert_eq!((recorded.name(), recorded.repeatable()), ("recorded", true));
    for number in [1, 3] {
        let expected = attempts()[number as usize - 1].reply.clone().unwrap();
        assert_eq!(
            ask(&recorded, number),
            Ok(expected.clone()),
            "word for word"
        );
        assert_eq!(ask(&recorded, number), Ok(expected), "again and again");
    }
    assert_eq!(
        ask(&recorded, 2),
        Err(Unanswered::Lost("lost".to_owned())),
        "what was lost is lost again"
    );
    for number in [0, 4, 5] {
        let Err(Unanswered::Exhausted(detail)) = ask(&recorded, number) else {
            panic!("no reply is recorded for {number}")
        };
        assert!(
            detail.contains("gold.jsonl holds no reply for attempt"),
            "{detail}"
        );
    }
    assert_eq!(
        recorded.read(&ask(&recorded, 1).unwrap(), 1).unwrap()[0]
            .proposal
            .formula,
        "x*sigmoid(x)"
    );
    assert_eq!(
        recorded
            .read(&ask(&recorded, 3).unwrap(), 1)
            .unwrap_err()
            .kind(),
        "Unreadable"
    );
    assert_eq!(
        recorded.ask(
            &brief(1),
            &Notebook::generous(),
            &Stop::after(0, Halt::Stopped)
        ),
        Err(Unanswered::Stopped)
    );
    assert_eq!(
        Recorded::of(&attempts(), &file.display().to_string()).unwrap(),
        recorded,
        "the archive itself says the same"
    );
}

#[test]
fn a_line_that_is_no_attempt_is_named_with_its_file_and_number() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gold.jsonl");
    let line = serde_json::to_string(&attempts()[0]).unwrap();
    for bad in ["{\"attempt\": 2}", "no JSON", &line[..line.len() - 5]] {
        fs::write(&file, format!("{line}\n{bad}\n{line}\n")).unwrap();
        let error = Recorded::open(&file).unwrap_err();
        assert!(
            matches!(error, RecordingError::NoAttempt { line: 2, .. }),
            "{error}"
        );
        assert!(
            error.to_string().contains("line 2 of ") && error.to_string().contains("gold.jsonl"),
            "{error}"
        );
    }
}

#[test]
fn a_recording_without_a_reply_or_that_is_not_there_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gold.jsonl");
    assert!(matches!(
        Recorded::open(&file),
        Err(RecordingError::Unreadable { .. })
    ));
    for text in ["", "\n\n"] {
        fs::write(&file, text).unwrap();
        assert!(
            matches!(Recorded::open(&file), Err(RecordingError::Empty { .. })),
            "{text:?}"
        );
    }
    let genetic = Attempt {
        proposer: "genetic".to_owned(),
        ..replied(1, "x")
    };
    assert!(
        matches!(
            Recorded::of(&[genetic], "campaign gold"),
            Err(RecordingError::Genetic { .. })
        ),
        "its replies are its own"
    );
    let error = Recorded::of(&attempts()[1..2], "campaign gold").unwrap_err();
    assert_eq!(
        error.to_string(),
        "campaign gold holds no attempt with a reply"
    );
}

#[test]
fn a_reply_is_read_as_it_was_when_it_was_recorded() {
    let proposal = |formula: &str| Proposal {
        formula: formula.to_owned(),
        name: None,
        rationale: None,
    };
    // A version that took the first of several formulas, and the others for attempts of their own.
    let both = r#"{"formula": "sin(x)"} {"formula": "tanh(x)"}"#;
    let first = Attempt {
        proposal: Some(proposal("sin(x)")),
        further: vec![proposal("tanh(x)")],
        ..replied(1, both)
    };
    // One that did not read damaged JSON.
    let rejection = Rejection::Unreadable {
        detail: "invalid escape".to_owned(),
    };
    let second = Attempt {
        proposal: None,
        outcome: Outcome::Rejected(rejection.clone()),
        ..replied(2, r#"{"rationale": "\(x\)", "formula": "x"}"#)
    };
    // One whose record does not say what was read.
    let third = replied(3, ANSWER);
    let recorded = Recorded::of(&[first, second, third], "campaign gold").unwrap();
    let reading = |number: u64| {
        let asked = recorded.ask(&brief(number), &Notebook::generous(), &Stop::new());
        asked.unwrap().reading.map(|reading| {
            let formula = |parsed: ParsedProposal| parsed.proposal.formula;
            reading.map(|all| all.into_iter().map(formula).collect::<Vec<_>>())
        })
    };
    assert_eq!(
        reading(1),
        Some(Ok(vec!["sin(x)".to_owned(), "tanh(x)".to_owned()]))
    );
    assert_eq!(reading(2), Some(Err(rejection)));
    assert_eq!(reading(3), None, "it is read when it is needed");
}
