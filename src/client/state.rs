//! The state of the connection as the application sees it.

use core::fmt;

use crate::channel::{Channel, SubscriptionFailure};
use crate::time::Instant;

/// The state of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum State {
    /// No connection is wanted: before `connect` and after `disconnect`.
    Disconnected,
    /// An attempt is in progress.
    Connecting,
    /// The server has sent `pusher:connection_established`; there is a `socket_id`.
    Connected,
    /// The connection is lost; another attempt will follow.
    Waiting {
        /// When the next attempt begins.
        retry_at: Instant,
    },
    /// The client has given up, because an unchanged attempt would fail the same way. `connect` starts again.
    Failed,
}

/// How a transport ended, as the caller reports it to [`Client::handle_close`](crate::Client::handle_close).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Close {
    /// The server sent a close frame with this code.
    Code(u16),
    /// The transport ended without a code: an empty close frame, the end of the TCP stream, an error.
    Abnormal,
    /// The transport could not be opened: name not found, connection refused, TLS or WebSocket handshake failed.
    OpenFailed,
    /// The application's settings do not allow a connection, for example because a buffer is too small for the request.
    /// The client does not retry.
    Misconfigured,
}

/// Why there is no connection, or why the last one ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Reason {
    /// The server closed with this code, or sent a `pusher:error` with it just before the close.
    Code(u16),
    /// The transport ended without a code.
    Abnormal,
    /// The transport could not be opened.
    ConnectFailed,
    /// The application's settings do not allow a connection; see [`Close::Misconfigured`].
    Misconfigured,
    /// The server did not send `pusher:connection_established` within the handshake timeout.
    HandshakeTimeout,
    /// The server did not answer a ping.
    PongTimeout,
}

/// A change caused by the clock or the transport rather than by a message from the server.
///
/// Returned by [`Client::poll_notice`](crate::Client::poll_notice).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Notice {
    /// The connection is lost or an attempt failed. All subscriptions are renewed on the next connection. If several
    /// connections end between two polls, the last end is reported. If the next connection is established before the
    /// poll, the notice is still reported; [`state`](crate::Client::state) is [`State::Connected`] then.
    Disconnected {
        /// The reason.
        reason: Reason,
        /// When the next attempt begins; `None` when the client has given up.
        retry_at: Option<Instant>,
    },
    /// There has been no connection for [`unavailable_after`](crate::client::Config::unavailable_after). The client
    /// keeps trying.
    Unavailable,
    /// A subscription was not answered in time, or the application refused it.
    SubscriptionFailed {
        /// The channel.
        channel: Channel,
        /// The reason for the failure.
        failure: SubscriptionFailure,
        /// When the client retries; `None` if it does not retry on this connection.
        retry_at: Option<Instant>,
    },
    /// An authorizer did not return a new key for an encrypted channel. The channel keeps the old one. Only a
    /// `Connection` reports this: a caller that answers [`Request::Rekey`](crate::Request) itself gets the error from
    /// its own authorizer.
    #[cfg(feature = "encrypted")]
    RekeyFailed {
        /// The channel.
        channel: Channel,
        /// The reason for the failure.
        failure: SubscriptionFailure,
    },
    /// A sign-in was not answered in time, or the application refused it.
    SignInFailed {
        /// The reason for the failure.
        failure: SubscriptionFailure,
        /// When the client retries; `None` if it does not retry on this connection.
        retry_at: Option<Instant>,
    },
}

impl core::error::Error for Reason {}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = match self {
            Self::Abnormal => "the connection ended without a close code",
            Self::ConnectFailed => "the connection to the server could not be opened",
            Self::Misconfigured => {
                "the handshake request cannot be written; enlarge the transmit buffer or correct the endpoint"
            }
            Self::HandshakeTimeout => "the server did not establish the connection in time",
            Self::PongTimeout => "the server did not answer a ping",
            Self::Code(code) => match code {
                4000 => "the application accepts only TLS connections (4000)",
                4001 => "the server has no application with this key (4001)",
                4003 => "the application is disabled (4003)",
                4004 => "the application is over its connection quota (4004)",
                4005 => "the path does not exist (4005)",
                4006 => "the server refuses the version string (4006)",
                4007 => "the server does not support this protocol version (4007)",
                4008 => "the request names no protocol version (4008)",
                4009 => "the connection is not authorized (4009)",
                4100 => "the server is over capacity (4100)",
                4200 => "the server requested a reconnect (4200)",
                4201 => "the server did not receive a pong (4201)",
                4202 => "the server closed an inactive connection (4202)",
                code => return write!(f, "the server closed the connection with {code}"),
            },
        };
        f.write_str(known)
    }
}
