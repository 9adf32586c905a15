//! The endpoint: the parts of a Pusher URL, and their use in the WebSocket handshake.
//!
//! `[ws|wss]://HOST[:PORT][/PREFIX]/app/KEY?protocol=7&client=rust-pusher-proto&version=V[&EXTRA]`
//! (protocol, "WebSocket connection").

use core::fmt;

use crate::envelope::str_of;
use crate::output::{OutputTooSmall, Writer};
use crate::text;

/// A server and an application on it. The endpoint borrows its parts and stores nothing else.
///
/// ```
/// use pusher_proto::Endpoint;
///
/// let endpoint = Endpoint::from_url("ws://127.0.0.1:6001", "app-key")?;
/// let mut out = [0; 128];
/// let target = endpoint.request_target(&mut out).unwrap();
/// assert!(target.starts_with("/app/app-key?protocol=7&client=rust-pusher-proto&version="));
/// # Ok::<(), pusher_proto::endpoint::UrlError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Endpoint<'a> {
    secure: bool,
    host: Host<'a>,
    port: u16,
    prefix: &'a str,
    key: &'a str,
    extra_query: Query<'a>,
    headers: Headers<'a>,
}

/// A query. It may contain a token: it is not printed.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Query<'a>(&'a str);

impl fmt::Debug for Query<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "none" } else { ".." })
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Query<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{=usize} B", self.0.len());
    }
}

/// Pairs of name and value. The values may be secret: they are not printed.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Headers<'a>(&'a [(&'a str, &'a str)]);

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Headers<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{} headers", self.0.len());
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum Host<'a> {
    Name(&'a str),
    Cluster(&'a str),
}

/// A URL, cluster or query that cannot be used. Caused by the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum UrlError {
    /// The URL does not begin with `ws://` or `wss://`.
    Scheme,
    /// The host is missing, or has a character that is not valid in a host.
    Host,
    /// The port is not a number from 1 to 65535.
    Port,
    /// The path has a control character, a space, `?` or `#`.
    Path,
    /// The cluster is empty, or has a character that is not valid in a host.
    Cluster,
    /// The query has a control character, a space, `#`, or a non-ASCII character.
    Query,
}

/// A header that cannot be sent with the handshake. Caused by the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HeaderError {
    /// The name is not a token (RFC 9110 §5.6.2).
    Name {
        /// The index of the header, counted from 0.
        index: usize,
    },
    /// The value has a character other than visible ASCII and spaces, such as a line break.
    Value {
        /// The index of the header, counted from 0.
        index: usize,
    },
    /// The handshake sends this header itself, or the header would announce a body: `Host`, `Upgrade`, `Connection`,
    /// `Sec-WebSocket-..`, `Content-Length`, `Transfer-Encoding`.
    Reserved {
        /// The index of the header, counted from 0.
        index: usize,
    },
}

impl<'a> Endpoint<'a> {
    /// Creates the endpoint of the application with `key` on Pusher's own servers: `wss://ws-CLUSTER.pusher.com`.
    ///
    /// # Errors
    ///
    /// [`UrlError::Cluster`] if the cluster cannot be part of a host name.
    pub const fn cluster(cluster: &'a str, key: &'a str) -> Result<Self, UrlError> {
        if !text::is_host_name(cluster) {
            return Err(UrlError::Cluster);
        }
        let (host, headers) = (Host::Cluster(cluster), Headers(&[]));
        Ok(Self { secure: true, host, port: 443, prefix: "", key, extra_query: Query(""), headers })
    }

