//! The bodies of the fuzz targets: functions over bytes that panic when the crate breaks a guarantee.
//!
//! The fuzz targets call them with inputs of libFuzzer, `tests/random/fuzz_seeds.rs` with the seeds in `fuzz/seeds`,
//! and `tests/random/model.rs` with random bytes, so that every test run compiles and runs them.

pub mod auth_reply;
pub mod bytes;
pub mod client;
#[cfg(feature = "websocket")]
pub mod connection;
pub mod envelope;
#[cfg(feature = "websocket")]
pub mod handshake;
pub mod json;
pub mod pair;
pub mod webhook;
#[cfg(feature = "websocket")]
pub mod websocket;

/// A function that takes any bytes, and panics when the crate breaks a guarantee.
pub type Body = fn(&[u8]);

/// Every body by the name of its target.
pub const BODIES: &[(&str, Body)] = &[
    ("auth_reply", auth_reply::run),
    ("client", client::run),
    #[cfg(feature = "websocket")]
    ("connection", connection::run),
    ("envelope", envelope::run),
    #[cfg(feature = "websocket")]
    ("handshake", handshake::run),
    ("pair", pair::run),
    ("webhook", webhook::run),
    #[cfg(feature = "websocket")]
    ("websocket", websocket::run),
];
