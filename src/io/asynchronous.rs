//! The asynchronous driver.

use embedded_io::Error;
use embedded_io_async::{Read, Write};

use super::{Step, is_only_idle};
use crate::connection::{Authorizer, Connection, Next};
use crate::time::Instant;

impl<R: FnMut(&mut [u8]), const CHANNELS: usize, const NAME: usize> Connection<'_, R, CHANNELS, NAME> {
    /// Does the next thing that is to be done on `socket`: the blocking `step`, over the traits of embedded-io-async.
    ///
    /// It waits for the socket as long as it takes, so race it against
    /// [`poll_timeout`](Connection::poll_timeout) and drop it when that is due: everything is kept in the
    /// connection, and the next call goes on where this one was, to the byte. (That holds as far as the socket keeps its
    /// word: a read or write of it that is dropped must not have taken bytes.) Without a socket it does not wait at all
    /// and returns [`Step::Wait`].
    pub async fn step_async<S: Read + Write>(
        &mut self,
        now: Instant,
        socket: Option<&mut S>,
        authorizer: &mut impl Authorizer,
    ) -> Step<'_> {
        let Some(socket) = socket else {
            self.broken(now); // if there was one
            let next = self.advance(now, authorizer);
            return self.tell_step(now, next);
        };
        self.opened(now); // if one was asked for
        match self.advance(now, authorizer) {
            Next::Read if self.unflushed => self.flush_async(now, socket).await,
            Next::Write if !self.write_async(now, socket).await => {
                return Step::Idle { until: self.poll_timeout() };
            }
            Next::Write => {}
            Next::Read => match socket.read(self.space()).await {
                Ok(length) if length > 0 => self.received(length),
                Err(error) if is_only_idle(error.kind()) => return Step::Idle { until: self.poll_timeout() },
                _ => self.broken(now),
            },
            next => return self.tell_step(now, next),
        }
        Step::Again
    }

    /// Writes the frame that is due; `false` if the socket has no room now.
    async fn write_async<S: Write>(&mut self, now: Instant, socket: &mut S) -> bool {
        while !self.unsent().is_empty() {
            // Counted as soon as they are taken: nothing is awaited in between, so no byte is sent twice.
            match socket.write(self.unsent()).await {
                Ok(length) if length > 0 => {
                    self.sent(length);
                    self.unflushed = true;
                }
                Err(error) if is_only_idle(error.kind()) => return false,
                _ => {
                    self.broken(now);
                    return true; // a flush might never end
                }
            }
        }
        self.flush_async(now, socket).await;
        true
    }

    /// Flushes the socket. A flush that is dropped is made again in the next step.
    async fn flush_async<S: Write>(&mut self, now: Instant, socket: &mut S) {
        match socket.flush().await {
            Err(error) if is_only_idle(error.kind()) => return,
            Err(_) => self.broken(now),
            Ok(()) => {}
        }
        self.unflushed = false;
    }
}
