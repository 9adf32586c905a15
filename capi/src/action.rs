//! What `pusher_connection_poll` reports.

use pusher_proto::Instant;
use pusher_proto::connection::{Action, Attempt, CloseReason, SocketError};
use pusher_proto::websocket::{HandshakeError, ProtocolError, RequestError};

use crate::auth::pusher_request;
use crate::event::{self, pusher_event};
use crate::notice::{self, pusher_notice};
use crate::text::pusher_text;
use crate::time::until;

/// What to do next, and the member of the union that is set.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_action_kind {
    /// Internal progress only; poll again.
    PUSHER_ACTION_PROGRESS = 0,
    /// Open a socket to the server: `open`. Then call pusher_connection_handle_opened or
    /// pusher_connection_handle_open_failed.
    PUSHER_ACTION_OPEN,
    /// Drop the socket: `close`. Poll again.
    PUSHER_ACTION_CLOSE,
    /// Send bytes: pusher_connection_send, or pusher_connection_unsent and pusher_connection_handle_sent. If the socket
    /// takes none now, wait until it does, or until `timeout_ms`, and poll again.
    PUSHER_ACTION_WRITE,
    /// Wait for bytes, at most `timeout_ms`, and pass them to pusher_connection_recv. Poll again.
    PUSHER_ACTION_READ,
    /// There is no socket. Wait `timeout_ms`, or for a command. PUSHER_NEVER: only a command helps.
    PUSHER_ACTION_WAIT,
    /// An event from the server: `event`. Poll again.
    PUSHER_ACTION_EVENT,
    /// A change caused by the clock, the transport or the application: `notice`. Poll again.
    PUSHER_ACTION_NOTICE,
    /// Authorize a subscription: `request`. Now or within pusher_config.authorization_timeout_ms, call
    /// pusher_connection_authorize or pusher_connection_deny. Also requested to renew the key of an encrypted channel.
    /// Poll again.
    PUSHER_ACTION_AUTHORIZE,
    /// Authenticate the user: `request`. In the same way, call pusher_connection_authenticate or
    /// pusher_connection_deny. Poll again.
    PUSHER_ACTION_SIGN_IN,
    /// The server sent a message that cannot be decoded. The connection continues. Poll again.
    PUSHER_ACTION_BAD_MESSAGE,
    /// The transmit buffer is too small for the next message, which stays pending: `needed` bytes. Poll again.
    PUSHER_ACTION_TOO_SMALL,
}

pub use pusher_action_kind::*;

/// PUSHER_ACTION_OPEN.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_open {
    /// For pusher_connection_handle_opened.
    pub attempt: u16,
    /// Whether the socket must use TLS: because of the URL, or because the server demanded it.
    pub secure: bool,
}

/// Why a socket is dropped.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_close_kind {
    /// The client closes the connection, because of a command or a deadline.
    PUSHER_CLOSE_REQUESTED = 0,
    /// The server closed the WebSocket: `code`, or 0, and `text`.
    PUSHER_CLOSE_SERVER,
    /// The socket ended or failed after the WebSocket was open: `code` as you passed it to
    /// pusher_connection_handle_socket_error.
    PUSHER_CLOSE_SOCKET,
    /// The socket ended or failed before. sockudo does this for an unknown key.
    PUSHER_CLOSE_SOCKET_EARLY,
    /// The server did not open a WebSocket: `code` is its HTTP status, or 0 if the answer is wrong in another way.
    PUSHER_CLOSE_HANDSHAKE,
    /// The server's answer to the handshake does not fit the receive buffer, which has `size` bytes.
    PUSHER_CLOSE_HANDSHAKE_TOO_LONG,
    /// The server violated the WebSocket protocol: `code` is the close code, 1002 or 1007.
    PUSHER_CLOSE_PROTOCOL,
    /// The server sent a message of `size` bytes or more, which does not fit the receive buffer: `code` is 1009.
    PUSHER_CLOSE_TOO_BIG,
    /// The transmit buffer needs `size` bytes for the handshake request. The client does not retry.
    PUSHER_CLOSE_REQUEST_TOO_LONG,
}

pub use pusher_close_kind::*;

/// PUSHER_ACTION_CLOSE.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_close {
    /// The reason of the server; often empty.
    pub text: pusher_text,
    /// A size in bytes.
    pub size: usize,
    /// The kind.
    pub kind: pusher_close_kind,
    /// A code.
    pub code: u16,
}

/// The part of an action that depends on its kind.
#[repr(C)]
#[derive(Clone, Copy)]
pub union pusher_action_data {
    /// PUSHER_ACTION_OPEN.
    pub open: pusher_open,
    /// PUSHER_ACTION_CLOSE.
    pub close: pusher_close,
    /// PUSHER_ACTION_EVENT.
    pub event: pusher_event,
    /// PUSHER_ACTION_NOTICE.
    pub notice: pusher_notice,
    /// PUSHER_ACTION_AUTHORIZE, PUSHER_ACTION_SIGN_IN.
    pub request: pusher_request,
    /// PUSHER_ACTION_WRITE, _READ, _WAIT: milliseconds, or PUSHER_NEVER.
    pub timeout_ms: u32,
    /// PUSHER_ACTION_TOO_SMALL: bytes.
    pub needed: usize,
}

impl core::fmt::Debug for pusher_action_data {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("..")
    }
}

/// What to do next.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_action {
    /// The kind.
    pub kind: pusher_action_kind,
    /// The part that depends on `kind`.
    pub u: pusher_action_data,
}

