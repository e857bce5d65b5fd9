//! Keys: in the request's header and nowhere else, whatever a server echoes.

use std::path::Path;

use super::double::{Double, Script};
use super::said;
use crate::binary::{mine, motherlode, run, tiny_lab};

const KEY: &str = "sk-planted-0123456789abcdef";

/// Every file below a folder that holds the key.
fn files_with_key(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if entry.is_dir() {
            found.extend(files_with_key(&entry));
        } else if std::fs::read(&entry)
            .unwrap()
            .windows(KEY.len())
            .any(|window| window == KEY.as_bytes())
        {
            found.push(entry.display().to_string());
        }
    }
    found
}

#[test]
fn a_key_that_a_server_echoes_everywhere_is_in_no_log_error_archive_or_export() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let server = Double::start(Script {
        echo: format!("your key is {KEY}"),
        ..Script::by_chance(9, 0.3)
    });
    let model = format!(
        "compatible:{},price.input=1,price.output=1,key=MY_MODEL_KEY",
        server.model("echo")
    );
    let archive = folder.path().join("archive");
    let command = |arguments: &[&str]| {
        let mut command = motherlode();
        command
            .args(arguments)
            .arg("--archive")
            .arg(&archive)
            .env("MY_MODEL_KEY", KEY)
            .current_dir(folder.path());
        command.output().unwrap()
    };
    let mined = command(&mine(
        &lab,
        &[
            "--model",
            &model,
            "--yes",
            "--attempts",
            "30",
            "--json",
            "--name",
            "echo",
            "-vv",
        ],
    ));
    assert_eq!(mined.status.code(), Some(0), "{}", said(&mined));
    assert!(
        server.seen().iter().all(|seen| seen
            .head
            .to_lowercase()
            .contains(&format!("authorization: bearer {KEY}"))),
        "the server did get it"
    );
    assert!(
        server
            .seen()
            .iter()
            .all(|seen| !seen.body.to_string().contains(KEY)),
        "and in the header only"
    );
    let mut outputs = vec![("mine", mined)];
    for arguments in [
        &["archive", "attempts", "echo", "--json"][..],
        &["archive", "top", "echo"],
        &["spend", "echo", "--json"],
        &["prompt", "show", "--campaign", "echo", "--body"],
        &["prompt", "show", "--campaign", "echo", "--attempt", "1"],
        &["doctor", "--model", &model, "--yes", "--json"],
        &["rerun", "echo", "-vv"],
        &[
            "mine",
            "--resume",
            "echo",
            "--attempts",
            "34",
            "--yes",
            "-vv",
        ],
    ] {
        outputs.push((arguments[0], command(arguments)));
    }
    for (name, output) in &outputs {
        assert!(!said(output).contains(KEY), "{name} shows the key");
    }
    // What the database compresses is read back record by record.
    for number in 1..=30 {
        let shown = run(
            folder.path(),
            &[
                "prompt",
                "show",
                "--campaign",
                "echo",
                "--attempt",
                &number.to_string(),
                "--json",
            ],
        );
        assert!(!said(&shown).contains(KEY), "attempt {number}");
    }
    assert_eq!(files_with_key(folder.path()), Vec::<String>::new());
}
