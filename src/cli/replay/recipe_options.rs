//! What a user may change of a benchmark's recipe.

use clap::builder::PossibleValuesParser;
use clap::Args;

use crate::cli::common::Failure;
use crate::nets::image::Architecture;
use crate::nets::{Initialisation, Optimiser, Schedule};
use crate::replay::recipe::{Recipe, Standardise};

/// The most epochs, and the largest batch: more are slips of the pen.
const MOST_EPOCHS: u32 = 10_000;
const LARGEST_BATCH: usize = 4_096;

/// Under which the options stand in the help.
const HEADING: &str = "Recipe (default: as published, or as is usual for the architecture)";

/// What is changed of a benchmark's recipe.
#[derive(Args, Clone, Debug, Default, PartialEq)]
pub struct RecipeOptions {
    /// Another recipe to begin with: `smartmixed` is that of the publication, for MLPs (400 epochs
    /// of Adam at 1e-4, pixels between 0 and 1)
    #[arg(
        long,
        help_heading = HEADING,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(["smartmixed"])
    )]
    recipe: Option<String>,
    /// Epochs of training
    #[arg(long, help_heading = HEADING, value_name = "E")]
    epochs: Option<u32>,
    /// Train on a balanced part of so many images
    #[arg(long, help_heading = HEADING, value_name = "M")]
    subset: Option<usize>,
    /// Images of the training part that are held out and measured after each epoch [default: a
    /// tenth]
    #[arg(long, help_heading = HEADING, value_name = "M")]
    validation: Option<usize>,
    /// Images of a batch
    #[arg(long, help_heading = HEADING, value_name = "N")]
    batch: Option<usize>,
    /// The optimiser; its momentum and decays are those that are usual
    #[arg(
        long,
        help_heading = HEADING,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(["sgd", "adam", "adamw"])
    )]
    optimiser: Option<String>,
    /// The learning rate at the start
    #[arg(long, help_heading = HEADING, value_name = "RATE")]
    rate: Option<f64>,
    /// What weights lose of themselves in a step, times the rate (sgd, adamw)
    #[arg(long, help_heading = HEADING, value_name = "DECAY")]
    weight_decay: Option<f64>,
    /// How the learning rate changes: `steps` is the architecture's published schedule, stretched
    /// to the epochs, or for others a fifth after 30, 60 and 80 % of them
    #[arg(
        long,
        help_heading = HEADING,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(["constant", "cosine", "steps"])
    )]
    schedule: Option<String>,
    /// The probability of dropout, where the architecture has it
    #[arg(long, help_heading = HEADING, value_name = "P")]
    dropout: Option<f64>,
    /// How training images are changed at random
    #[arg(
        long,
        help_heading = HEADING,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(["none", "flip", "crop", "flip-crop"])
    )]
    augment: Option<String>,
    /// What pixels become: `zca` whitens them
    #[arg(
        long,
        help_heading = HEADING,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(Standardise::ALL.map(Standardise::name))
    )]
    standardise: Option<String>,
    /// The scale of initial weights
    #[arg(
        long,
        help_heading = HEADING,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(
            Initialisation::OF_IMAGES.map(Initialisation::name)
        )
    )]
    initialisation: Option<String>,
}

impl RecipeOptions {
    /// Whether nothing is to be changed.
    pub fn is_empty(&self) -> bool {
        *self == RecipeOptions::default()
    }

    /// The recipe of the architecture, or the one that is named, with what was asked for.
    ///
    /// # Errors
    /// A number that is out of its range, and a named recipe that is not for the architecture.
    pub fn apply(
        &self,
        architecture: &Architecture,
        mut recipe: Recipe,
    ) -> Result<Recipe, Failure> {
        if let Some(name) = &self.recipe {
            if !matches!(architecture, Architecture::Mlp { .. }) {
                return Err(Failure::usage(format!(
                    "--recipe {name} is for MLPs, not for {}: give an mlp",
                    architecture.name()
                )));
            }
            recipe = Recipe::smart_mixed();
        }
        if let Some(epochs) = self.epochs {
            recipe.epochs = within("--epochs", epochs, 1, MOST_EPOCHS)?;
        }
        if let Some(batch) = self.batch {
            recipe.batch = within("--batch", batch, 2, LARGEST_BATCH)?;
        }
        if let Some(subset) = self.subset {
            if subset == 0 {
                return Err(Failure::usage("--subset takes 1 image or more, found 0"));
            }
            recipe.subset = Some(subset);
        }
        recipe.validation = self.validation.or(recipe.validation);
        if let Some(rate) = self.rate {
            recipe.rate = between("--rate", rate, f64::MIN_POSITIVE, 10.0)?;
        }
        self.apply_optimiser(&mut recipe)?;
        self.apply_schedule(&mut recipe);
        self.apply_images(&mut recipe)?;
        Ok(recipe)
    }

