//! Which model to ask, and where: `openai:NAME`, `anthropic:NAME`,
//! `compatible:NAME@http://host:port/v1` and the like.

use std::fmt;

use thiserror::Error;

use super::secret::may_be_key;
use super::wire::Wire;

/// A provider of models. It decides where the key comes from and how a model is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// OpenAI by Chat Completions.
    OpenAi,
    /// OpenAI by Responses.
    OpenAiResponses,
    /// Anthropic by Messages.
    Anthropic,
    /// Google's Gemini by generateContent.
    Gemini,
    /// OpenRouter, a router in front of many providers that reports costs.
    OpenRouter,
    /// Any server that speaks OpenAI's Chat Completions: Ollama, llama.cpp, vLLM, LM Studio ...
    Compatible,
}

impl Provider {
    /// Returns all providers, in the order in which users see them.
    pub fn all() -> [Provider; 6] {
        use Provider::*;
        [
            OpenAi,
            OpenAiResponses,
            Anthropic,
            Gemini,
            OpenRouter,
            Compatible,
        ]
    }

    /// Returns the word before the colon of an address.
    pub fn name(self) -> &'static str {
        match self {
            Provider::OpenAi => "openai",
            Provider::OpenAiResponses => "openai-responses",
            Provider::Anthropic => "anthropic",
            Provider::Gemini => "gemini",
            Provider::OpenRouter => "openrouter",
            Provider::Compatible => "compatible",
        }
    }

    /// Returns the name under which price lists have the provider's models; `None` for a server of
    /// the user's own, whose prices no list knows.
    pub fn price_name(self) -> Option<&'static str> {
        match self {
            Provider::OpenAi | Provider::OpenAiResponses => Some("openai"),
            Provider::Anthropic | Provider::Gemini | Provider::OpenRouter => Some(self.name()),
            Provider::Compatible => None,
        }
    }

    /// Returns the environment variable that holds the key, where the user names no other.
    pub fn key_variable(self) -> &'static str {
        match self {
            Provider::OpenAi | Provider::OpenAiResponses => "OPENAI_API_KEY",
            Provider::Anthropic => "ANTHROPIC_API_KEY",
            Provider::Gemini => "GEMINI_API_KEY",
            Provider::OpenRouter => "OPENROUTER_API_KEY",
            Provider::Compatible => "MOTHERLODE_COMPATIBLE_API_KEY",
        }
    }

    /// Returns the address of the provider's own server; `None` where only the user knows it.
    pub fn home(self) -> Option<&'static str> {
        match self {
            Provider::OpenAi | Provider::OpenAiResponses => Some("https://api.openai.com/v1"),
            Provider::Anthropic => Some("https://api.anthropic.com"),
            Provider::Gemini => Some("https://generativelanguage.googleapis.com"),
            Provider::OpenRouter => Some("https://openrouter.ai/api/v1"),
            Provider::Compatible => None,
        }
    }

    /// Returns how the provider's models are asked.
    pub fn wire(self) -> Wire {
        match self {
            Provider::OpenAi | Provider::OpenRouter | Provider::Compatible => Wire::ChatCompletions,
            Provider::OpenAiResponses => Wire::Responses,
            Provider::Anthropic => Wire::Messages,
            Provider::Gemini => Wire::GenerateContent,
        }
    }
}

/// A model, and the server that is asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelAddress {
    /// Who serves the model.
    pub provider: Provider,
    /// The model's name, as the server knows it.
    pub model: String,
    /// The server's address up to the wire's path, without a slash at its end.
    pub base: String,
}

/// A text that names no model.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum AddressError {
    /// The text has another form.
    #[error(
        "a model is written `openai:NAME`, `openai-responses:NAME`, `anthropic:NAME`, \
         `gemini:NAME`, `openrouter:NAME` or `compatible:NAME@http://host:port/v1`, found `{0}`"
    )]
    Form(String),
    /// The provider is not known.
    #[error(
        "the provider `{0}` is not known; write openai, openai-responses, anthropic, gemini or \
         openrouter, or `compatible:NAME@http://host:port/v1` for another server that speaks \
         OpenAI's Chat Completions"
    )]
    Provider(String),
    /// A compatible model is named without its server.
    #[error("`{0}` names no server: write `compatible:NAME@http://host:port/v1`")]
    NoServer(String),
    /// The server's address cannot be one.
    #[error(
        "the server's address must be http:// or https:// with a host and no user, query or \
         fragment, such as http://localhost:11434/v1"
    )]
    Server,
}

impl ModelAddress {
    /// Reads an address. The model's name may itself hold `:`, `/` and `@`; a server's address may
    /// be that of its requests, path and all.
    ///
    /// # Errors
    /// The text names no model.
    pub fn parse(text: &str) -> Result<ModelAddress, AddressError> {
        let text = text.trim();
        let (provider, rest) = text
            .split_once(':')
            .ok_or_else(|| AddressError::Form(quoted(text)))?;
        let server = rest.rfind("@http://").or_else(|| rest.rfind("@https://"));
        let (model, base) = match server {
            Some(at) => (&rest[..at], Some(rest[at + 1..].trim_end_matches('/'))),
            None => (rest, None),
        };
        let provider = Provider::all()
            .into_iter()
            .find(|known| known.name() == provider)
            .ok_or_else(|| AddressError::Provider(quoted(provider)))?;
        // A Gemini model is part of a path.
        let odd = |c: char| {
            c.is_whitespace()
                || c.is_control()
                || (provider == Provider::Gemini
                    && !(c.is_ascii_alphanumeric() || "-._".contains(c)))
        };
        if model.is_empty() || model.chars().any(odd) {
            return Err(AddressError::Form(quoted(text)));
        }
        let base = base
            .or(provider.home())
            .ok_or_else(|| AddressError::NoServer(text.to_owned()))?;
        // A password in the address would end up in records and errors, which is why none is taken.
        let host = base
            .split_once("://")
            .map_or("", |(_, rest)| rest.split('/').next().unwrap_or(""));
        if host.is_empty()
            || base.contains(['@', '?', '#'])
            || base.chars().any(|c| c.is_whitespace() || c.is_control())
        {
            return Err(AddressError::Server);
        }
        // The whole address of requests is what documentation shows.
        let base = base
            .strip_suffix(&provider.wire().path(model))
            .filter(|base| !base.ends_with('/'))
            .unwrap_or(base);
        Ok(ModelAddress {
            provider,
            model: model.to_owned(),
            base: base.to_owned(),
        })
    }

    /// Returns the server's host, without its port.
    pub fn host(&self) -> &str {
        let rest = self.base.split_once("://").map_or("", |(_, rest)| rest);
        let place = rest.split('/').next().unwrap_or("");
        match place.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => place,
        }
    }

    /// Returns whether the server is the provider's own.
    pub fn is_at_home(&self) -> bool {
        self.provider.home() == Some(&self.base)
    }
}

impl fmt::Display for ModelAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.provider.name(), self.model)?;
        if self.is_at_home() {
            return Ok(());
        }
        write!(f, "@{}", self.base)
    }
}

/// What is no address, for an error; of what may be a key, nothing.
fn quoted(text: &str) -> String {
    if may_be_key(text) {
        "what may be a key, and is not repeated".to_owned()
    } else {
        text.to_owned()
    }
}
