//! What a resume may change of a campaign's models: where and on which terms each is asked, not who
//! is.

use super::error::SettingError;
use super::model_terms::check_different;
use super::models::{ModelEntry, ModelError};
use crate::proposer::ModelAddress;
use crate::record::charter::ModelSetting;

/// The models of a campaign, with what `entries` say of some of them changed.
///
/// # Errors
/// An entry that names none of them, or one of several that differ in their servers alone without
/// the server; a weight; or what [`ModelSpec::over`] refuses.
///
/// [`ModelSpec::over`]: super::models::ModelSpec::over
pub(super) fn changed(
    models: &[ModelSetting],
    entries: &[ModelEntry],
    campaign: &str,
) -> Result<Vec<ModelSetting>, SettingError> {
    let mut changed = models.to_vec();
    for entry in entries {
        let spec = entry.spec()?;
        let address = ModelAddress::parse(&spec.model).map_err(ModelError::from)?;
        let Some(place) = place(models, &address) else {
            let known: Vec<&str> = models.iter().map(|model| model.address.as_str()).collect();
            return Err(SettingError::OtherModel {
                found: address.to_string(),
                campaign: campaign.to_owned(),
                known: known.join(", "),
                example: known.first().copied().unwrap_or("NAME").to_owned(),
            });
        };
        let known = &models[place];
        if spec.weight.is_some_and(|weight| weight != known.weight) {
            let address = known.address.clone();
            return Err(SettingError::Weight { address });
        }
        changed[place] = spec.over(known)?;
    }
    check_different(&changed)?;
    Ok(changed)
}

/// The place of the model that an address means: of that very address, else the only one of its
/// provider and name.
fn place(models: &[ModelSetting], address: &ModelAddress) -> Option<usize> {
    let whole = address.to_string();
    if let Some(place) = models.iter().position(|model| model.address == whole) {
        return Some(place);
    }
    let is_same = |model: &ModelSetting| {
        ModelAddress::parse(&model.address)
            .is_ok_and(|known| (known.provider, &known.model) == (address.provider, &address.model))
    };
    let mut same = (0..models.len()).filter(|place| is_same(&models[*place]));
    let first = same.next()?;
    same.next().is_none().then_some(first)
}
