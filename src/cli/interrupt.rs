//! Ctrl-C and SIGTERM: the first asks to stop and keep what is done, the second ends the program at
//! once.

use crate::cli::output;
use crate::numerics::stop::Stop;

/// A stop that is raised once the user has asked to stop.
#[derive(Clone)]
pub struct Interrupt(Stop);

impl Interrupt {
    /// Listens from now on. The thread lives as long as the program.
    pub fn listen() -> std::io::Result<Interrupt> {
        let stop = Stop::new();
        let raised = stop.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        std::thread::spawn(move || {
            runtime.block_on(async {
                wait_for_signal().await;
                raised.raise();
                output::tell("stopping; what is done is kept. Press Ctrl-C again to end at once.");
                wait_for_signal().await;
                std::process::exit(130);
            });
        });
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
