//! Downloads against servers on the loopback device.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{channel, Receiver};

use motherlode::numerics::stop::Stop;
use motherlode::replay::download::{download, Download, DownloadError};
use tokio::runtime::Runtime;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::md5;
use crate::binary::folder;

/// A server that has one file, in one version, and knows ranges.
struct Server {
    runtime: Runtime,
    mock: MockServer,
}

impl Server {
    fn with(content: &[u8], tag: &str) -> Server {
        let (content, tag) = (content.to_vec(), tag.to_owned());
        Server::answering(move |request| answer(request, &content, &tag))
    }

    fn answering(respond: impl Fn(&Request) -> ResponseTemplate + Send + Sync + 'static) -> Server {
        let runtime = Runtime::new().unwrap();
        let mock = runtime.block_on(MockServer::start());
        runtime.block_on(
            Mock::given(method("GET"))
                .and(path("/set/file.gz"))
                .respond_with(respond)
                .mount(&mock),
        );
        Server { runtime, mock }
    }

    fn address(&self) -> String {
        format!("{}/set/file.gz", self.mock.uri())
    }

    /// The ranges that were asked for.
    fn ranges(&self) -> Vec<Option<String>> {
        let requests = self
            .runtime
            .block_on(self.mock.received_requests())
            .unwrap();
        requests
            .iter()
            .map(|request| header(request, "range"))
            .collect()
    }
}

fn header(request: &Request, name: &str) -> Option<String> {
    request
        .headers
        .get(name)
        .map(|value| value.to_str().unwrap().to_owned())
}

/// What RFC 9110 asks for.
fn answer(request: &Request, content: &[u8], tag: &str) -> ResponseTemplate {
    let same = header(request, "if-range").is_none_or(|wanted| wanted == tag);
    let start = header(request, "range").filter(|_| same).map(|range| {
        range["bytes=".len()..]
            .trim_end_matches('-')
            .parse::<usize>()
            .unwrap()
    });
    let (status, part, range) = match start {
        Some(start) if start >= content.len() => {
            (416, &[][..], format!("bytes */{}", content.len()))
        }
        Some(start) => (
            206,
            &content[start..],
            format!("bytes {start}-{}/{}", content.len() - 1, content.len()),
        ),
        None => (200, content, String::new()),
    };
    let response = ResponseTemplate::new(status)
        .set_body_bytes(part)
        .insert_header("etag", tag);
    if range.is_empty() {
        response
    } else {
        response.insert_header("content-range", range.as_str())
    }
}

/// What is downloaded.
fn content(salt: u8) -> Vec<u8> {
    (0..300_000u32)
        .map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8 ^ salt)
        .collect()
}

fn get(address: &str, target: &Path, md5: &str) -> Result<(), DownloadError> {
    let addresses = [address.to_owned()];
    download(
        &Download {
            addresses: &addresses,
            target,
            md5,
            bytes: None,
        },
        &|_, _| {},
        &Stop::new(),
    )
}

fn part(target: &Path) -> PathBuf {
    target.with_file_name("file.gz.part")
}

/// The files beside the target.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_whole_file_is_downloaded_once_and_its_progress_told() {
    let (folder, content) = (folder(), content(0));
    let server = Server::with(&content, "\"one\"");
    let target = folder.path().join("file.gz");
    let told = RefCell::new(Vec::new());
    let addresses = [server.address()];
    let sum = md5(&content).to_uppercase();
    let wanted = Download {
        addresses: &addresses,
        target: &target,
        md5: &sum,
        bytes: None,
    };
    for _ in 0..2 {
        download(
            &wanted,
            &|done, of| told.borrow_mut().push((done, of)),
            &Stop::new(),
        )
        .unwrap();
    }
    assert_eq!(std::fs::read(&target).unwrap(), content);
    assert_eq!(names(folder.path()), ["file.gz"]);
    assert_eq!(server.ranges(), [None]);
    assert_eq!(
        (told.borrow()[0], told.borrow().last()),
        ((0, 300_000), Some(&(300_000, 300_000)))
    );
    assert!(told.borrow().is_sorted());
}