    fn apply_schedule(&self, recipe: &mut Recipe) {
        match self.schedule.as_deref() {
            Some("constant") => recipe.schedule = Schedule::Constant,
            Some("cosine") => recipe.schedule = Schedule::Cosine,
            Some(_) if !matches!(recipe.schedule, Schedule::Steps { .. }) => {
                recipe.schedule = Schedule::Steps {
                    factor: 0.2,
                    at: vec![0.3, 0.6, 0.8],
                };
            }
            _ => {}
        }
    }

    /// Dropout, initial weights, and what becomes of the images.
    fn apply_images(&self, recipe: &mut Recipe) -> Result<(), Failure> {
        if let Some(dropout) = self.dropout {
            recipe.dropout_per_mille =
                (between("--dropout", dropout, 0.0, 0.95)? * 1000.0).round() as u32;
        }
        if let Some(augment) = self.augment.as_deref() {
            recipe.pad = if augment.contains("crop") { 4 } else { 0 };
            recipe.flip = augment.contains("flip");
        }
        let standardise =
            |name: &String| Standardise::ALL.into_iter().find(|way| way.name() == name);
        recipe.standardise = self
            .standardise
            .as_ref()
            .and_then(standardise)
            .unwrap_or(recipe.standardise);
        let initialisation = |name: &String| {
            Initialisation::OF_IMAGES
                .into_iter()
                .find(|scale| scale.name() == name)
        };
        recipe.initialisation = self
            .initialisation
            .as_ref()
            .and_then(initialisation)
            .or(recipe.initialisation);
        Ok(())
    }

    fn apply_optimiser(&self, recipe: &mut Recipe) -> Result<(), Failure> {
        let decay = self
            .weight_decay
            .map(|decay| between("--weight-decay", decay, 0.0, 1.0))
            .transpose()?;
        let (first_decay, second_decay, epsilon) = (0.9, 0.999, 1e-8);
        let usual = decay.unwrap_or(recipe.optimiser.weight_decay());
        recipe.optimiser = match self.optimiser.as_deref() {
            Some("sgd") => Optimiser::Sgd {
                momentum: 0.9,
                nesterov: true,
                weight_decay: usual,
            },
            Some("adamw") => Optimiser::AdamW {
                first_decay,
                second_decay,
                epsilon,
                weight_decay: decay.unwrap_or(0.01),
            },
            Some(_) => Optimiser::Adam {
                first_decay,
                second_decay,
                epsilon,
            },
            None => match recipe.optimiser {
                Optimiser::Sgd {
                    momentum, nesterov, ..
                } => Optimiser::Sgd {
                    momentum,
                    nesterov,
                    weight_decay: usual,
                },
                Optimiser::AdamW {
                    first_decay,
                    second_decay,
                    epsilon,
                    ..
                } => Optimiser::AdamW {
                    first_decay,
                    second_decay,
                    epsilon,
                    weight_decay: usual,
                },
                adam @ Optimiser::Adam { .. } => adam,
            },
        };
        if decay.is_some_and(|decay| decay > 0.0) && recipe.optimiser.weight_decay() == 0.0 {
            return Err(Failure::usage(
                "--weight-decay has no place in adam: add --optimiser adamw, or leave it out",
            ));
        }
        Ok(())
    }
}

fn within<T: PartialOrd + std::fmt::Display>(
    option: &str,
    found: T,
    low: T,
    high: T,
) -> Result<T, Failure> {
    if (&low..=&high).contains(&&found) {
        return Ok(found);
    }
    Err(Failure::usage(format!(
        "{option} takes a number from {low} to {high}, found {found}"
    )))
}

fn between(option: &str, found: f64, low: f64, high: f64) -> Result<f64, Failure> {
    if found >= low && found <= high {
        return Ok(found);
    }
    let low = if low == f64::MIN_POSITIVE {
        "above 0".to_owned()
    } else {
        format!("from {low}")
    };
    Err(Failure::usage(format!(
        "{option} takes a number {low} to {high}, found {found}"
    )))
}
