//! What came of one step of a driver.

use crate::client::Notice;
use crate::connection::{Action, End, Told};
use crate::event::Event;
use crate::frame::FrameError;
use crate::output::OutputTooSmall;
use crate::time::Instant;

/// What came of one step, and what the application has to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum Step<'c> {
    /// Open a socket to [`endpoint`](crate::Connection::endpoint) and pass it from the next step on. Steps without one
    /// may go on in between; call [`refused`](crate::Connection::refused) if it cannot be opened.
    Open {
        /// The server demanded TLS: use it even if the endpoint does not.
        secure: bool,
    },
    /// Drop the socket, for the reason given.
    Close(End<'c>),
    /// The server sent this.
    Event(Event<'c>),
    /// The clock or the transport changed this.
    Notice(Notice),
    /// The server sent a frame that cannot be taken. The connection goes on.
    BadFrame(FrameError),
    /// The transmit buffer is too small for a frame that is due; see
    /// [`Told::OutputTooSmall`].
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
    /// Something was done that concerns nobody. Step again.
    Again,
}

impl<'c> From<Action<'c>> for Step<'c> {
    fn from(action: Action<'c>) -> Self {
        match action {
            Action::Open { secure } => Self::Open { secure },
            Action::Close(end) => Self::Close(end),
            Action::Told(Told::Event(event)) => Self::Event(event),
            Action::Told(Told::Notice(notice)) => Self::Notice(notice),
            Action::Told(Told::BadFrame(error)) => Self::BadFrame(error),
            Action::Told(Told::OutputTooSmall(error)) => Self::OutputTooSmall(error),
            Action::Wait { until } => Self::Wait { until },
            Action::Read { until } => Self::Idle { until },
            Action::Write | Action::Again => Self::Again,
        }
    }
}
