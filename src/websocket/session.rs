//! The whole client end of one connection: handshake, frames, answers to pings, close.

use core::fmt;

use super::close::Input;
use super::decoder::Found;
use super::encoder::Opcode;
use super::message::{Failed, Ready};
use super::{CloseCode, Decoder, Handshake, HandshakeError, Kind, Message, ProtocolError, ReadyState, encoder};
use crate::output::OutputTooSmall;

/// One WebSocket connection as a client, without its socket and buffers. About 250 bytes.
///
/// - **inputs**: [`receive_space`](Self::receive_space) and [`handle_received`](Self::handle_received), for what was read from the socket
/// - **commands**: [`encode_frame`](Self::encode_frame), [`ping`](Self::ping), [`close`](Self::close), each into the caller's buffer
/// - **outputs**: [`poll_reply`](Self::poll_reply) until `None`, then [`poll`](Self::poll), which yields nothing while a
///   reply is due: so every ping gets its pong, and a server that does not read is not read either
/// - **getters**: [`state`](Self::state), [`reply_due`](Self::reply_due)
///
/// The receive buffer is lent to each call, always the same, with its content untouched. See the
/// [module](super) for the loop.
#[derive(Clone, Debug)]
#[repr(C)] // size
pub struct WebSocket {
    state: ReadyState,
    pong_due: bool,
    /// What the close frame that is due says.
    code: Option<CloseCode>,
    /// Why the opening handshake failed.
    refusal: Option<HandshakeError>,
    handshake: Handshake,
    decoder: Decoder,
}

impl WebSocket {
    /// A connection whose request (see [`handshake`](Self::handshake)) is to be written with `key`, 16 random bytes.
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

    /// The handshake, to [write its request](Handshake::write_request).
    pub const fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    /// Begins anew, as [`new`](Self::new) does. Returns the key, to be filled with random bytes.
    pub(crate) fn restart(&mut self) -> &mut [u8; 16] {
        self.state = ReadyState::Connecting;
        self.pong_due = false;
        self.refusal = None;
        self.decoder.restart();
        self.handshake.restart()
    }

    /// Where the connection stands.
    pub const fn state(&self) -> ReadyState {
        self.state
    }

    /// Whether [`poll_reply`](Self::poll_reply) has a frame to send.
    pub const fn reply_due(&self) -> bool {
        self.pong_due || self.state.owes_close()
    }

    /// The free part of the receive buffer, to read the socket into.
    ///
    /// Never empty after [`poll`](Self::poll) has returned `None` with no reply due, or has failed, if the buffer has at
    /// least one byte.
    pub fn receive_space<'b>(&self, buffer: &'b mut [u8]) -> &'b mut [u8] {
        self.decoder.receive_space(buffer)
    }

    /// `len` bytes were read into the front of [`receive_space`](Self::receive_space).
    pub fn handle_received(&mut self, len: usize) {
        if !matches!(self.state, ReadyState::Closed) {
            self.decoder.handle_received(len); // else it would be dropped unread
        }
    }

    /// What the server sent next; `None` when more bytes are needed, or when a reply is due.
    ///
    /// # Errors
    ///
    /// [`Error::Handshake`]: the state is [`ReadyState::Closed`]. [`Error::Protocol`]: a close frame that tells the server is due
    /// unless ours was sent. Both are returned once; from then on there is only `None`.
    pub fn poll<'d, 'b>(&'d mut self, buffer: &'b mut [u8]) -> Result<Option<Message<'d, 'b>>, Error> {
        match self.advance(buffer) {
            Ok(ready) => Ok(ready.map(|ready| self.decoder.found().message(ready, buffer))),
            Err(Failed) => self.failure().map_or(Ok(None), Err),
        }
    }

    /// [`poll`](Self::poll) in two steps: this one borrows nothing, [`found`](Self::found) does.
    pub(crate) fn advance(&mut self, buffer: &mut [u8]) -> Result<Option<Ready>, Failed> {
        if self.reply_due() {
            return Ok(None);
        }
        if matches!(self.state, ReadyState::Closed) {
            self.decoder.discard(); // so that there is space to read on until the server drops the socket
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

    /// Whether the opening handshake has failed.
    pub(crate) const fn is_refused(&self) -> bool {
        self.refusal.is_some()
    }

    /// Why it has [`Failed`].
    pub(crate) fn failure(&self) -> Option<Error> {
        match self.refusal {
            Some(error) => Some(Error::Handshake(error)),
            None => self.decoder.failure().map(Error::Protocol),
        }
    }

    /// Returns what [`advance`](Self::advance) has found last.
    pub(crate) const fn found(&self) -> Found<'_> {
        self.decoder.found()
    }

    /// The pong or the close frame that is due, in `out`; send it entirely before anything else.
    ///
    /// A close frame echoes the server's code, or says what the server did wrong. The `mask` must be fresh and
    /// unpredictable for each frame (RFC 6455 §10.3); it is not used when nothing is due.
    ///
    /// # Errors
    ///
    /// [`OutputTooSmall`]; [`MAX_CONTROL_FRAME_LEN`](super::MAX_CONTROL_FRAME_LEN) bytes always suffice.
    pub fn poll_reply<'o>(&mut self, mask: [u8; 4], out: &'o mut [u8]) -> Result<Option<&'o [u8]>, OutputTooSmall> {
        let end = self.write_reply(mask, out)?;
        Ok(end.map(|end| encoder::written(out, end)))
    }

    /// [`poll_reply`](Self::poll_reply), and returns where the frame ends that begins at `CONTROL_START`.
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

    /// Forgets the pong that is due: it cannot be sent.
    pub(crate) fn drop_pong(&mut self) {
        self.pong_due = false;
    }

    /// [`encode_frame`](super::encode_frame)s a message of `len` bytes at `buffer[MAX_HEADER_LEN..]` and returns the frame to send.
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

    /// Writes a ping with `payload`; of more than 125 bytes the first 125 are taken.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; [`MAX_CONTROL_FRAME_LEN`](super::MAX_CONTROL_FRAME_LEN) bytes always suffice.
    pub fn ping<'o>(&self, payload: &[u8], mask: [u8; 4], out: &'o mut [u8]) -> Result<&'o [u8], WriteError> {
        self.check_open()?;
        encoder::ping(payload, mask, out).map_err(WriteError::OutputTooSmall)
    }

    /// Starts to close: writes a close frame, whose `reason` is cut to 123 bytes, and goes to [`ReadyState::CloseSent`].
    ///
    /// Keep on reading until [`Message::Close`], for a second or so.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; [`MAX_CONTROL_FRAME_LEN`](super::MAX_CONTROL_FRAME_LEN) bytes always suffice. The state is unchanged.
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

    /// [`close`](Self::close), and returns where the frame ends that begins at `CONTROL_START`.
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

/// The server ended the connection by a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error {
    /// It did not open the WebSocket.
    Handshake(HandshakeError),
    /// It broke the protocol, or sent more than the buffer holds.
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

/// Nothing was sent. The caller is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum WriteError {
    /// The connection is not yet open, or is closing: [`WebSocket::state`] is not [`ReadyState::Open`].
    NotOpen,
    /// The buffer is too short.
    OutputTooSmall(OutputTooSmall),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOpen => f.write_str("the WebSocket is not open"),
            Self::OutputTooSmall(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for WriteError {}
