//! HMAC-SHA-256 (RFC 2104) in 64 bytes a key.
//!
//! The crate `hmac` is the reference in the tests. It does not do the work itself because it leaves the padded secret
//! behind on the stack, and keeps more than twice the bytes that signing needs.

use zeroize::{Zeroize, Zeroizing};

use super::sha256::{BLOCK, Sha256, State};

const INNER_PAD: u8 = 0x36;
const OUTER_PAD: u8 = 0x5c;

/// The states of SHA-256 after the two padded keys: enough to sign, not enough to learn the secret. Wiped on drop.
#[derive(Clone)]
pub(super) struct Key {
    inner: State,
    outer: State,
}

impl Key {
    /// Any length of secret is accepted; one of more than 64 bytes is hashed first (RFC 2104 §2).
    pub(super) fn new(secret: &[u8]) -> Self {
        let mut block = Zeroizing::new([0; BLOCK]);
        if secret.len() > BLOCK {
            let mut hash = Sha256::new();
            hash.update(secret);
            let digest = Zeroizing::new(hash.finish());
            fill(&mut block, &*digest);
        } else {
            fill(&mut block, secret);
        }
        mask(&mut block, INNER_PAD);
        let inner = Sha256::state_after(&block);
        mask(&mut block, INNER_PAD ^ OUTER_PAD);
        let outer = Sha256::state_after(&block);
        Self { inner, outer }
    }

    /// The code of a message, given in pieces.
    pub(super) fn code(&self, pieces: &[&str]) -> [u8; 32] {
        let mut hash = Sha256::after_block(&self.inner);
        for piece in pieces {
            hash.update(piece.as_bytes());
        }
        self.finish(&mut hash)
    }

    /// The code of the message in `hash`.
    fn finish(&self, hash: &mut Sha256) -> [u8; 32] {
        let digest = Zeroizing::new(hash.finish());
        hash.restart(&self.outer);
        hash.update(&*digest);
        hash.finish()
    }

    /// Starts the code of a message.
    pub(super) fn start(&self) -> Code<'_> {
        Code { key: self, hash: Sha256::after_block(&self.inner) }
    }
}

/// The code of a message that comes in pieces, so that no text to sign is ever put together.
pub(super) struct Code<'k> {
    key: &'k Key,
    hash: Sha256,
}

impl Code<'_> {
    pub(super) fn update(&mut self, piece: &[u8]) {
        self.hash.update(piece);
    }

    pub(super) fn finish(mut self) -> [u8; 32] {
        self.key.finish(&mut self.hash)
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

fn fill(block: &mut [u8; BLOCK], bytes: &[u8]) {
    for (slot, byte) in block.iter_mut().zip(bytes) {
        *slot = *byte;
    }
}

fn mask(block: &mut [u8; BLOCK], pad: u8) {
    for byte in block {
        *byte ^= pad;
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use hmac::{Hmac, KeyInit, Mac};

    use super::*;

    #[test]
    fn every_length_of_key_and_message_signs_as_the_reference_does() {
        let bytes: Vec<u8> = (0..200u16).map(|n| (n * 11 + 3) as u8).collect();
        for key in 0..140 {
            let ours = Key::new(&bytes[..key]);
            for message in (0..bytes.len()).step_by(if key % 32 < 2 { 1 } else { 23 }) {
                let (head, tail) = bytes[..message].split_at(message / 3);
                let mut reference = Hmac::<sha2::Sha256>::new_from_slice(&bytes[..key]).unwrap();
                reference.update(&bytes[..message]);
                let expected: [u8; 32] = reference.finalize().into_bytes().into();
                let mut code = ours.start();
                code.update(head);
                code.update(tail);
                assert_eq!(code.finish(), expected, "key of {key}, message of {message} bytes");
            }
        }
    }
}
