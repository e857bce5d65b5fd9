//! What a user wants: the settings of campaigns, from a file and the command line, merged and
//! checked; the plans that are made of them; and labs by name or file.

mod benchmark_target;
mod charter;
mod error;
mod file;
mod labs;
mod model_change;
pub mod model_terms;
pub mod models;
mod options;
mod plan;
mod recipe_options;
pub mod settings;

pub use benchmark_target::{BenchmarkRequest, OpenedBenchmark, Opener};
pub use error::{ConfigError, SettingError};
pub use labs::{find_lab, find_lab_again, FoundLab};
pub use options::CampaignOptions;
pub use plan::{free_name, Home, Plan, ReplySource};
pub use recipe_options::{RecipeOptions, STANDARDISE};
pub use settings::{workers, CampaignSettings};

/// The campaign file that `motherlode init` writes.
pub const EXAMPLE_CAMPAIGN: &str = include_str!("../../examples/campaign.toml");