    /// Creates the endpoint of the application with `key` on the server at `url`: `ws://HOST[:PORT][/PREFIX]` or the
    /// same with `wss`. The default port is 80 or 443. An IPv6 address must be in brackets: hexadecimal digits, points,
    /// and at least one colon. The rest of its form is not checked.
    ///
    /// # Errors
    ///
    /// [`UrlError`] with the invalid part.
    pub fn from_url(url: &'a str, key: &'a str) -> Result<Self, UrlError> {
        let (secure, rest) = match url.as_bytes() {
            [b'w' | b'W', b's' | b'S', b':', b'/', b'/', rest @ ..] => (false, rest),
            [b'w' | b'W', b's' | b'S', b's' | b'S', b':', b'/', b'/', rest @ ..] => (true, rest),
            _ => return Err(UrlError::Scheme),
        };
        let slash = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
        let (authority, mut prefix) = rest.split_at_checked(slash).unwrap_or_default();
        let mut host = authority;
        let mut port = if secure { 443 } else { 80 };
        // A colon inside the brackets of an IPv6 address does not begin a port.
        if !authority.ends_with(b"]")
            && let Some(colon) = authority.iter().rposition(|&byte| byte == b':')
            && let Some((before, [_, digits @ ..])) = authority.split_at_checked(colon)
        {
            host = before;
            port = match text::number(digits) {
                Some(port @ 1..=0xffff) => port as u16,
                _ => return Err(UrlError::Port),
            };
        }
        let (name, is_address) = match host {
            [b'[', address @ .., b']'] => (address, true),
            _ => (host, false),
        };
        let last_letter = if is_address { b'f' } else { b'z' };
        // Brackets hold an IPv6 address. Only its characters are checked, and that it has a colon.
        let mut is_named = !is_address && !name.is_empty();
        let allowed = |&byte: &u8| match byte {
            b'.' | b'0'..=b'9' => true,
            b':' => {
                is_named = true;
                is_address
            }
            b'-' | b'_' => !is_address,
            _ => (b'a'..=last_letter).contains(&byte.to_ascii_lowercase()),
        };
        if !name.iter().all(allowed) || !is_named {
            return Err(UrlError::Host);
        }
        if !prefix.iter().all(|byte| matches!(byte, b'!'..=b'~') && !matches!(byte, b'?' | b'#')) {
            return Err(UrlError::Path);
        }
        while let [rest @ .., b'/'] = prefix {
            prefix = rest;
        }
        let (host, prefix) = (str_of(host), str_of(prefix));
        Ok(Self { secure, host: Host::Name(host), port, prefix, key, extra_query: Query(""), headers: Headers(&[]) })
    }

    /// Adds parameters to the query: `NAME=VALUE&NAME=VALUE`, percent-encoded by the caller.
    ///
    /// # Errors
    ///
    /// [`UrlError::Query`] if they cannot be sent unchanged, for example `a=1#b`.
    pub const fn with_query(mut self, extra_query: &'a str) -> Result<Self, UrlError> {
        if !text::is_query(extra_query) {
            return Err(UrlError::Query);
        }
        self.extra_query = Query(extra_query);
        Ok(self)
    }

    /// Sets the additional headers of the handshake request, pairs of name and value such as `Origin` or
    /// `Authorization`. They replace those set before. `Debug` does not print their values.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] if a header cannot be sent, with its index and the reason.
    pub fn with_headers(mut self, headers: &'a [(&'a str, &'a str)]) -> Result<Self, HeaderError> {
        for (index, (name, value)) in headers.iter().enumerate() {
            if !text::is_token(name.as_bytes()) {
                return Err(HeaderError::Name { index });
            }
            if !text::is_header_value(value) {
                return Err(HeaderError::Value { index });
            }
            if is_reserved(name) {
                return Err(HeaderError::Reserved { index });
            }
        }
        self.headers = Headers(headers);
        Ok(self)
    }

    /// Returns the [additional headers](Self::with_headers) of the handshake request.
    pub const fn headers(&self) -> &'a [(&'a str, &'a str)] {
        self.headers.0
    }

    /// Switches to TLS, as [`Request::Open`](crate::Request::Open) may demand; port 80 becomes 443.
    #[must_use]
    pub const fn with_tls(mut self) -> Self {
        if !self.secure && self.port == 80 {
            self.port = 443;
        }
        self.secure = true;
        self
    }

    /// Returns whether the connection must be encrypted (`wss`).
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// Returns the TCP port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Returns the key of the application.
    pub const fn key(&self) -> &'a str {
        self.key
    }

    /// Writes the name or address to connect to, without brackets and port. It needs at most the length of the given
    /// host, or the length of the cluster plus 14 bytes.
    ///
    /// # Errors
    ///
    /// [`OutputTooSmall`] with the size needed.
    pub fn host<'o>(&self, out: &'o mut [u8]) -> Result<&'o str, OutputTooSmall> {
        let mut writer = Writer::new(out);
        match self.host {
            Host::Name(name) => writer.raw(without_brackets(name)),
            Host::Cluster(_) => self.write_name(&mut writer),
        }
        writer.finish()
    }

    /// Writes the value of the `Host` header: the name, and the port unless it is the scheme's default (RFC 9110 §7.2).
    ///
    /// # Errors
    ///
    /// [`OutputTooSmall`] with the size needed.
    pub fn host_header<'o>(&self, out: &'o mut [u8]) -> Result<&'o str, OutputTooSmall> {
        let mut writer = Writer::new(out);
        self.write_host_header(&mut writer);
        writer.finish()
    }

    /// Writes the path and query of the WebSocket handshake. The key is percent-encoded (RFC 3986 §2.1).
    ///
    /// # Errors
    ///
    /// [`OutputTooSmall`] with the size needed.
    pub fn request_target<'o>(&self, out: &'o mut [u8]) -> Result<&'o str, OutputTooSmall> {
        let mut writer = Writer::new(out);
        self.write_request_target(&mut writer);
        writer.finish()
    }

    pub(crate) fn write_host_header(&self, writer: &mut Writer<'_>) {
        self.write_name(writer);
        if self.port != if self.secure { 443 } else { 80 } {
            writer.byte(b':');
            writer.short_number(self.port);
        }
    }

    pub(crate) fn write_request_target(&self, writer: &mut Writer<'_>) {
        writer.raw(self.prefix);
        writer.raw("/app/");
        writer.percent_encoded(self.key);
        writer.raw(concat!("?protocol=7&client=rust-pusher-proto&version=", env!("CARGO_PKG_VERSION")));
        if !self.extra_query.0.is_empty() {
            writer.byte(b'&');
            writer.raw(self.extra_query.0);
        }
    }

    fn write_name(&self, writer: &mut Writer<'_>) {
        match self.host {
            Host::Name(name) => writer.raw(name),
            Host::Cluster(cluster) => {
                writer.raw("ws-");
                writer.raw(cluster);
                writer.raw(".pusher.com");
            }
        }
    }
}

