//! Downloads of large files: resumed where they stopped, held to their MD5 sum, and in place only
//! when they are whole.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::Duration;

use md5::{Digest, Md5};
use reqwest::header::{CONTENT_RANGE, ETAG, IF_RANGE, LAST_MODIFIED, RANGE};
use reqwest::{Client, Response, StatusCode, Url};
use thiserror::Error;

use super::placement::place;
use crate::files;
use crate::numerics::stop::Stop;
use crate::proposer::llm::http::causes;
use crate::proposer::llm::http::own_machine::is_loopback;

/// Tries in a row that bring no byte before an address is given up.
const TRIES: u32 = 4;
/// Waited before the second try, and twice as long before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const CONNECT: Duration = Duration::from_secs(20);
/// A server that is silent for as long counts as gone.
const SILENCE: Duration = Duration::from_secs(60);
/// How often a wait looks whether the user wants to stop.
const TICK: Duration = Duration::from_millis(100);

/// A file to download.
pub struct Download<'a> {
    /// The addresses that have it, in the order in which they are tried.
    pub addresses: &'a [String],
    /// The path of the whole file; what has come of it lies beside it as `NAME.part`.
    pub target: &'a Path,
    /// Its MD5 sum in hexadecimal digits.
    pub md5: &'a str,
    /// Its size in bytes; `None` where it is not known, and [`files::DOWNLOAD`] is its limit.
    pub bytes: Option<u64>,
}

/// Why a file was not downloaded.
#[derive(Error, Debug)]
pub enum DownloadError {
    /// An answer that no further try would change.
    #[error("{address}: the server answers {status}; try another copy with --from")]
    Status {
        /// The address that was asked.
        address: String,
        /// The HTTP status.
        status: u16,
    },

    /// The connection broke too often.
    #[error(
        "{address}: {problem}; {}",
        if *kept > 0 {
            "what came is kept, and the same command goes on from there"
        } else {
            "try again, or another copy with --from"
        }
    )]
    Lost {
        /// The address that was asked.
        address: String,
        /// What broke, in words.
        problem: String,
        /// The bytes that came and are kept.
        kept: u64,
    },

    /// A whole file with another sum.
    #[error(
        "{address}: wanted a file with the MD5 sum {wanted}, found {found}; nothing was kept: try \
         again, or another copy with --from"
    )]
    Sum {
        /// The address that was asked.
        address: String,
        /// The MD5 sum that it should have.
        wanted: String,
        /// The MD5 sum that it has.
        found: String,
    },

    /// A file that does not end where it should.
    #[error(
        "{address}: the file has more than the {wanted} bytes that it should have; nothing was \
         kept: try another copy with --from"
    )]
    TooLong {
        /// The address that was asked.
        address: String,
        /// The bytes that it should have.
        wanted: u64,
    },

    /// A text that is no address of the web.
    #[error(
        "'{address}' is no address of the web: {problem}; wanted one such as https://host/folder/"
    )]
    Address {
        /// The text.
        address: String,
        /// What is wrong with it, in words.
        problem: String,
    },

    /// No TLS connection can be made from this machine; why, in words.
    #[error(
        "no TLS connection can be set up: {0}; install the system's root certificates \
         (ca-certificates) or set SSL_CERT_FILE"
    )]
    Tls(String),

    /// An error of the operating system.
    #[error("cannot {doing} {}: {error}", path.display())]
    Io {
        /// What was being done, as a verb.
        doing: &'static str,
        /// What it was done with.
        path: PathBuf,
        /// The operating system's error.
        error: io::Error,
    },

    /// The user wanted to stop.
    #[error("stopped; what came is kept, and the same command goes on from there")]
    Interrupted,
}

impl DownloadError {
    fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DownloadError {
        let path = path.to_owned();
        move |error| DownloadError::Io { doing, path, error }
    }
}

