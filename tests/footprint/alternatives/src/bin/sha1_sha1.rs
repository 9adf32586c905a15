//! The answer to a handshake, by `sha1` and the base64 of the library.

#![no_std]
#![no_main]

#[path = "../../../../../src/websocket/accept.rs"]
mod accept;

use sha1::{Digest, Sha1};

fn is_answer(value: &[u8], key: &[u8; 16]) -> bool {
    let mut hash = Sha1::new();
    hash.update(accept::key_text(key));
    hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    let mut text = [0; 28];
    accept::base64(&hash.finalize(), &mut text);
    value == text
}

alternatives::image!(is_answer => fn(&[u8], &[u8; 16]) -> bool);
