//! Hostile servers, in virtual time: what they send leads to a typed result, in bounded memory and a bounded number of
//! steps, and the same client then works with a fair server.
//!
//! | file | contents |
//! |---|---|
//! | `stalls.rs` | servers that send or take a byte a second, in every phase |
//! | `sizes.rs` | messages, heads, names and ids that are too large |
//! | `floods.rs` | servers that send the same thing for ever |
//! | `numbers.rs` | every number of the protocol at its limits |
//! | `storms.rs` | servers that let clients come and go |
//! | `world.rs` | the client, its application and the time |
//! | `server.rs` | a fair server, and one that turns hostile at a chosen moment |
#![cfg(all(feature = "embedded-io", feature = "users"))]

mod floods;
mod numbers;
mod server;
mod sizes;
mod stalls;
mod storms;
mod world;
