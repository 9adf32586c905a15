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

use core::str::Utf8Error;

use super::encoder::{CONTROL_PAYLOAD, Kind, Opcode};
use super::header::Header;
use super::message::{Failed, Ready};
use super::{CloseCode, Message, ProtocolError};
use crate::envelope::str_of;

/// Decodes the server's frames in a buffer that the caller lends: always the same one, with its content untouched.
///
/// About 200 bytes. The buffer holds one message and what was received behind it; its length less one is the longest
/// message in bytes, in one frame or in fragments, with control frames between them or not. The caller reads the socket into
/// [`receive_space`](Self::receive_space), tells how much with [`handle_received`](Self::handle_received), and polls until `None`.
///
/// ```
/// use pusher_proto::websocket::{Decoder, Message};
///
/// let (mut buffer, mut decoder) = ([0; 16], Decoder::new());
/// for piece in [&b"\x01\x03Hel"[..], b"\x89\x00\x80", b"\x02lo"] {
///     decoder.receive_space(&mut buffer)[..piece.len()].copy_from_slice(piece); // a socket's read
///     decoder.handle_received(piece.len());
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
#[repr(C)] // size
pub struct Decoder {
    /// The current frame's.
    header: Header,
    phase: Phase,
    /// The kind of the unfinished message.
    kind: Option<Kind>,
    /// Bytes of the current frame's payload that have not arrived.
    remaining: usize,
    start: usize,
    end: usize,
    read: usize,
    filled: usize,
    /// The text in `start..checked` is UTF-8.
    checked: usize,
    staged_len: usize,
    /// Length of the last control frame's payload, which lies in `staged`.
    control_len: usize,
    /// A header, then the payload of a control frame, as they arrive.
    staged: [u8; CONTROL_PAYLOAD],
    failed: Option<ProtocolError>,
}