/// Returns whether the handshake sends this header itself, or the header would announce a body.
fn is_reserved(name: &str) -> bool {
    let own = ["host", "upgrade", "connection", "content-length", "transfer-encoding"];
    let is_websocket = name.get(..14).is_some_and(|start| start.eq_ignore_ascii_case("sec-websocket-"));
    is_websocket || own.iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// Returns an IPv6 address without its brackets, or any other host unchanged.
fn without_brackets(host: &str) -> &str {
    host.strip_prefix("[").and_then(|host| host.strip_suffix("]")).unwrap_or(host)
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "the URL does not begin with ws:// or wss://",
            Self::Host => "the URL's host is missing or has an invalid character",
            Self::Port => "the port of the URL is not a number from 1 to 65535",
            Self::Path => "the path of the URL has a character that is not valid in a path",
            Self::Cluster => "the cluster is empty or has a character that is not valid in a host",
            Self::Query => "the query has a character that must be percent-encoded",
        })
    }
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (index, what) = match self {
            Self::Name { index } => (index, "name is not a token"),
            Self::Value { index } => (index, "value has a character that is not valid in a header"),
            Self::Reserved { index } => (index, "name belongs to the handshake"),
        };
        write!(f, "header {index} of the handshake: its {what}")
    }
}

impl core::error::Error for HeaderError {}

