//! The terms on which a campaign asks its models: which, at what price, within what budget, and
//! with what words of the user's.

use std::time::Duration;

use super::error::SettingError;
use super::models::{ModelEntry, ModelSpec};
use super::settings::{
    parse_duration, CampaignSettings, LONGEST_GUIDANCE, MOST_FORMULAS, REQUESTS,
};
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

/// Checks that no two models have the same address.
///
/// # Errors
/// [`SettingError::SameModel`].
pub(super) fn check_different(models: &[ModelSetting]) -> Result<(), SettingError> {
    let twice = models.iter().enumerate().find(|(index, model)| {
        let mut earlier = models[..*index].iter();
        earlier.any(|other| other.address == model.address)
    });
    match twice {
        Some((_, ModelSetting { address, .. })) => Err(SettingError::SameModel {
            address: address.clone(),
        }),
        None => Ok(()),
    }
}

/// A budget for these models: as named, else [`DEFAULT_BUDGET_USD`] where one is paid for.
pub fn with_default(budget: Budget, models: &[ModelSetting]) -> Budget {
    let mut budget = budget;
    if budget == Budget::default() && models.iter().any(|model| !model.price.is_free()) {
        budget.money = Money::dollars(DEFAULT_BUDGET_USD);
    }
    budget
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
        check_different(&models)?;
        Ok(models)
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
        let budget = budget(self.budget_usd, self.budget_tokens)?;
        Ok(Some(Asking {
            budget: with_default(budget, &models),
            models,
            deadline_seconds: self
                .deadline()?
                .unwrap_or(DEFAULT_PROPOSAL_DEADLINE)
                .as_secs_f64(),
            requests: self.requests()?,
            repair: self.repair.unwrap_or(true),
            guidance_interval: self.guidance_interval.unwrap_or(DEFAULT_GUIDANCE_INTERVAL),
        }))
    }

    /// The time of one proposal; `None` where none is named.
    ///
    /// # Errors
    /// What is no duration, or out of its bounds.
    pub fn deadline(&self) -> Result<Option<Duration>, SettingError> {
        let deadline = self.proposal_deadline.as_deref().map(parse_duration);
        let deadline = deadline.transpose()?;
        let fits = |time: &Duration| !time.is_zero() && *time <= LONGEST_PROPOSAL_DEADLINE;
        match deadline {
            Some(time) if !fits(&time) => Err(SettingError::ProposalDeadline),
            deadline => Ok(deadline),
        }
    }

    /// The most requests at once to each model; `None` where none are named.
    ///
    /// # Errors
    /// A number out of its bounds.
    pub fn requests(&self) -> Result<Option<u32>, SettingError> {
        if let Some(requests) = self.requests {
            REQUESTS.check(requests)?;
        }
        Ok(self.requests)
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
