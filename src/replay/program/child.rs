//! A run of a program through its supervisor, from this side: the order goes out, lines come in,
//! and a stop ends it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{sync_channel, RecvTimeoutError, SyncSender};
use std::thread::Builder;
use std::time::Duration;

use super::ending::ProgramEnding;
use super::error::ProgramError;
use super::frame::{self, ENDED, LINE, STARTED};
use super::order::Order;
use crate::numerics::stop::Stop;

/// The command of this program that supervises, which no help shows.
pub const SUPERVISE: &str = "supervise";
/// How often a stop is looked for.
const LOOK: Duration = Duration::from_millis(20);
/// Frames that wait to be taken.
const WAITING: usize = 64;

/// What the supervisor tells.
enum Frame {
    Started(u32),
    Line(String),
    Ended(ProgramEnding),
}

/// The executable of this program, which supervises.
///
/// # Errors
/// The operating system does not say.
pub fn own_executable() -> Result<PathBuf, ProgramError> {
    // It is the same program even where its file was replaced since.
    let own = Path::new("/proc/self/exe");
    if own.exists() {
        return Ok(own.to_owned());
    }
    std::env::current_exe().map_err(ProgramError::NoExecutable)
}

/// Has a supervisor do what an order says, gives the lines of the program that may be JSON, and
/// returns how it ended; a stop that is due ends it.
///
/// # Errors
/// The supervisor cannot be started, or ends without a report.
pub fn run(
    order: &Order,
    program: &str,
    supervisor: &Path,
    stop: &Stop,
    line: &mut dyn FnMut(&str),
) -> Result<ProgramEnding, ProgramError> {
    let no_supervisor = |cause: io::Error| ProgramError::NoSupervisor {
        program: program.to_owned(),
        cause,
    };
    let mut child = started(supervisor).map_err(no_supervisor)?;
    let (process, ending) = followed(&mut child, order, stop, line).map_err(no_supervisor)?;
    let _ = child.wait();
    ending.ok_or_else(|| {
        end_orphans(process);
        ProgramError::SupervisorLost {
            program: program.to_owned(),
        }
    })
}

/// In a group of its own, so that what ends this program's group does not end it.
fn started(supervisor: &Path) -> io::Result<Child> {
    let mut command = Command::new(supervisor);
    command
        .arg(SUPERVISE)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        command.process_group(0).arg0("motherlode");
    }
    command.spawn()
}

/// The number of the program's process and its ending, as far as they were told.
fn followed(
    child: &mut Child,
    order: &Order,
    stop: &Stop,
    line: &mut dyn FnMut(&str),
) -> io::Result<(Option<u32>, Option<ProgramEnding>)> {
    let closed = || io::Error::other("its pipes are closed");
    let mut orders = child.stdin.take().ok_or_else(closed)?;
    let frames = child.stdout.take().ok_or_else(closed)?;
    let mut text = serde_json::to_vec(order).map_err(io::Error::other)?;
    text.push(b'\n');
    orders.write_all(&text)?;
    let mut orders = Some(orders);
    std::thread::scope(move |scope| {
        let (tell, told) = sync_channel(WAITING);
        Builder::new().spawn_scoped(scope, move || read_frames(frames, &tell))?;
        let (mut process, mut ending) = (None, None);
        loop {
            match told.recv_timeout(LOOK) {
                Ok(Frame::Started(number)) => process = Some(number),
                Ok(Frame::Line(text)) => line(&text),
                Ok(Frame::Ended(told)) => ending = Some(told),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok((process, ending)),
            }
            if orders.is_some() && stop.is_due() {
                // The end of its orders is the order to end.
                orders = None;
            }
        }
    })
}

fn read_frames(frames: impl Read, tell: &SyncSender<Frame>) {
    let mut frames = BufReader::new(frames);
    loop {
        let mut bytes = Vec::new();
        let read = (&mut frames)
            .take(frame::LONGEST)
            .read_until(b'\n', &mut bytes);
        if !matches!(read, Ok(1..)) {
            return;
        }
        let text = String::from_utf8_lossy(&bytes[1..]);
        let frame = match bytes[0] {
            STARTED => text.trim().parse().ok().map(Frame::Started),
            LINE => Some(Frame::Line(text.into_owned())),
            ENDED => serde_json::from_str(&text).ok().map(Frame::Ended),
            _ => None,
        };
        if frame.is_some_and(|frame| tell.send(frame).is_err()) {
            return;
        }
    }
}

/// What a supervisor that is gone has left.
#[cfg(unix)]
fn end_orphans(process: Option<u32>) {
    use super::processes::{signal_group, Force};
    if let Some(process) = process {
        signal_group(process, Force::Ended);
    }
}

#[cfg(not(unix))]
fn end_orphans(_: Option<u32>) {}
