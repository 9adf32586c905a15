//! The key of a handshake and the answer to it (RFC 6455 §1.3): base64 of 16 bytes, and of the SHA-1 of that and a GUID.
//!
//! SHA-1 shows here whether a server speaks WebSocket at all, and protects nothing. That is why it is written by hand: the
//! crates `sha1` and `base64ct`, the reference in the tests, cost a Cortex-M0 several times as much (docs/design.md,
//! "Dependencies").

const GUID: &[u8; 36] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The value of `Sec-WebSocket-Key` for a key.
pub(super) fn key_text(key: &[u8; 16]) -> [u8; 24] {
    let mut text = [0; 24];
    base64(key, &mut text);
    text
}

/// Whether `value` is that of the `Sec-WebSocket-Accept` that answers a key.
#[inline(never)] // stack
pub(super) fn is_answer(value: &[u8], key: &[u8; 16]) -> bool {
    value == accept(&key_text(key))
}

/// The value of `Sec-WebSocket-Accept` that answers the [text](key_text) of a key.
fn accept(key: &[u8; 24]) -> [u8; 28] {
    // 60 bytes and their padding to two blocks (FIPS 180-4 §5.1.1): a one, zeros, and the length of 480 bits.
    let mut block = [0x8000_0000; 16];
    for (word, bytes) in block.iter_mut().zip(key.as_chunks().0.iter().chain(GUID.as_chunks().0)) {
        *word = u32::from_be_bytes(*bytes);
    }
    let mut state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    compress(&mut state, &mut block);
    block = [0; 16];
    if let Some(last) = block.last_mut() {
        *last = 480;
    }
    compress(&mut state, &mut block);
    let mut text = [0; 28];
    base64(state.map(u32::to_be_bytes).as_flattened(), &mut text);
    text
}

/// Encodes `bytes` and fills the rest of `text` with padding (RFC 4648 §4).
pub(super) fn base64(bytes: &[u8], text: &mut [u8]) {
    let mut bits = 0usize;
    for place in text {
        let (_, rest) = bytes.split_at_checked(bits >> 3).unwrap_or_default();
        *place = match *rest {
            [] => b'=',
            [first, ref rest @ ..] => {
                let pair = u16::from_be_bytes([first, rest.first().copied().unwrap_or_default()]);
                base64_digit((pair >> 10usize.wrapping_sub(bits & 7)) as u8 & 63)
            }
        };
        bits = bits.wrapping_add(6);
    }
}

fn base64_digit(value: u8) -> u8 {
    value.wrapping_add(match value {
        0..26 => b'A',
        26..52 => b'a' - 26,
        52..62 => b'0'.wrapping_sub(52),
        62 => b'+'.wrapping_sub(62),
        _ => b'/'.wrapping_sub(63),
    })
}

/// Takes one block into the hash (FIPS 180-4 §6.1.3); the block becomes the schedule.
fn compress(state: &mut [u32; 5], schedule: &mut [u32; 16]) {
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    for round in 0..80usize {
        let word = |back: usize| schedule.get(round.wrapping_sub(back) & 15).copied().unwrap_or_default();
        let next = if round < 16 { word(0) } else { (word(3) ^ word(8) ^ word(14) ^ word(16)).rotate_left(1) };
        let (mixed, constant) = match round {
            0..20 => (d ^ (b & (c ^ d)), 0x5a82_7999),
            20..40 => (b ^ c ^ d, 0x6ed9_eba1),
            40..60 => ((b & c) | (d & (b | c)), 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6_u32),
        };
        let sum = a.rotate_left(5).wrapping_add(mixed).wrapping_add(constant).wrapping_add(next).wrapping_add(e);
        (e, d, c, b, a) = (d, c, b.rotate_left(30), a, sum);
        if let Some(place) = schedule.get_mut(round & 15) {
            *place = next;
        }
    }
    let [a0, b0, c0, d0, e0] = *state;
    *state = [a.wrapping_add(a0), b.wrapping_add(b0), c.wrapping_add(c0), d.wrapping_add(d0), e.wrapping_add(e0)];
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64, Encoding};
    use sha1::{Digest, Sha1};

    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        let key = key_text(b"the sample nonce");
        assert_eq!(&key, b"dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(&accept(&key), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn keys_and_answers_are_those_of_the_reference() {
        let mut key = [0; 16];
        for round in 0..2000u32 {
            for (byte, place) in key.iter_mut().zip(1..) {
                *byte = (round.wrapping_mul(0x9e37_79b1).wrapping_mul(place) >> 21) as u8;
            }
            let text = key_text(&key);
            assert_eq!(Base64::encode(&key, &mut [0; 24]), Ok(core::str::from_utf8(&text).unwrap()));
            let digest = Sha1::new().chain_update(text).chain_update(GUID).finalize();
            let expected = accept(&text);
            assert_eq!(Base64::encode(&digest, &mut [0; 28]), Ok(core::str::from_utf8(&expected).unwrap()));
        }
    }
}
