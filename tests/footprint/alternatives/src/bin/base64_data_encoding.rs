//! The base64 of a handshake, by `data-encoding`.

#![no_std]
#![no_main]

use data_encoding::BASE64;

fn base64(bytes: &[u8], text: &mut [u8]) {
    if BASE64.encode_len(bytes.len()) == text.len() {
        BASE64.encode_mut(bytes, text);
    }
}

alternatives::image!(base64 => fn(&[u8], &mut [u8]));
