//! Compares `Endpoint` with the crate `http`, and checks that nothing it writes can break out of a request.

use arbitrary::{Arbitrary, Unstructured};
use pusher_proto::endpoint::{Endpoint, HeaderError, UrlError};
use tungstenite::http::{HeaderName, Uri};

use super::super::units::rest;

pub const MAX_LEN: usize = 512;

/// Texts with a byte 0xff between them: the URL, the key, the query, the cluster, and the name and value of a header.
#[derive(Debug)]
pub struct Input<'a> {
    url: &'a str,
    key: &'a str,
    query: &'a str,
    cluster: &'a str,
    header: (&'a str, &'a str),
}

impl<'a> Arbitrary<'a> for Input<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let mut texts = rest(input).split(|byte| *byte == 0xff).map(|text| match std::str::from_utf8(text) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&text[..error.valid_up_to()]).unwrap(),
        });
        let mut next = || texts.next().unwrap_or_default();
        Ok(Self { url: next(), key: next(), query: next(), cluster: next(), header: (next(), next()) })
    }
}

pub fn run(Input { url, key, query, cluster, header }: Input<'_>) {
    let parsed = Endpoint::from_url(url, key);
    let expected = reference(url);
    assert_eq!(parsed.is_ok(), expected.is_some(), "{parsed:?}, but it is {expected:?}");
    if let (Ok(endpoint), Some(expected)) = (parsed, expected) {
        assert_eq!(endpoint.is_secure(), expected.is_secure);
        assert_eq!(endpoint.port(), expected.port);
        assert_eq!(text(|out| endpoint.host(out)), expected.host.trim_matches(['[', ']']));
        let default = if expected.is_secure { 443 } else { 80 };
        let port = if expected.port == default { String::new() } else { format!(":{}", expected.port) };
        assert_eq!(text(|out| endpoint.host_header(out)), expected.host.clone() + &port);
        target(&endpoint, &expected.path, key, "");

        let secure = endpoint.with_tls();
        assert!(secure.is_secure());
        assert_eq!(secure.port(), if expected.port == 80 && !expected.is_secure { 443 } else { expected.port });

        let is_query = query.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        match endpoint.with_query(query) {
            Ok(endpoint) => {
                assert!(is_query);
                target(&endpoint, &expected.path, key, query);
            }
            Err(error) => assert_eq!((error, is_query), (UrlError::Query, false)),
        }
        let headers = [("Origin", "a"), header];
        let is_name = HeaderName::from_bytes(header.0.as_bytes()).is_ok();
        let is_value = header.1.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        let lower = header.0.to_ascii_lowercase();
        let own = ["host", "upgrade", "connection", "content-length", "transfer-encoding"];
        let is_own = own.contains(&&*lower) || lower.starts_with("sec-websocket-");
        match endpoint.with_headers(&headers) {
            Ok(endpoint) => {
                assert!(is_name && is_value && !is_own);
                assert_eq!(endpoint.headers(), headers);
                // The value may be secret. It may also occur elsewhere.
                let with = format!("{endpoint:?}").matches(header.1).count();
                let hidden = [("Origin", "a"), (header.0, "")];
                let without = endpoint.with_headers(&hidden).unwrap();
                assert_eq!(with, format!("{without:?}").matches(header.1).count());
            }
            Err(HeaderError::Name { index: 1 }) => assert!(!is_name),
            Err(HeaderError::Value { index: 1 }) => assert!(!is_value),
            Err(HeaderError::Reserved { index: 1 }) => assert!(is_own),
            Err(error) => panic!("{error:?}"),
        }
    }
    let is_cluster = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    match Endpoint::cluster(cluster, key) {
        Ok(endpoint) => {
            assert!(!cluster.is_empty() && cluster.bytes().all(is_cluster));
            assert_eq!(text(|out| endpoint.host(out)), format!("ws-{cluster}.pusher.com"));
            assert_eq!(text(|out| endpoint.host_header(out)), format!("ws-{cluster}.pusher.com"));
            assert_eq!((endpoint.port(), endpoint.is_secure()), (443, true));
            target(&endpoint, "", key, "");
        }
        Err(error) => {
            assert_eq!(error, UrlError::Cluster);
            assert!(cluster.is_empty() || !cluster.bytes().all(is_cluster));
        }
    }
}

/// The parts of a URL.
#[derive(Debug)]
struct Parts {
    is_secure: bool,
    /// With brackets around an address.
    host: String,
    port: u16,
    /// Without slashes at the end.
    path: String,
}

/// Returns the parts of a URL that `http` accepts, within the rules of `Endpoint::from_url`.
fn reference(url: &str) -> Option<Parts> {
    // `http` removes fragments and accepts more characters in a path.
    let (scheme, rest) = url.split_once("://")?;
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    if !url.is_ascii() || !path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'?' && byte != b'#') {
        return None;
    }
    let is_secure = match scheme.to_ascii_lowercase().as_str() {
        "ws" => false,
        "wss" => true,
        _ => return None,
    };
    // `http` restricts neither the host to characters of names nor the address to those of addresses.
    let authority = &rest[..rest.len() - path.len()];
    let host = match authority.find(']') {
        // `http` limits the colons, and this crate leaves the syntax of addresses to the resolver.
        Some(end) if authority.starts_with('[') => authority[..=end].to_owned(),
        _ => format!("{scheme}://{authority}/").parse::<Uri>().ok()?.host()?.to_owned(),
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_address = |byte: u8| byte.is_ascii_hexdigit() || b":.".contains(&byte);
    let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.contains(':') && address.bytes().all(is_address),
        None => !host.is_empty() && host.bytes().all(is_name),
    };
    let default = if is_secure { 443 } else { 80 };
    let port = match authority.strip_prefix(&*host)? {
        "" => default,
        port => {
            let digits = port.strip_prefix(':')?;
            let port = digits.parse().ok().filter(|port| *port != 0)?;
            // The standard library accepts a sign.
            if digits.starts_with('+') {
                return None;
            }
            port
        }
    };
    is_host.then(|| Parts { is_secure, host, port, path: path.trim_end_matches('/').into() })
}

/// Checks the target of the request.
fn target(endpoint: &Endpoint<'_>, prefix: &str, key: &str, query: &str) {
    let target = text(|out| endpoint.request_target(out));
    assert!(target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#'), "{target}");
    let rest = target.strip_prefix(prefix).unwrap().strip_prefix("/app/").unwrap();
    let (encoded, parameters) = rest.split_once('?').unwrap();
    assert!(!encoded.contains('/'));
    assert_eq!(decoded(encoded), key.as_bytes());
    let parameters = parameters.strip_prefix("protocol=7&client=rust-pusher-proto&version=").unwrap();
    let (_, extra) = parameters.split_once('&').unwrap_or((parameters, ""));
    assert_eq!(extra, query);
}

fn decoded(encoded: &str) -> Vec<u8> {
    let mut parts = encoded.split('%');
    let mut decoded = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        decoded.push(u8::from_str_radix(&part[..2], 16).unwrap());
        decoded.extend(&part.as_bytes()[2..]);
    }
    decoded
}

/// Returns the output of `write` and checks the reported size.
fn text(write: impl for<'o> Fn(&'o mut [u8]) -> Result<&'o str, pusher_proto::OutputTooSmall>) -> String {
    let needed = match write(&mut []) {
        Ok(text) => return text.into(),
        Err(error) => error.needed(),
    };
    let mut out = vec![0; needed];
    assert_eq!(write(&mut out[..needed - 1]).unwrap_err().needed(), needed);
    let text = write(&mut out).unwrap();
    assert_eq!(text.len(), needed);
    text.into()
}
