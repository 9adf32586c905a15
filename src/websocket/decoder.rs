//! Frames from the server, decoded in the buffer that the socket was read into.
//!
//! Bytes of headers and control frames move into the decoder as they arrive, bytes of messages stay in the buffer. So
//! whenever more bytes are needed, the buffer holds nothing but the unfinished message, and no byte moves more than once:
//!
//! ```text
//!   start        end        read          filled
//!     | message   |  (consumed) | not decoded  |  space  |
//! ```
//!
//! A message in one frame stays where it is. Fragments are moved down behind each other.

use core::mem;
use core::ops::Range;

use super::encoder::{CONTROL_PAYLOAD, Kind, Opcode};
use super::header::Header;
use super::{CloseCode, ProtocolError};

/// What the server sent, as handed out by [`Decoder::poll`] and [`WebSocket::poll`](super::WebSocket::poll).
///
/// Messages borrow the buffer (`'b`), control frames the decoder (`'d`). Both are gone at the next call.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message<'d, 'b> {
    /// The opening handshake succeeded: send away. Only from [`WebSocket::poll`](super::WebSocket::poll), once.
    Open,
    /// A whole text message, checked to be UTF-8. Writable, so that it can be decoded in place.
    Text(&'b mut [u8]),
    /// A whole binary message.
    Binary(&'b mut [u8]),
    /// A ping with up to 125 bytes, which a pong must echo.
    Ping(&'d [u8]),
    /// A pong with up to 125 bytes.
    Pong(&'d [u8]),
    /// The server closes the connection; nothing comes after.
    Close {
        /// Why, if it says so.
        code: Option<CloseCode>,
        /// Why in words, up to 123 bytes, often empty.
        reason: &'d str,
    },
}

/// A decoded message by place instead of by reference, for loops in which the borrow checker does not follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ready {
    Open,
    Message(Kind, Range<usize>),
    Ping,
    Pong,
    Close(Option<CloseCode>),
}

/// Decodes the server's frames in a buffer that the caller lends: always the same one, with its content untouched.
///
/// About 200 bytes. The buffer holds one message and what was received behind it; its length less one is the longest
/// message in bytes, in one frame or in fragments, with control frames between them or not. The caller reads the socket into
/// [`space`](Self::space), tells how much with [`received`](Self::received), and polls until `None`.
///
/// ```
/// use pusher_proto::websocket::{Decoder, Message};
///
/// let (mut buffer, mut decoder) = ([0; 16], Decoder::new());
/// for piece in [&b"\x01\x03Hel"[..], b"\x89\x00\x80", b"\x02lo"] {
///     decoder.space(&mut buffer)[..piece.len()].copy_from_slice(piece); // a socket's read
///     decoder.received(piece.len());
///     while let Some(message) = decoder.poll(&mut buffer)? {
///         match message {
///             Message::Text(text) => assert_eq!(text, b"Hello"),
///             Message::Ping(payload) => assert_eq!(payload, b""),
///             other => panic!("{other:?}"),
///         }
///     }
/// }
/// # Ok::<(), pusher_proto::websocket::ProtocolError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    start: usize,
    end: usize,
    read: usize,
    filled: usize,
    /// The text in `start..checked` is UTF-8.
    checked: usize,
    /// The kind of the unfinished message.
    kind: Option<Kind>,
    phase: Phase,
    /// Bytes of the current frame's payload that have not arrived.
    remaining: usize,
    /// A header, then the payload of a control frame, as they arrive.
    staged: [u8; CONTROL_PAYLOAD],
    staged_len: usize,
    /// Length of the last control frame's payload, which lies in `staged`.
    control_len: usize,
    failed: Option<ProtocolError>,
}

/// What the next bytes are.
#[derive(Clone, Copy, Debug)]
enum Phase {
    Header,
    Data {
        fin: bool,
    },
    Control(Opcode),
    /// After a close frame: nothing.
    Closed,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder at the first byte after the head of the server's handshake.
    pub const fn new() -> Self {
        Self {
            start: 0,
            end: 0,
            read: 0,
            filled: 0,
            checked: 0,
            kind: None,
            phase: Phase::Header,
            remaining: 0,
            staged: [0; CONTROL_PAYLOAD],
            staged_len: 0,
            control_len: 0,
            failed: None,
        }
    }

    /// The free part of the buffer, to read the socket into.
    ///
    /// Never empty after [`poll`](Self::poll) has returned `None`, if the buffer has at least one byte.
    pub fn space<'b>(&self, buffer: &'b mut [u8]) -> &'b mut [u8] {
        buffer.get_mut(self.filled..).unwrap_or_default()
    }

    /// `len` bytes were read into the front of [`space`](Self::space).
    pub fn received(&mut self, len: usize) {
        self.filled = self.filled.saturating_add(len);
    }

    /// The next message or control frame; `None` when more bytes are needed.
    ///
    /// Takes time linear in the bytes received, however they are cut. After a close frame all further bytes are dropped.
    ///
    /// # Errors
    ///
    /// A [`ProtocolError`] as soon as the bytes received allow no other end; text is checked before its frame is complete.
    /// The decoder is finished then: the same error is returned for ever.
    pub fn poll<'d, 'b>(&'d mut self, buffer: &'b mut [u8]) -> Result<Option<Message<'d, 'b>>, ProtocolError> {
        let ready = self.advance(buffer)?;
        Ok(ready.map(|ready| self.message(ready, buffer)))
    }

    /// [`poll`](Self::poll) in two steps: this one borrows nothing, [`message`](Self::message) does.
    pub(crate) fn advance(&mut self, buffer: &mut [u8]) -> Result<Option<Ready>, ProtocolError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.filled = self.filled.min(buffer.len());
        let outcome = self.decode(buffer);
        match outcome {
            Ok(Some(_)) => {}
            Ok(None) => self.discard(), // nothing but the space, which then begins right behind the unfinished message
            Err(error) => self.failed = Some(error),
        }
        outcome
    }

    /// The message that [`advance`](Self::advance) has found. Valid until `advance` is called again.
    pub(crate) fn message<'d, 'b>(&'d self, ready: Ready, buffer: &'b mut [u8]) -> Message<'d, 'b> {
        match ready {
            Ready::Open => Message::Open,
            Ready::Message(Kind::Text, range) => Message::Text(buffer.get_mut(range).unwrap_or_default()),
            Ready::Message(Kind::Binary, range) => Message::Binary(buffer.get_mut(range).unwrap_or_default()),
            Ready::Ping => Message::Ping(self.control()),
            Ready::Pong => Message::Pong(self.control()),
            Ready::Close(code) => Message::Close { code, reason: self.close_reason() },
        }
    }

    /// The text of the close frame that was found. Valid until [`advance`](Self::advance) is called again.
    pub(super) fn close_reason(&self) -> &str {
        core::str::from_utf8(self.control().get(2..).unwrap_or_default()).unwrap_or_default()
    }

    /// The payload of the control frame that was found last. Valid until [`advance`](Self::advance) is called again.
    pub(super) fn control(&self) -> &[u8] {
        self.staged.get(..self.control_len).unwrap_or_default()
    }

    /// The bytes that were received and not decoded.
    pub(super) fn unread<'b>(&self, buffer: &'b [u8]) -> &'b [u8] {
        buffer.get(self.read..self.filled.min(buffer.len())).unwrap_or_default()
    }

    /// Drops `len` bytes of [`unread`](Self::unread): the head of the handshake.
    pub(super) fn skip(&mut self, len: usize) {
        self.read = self.read.saturating_add(len).min(self.filled);
    }

    /// Drops all of [`unread`](Self::unread).
    pub(super) fn discard(&mut self) {
        self.read = self.end;
        self.filled = self.end;
    }

    fn decode(&mut self, buffer: &mut [u8]) -> Result<Option<Ready>, ProtocolError> {
        loop {
            match self.phase {
                Phase::Header => {
                    if !self.stage(buffer, 2) {
                        return Ok(None);
                    }
                    let header = Header::check(&self.staged, self.kind)?;
                    if !self.stage(buffer, header.size()) {
                        return Ok(None);
                    }
                    let len = header.payload_len(&self.staged)?;
                    self.staged_len = 0;
                    self.begin(header, len, buffer.len())?;
                }
                Phase::Data { fin } => {
                    if !self.append(buffer)? {
                        return Ok(None);
                    }
                    self.phase = Phase::Header;
                    if fin && let Some(kind) = self.kind.take() {
                        let message = self.start..self.end;
                        if matches!(kind, Kind::Text) && self.checked != self.end {
                            return Err(ProtocolError::InvalidUtf8); // it ends inside a character
                        }
                        self.start = 0;
                        self.end = 0;
                        return Ok(Some(Ready::Message(kind, message)));
                    }
                }
                Phase::Control(opcode) => {
                    if !self.stage(buffer, self.remaining) {
                        return Ok(None);
                    }
                    self.control_len = self.staged_len;
                    self.staged_len = 0;
                    self.phase = Phase::Header;
                    return match opcode {
                        Opcode::Ping => Ok(Some(Ready::Ping)),
                        Opcode::Pong => Ok(Some(Ready::Pong)),
                        _ => {
                            self.phase = Phase::Closed;
                            close_code(self.control()).map(|code| Some(Ready::Close(code)))
                        }
                    };
                }
                Phase::Closed => return Ok(None),
            }
        }
    }

    /// Moves bytes into `staged` until it holds `size`; false when that takes more than have arrived.
    fn stage(&mut self, buffer: &[u8], size: usize) -> bool {
        let missing = size.saturating_sub(self.staged_len);
        let unread = self.unread(buffer);
        let bytes = unread.get(..missing).unwrap_or(unread);
        let len = bytes.len();
        if let Some(slot) = self.staged.get_mut(self.staged_len..).and_then(|free| free.get_mut(..len)) {
            slot.copy_from_slice(bytes);
        }
        self.staged_len = self.staged_len.saturating_add(len);
        self.read = self.read.saturating_add(len);
        len == missing
    }

    /// Starts the payload of a frame, `len` bytes.
    fn begin(&mut self, header: Header, len: u64, buffer_len: usize) -> Result<(), ProtocolError> {
        if header.is_control() {
            self.phase = Phase::Control(header.opcode);
            self.remaining = len as usize; // at most 125
            return Ok(());
        }
        // One byte stays free: without it a frame behind an unfinished message could not be received.
        let capacity = buffer_len.saturating_sub(1);
        let size = (self.end.saturating_sub(self.start) as u64).saturating_add(len);
        if size > capacity as u64 {
            return Err(ProtocolError::TooBig { size, capacity });
        }
        let len = len as usize; // at most `capacity`
        let kind = match header.opcode {
            Opcode::Text => Some(Kind::Text),
            Opcode::Binary => Some(Kind::Binary),
            _ => None,
        };
        if kind.is_some() {
            let stays = header.fin && len <= buffer_len.saturating_sub(self.read);
            self.start = if stays { self.read } else { 0 };
            self.end = self.start;
            self.checked = self.start;
            self.kind = kind;
        }
        self.phase = Phase::Data { fin: header.fin };
        self.remaining = len;
        Ok(())
    }

    /// Takes the bytes of the current frame that have arrived into the message; true when those were the last.
    fn append(&mut self, buffer: &mut [u8]) -> Result<bool, ProtocolError> {
        let len = self.remaining.min(self.filled.saturating_sub(self.read));
        let end = self.end.saturating_add(len);
        let next = self.read.saturating_add(len);
        let distance = self.read.saturating_sub(self.end);
        if distance != 0 {
            move_down(buffer.get_mut(self.end..next).unwrap_or_default(), distance);
        }
        self.end = end;
        self.read = next;
        self.remaining = self.remaining.saturating_sub(len);
        if matches!(self.kind, Some(Kind::Text)) {
            let text = buffer.get(self.checked..end).unwrap_or_default();
            let valid = match core::str::from_utf8(text) {
                Ok(text) => text.len(),
                Err(error) if error.error_len().is_some() => return Err(ProtocolError::InvalidUtf8),
                Err(error) => error.valid_up_to(), // the last character has not arrived entirely
            };
            self.checked = self.checked.saturating_add(valid);
        }
        Ok(self.remaining == 0)
    }
}

/// Moves the bytes of `region` from `distance` on to its front; what was there does not matter any more.
///
/// They change places, because a copy inside one slice is a call of `memmove`, 1,300 bytes on a Cortex-M0.
fn move_down(region: &mut [u8], distance: usize) {
    for at in distance..region.len() {
        if let Ok([to, from]) = region.get_disjoint_mut([at.wrapping_sub(distance), at]) {
            mem::swap(to, from);
        }
    }
}

/// Checks the payload of a close frame (RFC 6455 §5.5.1) and returns its code.
fn close_code(payload: &[u8]) -> Result<Option<CloseCode>, ProtocolError> {
    match *payload {
        [] => Ok(None),
        [_] => Err(ProtocolError::CloseTooShort),
        [high, low, ref reason @ ..] => {
            let code = u16::from_be_bytes([high, low]);
            let code = CloseCode::new(code).ok_or(ProtocolError::InvalidCloseCode(code))?;
            core::str::from_utf8(reason).map_err(|_| ProtocolError::InvalidUtf8)?;
            Ok(Some(code))
        }
    }
}