/// Downloads the file, unless a file with the right sum is there already. `advanced` is called with
/// the bytes that have come and those of the whole file (0 where unknown). Where one address fails
/// the next is tried, and the error is that of the last.
///
/// # Errors
/// No address has the file, connections break again and again, the sum is wrong, the disk is full,
/// or the user wants to stop.
pub fn download(
    wanted: &Download,
    advanced: &dyn Fn(u64, u64),
    stop: &Stop,
) -> Result<(), DownloadError> {
    if wanted.target.is_file() && sum_of(wanted.target)? == wanted.md5.to_lowercase() {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(DownloadError::io("start downloading to", wanted.target))?;
    let mut last = None;
    for address in wanted.addresses {
        let fetch = Fetch {
            client: client(address)?,
            address,
            part: PartialFile::beside(wanted.target),
            bytes: wanted.bytes,
            advanced,
            stop,
        };
        match runtime.block_on(fetch.to_sum(wanted.md5)) {
            Ok(()) => {
                place(&fetch.part.path, wanted.target)
                    .map_err(DownloadError::io("write", wanted.target))?;
                fetch.part.forget();
                return Ok(());
            }
            Err(error @ (DownloadError::Interrupted | DownloadError::Io { .. })) => {
                return Err(error)
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| DownloadError::Address {
        address: String::new(),
        problem: "there is none".to_owned(),
    }))
}

/// What has come of a file, and which version of it that is.
struct PartialFile {
    path: PathBuf,
    /// Holds the server's name of the version: a strong ETag, or the date of the last change.
    version: PathBuf,
}

impl PartialFile {
    fn beside(target: &Path) -> PartialFile {
        let beside = |ending: &str| {
            let mut name = target.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        };
        PartialFile {
            path: beside(".part"),
            version: beside(".part-version"),
        }
    }

    fn len(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    fn version(&self) -> Option<String> {
        files::text(&self.version, files::VERSION)
            .ok()
            .filter(|version| !version.is_empty())
    }

    /// Leaves nothing. What cannot be removed is written over by the next download.
    fn forget(&self) {
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_file(&self.version);
    }
}

/// One file from one address.
struct Fetch<'a> {
    client: Client,
    address: &'a str,
    part: PartialFile,
    bytes: Option<u64>,
    advanced: &'a dyn Fn(u64, u64),
    stop: &'a Stop,
}

impl Fetch<'_> {
    /// Downloads the rest of the file and compares its sum; where a file that was resumed is wrong,
    /// it is downloaded once more from its beginning.
    async fn to_sum(&self, wanted: &str) -> Result<(), DownloadError> {
        loop {
            let resumed = self.to_end().await?;
            let found = sum_of(&self.part.path)?;
            if found == wanted.to_lowercase() {
                return Ok(());
            }
            self.part.forget();
            if !resumed {
                return Err(DownloadError::Sum {
                    address: self.address.to_owned(),
                    wanted: wanted.to_owned(),
                    found,
                });
            }
        }
    }

    /// Downloads until there is no more, trying again where connections break. Says whether some of
    /// it had come before this call.
    async fn to_end(&self) -> Result<bool, DownloadError> {
        let resumed = self.part.len() > 0;
        let mut fruitless = 0;
        loop {
            let before = self.part.len();
            let problem = match self.once().await? {
                Ending::Whole => return Ok(resumed),
                Ending::Broken(problem) => problem,
            };
            let came = self.part.len() > before;
            fruitless = if came { 0 } else { fruitless + 1 };
            if fruitless >= TRIES {
                return Err(DownloadError::Lost {
                    address: self.address.to_owned(),
                    problem,
                    kept: self.part.len(),
                });
            }
            self.until_halted(tokio::time::sleep(FIRST_PAUSE * 2u32.pow(fruitless)))
                .await?;
        }
    }

    /// One request, and what comes of it.
    async fn once(&self) -> Result<Ending, DownloadError> {
        let start = self.part.len();
        let mut request = self.client.get(self.address);
        if start > 0 {
            request = request.header(RANGE, format!("bytes={start}-"));
            if let Some(version) = self.part.version() {
                // A file that has changed since comes whole.
                request = request.header(IF_RANGE, version);
            }
        }
        let mut response = match self.until_halted(request.send()).await? {
            Ok(response) => response,
            Err(error) if error.is_builder() => {
                return Err(DownloadError::Address {
                    address: self.address.to_owned(),
                    problem: causes(error),
                })
            }
            Err(error) => return Ok(Ending::Broken(causes(error))),
        };
        let (start, whole) = match response.status() {
            StatusCode::PARTIAL_CONTENT
                if range(&response).is_some_and(|(from, _)| from == start) =>
            {
                (start, range(&response).and_then(|(_, whole)| whole))
            }
            // Nothing is left to send, or less than has come: the sum decides the first, a new
            // beginning mends the second.
            StatusCode::RANGE_NOT_SATISFIABLE if start > 0 => {
                if range_whole(&response) == Some(start) {
                    return Ok(Ending::Whole);
                }
                self.part.forget();
                return Ok(Ending::Broken("the file has become shorter".to_owned()));
            }
            StatusCode::PARTIAL_CONTENT => {
                self.part.forget();
                return Ok(Ending::Broken(
                    "the server sends another part than was asked for".to_owned(),
                ));
            }
            status if status.is_success() => (0, response.content_length()),
            status if status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429) => {
                return Ok(Ending::Broken(format!(
                    "the server answers {}",
                    status.as_u16()
                )));
            }
            status => {
                return Err(DownloadError::Status {
                    address: self.address.to_owned(),
                    status: status.as_u16(),
                })
            }
        };
        self.keep(&mut response, start, whole).await
    }

    /// Writes the body from `start` on.
    async fn keep(
        &self,
        response: &mut Response,
        start: u64,
        whole: Option<u64>,
    ) -> Result<Ending, DownloadError> {
        let failed = || DownloadError::io("write", &self.part.path);
        if start == 0 {
            fs::write(&self.part.version, version(response)).map_err(failed())?;
        }
        let mut options = OpenOptions::new();
        options
            .create(true)
            .write(true)
            .append(start > 0)
            .truncate(start == 0);
        let mut file = options.open(&self.part.path).map_err(failed())?;
        let mut length = start;
        let shown = whole.or(self.bytes).unwrap_or(0);
        (self.advanced)(length, shown);
        loop {
            match self.until_halted(response.chunk()).await? {
                Ok(Some(chunk)) => {
                    file.write_all(&chunk).map_err(failed())?;
                    length += chunk.len() as u64;
                    let wanted = self.bytes.unwrap_or(files::DOWNLOAD.bytes);
                    if length > wanted {
                        self.part.forget();
                        return Err(DownloadError::TooLong {
                            address: self.address.to_owned(),
                            wanted,
                        });
                    }
                    (self.advanced)(length, shown);
                }
                Ok(None) => break,
                Err(error) => return Ok(Ending::Broken(causes(error))),
            }
        }
        file.sync_all().map_err(failed())?;
        match whole {
            Some(whole) if length < whole => Ok(Ending::Broken(format!(
                "the connection ended after {length} of {whole} bytes"
            ))),
            _ => Ok(Ending::Whole),
        }
    }

    /// Waits for something unless the user wants to stop.
    async fn until_halted<T>(
        &self,
        future: impl std::future::Future<Output = T>,
    ) -> Result<T, DownloadError> {
        tokio::pin!(future);
        loop {
            if self.stop.is_due() {
                return Err(DownloadError::Interrupted);
            }
            if let Ok(done) = tokio::time::timeout(TICK, &mut future).await {
                return Ok(done);
            }
        }
    }
}

