//! The client side of one connection: handshake, frames, answers to pings, close.

use core::fmt;

use super::close::Input;
use super::decoder::Found;
use super::encoder::Opcode;
use super::message::{Failed, Ready};
use super::{CloseCode, Decoder, Handshake, HandshakeError, Kind, Message, ProtocolError, ReadyState, encoder};
use crate::output::OutputTooSmall;

/// One WebSocket connection as a client, without its socket and buffers. Its size is about 250 bytes.
///
/// - **inputs**: [`receive_space`](Self::receive_space) and [`handle_received`](Self::handle_received), for bytes read
///   from the socket
/// - **commands**: [`encode_frame`](Self::encode_frame), [`ping`](Self::ping), [`close`](Self::close), each into the
///   caller's buffer
/// - **outputs**: [`poll_reply`](Self::poll_reply) until `None`, then [`poll`](Self::poll), which returns `None` while
///   a reply is pending. Every ping therefore gets its pong, and a server that does not read is not read either.
/// - **getters**: [`state`](Self::state), [`reply_due`](Self::reply_due)
///
/// Each call takes the caller-provided receive buffer, always the same one, with its content untouched. See the
/// [module](super) for the loop.
#[derive(Clone, Debug)]
#[repr(C)] // size
pub struct WebSocket {
    state: ReadyState,
    pong_due: bool,
    /// The code of the pending close frame.
    code: Option<CloseCode>,
    /// Why the opening handshake failed.
    refusal: Option<HandshakeError>,
    handshake: Handshake,
    decoder: Decoder,
}

impl WebSocket {
    /// Creates a connection whose request (see [`handshake`](Self::handshake)) is written with `key`, 16 random bytes.
    pub const fn new(key: [u8; 16]) -> Self {
        Self {
            handshake: Handshake::new(key),
            decoder: Decoder::new(),
            state: ReadyState::Connecting,
            pong_due: false,
            code: None,
            refusal: None,
        }
    }

    /// Returns the handshake, to [write its request](Handshake::write_request).
    pub const fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    /// Resets the connection to the state of [`new`](Self::new). Returns the key, to be filled with random bytes.
    pub(crate) fn restart(&mut self) -> &mut [u8; 16] {
        self.state = ReadyState::Connecting;
        self.pong_due = false;
        self.refusal = None;
        self.decoder.restart();
        self.handshake.restart()
    }

    /// Returns the state of the connection.
    pub const fn state(&self) -> ReadyState {
        self.state
    }

    /// Returns whether [`poll_reply`](Self::poll_reply) has a frame to send.
    pub const fn reply_due(&self) -> bool {
        self.pong_due || self.state.owes_close()
    }

