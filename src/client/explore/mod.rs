//! All interleavings: the real [`Client`](super::Client) against a model of a server and a network, explored
//! exhaustively up to a depth.
//!
//! | file | contents |
//! |---|---|
//! | `mod.rs` | the tests |
//! | `server.rs` | the model of the server; shares no code with the client |
//! | `wire.rs` | messages as text |
//! | `world.rs` | client, application, network and server together |
//! | `actions.rs`, `act.rs` | the actions and their effects |
//! | `rules.rs` | the invariants |
//! | `search.rs` | the breadth-first search |
//! | `fingerprint.rs` | the equality of states |
//! | `soundness.rs` | tests of the explorer itself |
//!
//! docs/testing.md has the rules in words, the depth and the number of states.

mod act;
mod actions;
mod fingerprint;
mod rules;
mod search;
mod server;
mod soundness;
mod wire;
mod world;

pub(crate) use fingerprint::Fingerprint;
use search::explore;
use server::Manner;
use world::World;

/// Returns how many actions in a row are explored; set `EXPLORE_DEPTH` for more.
fn depth() -> usize {
    std::env::var("EXPLORE_DEPTH").map_or(6, |depth| depth.parse().expect("a number"))
}

#[test]
fn every_interleaving_of_a_public_and_a_private_channel_keeps_the_rules() {
    explore(&World::new(["a", "private-b"], Manner::Lenient), depth());
}

#[test]
fn every_interleaving_of_a_private_and_a_presence_channel_keeps_the_rules() {
    explore(&World::new(["private-a", "presence-b"], Manner::Lenient), depth());
}

#[test]
fn every_interleaving_with_a_server_that_answers_redundant_requests_with_errors_keeps_the_rules() {
    explore(&World::new(["private-a", "private-b"], Manner::Strict), depth());
}
