//! The outcome of one step of a driver.

use crate::client::Notice;
use crate::connection::{Attempt, CloseReason, Connection, NextAction, SocketError};
use crate::envelope::EnvelopeError;
use crate::event::Event;
use crate::output::OutputTooSmall;
use crate::time::Instant;

/// The outcome of one step, and the action that it requires of the application.
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "a step may request a socket"]
pub enum Step<'c> {
    /// Open a socket to [`endpoint`](crate::Connection::endpoint) and pass it from the next step on. Steps without a
    /// socket may continue in between. If it cannot be opened, call
    /// [`handle_open_failed`](crate::Connection::handle_open_failed).
    Open {
        /// The server demanded TLS: use it even if the endpoint does not.
        secure: bool,
        /// The attempt, for [`handle_open_failed`](crate::Connection::handle_open_failed).
        attempt: Attempt,
    },
    /// Drop the socket, for this reason.
    Close(CloseReason<'c>),
    /// An event from the server.
    Event(Event<'c>),
    /// A change caused by the clock or the transport.
    Notice(Notice),
    /// The server sent a message that cannot be decoded. The connection continues.
    BadEnvelope(EnvelopeError),
    /// The transmit buffer is too small for a pending message; see
    /// [`Action::OutputTooSmall`](crate::connection::Action::OutputTooSmall).
    OutputTooSmall(OutputTooSmall),
    /// The socket has nothing to read. Step again, by the given time at the latest.
    Idle {
        /// The next deadline; `None` if there is none.
        until: Option<Instant>,
    },
    /// There is no socket. Wait until the given time at the latest.
    Wait {
        /// The next deadline; `None` if there is none.
        until: Option<Instant>,
    },
    /// Internal progress only. Step again.
    Progress,
}

impl<R: FnMut(&mut [u8]), const CHANNELS: usize, const NAME: usize, B: AsRef<[u8]> + AsMut<[u8]>>
    Connection<'_, R, CHANNELS, NAME, B>
{
    /// Handles the outcome of a write. Returns what the step does next, or `None` to write more.
    pub(super) fn written(&mut self, now: Instant, outcome: Result<usize, Option<SocketError>>) -> Option<NextAction> {
        match outcome {
            Ok(length) => {
                self.handle_sent(length);
                self.unflushed = true;
                None
            }
            Err(None) => Some(NextAction::Read),
            Err(Some(error)) => {
                self.handle_write_error(now, error);
                Some(NextAction::Progress) // without a flush, which might never complete
            }
        }
    }

    /// Turns the outcome of a step into a [`Step`], without an [`Action`](crate::connection::Action).
    // size
    pub(super) fn step_of(&mut self, now: Instant, next: NextAction) -> Step<'_> {
        match next {
            NextAction::Open { secure } => Step::Open { secure, attempt: self.attempt },
            NextAction::Close(ending) => Step::Close(self.close_reason(ending)),
            NextAction::Text => match self.handle_text(now) {
                Ok(Some(event)) => Step::Event(event),
                Ok(None) => Step::Progress,
                Err(error) => Step::BadEnvelope(error),
            },
            NextAction::Notice(notice) => Step::Notice(notice),
            NextAction::OutputTooSmall(error) => Step::OutputTooSmall(error),
            NextAction::Wait => Step::Wait { until: self.poll_timeout() },
            NextAction::Read => Step::Idle { until: self.poll_timeout() },
            NextAction::Write | NextAction::Progress => Step::Progress,
        }
    }
}
