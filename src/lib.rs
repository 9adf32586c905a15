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
//! Pusher Channels as a sans-IO state machine.

#[cfg(test)]
#[macro_use]
extern crate std;

pub mod time;

pub mod frame;

mod output;

pub use output::OutputTooSmall;
pub use time::{Duration, Instant};
