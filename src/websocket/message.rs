//! The messages that a decoder returns.

use super::CloseCode;

/// A message or control frame from the server, returned by [`Decoder::poll`](super::Decoder::poll) and
/// [`WebSocket::poll`](super::WebSocket::poll).
///
/// Messages borrow the buffer (`'b`), control frames the decoder (`'d`). Both end with the next call.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message<'d, 'b> {
    /// The opening handshake succeeded; messages may be sent. Returned once, only by
    /// [`WebSocket::poll`](super::WebSocket::poll).
    Open,
    /// A complete text message, validated as UTF-8. It is writable, so that it can be decoded in place.
    Text(&'b mut [u8]),
    /// A complete binary message.
    Binary(&'b mut [u8]),
    /// A ping with up to 125 bytes, which a pong must echo.
    Ping(&'d [u8]),
    /// A pong with up to 125 bytes.
    Pong(&'d [u8]),
    /// The server closes the connection; nothing follows.
    Close {
        /// The close code, if any.
        code: Option<CloseCode>,
        /// The reason as text, up to 123 bytes, often empty.
        reason: &'d str,
    },
}

/// The kind of the data that has arrived, without its bytes, for loops that the borrow checker rejects otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ready {
    Open,
    Text,
    Binary,
    Ping,
    Pong,
    Close,
}

/// A marker for an error that is kept where it happened, so that a byte is returned instead of 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failed;
