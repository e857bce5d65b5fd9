//! The outlook: what the proposals of a campaign will take, going by the first that were asked for.

use super::checkup::ModelCheck;
use super::cost_estimate::proposals;
use crate::proposer::Llm;
use crate::record::charter::Charter;
use crate::record::ledger::Money;

/// What the proposals that are still to be asked for are likely to take.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// The number of those proposals.
    pub proposals: u64,
    /// The seconds until all of them are there, where as many are asked for at once as may be.
    pub seconds: f64,
    /// Their tokens; `None` where servers tell none.
    pub tokens: Option<u64>,
    /// Their cost.
    pub cost: Money,
}

impl Outlook {
    /// The outlook after these checks of the models of `llm`, of which those without a problem
    /// count; `made` proposals are there already. `None` where nothing is left to ask for, or no
    /// model proposed anything.
    pub fn of(charter: &Charter, llm: &Llm, checks: &[ModelCheck], made: u64) -> Option<Outlook> {
        let sound: Vec<&ModelCheck> = checks
            .iter()
            .filter(|check| check.problem.is_none())
            .collect();
        let proposals = proposals(charter, 0).saturating_sub(made);
        if sound.is_empty() || proposals == 0 {
            return None;
        }
        let is_sound = |address: &str| sound.iter().any(|check| check.model == address);
        let at_once: u64 = llm
            .models()
            .iter()
            .filter(|model| is_sound(&model.setting.address))
            .map(|model| u64::from(model.at_once()))
            .sum();
        let at_once = at_once.min(charter.lag).max(1);
        let share = proposals as f64 / sound.len() as f64;
        let seconds: f64 = sound.iter().map(|check| check.seconds).sum();
        let tokens: Option<u64> = sound.iter().map(|check| check.tokens()).sum();
        let cost: Money = sound.iter().map(|check| check.cost()).sum();
        Some(Outlook {
            proposals,
            seconds: seconds * share / at_once as f64,
            tokens: tokens.map(|tokens| (tokens as f64 * share) as u64),
            cost: cost.times(share),
        })
    }

    /// In words: `59 proposals like it take about 3 min, 52000 tokens and $0.12`.
    pub fn words(&self) -> String {
        let plural = if self.proposals == 1 { "" } else { "s" };
        let tokens = self
            .tokens
            .map_or_else(String::new, |tokens| format!(", {tokens} tokens"));
        let cost = match self.cost.is_zero() {
            true => "nothing".to_owned(),
            false => self.cost.to_string(),
        };
        format!(
            "{} more proposal{plural} like this take about {}{tokens} and cost {cost}",
            self.proposals,
            lasting(self.seconds)
        )
    }
}

/// A time as people say it.
pub fn lasting(seconds: f64) -> String {
    match seconds {
        ..90.0 => format!("{:.0} s", seconds.max(1.0)),
        ..5400.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}
