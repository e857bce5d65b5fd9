//! Guidances: instructions for prompts that models wrote in this search, and what they brought.
//! They compete like formulas do.

use crate::numerics::bandit::Bandit;
use crate::numerics::stream::Stream;
use crate::record::attempt::{Attempt, Guidance, GuidanceResult};

/// What a guidance may be credited with at once.
const LARGEST_GAIN: f64 = 1.0;

/// Every guidance of a campaign, folded from its settled attempts; to do without one is an
/// alternative too.
#[derive(Clone, Debug, PartialEq)]
pub struct Guidances {
    written: Vec<Guidance>,
    /// The first alternative is to have none.
    bandit: Bandit,
}

impl Default for Guidances {
    fn default() -> Guidances {
        Guidances {
            written: Vec::new(),
            bandit: Bandit::new([1.0]),
        }
    }
}

impl Guidances {
    /// Takes in a settled attempt: the guidance that was written in it, and what came of the one
    /// that its prompt held.
    pub fn fold(&mut self, attempt: &Attempt) {
        if let Some(text) = attempt
            .reply
            .as_ref()
            .and_then(|reply| reply.written_guidance.as_deref())
        {
            let guidance = Guidance::of(text);
            if !self.written.contains(&guidance) {
                self.written.push(guidance);
                self.bandit.add(1.0);
            }
        }
        let gain = attempt.gain().unwrap_or(0.0).clamp(0.0, LARGEST_GAIN);
        let Some(arm) = self.arm(attempt.guidance.as_deref()) else {
            return;
        };
        match (&attempt.reply, attempt.sibling_of) {
            (Some(_), _) => self.bandit.credit(arm, gain, 1.0),
            (None, Some(_)) => self.bandit.credit_more(arm, gain),
            // What got no reply says nothing of its prompt.
            (None, None) => {}
        }
    }

    /// The guidance for a prompt: drawn by what each has brought; `None` for none.
    pub fn choose(&self, stream: &mut Stream) -> Option<&Guidance> {
        self.bandit
            .choose(stream)
            .checked_sub(1)
            .map(|index| &self.written[index])
    }

    /// What each brought, the best first.
    pub fn results(&self) -> Vec<GuidanceResult> {
        let guidances = std::iter::once(None).chain(self.written.iter().cloned().map(Some));
        let result = |(guidance, arm): (Option<Guidance>, &crate::numerics::bandit::Arm)| {
            let gain = if arm.draws > 0 {
                arm.reward / arm.draws as f64
            } else {
                0.0
            };
            GuidanceResult {
                guidance,
                attempts: arm.draws,
                gain,
            }
        };
        let mut results: Vec<GuidanceResult> =
            guidances.zip(self.bandit.arms()).map(result).collect();
        results.sort_by(|a, b| b.gain.total_cmp(&a.gain));
        results
    }

    fn arm(&self, id: Option<&str>) -> Option<usize> {
        match id {
            None => Some(0),
            Some(id) => self
                .written
                .iter()
                .position(|guidance| guidance.id == id)
                .map(|index| index + 1),
        }
    }
}
