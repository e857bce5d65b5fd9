//! `motherlode plot`, as a user runs it.

use crate::binary::{document, run, stderr, stdout};

#[test]
fn plot_draws_in_the_terminal_and_says_what_to_know() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(
        folder.path(),
        &[
            "plot",
            "relu",
            "softmax",
            "param(0.5)*x",
            "--ascii",
            "--width",
            "60",
            "--height",
            "10",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stdout(&output).is_ascii() && stdout(&output).lines().count() == 15,
        "{}",
        stdout(&output)
    );
    for text in [
        "softmax is of class feature",
        "param(0.5)*x is drawn with its trainable parameters",
        "next: motherlode plot",
    ] {
        assert!(
            stderr(&output).contains(text),
            "{text}: {}",
            stderr(&output)
        );
    }
    let nowhere = run(folder.path(), &["plot", "log(x)", "--range", "-5:-1"]);
    assert!(
        stderr(&nowhere).contains("log(x) is finite nowhere from -5 to -1"),
        "{}",
        stderr(&nowhere)
    );
    let alone = run(
        folder.path(),
        &["plot", "relu", "--no-slope", "--ascii", "--y-range", "-1:2"],
    );
    assert!(
        !stdout(&alone).contains("its slope") && stdout(&alone).contains("relu"),
        "{}",
        stdout(&alone)
    );
}

#[test]
fn plot_answers_in_json() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(
        folder.path(),
        &[
            "plot",
            "log(x)",
            "nosuch(x)",
            "batch_mean(x)",
            "--range",
            "-1:1",
            "--svg",
            "curves.svg",
            "--json",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answer = document(&output);
    assert_eq!(
        (&answer["rejected"][0]["given"], &answer["files"][0]),
        (&"nosuch(x)".into(), &"curves.svg".into())
    );
    let curves = answer["curves"].as_array().unwrap();
    assert_eq!(
        (curves.len(), &curves[0]["class"], &curves[1]["class"]),
        (2, &"pointwise".into(), &"batch".into())
    );
    let points = curves[0]["points"].as_array().unwrap();
    assert!(points[0]["x"] == -1.0 && points[0]["y"].is_null() && points[0]["dy"].is_null());
    let last = points.last().unwrap();
    assert!(last["x"] == 1.0 && last["y"] == 0.0 && last["dy"] == 1.0);
    assert!(!stdout(&output).contains("NaN") && folder.path().join("curves.svg").exists());
}

#[test]
fn what_is_no_formula_is_shown_with_its_place_and_the_rest_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["plot", "x*sigmod(x)", "relu", "--ascii"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        stderr(&output).starts_with("error: x*sigmod(x): unknown function `sigmod`"),
        "{}",
        stderr(&output)
    );
    assert!(
        stderr(&output).contains("\n  x*sigmod(x)\n    ^\n"),
        "{}",
        stderr(&output)
    );
    assert!(stdout(&output).contains("A relu"));
    let none = run(
        folder.path(),
        &["plot", "nosuch(x)", "", "--svg", "none.svg"],
    );
    assert_eq!((none.status.code(), stdout(&none).as_str()), (Some(1), ""));
    assert!(!folder.path().join("none.svg").exists());
}

