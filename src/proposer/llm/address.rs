//! Which model to ask, and where: `openai:NAME` or `compatible:NAME@http://host:port/v1`.

use std::fmt;

use thiserror::Error;

/// Who serves a model; decides where its key comes from and how its fields are spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// OpenAI itself.
    OpenAi,
    /// Any server that speaks OpenAI's Chat Completions: Ollama, llama.cpp, vLLM, LM Studio, OpenRouter ...
    Compatible,
}

impl Provider {
    /// The environment variable that holds its key.
    pub fn key_variable(self) -> &'static str {
        match self {
            Provider::OpenAi => "OPENAI_API_KEY",
            Provider::Compatible => "MOTHERLODE_COMPATIBLE_API_KEY",
        }
    }

    /// Whether nothing can be asked without a key.
    pub fn needs_key(self) -> bool {
        self == Provider::OpenAi
    }
}

/// A model and the server to ask it from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelAddress {
    pub provider: Provider,
    /// As the server knows it.
    pub model: String,
    /// Up to and without `/chat/completions`; no trailing slash.
    pub base: String,
}

/// A text that names no model.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum AddressError {
    #[error("a model is written `openai:NAME` or `compatible:NAME@http://host:port/v1`, found `{0}`")]
    Form(String),
    #[error("the provider `{0}` is not known; write `openai:NAME`, or `compatible:NAME@http://host:port/v1` for a server that speaks OpenAI's Chat Completions")]
    Provider(String),
    #[error("`{0}` names no server: write `compatible:NAME@http://host:port/v1`")]
    NoServer(String),
    #[error("`openai:{0}` goes to api.openai.com; to ask another server write `compatible:NAME@URL`")]
    ForeignServer(String),
    #[error("the server's address must be http:// or https:// with a host and no user, query or fragment, such as http://localhost:11434/v1")]
    Server,
}

const OPENAI: &str = "https://api.openai.com/v1";

impl ModelAddress {
    /// Reads an address; the model's name may itself hold `:`, `/` and `@`.
    pub fn parse(text: &str) -> Result<ModelAddress, AddressError> {
        let text = text.trim();
        let (provider, rest) = text.split_once(':').ok_or_else(|| AddressError::Form(text.to_owned()))?;
        let server = rest.rfind("@http://").or_else(|| rest.rfind("@https://"));
        let (model, base) = match server {
            Some(at) => (&rest[..at], Some(rest[at + 1..].trim_end_matches('/'))),
            None => (rest, None),
        };
        if model.is_empty() || model.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(AddressError::Form(text.to_owned()));
        }
        let (provider, base) = match (provider, base) {
            ("openai", None) => (Provider::OpenAi, OPENAI),
            ("openai", Some(_)) => return Err(AddressError::ForeignServer(model.to_owned())),
            ("compatible", Some(base)) => (Provider::Compatible, base),
            ("compatible", None) => return Err(AddressError::NoServer(text.to_owned())),
            (other, _) => return Err(AddressError::Provider(other.to_owned())),
        };
        // A password in the address would end up in records and errors, which is why none is taken.
        let host = base.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or(""));
        if host.is_empty() || base.contains(['@', '?', '#']) || base.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(AddressError::Server);
        }
        Ok(ModelAddress { provider, model: model.to_owned(), base: base.to_owned() })
    }
}

impl fmt::Display for ModelAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.provider {
            Provider::OpenAi => write!(f, "openai:{}", self.model),
            Provider::Compatible => write!(f, "compatible:{}@{}", self.model, self.base),
        }
    }
}
