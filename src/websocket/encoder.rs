//! Frames to the server: header, mask and payload in the caller's buffer (RFC 6455 §5.2, §5.3).

use super::CloseCode;
use crate::output::OutputTooSmall;
use crate::text::copy;

/// Bytes to leave free before a payload for the longest header that a client writes: 2 + 8 for the length + 4 for the mask.
pub const MAX_HEADER_LEN: usize = 14;

/// The longest payload of a control frame in bytes (RFC 6455 §5.5).
pub(super) const CONTROL_PAYLOAD: usize = 125;

/// A buffer of this many bytes, 139, takes every control frame: ping, pong or close.
pub const MAX_CONTROL_FRAME_LEN: usize = MAX_HEADER_LEN + CONTROL_PAYLOAD;

/// Where a control frame begins in its buffer: before its header, two bytes and the mask.
pub(crate) const CONTROL_START: usize = MAX_HEADER_LEN - 6;

/// The two kinds of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Kind {
    /// UTF-8 text (opcode 1). Pusher sends nothing else.
    Text,
    /// Bytes (opcode 2).
    Binary,
}

/// The type of a frame (RFC 6455 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opcode(pub(super) u8);

impl Opcode {
    pub(super) const CONTINUATION: Self = Self(0);
    pub(crate) const TEXT: Self = Self(1);
    pub(super) const BINARY: Self = Self(2);
    pub(super) const CLOSE: Self = Self(8);
    pub(super) const PING: Self = Self(9);
    pub(super) const PONG: Self = Self(10);

    pub(super) const fn is_known(self) -> bool {
        matches!(self.0, 0..=2 | 8..=10)
    }

    /// Control frames have the highest bit set.
    pub(super) const fn is_control(self) -> bool {
        self.0 & 8 != 0
    }
}

/// Makes a frame of the `len` bytes at `buffer[MAX_HEADER_LEN..]`: masks them in place and puts the header right before.
///
/// Returns the bytes to send; they end at `MAX_HEADER_LEN + len`. The buffer is unchanged when it fails.
/// The `mask` must be fresh and unpredictable for each frame (RFC 6455 §10.3). Text must be UTF-8, which is not checked.
///
/// # Errors
///
/// [`OutputTooSmall`] when the buffer has fewer than `MAX_HEADER_LEN + len` bytes.
///
/// ```
/// use pusher_proto::websocket::{MAX_HEADER_LEN, Kind, encode_frame};
///
/// let mut tx = [0; 64];
/// tx[MAX_HEADER_LEN..][..5].copy_from_slice(b"Hello");
/// let frame = encode_frame(Kind::Text, 5, [0x37, 0xfa, 0x21, 0x3d], &mut tx)?;
/// assert_eq!(frame, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]); // RFC 6455 §5.7
/// # Ok::<(), pusher_proto::OutputTooSmall>(())
/// ```
pub fn encode_frame(kind: Kind, len: usize, mask: [u8; 4], buffer: &mut [u8]) -> Result<&[u8], OutputTooSmall> {
    let opcode = match kind {
        Kind::Text => Opcode::TEXT,
        Kind::Binary => Opcode::BINARY,
    };
    let start = frame(opcode, len, mask, buffer)?;
    Ok(buffer.get(start..MAX_HEADER_LEN.wrapping_add(len)).unwrap_or_default())
}

/// Writes a ping with `payload`; of more than 125 bytes the first 125 are taken (RFC 6455 §5.5).
///
/// # Errors
///
/// [`OutputTooSmall`]; [`MAX_CONTROL_FRAME_LEN`] bytes always suffice.
pub fn ping<'o>(payload: &[u8], mask: [u8; 4], out: &'o mut [u8]) -> Result<&'o [u8], OutputTooSmall> {
    let end = control(Opcode::PING, [payload, &[]], mask, out)?;
    Ok(written(out, end))
}

/// Writes the pong that answers a ping with `payload`; of more than 125 bytes the first 125 are taken (RFC 6455 §5.5).
///
/// # Errors
///
/// [`OutputTooSmall`]; [`MAX_CONTROL_FRAME_LEN`] bytes always suffice.
pub fn pong<'o>(payload: &[u8], mask: [u8; 4], out: &'o mut [u8]) -> Result<&'o [u8], OutputTooSmall> {
    let end = control(Opcode::PONG, [payload, &[]], mask, out)?;
    Ok(written(out, end))
}

/// Writes a close frame; a `reason` of more than 123 bytes is cut at a character's end (RFC 6455 §5.5.1).
///
/// Without a code the frame is empty and `reason` is not sent.
///
/// # Errors
///
/// [`OutputTooSmall`]; [`MAX_CONTROL_FRAME_LEN`] bytes always suffice.
pub fn close<'o>(
    code: Option<CloseCode>,
    reason: &str,
    mask: [u8; 4],
    out: &'o mut [u8],
) -> Result<&'o [u8], OutputTooSmall> {
    let end = write_close(code, reason, mask, out)?;
    Ok(written(out, end))
}

