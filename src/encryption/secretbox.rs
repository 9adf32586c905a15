//! NaCl secretbox: XSalsa20 and Poly1305 (Bernstein, "Cryptography in NaCl"), in place.
//!
//! The tests compare it with the crate `crypto_secretbox`.

use ctutils::CtEq;
use poly1305::Poly1305;
use poly1305::universal_hash::KeyInit;
use salsa20::SalsaCore;
use salsa20::cipher::consts::U10;
use salsa20::cipher::{KeyIvInit, StreamCipherCore};
use zeroize::Zeroizing;

/// The length of a key in bytes.
pub(super) const KEY: usize = 32;
/// The length of a nonce in bytes.
pub(super) const NONCE: usize = 24;
/// The length of the authentication tag in bytes. It precedes the ciphertext.
pub(super) const TAG: usize = 16;
/// The number of bytes that the cipher generates at once.
const BLOCK: usize = 64;

/// Decrypts `text` if `tag` authenticates it; otherwise returns `false` and leaves it unchanged. Compares in constant
/// time.
pub(super) fn open(key: &[u8; KEY], nonce: &[u8; NONCE], tag: &[u8; TAG], text: &mut [u8]) -> bool {
    let (stream, mac) = Stream::new(key, nonce);
    let is_authentic = mac.compute_unpadded(text).ct_eq(tag).to_bool();
    if is_authentic {
        stream.apply(text);
    }
    is_authentic
}

/// Encrypts `text` and returns its tag.
pub(super) fn seal(key: &[u8; KEY], nonce: &[u8; NONCE], text: &mut [u8]) -> [u8; TAG] {
    let (stream, mac) = Stream::new(key, nonce);
    stream.apply(text);
    mac.compute_unpadded(text).into()
}

/// The key stream for one message: XSalsa20 (Bernstein, "Extending the Salsa20 nonce").
///
/// It is built here from blocks of Salsa20, because the crate `crypto_secretbox` and the cipher's own streams can
/// panic.
struct Stream {
    blocks: SalsaCore<U10>,
    block: Zeroizing<[u8; BLOCK]>,
    at: usize,
}

impl Stream {
    /// Creates the stream and the authenticator of the ciphertext, whose key is the first 32 bytes (NaCl, "secretbox").
    fn new(secret: &[u8; KEY], nonce: &[u8; NONCE]) -> (Self, Poly1305) {
        let (input, rest) = nonce.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        let mut block = Zeroizing::new([0; BLOCK]);
        let key = subkey(secret, input, &mut block);
        let mut blocks = SalsaCore::new((&*key).into(), &rest.first_chunk().copied().unwrap_or_default().into());
        blocks.write_keystream_block((&mut *block).into());
        let (key, _) = block.split_first_chunk::<KEY>().unwrap_or((&[0; KEY], &[]));
        let mac = Poly1305::new(key.into());
        (Self { blocks, block, at: KEY }, mac)
    }

    fn apply(mut self, text: &mut [u8]) {
        for byte in text {
            if self.at == BLOCK {
                self.blocks.write_keystream_block((&mut *self.block).into());
                self.at = 0;
            }
            *byte ^= self.block.get(self.at).copied().unwrap_or_default();
            self.at = self.at.wrapping_add(1); // at most BLOCK
        }
    }
}

/// The words of a block that are the key of HSalsa20.
const WORDS: [u8; KEY / 4] = [0, 5, 10, 15, 6, 7, 8, 9];

/// Computes HSalsa20 with `block` as its working memory: the key for the last third of a nonce, from the `input` before
/// it. That key is half of a Salsa20 block before the words it is made from are added. They are therefore subtracted
/// again.
fn subkey(secret: &[u8; KEY], input: &[u8; 16], block: &mut [u8; BLOCK]) -> Zeroizing<[u8; KEY]> {
    let [.., last] = *input;
    // The cipher increments its counter, the second half of the input, after each block, and a peer that sends the
    // largest one must not make that overflow. A block is the same if the highest bit of all words is flipped, so that
    // of the counter is cleared.
    let mask = u32::from_le_bytes([0, 0, 0, last & 0x80]);
    let (low, high) = secret.split_at(16);
    let mut state = Zeroizing::new([0; 16]);
    put(&mut state, 0, b"expa", mask);
    put(&mut state, 1, low, mask);
    put(&mut state, 5, b"nd 3", mask);
    put(&mut state, 6, input, mask);
    put(&mut state, 10, b"2-by", mask);
    put(&mut state, 11, high, mask);
    put(&mut state, 15, b"te k", mask);
    let mut blocks = SalsaCore::<U10>::from_raw_state(*state);
    blocks.write_keystream_block(block.into());

    let mut key = Zeroizing::new([0; KEY]);
    for (place, at) in key.as_chunks_mut().0.iter_mut().zip(&WORDS) {
        let at = usize::from(*at);
        let sum = block.as_chunks().0.get(at).copied().unwrap_or_default();
        let word = state.get(at).copied().unwrap_or_default() ^ mask;
        *place = u32::from_le_bytes(sum).wrapping_sub(word).to_le_bytes();
    }
    key
}

/// Writes the words of `bytes` to `state`, from the word `at` on, with the bits of `mask` flipped.
#[inline(never)] // size
fn put(state: &mut [u32; 16], at: usize, bytes: &[u8], mask: u32) {
    for (place, word) in state.iter_mut().skip(at).zip(bytes.as_chunks().0) {
        *place = u32::from_le_bytes(*word) ^ mask;
    }
}
