//! The answer to a handshake, by the library.

#![no_std]
#![no_main]

#[path = "../../../../../src/websocket/accept.rs"]
mod accept;

alternatives::image!(accept::is_answer => fn(&[u8], &[u8; 16]) -> bool);
