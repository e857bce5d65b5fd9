//! Models as users name them: `openai:NAME,weight=2,price.input=0.25,price.output=2`, or the same
//! as a table of a campaign file.

use std::collections::BTreeSet;
use std::convert::Infallible;

use serde::Deserialize;

use crate::proposer::llm::secret::may_be_key;
use crate::proposer::ModelAddress;
use crate::record::charter::{ModelSetting, Structured};
use crate::record::ledger::{Price, PriceList};

/// The most tokens of a reply, reasoning included, where none is named.
pub const DEFAULT_MOST_TOKENS: u32 = 8_192;
/// The origin of a price that the user gave.
const STATED: &str = "stated by the user";

/// A model as a campaign file or the command line names it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(
    untagged,
    expecting = "a model is a text such as \"openai:NAME,weight=2\", or a table of model, weight, \
        free, price = { input, output, cache_read, cache_write_5m, cache_write_1h }, \
        temperature, effort, max_tokens, structured, tier and key"
)]
pub enum ModelEntry {
    /// As on the command line: an address, then options after commas.
    Text(String),
    /// A table of a campaign file.
    Table(Box<ModelSpec>),
}

/// What a user says of a model. What is `None` is the provider's default or the program's.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelSpec {
    /// `provider:name`, or `provider:name@url`.
    pub model: String,
    /// Its share of the attempts at first, relative to the other models', above 0; 1 where it is
    /// `None`.
    pub weight: Option<f64>,
    /// Whether its server costs nothing.
    pub free: bool,
    /// What the user says it costs; the shipped list says it where this is `None`.
    pub price: Option<StatedPrice>,
    /// The sampling temperature, from 0 to 2.
    pub temperature: Option<f64>,
    /// How much it reasons: one word, such as `low`, or a number of tokens.
    pub effort: Option<String>,
    /// The most tokens of a reply, reasoning included, from 16 to 1,000,000.
    pub max_tokens: Option<u32>,
    /// How firmly a reply is held to JSON.
    pub structured: Option<Structured>,
    /// The provider's service tier, one word.
    pub tier: Option<String>,
    /// The environment variable of its key, where that is not its provider's own.
    pub key: Option<String>,
}

/// A price that the user states, in dollars per million tokens; what is `None` is not stated.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StatedPrice {
    /// Tokens of requests.
    pub input: Option<f64>,
    /// Tokens of replies, reasoning included.
    pub output: Option<f64>,
    /// Tokens of requests that are read from the provider's cache.
    pub cache_read: Option<f64>,
    /// Tokens that are written to a cache of five minutes.
    pub cache_write_5m: Option<f64>,
    /// Tokens that are written to a cache of an hour.
    pub cache_write_1h: Option<f64>,
}

/// What is wrong with a model as it was named, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The address is not understood.
    #[error(transparent)]
    Address(#[from] crate::proposer::llm::address::AddressError),
    /// An option is unknown.
    #[error(
        "`{option}` is no option of a model; known are weight=, free, price.input=, \
         price.output=, price.cache_read=, price.cache_write_5m=, price.cache_write_1h=, \
         temperature=, effort=, max_tokens=, structured=, tier= and key="
    )]
    UnknownOption {
        /// The option.
        option: String,
    },
    /// What follows the address is no option; it may be a key, and is not repeated.
    #[error(
        "what follows {model} is no option; options are written `name=value` after commas, and a \
         key is never taken from the command line: name its environment variable by \
         `key=VARIABLE`"
    )]
    NoOption {
        /// The model's address.
        model: String,
    },
    /// A value is none of its option.
    #[error("`{option}` of {model} must be {wanted}, found `{found}`")]
    Value {
        /// The model's address.
        model: String,
        /// The option.
        option: &'static str,
        /// What the option takes.
        wanted: &'static str,
        /// What was found.
        found: String,
    },
    /// What should name an environment variable does not.
    #[error(
        "`key` of {model} must name an environment variable, in capital letters, digits and `_`; \
         a key itself is never taken from the command line or a file"
    )]
    Key {
        /// The model's address.
        model: String,
    },
    /// The price is neither stated nor listed.
    #[error(
        "the price of {model} is not known (price list of {version}), and nothing is asked at an \
         unknown price: add `,price.input=DOLLARS,price.output=DOLLARS` per million tokens, or \
         `,free` for a server that costs nothing"
    )]
    UnknownPrice {
        /// The model's address.
        model: String,
        /// The date of the price list.
        version: String,
    },
    /// Only the input or the output has a price.
    #[error(
        "{model} has only half a price: give both price.input and price.output, in dollars per \
         million tokens"
    )]
    HalfAPrice {
        /// The model's address.
        model: String,
    },
    /// An option is given more than once.
    #[error("`{option}` of {model} is given twice; give it once")]
    Twice {
        /// The option.
        option: String,
        /// The model's address.
        model: String,
    },
    /// The model is declared free, and has a price.
    #[error("{model} is declared free and has a price too; give one of the two")]
    FreeAndPriced {
        /// The model's address.
        model: String,
    },
    /// The tier has no known price.
    #[error(
        "the price of tier `{tier}` of {model} is not known; state what it costs by price.input \
         and price.output"
    )]
    UnknownTier {
        /// The model's address.
        model: String,
        /// The tier.
        tier: String,
    },
}