#[test]
fn what_was_stopped_is_resumed() {
    let (folder, content) = (folder(), content(0));
    let server = Server::with(&content, "\"one\"");
    let target = folder.path().join("file.gz");
    let addresses = [server.address()];
    let sum = md5(&content);
    let wanted = Download {
        addresses: &addresses,
        target: &target,
        md5: &sum,
        bytes: None,
    };
    let stop = Stop::new();
    let advanced = |done, _| {
        if done > 0 {
            stop.raise();
        }
    };
    let stopped = download(&wanted, &advanced, &stop).unwrap_err();
    assert!(matches!(stopped, DownloadError::Interrupted), "{stopped}");
    let kept = std::fs::metadata(part(&target)).unwrap().len();
    assert!(kept > 0 && kept < 300_000 && !target.exists(), "{kept}");
    download(&wanted, &|_, _| {}, &Stop::new()).unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), content);
    assert_eq!(server.ranges(), [None, Some(format!("bytes={kept}-"))]);
    assert_eq!(names(folder.path()), ["file.gz"]);
}

#[test]
fn a_part_that_was_whole_already_is_only_checked() {
    let (folder, content) = (folder(), content(0));
    let server = Server::with(&content, "\"one\"");
    let target = folder.path().join("file.gz");
    std::fs::write(part(&target), &content).unwrap();
    get(&server.address(), &target, &md5(&content)).unwrap();
    assert_eq!(
        (std::fs::read(&target).unwrap(), server.ranges()),
        (content, vec![Some("bytes=300000-".to_owned())])
    );
}

#[test]
fn a_file_that_has_changed_begins_anew() {
    let (folder, old, new) = (folder(), content(1), content(2));
    let target = folder.path().join("file.gz");
    // By its tag where the server gave one, by the sum where it did not.
    for tag in ["\"old\"", ""] {
        std::fs::write(part(&target), &old[..100_000]).unwrap();
        std::fs::write(target.with_file_name("file.gz.part-version"), tag).unwrap();
        let server = Server::with(&new, "\"new\"");
        get(&server.address(), &target, &md5(&new)).unwrap();
        assert!(std::fs::read(&target).unwrap() == new);
        assert_eq!(server.ranges().len(), if tag.is_empty() { 2 } else { 1 });
        std::fs::remove_file(&target).unwrap();
    }
}

#[test]
fn a_server_without_ranges_sends_the_whole_again() {
    let (folder, content) = (folder(), content(0));
    let body = content.clone();
    let server =
        Server::answering(move |_| ResponseTemplate::new(200).set_body_bytes(body.clone()));
    let target = folder.path().join("file.gz");
    std::fs::write(part(&target), &content[..1000]).unwrap();
    get(&server.address(), &target, &md5(&content)).unwrap();
    assert!(std::fs::read(&target).unwrap() == content);
}

