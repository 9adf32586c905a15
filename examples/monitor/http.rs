//! One HTTP request at a time, as small as it can be.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
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

    /// The same with `target` behind the path.
    #[cfg(feature = "rest")]
    pub fn join(&self, target: &str) -> Self {
        let target = format!("{}{target}", self.target.trim_end_matches('/'));
        Self { secure: self.secure, host: self.host.clone(), port: self.port, target }
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
pub fn post(
    url: &Url,
    headers: &[(&str, &str)],
    body: &str,
    tls: &Arc<ClientConfig>,
) -> Result<(u16, Vec<u8>), Failure> {
    let mut stream = Stream::connect(&url.host, url.port, url.secure.then_some(tls))?;
    let Url { host, port, target, .. } = url;
    let length = body.len();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!(
        "POST {target} HTTP/1.1\r\nHost: {host}:{port}\r\n{headers}Content-Length: {length}\r\n\
         Accept: application/json\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = BufReader::new(stream.take(LONGEST));
    receive(&mut answer).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => format!("{url} does not answer in HTTP").into(),
        _ => format!("{url} does not answer: {error}").into(),
    })
}

/// Reads an answer: the status, and a body of the length that is told, in chunks, or as long as the connection lasts.
fn receive(answer: &mut impl BufRead) -> io::Result<(u16, Vec<u8>)> {
    let (mut status, mut length, mut is_chunked) = (None, None, false);
    loop {
        let line = line(answer)?;
        if status.is_none() {
            let number = line.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
            status = Some(number.ok_or(io::ErrorKind::InvalidData)?);
        } else if let Some((name, value)) = line.split_once(':') {
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = Some(value.parse().map_err(|_| io::ErrorKind::InvalidData)?),
                "transfer-encoding" => is_chunked = value.eq_ignore_ascii_case("chunked"),
                _ => {}
            }
        } else if line.is_empty() {
            break;
        }
    }
    let mut body = Vec::new();
    if is_chunked {
        loop {
            let size = line(answer)?;
            let size = size.split(';').next().and_then(|size| u64::from_str_radix(size.trim(), 16).ok());
            match size.ok_or(io::ErrorKind::InvalidData)? {
                0 => break,
                size => answer.take(size).read_to_end(&mut body)?,
            };
            line(answer)?;
        }
    } else if let Some(length) = length {
        // Not to the end: some servers leave the connection open all the same.
        answer.take(length).read_to_end(&mut body)?;
    } else {
        // Some servers end TLS without a word, and some reset the connection when all is said.
        let _ = answer.read_to_end(&mut body);
    }
    Ok((status.unwrap_or_default(), body))
}

/// The next line, which must be whole.
fn line(answer: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    answer.read_line(&mut line)?;
    let line = line.strip_suffix('\n').ok_or(io::ErrorKind::InvalidData)?;
    Ok(line.trim_end_matches('\r').to_owned())
}
