//! The way to a server: its address, whether a key goes with it and which proxy is in between, and
//! what to say where it does not lead there.

use std::collections::BTreeMap;

use reqwest::Url;

use super::own_machine::is_loopback;
use super::proxy::ProxyInEffect;
use crate::proposer::llm::wire::Fault;

/// Parts of addresses to which people are sent who have to sign in first.
const SIGN_IN: [&str; 14] = [
    "login",
    "logon",
    "signin",
    "sign-in",
    "sign_in",
    "sso",
    "oauth",
    "openid",
    "saml",
    "adfs",
    "idp.",
    "accounts.",
    "microsoftonline",
    "cloudflareaccess",
];

/// How servers that speak TLS answer a request that does not.
const WANTS_TLS: [&str; 4] = [
    "plain http request was sent to https port",
    "http request to an https server",
    "speaking plain http to an ssl-enabled server port",
    "this combination of host and port requires tls",
];

/// The way by which an answer came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// The server's address up to the wire's path.
    pub base: String,
    /// The wire's path below it.
    pub path: String,
    /// Whether no key goes with requests.
    pub keyless: bool,
    /// The proxy in between.
    pub proxy: Option<ProxyInEffect>,
}

impl Way {
    /// `, through the proxy http://proxy:3128 (HTTPS_PROXY)`; nothing where there is none.
    pub fn through(&self) -> String {
        let proxy = self.proxy.as_ref();
        proxy.map_or_else(String::new, |proxy| format!(", through {}", proxy.words()))
    }

    /// What stands behind an error of the connection, and what to do; `late` where time was over.
    /// `None` where the error has to speak for itself.
    pub(super) fn trouble(&self, technical: &str, late: bool) -> Option<String> {
        let said = technical.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|words| said.contains(words));
        let server = self.server();
        let next = self.next();
        Some(if has(&["proxy authorization required"]) {
            "the proxy wants a user and a password: write them into the variable that names it, as \
             http://USER:PASSWORD@HOST:PORT"
                .to_owned()
        } else if has(&["tunnel error: unsuccessful"]) {
            format!(
                "the proxy, not the server, refuses to connect to {server}: have it allowed there, \
                 or list the server in NO_PROXY where it can be reached directly"
            )
        } else if has(&["dns error", "failed to lookup", "not known", "no such host"]) {
            format!("the name of {next} cannot be resolved: check how it is written")
        } else if has(&["connection refused", "os error 10061", "os error 111"]) {
            match self.is_own() && self.proxy.is_none() {
                true => format!("nothing listens at {server}"),
                false => format!("{next} refuses connections"),
            }
        } else if has(&["invalid peer certificate", "certificate"]) {
            format!(
                "the certificate of {server} is not trusted: set SSL_CERT_FILE to a file with that \
                 of its authority, which of a server of one's own is its own, and of a proxy that \
                 reads along that of the proxy"
            )
        } else if has(&["corrupt message", "invalidcontenttype", "wrong version"]) {
            format!("{server} does not speak TLS: write http:// in the place of https://")
        } else if self.base.starts_with("http://") && has(&["invalid http", "parse error"]) {
            format!("{server} does not speak HTTP: where it speaks TLS, write https://")
        } else if late && has(&["connect"]) {
            format!("{next} takes no connection in time: check the address, and firewalls")
        } else {
            return None;
        })
    }

    /// The server's host and port.
    fn server(&self) -> String {
        let url = Url::parse(&self.base).ok();
        let named = url.as_ref().and_then(|url| {
            let port = url.port_or_known_default()?;
            Some(format!("{}:{port}", url.host_str()?))
        });
        named.unwrap_or_else(|| self.base.clone())
    }

    /// What a connection is made to.
    fn next(&self) -> String {
        match &self.proxy {
            Some(proxy) => format!("the proxy {}", proxy.address),
            None => self.server(),
        }
    }

    fn is_own(&self) -> bool {
        Url::parse(&self.base).is_ok_and(|url| is_loopback(&url))
    }

    /// What may be wrong with the address of a server that has no such path; nothing where it looks
    /// right.
    pub fn doubt(&self) -> String {
        let base = &self.base;
        let below = Url::parse(base).map_or_else(|_| String::new(), |url| url.path().to_owned());
        let first = self.path.split('/').nth(1).unwrap_or_default();
        let doubled = ["v1", "v1beta"].into_iter().find(|version| {
            let end = format!("/{version}");
            below.ends_with(&format!("{end}{end}")) || (first == *version && below.ends_with(&end))
        });
        let pasted = [
            "/chat/completions",
            "/completions",
            "/responses",
            "/models",
            "/messages",
        ];
        if let Some(end) = pasted.into_iter().find(|end| below.ends_with(end)) {
            let shorter = base.trim_end_matches(end);
            return format!("; the address ends before {end}: try {shorter}");
        }
        if let Some(version) = doubled {
            let shorter = base.trim_end_matches(&format!("/{version}"));
            return match first == version {
                true => format!("; it has /{version} twice with the path below it: try {shorter}"),
                false => format!("; it has /{version} twice: try {shorter}/{version}"),
            };
        }
        let is_versioned = below.split('/').any(|part| {
            part.strip_prefix('v')
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        });
        let wants_version = !base.is_empty() && !["v1", "v1beta"].contains(&first);
        match wants_version && !is_versioned {
            true => format!("; it has no /v1: try {}/v1", base.trim_end_matches('/')),
            false => String::new(),
        }
    }

    /// Where a redirect leads, and what follows from it.
    pub fn redirected(&self, location: Option<&str>) -> String {
        let Some(location) = location else {
            return "the server redirects, and does not say where to".to_owned();
        };
        // What follows the path may be long, and is of no use.
        let place = location.split(['?', '#']).next().unwrap_or(location);
        let lower = place.to_lowercase();
        if SIGN_IN.iter().any(|part| lower.contains(part)) {
            return format!(
                "the address leads to a page for signing in, {place}, and not to a model: programs \
                 need the address of the server's API, or a way past whatever stands before it"
            );
        }
        match place
            .strip_suffix(&self.path)
            .filter(|_| !self.path.is_empty())
        {
            Some(base) if base.contains("://") => {
                format!("the server redirects to {place}: write {base} as its address")
            }
            _ => format!("the server redirects to {place}: write the final address"),
        }
    }

    /// What answered in the place of the server, where that is known or likely: the proxy in
    /// between.
    pub fn proxy_answered(
        &self,
        status: u16,
        headers: &BTreeMap<String, String>,
        is_json: bool,
    ) -> Option<String> {
        let words = match &self.proxy {
            Some(proxy) => proxy.words(),
            None if status == 407 => "a proxy on the way".to_owned(),
            None => return None,
        };
        let marks = ["x-squid-error", "proxy-authenticate", "proxy-status"];
        let is_marked = marks.iter().any(|mark| headers.contains_key(*mark));
        // A proxy answers for the server in plain HTTP alone: else it only passes on what it cannot
        // read. What it writes is a page.
        let is_page =
            self.base.starts_with("http://") && !is_json && matches!(status, 403 | 502 | 503 | 504);
        (status == 407 || is_marked || is_page).then_some(words)
    }

    /// Whether an answer says that the server wants TLS.
    pub fn wants_tls(&self, fault: &Fault) -> bool {
        let said = fault.message.to_lowercase();
        !self.base.starts_with("https://") && WANTS_TLS.iter().any(|words| said.contains(words))
    }
}