/// The errors of a socket, for pusher_connection_handle_socket_error. They are reported back; the connection treats all
/// alike.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_socket_error {
    /// The server ended the stream: a read returned no bytes.
    PUSHER_SOCKET_CLOSED = 0,
    /// Any other error.
    PUSHER_SOCKET_OTHER = 1,
    /// The server refused the connection.
    PUSHER_SOCKET_REFUSED = 4,
    /// The server reset the connection.
    PUSHER_SOCKET_RESET = 5,
    /// The connection was aborted.
    PUSHER_SOCKET_ABORTED = 6,
    /// Data was malformed, such as a TLS record.
    PUSHER_SOCKET_INVALID_DATA = 13,
    /// The operation took too long.
    PUSHER_SOCKET_TIMED_OUT = 14,
    /// Memory ran out.
    PUSHER_SOCKET_OUT_OF_MEMORY = 17,
}

pub use pusher_socket_error::*;

/// Numbers the errors of a socket in the order of Rust, so that a conversion is a comparison.
macro_rules! numbered {
    ($($error:ident = $number:literal),*) => {
        /// Returns the error that a number of the caller names.
        pub(crate) fn socket_error(error: u32) -> SocketError {
            match error {
                $($number => SocketError::$error,)*
                _ => SocketError::Other,
            }
        }

        fn socket_code(error: SocketError) -> u16 {
            match error {
                $(SocketError::$error => $number,)*
                _ => PUSHER_SOCKET_OTHER as u16,
            }
        }
    };
}

numbered! {
    Closed = 0, Other = 1, NotFound = 2, PermissionDenied = 3, ConnectionRefused = 4, ConnectionReset = 5,
    ConnectionAborted = 6, NotConnected = 7, AddrInUse = 8, AddrNotAvailable = 9, BrokenPipe = 10, AlreadyExists = 11,
    InvalidInput = 12, InvalidData = 13, TimedOut = 14, Interrupted = 15, Unsupported = 16, OutOfMemory = 17,
    WriteZero = 18
}

pub(crate) fn attempt(number: u16) -> Attempt {
    // SAFETY: an attempt is a number of 16 bits. The library ignores a stale one.
    unsafe { core::mem::transmute::<u16, Attempt>(number) }
}

fn number(attempt: Attempt) -> u16 {
    // SAFETY: as above.
    unsafe { core::mem::transmute::<Attempt, u16>(attempt) }
}

fn close(reason: &CloseReason<'_>, c: &mut pusher_close) {
    *c = pusher_close { text: pusher_text::NONE, size: 0, kind: PUSHER_CLOSE_REQUESTED, code: 0 };
    match reason {
        CloseReason::Server { code, reason } => {
            c.kind = PUSHER_CLOSE_SERVER;
            c.code = code.map_or(0, |code| code.as_u16());
            c.text = (*reason).into();
        }
        CloseReason::Socket { error, opened } => {
            c.kind = if *opened { PUSHER_CLOSE_SOCKET } else { PUSHER_CLOSE_SOCKET_EARLY };
            c.code = socket_code(*error);
        }
        CloseReason::Handshake(HandshakeError::HeadTooLong { capacity }) => {
            c.kind = PUSHER_CLOSE_HANDSHAKE_TOO_LONG;
            c.size = *capacity;
        }
        CloseReason::Handshake(error) => {
            c.kind = PUSHER_CLOSE_HANDSHAKE;
            if let HandshakeError::Status(status) = error {
                c.code = *status;
            }
        }
        CloseReason::Protocol(error) => {
            c.kind = PUSHER_CLOSE_PROTOCOL;
            c.code = error.close_code().as_u16();
            if let ProtocolError::TooBig { size, .. } = error {
                c.kind = PUSHER_CLOSE_TOO_BIG;
                c.size = usize::try_from(*size).unwrap_or(usize::MAX);
            }
        }
        CloseReason::Request(RequestError::OutputTooSmall(error)) => {
            c.kind = PUSHER_CLOSE_REQUEST_TOO_LONG;
            c.size = error.needed();
        }
        _ => {}
    }
}

/// Writes an action as C receives it, in place: it is large.
#[inline(never)] // size
pub(crate) fn write(action: &Action<'_>, now: Instant, out: &mut pusher_action) {
    out.kind = match action {
        Action::Open { secure, attempt } => {
            out.u.open = pusher_open { attempt: number(*attempt), secure: *secure };
            PUSHER_ACTION_OPEN
        }
        Action::Close(reason) => {
            // SAFETY: a member of the union is about to be set.
            close(reason, unsafe { &mut out.u.close });
            PUSHER_ACTION_CLOSE
        }
        Action::Read { until: at } | Action::Wait { until: at } => {
            out.u.timeout_ms = until(now, at);
            if let Action::Read { .. } = action { PUSHER_ACTION_READ } else { PUSHER_ACTION_WAIT }
        }
        Action::Event(event) => {
            // SAFETY: as above.
            event::write(Some(event), now, unsafe { &mut out.u.event });
            PUSHER_ACTION_EVENT
        }
        Action::Notice(notice) => {
            // SAFETY: as above.
            notice::write(Some(notice), now, unsafe { &mut out.u.notice });
            PUSHER_ACTION_NOTICE
        }
        Action::BadEnvelope(_) => PUSHER_ACTION_BAD_MESSAGE,
        Action::OutputTooSmall(error) => {
            out.u.needed = error.needed();
            PUSHER_ACTION_TOO_SMALL
        }
        Action::Write => PUSHER_ACTION_WRITE,
        _ => PUSHER_ACTION_PROGRESS,
    };
}
