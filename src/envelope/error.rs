//! What can be wrong with a frame.

use core::fmt;

use super::json::MAX_DEPTH;

/// A frame that cannot be taken. The peer is at fault; the state is as it was, and the next good frame works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum EnvelopeError {
    /// Not UTF-8 from this byte on.
    NotUtf8 {
        /// Offset of the first bad byte in the frame.
        at: usize,
    },
    /// Not one JSON value, or cut short.
    NotJson {
        /// Offset in the frame of the byte that cannot stand there; the length of the frame when it ends too soon.
        at: usize,
    },
    /// Arrays and objects nested more than 64 levels deep inside one field of the frame, or in a frame that is no object.
    TooDeep {
        /// Offset of the bracket that is one too many.
        at: usize,
    },
    /// JSON, but not an object.
    NotAnObject,
    /// No field `event` that is a string.
    MissingEvent,
    /// A protocol event without what the protocol says it carries, such as a `pusher:connection_established` without
    /// a `socket_id` or a `pusher_internal:subscription_succeeded` without a channel.
    MissingData,
    /// The server's `socket_id` is longer than the 64 bytes that are kept for it.
    SocketIdTooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// A frame when no connection is open: before `handle_open`, or after the client asked to close.
    NotOpen,
    /// An event other than `pusher:connection_established` or `pusher:error` as the first word of the server.
    NotEstablished,
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 { at } => write!(f, "the server sent a frame that is not UTF-8 at byte {at}"),
            Self::NotJson { at } => write!(f, "the server sent a frame that is not JSON at byte {at}"),
            Self::TooDeep { at } => {
                write!(f, "the server sent a frame nested more than {MAX_DEPTH} levels deep at byte {at}")
            }
            Self::NotAnObject => f.write_str("the server sent a frame that is no JSON object"),
            Self::MissingEvent => f.write_str("the server sent a frame without an event name"),
            Self::MissingData => f.write_str("the server sent a protocol event without the data it must carry"),
            Self::SocketIdTooLong { length } => write!(f, "the server sent a socket id of {length} bytes, over 64"),
            Self::NotOpen => f.write_str("a frame came while no connection is open"),
            Self::NotEstablished => f.write_str("the server's first frame does not establish the connection"),
        }
    }
}

impl core::error::Error for EnvelopeError {}
