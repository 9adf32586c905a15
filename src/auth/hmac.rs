//! HMAC-SHA-256 (RFC 2104) of messages in pieces, with the crates `hmac` and `sha2`.
//!
//! The crates wipe the values they keep, but not their intermediate values: the padded secret and copies of the states
//! stay on the stack. All code that handles them therefore runs in a separate function, whose stack is overwritten
//! afterwards.

use hmac::KeyInit;
use hmac::block_api::HmacCore;
use hmac::digest::block_api::{Buffer, FixedOutputCore, UpdateCore};
use sha2::Sha256;

use crate::scrub::scrub;

/// The stack used below [`Key::new`], in bytes: 780 on a Cortex-M0.
const DERIVE: usize = 1024;
/// The stack used below [`Code::finish`], in bytes: 452 on a Cortex-M0.
const SIGN: usize = 512;

type Hmac = HmacCore<Sha256>;

/// The states of SHA-256 after the two padded keys: sufficient for signing, but the secret cannot be derived from them.
/// Wiped on drop.
#[derive(Clone)]
pub(super) struct Key(Hmac);

impl Key {
    /// Derives the states from a secret of any length; one of more than 64 bytes is hashed first (RFC 2104 §2).
    pub(super) fn new(secret: &[u8]) -> Self {
        let key = Self(derive(secret));
        scrub::<DERIVE>();
        key
    }

    /// Returns the code of a message passed in pieces.
    pub(super) fn code(&self, pieces: &[&str]) -> [u8; 32] {
        let mut code = self.start();
        for piece in pieces {
            code.update(piece.as_bytes());
        }
        code.finish()
    }

    /// Starts the code of a message.
    #[inline(never)] // so that no register of the caller holds a part of the states
    pub(super) fn start(&self) -> Code {
        Code { core: self.0.clone(), block: Buffer::<Hmac>::default() }
    }
}

/// The code of a message in pieces, which avoids assembling the text to sign. Wiped on drop.
pub(super) struct Code {
    core: Hmac,
    block: Buffer<Hmac>,
}

impl Code {
    #[inline(never)] // size
    pub(super) fn update(&mut self, piece: &[u8]) {
        let Self { core, block } = self;
        block.digest_blocks(piece, |blocks| core.update_blocks(blocks));
    }

    pub(super) fn finish(&mut self) -> [u8; 32] {
        let code = self.complete();
        scrub::<SIGN>();
        code
    }

    #[inline(never)] // its stack is overwritten
    fn complete(&mut self) -> [u8; 32] {
        let mut code = Default::default();
        self.core.finalize_fixed_core(&mut self.block, &mut code);
        code.into()
    }
}

#[inline(never)] // its stack is overwritten
fn derive(secret: &[u8]) -> Hmac {
    // Every length is valid.
    Hmac::new_from_slice(secret).unwrap_or_else(|_| Hmac::new(&Default::default()))
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use hmac::Mac;

    use super::*;

    #[test]
    fn the_examples_of_rfc_4231_give_its_signatures() {
        let long = "Test Using Larger Than Block-Size Key - Hash Key First";
        let examples: [(&[u8], &str, &str); 2] = [
            (
                b"Jefe",
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (&[0xaa; 131], long, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        ];
        for (key, message, expected) in examples {
            let code = Key::new(key).code(&[message]);
            assert_eq!(base16ct::lower::encode_str(&code, &mut [0; 64]), Ok(expected));
        }
    }

    #[test]
    fn every_length_of_key_and_message_signs_the_same_in_pieces_and_at_once() {
        let bytes: Vec<u8> = (0..200u16).map(|n| (n * 11 + 3) as u8).collect();
        for key in 0..140 {
            let ours = Key::new(&bytes[..key]);
            for message in (0..bytes.len()).step_by(if key % 32 < 2 { 1 } else { 23 }) {
                let (head, tail) = bytes[..message].split_at(message / 3);
                let mut whole = hmac::Hmac::<Sha256>::new_from_slice(&bytes[..key]).unwrap();
                whole.update(&bytes[..message]);
                let expected: [u8; 32] = whole.finalize().into_bytes().into();
                let mut code = ours.start();
                code.update(head);
                code.update(tail);
                assert_eq!(code.finish(), expected, "key of {key}, message of {message} bytes");
            }
        }
    }
}
