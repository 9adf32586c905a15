//! Actions that a connection requests from its caller.

use core::fmt;

use super::SocketError;
use crate::client::Notice;
use crate::envelope::EnvelopeError;
use crate::event::Event;
use crate::output::OutputTooSmall;
use crate::time::Instant;
use crate::websocket::{CloseCode, HandshakeError, ProtocolError, RequestError};

/// A handle for one request to open a socket. Its size is 2 bytes; it wraps around after 65,536 attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Attempt(pub(super) u16);

/// The next action for the caller; returned by [`Connection::poll`](super::Connection::poll).
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "the connection stops until the action is carried out"]
pub enum Action<'c> {
    /// Open a socket to the endpoint. Call [`handle_opened`](super::Connection::handle_opened), or
    /// [`handle_open_failed`](super::Connection::handle_open_failed) if it fails.
    Open {
        /// The server demanded TLS: use it even if the endpoint does not.
        secure: bool,
        /// The attempt, for [`handle_opened`](super::Connection::handle_opened) and
        /// [`handle_open_failed`](super::Connection::handle_open_failed).
        attempt: Attempt,
    },
    /// Drop the socket, for this reason.
    Close(CloseReason<'c>),
    /// Write [`unsent`](super::Connection::unsent) to the socket and call
    /// [`handle_sent`](super::Connection::handle_sent).
    Write,
    /// Read the socket into [`receive_space`](super::Connection::receive_space) and call
    /// [`handle_received`](super::Connection::handle_received). Stop waiting at the given time; without one, wait as
    /// long as it takes.
    Read {
        /// The latest time for the next poll.
        until: Option<Instant>,
    },
    /// No socket is open. Wait until the given time; without one, wait for a command.
    Wait {
        /// The latest time for the next poll.
        until: Option<Instant>,
    },
    /// An event from the server; poll again.
    Event(Event<'c>),
    /// A change caused by the clock, the transport or the application; poll again.
    Notice(Notice),
    /// The server sent a message that cannot be decoded. The connection continues; poll again.
    BadEnvelope(EnvelopeError),
    /// The transmit buffer is too small for the next message; poll again.
    ///
    /// Caused by the application: see the README on buffer sizes. The message stays pending. An authorization is
    /// requested again after [`authorization_timeout`](crate::client::Config::authorization_timeout).
    OutputTooSmall(OutputTooSmall),
    /// Internal progress only; poll again.
    Progress,
}

/// The reason for dropping a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason<'c> {
    /// The client requested the close, because of a command or of a deadline reported by [`Notice::Disconnected`].
    Requested,
    /// The server closed the WebSocket.
    Server {
        /// The close code, if any.
        code: Option<CloseCode>,
        /// The reason in the close frame, up to 123 bytes, often empty.
        reason: &'c str,
    },
    /// The socket ended or failed without a close frame.
    Socket {
        /// The error that the socket reported.
        error: SocketError,
        /// Whether the WebSocket was open at that time. If it was and nothing was received, the server may not know the
        /// key: sockudo reports it this way.
        opened: bool,
    },
    /// The server did not open a WebSocket.
    Handshake(HandshakeError),
    /// The server violated the WebSocket protocol, or sent a message larger than the receive buffer.
    Protocol(ProtocolError),
    /// The transmit buffer is too small for the handshake request. Caused by the application: the client does not
    /// retry.
    Request(RequestError),
}

impl core::error::Error for CloseReason<'_> {}

impl fmt::Display for CloseReason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested => f.write_str("the client closes the connection"),
            Self::Server { code: Some(code), reason: "" } => write!(f, "the server closed with {}", code.as_u16()),
            Self::Server { code: Some(code), reason } => {
                write!(f, "the server closed with {}: {reason}", code.as_u16())
            }
            Self::Server { code: None, .. } => f.write_str("the server closed without a code"),
            Self::Socket { error, .. } => error.fmt(f),
            Self::Handshake(error) => error.fmt(f),
            Self::Protocol(error) => error.fmt(f),
            Self::Request(error) => error.fmt(f),
        }
    }
}
