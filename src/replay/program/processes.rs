//! Processes as the operating system has them: signals to them, and the ends of those that this one
//! is the parent of.

use rustix::io::Errno;
use rustix::process::{kill_process, kill_process_group, wait, Pid, Signal, WaitOptions};

/// How hard a process is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Force {
    /// It may tidy up, or not listen.
    Asked,
    /// It ends.
    Ended,
}

/// What became of a child of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChildEnd {
    /// It ended with this code.
    Exited(i32),
    /// It was ended by this signal.
    Signalled(i32),
}

/// What there is to be said of the children of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaped {
    /// One has ended.
    One(u32, ChildEnd),
    /// They all run.
    Running,
    /// There is none.
    None,
}

/// Has this process become the parent of all that its descendants leave behind, so that none of
/// them is lost sight of. Systems other than Linux do not know it.
pub fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    {
        let own = rustix::process::getpid();
        // A kernel that knows it not leaves the group alone to go by.
        let _ = rustix::process::set_child_subreaper(Some(own));
    }
}

/// Takes note of a child that has ended, without waiting.
pub fn reap() -> Reaped {
    match wait(WaitOptions::NOHANG) {
        Ok(Some((pid, status))) => {
            let pid = pid.as_raw_nonzero().get().unsigned_abs();
            match (status.exit_status(), status.terminating_signal()) {
                (Some(code), _) => Reaped::One(pid, ChildEnd::Exited(code)),
                (None, Some(signal)) => Reaped::One(pid, ChildEnd::Signalled(signal)),
                (None, None) => Reaped::Running,
            }
        }
        Ok(None) => Reaped::Running,
        Err(Errno::CHILD) => Reaped::None,
        Err(_) => Reaped::Running,
    }
}

/// Signals every process of a group; nothing happens where there is none.
pub fn signal_group(group: u32, force: Force) {
    if let Some(group) = pid(group) {
        let _ = kill_process_group(group, signal(force));
        if force == Force::Asked {
            // A process that stands still hears nothing.
            let _ = kill_process_group(group, Signal::CONT);
        }
    }
}

/// Signals a process.
pub fn signal_process(process: u32, force: Force) {
    if let Some(process) = pid(process) {
        let _ = kill_process(process, signal(force));
    }
}

fn signal(force: Force) -> Signal {
    match force {
        Force::Asked => Signal::TERM,
        Force::Ended => Signal::KILL,
    }
}

/// A process's number; never 0 or 1, which would mean others.
fn pid(number: u32) -> Option<Pid> {
    let number = i32::try_from(number).ok().filter(|number| *number > 1)?;
    Pid::from_raw(number)
}
