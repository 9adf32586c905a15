//! Drivers: a [`Connection`](crate::Connection) run over a socket with the traits of embedded-io.
//!
//! The blocking one is [`Connection::step`](crate::Connection), the asynchronous one
//! [`Connection::step_async`](crate::Connection). A driver never sleeps and never opens a socket: it reads and writes the
//! one it is given and says what comes next, as a [`Step`].

#[cfg(feature = "embedded-io-async")]
mod asynchronous;
#[cfg(feature = "embedded-io")]
mod blocking;
mod step;

pub use step::Step;

use embedded_io::ErrorKind;

/// Whether an error only says that there is nothing to read, or no room to write, now.
fn is_only_idle(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::TimedOut | ErrorKind::Interrupted)
}