impl ModelSpec {
    /// Reads a model as it stands on the command line: an address, then options after commas.
    ///
    /// # Errors
    /// What is no option, an option that is given twice, or a value that is none. The address
    /// itself is checked by [`ModelSpec::setting`].
    pub fn parse(text: &str) -> Result<ModelSpec, ModelError> {
        let mut parts = text.split(',').map(str::trim);
        let mut spec = ModelSpec {
            model: parts.next().unwrap_or_default().to_owned(),
            ..ModelSpec::default()
        };
        let mut names = BTreeSet::new();
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            spec.take(name, value)?;
            if !names.insert(name) {
                let (option, model) = (name.to_owned(), spec.model);
                return Err(ModelError::Twice { option, model });
            }
        }
        Ok(spec)
    }

    /// Takes one option of the command line.
    fn take(&mut self, name: &str, value: &str) -> Result<(), ModelError> {
        let model = self.model.clone();
        let refused = |option, wanted| ModelError::Value {
            model: model.clone(),
            option,
            wanted,
            found: beginning(value),
        };
        let number = |option| value.parse().map_err(|_| refused(option, "a number"));
        let price = self.price.get_or_insert_default();
        match name {
            "weight" => self.weight = Some(number("weight")?),
            "free" if ["", "true"].contains(&value) => self.free = true,
            "free" => {
                return Err(ModelError::Value {
                    model,
                    option: "free",
                    wanted: "written alone, or left out",
                    found: beginning(value),
                })
            }
            "price.input" => price.input = Some(number("price.input")?),
            "price.output" => price.output = Some(number("price.output")?),
            "price.cache_read" => price.cache_read = Some(number("price.cache_read")?),
            "price.cache_write_5m" => price.cache_write_5m = Some(number("price.cache_write_5m")?),
            "price.cache_write_1h" => price.cache_write_1h = Some(number("price.cache_write_1h")?),
            "temperature" => self.temperature = Some(number("temperature")?),
            "max_tokens" => {
                let most = value.parse();
                let most = most.map_err(|_| refused("max_tokens", "a whole number"))?;
                self.max_tokens = Some(most);
            }
            "effort" => self.effort = Some(value.to_owned()),
            "tier" => self.tier = Some(value.to_owned()),
            "key" => self.key = Some(value.to_owned()),
            "structured" => self.structured = Some(structured(&model, value)?),
            // What does not look like an option may be a key, and is not repeated.
            _ if !looks_like_option(name) => return Err(ModelError::NoOption { model }),
            _ => {
                let option = name.to_owned();
                return Err(ModelError::UnknownOption { option });
            }
        }
        Ok(())
    }

    /// The setting that a campaign keeps: checked, with the price that is known today.
    pub fn setting(&self) -> Result<ModelSetting, ModelError> {
        let address = ModelAddress::parse(&self.model)?;
        let model = address.to_string();
        self.check(&model)?;
        let price = with_tier(self.price(&address)?, self.tier.as_deref(), &model)?;
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

    /// The setting of a model that a campaign asks already, with what this says of it changed; what
    /// this does not say stays. The price stays where the server does.
    ///
    /// # Errors
    /// As [`ModelSpec::setting`]; the weight counts for nothing.
    pub fn over(&self, known: &ModelSetting) -> Result<ModelSetting, ModelError> {
        let address = ModelAddress::parse(&self.model)?;
        let model = address.to_string();
        self.check(&model)?;
        let is_priced =
            self.free || self.price.clone().unwrap_or_default() != StatedPrice::default();
        let stays =
            ModelAddress::parse(&known.address).is_ok_and(|old| old.host() == address.host());
        let price = if is_priced || !stays {
            self.price(&address)?
        } else {
            known.price.clone()
        };
        let tier = self.tier.clone().or(known.tier.clone());
        Ok(ModelSetting {
            price: with_tier(price, tier.as_deref(), &model)?,
            address: model,
            weight: known.weight,
            most_tokens: self.max_tokens.unwrap_or(known.most_tokens),
            temperature: self.temperature.or(known.temperature),
            effort: self.effort.clone().or(known.effort.clone()),
            key_variable: self.key.clone().or(known.key_variable.clone()),
            tier,
            structured: self.structured.unwrap_or(known.structured),
        })
    }

    fn check(&self, model: &str) -> Result<(), ModelError> {
        let refused = |option, wanted, found: String| ModelError::Value {
            model: model.to_owned(),
            option,
            wanted,
            found,
        };
        let stated = self.price.clone().unwrap_or_default();
        let mut prices = stated.all().into_iter().flatten();
        if let Some(price) = prices.find(|price| !(0.0..=1e6).contains(price)) {
            let wanted = "between 0 and 1000000 dollars per million tokens";
            return Err(refused("price", wanted, price.to_string()));
        }
        let (weight, temperature) = (self.weight, self.temperature);
        if let Some(weight) = weight.filter(|weight| !(*weight > 0.0 && *weight <= 1e6)) {
            let wanted = "above 0 and at most 1000000";
            return Err(refused("weight", wanted, weight.to_string()));
        }
        if let Some(found) = temperature.filter(|found| !(0.0..=2.0).contains(found)) {
            return Err(refused("temperature", "between 0 and 2", found.to_string()));
        }
        let most_tokens = self.max_tokens;
        if let Some(most) = most_tokens.filter(|most| !(16..=1_000_000).contains(most)) {
            let wanted = "between 16 and 1000000";
            return Err(refused("max_tokens", wanted, most.to_string()));
        }
        for (option, text) in [("effort", &self.effort), ("tier", &self.tier)] {
            if let Some(text) = text.as_ref().filter(|text| !is_one_word(text)) {
                return Err(refused(option, "one word", beginning(text)));
            }
        }
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

/// A price that has the tier that is asked for.
fn with_tier(mut price: Price, tier: Option<&str>, model: &str) -> Result<Price, ModelError> {
    let Some(tier) = tier else {
        return Ok(price);
    };
    if price.origin == STATED || price.is_free() {
        price.tiers.insert(tier.to_owned(), 1.0);
    } else if !price.tiers.contains_key(tier) && tier != "default" {
        return Err(ModelError::UnknownTier {
            model: model.to_owned(),
            tier: tier.to_owned(),
        });
    }
    Ok(price)
}

impl StatedPrice {
    /// Every price, stated or not.
    fn all(&self) -> [Option<f64>; 5] {
        let StatedPrice {
            input,
            output,
            cache_read,
            cache_write_5m,
            cache_write_1h,
        } = *self;
        [input, output, cache_read, cache_write_5m, cache_write_1h]
    }
}

impl ModelEntry {
    /// A model as it stands on the command line; what is wrong with it is said by
    /// [`ModelEntry::spec`].
    ///
    /// # Errors
    /// None: the shape is that of a parser of options.
    pub fn from_text(text: &str) -> Result<ModelEntry, Infallible> {
        Ok(ModelEntry::Text(text.to_owned()))
    }

    /// What the user says of the model.
    ///
    /// # Errors
    /// As [`ModelSpec::parse`], for a text.
    pub fn spec(&self) -> Result<ModelSpec, ModelError> {
        match self {
            ModelEntry::Text(text) => ModelSpec::parse(text),
            ModelEntry::Table(spec) => Ok(ModelSpec::clone(spec)),
        }
    }
}

fn is_one_word(text: &str) -> bool {
    let mut characters = text.chars();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    (1..=40).contains(&text.len()) && characters.all(plain) && !may_be_key(text)
}

/// Whether a text is the name of an environment variable: capital letters, digits and `_`. One that
/// looks like a key is none, since an error about a variable would print it.
fn names_a_variable(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let begins_with_digit = name.starts_with(|c: char| c.is_ascii_digit());
    let is_name = (1..=80).contains(&name.len()) && !begins_with_digit;
    is_name && name.chars().all(plain) && !may_be_key(name)
}

/// The beginning of what was found, to be quoted; of what may be a key, nothing.
fn beginning(text: &str) -> String {
    if may_be_key(text) {
        return "what may be a key, and is not repeated".to_owned();
    }
    text.chars().take(40).collect()
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
            found: beginning(value),
        }),
    }
}
