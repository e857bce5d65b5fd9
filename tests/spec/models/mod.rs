//! Models as users name them: every option, every refusal, and the price that each is asked at.

mod options;
mod prices;

use motherlode::config::models::{ModelError, ModelSpec};
use motherlode::record::charter::ModelSetting;

fn setting(text: &str) -> Result<ModelSetting, ModelError> {
    ModelSpec::parse(text)?.setting()
}
