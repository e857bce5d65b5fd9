//! THE LOOP: attempts are opened, asked, checked, claimed, trained, recorded and placed, many at a
//! time and yet always in the same order.
//!
//! Attempt k is made from the archive as it stood after attempt k - lag had been placed, and claims
//! its function after all attempts before it; so the outcome depends on the seed and the replies
//! alone, not on the number of workers, and a resumed campaign goes on as if it had not stopped.

mod beginning;
mod briefing;
mod champions;
mod checkup;
mod checkup_purse;
mod confirmation;
mod cost_estimate;
mod crew;
mod draft;
mod end;
mod error;
mod evaluator;
mod event;
mod founders;
mod ground;
mod hire;
mod no_formula;
mod opening;
mod outlook;
mod purse;
mod run;
mod setup;
mod smaller_limit;
mod unmeasured;
mod unreadable;
mod window;

use std::time::Duration;

pub use briefing::{next, Next};
pub use checkup::{check_model, most_costs, ModelCheck};
pub use checkup_purse::CheckupPurse;
pub use confirmation::{compare_contenders, YARDSTICK};
pub use cost_estimate::CostEstimate;
pub use end::{Finish, StopReason};
pub use error::CampaignError;
pub use evaluator::{
    fractions_of_program, words_of_images, words_of_program, BenchmarkEvaluator, BenchmarkFounding,
    BenchmarkOutlook, BenchmarkPlace, Evaluator, FreshOrder, GradedBenchmark, RungTerms,
    Unfinished, Unmeasured, BENCHMARK_BASELINES, IMAGE_FRACTIONS,
};
pub use event::Event;
pub use founders::{found, found_after, EarlierFounders, Founding};
pub use ground::{CampaignGround, Ground};
pub use hire::{ensemble, environment, hire, keyless_ensemble, HiringError};
pub use opening::opening;
pub use outlook::{lasting, Outlook};
pub use purse::AttemptPurse;
pub use run::MOST_FAILED_CALLS;
pub use setup::Campaign;
pub use smaller_limit::SmallerLimit;
pub use unreadable::MOST_UNREADABLE;

use crate::archive::ranking;
use crate::record::charter::Conclusion;
use confirmation::{confirm, Ended};
use crew::{Crew, Message};
use run::Run;

impl Campaign<'_> {
    /// Runs, or goes on with, the campaign until it has made its attempts and confirmed what it
    /// found, or must stop.
    pub fn run(&self, observe: &mut dyn FnMut(Event)) -> Result<Finish, CampaignError> {
        let stop_reason = std::thread::scope(|scope| -> Result<StopReason, CampaignError> {
            let crew = Crew::hire(scope, self, self.search)?;
            let mut run = Run::rebuild(self, &crew)?;
            observe(Event::Rebuilt(run.window.settled_before()));
            loop {
                run.claim_in_order(&crew);
                run.place_in_order(&crew, observe)?;
                if let Some(reason) = run.finished() {
                    run.let_asks_end(&crew, &reason, observe)?;
                    return Ok(reason);
                }
                if self.search.is_due() {
                    let reason = self.cut_off();
                    run.let_asks_end(&crew, &reason, observe)?;
                    return Ok(reason);
                }
                match crew.wait() {
                    Some(Message::Replied { attempt, response }) => {
                        run.window.replied(attempt, response);
                        run.tell_share(observe)?;
                    }
                    Some(Message::Trained { attempt, end }) => run.window.ended(attempt, end),
                    Some(Message::Failed(error)) => return Err(error),
                    None => {}
                }
            }
        })?;
        let has_time = stop_reason == StopReason::TimeLimit && !self.stop.is_due();
        let stop_reason = if has_time || stop_reason.ends_the_search() {
            self.confirm(stop_reason, observe)?
        } else {
            stop_reason
        };
        self.conclude(stop_reason, self.started.elapsed())
    }

    /// Measures the fittest candidates on fresh tasks; the reason for the end of the run, which is
    /// another where it was stopped meanwhile.
    fn confirm(
        &self,
        stop_reason: StopReason,
        observe: &mut dyn FnMut(Event),
    ) -> Result<StopReason, CampaignError> {
        let ranking = ranking(&self.journal.attempts(&self.charter.campaign)?);
        match confirm(self, &ranking, self.stop, observe)? {
            Ended::Confirmed => Ok(stop_reason),
            Ended::Halted => Ok(self.cut_off()),
        }
    }

    /// What the journal says of the campaign, with `stop_reason` recorded as its end.
    fn conclude(&self, stop_reason: StopReason, wall: Duration) -> Result<Finish, CampaignError> {
        let name = &self.charter.campaign;
        let (attempts, confirmation) = (
            self.journal.attempts(name)?,
            self.journal.confirmations(name)?.pop(),
        );
        let finish = Finish::of(
            &attempts,
            confirmation,
            self.journal.balance(name)?,
            stop_reason,
            wall,
        );
        let earlier = self
            .journal
            .conclusion(name)?
            .map_or(0.0, |conclusion| conclusion.wall_seconds);
        let stop_reason = finish.stop_reason.name().to_owned();
        let conclusion = Conclusion {
            stop_reason,
            attempts: finish.attempts,
            wall_seconds: earlier + wall.as_secs_f64(),
        };
        self.journal.conclude(name, &conclusion)?;
        tracing::info!(
            campaign = name,
            attempts = finish.attempts,
            stop_reason = conclusion.stop_reason,
            "the campaign has stopped"
        );
        Ok(finish)
    }
}
