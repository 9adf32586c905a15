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
        let mut words = nonce.as_chunks::<8>().0.iter();
        let mut next = || words.next().copied().unwrap_or_default();
        let (key, nonce) = (subkey(secret, next(), next()), next());
        let mut blocks = SalsaCore::new((&*key).into(), &nonce.into());
        let mut block = Zeroizing::new([0; BLOCK]);
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

/// Computes HSalsa20: the key for the last third of a nonce. It is half of a Salsa20 block before the input is added.
/// The input is therefore subtracted again; the words of that half are constants and nonce.
fn subkey(secret: &[u8; KEY], nonce: [u8; 8], counter: [u8; 8]) -> Zeroizing<[u8; KEY]> {
    let [c0, c1, c2, c3, c4, c5, c6, c7] = counter;
    // The cipher increments its counter after each block, and a peer that sends the largest one must not make that
    // overflow. A block is the same if the highest bit of all its input words is flipped, so the counter's is cleared.
    let mask = u32::from_le_bytes([0, 0, 0, c7 & 0x80]);
    let mut halves = secret.as_chunks::<16>().0.iter().map(|half| half.as_chunks::<4>().0);
    let mut half = || halves.next().unwrap_or_default();
    let ends: [&[[u8; 4]]; 8] = [
        &[*b"expa"],
        half(),
        &[*b"nd 3"],
        nonce.as_chunks().0,
        counter.as_chunks().0,
        &[*b"2-by"],
        half(),
        &[*b"te k"],
    ];
    let mut state = Zeroizing::new([0; 16]);
    for (place, word) in state.iter_mut().zip(ends.into_iter().flatten()) {
        *place = u32::from_le_bytes(*word) ^ mask;
    }
    let mut blocks = SalsaCore::<U10>::from_raw_state(*state);
    let mut block = Zeroizing::new([0; BLOCK]);
    blocks.write_keystream_block((&mut *block).into());

    let [n0, n1, n2, n3, n4, n5, n6, n7] = nonce;
    let half: [(usize, [u8; 4]); 8] = [
        (0, *b"expa"),
        (5, *b"nd 3"),
        (10, *b"2-by"),
        (15, *b"te k"),
        (6, [n0, n1, n2, n3]),
        (7, [n4, n5, n6, n7]),
        (8, [c0, c1, c2, c3]),
        (9, [c4, c5, c6, c7]),
    ];
    let mut key = Zeroizing::new([0; KEY]);
    for (place, (at, input)) in key.as_chunks_mut().0.iter_mut().zip(half) {
        let sum = block.as_chunks().0.get(at).copied().unwrap_or_default();
        *place = u32::from_le_bytes(sum).wrapping_sub(u32::from_le_bytes(input)).to_le_bytes();
    }
    key
}
