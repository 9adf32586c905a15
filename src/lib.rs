#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]
// The README is the crate's documentation; its run loop needs the driver.
#![cfg_attr(feature = "embedded-io", doc = include_str!("../README.md"))]
#![cfg_attr(not(feature = "embedded-io"), doc = "Pusher Channels as a state machine without I/O.")]

#[cfg(test)]
#[macro_use]
extern crate std;

pub mod auth;
pub mod channel;
pub mod client;
#[cfg(feature = "websocket")]
pub mod connection;
#[cfg(feature = "encrypted")]
pub mod encryption;
pub mod endpoint;
pub mod envelope;
pub mod event;

#[cfg(any(feature = "embedded-io", feature = "embedded-io-async"))]
pub mod io;
pub mod time;
#[cfg(feature = "websocket")]
pub mod websocket;

#[cfg(test)]
mod diagrams;
mod output;
mod percent;
mod scrub;
mod text;
mod trace;

pub use channel::{Channel, ChannelKind, ChannelStatus};
pub use client::{Authorization, Client, Close, Config, Notice, Request, State};
#[cfg(feature = "websocket")]
pub use connection::Connection;
pub use endpoint::Endpoint;
pub use envelope::Payload;
pub use event::Event;

pub use output::OutputTooSmall;
pub use time::{Duration, Instant};
