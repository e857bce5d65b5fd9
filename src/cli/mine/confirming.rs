//! The progress of a confirmation, block by block.

use crate::cli::progress::Progress;
use crate::record::charter::Charter;

/// What is shown while champions are measured on fresh tasks.
#[derive(Default)]
pub struct Confirming {
    shown: Option<(String, Progress)>,
}

impl Confirming {
    /// So many trials or steps of all have been made, under the networks of this block where there
    /// are several.
    pub fn advance(
        &mut self,
        charter: &Charter,
        block: Option<&str>,
        (done, of): (u64, u64),
        quiet: bool,
    ) {
        let title = match (block, &charter.benchmark) {
            (Some(profile), _) => format!("confirming {profile} on fresh tasks, trials"),
            (None, Some(_)) => "confirming on fresh seeds, steps".to_owned(),
            (None, None) => "confirming on fresh tasks, trials".to_owned(),
        };
        if self.shown.as_ref().is_none_or(|(shown, _)| *shown != title) {
            self.finish();
            let progress = Progress::start(&title, of, quiet);
            self.shown = Some((title, progress));
        }
        if let Some((_, progress)) = &self.shown {
            progress.set_steps(of);
            progress.advance(done, None);
        }
    }

    /// Takes away what is shown.
    pub fn finish(&mut self) {
        if let Some((_, progress)) = self.shown.take() {
            progress.finish();
        }
    }
}
