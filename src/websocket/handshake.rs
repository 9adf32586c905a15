//! The opening handshake (RFC 6455 §4): our request and the server's response.

use core::fmt;

use super::accept::{is_answer, key_text};
use super::head::{line, part, trimmed};
use crate::output::OutputTooSmall;
use crate::output::Writer;
use crate::text;

/// An opening handshake as a client.
///
/// Write the request, collect the response in a buffer, and pass it to [`read_response`](Self::read_response) whenever
/// it has grown. The request offers no extension and no subprotocol, and a response that selects one is refused.
#[derive(Clone, Debug)]
pub struct Handshake {
    key: [u8; 16],
    /// Where the current response begins, after interim ones.
    start: usize,
    /// The bytes of the response that were searched for the end of the head.
    scanned: usize,
    /// Whether only a carriage return followed the last line feed.
    line_is_empty: bool,
    /// The seconds since 1970 in the `Date` of the response; 0 if there is none.
    #[cfg(feature = "date")]
    date: u32,
}

impl Handshake {
    /// Creates a handshake with a `key` of 16 random bytes, fresh for each connection (RFC 6455 §4.1).
    pub const fn new(key: [u8; 16]) -> Self {
        Self {
            key,
            start: 0,
            scanned: 0,
            line_is_empty: false,
            #[cfg(feature = "date")]
            date: 0,
        }
    }

    /// Resets the handshake to the state of [`new`](Self::new). Returns the key, to be filled with random bytes. It is
    /// cleared; otherwise a random source that fails would have the last key sent again.
    pub(super) fn restart(&mut self) -> &mut [u8; 16] {
        *self = Self::new([0; 16]);
        &mut self.key
    }

