//! Drivers: run a [`Connection`](crate::Connection) over a socket with the traits of embedded-io.
//!
//! | file | contents |
//! |---|---|
//! | `blocking.rs` | `step`, the blocking driver |
//! | `asynchronous.rs` | `step_async`, the asynchronous driver |
//! | `step.rs` | the outcome of a step |
//! | `map_error_kind.rs` | a socket wrapper that maps error kinds |
//! | `pipe.rs` | a pipe to a socket whose reads and writes must not be dropped |
//! | `shared.rs` | a handle to a socket for both halves of a session |
//!
//! The blocking driver is [`Connection::step`](crate::Connection), the asynchronous one
//! [`Connection::step_async`](crate::Connection). A driver never sleeps and never opens a socket. It reads and writes
//! the given socket and returns the outcome as a [`Step`]. A `Pipe` makes a socket fit for the asynchronous driver that
//! must not be dropped while it reads or writes, such as a TLS session.

#[cfg(feature = "embedded-io-async")]
mod asynchronous;
#[cfg(feature = "embedded-io")]
mod blocking;
mod map_error_kind;
#[cfg(feature = "embedded-io-async")]
mod pipe;
#[cfg(feature = "embedded-io-async")]
mod shared;
mod step;

pub use map_error_kind::MapErrorKind;
#[cfg(feature = "embedded-io-async")]
pub use pipe::{Pipe, PipeSocket};
#[cfg(feature = "embedded-io-async")]
pub use shared::Shared;
pub use step::Step;

use crate::connection::SocketError;
use embedded_io::{Error, ErrorKind};

/// Returns the number of bytes that a read or write transferred, or why there are none. `zero` is the error for no
/// bytes.
///
/// `Err(None)` means that there is nothing to read, or no room to write, now.
fn outcome<E: Error>(result: Result<usize, E>, zero: SocketError) -> Result<usize, Option<SocketError>> {
    match result.map_err(|error| error.kind()) {
        Ok(0) => Err(Some(zero)),
        Ok(length) => Ok(length),
        Err(ErrorKind::TimedOut | ErrorKind::Interrupted) => Err(None),
        Err(kind) => Err(Some(kind.into())),
    }
}
