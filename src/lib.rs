#![no_std]
#![forbid(unsafe_code)]
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
// The README is the crate's documentation; its run loop needs the driver. Its links lead to files of the repository,
// which rustdoc does not have. The first definition of a link counts, so those of links.md come before.
#![cfg_attr(feature = "embedded-io", doc = include_str!("links.md"))]
#![cfg_attr(
    all(feature = "embedded-io", feature = "embedded-io-async"),
    doc = "[`Connection::step_async`]: crate::Connection::step_async"
)]
#![cfg_attr(feature = "embedded-io", doc = include_str!("../docs/pictures/links.md"))]
#![cfg_attr(feature = "embedded-io", doc = "")]
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

/// The documents for users, as in the folder `docs` of the repository.
#[cfg(all(doc, feature = "embedded-io"))]
pub mod manual {
    #[doc = include_str!("links.md")]
    #[doc = ""]
    // Its programs use every driver and a runtime.
    #[cfg_attr(any(not(doctest), feature = "embedded-io-async"), doc = include_str!("../docs/guide.md"))]
    pub mod guide {}

    #[doc = include_str!("links.md")]
    #[doc = ""]
    #[doc = include_str!("../docs/glossary.md")]
    pub mod glossary {}

    #[doc = include_str!("links.md")]
    #[doc = ""]
    #[doc = include_str!("../docs/security.md")]
    pub mod security {}
}

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
