//! What a server complains of where it refuses a request for what is in it: a field, the limit of
//! tokens, what no other request would mend, or nothing that is understood.

use super::limit::{self, RefusedLimit};
use super::wire::{Fault, Field, Wire};

/// How servers say that they do not know or take a field.
const FIELD_REFUSED: [&str; 16] = [
    "unsupported",
    "not supported",
    "not support",
    "deprecated",
    "unknown name",
    "unrecognized",
    "unexpected",
    "extra inputs",
    "unknown parameter",
    "unknown field",
    "not permitted",
    "not allowed",
    "invalid schema",
    "not enabled",
    "cannot find field",
    "unavailable",
];

/// Codes that say that a field is not known or not taken at all.
const UNKNOWN_FIELD: [&str; 2] = ["unsupported_parameter", "unknown_parameter"];

/// Names of the limit of tokens, whatever the wire, without what stands between their words.
const LIMIT_NAMES: [&str; 10] = [
    "maxtokens",
    "maxcompletiontokens",
    "maxoutputtokens",
    "maxnewtokens",
    "maxgen",
    "maxlength",
    "npredict",
    "numpredict",
    "completiontokens",
    "outputtokens",
];

/// Words in which a window of tokens, or their number, is told of in any language.
const WINDOW_WORDS: [&str; 24] = [
    "context length",
    "context window",
    "context size",
    "contextlength",
    "maximum context",
    "tokens",
    "model_len",
    "kontext",
    "fenster",
    "contexte",
    "fenêtre",
    "jetons",
    "contexto",
    "ventana",
    "janela",
    "contesto",
    "finestra",
    "токен",
    "контекст",
    "上下文",
    "令牌",
    "コンテキスト",
    "トークン",
    "토큰",
];

/// Words that say that the prompt alone is too long.
const PROMPT_TOO_LONG: [&str; 13] = [
    "prompt is too long",
    "input is too long",
    "context is too long",
    "prompt too long",
    "input too long",
    "input token count",
    "too many input tokens",
    "number of input tokens",
    "length of the input",
    "length of the prompt",
    "prompt exceeds",
    "input exceeds",
    "exceeds the available context size",
];

/// Words about what the answer may hold, which such a complaint does without.
const OUTPUT_WORDS: [&str; 5] = [
    "completion",
    "output",
    "generat",
    "max_tokens",
    "new_tokens",
];

/// Words of refusals that no other form of the request would mend: a prompt that is not answered,
/// the account, its key, a model that is not there.
const BEYOND_FORM: [&str; 32] = [
    "content policy",
    "content_policy",
    "content filter",
    "content_filter",
    "content management policy",
    "content exists risk",
    "data_inspection",
    "responsible ai",
    "responsibleai",
    "usage polic",
    "acceptable use",
    "safety",
    "moderation",
    "flagged",
    "inappropriate",
    "prohibited content",
    "prohibited_content",
    "sensitive",
    "harmful",
    "api key",
    "api_key",
    "apikey",
    "credential",
    "authoriz",
    "authentic",
    "permission",
    "billing",
    "payment",
    "credit",
    "quota",
    "insufficient",
    "model_not_found",
];

/// What is said of a model that is not there.
const MISSING: [&str; 4] = ["not found", "does not exist", "no such", "loaded"];

/// What a server complains of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Complaint {
    /// The model does not take this field.
    Field(Field),
    /// The limit of tokens is larger than it can be; with the one to ask for in its place, where
    /// there is one.
    Limit(Option<u32>),
    /// What the same request in another form would meet too.
    Lasting,
    /// What is not understood.
    Unclear,
}

/// A request that was refused.
#[derive(Clone, Copy, Debug)]
pub struct RefusedRequest<'a> {
    /// How it was asked.
    pub wire: Wire,
    /// The optional fields that it held.
    pub fields: &'a [Field],
    /// Its limit of tokens; `None` where it named none.
    pub limit: Option<RefusedLimit>,
}