/// What the next bytes are.
#[derive(Clone, Copy, Debug)]
enum Phase {
    Header,
    Data,
    Control,
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
            phase: Phase::Header,
            kind: None,
            header: Header::NONE,
            remaining: 0,
            failed: None,
            start: 0,
            end: 0,
            read: 0,
            filled: 0,
            checked: 0,
            staged_len: 0,
            control_len: 0,
            staged: [0; CONTROL_PAYLOAD],
        }
    }

    /// Begins anew, as [`new`](Self::new) does, but for what is written before it is read.
    pub(super) fn restart(&mut self) {
        self.phase = Phase::Header;
        self.kind = None;
        self.failed = None;
        self.end = 0;
        self.read = 0;
        self.filled = 0;
        self.staged_len = 0;
    }

    /// The free part of the buffer, to read the socket into.
    ///
    /// Never empty after [`poll`](Self::poll) has returned `None` or an error, if the buffer has at least one byte.
    pub fn receive_space<'b>(&self, buffer: &'b mut [u8]) -> &'b mut [u8] {
        buffer.get_mut(self.filled..).unwrap_or_default()
    }

    /// `len` bytes were read into the front of [`receive_space`](Self::receive_space).
    pub fn handle_received(&mut self, len: usize) {
        if self.failed.is_none() {
            self.filled = self.filled.saturating_add(len);
        }
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
        match self.advance(buffer) {
            Ok(ready) => Ok(ready.map(|ready| self.found().message(ready, buffer))),
            Err(Failed) => {
                self.empty();
                self.failure().map_or(Ok(None), Err)
            }
        }
    }

    /// [`poll`](Self::poll) in two steps: this one borrows nothing, [`found`](Self::found) does.
    pub(crate) fn advance(&mut self, buffer: &mut [u8]) -> Result<Option<Ready>, Failed> {
        if self.failed.is_some() {
            return Err(Failed);
        }
        if self.kind.is_none() {
            // The last message was taken.
            self.start = 0;
            self.end = 0;
        }
        self.filled = self.filled.min(buffer.len());
        loop {
            let phase = self.phase;
            let is_complete = match phase {
                Phase::Header => self.begin(buffer)?,
                Phase::Data => self.append(buffer)?,
                Phase::Control => self.stage(buffer, self.remaining),
                Phase::Closed => false,
            };
            if !is_complete {
                self.discard(); // nothing but the space, which then begins right behind the unfinished message
                return Ok(None);
            }
            match phase {
                Phase::Data => {
                    self.phase = Phase::Header;
                    if self.header.fin() {
                        return self.finish();
                    }
                }
                Phase::Control => {
                    self.phase = Phase::Header;
                    self.control_len = self.staged_len;
                    self.staged_len = 0;
                    return match self.header.opcode() {
                        Opcode::PING => Ok(Some(Ready::Ping)),
                        Opcode::PONG => Ok(Some(Ready::Pong)),
                        _ => self.close(),
                    };
                }
                _ => {}
            }
        }
    }

    /// Returns what [`advance`](Self::advance) has found last.
    pub(super) const fn found(&self) -> Found<'_> {
        Found(self)
    }

    /// Why it has [`Failed`].
    pub(super) const fn failure(&self) -> Option<ProtocolError> {
        self.failed
    }

    /// How many bytes were received and not decoded, before the first is.
    pub(super) const fn filled(&self) -> usize {
        self.filled
    }

    /// Begins behind the first `len` bytes, the head of the handshake.
    pub(super) fn skip(&mut self, len: usize) {
        self.read = len;
    }

    /// Drops all that was received, after a failure: there is space to read on until the server drops the socket.
    pub(super) fn empty(&mut self) {
        self.end = 0;
        self.discard();
    }

    /// Drops all that was received and not decoded.
    pub(super) fn discard(&mut self) {
        self.read = self.end;
        self.filled = self.end;
    }

    fn fail<T>(&mut self, error: ProtocolError) -> Result<T, Failed> {
        self.failed = Some(error);
        Err(Failed)
    }

    /// Moves bytes into `staged` until it holds `size`; false when that takes more than have arrived.
    fn stage(&mut self, buffer: &[u8], size: usize) -> bool {
        while self.staged_len < size {
            if self.read >= self.filled {
                return false;
            }
            if let (Some(slot), Some(byte)) = (self.staged.get_mut(self.staged_len), buffer.get(self.read)) {
                *slot = *byte;
            }
            self.staged_len = self.staged_len.wrapping_add(1); // at most `size`
            self.read = self.read.wrapping_add(1); // at most `filled`
        }
        true
    }

    /// Takes a header and starts the payload behind it; false when it has not arrived entirely.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))] // size
    fn begin(&mut self, buffer: &[u8]) -> Result<bool, Failed> {
        if !self.stage(buffer, 2) {
            return Ok(false);
        }
        let header = Header::new(&self.staged);
        if let Some(error) = header.error(self.kind) {
            return self.fail(error);
        }
        let size = header.size();
        if !self.stage(buffer, size) {
            return Ok(false);
        }
        self.staged_len = 0;
        let len = match header.payload_len(self.staged.get(2..size).unwrap_or_default()) {
            Ok(len) => len,
            Err(error) => return self.fail(error),
        };
        self.header = header;
        self.remaining = len as usize; // at most 125, or the capacity
        if header.opcode().is_control() {
            self.phase = Phase::Control;
            return Ok(true);
        }
        // One byte stays free: without it a frame behind an unfinished message could not be received.
        let capacity = buffer.len().saturating_sub(1);
        let size = len.saturating_add(self.end.wrapping_sub(self.start) as u64);
        if size > capacity as u64 {
            return self.fail(ProtocolError::TooBig { size, capacity });
        }
        self.phase = Phase::Data;
        if header.opcode() != Opcode::CONTINUATION {
            let stays = header.fin() && self.remaining <= buffer.len().saturating_sub(self.read);
            self.start = if stays { self.read } else { 0 };
            self.end = self.start;
            self.checked = self.start;
            self.kind = Some(if header.opcode() == Opcode::TEXT { Kind::Text } else { Kind::Binary });
        }
        Ok(true)
    }

    /// Takes the bytes of the current frame that have arrived into the message; true when those were the last.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))] // stack
    fn append(&mut self, buffer: &mut [u8]) -> Result<bool, Failed> {
        // No sum is larger than `filled`, and that is no larger than the buffer. Were the buffer shorter than last time, `read`
        // would be behind it, and there is nothing to take.
        let len = self.remaining.min(self.filled.saturating_sub(self.read));
        if self.end != self.read {
            move_down(buffer, self.end, self.read, len);
        }
        self.end = self.end.wrapping_add(len);
        self.read = self.read.wrapping_add(len);
        self.remaining = self.remaining.wrapping_sub(len);
        if matches!(self.kind, Some(Kind::Text)) {
            let text = part(buffer, self.checked, self.end);
            let valid = match check_utf8(text) {
                Ok(()) => text.len(),
                Err(error) if error.error_len().is_some() => return self.fail(ProtocolError::InvalidUtf8),
                Err(error) => error.valid_up_to(), // the last character has not arrived entirely
            };
            self.checked = self.checked.wrapping_add(valid);
        }
        Ok(self.remaining == 0)
    }

    /// The message is whole.
    fn finish(&mut self) -> Result<Option<Ready>, Failed> {
        match self.kind.take() {
            // It ends inside a character.
            Some(Kind::Text) if self.checked != self.end => self.fail(ProtocolError::InvalidUtf8),
            Some(Kind::Text) => Ok(Some(Ready::Text)),
            _ => Ok(Some(Ready::Binary)),
        }
    }

    /// Checks the payload of a close frame (RFC 6455 §5.5.1).
    fn close(&mut self) -> Result<Option<Ready>, Failed> {
        self.phase = Phase::Closed;
        match *self.found().control() {
            [] => Ok(Some(Ready::Close)),
            [_] => self.fail(ProtocolError::CloseTooShort),
            [high, low, ref reason @ ..] => {
                let code = u16::from_be_bytes([high, low]);
                if CloseCode::new(code).is_none() {
                    self.fail(ProtocolError::InvalidCloseCode(code))
                } else if core::str::from_utf8(reason).is_err() {
                    self.fail(ProtocolError::InvalidUtf8)
                } else {
                    Ok(Some(Ready::Close))
                }
            }
        }
    }
}

