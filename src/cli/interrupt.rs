//! Ctrl-C, SIGTERM and SIGHUP: the first asks to stop and keep what is done, the second ends the
//! program at once.

#[cfg(unix)]
use std::path::Path;
use std::time::{Duration, Instant};

use crate::cli::output;
#[cfg(unix)]
use crate::files::{self, STATUS};
use crate::numerics::stop::{NoThread, Stop};

/// A terminal that goes away may say so twice, itself and by its shell: hang-ups so soon after one
/// another are one.
const ONE_HANGUP: Duration = Duration::from_secs(1);

/// A stop that is raised once the user has asked to stop.
#[derive(Clone)]
pub struct Interrupt(Stop);

impl Interrupt {
    /// Listens from now on. The thread lives as long as the program.
    pub fn listen() -> std::io::Result<Interrupt> {
        Interrupt::listen_with("what is done is kept")
    }

    /// As [`Interrupt::listen`]; `kept` is what the user is told of the work that is to stop.
    pub fn listen_with(kept: &str) -> std::io::Result<Interrupt> {
        let words = format!("stopping; {kept}. Press Ctrl-C again to end at once.");
        let stop = Stop::new();
        let raised = stop.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        // Before this returns, so that no signal after it ends the program.
        let mut signals = {
            let _within = runtime.enter();
            Signals::listen()?
        };
        let listening = move || {
            runtime.block_on(async {
                let first = signals.next().await;
                raised.raise();
                output::tell(words);
                let since = Instant::now();
                let is_echo = |next| (first, next) == (Signal::HangUp, Signal::HangUp);
                while is_echo(signals.next().await) && since.elapsed() < ONE_HANGUP {}
                std::process::exit(130);
            });
        };
        std::thread::Builder::new()
            .spawn(listening)
            .map_err(|_| std::io::Error::other(NoThread))?;
        Ok(Interrupt(stop))
    }

    /// The stop, for work that is to end with it.
    pub fn stop(&self) -> &Stop {
        &self.0
    }

    /// Asks to stop in the user's name.
    pub fn raise(&self) {
        self.0.raise();
    }

    /// Whether the user has asked to stop.
    pub fn raised(&self) -> bool {
        self.0.is_raised()
    }
}

/// What asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signal {
    /// The user or another program.
    Asked,
    /// The terminal goes away.
    #[cfg_attr(not(unix), expect(dead_code, reason = "no signal says so elsewhere"))]
    HangUp,
}

/// The signals that ask to stop.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// `None` where whoever started the program had it ignore that its terminal goes away.
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Signals> {
        use tokio::signal::unix::{signal, SignalKind};
        let hangup = (!ignores_hangup()).then(|| signal(SignalKind::hangup()));
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: hangup.transpose()?,
        })
    }

    async fn next(&mut self) -> Signal {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Asked,
            _ = self.terminate.recv() => Signal::Asked,
            _ = hangup => Signal::HangUp,
        }
    }
}

/// Whether the program was started with SIGHUP ignored, as by nohup, which to listen would undo. It
/// is told where the system has /proc; elsewhere nobody is taken to ignore it.
#[cfg(unix)]
fn ignores_hangup() -> bool {
    let status = files::text(Path::new("/proc/self/status"), STATUS).unwrap_or_default();
    let mut ignored = status
        .lines()
        .filter_map(|line| line.strip_prefix("SigIgn:"));
    ignored
        .next()
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 1)
}

/// The signals that ask to stop.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> std::io::Result<Signals> {
        Ok(Signals)
    }

    async fn next(&mut self) -> Signal {
        let _ = tokio::signal::ctrl_c().await;
        Signal::Asked
    }
}
