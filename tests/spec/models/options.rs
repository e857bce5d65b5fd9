//! Every option of a model, in a text, a table or a campaign file, and every refusal.

use motherlode::config::models::{ModelError, ModelSpec, StatedPrice, DEFAULT_MOST_TOKENS};
use motherlode::config::CampaignSettings;
use motherlode::record::charter::{ModelSetting, Structured};
use motherlode::record::ledger::Price;

use super::setting;

const LOCAL: &str = "compatible:llama3.2:3b@http://localhost:11434/v1";

/// A setting with these options, on a free local server.
fn free(options: &str) -> Result<ModelSetting, ModelError> {
    setting(&format!("{LOCAL},free{options}"))
}

#[test]
fn a_model_without_options_has_the_defaults_and_wishes_nothing() {
    let plain = ModelSetting {
        address: LOCAL.to_owned(),
        weight: 1.0,
        price: Price::free(),
        most_tokens: DEFAULT_MOST_TOKENS,
        temperature: None,
        effort: None,
        key_variable: None,
        tier: None,
        structured: Structured::JsonSchema,
    };
    assert_eq!(free("").unwrap(), plain);
    assert_eq!(
        setting(&format!(" {LOCAL}/ , free=true ")).unwrap(),
        plain,
        "blanks and a last slash are nothing"
    );
}

#[test]
fn every_option_is_read() {
    let plain = free("").unwrap();
    let owned = |text: &str| Some(text.to_owned());
    let tiered = |tier: &str| Price {
        tiers: [(tier.to_owned(), 1.0)].into(),
        ..Price::free()
    };
    for (options, expected) in [
        (
            ",weight=2.5",
            ModelSetting {
                weight: 2.5,
                ..plain.clone()
            },
        ),
        (
            ",temperature=0",
            ModelSetting {
                temperature: Some(0.0),
                ..plain.clone()
            },
        ),
        (
            ",temperature=0.7",
            ModelSetting {
                temperature: Some(0.7),
                ..plain.clone()
            },
        ),
        (
            ",effort=low",
            ModelSetting {
                effort: owned("low"),
                ..plain.clone()
            },
        ),
        (
            ",effort=1024",
            ModelSetting {
                effort: owned("1024"),
                ..plain.clone()
            },
        ),
        (
            ",effort=-1",
            ModelSetting {
                effort: owned("-1"),
                ..plain.clone()
            },
        ),
        (
            ",max_tokens=16",
            ModelSetting {
                most_tokens: 16,
                ..plain.clone()
            },
        ),
        (
            ",max_tokens=1000000",
            ModelSetting {
                most_tokens: 1_000_000,
                ..plain.clone()
            },
        ),
        (",structured=json_schema", plain.clone()),
        (
            ",structured=json_object",
            ModelSetting {
                structured: Structured::JsonObject,
                ..plain.clone()
            },
        ),
        (
            ",structured=none",
            ModelSetting {
                structured: Structured::None,
                ..plain.clone()
            },
        ),
        (
            ",key=MY_KEY_2",
            ModelSetting {
                key_variable: owned("MY_KEY_2"),
                ..plain.clone()
            },
        ),
        (
            ",tier=flex",
            ModelSetting {
                tier: owned("flex"),
                price: tiered("flex"),
                ..plain.clone()
            },
        ),
        (
            ",weight=3,temperature=1",
            ModelSetting {
                weight: 3.0,
                temperature: Some(1.0),
                ..plain.clone()
            },
        ),
    ] {
        assert_eq!(free(options).unwrap(), expected, "{options}");
    }
    let priced = setting(&format!(
        "{LOCAL},price.input=0.25,price.output=2,price.cache_read=0.025,\
         price.cache_write_5m=0.3,price.cache_write_1h=0.5"
    ));
    let expected = Price {
        cache_read: Some(0.025),
        cache_write_5m: Some(0.3),
        cache_write_1h: Some(0.5),
        ..Price::stated(0.25, 2.0, "stated by the user")
    };
    assert_eq!(priced.unwrap().price, expected);
}

