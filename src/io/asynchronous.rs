//! The asynchronous driver.

use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

use embedded_io::Error;
use embedded_io_async::{Read, Write};

use super::{Step, outcome};
use crate::connection::{Authorizer, Connection, NextAction, SocketError};
use crate::time::Instant;

impl<R: FnMut(&mut [u8]), const CHANNELS: usize, const NAME: usize, B: AsRef<[u8]> + AsMut<[u8]>>
    Connection<'_, R, CHANNELS, NAME, B>
{
    /// Performs the next step on `socket`: the blocking `step`, over the traits of embedded-io-async.
    ///
    /// It waits for the socket without a limit. Race it against [`poll_timeout`](Connection::poll_timeout), called
    /// before the step, and drop it when that deadline expires. The connection keeps all state, so the next call
    /// continues at the same byte. Poll the step before the timer, which may be due at once. Without a socket the step
    /// does not wait and returns [`Step::Wait`].
    ///
    /// **The socket must be cancel-safe**: a dropped read, write or flush must not have transferred any bytes. The step
    /// itself drops a flush that does not complete at once, and a read, to retry the flush. TCP sockets are
    /// cancel-safe, for example those of embassy-net and tokio, and so are sessions of tokio-rustls. A session of
    /// embedded-tls is not: it keeps part of a record in the future, and the next read takes the rest for a new record.
    /// Pass such a socket through a [`Pipe`](crate::io::Pipe).
    pub async fn step_async<S: Read + Write>(
        &mut self,
        now: Instant,
        socket: Option<&mut S>,
        authorizer: &mut impl Authorizer,
    ) -> Step<'_> {
        let Some(socket) = socket else {
            self.handle_socket_error(now, SocketError::Closed); // no effect without an open socket
            let next = self.advance(now, authorizer);
            return self.step_of(now, next);
        };
        self.handle_opened(now, self.attempt); // no effect unless one was requested
        let next = match self.advance(now, authorizer) {
            NextAction::Write => self.write_async(now, socket).await,
            NextAction::Read => self.read_async(now, socket).await,
            next => next,
        };
        self.step_of(now, next)
    }

    /// Writes the pending frame; returns [`NextAction::Read`] if the socket has no room now.
    async fn write_async<S: Write>(&mut self, now: Instant, socket: &mut S) -> NextAction {
        while !self.unsent().is_empty() {
            // Counted as soon as they are accepted: there is no await in between, so no byte is sent twice.
            let written = outcome(socket.write(self.unsent()).await, SocketError::WriteZero);
            if let Some(next) = self.written(now, written) {
                return next;
            }
        }
        // A pending flush is repeated while the socket is read. At the end of a connection nothing is read.
        let flushed = if self.is_ending() { Some(socket.flush().await) } else { polled(socket.flush(), 1).await };
        if self.flushed(now, flushed) { NextAction::Progress } else { NextAction::Read }
    }

    /// Reads the socket, and flushes it before and meanwhile if needed; returns [`NextAction::Read`] if it has no bytes
    /// now.
    async fn read_async<S: Read + Write>(&mut self, now: Instant, socket: &mut S) -> NextAction {
        let read = loop {
            if self.unflushed {
                let flushed = polled(socket.flush(), 1).await;
                self.flushed(now, flushed);
                if self.is_draining() {
                    return NextAction::Progress; // the flush failed; from now on the time for reading is limited
                }
            }
            if !self.unflushed {
                break socket.read(self.receive_space()).await;
            }
            // Read and flush both need the whole socket, so they take turns: any wakeup of the read retries the flush.
            if let Some(read) = polled(socket.read(self.receive_space()), 2).await {
                break read;
            }
        };
        match outcome(read, SocketError::Closed) {
            Ok(length) => self.handle_received(length),
            Err(None) if !self.is_draining() => return NextAction::Read,
            Err(error) => self.handle_socket_error(now, error.unwrap_or(SocketError::TimedOut)),
        }
        NextAction::Progress
    }

    /// Handles the result of a flush, if it has completed; returns `false` if it must be repeated while waiting for the
    /// socket.
    fn flushed<E: Error>(&mut self, now: Instant, flushed: Option<Result<(), E>>) -> bool {
        let Some(flushed) = flushed else { return true };
        match outcome(flushed.map(|()| 1), SocketError::Closed) {
            Err(None) => return false,
            Err(Some(error)) => self.handle_write_error(now, error),
            Ok(_) => {}
        }
        self.unflushed = false;
        true
    }
}

/// Returns the result of `future` if it completes within `polls` polls; otherwise drops it.
async fn polled<F: Future>(future: F, polls: u8) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        left = left.saturating_sub(1);
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
