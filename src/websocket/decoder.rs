//! Decodes frames from the server in the buffer that the socket was read into.
//!
//! Bytes of headers and control frames move into the decoder as they arrive; bytes of messages stay in the buffer. When
//! more bytes are needed, the buffer therefore contains only the unfinished message, and no byte moves more than once:
//!
//! ```text
//!   start        end        read          filled
//!     | message   |  (consumed) | not decoded  |  space  |
//! ```
//!
//! A message in one frame stays in place. Fragments are moved down to follow each other.

use core::str::Utf8Error;

use super::encoder::{CONTROL_PAYLOAD, Kind, Opcode};
use super::header::Header;
use super::message::{Failed, Ready};
use super::{CloseCode, Message, ProtocolError};
use crate::envelope::str_of;

/// A WebSocket frame decoder that works in the caller's buffer: always the same one, with its content untouched.
///
/// Its size is about 200 bytes. The buffer holds one message and the bytes received after it. The longest message is
/// one byte shorter than the buffer, in one frame or in fragments, with or without control frames between them. The
/// caller reads the socket into [`receive_space`](Self::receive_space), reports the length with
/// [`handle_received`](Self::handle_received), and polls until `None`.
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
    /// The header of the current frame.
    header: Header,
    phase: Phase,
    /// The kind of the unfinished message.
    kind: Option<Kind>,
    /// The bytes of the current frame's payload that have not arrived yet.
    remaining: usize,
    start: usize,
    end: usize,
    read: usize,
    filled: usize,
    /// The text in `start..checked` is UTF-8.
    checked: usize,
    staged_len: usize,
    /// The length of the last control frame's payload, which is in `staged`.
    control_len: usize,
    /// A header, then the payload of a control frame, as they arrive.
    staged: [u8; CONTROL_PAYLOAD],
    failed: Option<ProtocolError>,
}

/// The part of a frame that the next bytes belong to.
#[derive(Clone, Copy, Debug)]
enum Phase {
    Header,
    Data,
    Control,
    /// After a close frame: none.
    Closed,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// Creates a decoder at the first byte after the head of the server's handshake.
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

    /// Resets the decoder to the state of [`new`](Self::new), except for fields that are written before they are read.
    pub(super) fn restart(&mut self) {
        self.phase = Phase::Header;
        self.kind = None;
        self.failed = None;
        self.end = 0;
        self.read = 0;
        self.filled = 0;
        self.staged_len = 0;
    }

    /// Returns the free part of the buffer, to read the socket into.
    ///
    /// It is never empty after [`poll`](Self::poll) has returned `None` or an error, if the buffer has at least one
    /// byte.
    pub fn receive_space<'b>(&self, buffer: &'b mut [u8]) -> &'b mut [u8] {
        buffer.get_mut(self.filled..).unwrap_or_default()
    }

    /// Reports that `len` bytes were read into the front of [`receive_space`](Self::receive_space).
    pub fn handle_received(&mut self, len: usize) {
        if self.failed.is_none() {
            self.filled = self.filled.saturating_add(len);
        }
    }

    /// Returns the next message or control frame; `None` if more bytes are needed.
    ///
    /// The time is linear in the bytes received, however they are split. After a close frame all further bytes are
    /// dropped.
    ///
    /// # Errors
    ///
    /// A [`ProtocolError`] as soon as the bytes received cannot become valid; text is checked before its frame is
    /// complete. The decoder is finished then: every later call returns the same error.
    pub fn poll<'d, 'b>(&'d mut self, buffer: &'b mut [u8]) -> Result<Option<Message<'d, 'b>>, ProtocolError> {
        match self.advance(buffer) {
            Ok(ready) => Ok(ready.map(|ready| self.found().message(ready, buffer))),
            Err(Failed) => {
                self.empty();
                self.failure().map_or(Ok(None), Err)
            }
        }
    }

    /// Does the first half of [`poll`](Self::poll): this method borrows nothing, [`found`](Self::found) does.
    pub(crate) fn advance(&mut self, buffer: &mut [u8]) -> Result<Option<Ready>, Failed> {
        if self.failed.is_some() {
            return Err(Failed);
        }
        if self.kind.is_none() {
            // The last message was handled.
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
                self.discard(); // leaves only the space, which then begins right after the unfinished message
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

    /// Returns a view of the last result of [`advance`](Self::advance).
    pub(super) const fn found(&self) -> Found<'_> {
        Found(self)
    }

    /// Returns the error after [`Failed`].
    pub(super) const fn failure(&self) -> Option<ProtocolError> {
        self.failed
    }

    /// Returns the number of bytes received and not decoded, before the first one is.
    pub(super) const fn filled(&self) -> usize {
        self.filled
    }

    /// Skips the first `len` bytes, the head of the handshake.
    pub(super) fn skip(&mut self, len: usize) {
        self.read = len;
    }

    /// Drops all bytes received, after a failure, so that there is space to read until the server drops the socket.
    pub(super) fn empty(&mut self) {
        self.end = 0;
        self.discard();
    }

    /// Drops all bytes received and not decoded.
    pub(super) fn discard(&mut self) {
        self.read = self.end;
        self.filled = self.end;
    }

    fn fail<T>(&mut self, error: ProtocolError) -> Result<T, Failed> {
        self.failed = Some(error);
        Err(Failed)
    }

    /// Moves bytes into `staged` until it holds `size`; returns `false` if more have to arrive first.
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

    /// Reads a header and starts its payload; returns `false` if it has not arrived completely.
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
        // One byte stays free: without it a frame after an unfinished message could not be received.
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

    /// Appends the bytes of the current frame that have arrived to the message; returns `true` if they were the last.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))] // stack
    fn append(&mut self, buffer: &mut [u8]) -> Result<bool, Failed> {
        // No sum exceeds `filled`, which does not exceed the buffer. If the buffer is shorter than last time, `read` is
        // past its end, and there is nothing to append.
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
                Err(error) => error.valid_up_to(), // the last character is incomplete
            };
            self.checked = self.checked.wrapping_add(valid);
        }
        Ok(self.remaining == 0)
    }

    /// Completes the message.
    fn finish(&mut self) -> Result<Option<Ready>, Failed> {
        match self.kind.take() {
            // The text ends inside a character.
            Some(Kind::Text) if self.checked != self.end => self.fail(ProtocolError::InvalidUtf8),
            Some(Kind::Text) => Ok(Some(Ready::Text)),
            _ => Ok(Some(Ready::Binary)),
        }
    }

    /// Validates the payload of a close frame (RFC 6455 §5.5.1).
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

/// Checks that `text` is UTF-8.
fn check_utf8(text: &[u8]) -> Result<(), Utf8Error> {
    // Most text is ASCII. On processors with vectors, that check takes half the time.
    if cfg!(target_pointer_width = "64") && text.is_ascii() {
        return Ok(());
    }
    core::str::from_utf8(text).map(|_| ())
}

/// A view of the last result of a decoder. It borrows the decoder, which therefore cannot advance meanwhile.
#[derive(Clone, Copy)]
pub(crate) struct Found<'d>(&'d Decoder);

impl<'d> Found<'d> {
    /// Returns the message that `ready` identifies.
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

/// Returns the part of `buffer` from `start` to `end`; empty if it does not exist.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))] // size
fn part(buffer: &mut [u8], start: usize, end: usize) -> &mut [u8] {
    buffer.get_mut(start..end).unwrap_or_default()
}

/// Moves `len` bytes of `buffer` down from `from` to `to`; the bytes there are overwritten.
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
    fn after_a_restart_a_decoder_behaves_like_a_new_one() {
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