    /// Writes the request into `out`: about 150 bytes plus the values.
    ///
    /// `target` is the path with its query, such as `/app/KEY?protocol=7`. `host` is the value of the `Host` header:
    /// with a port unless it is the scheme's default. `headers` are further pairs of name and value, such as `Origin`.
    ///
    /// # Errors
    ///
    /// [`RequestError::Malformed`] if a value cannot be sent: a target that does not begin with `/` or has a space or a
    /// `#`, a host with a space, `/`, `?`, `#` or `@`, a name that is not a token, a value with a line break.
    /// [`RequestError::OutputTooSmall`] with the size that is enough.
    pub fn write_request<'o>(
        &self,
        target: &str,
        host: &str,
        headers: &[(&str, &str)],
        out: &'o mut [u8],
    ) -> Result<&'o str, RequestError> {
        let is_right = target.starts_with('/')
            && text::is_query(target)
            && !host.is_empty()
            && host
                .bytes()
                .all(|byte| matches!(byte, b'!'..=b'~') && !matches!(byte, b'/' | b'?' | b'#' | b'@' | b'\\'))
            && headers.iter().all(|&(name, value)| text::is_token(name.as_bytes()) && text::is_header_value(value));
        if !is_right {
            return Err(RequestError::Malformed);
        }
        self.write_request_with(|w| w.raw(target), |w| w.raw(host), headers, out).map_err(RequestError::OutputTooSmall)
    }

    /// Writes the request like [`write_request`](Self::write_request), with a target and a host that are written piece
    /// by piece from validated parts.
    pub(crate) fn write_request_with<'o>(
        &self,
        target: impl FnOnce(&mut Writer<'_>),
        host: impl FnOnce(&mut Writer<'_>),
        headers: &[(&str, &str)],
        out: &'o mut [u8],
    ) -> Result<&'o str, OutputTooSmall> {
        let mut writer = Writer::new(out);
        writer.raw("GET ");
        target(&mut writer);
        writer.raw(" HTTP/1.1\r\nHost: ");
        host(&mut writer);
        writer.raw("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ");
        writer.bytes(&key_text(&self.key));
        for &(name, value) in headers {
            for part in ["\r\n", name, ": ", value] {
                writer.raw(part);
            }
        }
        writer.raw("\r\n\r\n");
        writer.finish()
    }

    /// Searches the first `filled` bytes of `buffer`, all bytes received so far, for the head of the response.
    ///
    /// Returns the length of the head in bytes once it is complete and valid; the bytes after it belong to the first
    /// frame. Returns `None` if more bytes are needed. Each byte is searched once, however the response is split.
    /// Interim responses before it, such as 103, are skipped and counted with it (RFC 9110 §15.2).
    ///
    /// # Errors
    ///
    /// A [`HandshakeError`] if this is not the answer of a WebSocket server to this request; drop the connection.
    pub fn read_response(&mut self, buffer: &[u8], filled: usize) -> Result<Option<usize>, HandshakeError> {
        let received = buffer.get(..filled).unwrap_or(buffer);
        loop {
            let answer = received.get(self.start..).unwrap_or_default();
            if !answer.iter().zip(b"HTTP/1.").all(|(byte, expected)| byte == expected) {
                return Err(HandshakeError::NotHttp);
            }
            match self.head(received) {
                Some(head)
                    if check(
                        head,
                        &self.key,
                        #[cfg(feature = "date")]
                        &mut self.date,
                    )? =>
                {
                    return Ok(Some(self.scanned));
                }
                Some(_) => self.start = self.scanned,
                None if received.len() == buffer.len() => {
                    return Err(HandshakeError::HeadTooLong { capacity: buffer.len() });
                }
                None => return Ok(None),
            }
        }
    }

    /// Returns the seconds since 1970 in the `Date` of the response, in one of the three formats of RFC 9110 §5.6.7.
    /// `None` if there is none, or if it is none of them. The last one counts. Only the last two digits of the year
    /// count, for the years 2000 to 2069.
    ///
    /// It is untrusted without TLS: anyone between the server and the device can change it.
    #[cfg(feature = "date")]
    pub fn server_date(&self) -> Option<u64> {
        (self.date != 0).then_some(self.date.into())
    }

    /// Returns the head including its empty line, once that has arrived.
    fn head<'b>(&mut self, received: &'b [u8]) -> Option<&'b [u8]> {
        while let Some(&byte) = received.get(self.scanned) {
            self.scanned = self.scanned.wrapping_add(1); // at most the length
            match byte {
                // After an interim response the next one begins with `H`, which begins a line that is not empty.
                b'\n' if self.line_is_empty => return received.get(self.start..self.scanned),
                b'\r' => {}
                _ => self.line_is_empty = byte == b'\n',
            }
        }
        None
    }
}

/// Validates a complete head (RFC 6455 §4.1, "the client MUST validate the server's response"). Returns `false` for an
/// interim response.
fn check(head: &[u8], key: &[u8; 16], #[cfg(feature = "date")] date: &mut u32) -> Result<bool, HandshakeError> {
    let mut rest = head;
    match line(&mut rest).and_then(status) {
        Some(101) => {}
        Some(100..=199) => return Ok(false),
        Some(status) => return Err(HandshakeError::Status(status)),
        None => return Err(HandshakeError::NotHttp),
    }
    let (mut upgrade, mut connection, mut accepted) = (None, false, None);
    loop {
        let mut value = line(&mut rest).ok_or(HandshakeError::NotHttp)?;
        if value.is_empty() {
            break;
        }
        let length = value.len();
        let name = part(&mut value, b':');
        // A folded line has no name, and a line without a colon has no value (RFC 9112 §5).
        if !text::is_token(name) || name.len() == length {
            return Err(HandshakeError::NotHttp);
        }
        value = trimmed(value);
        #[cfg(feature = "date")]
        if is(name, b"date") {
            *date = super::date::parse(value);
        }
        if is(name, b"upgrade") {
            upgrade = Some(upgrade.unwrap_or(true) && is(value, b"websocket"));
        } else if is(name, b"connection") {
            while !value.is_empty() {
                connection |= is(trimmed(part(&mut value, b',')), b"upgrade");
            }
        } else if is(name, b"sec-websocket-accept") {
            accepted = Some(accepted.unwrap_or(true) && is_answer(value, key));
        } else if is(name, b"sec-websocket-extensions") {
            if !value.is_empty() {
                return Err(HandshakeError::UnexpectedExtension);
            }
        } else if is(name, b"sec-websocket-protocol") && !value.is_empty() {
            return Err(HandshakeError::UnexpectedSubprotocol);
        }
    }
    match (upgrade, connection, accepted) {
        (None | Some(false), ..) => Err(HandshakeError::MissingUpgrade),
        (_, false, _) => Err(HandshakeError::MissingConnection),
        (.., Some(true)) => Ok(true),
        _ => Err(HandshakeError::WrongAccept),
    }
}

