//! The price at which a model is asked.

use motherlode::config::models::ModelError;
use motherlode::record::ledger::PriceList;

use super::setting;

#[test]
fn a_list_price_counts_at_the_providers_own_home_alone() {
    let listed = setting("openai:gpt-5-mini").unwrap().price;
    assert!(
        listed.origin.starts_with("price list of ") && !listed.is_free(),
        "{listed:?}"
    );
    assert_eq!(
        setting("openai-responses:gpt-5-mini").unwrap().price,
        listed,
        "the same models by another wire"
    );
    assert_eq!(
        setting("openai:gpt-5-mini@https://api.openai.com/v1/")
            .unwrap()
            .price,
        listed
    );
    for elsewhere in [
        "openai:gpt-5-mini@https://proxy.example.org/v1",
        "openai:gpt-5-mini@http://localhost:8080/v1",
        "compatible:gpt-5-mini@https://api.openai.com/v1",
    ] {
        assert!(
            matches!(setting(elsewhere), Err(ModelError::UnknownPrice { .. })),
            "{elsewhere}"
        );
        assert_eq!(
            setting(&format!("{elsewhere},price.input=1,price.output=2"))
                .unwrap()
                .price
                .origin,
            "stated by the user"
        );
    }
    for unknown in [
        "openai:gpt-99",
        "openai:gpt-5-mini-turbo",
        "anthropic:gpt-5-mini",
        "openrouter:meta-llama/nosuch",
    ] {
        assert!(
            matches!(setting(unknown), Err(ModelError::UnknownPrice { .. })),
            "{unknown}"
        );
    }
    let stated = setting("openai:gpt-5-mini,price.input=1,price.output=2")
        .unwrap()
        .price;
    assert_eq!(
        (stated.input, stated.output, stated.tiers.len()),
        (1.0, 2.0, 0),
        "what the user states goes before the list"
    );
}

#[test]
fn a_name_with_a_date_has_the_price_of_the_name() {
    for (dated, plain) in [
        ("openai:gpt-5-mini-2025-08-07", "openai:gpt-5-mini"),
        (
            "anthropic:claude-haiku-4-5-20251001",
            "anthropic:claude-haiku-4-5",
        ),
        (
            "anthropic:claude-haiku-4-5@20251001",
            "anthropic:claude-haiku-4-5",
        ),
    ] {
        assert_eq!(
            setting(dated).unwrap().price,
            setting(plain).unwrap().price,
            "{dated}"
        );
    }
    for other in [
        "gpt-5-mini-2025-08",
        "gpt-5-mini-20250807x",
        "gpt-5-mini-2025-08-07-x",
        "gpt-5-mini-2025_08_07",
        "2025-08-07",
        "-20250807",
        "gpt-5-ä2025-08-07",
    ] {
        assert!(
            PriceList::shipped().find("openai", other).is_none(),
            "{other}"
        );
    }
}

#[test]
fn a_tier_is_asked_for_only_at_a_price_that_is_known() {
    let flex = setting("openai:gpt-5-mini,tier=flex").unwrap();
    assert_eq!(
        (flex.tier.as_deref(), flex.price.tiers["flex"]),
        (Some("flex"), 0.5)
    );
    assert_eq!(
        setting("openai:gpt-5-mini,tier=default")
            .unwrap()
            .tier
            .as_deref(),
        Some("default")
    );
    let error = setting("openai:gpt-5-mini,tier=scale").unwrap_err();
    assert!(
        matches!(error, ModelError::UnknownTier { .. })
            && error.to_string().contains("tier `scale`"),
        "{error}"
    );
    let stated = setting("openai:gpt-5-mini,tier=scale,price.input=1,price.output=2").unwrap();
    assert_eq!(
        stated.price.tiers["scale"], 1.0,
        "what is stated is the price of the tier that is asked for"
    );
}
