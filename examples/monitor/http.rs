//! One HTTP request at a time, as small as it can be: HTTP/1.0 knows no chunks and ends the answer with the connection.

use std::fmt;
use std::io::{Read, Write};
use std::sync::Arc;

use rustls::ClientConfig;

use crate::Failure;
use crate::socket::Stream;

/// The longest answer in bytes that is read.
const LONGEST: u64 = 1 << 16;

/// `http[s]://HOST[:PORT][/PATH]`
pub struct Url {
    secure: bool,
    host: String,
    port: u16,
    target: String,
}

impl Url {
    pub fn parse(url: &str) -> Result<Self, Failure> {
        let wrong = || format!("{url} is not a URL of the form http://HOST[:PORT][/PATH] or https://..");
        let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
        let secure = match scheme {
            "http" => false,
            "https" => true,
            _ => return Err(wrong().into()),
        };
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| wrong())?),
            _ => (authority, if secure { 443 } else { 80 }),
        };
        let host = host.trim_matches(['[', ']']);
        let is_visible = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if host.is_empty() || !is_visible(host) || !is_visible(target) || host.contains('@') {
            return Err(wrong().into());
        }
        let slash = if target.starts_with('/') { "" } else { "/" };
        Ok(Self { secure, host: host.to_owned(), port, target: format!("{slash}{target}") })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        let bracket = if self.host.contains(':') { ["[", "]"] } else { ["", ""] };
        write!(f, "{scheme}://{}{}{}:{}{}", bracket[0], self.host, bracket[1], self.port, self.target)
    }
}

/// Posts `body` and returns the status and the body of the answer.
pub fn post(url: &Url, content_type: &str, body: &str, tls: &Arc<ClientConfig>) -> Result<(u16, Vec<u8>), Failure> {
    let mut stream = Stream::connect(&url.host, url.port, url.secure.then_some(tls))?;
    let Url { host, port, target, .. } = url;
    let length = body.len();
    let request = format!(
        "POST {target} HTTP/1.0\r\nHost: {host}:{port}\r\nContent-Type: {content_type}\r\n\
         Content-Length: {length}\r\nAccept: application/json\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    // Some servers end TLS without a word, and some reset the connection when all is said.
    let ended = stream.take(LONGEST).read_to_end(&mut answer);
    let wrong = || match &ended {
        Err(error) => format!("{url} does not answer: {error}"),
        Ok(_) => format!("{url} does not answer in HTTP"),
    };
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n").ok_or_else(wrong)?;
    let status = std::str::from_utf8(&answer[..head]).ok().and_then(|head| head.split(' ').nth(1)?.parse().ok());
    Ok((status.ok_or_else(wrong)?, answer.split_off(head + 4)))
}