#[test]
fn bad_input_gets_one_line_and_exit_code_2_and_leaves_no_file() {
    let rows: [(&[&str], &str); 16] = [
        (&["plot", "relu", "--range", "5"], "A:B"),
        (&["plot", "relu", "--range", "5:-5"], "A below B"),
        (&["plot", "relu", "--range", "0:0"], "A below B"),
        (&["plot", "relu", "--range", "nan:1"], "A:B"),
        (&["plot", "relu", "--range", "0:inf"], "A:B"),
        (&["plot", "relu", "--range", "-1e300:1e300"], "1e9"),
        (
            &["plot", "relu", "--range", "1:1.0000000000001"],
            "millionth",
        ),
        (&["plot", "relu", "--y-range", "up"], "--y-range"),
        (
            &["plot", "relu", "--png", "nosuch/curves.png"],
            "no folder nosuch",
        ),
        (&["plot", "relu", "--png", "."], "folder"),
        (&["plot", "relu", "--svg", "/"], "name a file"),
        (
            &["plot", "relu", "--png", "a.png", "--width", "1"],
            "from 300 to 4000",
        ),
        (
            &["plot", "relu", "--png", "a.png", "--height", "100000"],
            "from 300 to 4000",
        ),
        (&["plot", "relu", "--width", "5"], "from 30 to 500"),
        (&["plot", "no-such-42"], "archive"),
        (
            &["plot", "x", "x", "x", "x", "x", "x", "x", "x", "x"],
            "at most 8",
        ),
    ];
    for (arguments, word) in rows {
        let folder = tempfile::tempdir().unwrap();
        let output = run(folder.path(), arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert!(
            stderr(&output).contains(word) && stderr(&output).lines().count() == 1,
            "{arguments:?} should say '{word}': {}",
            stderr(&output)
        );
        assert_eq!(
            (
                stdout(&output).as_str(),
                std::fs::read_dir(folder.path()).unwrap().count()
            ),
            ("", 0),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_file_that_is_there_is_replaced_and_one_that_cannot_be_written_stays() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("curves.svg"), "old").unwrap();
    let output = run(folder.path(), &["plot", "relu", "--svg", "curves.svg"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(std::fs::read_to_string(folder.path().join("curves.svg"))
        .unwrap()
        .starts_with("<svg"));
    let device = run(
        folder.path(),
        &["plot", "relu", "--svg", "/proc/curves.svg"],
    );
    assert_eq!(device.status.code(), Some(2), "{}", stderr(&device));
    assert!(
        stderr(&device).contains("/proc/curves.svg"),
        "{}",
        stderr(&device)
    );
    let picture = run(
        folder.path(),
        &["plot", "relu", "--png", "/proc/curves.png"],
    );
    assert!(
        stderr(&picture).contains("/proc/curves.png: No such file or directory"),
        "in plain words: {}",
        stderr(&picture)
    );
}

#[cfg(unix)]
#[test]
fn what_is_no_plain_file_stays_what_it_is() {
    use std::os::unix::fs::FileTypeExt;
    let folder = tempfile::tempdir().unwrap();
    let (socket, link, file) = (
        folder.path().join("socket"),
        folder.path().join("link.svg"),
        folder.path().join("file.svg"),
    );
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    std::fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    for arguments in [
        &["plot", "relu", "--png"] as &[&str],
        &["plot", "relu", "--svg"],
        &["export", "relu", "--to", "latex", "--output"],
    ] {
        let output = run(folder.path(), &[arguments, &["socket"]].concat());
        assert_eq!(
            output.status.code(),
            Some(2),
            "nothing can be written to a socket: {}",
            stderr(&output)
        );
        assert!(
            std::fs::metadata(&socket).unwrap().file_type().is_socket(),
            "{arguments:?}"
        );
    }
    assert_eq!(
        run(folder.path(), &["plot", "relu", "--svg", "link.svg"])
            .status
            .code(),
        Some(0)
    );
    assert!(link.is_symlink() && std::fs::read_to_string(&file).unwrap().starts_with("<svg"));
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        3,
        "nothing is left aside"
    );
}

#[test]
fn the_next_command_can_be_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let rows: [(&[&str], &str); 4] = [
        (
            &["plot", "relu", "-x"],
            "next: motherlode plot relu -x --png curves.png\n",
        ),
        (
            &["plot", "nosuch(x)", "x*tanh(x)"],
            "next: motherlode plot 'x*tanh(x)' --png curves.png\n",
        ),
        (
            &["plot", "relu", "x + 1", "--svg", "c.svg"],
            "next: motherlode evaluate relu 'x + 1'\n",
        ),
        (
            &["plot", "a = x\na + 1"],
            "next: motherlode plot 'a = x; a + 1' --png curves.png\n",
        ),
    ];
    for (arguments, wanted) in rows {
        let output = run(folder.path(), arguments);
        assert!(
            stderr(&output).ends_with(wanted),
            "{arguments:?} should end with {wanted}: {}",
            stderr(&output)
        );
    }
}
