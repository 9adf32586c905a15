//! Errors of decoding a message.

use core::fmt;

/// The maximum nesting of arrays and objects in one value. One bit of a `u64` stores the kind of each level.
pub(super) const MAX_DEPTH: u8 = 64;

/// A message that cannot be decoded, caused by the server. The state is unchanged, and the next valid message is
/// handled normally.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum EnvelopeError {
    /// The message is not UTF-8 from this byte on.
    NotUtf8 {
        /// Offset of the first invalid byte in the message.
        at: usize,
    },
    /// The message is not one JSON value, or is truncated.
    NotJson {
        /// Offset of the unexpected byte in the message; the length of the message if it is truncated.
        at: usize,
    },
    /// Arrays and objects are nested more than 64 levels deep in one field of the message, or in a message that is not
    /// an object.
    TooDeep {
        /// Offset of the first bracket beyond the limit.
        at: usize,
    },
    /// The message is JSON, but not an object.
    NotAnObject,
    /// The message has no field `event` that is a string.
    MissingEvent,
    /// A protocol event lacks data that the protocol requires. Examples are a `pusher:connection_established` without a
    /// `socket_id` and a `pusher_internal:subscription_succeeded` without a channel.
    MissingData,
    /// The server's `socket_id` is longer than 64 bytes, the most that is stored.
    SocketIdTooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// A message arrived while no connection is open: before `handle_open`, or after the client requested the close.
    NotOpen,
    /// The server's first message is an event other than `pusher:connection_established` or `pusher:error`.
    NotEstablished,
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 { at } => write!(f, "the server sent a message that is not UTF-8 at byte {at}"),
            Self::NotJson { at } => write!(f, "the server sent a message that is not JSON at byte {at}"),
            Self::TooDeep { at } => {
                write!(f, "the server sent a message nested more than {MAX_DEPTH} levels deep at byte {at}")
            }
            Self::NotAnObject => f.write_str("the server sent a message that is not a JSON object"),
            Self::MissingEvent => f.write_str("the server sent a message without an event name"),
            Self::MissingData => f.write_str("the server sent a protocol event without the data it must carry"),
            Self::SocketIdTooLong { length } => {
                write!(f, "the server sent a socket id of {length} bytes; the limit is 64")
            }
            Self::NotOpen => {
                f.write_str("a message arrived while no connection is open; report the open transport first")
            }
            Self::NotEstablished => f.write_str("the server's first message does not establish the connection"),
        }
    }
}

impl core::error::Error for EnvelopeError {}
