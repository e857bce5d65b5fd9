//! How a model and its server are named.

use motherlode::proposer::llm::address::{AddressError, ModelAddress, Provider};

#[test]
fn an_address_names_a_provider_a_model_and_a_server() {
    for (text, provider, model, base) in [
        (
            "openai:gpt-5.6-mini",
            Provider::OpenAi,
            "gpt-5.6-mini",
            "https://api.openai.com/v1",
        ),
        (
            "openai-responses:gpt-5.6",
            Provider::OpenAiResponses,
            "gpt-5.6",
            "https://api.openai.com/v1",
        ),
        (
            "anthropic:claude-opus-5",
            Provider::Anthropic,
            "claude-opus-5",
            "https://api.anthropic.com",
        ),
        (
            "gemini:gemini-3-flash",
            Provider::Gemini,
            "gemini-3-flash",
            "https://generativelanguage.googleapis.com",
        ),
        (
            "openrouter:z-ai/glm-5:free",
            Provider::OpenRouter,
            "z-ai/glm-5:free",
            "https://openrouter.ai/api/v1",
        ),
        (
            "openai:gpt@https://example.org/v1",
            Provider::OpenAi,
            "gpt",
            "https://example.org/v1",
        ),
        (
            "anthropic:claude@http://127.0.0.1:8080",
            Provider::Anthropic,
            "claude",
            "http://127.0.0.1:8080",
        ),
        (
            "compatible:llama3.2:3b@http://localhost:11434/v1",
            Provider::Compatible,
            "llama3.2:3b",
            "http://localhost:11434/v1",
        ),
        (
            "compatible:@cf/meta/llama@https://example.org/v1/",
            Provider::Compatible,
            "@cf/meta/llama",
            "https://example.org/v1",
        ),
    ] {
        let address = ModelAddress::parse(text).unwrap();
        assert_eq!(
            (
                address.provider,
                address.model.as_str(),
                address.base.as_str()
            ),
            (provider, model, base),
            "{text}"
        );
        assert_eq!(
            address.to_string(),
            text.trim_end_matches('/'),
            "it is written as it was named"
        );
        assert_eq!(
            ModelAddress::parse(&address.to_string()).unwrap(),
            address,
            "{text}"
        );
    }
}

#[test]
fn a_providers_home_that_is_named_is_its_home() {
    for provider in Provider::all() {
        let Some(home) = provider.home() else {
            continue;
        };
        let address = ModelAddress::parse(&format!("{}:model@{home}/", provider.name())).unwrap();
        assert!(
            address.is_at_home() && address.to_string() == format!("{}:model", provider.name()),
            "{address}"
        );
    }
}

#[test]
fn an_address_that_cannot_be_meant_is_refused_with_what_to_write() {
    for text in [
        "",
        "gpt-5",
        "openai:",
        "openai: gpt",
        "mistral:large",
        "compatible:llama",
        "gemini:models/gemini-3",
        "gemini:gemini?key=a",
        "compatible:a b@http://h/v1",
    ] {
        let error = ModelAddress::parse(text).unwrap_err();
        assert!(
            error.to_string().contains("compatible:NAME@"),
            "{text}: {error}"
        );
    }
    for text in [
        "compatible:m@http://",
        "compatible:m@http://user:word@host/v1",
        "compatible:m@http://host/v1?key=abc",
        "compatible:m@http://host/v1#part",
        "compatible:m@http://ho st/v1",
        "openai:m@https:///v1",
    ] {
        assert_eq!(
            ModelAddress::parse(text),
            Err(AddressError::Server),
            "{text}"
        );
    }
}