/// Returns what a fault of HTTP 400, 413 or 422 complains of.
pub fn of(fault: &Fault, request: &RefusedRequest) -> Complaint {
    let message = fault.message.to_lowercase();
    let field = refused_field(fault, &message, request);
    let is_limit = field.is_some_and(Field::is_limit);
    if let Some(field) = field.filter(|field| !field.is_limit()) {
        return Complaint::Field(field);
    }
    if let Some(limit) = &request.limit {
        let is_unknown = UNKNOWN_FIELD.contains(&fault.code.as_str());
        let numbered = limit::repeats(&message, limit) || limit::names_another(&message, limit);
        let is_value = !is_limit || (!is_unknown && numbered);
        if is_value && is_about_limit(fault, &message, limit) {
            if limit::is_too_small(&message, limit) {
                return Complaint::Lasting;
            }
            return Complaint::Limit(limit::possible(&message, limit));
        }
    }
    match field {
        Some(field) => Complaint::Field(field),
        None if is_lasting(fault, &message, request) => Complaint::Lasting,
        None => Complaint::Unclear,
    }
}

/// The field that an error refuses, among those that were sent.
fn refused_field(fault: &Fault, message: &str, request: &RefusedRequest) -> Option<Field> {
    let by_code = UNKNOWN_FIELD.contains(&fault.code.as_str()) || fault.code == "unsupported_value";
    let by_text = FIELD_REFUSED.iter().any(|words| message.contains(words));
    let named = named(fault, request)?;
    // Of other fields this says that the value is wrong, which is for the user to mend.
    let by_value = message.contains("must be") && named.is_form();
    (by_code || by_text || by_value).then_some(named)
}

/// The field that an error names, among those that were sent.
fn named(fault: &Fault, request: &RefusedRequest) -> Option<Field> {
    let among = |words: &str| request.wire.named(words, request.fields);
    among(&fault.param).or_else(|| among(&fault.message))
}

/// Whether an error is about how many tokens the answer may have.
fn is_about_limit(fault: &Fault, message: &str, limit: &RefusedLimit) -> bool {
    let joined = |text: &str| -> String {
        let letters = text.chars().filter(|letter| letter.is_alphabetic());
        letters.collect::<String>().to_lowercase()
    };
    let names = |text: &str| {
        let text = joined(text);
        LIMIT_NAMES.iter().any(|name| text.contains(name))
    };
    if names(&fault.param) || names(message) || limit::repeats(message, limit) {
        return true;
    }
    let is_prompt_alone = PROMPT_TOO_LONG.iter().any(|words| message.contains(words))
        && !OUTPUT_WORDS.iter().any(|words| message.contains(words));
    let is_window = fault.code == "context_length_exceeded"
        || WINDOW_WORDS.iter().any(|words| message.contains(words));
    is_window && !is_prompt_alone
}

/// Whether a refusal would meet the same request in another form too.
fn is_lasting(fault: &Fault, message: &str, request: &RefusedRequest) -> bool {
    let told = [&fault.kind, &fault.code, &fault.reason].map(|text| text.to_lowercase());
    let is_beyond = |text: &str| BEYOND_FORM.iter().any(|words| text.contains(words));
    let prompt_too_long = PROMPT_TOO_LONG.iter().any(|words| message.contains(words))
        || fault.kind == "exceed_context_size_error";
    let no_model = message.contains("model") && MISSING.iter().any(|words| message.contains(words));
    let named = named(fault, request);
    // A value that the user has set is the user's to mend, and what was not sent cannot be left out.
    let is_users = named.is_some_and(Field::is_users);
    let is_foreign = named.is_none() && UNKNOWN_FIELD.contains(&fault.code.as_str());
    is_beyond(message)
        || told.iter().any(|text| is_beyond(text))
        || prompt_too_long
        || no_model
        || is_users
        || (is_foreign && !fault.param.is_empty())
}
