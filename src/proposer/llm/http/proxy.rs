//! The proxy that the environment names for a server: which one, by which variable, and in words
//! that hold no password. It is read as most programs read it: a variable of the server's scheme
//! before `ALL_PROXY`, capitals before small letters, and none for what `NO_PROXY` lists.

use std::net::IpAddr;

use reqwest::Url;

/// The schemes of proxies that can be gone through.
const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// A proxy that is in effect for a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyInEffect {
    /// Its address without user and password, such as `http://proxy:3128`.
    pub address: String,
    /// The environment variable that names it.
    pub variable: &'static str,
    /// The name or number of its host.
    pub host: String,
}

/// What the environment says of the way to a server.
pub(super) enum Detour {
    /// It says nothing, so that the system's settings decide.
    Unsaid,
    /// The server is asked without any proxy.
    None,
    /// It is asked through this one, whose whole address follows.
    Through(ProxyInEffect, Url),
}

/// What the environment says of the way to `server`; `variable` looks up one of its variables.
///
/// # Errors
/// One line: a variable names something that is no proxy. Nothing of it is repeated, since it may
/// hold a password.
pub(super) fn detour(
    server: &Url,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Detour, String> {
    // Within a server's script, HTTP_PROXY is what a stranger sent as a header.
    if variable("REQUEST_METHOD").is_some() {
        return Ok(Detour::Unsaid);
    }
    let first = |names: [&'static str; 2]| {
        let mut found = names
            .into_iter()
            .filter_map(|name| Some((name, variable(name)?)));
        found.next()
    };
    let own = match server.scheme() {
        "http" => first(["HTTP_PROXY", "http_proxy"]),
        _ => first(["HTTPS_PROXY", "https_proxy"]),
    };
    let is_said = |(_, value): &(&str, String)| !value.trim().is_empty();
    let said = own
        .filter(is_said)
        .or_else(|| first(["ALL_PROXY", "all_proxy"]).filter(is_said));
    let Some((name, value)) = said else {
        return Ok(Detour::Unsaid);
    };
    let none = first(["NO_PROXY", "no_proxy"]).map_or_else(String::new, |(_, list)| list);
    if is_listed(server.host_str().unwrap_or_default(), &none) {
        return Ok(Detour::None);
    }
    read(name, &value).map(|(proxy, whole)| Detour::Through(proxy, whole))
}

/// The proxy that a variable names.
fn read(variable: &'static str, value: &str) -> Result<(ProxyInEffect, Url), String> {
    let value = value.trim();
    let whole = match value.contains("://") {
        true => Url::parse(value),
        false => Url::parse(&format!("http://{value}")),
    };
    let whole = whole.ok().filter(|whole| {
        SCHEMES.contains(&whole.scheme()) && whole.host_str().is_some_and(|host| !host.is_empty())
    });
    let Some(whole) = whole else {
        return Err(format!(
            "the environment variable {variable} holds no address of a proxy: write {variable}=\
             http://HOST:PORT, or socks5h:// where the proxy speaks SOCKS, or unset it"
        ));
    };
    let host = whole.host_str().unwrap_or_default().to_owned();
    let port = whole
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    let proxy = ProxyInEffect {
        address: format!("{}://{host}{port}", whole.scheme()),
        variable,
        host,
    };
    Ok((proxy, whole))
}

impl ProxyInEffect {
    /// The proxy in words, with the variable that names it.
    pub fn words(&self) -> String {
        format!("the proxy {} ({})", self.address, self.variable)
    }
}

/// Whether a list of `NO_PROXY` has a host: by its name or a part of it from a point on, by its
/// number, by a network that holds it, or by a star.
fn is_listed(host: &str, list: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    let number = host.parse::<IpAddr>().ok();
    list.split(',').map(str::trim).any(|entry| match number {
        Some(number) => holds(entry, number),
        None => names(entry, host),
    })
}

fn names(entry: &str, host: &str) -> bool {
    let domain = entry.strip_prefix('.').unwrap_or(entry);
    if domain.is_empty() {
        return false;
    }
    let (domain, host) = (domain.to_lowercase(), host.to_lowercase());
    let is_below = host
        .strip_suffix(&domain)
        .is_some_and(|before| before.ends_with('.'));
    entry == "*" || host == domain || is_below
}

fn holds(entry: &str, number: IpAddr) -> bool {
    let (network, length) = match entry.split_once('/') {
        Some((network, length)) => (network, length.parse::<u32>().ok()),
        None => (entry, Some(128)),
    };
    let (Ok(network), Some(length)) = (network.parse::<IpAddr>(), length) else {
        return false;
    };
    let same = |a: u128, b: u128, bits: u32| {
        let beyond = bits.saturating_sub(length);
        a.checked_shr(beyond).unwrap_or(0) == b.checked_shr(beyond).unwrap_or(0)
    };
    match (network, number) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(u32::from(a).into(), u32::from(b).into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => same(a.into(), b.into(), 128),
        _ => false,
    }
}
