//! A stand-in for a secure element: only this process has the secret. A command is its length of at most 64 bytes and
//! that much of the text; the empty one returns the code of the text.

use std::io::{Read, Write, stdin, stdout};

use hmac::{HmacReset, KeyInit, Mac};
use sha2::Sha256;

fn main() {
    let mut secret = [0; 20];
    secrets::fill(20, &mut secret);
    let mut hmac = HmacReset::<Sha256>::new_from_slice(&secret).unwrap();
    let (mut length, mut block) = ([0], [0; 64]);
    while stdin().read_exact(&mut length).is_ok() {
        let block = &mut block[..usize::from(length[0])];
        stdin().read_exact(block).unwrap();
        hmac.update(block);
        if block.is_empty() {
            stdout().write_all(&hmac.finalize_reset().into_bytes()).unwrap();
            stdout().flush().unwrap();
        }
    }
}
