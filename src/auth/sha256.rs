//! SHA-256 as a stream (FIPS 180-4 §6.2) around the compression function of `sha2`.

use core::slice;

use sha2::block_api::compress256;
use zeroize::Zeroize;

/// The bytes that one compression takes.
pub(crate) const BLOCK: usize = 64;

/// The bytes at the end of the last block that hold the length of the message.
const LENGTH: usize = 8;

/// The eight words between two compressions.
pub(crate) type State = [u32; 8];

/// The state before the first block (FIPS 180-4 §5.3.3).
const INITIAL: State =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// A hash under way. It can start from the state after some whole blocks, which is what HMAC needs, and is wiped
/// on drop.
pub(crate) struct Sha256 {
    state: State,
    block: [u8; BLOCK],
    length: usize,
}

impl Sha256 {
    pub(crate) fn new() -> Self {
        Self { state: INITIAL, block: [0; BLOCK], length: 0 }
    }

    /// Goes on from `state`, which one block has led to.
    pub(crate) fn after_block(state: &State) -> Self {
        Self { state: *state, block: [0; BLOCK], length: BLOCK }
    }

    /// Begins anew behind one block that came to `state`.
    pub(crate) fn restart(&mut self, state: &State) {
        self.state = *state;
        self.length = BLOCK;
    }

    /// The state that one block leads to.
    pub(crate) fn state_after(block: &[u8; BLOCK]) -> State {
        let mut state = INITIAL;
        compress256(&mut state, slice::from_ref(block));
        state
    }

    #[inline(never)] // for one copy of it in an image
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            let at = self.filled();
            if let Some(slot) = self.block.get_mut(at) {
                *slot = byte;
            }
            self.length = self.length.wrapping_add(1);
            if at == BLOCK - 1 {
                compress256(&mut self.state, slice::from_ref(&self.block));
            }
        }
    }

    /// The digest. By reference, so that no moved copy is left behind; the hash is used up.
    pub(crate) fn finish(&mut self) -> [u8; 32] {
        let bits = (self.length as u64).wrapping_mul(8);
        self.update(&[0x80]);
        while self.filled() != BLOCK - LENGTH {
            self.update(&[0]);
        }
        self.update(&bits.to_be_bytes());
        let mut digest = [0; 32];
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(&self.state) {
            *bytes = word.to_be_bytes();
        }
        digest
    }

    /// How many bytes of the block are filled: less than all of them.
    fn filled(&self) -> usize {
        self.length & (BLOCK - 1)
    }
}

impl Drop for Sha256 {
    #[inline(never)] // for one copy of it in an image
    fn drop(&mut self) {
        self.state.zeroize();
        self.block.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use sha2::Digest;

    use super::*;

    #[test]
    fn every_length_hashes_as_the_reference_does_however_it_is_cut() {
        let bytes: Vec<u8> = (0..300u16).map(|n| (n * 7) as u8).collect();
        for length in 0..bytes.len() {
            let message = &bytes[..length];
            let expected: [u8; 32] = sha2::Sha256::digest(message).into();
            for cut in [0, 1, length / 2, length] {
                let (head, tail) = message.split_at(cut.min(length));
                let mut hash = Sha256::new();
                hash.update(head);
                hash.update(tail);
                assert_eq!(hash.finish(), expected, "{length} bytes, cut at {cut}");
            }
        }
    }
}