/// A control frame in `out` that ends at `end`.
pub(super) fn written(out: &[u8], end: usize) -> &[u8] {
    out.get(CONTROL_START..end).unwrap_or_default()
}

/// [`close`], and returns where the frame ends.
#[inline(never)] // size
pub(super) fn write_close(
    code: Option<CloseCode>,
    reason: &str,
    mask: [u8; 4],
    out: &mut [u8],
) -> Result<usize, OutputTooSmall> {
    let Some(code) = code else { return control(Opcode::CLOSE, [&[], &[]], mask, out) };
    let mut cut = reason.len().min(CONTROL_PAYLOAD - 2);
    while !reason.is_char_boundary(cut) {
        cut = cut.saturating_sub(1);
    }
    let reason = reason.as_bytes().get(..cut).unwrap_or_default();
    control(Opcode::CLOSE, [&code.as_u16().to_be_bytes(), reason], mask, out)
}

/// Writes a control frame whose payload is `parts` one after the other. Returns where it ends.
pub(super) fn control(
    opcode: Opcode,
    parts: [&[u8]; 2],
    mask: [u8; 4],
    out: &mut [u8],
) -> Result<usize, OutputTooSmall> {
    let [first, second] = parts;
    let len = first.len().saturating_add(second.len()).min(CONTROL_PAYLOAD);
    let needed = MAX_HEADER_LEN.wrapping_add(len); // at most `MAX_CONTROL_FRAME_LEN`
    let payload = out.get_mut(MAX_HEADER_LEN..needed).ok_or(OutputTooSmall { needed })?;
    copy(payload, first);
    copy(payload.get_mut(first.len()..).unwrap_or_default(), second);
    frame(opcode, len, mask, out).map(|_| needed)
}

/// [`encode_frame`] for any type of frame. Returns where the frame begins.
pub(crate) fn frame(opcode: Opcode, len: usize, mask: [u8; 4], buffer: &mut [u8]) -> Result<usize, OutputTooSmall> {
    let needed = MAX_HEADER_LEN.saturating_add(len);
    let (room, payload) = buffer
        .get_mut(..needed)
        .and_then(|frame| frame.split_first_chunk_mut::<MAX_HEADER_LEN>())
        .ok_or(OutputTooSmall { needed })?;
    apply(mask, payload);

    let (start, second) = match len {
        0..126 => (CONTROL_START, len as u8),
        126..0x1_0000 => (CONTROL_START - 2, 126),
        _ => (0, 127),
    };
    let [_, _, length @ .., m0, m1, m2, m3] = room;
    [*m0, *m1, *m2, *m3] = mask;
    let mut rest = len;
    for place in length.iter_mut().rev().take(CONTROL_START.wrapping_sub(start)) {
        *place = rest as u8;
        rest >>= 8;
    }
    if let Some([place, next, ..]) = room.get_mut(start..) {
        *place = 0x80 | opcode.0; // FIN: every frame is a whole message
        *next = 0x80 | second;
    }
    Ok(start)
}

/// XORs `payload` with the repeated `mask` (RFC 6455 §5.3). Twice is the identity.
fn apply(mask: [u8; 4], payload: &mut [u8]) {
    let key = u32::from_le_bytes(mask);
    if cfg!(target_pointer_width = "64") && payload.len() >= 256 {
        // Vectors across the bounds of those that the payload was just written with would wait for them.
        let head = payload.as_ptr().align_offset(16).min(payload.len());
        if let Some((head, rest)) = payload.split_at_mut_checked(head) {
            let (blocks, tail) = rest.as_chunks_mut::<64>();
            let key = apply_words(key, head);
            for block in blocks {
                apply_words(key, block);
            }
            apply_words(key, tail);
        }
    } else {
        apply_words(key, payload);
    }
}

/// The same, by words. Returns the key for what comes behind.
#[inline(always)]
fn apply_words(mut key: u32, payload: &mut [u8]) -> u32 {
    let (words, rest) = payload.as_chunks_mut::<4>();
    for word in words {
        *word = (u32::from_le_bytes(*word) ^ key).to_le_bytes();
    }
    for byte in rest {
        *byte ^= key as u8;
        key = key.rotate_right(8);
    }
    key
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    #[test]
    fn each_byte_gets_its_byte_of_the_mask_at_every_alignment_and_length() {
        let mask = [0x37, 0xfa, 0x21, 0x3d];
        let bytes: Vec<u8> = (0..700u32).map(|at| (at * 7) as u8).collect();
        for offset in 0..16 {
            for length in (0..80).chain(240..420).chain([600, 684]) {
                let mut masked = bytes.clone();
                super::apply(mask, &mut masked[offset..offset + length]);
                for (at, (byte, was)) in masked.iter().zip(&bytes).enumerate() {
                    let is_in = (offset..offset + length).contains(&at);
                    let expected = if is_in { was ^ mask[(at - offset) % 4] } else { *was };
                    assert_eq!(*byte, expected, "byte {at} of {length} from {offset}");
                }
            }
        }
    }
}
