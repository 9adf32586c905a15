//! The blocking driver.

use embedded_io::{Read, Write};

use super::{Step, outcome};
use crate::connection::{Authorizer, Connection, NextAction, SocketError};
use crate::time::Instant;

impl<R: FnMut(&mut [u8]), const CHANNELS: usize, const NAME: usize, B: AsRef<[u8]> + AsMut<[u8]>>
    Connection<'_, R, CHANNELS, NAME, B>
{
    /// Performs the next step on `socket`, blocking at most for one read or for the writes of one frame. Call it in a
    /// loop; see the [crate](crate#the-run-loop) for one.
    ///
    /// `socket` is the one requested by [`Step::Open`]. Pass `None` before that and after [`Step::Close`]. An error of
    /// the socket ends the connection, like the end of its stream.
    ///
    /// A read without data must return within a time that the application can spare, with an error of the kind
    /// `TimedOut` or `Interrupted` of `embedded_io::ErrorKind`. Set a
    /// read timeout, or call `ReadReady` first. Timers are only as precise as this timeout. On a write, the same kinds
    /// mean that there is no room now; the rest of the frame is written in the next step. For a socket with other error
    /// kinds, see [`MapErrorKind`](crate::io::MapErrorKind).
    pub fn step<S: Read + Write>(
        &mut self,
        now: Instant,
        socket: Option<&mut S>,
        authorizer: &mut impl Authorizer,
    ) -> Step<'_> {
        match socket {
            Some(_) => self.handle_opened(now, self.attempt), // no effect unless one was requested
            None => self.handle_socket_error(now, SocketError::Closed), // no effect without an open socket
        }
        let next = match (self.advance(now, authorizer), socket) {
            (NextAction::Write, Some(socket)) => self.write(now, socket),
            (NextAction::Read, Some(socket)) => {
                if self.unflushed {
                    self.flush(now, socket);
                }
                self.read(now, socket)
            }
            (next, _) => next,
        };
        self.step_of(now, next)
    }

    /// Writes the pending frame; returns [`NextAction::Read`] if the socket has no room now.
    fn write<S: Write>(&mut self, now: Instant, socket: &mut S) -> NextAction {
        loop {
            let unsent = self.unsent();
            if unsent.is_empty() {
                return if self.flush(now, socket) { NextAction::Progress } else { NextAction::Read };
            }
            let written = outcome(socket.write(unsent), SocketError::WriteZero);
            if let Some(next) = self.written(now, written) {
                return next;
            }
        }
    }

    /// Flushes the socket; returns `false` if the flush must be repeated.
    fn flush<S: Write>(&mut self, now: Instant, socket: &mut S) -> bool {
        match outcome(socket.flush().map(|()| 1), SocketError::Closed) {
            Err(None) => return false,
            Err(Some(error)) => self.handle_write_error(now, error),
            Ok(_) => {}
        }
        self.unflushed = false;
        true
    }

    /// Reads the socket; returns [`NextAction::Read`] if it has no bytes now.
    #[inline(never)] // stack
    fn read<S: Read>(&mut self, now: Instant, socket: &mut S) -> NextAction {
        match outcome(socket.read(self.receive_space()), SocketError::Closed) {
            Ok(length) => self.handle_received(length),
            Err(None) if !self.is_draining() => return NextAction::Read,
            Err(error) => self.handle_socket_error(now, error.unwrap_or(SocketError::TimedOut)),
        }
        NextAction::Progress
    }
}
