//! A recipe with what a user wants otherwise.

use super::recipe::{Recipe, Standardise};
use crate::config::RecipeOptions;
use crate::nets::image::Architecture;
use crate::nets::{Initialisation, Optimiser, Schedule};

/// The most epochs, and the largest batch: more are slips of the pen.
const MOST_EPOCHS: u32 = 10_000;
const LARGEST_BATCH: usize = 4_096;

/// Why a recipe cannot be changed so: what was wanted, what was found, what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RecipeError(String);

impl Recipe {
    /// The recipe of the architecture, or the one that the options name, with what they ask for.
    ///
    /// # Errors
    /// A number that is out of its range, and a named recipe that is not for the architecture.
    pub fn changed(
        self,
        architecture: &Architecture,
        options: &RecipeOptions,
    ) -> Result<Recipe, RecipeError> {
        let mut recipe = self;
        if let Some(name) = &options.recipe {
            if !matches!(architecture, Architecture::Mlp { .. }) {
                return Err(RecipeError(format!(
                    "--recipe {name} is for MLPs, not for {}: give an mlp",
                    architecture.name()
                )));
            }
            recipe = Recipe::smart_mixed();
        }
        if let Some(epochs) = options.epochs {
            recipe.epochs = within("--epochs", epochs, 1, MOST_EPOCHS)?;
        }
        if let Some(batch) = options.batch {
            recipe.batch = within("--batch", batch, 2, LARGEST_BATCH)?;
        }
        if let Some(subset) = options.subset {
            if subset == 0 {
                return Err(RecipeError(
                    "--subset takes 1 image or more, found 0".to_owned(),
                ));
            }
            recipe.subset = Some(subset);
        }
        recipe.validation = options.validation.or(recipe.validation);
        if let Some(rate) = options.rate {
            recipe.rate = between("--rate", rate, f64::MIN_POSITIVE, 10.0)?;
        }
        change_optimiser(&mut recipe, options)?;
        change_schedule(&mut recipe, options);
        change_images(&mut recipe, options)?;
        Ok(recipe)
    }
}

fn change_schedule(recipe: &mut Recipe, options: &RecipeOptions) {
    match options.schedule.as_deref() {
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
fn change_images(recipe: &mut Recipe, options: &RecipeOptions) -> Result<(), RecipeError> {
    if let Some(dropout) = options.dropout {
        recipe.dropout_per_mille =
            (between("--dropout", dropout, 0.0, 0.95)? * 1000.0).round() as u32;
    }
    if let Some(augment) = options.augment.as_deref() {
        recipe.pad = if augment.contains("crop") { 4 } else { 0 };
        recipe.flip = augment.contains("flip");
    }
    let standardise = |name: &String| Standardise::ALL.into_iter().find(|way| way.name() == name);
    recipe.standardise = options
        .standardise
        .as_ref()
        .and_then(standardise)
        .unwrap_or(recipe.standardise);
    let initialisation = |name: &String| {
        Initialisation::OF_IMAGES
            .into_iter()
            .find(|scale| scale.name() == name)
    };
    recipe.initialisation = options
        .initialisation
        .as_ref()
        .and_then(initialisation)
        .or(recipe.initialisation);
    Ok(())
}

fn change_optimiser(recipe: &mut Recipe, options: &RecipeOptions) -> Result<(), RecipeError> {
    let decay = options
        .weight_decay
        .map(|decay| between("--weight-decay", decay, 0.0, 1.0))
        .transpose()?;
    let (first_decay, second_decay, epsilon) = (0.9, 0.999, 1e-8);
    let usual = decay.unwrap_or(recipe.optimiser.weight_decay());
    recipe.optimiser = match options.optimiser.as_deref() {
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
        return Err(RecipeError(
            "--weight-decay has no place in adam: add --optimiser adamw, or leave it out"
                .to_owned(),
        ));
    }
    Ok(())
}

fn within<T: PartialOrd + std::fmt::Display>(
    option: &str,
    found: T,
    low: T,
    high: T,
) -> Result<T, RecipeError> {
    if (&low..=&high).contains(&&found) {
        return Ok(found);
    }
    Err(RecipeError(format!(
        "{option} takes a number from {low} to {high}, found {found}"
    )))
}

fn between(option: &str, found: f64, low: f64, high: f64) -> Result<f64, RecipeError> {
    if found >= low && found <= high {
        return Ok(found);
    }
    let low = if low == f64::MIN_POSITIVE {
        "above 0".to_owned()
    } else {
        format!("from {low}")
    };
    Err(RecipeError(format!(
        "{option} takes a number {low} to {high}, found {found}"
    )))
}
