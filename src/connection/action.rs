//! What a connection wants from its owner.

use core::fmt;

use super::SocketError;
use crate::client::Notice;
use crate::envelope::EnvelopeError;
use crate::event::Event;
use crate::output::OutputTooSmall;
use crate::time::Instant;
use crate::websocket::{CloseCode, HandshakeError, ProtocolError, RequestError};

/// Names one request to open a socket. Two bytes; it comes round after 65,536 attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Attempt(pub(super) u16);

/// What to do next; given by [`Connection::poll`](super::Connection::poll).
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "an action left undone stops the connection"]
pub enum Action<'c> {
    /// Open a socket to the endpoint and call [`handle_opened`](super::Connection::handle_opened), or [`handle_open_failed`](super::Connection::handle_open_failed).
    Open {
        /// The server demanded TLS: use it even if the endpoint does not.
        secure: bool,
        /// Names this attempt for [`handle_opened`](super::Connection::handle_opened) and [`handle_open_failed`](super::Connection::handle_open_failed).
        attempt: Attempt,
    },
    /// Drop the socket, for the reason given.
    Close(CloseReason<'c>),
    /// Write [`unsent`](super::Connection::unsent) to the socket and call [`handle_sent`](super::Connection::handle_sent).
    Write,
    /// Read the socket into [`receive_space`](super::Connection::receive_space) and call [`handle_received`](super::Connection::handle_received), or wait until
    /// the time given, or longer if there is none.
    Read {
        /// When to poll again at the latest.
        until: Option<Instant>,
    },
    /// No socket is open. Wait until the time given, or for a command if there is none.
    Wait {
        /// When to poll again at the latest.
        until: Option<Instant>,
    },
    /// The server sent this; poll again.
    Event(Event<'c>),
    /// The clock, the transport or the application changed this; poll again.
    Notice(Notice),
    /// The server sent a frame that cannot be decoded. The connection continues; poll again.
    BadEnvelope(EnvelopeError),
    /// The transmit buffer is too small for the next frame; poll again.
    ///
    /// Caused by the application: see the README on buffer sizes. The frame stays pending. An authorization is requested
    /// again after [`authorization_timeout`](crate::client::Config::authorization_timeout).
    OutputTooSmall(OutputTooSmall),
    /// Internal progress only; poll again.
    Progress,
}

/// Why a socket has to be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason<'c> {
    /// The client wants it: a command, or a deadline that [`Notice::Disconnected`] tells of.
    Requested,
    /// The server closed the WebSocket.
    Server {
        /// Why, if it says so.
        code: Option<CloseCode>,
        /// Why in words, up to 123 bytes, often empty.
        reason: &'c str,
    },
    /// The socket ended or failed without a close frame.
    Socket {
        /// What the socket says about it.
        error: SocketError,
        /// Whether the WebSocket was open by then. If it was and nothing else came, the server may not know the key:
        /// sockudo says it that way.
        opened: bool,
    },
    /// The server did not open a WebSocket.
    Handshake(HandshakeError),
    /// The server broke the WebSocket protocol, or sent a message larger than the receive buffer.
    Protocol(ProtocolError),
    /// The transmit buffer is too small for the request of the handshake. Caused by the application: the client does not
    /// try again.
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
