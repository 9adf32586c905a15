//! A model of a Pusher server in virtual time. It shares no code with the client.
//!
//! | file | what it holds |
//! |---|---|
//! | `random.rs` | [`Random`]: a seeded generator |
//! | `weather.rs` | [`Weather`]: how often what goes wrong, as a table |
//! | `wording.rs` | [`Dialect`]: how Pusher, soketi, sockudo and Reverb word their frames |
//! | `session.rs` | [`Session`]: what the server believes about one connection |
//! | `websocket.rs` | the server's side of RFC 6455 |

#![allow(dead_code, reason = "each test crate uses a part")]

pub mod random;
pub mod session;
pub mod weather;
pub mod websocket;
pub mod wording;

pub use random::Random;
pub use session::Session;
pub use weather::Weather;
pub use wording::Dialect;
