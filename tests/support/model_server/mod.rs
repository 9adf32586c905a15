//! A model of a Pusher server in virtual time. It shares no code with the client.
//!
//! | file | contents |
//! |---|---|
//! | `random.rs` | [`Random`]: a seeded generator |
//! | `weather.rs` | [`Weather`]: a table of fault probabilities |
//! | `wording.rs` | [`Dialect`]: the messages of Pusher, soketi, sockudo and Reverb |
//! | `session.rs` | [`Session`]: the server's state of one connection |
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