/// How one request ended.
enum Ending {
    Whole,
    Broken(String),
}

/// The first byte that a partial answer holds, and how many the file has.
fn range(response: &Response) -> Option<(u64, Option<u64>)> {
    let range = response
        .headers()
        .get(CONTENT_RANGE)?
        .to_str()
        .ok()?
        .strip_prefix("bytes ")?;
    let (part, whole) = range.split_once('/')?;
    Some((part.split_once('-')?.0.parse().ok()?, whole.parse().ok()))
}

/// How many bytes the file has, from an answer that no part is left.
fn range_whole(response: &Response) -> Option<u64> {
    response
        .headers()
        .get(CONTENT_RANGE)?
        .to_str()
        .ok()?
        .strip_prefix("bytes */")?
        .parse()
        .ok()
}

/// The server's name of this version of the file, such as a resumed download may be conditional on;
/// empty where there is none. A weak ETag (RFC 9110, 13.1.5) is not.
fn version(response: &Response) -> String {
    let header = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    header(ETAG)
        .filter(|tag| !tag.starts_with("W/"))
        .or_else(|| header(LAST_MODIFIED))
        .unwrap_or("")
        .to_owned()
}

/// The MD5 sum of a file.
fn sum_of(path: &Path) -> Result<String, DownloadError> {
    let failed = || DownloadError::io("read", path);
    let mut file = files::open(path).map_err(failed())?;
    let mut hasher = Md5::new();
    let mut block = vec![0; 1 << 18];
    loop {
        match file.read(&mut block).map_err(failed())? {
            0 => {
                return Ok(hasher
                    .finalize()
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect())
            }
            length => hasher.update(&block[..length]),
        }
    }
}

fn client(address: &str) -> Result<Client, DownloadError> {
    static RING: Once = Once::new();
    RING.call_once(|| {
        // An error means that the program has installed a provider of its own already, which serves
        // as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let builder = || {
        let agent = concat!("motherlode/", env!("CARGO_PKG_VERSION"));
        let builder = Client::builder()
            .user_agent(agent)
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE);
        // No proxy can see this machine's own servers.
        if Url::parse(address).is_ok_and(|url| is_loopback(&url)) {
            builder.no_proxy()
        } else {
            builder
        }
    };
    let built = match builder().build() {
        // A machine without root certificates can still speak plain HTTP.
        Err(_) if address.starts_with("http://") => builder().tls_certs_only([]).build(),
        other => other,
    };
    built.map_err(|error| DownloadError::Tls(causes(error)))
}
