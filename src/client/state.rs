//! What an application can see of the connection.

use core::fmt;

use crate::channel::{Channel, SubscriptionFailure};
use crate::time::Instant;

/// Where the connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum State {
    /// Nothing is wanted: before `connect` and after `disconnect`.
    Disconnected,
    /// An attempt is under way.
    Connecting,
    /// The server has said `pusher:connection_established`; there is a `socket_id`.
    Connected,
    /// The connection is lost, and the next attempt is due at this time.
    Waiting {
        /// When the next attempt begins.
        retry_at: Instant,
    },
    /// Given up: trying again unchanged would end the same way. `connect` starts anew.
    Failed,
}

/// How a transport ended, as its owner tells [`Client::handle_close`](crate::Client::handle_close).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Close {
    /// The server sent a close frame with this code.
    Code(u16),
    /// It ended without a code: an empty close frame, the end of the TCP stream, an error.
    Abnormal,
    /// It never came up: name not found, connection refused, TLS or WebSocket handshake failed.
    OpenFailed,
    /// It cannot come up as the application has set it up, such as with a buffer that is too small for the request. The
    /// client does not try again.
    Misconfigured,
}

/// Why there is no connection, or was none the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Reason {
    /// The server closed with this code, or sent a `pusher:error` with it as its last word.
    Code(u16),
    /// The transport ended without a code.
    Abnormal,
    /// The transport never came up.
    ConnectFailed,
    /// The transport cannot come up as the application has set it up; see [`Close::Misconfigured`].
    Misconfigured,
    /// No `pusher:connection_established` within the handshake timeout.
    HandshakeTimeout,
    /// A ping stayed unanswered.
    PongTimeout,
}

/// Something changed that no frame of the server tells: the clock or the transport did it.
///
/// Given by [`Client::poll_notice`](crate::Client::poll_notice).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Notice {
    /// The connection is gone or an attempt failed. Every subscription starts again on the next connection by itself.
    /// If several ends come between two polls, the last one is reported. If the next connection is established before the
    /// poll, the notice comes all the same: [`state`](crate::Client::state) is [`State::Connected`] then.
    Disconnected {
        /// Why.
        reason: Reason,
        /// When the next attempt begins; `None` when the client has given up.
        retry_at: Option<Instant>,
    },
    /// There has been no connection for [`unavailable_after`](crate::client::Config::unavailable_after). The attempts
    /// go on.
    Unavailable,
    /// A subscription was not answered in time, or the application refused it.
    SubscriptionFailed {
        /// The channel.
        channel: Channel,
        /// What went wrong.
        failure: SubscriptionFailure,
        /// When the next try is due; `None` when there is none on this connection.
        retry_at: Option<Instant>,
    },
    /// An authorizer was asked for a new key of an encrypted channel and gave none. The channel keeps the old one. Only from a
    /// `Connection`: who answers [`Request::Rekey`](crate::Request) has the error from there.
    #[cfg(feature = "encrypted")]
    RekeyFailed {
        /// The channel.
        channel: Channel,
        /// What went wrong.
        failure: SubscriptionFailure,
    },
    /// Signing in was not answered in time, or the application refused it.
    SignInFailed {
        /// What went wrong.
        failure: SubscriptionFailure,
        /// When the next try is due; `None` when there is none on this connection.
        retry_at: Option<Instant>,
    },
}

impl core::error::Error for Reason {}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = match self {
            Self::Abnormal => "the connection broke",
            Self::ConnectFailed => "the server could not be reached",
            Self::Misconfigured => "the application's settings do not allow a connection",
            Self::HandshakeTimeout => "the server did not establish the connection in time",
            Self::PongTimeout => "the server did not answer a ping",
            Self::Code(code) => match code {
                4000 => "the application accepts only TLS connections (4000)",
                4001 => "the server knows no application with this key (4001)",
                4003 => "the application is disabled (4003)",
                4004 => "the application is over its connection quota (4004)",
                4005 => "the path does not exist (4005)",
                4006 => "the server refuses the version string (4006)",
                4007 => "the server does not speak this protocol version (4007)",
                4008 => "the server misses a protocol version (4008)",
                4009 => "the connection is not authorized (4009)",
                4100 => "the server is over capacity (4100)",
                4200 => "the server asks to reconnect (4200)",
                4201 => "the server missed a pong (4201)",
                4202 => "the server closed an inactive connection (4202)",
                code => return write!(f, "the server closed the connection with {code}"),
            },
        };
        f.write_str(known)
    }
}