/// Whether `text` is UTF-8.
fn check_utf8(text: &[u8]) -> Result<(), Utf8Error> {
    // Most text is ASCII, which takes half the time to see where there are vectors.
    if cfg!(target_pointer_width = "64") && text.is_ascii() {
        return Ok(());
    }
    core::str::from_utf8(text).map(|_| ())
}

/// What a decoder has found last. It borrows the decoder, which therefore cannot advance meanwhile.
#[derive(Clone, Copy)]
pub(crate) struct Found<'d>(&'d Decoder);

impl<'d> Found<'d> {
    /// Returns the message that `ready` names.
    pub(super) fn message<'b>(self, ready: Ready, buffer: &'b mut [u8]) -> Message<'d, 'b> {
        match ready {
            Ready::Open => Message::Open,
            Ready::Text => Message::Text(self.payload(buffer)),
            Ready::Binary => Message::Binary(self.payload(buffer)),
            Ready::Ping => Message::Ping(self.control()),
            Ready::Pong => Message::Pong(self.control()),
            Ready::Close => Message::Close { code: self.close_code(), reason: self.close_reason() },
        }
    }

    /// Returns the payload of a text or binary message.
    pub(crate) fn payload(self, buffer: &mut [u8]) -> &mut [u8] {
        part(buffer, self.0.start, self.0.end)
    }

    /// Returns the code of a close frame.
    pub(crate) fn close_code(self) -> Option<CloseCode> {
        match *self.control() {
            [high, low, ..] => CloseCode::new(u16::from_be_bytes([high, low])),
            _ => None,
        }
    }

    /// Returns the text of a close frame.
    pub(crate) fn close_reason(self) -> &'d str {
        match self.control() {
            [_, _, reason @ ..] => str_of(reason),
            _ => "",
        }
    }

    /// Returns the payload of a control frame.
    pub(super) fn control(self) -> &'d [u8] {
        self.0.staged.get(..self.0.control_len).unwrap_or_default()
    }
}

/// What lies in `buffer` from `start` to `end`; nothing if there is no such place.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))] // size
fn part(buffer: &mut [u8], start: usize, end: usize) -> &mut [u8] {
    buffer.get_mut(start..end).unwrap_or_default()
}

/// Moves `len` bytes of `buffer` down from `from` to `to`; what was there does not matter any more.
// size
fn move_down(buffer: &mut [u8], to: usize, from: usize, len: usize) {
    for at in 0..len {
        let byte = buffer.get(from.wrapping_add(at)).copied();
        if let (Some(slot), Some(byte)) = (buffer.get_mut(to.wrapping_add(at)), byte) {
            *slot = byte;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed<'d, 'b>(
        decoder: &'d mut Decoder,
        buffer: &'b mut [u8],
        bytes: &[u8],
    ) -> Result<Option<Message<'d, 'b>>, ProtocolError> {
        decoder.receive_space(buffer)[..bytes.len()].copy_from_slice(bytes);
        decoder.handle_received(bytes.len());
        decoder.poll(buffer)
    }

    #[test]
    fn whatever_came_before_a_restart_it_decodes_as_a_new_one() {
        let before: [&[u8]; 7] = [
            b"",
            b"\x81",
            b"\x81\x05Hel",
            b"\x01\x02He\x80\x05l",
            b"\x89\x05Hel",
            b"\x88\x02\x03\xe8more",
            b"\x83\x00more",
        ];
        for bytes in before {
            let (mut decoder, mut buffer) = (Decoder::new(), [0; 16]);
            let _ = feed(&mut decoder, &mut buffer, bytes);
            decoder.restart();
            assert_eq!(feed(&mut decoder, &mut buffer, b"\x82\x03abc"), Ok(Some(Message::Binary(&mut b"abc".clone()))));
            assert_eq!(feed(&mut decoder, &mut buffer, b"\x01\x01d"), Ok(None));
            assert_eq!(feed(&mut decoder, &mut buffer, b"\x80\x01e"), Ok(Some(Message::Text(&mut b"de".clone()))));
        }
    }
}
