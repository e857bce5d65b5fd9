//! The options of the command line that say what a campaign is: a campaign file, and the settings
//! that go before its.

use std::path::PathBuf;

use clap::Args;

use super::error::{ConfigError, SettingError};
use super::settings::CampaignSettings;
use crate::journal::check_name;

/// A campaign file and the options laid over it.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct CampaignOptions {
    /// A campaign file; see motherlode init
    pub campaign_file: Option<PathBuf>,
    /// The settings of the command line.
    #[command(flatten)]
    pub settings: CampaignSettings,
}

impl CampaignOptions {
    /// The settings of the campaign file; those of an empty one where none is named.
    ///
    /// # Errors
    /// As [`CampaignSettings::read`]; [`ConfigError::NoCampaignFile`] where there is no such file
    /// and the path is fit for the name of a campaign.
    pub fn file_settings(&self) -> Result<CampaignSettings, ConfigError> {
        let Some(path) = self.campaign_file.as_deref() else {
            return Ok(CampaignSettings::default());
        };
        match path.to_str() {
            Some(name) if !path.exists() && check_name(name).is_ok() => {
                Err(ConfigError::NoCampaignFile {
                    name: name.to_owned(),
                })
            }
            _ => CampaignSettings::read(path),
        }
    }

    /// Checks that nothing is said that a campaign of the archive has settled; `beside` is the
    /// option that names the campaign.
    ///
    /// # Errors
    /// [`SettingError::Settled`].
    pub fn check_settled(&self, beside: &'static str) -> Result<(), SettingError> {
        let file = self.campaign_file.as_ref().map(|_| "a campaign file");
        let goes_on = beside == "--resume";
        match file.or_else(|| self.settings.settled_option(goes_on)) {
            Some(option) => Err(SettingError::Settled { option, beside }),
            None => Ok(()),
        }
    }
}
