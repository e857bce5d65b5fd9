//! Ctrl-C and SIGTERM: the first asks to stop and keep what is done, the second ends the program at
//! once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use crate::cli::output;

/// A flag that is raised once the user has asked to stop.
#[derive(Clone)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on. The thread lives as long as the program.
    pub fn listen() -> std::io::Result<Interrupt> {
        let flag = Arc::new(AtomicBool::new(false));
        let raised = Arc::clone(&flag);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        std::thread::spawn(move || {
            runtime.block_on(async {
                wait_for_signal().await;
                raised.store(true, Ordering::Relaxed);
                output::tell("stopping; what is done is kept. Press Ctrl-C again to end at once.");
                wait_for_signal().await;
                std::process::exit(130);
            });
        });
        Ok(Interrupt(flag))
    }

    /// Asks to stop in the user's name.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the user has asked to stop.
    pub fn raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(unix)]
async fn wait_for_signal() {
    use tokio::signal::unix::{signal, SignalKind};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn wait_for_signal() {
    let _ = tokio::signal::ctrl_c().await;
}
