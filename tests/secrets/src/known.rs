//! The secrets of the tests, in all forms in which they could be left.

use hmac::{Hmac, KeyInit, Mac};
use pusher_proto::encryption::SharedSecret;
use sha2::block_api::compress256;
use sha2::{Digest, Sha256};

use crate::{Needles, fill};

/// Returns a secret of `length` bytes, on the heap.
pub fn secret(length: usize) -> Vec<u8> {
    let mut secret = vec![0; length];
    fill(length as u64, &mut secret);
    secret
}

/// Returns the values that HMAC derives from a secret of `length` bytes, in all forms in which they could be left.
pub fn forms(length: usize) -> Needles {
    let secret = secret(length);
    let short = if length > 64 { Sha256::digest(&secret).to_vec() } else { secret.clone() };
    let mut states = Vec::new();
    let mut needles = Needles::default().text("hashed secret", &short).text("secret", &secret);
    for (pad, padded, state) in [(0x36, "inner key", "inner state"), (0x5c, "outer key", "outer state")] {
        let mut block = [pad; 64];
        block.iter_mut().zip(&short).for_each(|(byte, key)| *byte ^= key);
        let words: Vec<u32> = block.as_chunks().0.iter().map(|word| u32::from_be_bytes(*word)).collect();
        needles = needles.text(padded, &block).words(padded, &words[..short.len() / 4]);
        let mut hash = INITIAL;
        compress256(&mut hash, &[block]);
        needles = needles.words(state, &hash);
        states.push(hash);
    }
    // The addend of a signature's last compression: together with the known signature it reveals the outer state.
    let mut hmac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
    hmac.update(LAST.as_bytes());
    let signature: [u8; 32] = hmac.finalize().into_bytes().into();
    let added =
        signature.as_chunks().0.iter().zip(&states[1]).map(|(s, state)| u32::from_be_bytes(*s).wrapping_sub(*state));
    needles.words("outer rounds", &added.collect::<Vec<_>>())
}

/// The message that a test signs last.
pub const LAST: &str = "1.1:private-x";

/// The state of SHA-256 before the first block (FIPS 180-4 §5.3.3).
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The channel of the encrypted events.
pub const CHANNEL: &str = "private-encrypted-x";
/// Returns the master key, on the heap.
pub fn master_key() -> Box<[u8; 32]> {
    let mut key = Box::new([0; 32]);
    fill(32, &mut *key);
    key
}

/// Returns the master key and the key of [`CHANNEL`].
pub fn keys() -> Needles {
    let master_key = master_key();
    let key = SharedSecret::derive(CHANNEL, &master_key);
    let words = |bytes: &[u8; 32]| bytes.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word)).collect::<Vec<_>>();
    Needles::default()
        .text("master key", &*master_key)
        .words("master key", &words(&master_key))
        .text("shared key", key.as_bytes())
        .words("shared key", &words(key.as_bytes()))
        .text("shared key in base64", key.to_base64(&mut [0; 44]).unwrap().as_bytes())
}
