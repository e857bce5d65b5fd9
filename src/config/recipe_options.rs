//! What a user may change of a benchmark's recipe.

use clap::builder::PossibleValuesParser;
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::nets::Initialisation;

/// Under which the options stand in the help.
const HEADING: &str = "Recipe (default: as published, or as is usual for the architecture)";

/// What pixels may become, as the options name it.
pub const STANDARDISE: [&str; 4] = ["channels", "centre", "unit", "zca"];

/// What is changed of a benchmark's recipe; what is not has the architecture's own value.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecipeOptions {
    /// Another recipe to begin with: `smartmixed` is that of the publication, for MLPs (400 epochs
    /// of Adam at 1e-4, pixels between 0 and 1)
    #[arg(
        long,
        help_heading = HEADING,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(["smartmixed"])
    )]
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub recipe: Option<String>,
    /// Epochs of training
    #[arg(long, help_heading = HEADING, value_name = "E")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epochs: Option<u32>,
    /// Train on a balanced part of so many images
    #[arg(long, help_heading = HEADING, value_name = "M")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subset: Option<usize>,
    /// Images of the training part that are held out and measured after each epoch [default: a
    /// tenth]
    #[arg(long, help_heading = HEADING, value_name = "M")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<usize>,
    /// Images of a batch
    #[arg(long, help_heading = HEADING, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<usize>,
    /// The optimiser; its momentum and decays are those that are usual
    #[arg(
        long,
        help_heading = HEADING,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(["sgd", "adam", "adamw"])
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimiser: Option<String>,
    /// The learning rate at the start
    #[arg(long, help_heading = HEADING, value_name = "RATE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// What weights lose of themselves in a step, times the rate (sgd, adamw)
    #[arg(long, help_heading = HEADING, value_name = "DECAY")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_decay: Option<f64>,
    /// How the learning rate changes: `steps` is the architecture's published schedule, stretched
    /// to the epochs, or for others a fifth after 30, 60 and 80 % of them
    #[arg(
        long,
        help_heading = HEADING,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(["constant", "cosine", "steps"])
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// The probability of dropout, where the architecture has it
    #[arg(long, help_heading = HEADING, value_name = "P")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropout: Option<f64>,
    /// How training images are changed at random
    #[arg(
        long,
        help_heading = HEADING,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(["none", "flip", "crop", "flip-crop"])
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub augment: Option<String>,
    /// What pixels become: `zca` whitens them
    #[arg(
        long,
        help_heading = HEADING,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(STANDARDISE)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standardise: Option<String>,
    /// The scale of initial weights
    #[arg(
        long,
        help_heading = HEADING,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(
            Initialisation::OF_IMAGES.map(Initialisation::name)
        )
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialisation: Option<String>,
}

impl RecipeOptions {
    /// These options laid over others: each of them that is there goes before the other's.
    #[must_use]
    pub fn over(self, other: RecipeOptions) -> RecipeOptions {
        // All fields are named, so that the compiler finds one that is forgotten.
        RecipeOptions {
            recipe: self.recipe.or(other.recipe),
            epochs: self.epochs.or(other.epochs),
            subset: self.subset.or(other.subset),
            validation: self.validation.or(other.validation),
            batch: self.batch.or(other.batch),
            optimiser: self.optimiser.or(other.optimiser),
            rate: self.rate.or(other.rate),
            weight_decay: self.weight_decay.or(other.weight_decay),
            schedule: self.schedule.or(other.schedule),
            dropout: self.dropout.or(other.dropout),
            augment: self.augment.or(other.augment),
            standardise: self.standardise.or(other.standardise),
            initialisation: self.initialisation.or(other.initialisation),
        }
    }

    /// Whether nothing is to be changed.
    pub fn is_empty(&self) -> bool {
        *self == RecipeOptions::default()
    }
}