#[test]
fn a_campaign_file_names_models_as_texts_or_as_tables() {
    let file: CampaignSettings = toml::from_str(
        r#"
        model = "openai:gpt-5-mini,weight=2"
        models = [
            "anthropic:claude-haiku-4-5",
            { model = "compatible:m@http://localhost:1/v1", weight = 2.5,
              price = { input = 0.25, output = 2.0, cache_read = 0.1 },
              temperature = 0.7, effort = "low", max_tokens = 100,
              structured = "json_object", tier = "flex", key = "MY_KEY" },
            { model = "compatible:m@http://localhost:1/v1", free = true },
        ]
        "#,
    )
    .unwrap();
    let settings: Vec<ModelSetting> = file
        .model
        .iter()
        .chain(&file.models)
        .map(|entry| entry.spec().unwrap().setting().unwrap())
        .collect();
    let as_texts = [
        "openai:gpt-5-mini,weight=2",
        "anthropic:claude-haiku-4-5",
        "compatible:m@http://localhost:1/v1,weight=2.5,price.input=0.25,price.output=2,\
         price.cache_read=0.1,temperature=0.7,effort=low,max_tokens=100,structured=json_object,\
         tier=flex,key=MY_KEY",
        "compatible:m@http://localhost:1/v1,free",
    ];
    assert_eq!(settings, as_texts.map(|text| setting(text).unwrap()));
    for wrong in [
        r#"{ model = "a", wieght = 1 }"#,
        r#"{ model = "a", price = { inptu = 1 } }"#,
        "3",
        r#"{ model = "a", structured = "xml" }"#,
    ] {
        let error = toml::from_str::<CampaignSettings>(&format!("model = {wrong}"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("a table of model, weight, free, price"),
            "{error}"
        );
    }
}

#[test]
fn what_cannot_be_meant_is_refused_with_what_to_write() {
    let table = [
        (
            ",wieght=2",
            "`wieght` is no option of a model; known are weight=, free, price.input=",
        ),
        (",price=3", "`price` is no option of a model"),
        (
            ",weight=two",
            "`weight` of compatible:llama3.2:3b@http://localhost:11434/v1 must be a number, found \
             `two`",
        ),
        (",weight=", "must be a number, found ``"),
        (
            ",weight=0",
            "`weight` of compatible:llama3.2:3b@http://localhost:11434/v1 must be above 0 and at \
             most 1000000, found `0`",
        ),
        (",weight=-1", "must be above 0"),
        (",weight=nan", "must be above 0"),
        (",weight=inf", "must be above 0"),
        (
            ",temperature=2.1",
            "`temperature` of compatible:llama3.2:3b@http://localhost:11434/v1 must be between 0 \
             and 2, found `2.1`",
        ),
        (",temperature=-0.1", "must be between 0 and 2"),
        (",temperature=nan", "must be between 0 and 2"),
        (
            ",max_tokens=15",
            "must be between 16 and 1000000, found `15`",
        ),
        (",max_tokens=1000001", "must be between 16 and 1000000"),
        (
            ",max_tokens=1e3",
            "`max_tokens` of compatible:llama3.2:3b@http://localhost:11434/v1 must be a whole \
             number, found `1e3`",
        ),
        (",max_tokens=-5", "must be a whole number"),
        (
            ",effort=very much",
            "`effort` of compatible:llama3.2:3b@http://localhost:11434/v1 must be one word, found \
             `very much`",
        ),
        (",effort=", "must be one word"),
        (",tier=\"flex\"", "must be one word"),
        (
            ",structured=xml",
            "must be json_schema, json_object or none, found `xml`",
        ),
        (
            ",weight=1,weight=2",
            "`weight` of compatible:llama3.2:3b@http://localhost:11434/v1 is given twice; give it \
             once",
        ),
        (
            ",free=false",
            "`free` of compatible:llama3.2:3b@http://localhost:11434/v1 must be written alone, or \
             left out, found `false`",
        ),
        (
            ",price.input=1,price.output=2",
            "is declared free and has a price too; give one of the two",
        ),
        (
            ",price.cache_read=1",
            "is declared free and has a price too",
        ),
    ];
    for (options, words) in table {
        let error = free(options).unwrap_err().to_string();
        assert!(
            error.contains(words) && !error.contains('\n'),
            "{options}: {error}"
        );
    }
    for (options, words) in [
        (
            "",
            "the price of compatible:llama3.2:3b@http://localhost:11434/v1 is not known (price \
             list of ",
        ),
        (
            "",
            "add `,price.input=DOLLARS,price.output=DOLLARS` per million tokens, or `,free` for a \
             server that costs nothing",
        ),
        (
            ",price.input=1",
            "has only half a price: give both price.input and price.output",
        ),
        (",price.output=1", "has only half a price"),
        (",price.cache_read=1", "has only half a price"),
        (
            ",price.input=-1,price.output=2",
            "`price` of compatible:llama3.2:3b@http://localhost:11434/v1 must be between 0 and \
             1000000 dollars",
        ),
        (
            ",price.input=nan,price.output=2",
            "must be between 0 and 1000000 dollars",
        ),
        (
            ",price.input=1,price.output=inf",
            "must be between 0 and 1000000 dollars",
        ),
        (
            ",price.input=1,price.output=2,price.cache_write_1h=2000000",
            "must be between 0 and 1000000 dollars",
        ),
    ] {
        let error = setting(&format!("{LOCAL}{options}"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(words) && !error.contains('\n'),
            "{options}: {error}"
        );
    }
    assert!(matches!(setting(",free"), Err(ModelError::Address(_))));
    assert!(matches!(
        setting("nosuch:model,free"),
        Err(ModelError::Address(_))
    ));
}

#[test]
fn a_key_on_the_command_line_is_refused_without_being_repeated() {
    for secret in [
        "sk-proj-0123456789abcdef",
        "AIzaSyD0123456789abcdef",
        "sk_live_0123456789abcdef",
        "0123456789abcdef0123456789abcdef",
        "AKIA0123456789ABCDEF",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF",
        "KEY_0123456789ABCDEF",
    ] {
        for option in [
            format!("key={secret}"),
            secret.to_owned(),
            format!("api_key={secret}"),
            format!("{secret}=x"),
            format!("key={secret} "),
        ] {
            let error = setting(&format!("openai:gpt-5-mini,{option}"))
                .unwrap_err()
                .to_string();
            assert!(!error.contains(&secret[..8]), "{option}: {error}");
            assert!(
                error.contains("key=") || error.contains("environment variable"),
                "{option}: {error}"
            );
        }
    }
    for text in [
        "sk-proj-0123456789abcdef",
        "openai:gpt-5 sk-proj-0123456789abcdef",
        "sk-proj-0123456789abcdef:gpt-5",
        "openai:gpt-5,weight=sk-proj-0123456789abcdef",
        "openai:gpt-5,effort=AIzaSyD0123456789abcdef",
        "openai:gpt-5,free=0123456789abcdef0123456789abcdef",
        "openai:gpt-5,structured=sk_live_0123456789abcdef",
    ] {
        let spec = ModelSpec::parse(text).and_then(|spec| spec.setting());
        let error = spec.unwrap_err().to_string();
        assert!(!error.contains("0123456789"), "{text}: {error}");
    }
    for name in ["MY_MODEL_KEY", "OPENAI_API_KEY_2", "WORK_KEY_2026"] {
        assert!(setting(&format!("openai:gpt-5-mini,key={name}")).is_ok());
    }
    for name in [
        "",
        "lower_case",
        "2ND_KEY",
        "MY-KEY",
        "MY KEY",
        "${MY_KEY}",
        &"K".repeat(81),
    ] {
        assert!(
            matches!(
                setting(&format!("openai:gpt-5-mini,key={name}")),
                Err(ModelError::Key { .. })
            ),
            "{name}"
        );
    }
}

#[test]
fn a_table_says_what_a_text_says() {
    let spec = ModelSpec {
        model: LOCAL.to_owned(),
        price: Some(StatedPrice {
            input: Some(0.0),
            output: Some(0.0),
            ..StatedPrice::default()
        }),
        ..ModelSpec::default()
    };
    let setting = spec.setting().unwrap();
    assert!(setting.price.is_free(), "a price of nothing is free");
}
