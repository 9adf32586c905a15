//! A minimal HTTP client for one request at a time, and form parameters.

use std::fmt;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};

use super::Failure;

/// The maximum length of an answer in bytes.
const LONGEST: u64 = 1 << 16;

/// `http[s]://HOST[:PORT][/PATH]`
pub struct Url {
    pub secure: bool,
    /// Without the brackets of an IPv6 address.
    pub host: String,
    pub port: u16,
    target: String,
}

impl Url {
    pub fn parse(url: &str) -> Result<Self, Failure> {
        if url.contains('@') {
            // Omits the URL, which may contain a password.
            return Err("a URL with a user name is not supported".into());
        }
        Self::split(url).ok_or_else(|| {
            format!(
                "{url} is not a URL of the form http://HOST[:PORT][/PATH] or https://.., with a port from 1 to 65535"
            )
            .into()
        })
    }

    fn split(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let (secure, standard) = match scheme {
            "http" => (false, 80),
            "https" => (true, 443),
            _ => return None,
        };
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        // Splits at the last colon outside an IPv6 address.
        let (host, port) = match authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
            Some((host, port)) => (host, port.parse().ok().filter(|&port| port > 0)?),
            None => (authority, standard),
        };
        let host = host.strip_prefix('[').map_or(Some(host), |host| host.strip_suffix(']'))?;
        let is_visible = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if host.is_empty() || !is_visible(host) || !is_visible(target) || host.contains(['[', ']', '#']) {
            return None;
        }
        let slash = if target.starts_with('/') { "" } else { "/" };
        Some(Self { secure, host: host.to_owned(), port, target: format!("{slash}{target}") })
    }

    /// Returns this URL with `target` appended to the path.
    pub fn join(&self, target: &str) -> Self {
        let target = format!("{}{target}", self.target.trim_end_matches('/'));
        Self { secure: self.secure, host: self.host.clone(), port: self.port, target }
    }

    /// Returns host and port, an IPv6 address in brackets (RFC 3986 section 3.2.2).
    pub fn authority(&self) -> String {
        let bracket = if self.host.contains(':') { ["[", "]"] } else { ["", ""] };
        format!("{}{}{}:{}", bracket[0], self.host, bracket[1], self.port)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.target)
    }
}

/// Sends a request to `url` over the connected `stream`. Returns the status and the body of the answer.
pub fn exchange<'h>(
    mut stream: impl Read + Write,
    url: &Url,
    method: &str,
    headers: impl IntoIterator<Item = (&'h str, &'h str)>,
    body: &str,
) -> Result<(u16, Vec<u8>), Failure> {
    let headers: String = headers.into_iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!(
        "{method} {} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {}\r\nAccept: application/json\r\n\
         Connection: close\r\n\r\n{body}",
        url.target,
        url.authority(),
        body.len()
    );
    let sent = stream.write_all(request.as_bytes()).and_then(|()| stream.flush());
    let answer = sent.and_then(|()| receive(&mut BufReader::new(stream.take(LONGEST))));
    // Omits the query, which contains the signature of a request.
    answer.map_err(|error| match error.kind() {
        ErrorKind::InvalidData => format!("{} does not answer in HTTP", url.authority()).into(),
        _ => format!("{} does not answer: {error}", url.authority()).into(),
    })
}

/// Reads an answer: the status, and a body with a content length, in chunks, or up to the end of the connection.
fn receive(answer: &mut impl BufRead) -> io::Result<(u16, Vec<u8>)> {
    let head = loop {
        let head = Head::read(answer)?;
        // Skips interim answers (RFC 9110 section 15.2).
        if !(100..200).contains(&head.status) {
            break head;
        }
    };
    let mut body = Vec::new();
    if head.is_chunked {
        loop {
            let size = line(answer)?;
            let size = size.split(';').next().and_then(|size| u64::from_str_radix(size.trim(), 16).ok());
            match size.ok_or(ErrorKind::InvalidData)? {
                0 => break,
                size => take(answer, size, &mut body)?,
            }
            line(answer)?;
        }
    } else if let Some(length) = head.length {
        // Does not read to the end: some servers keep the connection open regardless.
        take(answer, length, &mut body)?;
    } else if head.status != 204 {
        match answer.read_to_end(&mut body) {
            // Some servers end TLS without a close notification, or reset the connection after the answer.
            Err(error) if !matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => {
                return Err(error);
            }
            _ => {}
        }
    }
    Ok((head.status, body))
}

/// The head of an answer: its status and the framing of the body.
struct Head {
    status: u16,
    length: Option<u64>,
    is_chunked: bool,
}

impl Head {
    fn read(answer: &mut impl BufRead) -> io::Result<Self> {
        let status = line(answer)?;
        let status = status.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
        let status = status.ok_or(ErrorKind::InvalidData)?;
        let mut head = Self { status, length: None, is_chunked: false };
        loop {
            let line = line(answer)?;
            if line.is_empty() {
                return Ok(head);
            }
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                head.length = Some(value.parse().map_err(|_| ErrorKind::InvalidData)?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                head.is_chunked = value.eq_ignore_ascii_case("chunked");
            }
        }
    }
}

/// Reads exactly `length` bytes.
fn take(answer: &mut impl BufRead, length: u64, body: &mut Vec<u8>) -> io::Result<()> {
    let taken = answer.take(length).read_to_end(body)? as u64;
    if taken == length { Ok(()) } else { Err(cut_short()) }
}

/// Reads the next line, which must be complete.
fn line(answer: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    answer.read_until(b'\n', &mut line)?;
    let text = String::from_utf8(line).map_err(|_| ErrorKind::InvalidData)?;
    let line = text.strip_suffix('\n').ok_or(ErrorKind::InvalidData)?;
    Ok(line.trim_end_matches('\r').to_owned())
}

fn cut_short() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "the response is truncated")
}

/// Returns the decoded value of a form or query parameter; `None` also for an invalid encoding.
pub fn parameter(form: &str, name: &str) -> Option<String> {
    let (_, value) = form.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name)?;
    let value = value.replace('+', " ");
    let mut parts = value.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(rest.bytes());
    }
    String::from_utf8(bytes).ok()
}
