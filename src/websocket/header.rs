//! The header of a frame from the server, and its validation.

use super::ProtocolError;
use super::encoder::{CONTROL_PAYLOAD, Kind, Opcode};

/// The first two bytes of a frame (RFC 6455 §5.2).
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    first: u8,
    second: u8,
}

impl Header {
    /// The value before the first header.
    pub(super) const NONE: Self = Self { first: 0, second: 0 };

    /// Reads the first two bytes of `staged`.
    pub(super) const fn new(staged: &[u8; CONTROL_PAYLOAD]) -> Self {
        let [first, second, ..] = *staged;
        Self { first, second }
    }

    /// Returns the error in the header, if any; `unfinished` is the kind of the message in progress.
    pub(super) fn error(self, unfinished: Option<Kind>) -> Option<ProtocolError> {
        let opcode = self.opcode();
        Some(if self.first & 0x70 != 0 {
            ProtocolError::ReservedBits
        } else if !opcode.is_known() {
            ProtocolError::UnknownOpcode(self.first & 0x0f)
        } else if self.second & 0x80 != 0 {
            ProtocolError::Masked
        } else if opcode.is_control() {
            if !self.fin() {
                ProtocolError::ControlFragmented
            } else if usize::from(self.second) > CONTROL_PAYLOAD {
                ProtocolError::ControlTooLong
            } else {
                return None;
            }
        } else {
            match (opcode, unfinished) {
                (Opcode::CONTINUATION, None) => ProtocolError::UnexpectedContinuation,
                (Opcode::CONTINUATION, Some(_)) | (_, None) => return None,
                (_, Some(_)) => ProtocolError::MessageInterrupted,
            }
        })
    }

    /// Returns whether the frame ends its message.
    pub(super) const fn fin(self) -> bool {
        self.first & 0x80 != 0
    }

    pub(super) const fn opcode(self) -> Opcode {
        Opcode(self.first & 0x0f)
    }

    /// Returns the size of the whole header in bytes: 2, 4 or 10.
    pub(super) const fn size(self) -> usize {
        match self.second {
            126 => 4,
            127 => 10,
            _ => 2,
        }
    }

    /// Returns the length of the payload in bytes. `extended` is the header after its first two bytes: 0, 2 or 8 bytes,
    /// depending on [`size`](Self::size).
    pub(super) fn payload_len(self, extended: &[u8]) -> Result<u64, ProtocolError> {
        let shortest = match extended.len() {
            0 => return Ok(self.second.into()),
            2 => 126,
            _ => 0x1_0000,
        };
        let len = extended.iter().fold(0, |len, byte| len << 8 | u64::from(*byte));
        if len < shortest {
            Err(ProtocolError::LengthNotMinimal)
        } else if len >> 63 != 0 {
            Err(ProtocolError::LengthOutOfRange)
        } else {
            Ok(len)
        }
    }
}
