//! Protocol violations by the server after the opening handshake.

use core::fmt;

use super::CloseCode;

/// A violation of RFC 6455 by the server, or a message larger than the buffer. The connection cannot continue.
///
/// Caused by the server, except for [`TooBig`](Self::TooBig), where its message does not fit our buffer.
/// [`close_code`](Self::close_code) returns the code for the close frame (RFC 6455 §7.1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ProtocolError {
    /// A reserved bit is set although no extension was negotiated (§5.2).
    ReservedBits,
    /// The opcode (`3..=7`, `11..=15`) is not defined (§5.2).
    UnknownOpcode(u8),
    /// The frame is masked, which only a client may do (§5.1).
    Masked,
    /// The length is not encoded in the fewest bytes possible (§5.2).
    LengthNotMinimal,
    /// The length has its highest bit set (§5.2).
    LengthOutOfRange,
    /// A ping, pong or close announces more than 125 bytes (§5.5).
    ControlTooLong,
    /// A ping, pong or close is fragmented (§5.5).
    ControlFragmented,
    /// A continuation frame arrived while no message was unfinished (§5.4).
    UnexpectedContinuation,
    /// A new message began before the fragmented one was complete (§5.4).
    MessageInterrupted,
    /// The payload of a close frame is one byte: half a code (§5.5.1).
    CloseTooShort,
    /// The code of a close frame must not appear on the wire (§7.4).
    InvalidCloseCode(u16),
    /// A text message or the reason of a close frame is not UTF-8 (§8.1).
    InvalidUtf8,
    /// The message is longer than the buffer can hold.
    TooBig {
        /// The announced bytes of the message. With fragments still to come, it may be even longer.
        size: u64,
        /// The longest message that the buffer holds, in bytes: one less than its length.
        capacity: usize,
    },
}

impl ProtocolError {
    /// Returns the code to close the connection with: 1002, 1007 or 1009.
    pub const fn close_code(&self) -> CloseCode {
        match self {
            Self::InvalidUtf8 => CloseCode::INVALID_DATA,
            Self::TooBig { .. } => CloseCode::TOO_BIG,
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReservedBits => "the server set a reserved bit without an extension",
            Self::UnknownOpcode(opcode) => return write!(f, "the server sent a frame of unknown opcode {opcode}"),
            Self::Masked => "the server masked a frame",
            Self::LengthNotMinimal => "the server encoded a length in too many bytes",
            Self::LengthOutOfRange => "the server announced a length of more than 63 bits",
            Self::ControlTooLong => "the server sent a control frame of more than 125 bytes",
            Self::ControlFragmented => "the server fragmented a control frame",
            Self::UnexpectedContinuation => "the server continued a message that it had not begun",
            Self::MessageInterrupted => "the server began a message inside another",
            Self::CloseTooShort => "the server sent half a close code",
            Self::InvalidCloseCode(code) => return write!(f, "the server sent the invalid close code {code}"),
            Self::InvalidUtf8 => "the server sent text that is not UTF-8",
            Self::TooBig { size, capacity } => {
                return write!(f, "the server's message of {size} bytes or more does not fit the receive buffer of {capacity} bytes; enlarge it");
            }
        })
    }
}

impl core::error::Error for ProtocolError {}
