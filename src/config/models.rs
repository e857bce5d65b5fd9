//! Models as users name them: `openai:NAME,weight=2,price.input=0.25,price.output=2`, or the same
//! as a table of a campaign file.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::proposer::ModelAddress;
use crate::record::charter::{ModelSetting, Structured};
use crate::record::ledger::{Price, PriceList};

/// The most tokens of a reply, reasoning included, where none is named.
pub const DEFAULT_MOST_TOKENS: u32 = 8_192;
/// The origin of a price that the user gave.
const STATED: &str = "stated by the user";

/// A model as a campaign file names it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(
    untagged,
    expecting = "a model is a text such as \"openai:NAME,weight=2\", or a table of model, weight, \
        free, price = { input, output, cache_read, cache_write_5m, cache_write_1h }, \
        temperature, effort, max_tokens, structured, tier and key"
)]
pub enum ModelEntry {
    /// As on the command line.
    Text(String),
    Table(Box<ModelSpec>),
}

/// What a user says of a model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelSpec {
    /// `provider:name`, or `provider:name@url`.
    pub model: String,
    pub weight: Option<f64>,
    /// Whether its server costs nothing.
    pub free: bool,
    pub price: Option<StatedPrice>,
    pub temperature: Option<f64>,
    pub effort: Option<String>,
    pub max_tokens: Option<u32>,
    pub structured: Option<Structured>,
    pub tier: Option<String>,
    /// The environment variable of its key.
    pub key: Option<String>,
}

/// Dollars per million tokens.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StatedPrice {
    pub input: Option<f64>,
    pub output: Option<f64>,
    pub cache_read: Option<f64>,
    pub cache_write_5m: Option<f64>,
    pub cache_write_1h: Option<f64>,
}

/// What is wrong with a model as it was named, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error(transparent)]
    Address(#[from] crate::proposer::llm::address::AddressError),
    #[error(
        "`{option}` is no option of a model; known are weight=, free, price.input=, \
         price.output=, price.cache_read=, price.cache_write_5m=, price.cache_write_1h=, \
         temperature=, effort=, max_tokens=, structured=, tier= and key="
    )]
    UnknownOption { option: String },
    #[error(
        "what follows {model} is no option; options are written `name=value` after commas, and a \
         key is never taken from the command line: name its environment variable by \
         `key=VARIABLE`"
    )]
    NoOption { model: String },
    #[error("`{option}` of {model} must be {wanted}, found `{found}`")]
    Value {
        model: String,
        option: &'static str,
        wanted: &'static str,
        found: String,
    },
    #[error(
        "`key` of {model} must name an environment variable, in capital letters, digits and `_`; \
         a key itself is never taken from the command line or a file"
    )]
    Key { model: String },
    #[error(
        "the price of {model} is not known (price list of {version}), and nothing is asked at an \
         unknown price: add `,price.input=DOLLARS,price.output=DOLLARS` per million tokens, or \
         `,free` for a server that costs nothing"
    )]
    UnknownPrice { model: String, version: String },
    #[error(
        "{model} has only half a price: give both price.input and price.output, in dollars per \
         million tokens"
    )]
    HalfAPrice { model: String },
    #[error("`{option}` of {model} is given twice; give it once")]
    Twice { option: String, model: String },
    #[error("{model} is declared free and has a price too; give one of the two")]
    FreeAndPriced { model: String },
    #[error(
        "the price of tier `{tier}` of {model} is not known; state what it costs by price.input \
         and price.output"
    )]
    UnknownTier { model: String, tier: String },
}

