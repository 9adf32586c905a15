//! Every test that is quick and needs no server, in one binary: cargo-mutants builds and links it anew for each mutant,
//! and a binary for each file would cost minutes. `tests/run.sh --mutants` runs it, `cargo test` does not.
//!
//! Not in it: `protocol/log.rs`, which sets the logger of its process, and tests of other things than `src`.

#![allow(clippy::duplicate_mod, reason = "each file brings its own support")]
#![allow(dead_code, reason = "each file uses a part of its support")]

#[path = "../protocol/answers.rs"]
mod answers;
#[path = "../transport/async_driver.rs"]
mod async_driver;
#[path = "../auth/auth_vectors.rs"]
mod auth_vectors;
#[path = "../transport/authorizers.rs"]
mod authorizers;
#[path = "../protocol/channels.rs"]
mod channels;
#[path = "../protocol/client.rs"]
mod client;
#[path = "../transport/connection.rs"]
mod connection;
#[path = "../protocol/decode.rs"]
mod decode;
#[path = "../protocol/doubt.rs"]
mod doubt;
#[path = "../protocol/encrypted.rs"]
mod encrypted;
#[path = "../random/fuzz_seeds.rs"]
mod fuzz_seeds;
#[path = "../docs/guidelines.rs"]
mod guidelines;
#[path = "../docs/messages.rs"]
mod messages;
#[path = "../random/model.rs"]
mod model;
#[path = "../auth/rest_replies.rs"]
mod rest_replies;
#[path = "../auth/rest_vectors.rs"]
mod rest_vectors;
#[path = "../protocol/roster.rs"]
mod roster;
#[path = "../docs/run_loop.rs"]
mod run_loop;
#[path = "../transport/scripted_server.rs"]
mod scripted_server;
#[path = "../auth/secrets.rs"]
mod secrets;
#[path = "../auth/secure_element.rs"]
mod secure_element;
#[path = "../docs/sizes.rs"]
mod sizes;
#[path = "../transport/sockets.rs"]
mod sockets;
#[path = "../transport/std_socket.rs"]
mod std_socket;
#[path = "../protocol/transcripts/main.rs"]
mod transcripts;
#[path = "../protocol/users.rs"]
mod users;
#[path = "../random/weather/main.rs"]
mod weather;
#[path = "../auth/webhooks.rs"]
mod webhooks;
#[path = "../transport/websocket.rs"]
mod websocket;