/// Compares `text` with `expected`, ASCII case-insensitively. `expected` has letters, which differ in one bit, and
/// hyphens, for which that bit makes a character that is not text.
#[inline(never)] // size
fn is(text: &[u8], expected: &[u8]) -> bool {
    text.len() == expected.len() && text.iter().zip(expected).all(|(byte, expected)| byte | 0x20 == *expected)
}

/// Parses the status in a status line (RFC 9112 §4) after its `HTTP/1.`: `1 101 Switching Protocols`, with or without
/// the phrase.
fn status(line: &[u8]) -> Option<u16> {
    let [_, _, _, _, _, _, _, b'0' | b'1', b' ', rest @ ..] = line else { return None };
    let (digits, phrase) = rest.split_at_checked(3)?;
    match phrase {
        [] | [b' ', ..] => text::number(digits).map(|status| status as u16), // at most 999
        _ => None,
    }
}

/// An error of writing the request. Nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RequestError {
    /// The target, the host or a header cannot be sent. Caused by the caller.
    Malformed,
    /// The buffer is too small. Caused by the caller.
    OutputTooSmall(OutputTooSmall),
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => {
                f.write_str("the target, the host or a header of the request contains a forbidden character")
            }
            Self::OutputTooSmall(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for RequestError {}

/// The server did not open the WebSocket. Drop the connection; there is nothing to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HandshakeError {
    /// The bytes are not an HTTP/1 response. Caused by the server, or it is another kind of server (TLS?).
    NotHttp,
    /// The status is not 101, for example 404 for an unknown path or 503 for a server that shuts down.
    Status(u16),
    /// The response has no `Upgrade: websocket`, or an `Upgrade` with another value.
    MissingUpgrade,
    /// The response has no `Connection: Upgrade`.
    MissingConnection,
    /// `Sec-WebSocket-Accept` is missing or does not answer our key; a cache may have replied.
    WrongAccept,
    /// The server selected an extension, but none was offered.
    UnexpectedExtension,
    /// The server selected a subprotocol, but none was offered.
    UnexpectedSubprotocol,
    /// The head of the response is longer than the buffer.
    HeadTooLong {
        /// The length of the buffer in bytes.
        capacity: usize,
    },
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotHttp => "the server's answer to the handshake is not HTTP; does the port expect TLS?",
            Self::Status(status) => return write!(f, "the server refused the WebSocket with status {status}"),
            Self::MissingUpgrade => "the server's answer to the handshake lacks Upgrade: websocket",
            Self::MissingConnection => "the server's answer to the handshake lacks Connection: Upgrade",
            Self::WrongAccept => "the server's Sec-WebSocket-Accept does not match the key; a proxy may have answered",
            Self::UnexpectedExtension => "the server chose an extension that was not offered",
            Self::UnexpectedSubprotocol => "the server chose a subprotocol that was not offered",
            Self::HeadTooLong { capacity } => {
                return write!(f, "the server's answer to the handshake does not fit the receive buffer of {capacity} bytes; enlarge it");
            }
        })
    }
}

impl core::error::Error for HandshakeError {}
