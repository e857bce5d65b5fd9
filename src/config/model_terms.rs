//! The terms on which a campaign asks its models: which, at what price, within what budget, and
//! with what words of the user's.

use std::time::Duration;

use super::error::SettingError;
use super::models::{ModelEntry, ModelSpec};
use super::settings::{parse_duration, CampaignSettings, LONGEST_GUIDANCE, MOST_FORMULAS};
use crate::record::charter::{Asking, Instructions, ModelSetting};
use crate::record::ledger::{Budget, Money};

/// Dollars that a campaign with paid models may spend where the user names no budget: little enough
/// to surprise nobody.
pub const DEFAULT_BUDGET_USD: f64 = 5.0;
/// The attempts between two rewritings of the guidance in the prompts, where none are named.
pub const DEFAULT_GUIDANCE_INTERVAL: u64 = 25;
/// The time of one proposal, all its requests and waits included, where none is named.
pub const DEFAULT_PROPOSAL_DEADLINE: Duration = Duration::from_secs(300);
/// The longest time of one proposal.
const LONGEST_PROPOSAL_DEADLINE: Duration = Duration::from_secs(86_400);

/// The budget of so many dollars and tokens; no limit where there is none.
///
/// # Errors
/// [`SettingError::Budget`] for what is no amount of money.
pub fn budget(dollars: Option<f64>, tokens: Option<u64>) -> Result<Budget, SettingError> {
    let money = |found| Money::dollars(found).ok_or(SettingError::Budget { found });
    Ok(Budget {
        money: dollars.map(money).transpose()?,
        tokens,
    })
}

impl CampaignSettings {
    /// The models, checked, each with the price that is known today; empty for a campaign that asks
    /// none.
    ///
    /// # Errors
    /// A model that cannot be asked, or one that is named twice.
    pub fn model_settings(&self) -> Result<Vec<ModelSetting>, SettingError> {
        let specs: Vec<ModelSpec> = self
            .model
            .iter()
            .chain(&self.models)
            .map(ModelEntry::spec)
            .collect::<Result<_, _>>()?;
        let mut models: Vec<ModelSetting> = Vec::new();
        for spec in &specs {
            models.push(spec.setting()?);
        }
        let twice = models.iter().enumerate().find(|(index, model)| {
            let mut earlier = models[..*index].iter();
            earlier.any(|other| other.address == model.address)
        });
        match twice {
            Some((_, ModelSetting { address, .. })) => Err(SettingError::SameModel {
                address: address.clone(),
            }),
            None => Ok(models),
        }
    }

    /// How the models are asked; `None` where there are none. Paid models without a budget have
    /// [`DEFAULT_BUDGET_USD`].
    ///
    /// # Errors
    /// A budget or a deadline out of its bounds.
    pub fn asking(&self, models: Vec<ModelSetting>) -> Result<Option<Asking>, SettingError> {
        if models.is_empty() {
            return Ok(None);
        }
        let mut budget = budget(self.budget_usd, self.budget_tokens)?;
        if budget == Budget::default() && models.iter().any(|model| !model.price.is_free()) {
            budget.money = Money::dollars(DEFAULT_BUDGET_USD);
        }
        let deadline = self.proposal_deadline.as_deref().map(parse_duration);
        let deadline = deadline.transpose()?.unwrap_or(DEFAULT_PROPOSAL_DEADLINE);
        if deadline.is_zero() || deadline > LONGEST_PROPOSAL_DEADLINE {
            return Err(SettingError::ProposalDeadline);
        }
        Ok(Some(Asking {
            models,
            budget,
            deadline_seconds: deadline.as_secs_f64(),
            repair: self.repair.unwrap_or(true),
            guidance_interval: self.guidance_interval.unwrap_or(DEFAULT_GUIDANCE_INTERVAL),
        }))
    }

    /// What the user adds to every prompt.
    ///
    /// # Errors
    /// [`SettingError::Formulas`] or [`SettingError::Guidance`].
    pub fn instructions(&self) -> Result<Instructions, SettingError> {
        let formulas = self.formulas_per_call.unwrap_or(1);
        if !(1..=MOST_FORMULAS).contains(&formulas) {
            return Err(SettingError::Formulas {
                most: MOST_FORMULAS,
                found: formulas,
            });
        }
        let guidance = self.guidance.clone();
        if guidance
            .as_ref()
            .is_some_and(|text| text.len() > LONGEST_GUIDANCE)
        {
            return Err(SettingError::Guidance {
                most: LONGEST_GUIDANCE,
            });
        }
        Ok(Instructions {
            guidance,
            hide_names: self.hide_names,
            formulas,
        })
    }
}
