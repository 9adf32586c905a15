//! The base64 of a handshake, by `base64ct`.

#![no_std]
#![no_main]

use base64ct::{Base64, Encoding};

fn base64(bytes: &[u8], text: &mut [u8]) {
    let _ = Base64::encode(bytes, text);
}

alternatives::image!(base64 => fn(&[u8], &mut [u8]));
