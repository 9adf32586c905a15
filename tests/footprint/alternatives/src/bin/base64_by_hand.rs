//! The base64 of a handshake, by the library.

#![no_std]
#![no_main]

#[path = "../../../../../src/websocket/accept.rs"]
mod accept;

alternatives::image!(accept::base64 => fn(&[u8], &mut [u8]));
