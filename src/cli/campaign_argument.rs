//! A campaign as the user gave it: by name, as an argument or by `--campaign`, or none for the
//! latest.

use clap::Args;

use crate::cli::common::{shortened, Failure};
use crate::journal::Journal;
use crate::record::charter::Charter;
use crate::review::find_campaign;

/// The campaign that a command is about.
#[derive(Args, Clone, Debug, Default)]
pub struct CampaignArgument {
    /// A campaign by name [default: the latest, for a formula the latest that has it]
    #[arg(value_name = "CAMPAIGN")]
    argument: Option<String>,
    /// The same, given as an option
    #[arg(long = "campaign", value_name = "CAMPAIGN")]
    option: Option<String>,
}

impl CampaignArgument {
    /// The name that was given; `None` where none was.
    ///
    /// # Errors
    /// Two names that differ.
    pub fn name(&self) -> Result<Option<&str>, Failure> {
        one_name(self.argument.as_deref(), self.option.as_deref())
    }

    /// Whether the name was given as an argument, and not as an option.
    pub fn is_argument(&self) -> bool {
        self.argument.is_some()
    }

    /// The campaign of this name, or the latest where no name was given.
    ///
    /// # Errors
    /// Two names that differ, a name that no campaign has, and an archive without a campaign.
    pub fn find(&self, journal: &Journal) -> Result<Charter, Failure> {
        find_campaign(journal, self.name()?).map_err(Failure::of_review)
    }

    /// The campaign of this name; `None` where no name was given.
    ///
    /// # Errors
    /// Two names that differ, and a name that no campaign has.
    pub fn find_named(&self, journal: &Journal) -> Result<Option<Charter>, Failure> {
        let find = |name| find_campaign(journal, Some(name)).map_err(Failure::of_review);
        self.name()?.map(find).transpose()
    }
}

/// The name of a campaign that was given as an argument, as an option, or as both.
///
/// # Errors
/// Two names that differ.
pub fn one_name<'a>(
    argument: Option<&'a str>,
    option: Option<&'a str>,
) -> Result<Option<&'a str>, Failure> {
    match (argument, option) {
        (Some(argument), Some(option)) if argument != option => Err(Failure::usage(format!(
            "two campaigns are named, '{}' and --campaign '{}'; name one",
            shortened(argument),
            shortened(option)
        ))),
        (argument, option) => Ok(argument.or(option)),
    }
}