impl core::error::Error for UrlError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_parsed_into_their_parts() {
        let cases = [
            ("ws://127.0.0.1:6001", false, "127.0.0.1", 6001, "127.0.0.1:6001", "/app/k?"),
            ("ws://localhost", false, "localhost", 80, "localhost", "/app/k?"),
            ("ws://localhost:80/", false, "localhost", 80, "localhost", "/app/k?"),
            ("wss://ws.example.com", true, "ws.example.com", 443, "ws.example.com", "/app/k?"),
            ("wss://my-host_1.z", true, "my-host_1.z", 443, "my-host_1.z", "/app/k?"),
            ("WSS://h", true, "h", 443, "h", "/app/k?"),
            ("Ws://h", false, "h", 80, "h", "/app/k?"),
            ("wss://h:80/a/b/", true, "h", 80, "h:80", "/a/b/app/k?"),
            ("ws://[::1]:6001/p", false, "::1", 6001, "[::1]:6001", "/p/app/k?"),
            ("ws://[fe80::1]", false, "fe80::1", 80, "[fe80::1]", "/app/k?"),
        ];
        for (url, secure, host, port, header, target) in cases {
            let endpoint = Endpoint::from_url(url, "k").unwrap();
            let mut out = [0; 128];
            assert_eq!((endpoint.is_secure(), endpoint.port()), (secure, port), "{url}");
            assert_eq!(endpoint.host(&mut out).unwrap(), host);
            assert_eq!(endpoint.host_header(&mut out).unwrap(), header);
            assert!(endpoint.request_target(&mut out).unwrap().starts_with(target), "{url}");
        }
    }

    #[test]
    fn the_error_of_an_invalid_url_names_the_part() {
        let cases = [
            ("", UrlError::Scheme),
            ("http://h", UrlError::Scheme),
            ("h:6001", UrlError::Scheme),
            ("wssé://h", UrlError::Scheme),
            ("ws:/é", UrlError::Scheme),
            ("ws://", UrlError::Host),
            ("ws://:80", UrlError::Host),
            ("ws://a b", UrlError::Host),
            ("ws://h\r\n", UrlError::Host),
            ("ws://user@h", UrlError::Host),
            ("ws://[::1", UrlError::Host),
            ("ws://[]", UrlError::Host),
            ("ws://[::-1]", UrlError::Host),
            ("ws://[::_1]", UrlError::Host),
            ("ws://[::g]", UrlError::Host),
            ("ws://[zz]:80/", UrlError::Host),
            ("ws://[abc]:80/", UrlError::Host),
            ("ws://[127.0.0.1]", UrlError::Host),
            ("ws://a:b:1", UrlError::Host),
            ("ws://h:", UrlError::Port),
            ("ws://h:0", UrlError::Port),
            ("ws://h:65536", UrlError::Port),
            ("ws://h:x", UrlError::Port),
            ("ws://h/a?b", UrlError::Path),
            ("ws://h/a b", UrlError::Path),
            ("ws://h/\r\n", UrlError::Path),
        ];
        for (url, error) in cases {
            assert_eq!(Endpoint::from_url(url, "k"), Err(error), "{url:?}");
        }
    }

    #[test]
    fn a_cluster_becomes_a_host_name_of_pusher() {
        let endpoint = Endpoint::cluster("eu", "key").unwrap();
        let mut out = [0; 128];
        assert_eq!(endpoint.host(&mut out).unwrap(), "ws-eu.pusher.com");
        assert_eq!(endpoint.host_header(&mut out).unwrap(), "ws-eu.pusher.com");
        assert_eq!((endpoint.port(), endpoint.is_secure()), (443, true));
    }

    #[test]
    fn values_that_cannot_be_sent_are_refused_at_once() {
        for cluster in ["", "a b", "eu/x?", "eu\r\n", "é", "eu@x", "eu:1"] {
            assert_eq!(Endpoint::cluster(cluster, "k"), Err(UrlError::Cluster), "{cluster:?}");
        }
        let endpoint = Endpoint::cluster("eu", "k").unwrap();
        for query in ["a=1#b", "a b", "a\r\n", "é", "\u{7f}"] {
            assert_eq!(endpoint.with_query(query), Err(UrlError::Query), "{query:?}");
        }
        let good = ("Origin", "https://example.com");
        assert_eq!(endpoint.with_headers(&[good, ("Authorization", "Bearer a b")]).unwrap().headers()[0], good);
        let cases = [
            (("A\r\nB", "c"), HeaderError::Name { index: 1 }),
            (("", "c"), HeaderError::Name { index: 1 }),
            (("A:", "c"), HeaderError::Name { index: 1 }),
            (("A", "b\r\nEvil: 1"), HeaderError::Value { index: 1 }),
            (("A", "é"), HeaderError::Value { index: 1 }),
            (("HOST", "c"), HeaderError::Reserved { index: 1 }),
            (("content-length", "1"), HeaderError::Reserved { index: 1 }),
            (("sec-websocket-protocol", "c"), HeaderError::Reserved { index: 1 }),
        ];
        for (header, error) in cases {
            assert_eq!(endpoint.with_headers(&[good, header]).map(|_| ()), Err(error), "{header:?}");
        }
        let printed = std::format!("{:?}", endpoint.with_headers(&[("Authorization", "secret")]).unwrap());
        assert!(printed.contains("Authorization") && !printed.contains("secret"), "{printed}");
    }

    #[test]
    fn keys_are_encoded_and_parameters_added() {
        let endpoint = Endpoint::cluster("mt1", "a/b?é k").unwrap().with_query("x=1").unwrap();
        let mut out = [0; 128];
        let version = env!("CARGO_PKG_VERSION");
        let expected =
            std::format!("/app/a%2Fb%3F%C3%A9%20k?protocol=7&client=rust-pusher-proto&version={version}&x=1");
        assert_eq!(endpoint.request_target(&mut out).unwrap(), expected);
        assert_eq!(endpoint.request_target(&mut [0; 20]), Err(OutputTooSmall { needed: expected.len() }));
    }

    #[test]
    fn tls_on_demand_moves_the_default_port() {
        let plain = Endpoint::from_url("ws://h", "k").unwrap();
        assert_eq!((plain.with_tls().port(), plain.with_tls().is_secure()), (443, true));
        assert_eq!(Endpoint::from_url("ws://h:6001", "k").unwrap().with_tls().port(), 6001);
    }
}
