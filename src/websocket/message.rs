//! What the server sent.

use super::CloseCode;

/// What the server sent, as handed out by [`Decoder::poll`](super::Decoder::poll) and
/// [`WebSocket::poll`](super::WebSocket::poll).
///
/// Messages borrow the buffer (`'b`), control frames the decoder (`'d`). Both are gone at the next call.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message<'d, 'b> {
    /// The opening handshake succeeded: send away. Only from [`WebSocket::poll`](super::WebSocket::poll), once.
    Open,
    /// A whole text message, checked to be UTF-8. Writable, so that it can be decoded in place.
    Text(&'b mut [u8]),
    /// A whole binary message.
    Binary(&'b mut [u8]),
    /// A ping with up to 125 bytes, which a pong must echo.
    Ping(&'d [u8]),
    /// A pong with up to 125 bytes.
    Pong(&'d [u8]),
    /// The server closes the connection; nothing comes after.
    Close {
        /// Why, if it says so.
        code: Option<CloseCode>,
        /// Why in words, up to 123 bytes, often empty.
        reason: &'d str,
    },
}

/// What has arrived, without the bytes of it, for loops in which the borrow checker does not follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ready {
    Open,
    Text,
    Binary,
    Ping,
    Pong,
    Close,
}

/// The end by an error that is kept where it happened: a byte instead of 16 on the way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failed;
