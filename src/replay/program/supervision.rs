//! What a supervisor does: it watches over one program from its start to the end of all that it
//! started.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{channel, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use super::descendants::Descendants;
use super::ending::{EndingCause, ProgramEnding};
use super::frame::{ENDED, LINE, MOST_WORDS, STARTED};
use super::object_lines::ObjectLines;
use super::order::{self, Order};
use super::output_tail::OutputTail;
use super::processes::{
    adopt_orphans, reap, signal_group, signal_process, ChildEnd, Force, Reaped,
};

/// How often the program is looked at.
const LOOK: Duration = Duration::from_millis(10);
/// How often its memory is.
const LOOK_AT_MEMORY: Duration = Duration::from_millis(200);
/// How long those that do not end are sent the signal that nobody can refuse.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the rest of the output is waited for once all has ended.
const REST_OF_OUTPUT: Duration = Duration::from_secs(2);

/// As [`super::supervisor::supervise`].
pub fn supervise(
    orders: impl Read + Send + 'static,
    frames: impl Write + Send + 'static,
) -> io::Result<()> {
    adopt_orphans();
    let mut orders = BufReader::new(orders);
    let mut line = String::new();
    (&mut orders).take(order::LONGEST).read_line(&mut line)?;
    let order: Order = serde_json::from_str(&line).map_err(io::Error::other)?;
    let stopped = watched(orders)?;
    let frames = Arc::new(Mutex::new(frames));
    let mut run = match started(&order) {
        Ok(child) => {
            let process = child.id();
            Run::of(child, Arc::clone(&frames))
                .inspect_err(|_| signal_group(process, Force::Ended))?
        }
        Err(error) => {
            let detail = error.to_string();
            let ending = ending(EndingCause::NotStarted { detail }, None, false);
            return ended(&order, &frames, &ending);
        }
    };
    let cause = run.watch(&order, &stopped);
    let left_running = !run.end(order.grace);
    let cause = cause.unwrap_or(EndingCause::Stopped);
    let words = run.words();
    let ending = ending(cause, Some(&words), left_running);
    drop(words);
    ended(&order, &frames, &ending)
}

/// A flag that is raised once nobody orders any more.
fn watched(mut orders: impl Read + Send + 'static) -> io::Result<Arc<AtomicBool>> {
    let stopped = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&stopped);
    let listening = move || {
        let mut byte = [0];
        while matches!(orders.read(&mut byte), Ok(1)) {}
        raised.store(true, Ordering::Relaxed);
    };
    Builder::new().spawn(listening)?;
    Ok(stopped)
}

fn started(order: &Order) -> io::Result<Child> {
    let (program, arguments) = order
        .command
        .split_first()
        .ok_or_else(|| io::Error::other("the command is empty"))?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(&order.folder);
    for name in &order.withheld {
        command.env_remove(name);
    }
    command
        .envs(&order.given)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
}

fn ending(cause: EndingCause, words: Option<&OutputTail>, left_running: bool) -> ProgramEnding {
    ProgramEnding {
        cause,
        words: words.map(OutputTail::text).unwrap_or_default(),
        shortened: words.is_some_and(OutputTail::is_shortened),
        left_running,
    }
}

/// Removes the folder of the run, and tells the ending.
fn ended(order: &Order, frames: &Mutex<impl Write>, ending: &ProgramEnding) -> io::Result<()> {
    // Whoever ordered the run removes it too, and says so where it stays.
    let _ = std::fs::remove_dir_all(&order.workplace);
    let ending = serde_json::to_vec(ending).map_err(io::Error::other)?;
    // Nobody may be there to read it.
    let _ = frame(frames, ENDED, &ending);
    Ok(())
}

fn frame(frames: &Mutex<impl Write>, kind: u8, content: &[u8]) -> io::Result<()> {
    let mut frames = locked(frames);
    frames.write_all(&[&[kind], content, b"\n"].concat())?;
    frames.flush()
}

/// A program that was started.
struct Run {
    process: u32,
    end: Option<ChildEnd>,
    words: Arc<Mutex<OutputTail>>,
    read: Receiver<()>,
    descendants: Descendants,
}