    /// Returns the free part of the receive buffer, to read the socket into.
    ///
    /// It is never empty after [`poll`](Self::poll) has returned `None` with no pending reply, or an error, if the
    /// buffer has at least one byte.
    pub fn receive_space<'b>(&self, buffer: &'b mut [u8]) -> &'b mut [u8] {
        self.decoder.receive_space(buffer)
    }

    /// Reports that `len` bytes were read into the front of [`receive_space`](Self::receive_space).
    pub fn handle_received(&mut self, len: usize) {
        if !matches!(self.state, ReadyState::Closed) {
            self.decoder.handle_received(len); // in other states the bytes are dropped unread
        }
    }

    /// Returns the next message or control frame; `None` if more bytes are needed, or if a reply is pending.
    ///
    /// # Errors
    ///
    /// [`Error::Handshake`]: the state is [`ReadyState::Closed`]. [`Error::Protocol`]: a close frame with the reason is
    /// pending, unless ours was sent. Both are returned once; later calls return `None`.
    pub fn poll<'d, 'b>(&'d mut self, buffer: &'b mut [u8]) -> Result<Option<Message<'d, 'b>>, Error> {
        match self.advance(buffer) {
            Ok(ready) => Ok(ready.map(|ready| self.decoder.found().message(ready, buffer))),
            Err(Failed) => self.failure().map_or(Ok(None), Err),
        }
    }

    /// Does the first half of [`poll`](Self::poll): this method borrows nothing, [`found`](Self::found) does.
    pub(crate) fn advance(&mut self, buffer: &mut [u8]) -> Result<Option<Ready>, Failed> {
        if self.reply_due() {
            return Ok(None);
        }
        if matches!(self.state, ReadyState::Closed) {
            self.decoder.discard(); // so that there is space to read until the server drops the socket
            return Ok(None);
        }
        if matches!(self.state, ReadyState::Connecting) {
            return self.open(buffer);
        }
        let outcome = self.decoder.advance(buffer);
        match outcome {
            // After our close frame too, until the server's (RFC 6455 §5.5.2).
            Ok(Some(Ready::Ping)) => self.pong_due = true,
            Ok(Some(Ready::Close)) => {
                self.code = self.decoder.found().close_code();
                self.state = self.state.next(Input::CloseArrived);
            }
            Ok(_) => {}
            Err(Failed) => {
                self.code = self.decoder.failure().map(|error| error.close_code());
                self.state = self.state.next(Input::Failed);
                self.decoder.empty();
            }
        }
        outcome
    }

    /// Returns whether the opening handshake has failed.
    pub(crate) const fn is_refused(&self) -> bool {
        self.refusal.is_some()
    }

    /// Returns the error after [`Failed`].
    pub(crate) fn failure(&self) -> Option<Error> {
        match self.refusal {
            Some(error) => Some(Error::Handshake(error)),
            None => self.decoder.failure().map(Error::Protocol),
        }
    }

    /// Returns a view of the last result of [`advance`](Self::advance).
    pub(crate) const fn found(&self) -> Found<'_> {
        self.decoder.found()
    }

    /// Writes the pending pong or close frame into `out`; send it completely before anything else.
    ///
    /// A close frame echoes the server's code, or reports the server's error. The `mask` must be fresh and
    /// unpredictable for each frame (RFC 6455 §10.3). It is not used if nothing is pending.
    ///
    /// # Errors
    ///
    /// [`OutputTooSmall`]; [`MAX_CONTROL_FRAME_LEN`](super::MAX_CONTROL_FRAME_LEN) bytes are always enough.
    pub fn poll_reply<'o>(&mut self, mask: [u8; 4], out: &'o mut [u8]) -> Result<Option<&'o [u8]>, OutputTooSmall> {
        let end = self.write_reply(mask, out)?;
        Ok(end.map(|end| encoder::written(out, end)))
    }

    /// Writes the reply like [`poll_reply`](Self::poll_reply), and returns where the frame ends that begins at
    /// `CONTROL_START`.
    pub(crate) fn write_reply(&mut self, mask: [u8; 4], out: &mut [u8]) -> Result<Option<usize>, OutputTooSmall> {
        if self.pong_due {
            let end = encoder::control(Opcode::PONG, [self.decoder.found().control(), &[]], mask, out)?;
            self.pong_due = false;
            return Ok(Some(end));
        }
        if !self.state.owes_close() {
            return Ok(None);
        }
        let end = encoder::write_close(self.code, "", mask, out)?;
        self.state = self.state.next(Input::CloseWritten);
        Ok(Some(end))
    }

    /// Drops the pending pong, because it cannot be sent.
    pub(crate) fn drop_pong(&mut self) {
        self.pong_due = false;
    }

    /// Encodes a message of `len` bytes at `buffer[MAX_HEADER_LEN..]` with [`encode_frame`](super::encode_frame);
    /// returns the frame to send.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; the buffer is unchanged.
    pub fn encode_frame<'o>(
        &self,
        kind: Kind,
        len: usize,
        mask: [u8; 4],
        buffer: &'o mut [u8],
    ) -> Result<&'o [u8], WriteError> {
        self.check_open()?;
        encoder::encode_frame(kind, len, mask, buffer).map_err(WriteError::OutputTooSmall)
    }

    /// Writes a ping with `payload`, truncated to 125 bytes.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; [`MAX_CONTROL_FRAME_LEN`](super::MAX_CONTROL_FRAME_LEN) bytes are always enough.
    pub fn ping<'o>(&self, payload: &[u8], mask: [u8; 4], out: &'o mut [u8]) -> Result<&'o [u8], WriteError> {
        self.check_open()?;
        encoder::ping(payload, mask, out).map_err(WriteError::OutputTooSmall)
    }

    /// Starts the close handshake: writes a close frame, whose `reason` is truncated to 123 bytes, and enters
    /// [`ReadyState::CloseSent`].
    ///
    /// Continue to read until [`Message::Close`], for about a second.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; [`MAX_CONTROL_FRAME_LEN`](super::MAX_CONTROL_FRAME_LEN) bytes are always enough. The state is
    /// unchanged.
    pub fn close<'o>(
        &mut self,
        code: CloseCode,
        reason: &str,
        mask: [u8; 4],
        out: &'o mut [u8],
    ) -> Result<&'o [u8], WriteError> {
        let end = self.write_close(code, reason, mask, out)?;
        Ok(encoder::written(out, end))
    }

    /// Starts the close handshake like [`close`](Self::close), and returns where the frame ends that begins at
    /// `CONTROL_START`.
    pub(crate) fn write_close(
        &mut self,
        code: CloseCode,
        reason: &str,
        mask: [u8; 4],
        out: &mut [u8],
    ) -> Result<usize, WriteError> {
        self.check_open()?;
        let end = encoder::write_close(Some(code), reason, mask, out).map_err(WriteError::OutputTooSmall)?;
        self.state = self.state.next(Input::CloseWritten);
        Ok(end)
    }

    #[inline(never)] // stack
    fn open(&mut self, buffer: &[u8]) -> Result<Option<Ready>, Failed> {
        match self.handshake.read_response(buffer, self.decoder.filled()) {
            Ok(None) => Ok(None),
            Ok(Some(head)) => {
                self.decoder.skip(head);
                self.state = self.state.next(Input::Accepted);
                Ok(Some(Ready::Open))
            }
            Err(error) => {
                self.state = self.state.next(Input::Refused);
                self.refusal = Some(error);
                self.decoder.discard();
                Err(Failed)
            }
        }
    }

    fn check_open(&self) -> Result<(), WriteError> {
        if matches!(self.state, ReadyState::Open) { Ok(()) } else { Err(WriteError::NotOpen) }
    }
}

/// The server violated the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error {
    /// The server did not open the WebSocket.
    Handshake(HandshakeError),
    /// The server violated the protocol, or sent more than the buffer holds.
    Protocol(ProtocolError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handshake(error) => error.fmt(f),
            Self::Protocol(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Error {}

/// An error of writing a frame, caused by the caller. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum WriteError {
    /// The connection is not open yet, or is closing: [`WebSocket::state`] is not [`ReadyState::Open`].
    NotOpen,
    /// The buffer is too small.
    OutputTooSmall(OutputTooSmall),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOpen => f.write_str("the WebSocket is not open; write after the handshake and before the close"),
            Self::OutputTooSmall(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for WriteError {}
