//! The scripted proposer: replies from files, in order.

use std::fs;

use motherlode::numerics::stop::{Halt, Stop};
use motherlode::proposer::prompt;
use motherlode::proposer::scripted::{ScriptError, Scripted};
use motherlode::proposer::{Proposer, Unanswered};
use motherlode::record::attempt::Reply;

use super::brief;
use super::purse::Notebook;

fn ask(scripted: &Scripted, attempt: u64, stop: &Stop) -> Result<Reply, Unanswered> {
    let response = scripted.ask(&brief(attempt), &Notebook::generous(), stop)?;
    Ok(response.reply)
}

#[test]
fn a_folder_gives_one_reply_a_file_in_the_order_of_names() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("02.txt", "second"),
        ("01.md", "first"),
        ("03.json", "third"),
        ("notes.rs", "none"),
        (".hidden", "none"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let scripted = Scripted::open(folder.path()).unwrap();
    let replies: Vec<(String, String)> = (1..=3)
        .map(|attempt| ask(&scripted, attempt, &Stop::new()).unwrap())
        .map(|reply| (reply.model, reply.text))
        .collect();
    let expected = [
        ("01.md", "first"),
        ("02.txt", "second"),
        ("03.json", "third"),
    ]
    .map(|(name, text)| (name.to_owned(), text.to_owned()));
    assert_eq!(replies, expected);
}

#[test]
fn a_file_gives_the_replies_between_its_lines_of_dashes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("replies.md");
    fs::write(
        &file,
        "---\n{\"formula\": \"x - 1\"}\n---\n\n```\na = x;\na*x\n```\n---\nno \
        formula --- here\n---\n",
    )
    .unwrap();
    let scripted = Scripted::open(&file).unwrap();
    assert_eq!(scripted.count(), 3);
    let formula = |attempt| {
        scripted
            .read(&ask(&scripted, attempt, &Stop::new()).unwrap(), 1)
            .map(|proposals| proposals[0].proposal.formula.clone())
    };
    assert_eq!(formula(1), Ok("x - 1".to_owned()));
    assert_eq!(formula(2), Ok("a = x;\na*x".to_owned()));
    assert_eq!(formula(3).unwrap_err().kind(), "Unreadable");
}

#[test]
fn the_same_brief_has_the_same_reply_and_the_prompt_that_would_have_been_sent() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("1.md"), "x").unwrap();
    let scripted = Scripted::open(folder.path()).unwrap();
    assert!(scripted.repeatable());
    let reply = ask(&scripted, 1, &Stop::new()).unwrap();
    assert_eq!(reply, ask(&scripted, 1, &Stop::new()).unwrap());
    assert_eq!(reply.prompt, prompt::proposal(&brief(1)).to_string());
}

#[test]
fn replies_begin_at_attempt_1_and_come_to_an_end() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("1.md"), "x").unwrap();
    let scripted = Scripted::open(folder.path()).unwrap();
    assert_eq!(ask(&scripted, 1, &Stop::new()).unwrap().text, "x");
    for attempt in [0, 2, 15] {
        assert!(
            matches!(
                ask(&scripted, attempt, &Stop::new()),
                Err(Unanswered::Exhausted(_))
            ),
            "attempt {attempt}"
        );
    }
    assert_eq!(
        ask(&scripted, 1, &Stop::after(0, Halt::Stopped)),
        Err(Unanswered::Stopped)
    );
}

#[test]
fn what_cannot_be_read_is_named_when_the_campaign_is_set_up() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        Scripted::open(folder.path()),
        Err(ScriptError::Empty { .. })
    ));
    let missing = Scripted::open(&folder.path().join("missing"))
        .unwrap_err()
        .to_string();
    assert!(
        missing.contains("missing") && !missing.contains('\n'),
        "{missing}"
    );
    fs::write(folder.path().join("1.md"), [0xff, 0xfe]).unwrap();
    assert!(matches!(
        Scripted::open(folder.path()),
        Err(ScriptError::Unreadable { .. })
    ));
}
