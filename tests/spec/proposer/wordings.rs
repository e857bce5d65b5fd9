//! Which limit of tokens is asked for after one was refused, in words as servers use them.

use motherlode::proposer::llm::complaint::{of, Complaint, RefusedRequest};
use motherlode::proposer::llm::limit::{possible, RefusedLimit, LEAST};
use motherlode::proposer::llm::wire::{fault, Field, Wire};
use proptest::prelude::*;
use serde_json::json;

/// A limit that was sent with a prompt of some 1,300 tokens.
fn sent(tokens: u32) -> RefusedLimit {
    RefusedLimit {
        tokens,
        bytes: 5_200,
        status: 400,
    }
}

/// What an error with these words is taken to complain of.
fn complaint(wire: Wire, words: &str, tokens: u32) -> Complaint {
    let limit: &[Field] = if wire == Wire::Messages {
        &[]
    } else {
        &[Field::MaxTokens]
    };
    let fields = [limit, &[Field::JsonSchema]].concat();
    let body = json!({"error": {"message": words}}).to_string();
    let request = RefusedRequest {
        wire,
        fields: &fields,
        limit: Some(sent(tokens)),
    };
    of(&fault::read(&body), &request)
}

#[test]
fn a_limit_is_found_in_the_words_that_refuse_another() {
    let rows: [(u32, &str, u32); 46] = [
        // OpenAI, Azure and those who speak like them.
        (8192, "max_tokens is too large: 8192. This model supports at most 4096 completion tokens, whereas you provided 8192.", 4096),
        (4192, "This model's maximum context length is 4096 tokens. However, you requested 5492 tokens (1300 in the messages, 4192 in the completion). Please reduce the length of the messages or completion.", 2796),
        (8192, "This model's maximum context length is 8192 tokens. However, you requested 8256 tokens (64 in the messages, 8192 in the completion).", 8128),
        (8192, "Invalid 'max_output_tokens': integer above maximum value. Expected a value <= 4096, but got 8192 instead.", 4096),
        // Anthropic and Bedrock.
        (100_000, "max_tokens: 100000 > 64000, which is the maximum allowed number of output tokens for claude-opus-4-5-20251101", 64_000),
        (200_000, "input length and `max_tokens` exceed context limit: 1300 + 200000 > 200000, decrease input length or `max_tokens` and try again", 198_700),
        (40_000, "The maximum tokens you requested exceeds the model limit of 32768. Try again with a lower maximum tokens value.", 32_768),
        // Gemini.
        (100_000, "Unable to submit request because it has a maxOutputTokens value of 100000 but the supported range is from 1 (inclusive) to 65537 (exclusive). Update the value and try again.", 65_536),
        // vLLM, old and new.
        (8192, "'max_tokens' or 'max_completion_tokens' is too large: 8192. This model's maximum context length is 4096 tokens and your request has 1300 input tokens (8192 > 4096 - 1300).", 2796),
        (8192, "This model's maximum context length is 4096 tokens. However, you requested 8192 output tokens and your prompt contains at least 1300 input tokens, for a total of at least 9492 tokens.", 2796),
        // Text Generation Inference, Together, Cohere, Mistral, Groq, DeepSeek, DashScope, Ollama.
        (8192, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 1300 `inputs` tokens and 8192 `max_new_tokens`", 2796),
        (8192, "too many tokens: total number of tokens in the prompt and prediction cannot exceed 4081 - received 9492. Try using a shorter prompt or a smaller max_tokens value.", 2781),
        (8192, r#"{"detail":[{"type":"less_than_equal","loc":["body","max_tokens"],"msg":"Input should be less than or equal to 4096","input":8192}]}"#, 4096),
        (100_000, "`max_completion_tokens` must be less than or equal to `16384`, the maximum value for `max_completion_tokens` is less than the `context_window` for this model", 16_384),
        (8192, "max_tokens for `llama-3.1-8b-instant` must be less than or equal to 8000", 8000),
        (8192, "Request too large for model `llama-3.3-70b` in organization `org_01j` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 9500, please reduce your message size and try again.", 4692),
        (20_000, "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", 8192),
        (20_000, "<400> InternalError.Algo.InvalidParameter: Range of max_tokens should be [1, 8192]", 8192),
        (384_000, "max_tokens (384000) exceeds model's maximum output tokens (65536) for model deepseek-v4-flash:0731", 65_536),
        (4097, "max_tokens (4097) exceeds model context length (4096)", 4096),
        // Words of their own.
        (8192, "max_tokens 8192 and a prompt of 1300 tokens exceed the window of 4096", 2796),
        (8192, "window 4096, prompt 1300, so at most 2796 tokens can be generated", 2796),
        (8192, "n_predict must be less than 2048", 2047),
        (8192, "max_tokens: must be between 1 and 2,048", 2048),
        (8192, "max_tokens=8192 not in 1-2048", 2048),
        (8192, "max_tokens out of range 1..2048", 2048),
        (8192, "the answer may have up to 4k tokens", 4000),
        (8192, "at most 2048tokens", 2048),
        (8192, "8192/2048 tokens", 2048),
        // Other languages, also where nothing but the numbers is understood.
        (8192, "Die Anfrage überschreitet das Kontextfenster von 4.096 Token (Eingabe 1.300, Ausgabe 8.192)", 2796),
        (8192, "max_tokens doit être inférieur ou égal à 4 096 jetons", 4096),
        (8192, "La ventana de contexto es de 4096 tokens; la entrada tiene 1300", 2796),
        (8192, "max_tokens 的取值范围是 1 到 4096", 4096),
        (8192, "输入 1300 个令牌，上下文窗口为4096，max_tokens不能为8192", 2796),
        (8192, "出力トークン数8192は上限4096を超えています", 4096),
        (8192, "8192 > 4096", 4096),
        // Without a number, or with none that is a limit: the half.
        (8192, "max_tokens is too large", 4096),
        (8192, "the number of tokens is beyond what this server can give", 4096),
        (8192, "Das Kontextfenster reicht nicht", 4096),
        (8192, "max_tokens too large (request req-2048, 2026-11-30 10:22:33)", 4096),
        (8192, "HTTP 400: max_tokens too large, error code 1210, trace 2048", 4096),
        (8192, "max_tokens too large for qwen2.5-7b-2048k on gpu 1024 after 3000 ms", 4096),
        (8192, "max_tokens too large; see the notes of Nov 28 2025, version 2048", 4096),
        (8192, "max_tokens too large for llama:8192b; retry after 2000", 4096),
        (8192, "max_tokens too large; a body has 1500 bytes, costs $500 and 200% more", 4096),
        (8192, "max_tokens 8192 exceeds what 16 slots can give", 4096),
    ];
    for (tokens, words, expected) in rows {
        assert_eq!(possible(words, &sent(tokens)), Some(expected), "{words}");
        for wire in [
            Wire::ChatCompletions,
            Wire::Responses,
            Wire::Messages,
            Wire::GenerateContent,
        ] {
            assert_eq!(
                complaint(wire, words, tokens),
                Complaint::Limit(Some(expected)),
                "{wire:?} {words}"
            );
        }
    }
}

#[test]
fn a_prompt_that_fills_the_window_leaves_no_limit() {
    for words in [
        "This model's maximum context length is 4096 tokens and your request has 4090 input \
         tokens, max_tokens 8192",
        "max_tokens 8192 and a prompt of 4096 tokens exceed the window of 4096",
    ] {
        assert_eq!(possible(words, &sent(8192)), None, "{words}");
    }
    assert_eq!(possible("max_tokens too large", &sent(LEAST)), None);
}

#[test]
fn what_is_no_matter_of_the_limits_size_is_none() {
    use Complaint::{Field as OfField, Lasting, Unclear};
    for (words, expected) in [
        (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
             'max_completion_tokens' instead.",
            OfField(Field::MaxTokens),
        ),
        (
            "Extra inputs are not permitted: response_format",
            OfField(Field::JsonSchema),
        ),
        ("max_tokens must be at least 16000", Lasting),
        (
            "`max_tokens` must be greater than `thinking.budget_tokens`",
            Lasting,
        ),
        (
            "prompt is too long: 250000 tokens > 200000 maximum",
            Lasting,
        ),
        (
            "The input token count exceeds the maximum number of tokens allowed.",
            Lasting,
        ),
        ("The model `gpt-9` does not exist", Lasting),
        ("Your request was flagged by our safety system", Lasting),
        (
            "The response was filtered due to the prompt triggering Azure OpenAI's content \
             management policy.",
            Lasting,
        ),
        ("Content Exists Risk", Lasting),
        ("Incorrect API key provided", Lasting),
        ("insufficient balance", Lasting),
        ("the grammar made of it could not be parsed", Unclear),
        ("response_format: cannot be compiled", Unclear),
        ("Ungültige Anfrage", Unclear),
        ("bad", Unclear),
        ("", Unclear),
    ] {
        assert_eq!(
            complaint(Wire::ChatCompletions, words, 8192),
            expected,
            "{words}"
        );
    }
}

proptest! {
    #[test]
    fn no_words_make_the_reader_of_limits_panic_or_ask_for_more(
        words in "(\\PC|[0-9 .,:k/-]|max_tokens|prompt|window|令牌){0,80}",
        tokens in 1_u32..1_000_000,
        bytes in 0_u64..100_000,
    ) {
        let refused = RefusedLimit { tokens, bytes, status: 400 };
        if let Some(found) = possible(&words, &refused) {
            prop_assert!((LEAST..tokens).contains(&found), "{found} of {tokens}");
        }
    }

    #[test]
    fn what_a_window_leaves_is_found_whatever_the_numbers(
        window in 1_500_u32..200_000,
        prompt in 423_u32..1_200,
        more in 1_u32..100_000,
    ) {
        let asked = window - prompt + more;
        let refused = RefusedLimit { tokens: asked, bytes: 4 * u64::from(prompt), status: 400 };
        let total = asked + prompt;
        for words in [
            format!("max_tokens {asked} and a prompt of {prompt} tokens exceed the window of {window}"),
            format!(
                "This model's maximum context length is {window} tokens. However, you requested \
                 {total} tokens ({prompt} in the messages, {asked} in the completion)."
            ),
            format!(
                "`inputs` tokens + `max_new_tokens` must be <= {window}. Given: {prompt} `inputs` \
                 tokens and {asked} `max_new_tokens`"
            ),
        ] {
            prop_assert_eq!(possible(&words, &refused), Some(window - prompt), "{}", words);
        }
    }
}
