//! What is this machine's own among addresses: no proxy sees it, and nobody else reads what is sent
//! to it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::{ClientBuilder, Url};

/// Returns whether others can read what is sent to this address: plain HTTP to another machine.
pub fn is_in_the_clear(base: &str) -> bool {
    Url::parse(base).is_ok_and(|url| url.scheme() == "http" && !is_loopback(&url))
}

/// Returns whether an address is this machine's own: `localhost` and the names below it, numbers of
/// loopback, and 0.0.0.0, at which a server listens that is asked from everywhere.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = host(url);
    let is_own = |address: IpAddr| {
        let address = address.to_canonical();
        address.is_loopback() || address.is_unspecified()
    };
    is_local_name(&host) || host.parse::<IpAddr>().is_ok_and(is_own)
}

/// The host without the brackets of a number and the point at the end of a name.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or("").trim_matches(['[', ']']);
    host.trim_end_matches('.').to_lowercase()
}

fn is_local_name(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

/// An address at which a server listens that is asked from everywhere is none to connect to on
/// every system: this machine's own takes its place.
pub(super) fn reach_own(url: &mut Url) {
    let own = match host(url).parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) if address.is_unspecified() => IpAddr::from(Ipv4Addr::LOCALHOST),
        Ok(IpAddr::V6(address)) if address.is_unspecified() => IpAddr::from(Ipv6Addr::LOCALHOST),
        _ => return,
    };
    // A number takes the place of a number, which no address refuses.
    let _ = url.set_ip_host(own);
}

/// Names below `localhost`, and `localhost.`, are this machine's whatever a resolver knows of them.
pub(super) fn named_own(builder: ClientBuilder, url: &Url) -> ClientBuilder {
    let name = url.host_str().unwrap_or("");
    if name == "localhost" || !is_local_name(&host(url)) {
        return builder;
    }
    // The port is that of the address.
    let own = [
        SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
    ];
    builder.resolve_to_addrs(name, &own)
}
