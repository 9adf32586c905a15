//! All interleavings: the real [`Client`](super::Client) against a model of a server and a network, explored
//! exhaustively up to a depth.
//!
//! | file | what it holds |
//! |---|---|
//! | `mod.rs` | the tests |
//! | `server.rs` | the model of the server; shares no code with the client |
//! | `world.rs` | client, application, network and server together: the actions, and what they do |
//! | `rules.rs` | what must hold |
//! | `search.rs` | the breadth-first search |
//! | `fingerprint.rs` | which states are the same |
//!
//! docs/testing.md has the rules in words, the depth and the number of states.

mod fingerprint;
mod rules;
mod search;
mod server;
mod world;

use std::time::Duration;

pub(crate) use fingerprint::Fingerprint;
use search::{Limits, explore};

/// The depth of the ordinary tests, or `EXPLORE_DEPTH`.
fn limits(depth: usize) -> Limits {
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seconds = number("EXPLORE_SECONDS");
    let depth = number("EXPLORE_DEPTH").map_or(depth, |depth| depth as usize);
    Limits { depth: if seconds.is_some() { usize::MAX } else { depth }, time: seconds.map(Duration::from_secs) }
}

#[test]
fn every_interleaving_of_a_public_and_a_private_channel_keeps_the_rules() {
    explore(["a", "private-b"], &limits(3));
}

#[test]
fn every_interleaving_of_a_private_and_a_presence_channel_keeps_the_rules() {
    explore(["private-a", "presence-b"], &limits(3));
}
