//! The only door to model servers. It makes one POST, reads the body up to a limit, and neither
//! tries again nor follows a redirect.

mod body;
pub mod own_machine;
pub mod proxy;
pub mod way;

use std::collections::BTreeMap;
use std::sync::Once;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{redirect, Client, ClientBuilder, Proxy, Url};
use serde_json::Value;

use self::own_machine::{is_loopback, named_own, reach_own};
use self::proxy::{detour, Detour, ProxyInEffect};
use self::way::Way;
use super::secret::Secret;
use super::wire::Wire;

/// The largest body that is read, in bytes: far more than any reply holds, and little enough for
/// all that are under way to fit into memory.
pub const LARGEST_BODY: usize = 16 << 20;

/// The beginnings of the names of headers that an answer keeps.
const KEPT_HEADERS: [&str; 10] = [
    "content-type",
    "retry-after",
    "x-ratelimit-",
    "anthropic-ratelimit-",
    "x-should-retry",
    "x-request-id",
    "request-id",
    "date",
    "x-squid-error",
    "proxy-",
];
/// The version of Anthropic's API that requests name.
const ANTHROPIC_VERSION: &str = "2023-06-01";

/// A server's answer, whatever its status. The key is blanked wherever the server repeated it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers about the body's type, rates, retries and time by their small-letter names, and
    /// where a redirect leads.
    pub headers: BTreeMap<String, String>,
    /// The body as text.
    pub body: String,
    /// The way by which it came.
    pub way: Way,
}

impl HttpAnswer {
    /// Returns a header by its name in small letters; `None` where the answer has none.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// The server was not reached; nothing was sent.
    Unreached(String),
    /// The connection broke after the request was sent, at least in part.
    Lost(String),
    /// The body is larger than [`LARGEST_BODY`].
    Oversize,
}

/// The way to one server's endpoint. Each request goes out on a connection of its own: one that was
/// kept may have been closed by the server meanwhile, and of a request that was written to it
/// nobody can tell whether it arrived and is billed.
pub struct Door {
    client: Client,
    url: Url,
    key: Option<Secret>,
    way: Way,
}

