//! What the system does not give: threads, room for the output, a terminal, an environment. The
//! program says so and ends; it never panics.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use motherlode::proposer::llm::address::Provider;

use crate::binary::{folder, motherlode, stderr, stdout, tiny_lab};
use crate::proposer::servers::{says, Server, ANSWER};

/// The program in `folder`, with its archive and its sets there.
fn command<T: AsRef<OsStr>>(folder: &Path, arguments: &[T]) -> Command {
    let mut command = motherlode();
    command.args(arguments).current_dir(folder);
    command.env("MOTHERLODE_ARCHIVE", folder.join("archive"));
    command.env("MOTHERLODE_DATA", folder.join("data"));
    command
}

fn done(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}

/// More than a process can address: no thread of this stack is given.
const NO_STACK: &str = "140737488355328";

#[test]
fn a_thread_that_is_not_given_is_an_error_with_what_to_do() {
    let folder = folder();
    let folder = folder.path();
    let lab = tiny_lab();
    let lab = lab.to_str().unwrap();
    let server = Server::answering(vec![says(Provider::Compatible, ANSWER)]);
    let model = format!("{},free", server.model(Provider::Compatible));
    for part in ["train", "test"] {
        let place = folder.join("pictures").join(part).join("a");
        fs::create_dir_all(&place).unwrap();
        let picture = image::RgbImage::new(8, 8);
        picture.save(place.join("a.png")).unwrap();
    }
    let begun = ["mine", "--lab", lab, "--attempts", "2", "--name", "c"];
    let begun = done(&mut command(folder, &begun));
    assert_eq!(begun.status.code(), Some(0), "{}", stderr(&begun));
    for arguments in [
        &["mine", "--lab", lab, "--attempts", "2"][..],
        &["mine", "--lab", lab, "--attempts", "2", "--model", &model],
        &["mine", "--resume", "c", "--attempts", "4"],
        &["evaluate", "gelu", "--lab", lab],
        &["lab", "show", lab],
        &["lab", "check", lab],
        &["lab", "validate", lab, "--functions", "5"],
        &["archive", "list"],
        &["rerun", "c"],
        &["doctor", "--model", &model],
        &["data", "import", "own", "pictures", "--size", "8"],
    ] {
        let output = done(command(folder, arguments).env("RUST_MIN_STACK", NO_STACK));
        let told = format!("{arguments:?}: {}{}", stderr(&output), stdout(&output));
        let code = output.status.code();
        assert!(matches!(code, Some(1 | 2)), "{code:?} {told}");
        assert!(
            told.contains("the system gives no further thread: give fewer"),
            "{told}"
        );
        assert!(
            !told.contains("panicked") && !told.contains("damaged"),
            "{told}"
        );
    }
    let kept = done(&mut command(folder, &["archive", "list"]));
    assert_eq!(kept.status.code(), Some(0), "{}", stderr(&kept));
}

#[test]
fn an_output_that_takes_no_more_is_an_error_or_nothing_and_never_a_panic() {
    let folder = folder();
    let folder = folder.path();
    let lab = tiny_lab();
    let lab = lab.to_str().unwrap();
    let (reader, closed) = std::io::pipe().unwrap();
    drop(reader);
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["mine", "--help"],
        &["library"],
        &["library", "--json"],
        &["lab", "list"],
        &["export", "gelu", "--to", "onnx"],
        &["export", "gelu", "--to", "rust"],
        &["plot", "gelu"],
        &["prompt", "templates"],
        &["data", "list"],
        &["mine", "--lab", lab, "--attempts", "2", "--json"],
        &["evaluate", "gelu", "--lab", lab],
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = done(command(folder, arguments).stdout(full));
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
        assert!(
            told.contains("error: No space left"),
            "{arguments:?}: {told}"
        );
        let unread = Stdio::from(closed.try_clone().unwrap());
        let output = done(command(folder, arguments).stdout(unread));
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
        assert!(!told.contains("error: "), "{arguments:?}: {told}");
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = done(command(folder, arguments).arg("-vv").stderr(full));
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    }
}

#[test]
fn no_environment_is_so_bare_or_so_strange_that_it_panics() {
    let folder = folder();
    let folder = folder.path();
    let no_text = OsStr::from_bytes(b"\xff\xfe\x1b");
    let names = [
        "COLUMNS",
        "LINES",
        "TERM",
        "NO_COLOR",
        "LANG",
        "LC_ALL",
        "HOME",
        "XDG_DATA_HOME",
        "MOTHERLODE_ARCHIVE",
        "MOTHERLODE_DATA",
        "OPENAI_API_KEY",
        "HTTPS_PROXY",
        "TMPDIR",
        "RUST_LOG",
        "RUST_BACKTRACE",
    ];
    for arguments in [
        &["--help"][..],
        &["library"],
        &["plot", "gelu"],
        &["archive", "list"],
        &["data", "list"],
        &["doctor", "--offline", "--model", "openai:gpt-5-mini"],
    ] {
        let bare = done(motherlode().args(arguments).current_dir(folder).env_clear());
        let never = |what: &str, output: &Output| {
            let code = output.status.code();
            let told = stderr(output);
            assert!(
                matches!(code, Some(0..=2)),
                "{what} {arguments:?}: {code:?} {told}"
            );
        };
        never("no environment", &bare);
        for value in [OsStr::new(""), OsStr::new("0"), OsStr::new("-1"), no_text] {
            let strange = names.map(|name| (name, value));
            let mut command = motherlode();
            command.args(arguments).current_dir(folder);
            never(&format!("{value:?}"), &done(command.envs(strange)));
        }
    }
}