impl Run {
    fn of(mut child: Child, frames: Arc<Mutex<impl Write + Send + 'static>>) -> io::Result<Run> {
        let process = child.id();
        let _ = frame(&frames, STARTED, process.to_string().as_bytes());
        let words = Arc::new(Mutex::new(OutputTail::of(MOST_WORDS)));
        let (tell, read) = channel();
        if let Some(output) = child.stdout.take() {
            let (words, tell) = (Arc::clone(&words), tell.clone());
            Builder::new().spawn(move || {
                let mut lines = ObjectLines::default();
                follow(output, &words, |bytes| {
                    lines.push(bytes, |line| {
                        let _ = frame(&frames, LINE, line);
                    });
                });
                lines.finish(|line| {
                    let _ = frame(&frames, LINE, line);
                });
                let _ = tell.send(());
            })?;
        }
        if let Some(output) = child.stderr.take() {
            let words = Arc::clone(&words);
            Builder::new().spawn(move || {
                follow(output, &words, |_| {});
                let _ = tell.send(());
            })?;
        }
        Ok(Run {
            process,
            end: None,
            words,
            read,
            descendants: Descendants::of(std::process::id()),
        })
    }

    /// Looks at the program until it ends, goes over a limit, or is to be stopped; `None` where
    /// it is to be stopped.
    fn watch(&mut self, order: &Order, stopped: &AtomicBool) -> Option<EndingCause> {
        let begun = Instant::now();
        let mut memory_due = begun;
        loop {
            self.reap();
            match self.end {
                Some(ChildEnd::Exited(code)) => return Some(EndingCause::Exited { code }),
                Some(ChildEnd::Signalled(signal)) => {
                    return Some(EndingCause::Signalled { signal })
                }
                None if stopped.load(Ordering::Relaxed) => return None,
                None if begun.elapsed() >= order.limit => {
                    return Some(EndingCause::OverTime { limit: order.limit })
                }
                None => {}
            }
            if let Some(limit) = order.memory {
                if Instant::now() >= memory_due {
                    let found = self.descendants.now().iter().map(|(_, bytes)| bytes).sum();
                    if found > limit {
                        return Some(EndingCause::OverMemory { found, limit });
                    }
                    memory_due = Instant::now() + LOOK_AT_MEMORY;
                }
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Ends all that is left of the program: it is asked to end, and has so much grace. Returns
    /// whether all has ended.
    fn end(&mut self, grace: Duration) -> bool {
        if self.is_gone() {
            return true;
        }
        self.signal(Force::Asked);
        self.wait(grace, Instant::now()) || {
            let begun = Instant::now();
            while begun.elapsed() < PATIENCE {
                self.signal(Force::Ended);
                if self.wait(LOOK, Instant::now()) {
                    return true;
                }
            }
            false
        }
    }

    fn wait(&mut self, most: Duration, since: Instant) -> bool {
        loop {
            if self.is_gone() {
                return true;
            }
            if since.elapsed() >= most {
                return false;
            }
            std::thread::sleep(LOOK / 5);
        }
    }

    /// Signals the program's group, and all that left it.
    fn signal(&mut self, force: Force) {
        signal_group(self.process, force);
        for (process, _) in self.descendants.now() {
            signal_process(process, force);
        }
    }

    /// Takes note of all that has ended.
    fn reap(&mut self) -> Reaped {
        loop {
            match reap() {
                Reaped::One(process, end) if process == self.process => self.end = Some(end),
                Reaped::One(..) => {}
                other => return other,
            }
        }
    }

    fn is_gone(&mut self) -> bool {
        self.reap() == Reaped::None
    }

    /// The last words, once the output has ended, or cannot be waited for any longer.
    fn words(&self) -> MutexGuard<'_, OutputTail> {
        let until = Instant::now() + REST_OF_OUTPUT;
        for _ in 0..2 {
            let left = until.saturating_duration_since(Instant::now());
            let _ = self.read.recv_timeout(left);
        }
        locked(&self.words)
    }
}

/// Reads an output to its end.
fn follow(mut output: impl Read, words: &Mutex<OutputTail>, mut each: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match output.read(&mut buffer) {
            Ok(0) => return,
            Ok(read) => {
                locked(words).push(&buffer[..read]);
                each(&buffer[..read]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
