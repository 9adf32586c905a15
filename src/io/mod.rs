//! Drivers: a [`Connection`](crate::Connection) run over a socket with the traits of embedded-io.
//!
//! The blocking one is [`Connection::step`](crate::Connection), the asynchronous one
//! [`Connection::step_async`](crate::Connection). A driver never sleeps and never opens a socket: it reads and writes the
//! one it is given and says what comes next, as a [`Step`].

#[cfg(feature = "embedded-io-async")]
mod asynchronous;
#[cfg(feature = "embedded-io")]
mod blocking;
mod map_error_kind;
mod step;

pub use map_error_kind::MapErrorKind;
pub use step::Step;

use crate::connection::SocketError;
use embedded_io::{Error, ErrorKind};

/// What a read or a write has come to: some bytes, or why there are none. `zero` stands for no bytes without an error.
///
/// `Err(None)`: there is nothing to read, or no room to write, now.
fn outcome<E: Error>(result: Result<usize, E>, zero: SocketError) -> Result<usize, Option<SocketError>> {
    match result.map_err(|error| error.kind()) {
        Ok(0) => Err(Some(zero)),
        Ok(length) => Ok(length),
        Err(ErrorKind::TimedOut | ErrorKind::Interrupted) => Err(None),
        Err(kind) => Err(Some(kind.into())),
    }
}
