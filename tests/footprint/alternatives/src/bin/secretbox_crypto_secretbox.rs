//! The decryption of an event, by `crypto_secretbox`.

#![no_std]
#![no_main]

use crypto_secretbox::aead::AeadInPlace;
use crypto_secretbox::{KeyInit, XSalsa20Poly1305};

fn open(key: &[u8; 32], nonce: &[u8; 24], tag: &[u8; 16], text: &mut [u8]) -> bool {
    XSalsa20Poly1305::new(key.into()).decrypt_in_place_detached(nonce.into(), b"", text, tag.into()).is_ok()
}

alternatives::image!(open => fn(&[u8; 32], &[u8; 24], &[u8; 16], &mut [u8]) -> bool);
