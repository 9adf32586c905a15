//! The header of a frame from the server, and what may stand in it.

use super::ProtocolError;
use super::encoder::{CONTROL_PAYLOAD, Kind, Opcode};

/// The first two bytes of a frame (RFC 6455 §5.2).
#[derive(Clone, Copy)]
pub(super) struct Header {
    pub(super) fin: bool,
    pub(super) opcode: Opcode,
    /// The seven bits: the length itself, or 126 for two bytes, or 127 for eight.
    len: u8,
}

impl Header {
    /// Parses the first two bytes of `staged`; `unfinished` is the message that has begun.
    pub(super) fn check(staged: &[u8; CONTROL_PAYLOAD], unfinished: Option<Kind>) -> Result<Self, ProtocolError> {
        let [first, second, ..] = *staged;
        if first & 0x70 != 0 {
            return Err(ProtocolError::ReservedBits);
        }
        let opcode = match first & 0x0f {
            0 => Opcode::Continuation,
            1 => Opcode::Text,
            2 => Opcode::Binary,
            8 => Opcode::Close,
            9 => Opcode::Ping,
            10 => Opcode::Pong,
            unknown => return Err(ProtocolError::UnknownOpcode(unknown)),
        };
        if second & 0x80 != 0 {
            return Err(ProtocolError::Masked);
        }
        let header = Self { fin: first & 0x80 != 0, opcode, len: second & 0x7f };
        match (opcode, unfinished) {
            (Opcode::Continuation, None) => Err(ProtocolError::UnexpectedContinuation),
            (Opcode::Text | Opcode::Binary, Some(_)) => Err(ProtocolError::MessageInterrupted),
            _ if header.is_control() && !header.fin => Err(ProtocolError::ControlFragmented),
            _ if header.is_control() && usize::from(header.len) > CONTROL_PAYLOAD => Err(ProtocolError::ControlTooLong),
            _ => Ok(header),
        }
    }

    pub(super) const fn is_control(self) -> bool {
        matches!(self.opcode, Opcode::Close | Opcode::Ping | Opcode::Pong)
    }

    /// The whole header in bytes: 2, 4 or 10.
    pub(super) const fn size(self) -> usize {
        match self.len {
            126 => 4,
            127 => 10,
            _ => 2,
        }
    }

    /// The length of the payload in bytes, from the whole header in `staged`.
    pub(super) fn payload_len(self, staged: &[u8; CONTROL_PAYLOAD]) -> Result<u64, ProtocolError> {
        let [_, _, l0, l1, l2, l3, l4, l5, l6, l7, ..] = *staged;
        let (len, shortest) = match self.len {
            126 => (u64::from(u16::from_be_bytes([l0, l1])), 126),
            127 => (u64::from_be_bytes([l0, l1, l2, l3, l4, l5, l6, l7]), 0x1_0000),
            len => (u64::from(len), 0),
        };
        if len < shortest {
            return Err(ProtocolError::LengthNotMinimal);
        }
        if len >> 63 != 0 {
            return Err(ProtocolError::LengthOutOfRange);
        }
        Ok(len)
    }
}
