//! The targets, one file each. Written by `tests/run.sh --update fuzz_targets` from the files in this folder.

use super::{Target, run, show};

pub mod auth_reply;
pub mod client;
#[cfg(feature = "websocket")]
pub mod connection;
#[cfg(feature = "encrypted")]
pub mod encrypted;
pub mod endpoint;
pub mod envelope;
#[cfg(feature = "websocket")]
pub mod handshake;
pub mod pair;
#[cfg(feature = "rest")]
pub mod rest_reply;
pub mod roster;
pub mod trigger_value;
#[cfg(all(feature = "users", feature = "websocket"))]
pub mod weather;
pub mod webhook;
#[cfg(feature = "websocket")]
pub mod websocket;

/// Every target.
pub const TARGETS: &[Target] = &[
    Target {
        name: "auth_reply",
        run: |data| run(data, auth_reply::run),
        show: |data| show(data, auth_reply::run),
        max_len: auth_reply::MAX_LEN,
    },
    Target {
        name: "client",
        run: |data| run(data, client::run),
        show: |data| show(data, client::run),
        max_len: client::MAX_LEN,
    },
    #[cfg(feature = "websocket")]
    Target {
        name: "connection",
        run: |data| run(data, connection::run),
        show: |data| show(data, connection::run),
        max_len: connection::MAX_LEN,
    },
    #[cfg(feature = "encrypted")]
    Target {
        name: "encrypted",
        run: |data| run(data, encrypted::run),
        show: |data| show(data, encrypted::run),
        max_len: encrypted::MAX_LEN,
    },
    Target {
        name: "endpoint",
        run: |data| run(data, endpoint::run),
        show: |data| show(data, endpoint::run),
        max_len: endpoint::MAX_LEN,
    },
    Target {
        name: "envelope",
        run: |data| run(data, envelope::run),
        show: |data| show(data, envelope::run),
        max_len: envelope::MAX_LEN,
    },
    #[cfg(feature = "websocket")]
    Target {
        name: "handshake",
        run: |data| run(data, handshake::run),
        show: |data| show(data, handshake::run),
        max_len: handshake::MAX_LEN,
    },
    Target {
        name: "pair",
        run: |data| run(data, pair::run),
        show: |data| show(data, pair::run),
        max_len: pair::MAX_LEN,
    },
    #[cfg(feature = "rest")]
    Target {
        name: "rest_reply",
        run: |data| run(data, rest_reply::run),
        show: |data| show(data, rest_reply::run),
        max_len: rest_reply::MAX_LEN,
    },
    Target {
        name: "roster",
        run: |data| run(data, roster::run),
        show: |data| show(data, roster::run),
        max_len: roster::MAX_LEN,
    },
    Target {
        name: "trigger_value",
        run: |data| run(data, trigger_value::run),
        show: |data| show(data, trigger_value::run),
        max_len: trigger_value::MAX_LEN,
    },
    #[cfg(all(feature = "users", feature = "websocket"))]
    Target {
        name: "weather",
        run: |data| run(data, weather::run),
        show: |data| show(data, weather::run),
        max_len: weather::MAX_LEN,
    },
    Target {
        name: "webhook",
        run: |data| run(data, webhook::run),
        show: |data| show(data, webhook::run),
        max_len: webhook::MAX_LEN,
    },
    #[cfg(feature = "websocket")]
    Target {
        name: "websocket",
        run: |data| run(data, websocket::run),
        show: |data| show(data, websocket::run),
        max_len: websocket::MAX_LEN,
    },
];