impl ModelSpec {
    /// Reads a model as it stands on the command line: an address, then options after commas.
    pub fn parse(text: &str) -> Result<ModelSpec, ModelError> {
        let mut parts = text.split(',').map(str::trim);
        let model = parts.next().unwrap_or_default().to_owned();
        let mut spec = ModelSpec {
            model: model.clone(),
            ..ModelSpec::default()
        };
        let mut names = BTreeSet::new();
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let twice = !names.insert(name);
            let number = |option: &'static str| {
                let found = value.to_owned();
                value.parse::<f64>().map_err(|_| ModelError::Value {
                    model: model.clone(),
                    option,
                    wanted: "a number",
                    found,
                })
            };
            let price = spec.price.get_or_insert_default();
            match (name, value) {
                ("weight", _) => spec.weight = Some(number("weight")?),
                ("free", "" | "true") => spec.free = true,
                ("free", _) => {
                    return Err(ModelError::Value {
                        model,
                        option: "free",
                        wanted: "written alone, or left out",
                        found: value.chars().take(40).collect(),
                    });
                }
                ("price.input", _) => price.input = Some(number("price.input")?),
                ("price.output", _) => price.output = Some(number("price.output")?),
                ("price.cache_read", _) => price.cache_read = Some(number("price.cache_read")?),
                ("price.cache_write_5m", _) => {
                    price.cache_write_5m = Some(number("price.cache_write_5m")?)
                }
                ("price.cache_write_1h", _) => {
                    price.cache_write_1h = Some(number("price.cache_write_1h")?)
                }
                ("temperature", _) => spec.temperature = Some(number("temperature")?),
                ("max_tokens", _) => {
                    let most = value.parse().map_err(|_| ModelError::Value {
                        model: model.clone(),
                        option: "max_tokens",
                        wanted: "a whole number",
                        found: value.to_owned(),
                    })?;
                    spec.max_tokens = Some(most);
                }
                ("effort", _) => spec.effort = Some(value.to_owned()),
                ("tier", _) => spec.tier = Some(value.to_owned()),
                ("key", _) => spec.key = Some(value.to_owned()),
                ("structured", _) => spec.structured = Some(structured(&model, value)?),
                // What does not look like an option may be a key, and is not repeated.
                _ if !looks_like_option(name) => return Err(ModelError::NoOption { model }),
                _ => {
                    return Err(ModelError::UnknownOption {
                        option: name.to_owned(),
                    })
                }
            }
            if twice {
                return Err(ModelError::Twice {
                    option: name.to_owned(),
                    model,
                });
            }
        }
        Ok(spec)
    }

    /// The setting that a campaign keeps: checked, with the price that is known today.
    pub fn setting(&self) -> Result<ModelSetting, ModelError> {
        let address = ModelAddress::parse(&self.model)?;
        let model = address.to_string();
        self.check(&model)?;
        let mut price = self.price(&address)?;
        if let Some(tier) = &self.tier {
            if price.origin == STATED || price.is_free() {
                price.tiers.insert(tier.clone(), 1.0);
            } else if !price.tiers.contains_key(tier) && tier != "default" {
                return Err(ModelError::UnknownTier {
                    model,
                    tier: tier.clone(),
                });
            }
        }
        Ok(ModelSetting {
            address: model,
            weight: self.weight.unwrap_or(1.0),
            price,
            most_tokens: self.max_tokens.unwrap_or(DEFAULT_MOST_TOKENS),
            temperature: self.temperature,
            effort: self.effort.clone(),
            key_variable: self.key.clone(),
            tier: self.tier.clone(),
            structured: self.structured.unwrap_or_default(),
        })
    }

    fn check(&self, model: &str) -> Result<(), ModelError> {
        let value = |option, wanted, found: String| {
            Err(ModelError::Value {
                model: model.to_owned(),
                option,
                wanted,
                found,
            })
        };
        let stated = self.price.clone().unwrap_or_default();
        let prices = [
            stated.input,
            stated.output,
            stated.cache_read,
            stated.cache_write_5m,
            stated.cache_write_1h,
        ];
        if let Some(price) = prices
            .into_iter()
            .flatten()
            .find(|price| !(0.0..=1e6).contains(price))
        {
            return value(
                "price",
                "between 0 and 1000000 dollars per million tokens",
                price.to_string(),
            );
        }
        if let Some(weight) = self
            .weight
            .filter(|weight| !(*weight > 0.0 && *weight <= 1e6))
        {
            return value("weight", "above 0 and at most 1000000", weight.to_string());
        }
        if let Some(temperature) = self
            .temperature
            .filter(|temperature| !(0.0..=2.0).contains(temperature))
        {
            return value("temperature", "between 0 and 2", temperature.to_string());
        }
        if let Some(most) = self
            .max_tokens
            .filter(|most| !(16..=1_000_000).contains(most))
        {
            return value("max_tokens", "between 16 and 1000000", most.to_string());
        }
        let plain = |text: &str| {
            !text.is_empty()
                && text.len() <= 40
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        };
        for (option, text) in [("effort", &self.effort), ("tier", &self.tier)] {
            if let Some(text) = text.as_ref().filter(|text| !plain(text)) {
                return value(option, "one word", text.chars().take(40).collect());
            }
        }
        let names_a_variable = |name: &String| {
            !name.is_empty()
                && name.len() <= 80
                && !name.starts_with(|c: char| c.is_ascii_digit())
                && name
                    .chars()
                    .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        };
        match &self.key {
            Some(name) if !names_a_variable(name) => Err(ModelError::Key {
                model: model.to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// The price: as stated, declared free, or listed for the provider's own home. An unknown one
    /// is an error.
    fn price(&self, address: &ModelAddress) -> Result<Price, ModelError> {
        let model = address.to_string();
        let stated = self.price.clone().unwrap_or_default();
        let is_stated = stated != StatedPrice::default();
        match (stated.input, stated.output) {
            _ if self.free && is_stated => Err(ModelError::FreeAndPriced { model }),
            _ if self.free => Ok(Price::free()),
            (Some(input), Some(output)) => {
                let StatedPrice {
                    cache_read,
                    cache_write_5m,
                    cache_write_1h,
                    ..
                } = stated;
                Ok(Price {
                    cache_read,
                    cache_write_5m,
                    cache_write_1h,
                    ..Price::stated(input, output, STATED)
                })
            }
            _ if is_stated => Err(ModelError::HalfAPrice { model }),
            _ => {
                let list = PriceList::shipped();
                let listed = address
                    .provider
                    .price_name()
                    .filter(|_| address.is_at_home())
                    .and_then(|provider| list.find(provider, &address.model));
                listed.ok_or_else(|| ModelError::UnknownPrice {
                    model,
                    version: list.version.clone(),
                })
            }
        }
    }
}

impl ModelEntry {
    /// What it says.
    pub fn spec(&self) -> Result<ModelSpec, ModelError> {
        match self {
            ModelEntry::Text(text) => ModelSpec::parse(text),
            ModelEntry::Table(spec) => Ok(ModelSpec::clone(spec)),
        }
    }
}

fn looks_like_option(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 24
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || "_.".contains(c))
}

fn structured(model: &str, value: &str) -> Result<Structured, ModelError> {
    match value {
        "json_schema" => Ok(Structured::JsonSchema),
        "json_object" => Ok(Structured::JsonObject),
        "none" => Ok(Structured::None),
        _ => Err(ModelError::Value {
            model: model.to_owned(),
            option: "structured",
            wanted: "json_schema, json_object or none",
            found: value.chars().take(40).collect(),
        }),
    }
}