impl Door {
    /// Makes a door to `POST {base}{path}`; the key, where there is one, goes in the header that
    /// the wire wants. The environment may name proxies (`HTTPS_PROXY`, `NO_PROXY` ...) and
    /// certificates (`SSL_CERT_FILE`, `SSL_CERT_DIR`). Nothing is sent.
    ///
    /// # Errors
    /// One line, which never holds the key: `base` is no address, the key holds characters that no
    /// header takes, a variable names a proxy that is none, or the machine has no root
    /// certificates.
    pub fn new(
        base: &str,
        wire: Wire,
        model: &str,
        key: Option<Secret>,
        connect: Duration,
    ) -> Result<Door, String> {
        static RING: Once = Once::new();
        RING.call_once(|| {
            // An error means that the program has installed a provider of its own already, which
            // serves as well.
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let path = wire.path(model);
        let mut url = Url::parse(&format!("{base}{path}"))
            .map_err(|error| format!("{base} is no address: {error}"))?;
        reach_own(&mut url);
        let headers = headers(wire, key.as_ref())?;
        let (proxies, proxy) = proxies(&url)?;
        let builder = || {
            let builder = Client::builder()
                .user_agent(concat!("motherlode/", env!("CARGO_PKG_VERSION")))
                .default_headers(headers.clone())
                .redirect(redirect::Policy::none())
                .pool_max_idle_per_host(0)
                .connect_timeout(connect);
            named_own(proxies(builder), &url)
        };
        let client = match builder().build() {
            // A machine without root certificates can still speak plain HTTP to a server of its
            // own.
            Err(_) if url.scheme() == "http" => builder().tls_certs_only([]).build(),
            other => other,
        };
        let client = client.map_err(|error| {
            format!(
                "no TLS connection can be set up: {}; install the system's root certificates \
                 (ca-certificates) or set SSL_CERT_FILE",
                causes(error)
            )
        })?;
        let way = Way {
            base: base.to_owned(),
            path,
            keyless: key.is_none(),
            proxy,
        };
        Ok(Door {
            client,
            url,
            key,
            way,
        })
    }

    /// Sends one request and reads its answer. Dropping the future closes the connection.
    ///
    /// # Errors
    /// Why no answer came; its text never holds the key.
    pub async fn post(&self, body: &Value) -> Result<HttpAnswer, Unsent> {
        let mut response = self
            .client
            .post(self.url.clone())
            .json(body)
            .send()
            .await
            .map_err(|error| self.unsent(error))?;
        let mut answer = HttpAnswer {
            status: response.status().as_u16(),
            headers: self.kept_headers(response.headers()),
            body: String::new(),
            way: self.way.clone(),
        };
        if response
            .content_length()
            .is_some_and(|length| length > LARGEST_BODY as u64)
        {
            return Err(Unsent::Oversize);
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| {
            let (words, through) = (self.redact(&causes(error)), self.way.through());
            Unsent::Lost(format!("{words}{through}"))
        })? {
            if bytes.len() + chunk.len() > LARGEST_BODY {
                return Err(Unsent::Oversize);
            }
            bytes.extend_from_slice(&chunk);
        }
        let bytes = body::unpacked(&bytes, LARGEST_BODY)
            .map_err(|damage| Unsent::Lost(format!("the answer is damaged: {damage}")))?;
        if bytes.len() > LARGEST_BODY {
            return Err(Unsent::Oversize);
        }
        let text = body::decoded(&bytes, answer.header("content-type").unwrap_or_default());
        answer.body = self.redact(&text);
        Ok(answer)
    }

    /// Why a request brought no answer, and what to do.
    fn unsent(&self, error: reqwest::Error) -> Unsent {
        let unreached = error.is_connect() || error.is_builder();
        let (late, technical) = (error.is_timeout(), self.redact(&causes(error)));
        let words = match self.way.trouble(&technical, late) {
            Some(words) => format!("{words} ({technical})"),
            None => technical,
        };
        let words = format!("{words}{}", self.way.through());
        match unreached {
            true => Unsent::Unreached(words),
            false => Unsent::Lost(words),
        }
    }

    /// Returns whether a key goes with each request.
    pub fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Returns the key that goes with each request; `None` where none does.
    pub fn key(&self) -> Option<&Secret> {
        self.key.as_ref()
    }

    /// Returns the way to the server.
    pub fn way(&self) -> &Way {
        &self.way
    }

    /// Returns `text` with the key blanked.
    pub fn redact(&self, text: &str) -> String {
        self.key
            .as_ref()
            .map_or_else(|| text.to_owned(), |key| key.redact(text))
    }

    fn kept_headers(&self, headers: &HeaderMap) -> BTreeMap<String, String> {
        let wanted = |name: &str| {
            KEPT_HEADERS
                .iter()
                .any(|beginning| name.starts_with(beginning))
                || name == "location"
        };
        let wanted = headers.iter().filter(|(name, _)| wanted(name.as_str()));
        wanted
            .filter_map(|(name, value)| {
                Some((name.as_str().to_owned(), self.redact(value.to_str().ok()?)))
            })
            .collect()
    }
}

/// Returns the headers of every request of a wire.
fn headers(wire: Wire, key: Option<&Secret>) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    if wire == Wire::Messages {
        headers.insert(
            HeaderName::from_static("anthropic-version"),
            HeaderValue::from_static(ANTHROPIC_VERSION),
        );
    }
    if let Some(key) = key {
        let (name, value) = match wire {
            Wire::ChatCompletions | Wire::Responses => {
                ("authorization", format!("Bearer {}", key.expose()))
            }
            Wire::Messages => ("x-api-key", key.expose().to_owned()),
            Wire::GenerateContent => ("x-goog-api-key", key.expose().to_owned()),
        };
        let mut value = HeaderValue::from_str(&value)
            .map_err(|_| "the API key holds characters that no key has".to_owned())?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}

/// How a client is told by which proxy to go, and the one that it goes by.
type Proxied = (
    Box<dyn Fn(ClientBuilder) -> ClientBuilder>,
    Option<ProxyInEffect>,
);

/// The proxies for an address.
fn proxies(url: &Url) -> Result<Proxied, String> {
    // No proxy can see this machine's own servers.
    if is_loopback(url) {
        return Ok((Box::new(ClientBuilder::no_proxy), None));
    }
    Ok(match detour(url, &|name| std::env::var(name).ok())? {
        Detour::Unsaid => (Box::new(|builder| builder), None),
        Detour::None => (Box::new(ClientBuilder::no_proxy), None),
        Detour::Through(proxy, whole) => {
            let through = Proxy::all(whole)
                .map_err(|_| format!("{} cannot be gone through", proxy.words()))?;
            let tell = move |builder: ClientBuilder| builder.proxy(through.clone());
            (Box::new(tell), Some(proxy))
        }
    })
}

/// Returns an error and its causes on one line, without the address.
pub(crate) fn causes(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text.replace(['\n', '\r'], " ")
}
