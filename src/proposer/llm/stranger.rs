//! What an answer is that no model gave: the page of a login or of a proxy, another service, told
//! apart in words that say what to do.

use super::http::HttpAnswer;

/// The most characters of a body and of its type that are quoted.
const LONGEST_QUOTE: usize = 100;
const LONGEST_TYPE: usize = 40;
/// How many characters of a body are looked at.
const LOOKED_AT: usize = 64 << 10;

/// Signs of a page on which one signs in.
const LOGIN: [&str; 12] = [
    "type=\"password\"",
    "type='password'",
    "type=password",
    "sign in",
    "sign-in",
    "signin",
    "log in",
    "login",
    "single sign-on",
    "saml",
    "oauth",
    "captive portal",
];
/// Signs of a page that something between here and the server has made.
const PROXY: [&str; 13] = [
    "proxy",
    "squid",
    "zscaler",
    "firewall",
    "fortigate",
    "bluecoat",
    "web filter",
    "cloudflare",
    "gateway",
    "access denied",
    "blocked",
    "forbidden",
    "policy",
];

/// What a 2xx answer is that is not understood, what to do, its type and its beginning, in one line.
pub(super) fn described(answer: &HttpAnswer) -> String {
    let kind = answer.header("content-type").unwrap_or("no content type");
    let kind = line(kind, LONGEST_TYPE);
    let beginning = line(&answer.body, LONGEST_QUOTE);
    let what = what(&answer.body);
    if beginning.is_empty() {
        return format!("{what} ({kind})");
    }
    format!("{what} ({kind}, beginning with: {beginning})")
}

fn what(body: &str) -> &'static str {
    let text: String = body.trim().chars().take(LOOKED_AT).collect();
    let text = text.to_lowercase();
    let any = |signs: &[&str]| signs.iter().any(|sign| text.contains(sign));
    if text.is_empty() {
        return "it is empty: check the address and what stands before the server";
    }
    if text.starts_with(['{', '[']) {
        return "it is JSON of another API or service: check the provider, host, port and path";
    }
    if text.starts_with("data:") || text.starts_with("event:") || text.starts_with(':') {
        return "it is a stream that is not whole: see the log of its server";
    }
    if !text.starts_with('<') {
        return "it is text of another service: check the address's host, port and path";
    }
    if any(&LOGIN) {
        return "it is a login page: sign in to that network or server, or give the API's own address";
    }
    if any(&PROXY) {
        return "it is the page of a proxy or firewall: let it pass the address, or set NO_PROXY";
    }
    "it is a web page: check the address's host, port and path (often /v1 is missing)"
}

/// The first words of a text on one line, without control characters.
fn line(text: &str, most: usize) -> String {
    let words = text
        .split(|sign: char| sign.is_whitespace() || sign.is_control())
        .filter(|word| !word.is_empty());
    let mut line = String::new();
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > most {
            break;
        }
    }
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}