#[test]
fn a_wrong_sum_keeps_nothing_and_says_both() {
    let (folder, content) = (folder(), content(0));
    let server = Server::with(&content, "\"one\"");
    let target = folder.path().join("file.gz");
    let wanted = "0123456789abcdef0123456789abcdef";
    let problem = get(&server.address(), &target, wanted)
        .unwrap_err()
        .to_string();
    let address = server.address();
    let found = md5(&content);
    assert_eq!(
        problem,
        format!(
            "{address}: wanted a file with the MD5 sum {wanted}, found {found}; nothing was kept: \
             try again, or another copy with --from"
        )
    );
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_file_that_is_longer_than_it_should_be_is_not_taken_to_its_end() {
    let (folder, content) = (folder(), content(0));
    let server = Server::with(&content, "\"one\"");
    let target = folder.path().join("file.gz");
    let (address, sum) = (server.address(), md5(&content));
    let wanted = Download {
        addresses: std::slice::from_ref(&address),
        target: &target,
        md5: &sum,
        bytes: Some(1_000),
    };
    let problem = download(&wanted, &|_, _| {}, &Stop::new())
        .unwrap_err()
        .to_string();
    assert_eq!(
        problem,
        format!(
            "{address}: the file has more than the 1000 bytes that it should have; nothing was \
             kept: try another copy with --from"
        )
    );
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn the_next_address_is_tried_where_one_fails() {
    let (folder, content) = (folder(), content(0));
    let (server, other) = (
        Server::with(&content, "\"one\""),
        Server::with(&self::content(9), "\"one\""),
    );
    let target = folder.path().join("file.gz");
    let missing = format!("{}/nothing.gz", server.mock.uri());
    let addresses = [missing.clone(), other.address(), server.address()];
    let sum = md5(&content);
    download(
        &Download {
            addresses: &addresses,
            target: &target,
            md5: &sum,
            bytes: None,
        },
        &|_, _| {},
        &Stop::new(),
    )
    .unwrap();
    assert!(std::fs::read(&target).unwrap() == content);
    let problem = get(&missing, &folder.path().join("b"), &sum)
        .unwrap_err()
        .to_string();
    assert_eq!(
        problem,
        format!("{missing}: the server answers 404; try another copy with --from")
    );
}

#[test]
fn no_address_and_no_server_are_said() {
    let folder = folder();
    let target = folder.path().join("file.gz");
    let problem = get("nowhere/file.gz", &target, "0")
        .unwrap_err()
        .to_string();
    assert!(
        problem.starts_with("'nowhere/file.gz' is no address of the web: ")
            && problem.ends_with("https://host/folder/"),
        "{problem}"
    );
    let problem = get("http://127.0.0.1:1/file.gz", &target, "0")
        .unwrap_err()
        .to_string();
    assert!(
        problem.contains("Connection refused")
            && problem.ends_with("; try again, or another copy with --from"),
        "{problem}"
    );
    assert_eq!(names(folder.path()), [""; 0]);
}

/// A server that gives each connection in turn an answer and then hangs up, and tells what was
/// asked for.
fn hanging_up(answers: Vec<Vec<u8>>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/file.gz", listener.local_addr().unwrap());
    let (tell, asked) = channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = tell.send(request(&mut stream));
            let _ = stream.write_all(&answer);
        }
    });
    (address, asked)
}

fn request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) > 0 {
        text.push(byte[0]);
    }
    String::from_utf8(text).unwrap().to_lowercase()
}

#[test]
fn dropped_connections_are_gone_on_from() {
    let (folder, content) = (folder(), content(0));
    let whole = content.len();
    let first = [
        format!("HTTP/1.1 200 OK\r\netag: \"a\"\r\ncontent-length: {whole}\r\n\r\n").as_bytes(),
        &content[..70_000],
    ]
    .concat();
    // The second breaks before its body, the third is busy.
    let third = b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec();
    let range = format!("bytes 70000-{}/{whole}", whole - 1);
    let length = whole - 70_000;
    let head = format!(
        "HTTP/1.1 206 Partial\r\ncontent-range: {range}\r\ncontent-length: \
        {length}\r\nconnection: close\r\n\r\n"
    );
    let (address, asked) = hanging_up(vec![
        first,
        Vec::new(),
        third,
        [head.as_bytes(), &content[70_000..]].concat(),
    ]);
    let target = folder.path().join("file.gz");
    get(&address, &target, &md5(&content)).unwrap();
    assert!(std::fs::read(&target).unwrap() == content);
    let asked: Vec<String> = asked.try_iter().collect();
    assert!(asked.len() == 4 && !asked[0].contains("range: "));
    assert!(
        asked[1..]
            .iter()
            .all(|request| request.contains("range: bytes=70000-\r\n")
                && request.contains("if-range: \"a\"\r\n")),
        "{asked:?}"
    );
}

#[test]
fn a_connection_that_breaks_again_and_again_is_given_up_and_its_part_kept() {
    let (folder, content) = (folder(), content(0));
    let first = [
        b"HTTP/1.1 200 OK\r\ncontent-length: 300000\r\n\r\n",
        &content[..5_000],
    ]
    .concat();
    let (address, _asked) = hanging_up([vec![first], vec![Vec::new(); 4]].concat());
    let target = folder.path().join("file.gz");
    let problem = get(&address, &target, &md5(&content))
        .unwrap_err()
        .to_string();
    assert!(
        problem.ends_with("; what came is kept, and the same command goes on from there"),
        "{problem}"
    );
    assert_eq!(std::fs::read(part(&target)).unwrap(), content[..5_000]);
}
