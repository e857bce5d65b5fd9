//! Long work on image sets, with progress, until it is done or the user has had enough.

use crate::cli::common::{Common, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::progress::Progress;
use crate::replay::sets::{Manifest, SetError, Watch};

/// Does something long to a folder, its progress counted in `unit` bytes or in images; nothing
/// where the user stopped it.
pub fn watched(
    title: &str,
    unit: u64,
    common: &Common,
    act: impl FnOnce(&Progress, &Watch) -> Result<Manifest, SetError>,
) -> Result<Option<Manifest>, Failure> {
    let interrupt = Interrupt::listen()?;
    let progress = Progress::start(title, 0, common.quiet);
    let advanced = |done: u64, of: u64| {
        progress.set_steps(of.div_ceil(unit));
        progress.advance(done / unit, None);
    };
    let acted = act(
        &progress,
        &Watch {
            advanced: &advanced,
            stop: interrupt.stop(),
        },
    );
    progress.finish();
    match acted {
        Err(error) if error.is_interruption() => {
            common.say(error);
            Ok(None)
        }
        acted => Ok(Some(acted.map_err(Failure::of_set)?)),
    }
}
