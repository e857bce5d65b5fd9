//! `motherlode data` as a user runs it.

use std::path::Path;
use std::process::Output;

use serde_json::{json, Value};
use tokio::runtime::Runtime;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{cifar_batches, md5, tar, write, write_idx};
use crate::binary::{document, folder, run, stderr, stdout};
use crate::images::gzip;

/// Runs `motherlode data` with the sets in `folder/data`.
fn data(folder: &Path, arguments: &[&str]) -> Output {
    run(folder, &[&["data", "--data", "data"], arguments].concat())
}

/// The set of this name in the list.
fn listed(folder: &Path, name: &str) -> Value {
    let list = document(&data(folder, &["list", "--json"]));
    list["sets"]
        .as_array()
        .unwrap()
        .iter()
        .find(|set| set["name"] == name)
        .unwrap_or_else(|| panic!("{name}: {list}"))
        .clone()
}

#[test]
fn the_known_sets_are_listed_with_the_way_to_get_them() {
    let folder = folder();
    let output = data(folder.path(), &["list"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for word in [
        "| cifar100 ",
        "32x32x3",
        "not here",
        "motherlode data get cifar10 (171 MB)",
        "motherlode data get imagenette ",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(stderr(&output).starts_with("next: motherlode data "));
    let set = listed(folder.path(), "cifar10");
    assert_eq!(
        (&set["state"], &set["place"], &set["known"]["train"]),
        (&json!("not here"), &Value::Null, &json!(50_000))
    );
    assert!(
        !folder.path().join("data").exists(),
        "looking makes no folder"
    );
}

#[test]
fn a_set_of_ones_own_is_imported_listed_and_checked() {
    let folder = folder();
    write_idx(&folder.path().join("in"));
    let output = data(folder.path(), &["import", "mine", "in"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(
        stdout(&output),
        "mine: 6 training and 3 test images of 4x4x1, 3 classes\n"
    );
    assert_eq!(stderr(&output), "next: motherlode data check mine\n");
    let set = listed(folder.path(), "mine");
    assert_eq!(
        (&set["state"], &set["train"], &set["known"], &set["partial"]),
        (&json!("here"), &json!(6), &Value::Null, &Value::Null)
    );
    let answer = document(&data(folder.path(), &["check", "mine", "--json"]));
    let checked = &answer["sets"][0];
    assert_eq!(
        (&answer["sound"], &checked["train_counts"], &checked["hash"]),
        (&json!(true), &json!([2, 2, 2]), &set["hash"])
    );
    let output = data(folder.path(), &["check", "mine"]);
    assert!(
        stdout(&output).contains("training images by class: 2 of every class")
            && stderr(&output).contains("mine is sound")
    );
}

#[test]
fn a_partial_set_says_so_everywhere() {
    let folder = folder();
    for (name, bytes) in cifar_batches() {
        write(
            &folder.path().join("in"),
            &format!("{name}.gz"),
            gzip(&bytes),
        );
    }
    let output = data(folder.path(), &["import", "cifar10", "in"]);
    assert!(
        stderr(&output)
            .contains("it is partial: 50 of 50,000 training and 10 of 10,000 test images"),
        "{}",
        stderr(&output)
    );
    let partial = json!({ "train": 50, "whole_train": 50_000, "test": 10, "whole_test": 10_000 });
    let set = listed(folder.path(), "cifar10");
    assert_eq!(
        (&set["state"], &set["partial"]),
        (&json!("partial"), &partial)
    );
    let list = stdout(&data(folder.path(), &["list"]))
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        list.contains(
            "| cifar10 | 50 of 50,000 | 10 of 10,000 | 32x32x3 | 10 | partial | data/cifar10 |"
        ),
        "{list}"
    );
    let output = data(folder.path(), &["check", "cifar10"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(
        stdout(&output).contains(
            "partial: 50 of 50,000 training and 10 of 10,000 test images; compared within 0.1414"
        ),
        "{}",
        stdout(&output)
    );
}

#[test]
fn a_damaged_set_fails_its_check_and_no_other() {
    let folder = folder();
    write_idx(&folder.path().join("in"));
    for name in ["a", "b"] {
        assert_eq!(
            data(folder.path(), &["import", name, "in"]).status.code(),
            Some(0)
        );
    }
    let images = std::fs::read_dir(folder.path().join("data/a"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let images = images
        .into_iter()
        .find(|path| path.extension().unwrap() == "images")
        .unwrap();
    std::fs::write(images, "short").unwrap();
    let output = data(folder.path(), &["check", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let answer = document(&output);
    let sound: Vec<(&Value, &Value)> = answer["sets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|set| (&set["name"], &set["sound"]))
        .collect();
    assert!(
        sound.contains(&(&json!("a"), &json!(false)))
            && sound.contains(&(&json!("b"), &json!(true))),
        "{answer}"
    );
    assert_eq!(listed(folder.path(), "a")["state"], "damaged");
}

#[test]
fn wrong_usage_is_one_line_and_exit_code_2_and_a_broken_file_is_1() {
    let folder = folder();
    write_idx(&folder.path().join("in"));
    write(
        folder.path(),
        "broken/train-images-idx3-ubyte.gz",
        &gzip(&[0; 999])[..20],
    );
    for name in [
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    ] {
        write(folder.path(), &format!("broken/{name}"), b"x");
    }
    let cases: [(&[&str], i32, &str); 8] = [
        (
            &["check", "cifar100"],
            2,
            "error: the image set cifar100 is not in data; get it with motherlode data get \
             cifar100, ",
        ),
        (
            &["check", "cifra10"],
            2,
            "error: there is no image set 'cifra10'; the nearest name is 'cifar10', ",
        ),
        (
            &["get", "my-set"],
            2,
            "error: 'my-set' has no home that it could be got from; the nearest name that has one \
             is ",
        ),
        (
            &["get", "../x"],
            2,
            "error: '../x' cannot name an image set; ",
        ),
        (
            &["get", "mnist", "--from", "nowhere"],
            2,
            "error: 'nowhere/train-images-idx3-ubyte.gz' is no address of the web: ",
        ),
        (
            &["import", "mine", "nowhere"],
            2,
            "error: cannot read nowhere: No such file",
        ),
        (
            &["import", "mine", "in", "--size", "32"],
            2,
            "error: --size is for folders of pictures; ",
        ),
        (&["import", "mine", "broken"], 1, "error: broken/"),
    ];
    for (arguments, code, beginning) in cases {
        let output = data(folder.path(), &[arguments, &["--quiet"]].concat());
        let text = stderr(&output);
        assert_eq!(
            (output.status.code(), text.lines().count()),
            (Some(code), 1),
            "{arguments:?}: {text}"
        );
        assert!(
            text.starts_with(beginning) && stdout(&output).is_empty(),
            "{text}"
        );
    }
}

#[test]
fn a_known_set_is_got_only_with_the_right_sum() {
    let folder = folder();
    let batches: Vec<(String, Vec<u8>)> = cifar_batches()
        .into_iter()
        .map(|(name, bytes)| (format!("cifar-10-batches-bin/{name}"), bytes))
        .collect();
    let archive = gzip(&tar(&batches));
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(MockServer::start());
    let answer = ResponseTemplate::new(200).set_body_bytes(archive.clone());
    runtime.block_on(
        Mock::given(method("GET"))
            .and(path("/mirror/cifar-10-binary.tar.gz"))
            .respond_with(answer)
            .mount(&server),
    );
    let address = format!("{}/mirror", server.uri());
    let output = data(folder.path(), &["get", "cifar10", "--from", &address]);
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    let sums = format!(
        "wanted a file with the MD5 sum c32a1d4ab5d03f1284b67883e8d87530, found {}; nothing was \
         kept",
        md5(&archive)
    );
    assert!(
        text.starts_with("getting cifar-10-binary.tar.gz\n") && text.contains(&sums),
        "{text}"
    );
    assert!(
        !folder.path().join("data/.downloads").exists()
            && listed(folder.path(), "cifar10")["state"] == "not here"
    );
    // A copy that was downloaded by other means is imported as it is.
    std::fs::write(folder.path().join("cifar-10-binary.tar.gz"), archive).unwrap();
    assert_eq!(
        data(
            folder.path(),
            &["import", "cifar10", "cifar-10-binary.tar.gz"]
        )
        .status
        .code(),
        Some(0)
    );
}

#[test]
fn the_folder_is_as_asked_or_as_the_environment_says() {
    let folder = folder();
    write_idx(&folder.path().join("in"));
    let mut command = crate::binary::motherlode();
    command
        .args(["data", "import", "mine", "in"])
        .current_dir(folder.path())
        .env("MOTHERLODE_DATA", folder.path().join("elsewhere"));
    assert!(command.output().unwrap().status.success());
    assert!(folder.path().join("elsewhere/mine/manifest.toml").is_file());
    let mut command = crate::binary::motherlode();
    command
        .args(["data", "import", "mine", "in"])
        .current_dir(folder.path())
        .env("XDG_DATA_HOME", folder.path().join("home"));
    assert!(command.output().unwrap().status.success());
    if cfg!(target_os = "linux") {
        assert!(folder
            .path()
            .join("home/motherlode-data/mine/manifest.toml")
            .is_file());
    }
}

#[cfg(unix)]
#[test]
fn a_download_that_is_interrupted_keeps_what_came() {
    use std::io::{Read, Write};
    let folder = folder();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let (tell, hear) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\nthe beginning")
            .unwrap();
        // The connection stays open until the program ends it.
        let _ = tell.send(stream.read(&mut [0; 16]));
    });
    let mut command = crate::binary::motherlode();
    command
        .args([
            "data", "--data", "data", "get", "cifar10", "--from", &address,
        ])
        .current_dir(folder.path());
    let mut child = command
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let part = folder
        .path()
        .join("data/.downloads/cifar10/cifar-10-binary.tar.gz.part");
    while std::fs::read(&part)
        .ok()
        .is_none_or(|bytes| bytes.is_empty())
    {
        assert!(
            child.try_wait().unwrap().is_none(),
            "the program waits for the rest"
        );
        std::thread::yield_now();
    }
    assert!(std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap()
        .success());
    let mut text = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{text}");
    assert!(
        text.ends_with("stopped; what came is kept, and the same command goes on from there\n"),
        "{text}"
    );
    assert_eq!(std::fs::read(&part).unwrap(), b"the beginning");
    hear.recv().unwrap().ok();
}
