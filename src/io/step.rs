//! What came of one step of a driver.

use crate::client::Notice;
use crate::connection::{Attempt, CloseReason, Connection, Next, SocketError};
use crate::envelope::EnvelopeError;
use crate::event::Event;
use crate::output::OutputTooSmall;
use crate::time::Instant;

/// What came of one step, and what the application has to do.
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "a step left unread may be the request for a socket"]
pub enum Step<'c> {
    /// Open a socket to [`endpoint`](crate::Connection::endpoint) and pass it from the next step on. Steps without one
    /// may go on in between; call [`handle_open_failed`](crate::Connection::handle_open_failed) if it cannot be opened.
    Open {
        /// The server demanded TLS: use it even if the endpoint does not.
        secure: bool,
        /// Names this attempt for [`handle_open_failed`](crate::Connection::handle_open_failed).
        attempt: Attempt,
    },
    /// Drop the socket, for the reason given.
    Close(CloseReason<'c>),
    /// The server sent this.
    Event(Event<'c>),
    /// The clock or the transport changed this.
    Notice(Notice),
    /// The server sent a frame that cannot be taken. The connection goes on.
    BadEnvelope(EnvelopeError),
    /// The transmit buffer is too small for a frame that is due; see
    /// [`Action::OutputTooSmall`](crate::connection::Action::OutputTooSmall).
    OutputTooSmall(OutputTooSmall),
    /// The socket has nothing to read. Step again, until the time given at the latest.
    Idle {
        /// When the next timer is due; `None` for never.
        until: Option<Instant>,
    },
    /// There is no socket. Wait, until the time given at the latest.
    Wait {
        /// When the next timer is due; `None` for never.
        until: Option<Instant>,
    },
    /// Internal progress only. Step again.
    Progress,
}

impl<R: FnMut(&mut [u8]), const CHANNELS: usize, const NAME: usize, B: AsRef<[u8]> + AsMut<[u8]>>
    Connection<'_, R, CHANNELS, NAME, B>
{
    /// Handles the outcome of a write. Returns what the step does next, or `None` to write more.
    pub(super) fn written(&mut self, now: Instant, outcome: Result<usize, Option<SocketError>>) -> Option<Next> {
        match outcome {
            Ok(length) => {
                self.handle_sent(length);
                self.unflushed = true;
                None
            }
            Err(None) => Some(Next::Read),
            Err(Some(error)) => {
                self.handle_write_error(now, error);
                Some(Next::Progress) // without a flush, which might never end
            }
        }
    }

    /// Tells the application what a step has come to, not by way of an [`Action`](crate::connection::Action).
    // size
    pub(super) fn tell_step(&mut self, now: Instant, next: Next) -> Step<'_> {
        match next {
            Next::Open { secure } => Step::Open { secure, attempt: self.attempt },
            Next::Close(ending) => Step::Close(self.told(ending)),
            Next::Text => match self.handle_text(now) {
                Ok(Some(event)) => Step::Event(event),
                Ok(None) => Step::Progress,
                Err(error) => Step::BadEnvelope(error),
            },
            Next::Notice(notice) => Step::Notice(notice),
            Next::OutputTooSmall(error) => Step::OutputTooSmall(error),
            Next::Wait => Step::Wait { until: self.poll_timeout() },
            Next::Read => Step::Idle { until: self.poll_timeout() },
            Next::Write | Next::Progress => Step::Progress,
        }
    }
}
