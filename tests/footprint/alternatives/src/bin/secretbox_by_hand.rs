//! The decryption of an event, by the library.

#![no_std]
#![no_main]

#[path = "../../../../../src/encryption/secretbox.rs"]
mod secretbox;

alternatives::image!(secretbox::open => fn(&[u8; 32], &[u8; 24], &[u8; 16], &mut [u8]) -> bool);
