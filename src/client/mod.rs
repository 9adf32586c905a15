//! The client: everything that Pusher says over a WebSocket, as a state machine without I/O.
//!
//! | file | what it holds |
//! |---|---|
//! | `mod.rs` | [`Client`]: its inputs, commands, outputs and getters |
//! | `receive.rs` | inbound messages: `handle_text` |
//! | `server_error.rs` | errors that the server reports, and which subscription they are about |
//! | `transmit.rs` | frames that the client writes: `poll_transmit`, `authorize` |
//! | `subscriptions.rs` | `subscribe`, `unsubscribe`, `deny`, and what becomes of a failure |
//! | `trigger.rs` | client events |
//! | `user.rs` | signing in: `sign_in`, `authenticate`, events to the user |
//! | `encrypted.rs` | keys of encrypted channels: `rekey` |
//! | `timers.rs` | `handle_timeout`, `poll_timeout` |
//! | `phase.rs` | the state machine of the connection, as a table |
//! | `liveness.rs` | idle timers, ping and pong |
//! | `reconnect.rs` | which ends allow another attempt, and when |
//! | `pacing.rs` | which frames are due, and holding them back |
//! | `rate_limit.rs` | the limit on client events, as on anything that is sent |
//! | `debug.rs` | what `Debug` prints of a client |
//! | `config.rs`, `state.rs`, `request.rs`, `authorization.rs`, `error.rs` | the types of the interface |

mod authorization;
mod config;
mod debug;
#[cfg(feature = "encrypted")]
mod encrypted;
mod error;
#[cfg(all(test, feature = "users"))]
pub(crate) mod explore;
mod liveness;
mod pacing;
pub(crate) mod phase;
mod rate_limit;
mod receive;
mod reconnect;
mod request;
mod server_error;
mod state;
mod subscriptions;
mod timers;
mod transmit;
mod trigger;
mod user;

use heapless::String;
use liveness::Liveness;
use pacing::Turns;
use phase::{Input, Phase, Transport};
use rate_limit::RateLimiter;
use reconnect::{Backoff, Policy};
use subscriptions::retry_at;
use user::User;

pub use authorization::{Authorization, ReplyError, UserAuthentication};
pub use config::{Config, Pacing, Reconnect};
pub use error::{AuthorizeError, StaleChannel, StaleTicket, TriggerError};
pub use request::{AuthorizationRequest, Request, Ticket};
pub use state::{Close, Notice, Reason, State};
pub use timers::TimeoutReason;

use crate::channel::slots::Slots;
use crate::time::{Clock, Duration, Instant, Tick};
use crate::trace::trace;

/// How long after a `pusher:error` the end of the connection is taken to follow from it.
const LAST_WORD: Duration = Duration::from_secs(5);

/// The most bytes of a `socket_id` that are kept. Pusher's have at most 21, UUIDs 36.
pub(crate) const MAX_SOCKET_ID: usize = 64;

/// A Pusher Channels client without I/O: `CHANNELS` subscriptions with names of up to `NAME` bytes (255 at most).
///
/// It is `'static`, has no lifetime and allocates nothing; its size is 312 bytes (320 on a machine of 64 bits), and for
/// each channel `NAME + 31` rounded up to a multiple of 8, and 1 more, and with the feature `encrypted` 48 more.
///
/// A clone is a second client in the same state, for tests and models; it holds its own copy of the keys of encrypted
/// channels. Drive one connection with one client.
///
/// There are four kinds of method:
///
/// - **inputs** [`handle_open`](Self::handle_open), [`handle_text`](Self::handle_text),
///   [`handle_close`](Self::handle_close), [`handle_activity`](Self::handle_activity),
///   [`handle_timeout`](Self::handle_timeout): something happened. Early, late and repeated calls do no harm.
/// - **commands** (verbs): the application wants something.
/// - **outputs** [`poll_request`](Self::poll_request), [`poll_transmit`](Self::poll_transmit),
///   [`poll_notice`](Self::poll_notice): after inputs and commands, call each until it returns `None`, in this order.
///   They are derived from the state, so a call left out delays what it would have given and loses nothing. (Only what
///   the end of a connection makes untrue is not told any more: that a subscription on it was late.)
///   [`poll_timeout`](Self::poll_timeout) says by when to call `handle_timeout`.
/// - **getters** (nouns).
///
/// Every method may be called in every state. The wrong moment is an error value or no effect, and the state is as
/// it was.
#[derive(Clone)]
#[repr(C)] // size
pub struct Client<const CHANNELS: usize = 8, const NAME: usize = 64> {
    phase: Phase,
    /// A transport has to be opened.
    open_due: bool,
    /// The server demanded TLS.
    secure: bool,
    /// The application has not yet been told of `reason`.
    notice: bool,
    unavailable_notice: bool,
    /// The transport has to be closed with this code.
    close_due: Option<u16>,
    /// The code of a `pusher:error`, while it is the last word of the server on this connection.
    last_error: Option<u16>,
    /// Why there is no connection; kept until the next one is established and this was reported.
    reason: Option<Reason>,
    clock: Clock,
    /// When the phase ends by itself: the handshake deadline, or the next attempt.
    deadline: Tick,
    /// Since when a connection is wanted and missing; `None` once that was told.
    missing_since: Option<Tick>,
    liveness: Liveness,
    user: User,
    config: Config,
    established_at: Tick,
    backoff: Backoff,
    client_events: RateLimiter,
    /// Everything sent on this connection.
    frames: RateLimiter,
    turns: Turns,
    socket_id: String<MAX_SOCKET_ID, u8>,
    slots: Slots<CHANNELS, NAME>,
}

impl<const CHANNELS: usize, const NAME: usize> Client<CHANNELS, NAME> {
    /// A client that is not connected and knows no channel.
    pub const fn new(config: Config) -> Self {
        Self {
            clock: Clock::new(),
            phase: Phase::Disconnected,
            deadline: Tick::ZERO,
            open_due: false,
            close_due: None,
            secure: false,
            socket_id: String::new(),
            established_at: Tick::ZERO,
            liveness: Liveness::new(&Clock::new(), config.activity_timeout),
            backoff: Backoff::new(config.seed),
            reason: None,
            notice: false,
            last_error: None,
            missing_since: None,
            unavailable_notice: false,
            client_events: RateLimiter::new(),
            frames: RateLimiter::new(),
            turns: Turns::FIRST,
            user: User::new(),
            slots: Slots::new(),
            config,
        }
    }

    // Inputs.

    /// The WebSocket that [`Request::Open`] asked for is open: its opening handshake succeeded.
    pub fn handle_open(&mut self, now: Instant) {
        let now = self.clock.advance(now);
        if self.open_due {
            return; // as in `handle_close`
        }
        if self.step(Input::Opened) && self.phase == Phase::Handshaking {
            self.deadline = now + self.config.handshake_timeout;
        }
    }

    /// The WebSocket ended, or could not be opened. Nothing to do when the client asked for it by [`Request::Close`].
    ///
    /// The code decides what follows: see [`State`] and [`Notice::Disconnected`]. Where the transport gives none, the
    /// code of a `pusher:error` counts if that was the server's last word, not more than 5 s ago (Reverb ends connections
    /// so).
    pub fn handle_close(&mut self, now: Instant, close: Close) {
        let now = self.clock.advance(now);
        if self.open_due {
            return; // nobody has been asked for the next transport yet, so this is news of the last one
        }
        // What was said long before the end is not the reason for it.
        let silent = now.since(self.liveness.last_received());
        let last_error = self.last_error.filter(|_| silent <= LAST_WORD);
        let reason = match (close, last_error) {
            (Close::OpenFailed, _) => Reason::ConnectFailed,
            (Close::Misconfigured, _) => Reason::Misconfigured,
            (Close::Code(code), _) if code != 1005 && code != 1006 => Reason::Code(code),
            (_, Some(code)) => Reason::Code(code),
            _ => Reason::Abnormal,
        };
        self.end(now, reason, Input::Lost, Input::Refused);
    }

    /// Bytes came from the server that are no frame: a WebSocket ping or pong. They prove that it lives.
    pub fn handle_activity(&mut self, now: Instant) {
        let now = self.clock.advance(now);
        self.liveness.received(&self.clock);
        self.reset_backoff_if_stable(now);
        self.last_error = None; // it was not the last word
    }

    // Commands.

    /// Connects, and stays connected until [`disconnect`](Self::disconnect). While waiting for the next attempt, makes
    /// it now.
    pub fn connect(&mut self, now: Instant) {
        let now = self.clock.advance(now);
        let waiting = self.phase == Phase::Waiting;
        if !self.step(Input::Connect) {
            return;
        }
        self.deadline = now + self.config.handshake_timeout;
        if !waiting {
            self.backoff.reset();
            self.missing_since = Some(now);
        }
    }

    /// Disconnects and stays so. Subscriptions are kept and start again with the next [`connect`](Self::connect).
    pub fn disconnect(&mut self, now: Instant) {
        self.clock.advance(now);
        self.reset_channels();
        self.step(Input::Disconnect);
        self.missing_since = None;
        self.unavailable_notice = false;
        self.reason = None;
        self.last_error = None;
    }

    /// Asks the server for a sign of life at once, for example after the network changed or the device slept; while
    /// waiting for the next attempt, makes it now.
    pub fn ping_now(&mut self, now: Instant) {
        let tick = self.clock.advance(now);
        match self.phase {
            Phase::Connected => self.liveness.check(tick, self.config.pong_timeout),
            Phase::Waiting => self.connect(now),
            _ => {}
        }
    }

    // Outputs.

    /// What the owner has to do next, if anything.
    #[must_use = "a request left undone stops the client"]
    pub fn poll_request(&mut self) -> Option<Request> {
        if let Some(code) = self.poll_close() {
            return Some(Request::Close(code));
        }
        if self.open_due {
            self.open_due = false;
            return Some(Request::Open { secure: self.secure });
        }
        if self.phase != Phase::Connected {
            return None;
        }
        let held_back = self.are_tickets_held_back();
        if !held_back && let Some(ticket) = self.user.poll_ticket(self.clock.tick() + self.config.authorization_timeout)
        {
            return Some(Request::SignIn(ticket));
        }
        #[cfg(feature = "encrypted")]
        if let Some(ticket) = self.poll_key() {
            return Some(Request::Rekey(ticket));
        }
        let index = self.next_to_authorize().filter(|_| !held_back)?;
        let slot = self.slots.at_mut(index)?;
        let serial = slot.subscription.ask(self.clock.tick() + self.config.authorization_timeout);
        self.turns.ticket = self.behind(index);
        Some(Request::Authorize(Ticket { slot: index as u16, serial }))
    }

    /// The next thing that the clock or the transport changed, if anything.
    #[must_use = "a notice is reported once"]
    pub fn poll_notice(&mut self) -> Option<Notice> {
        if self.notice {
            self.notice = false;
            let retry_at = match self.phase {
                Phase::Waiting => Some(self.clock.instant(self.deadline)),
                Phase::Failed => None,
                _ => Some(self.clock.now()), // it has begun already
            };
            let reason = self.reason;
            if self.phase == Phase::Connected {
                self.reason = None; // kept until it was reported
            }
            if let Some(reason) = reason {
                return Some(Notice::Disconnected { reason, retry_at });
            }
        }
        if self.unavailable_notice {
            self.unavailable_notice = false;
            return Some(Notice::Unavailable);
        }
        if self.user.take_notice() {
            let sign_in = &self.user.subscription;
            return Some(Notice::SignInFailed { failure: sign_in.failure, retry_at: retry_at(sign_in, &self.clock) });
        }
        let Some((channel, slot)) = self.slots.take_notice() else {
            self.slots.note_deadline();
            return None;
        };
        let retry_at = retry_at(&slot.subscription, &self.clock);
        Some(Notice::SubscriptionFailed { channel, failure: slot.subscription.failure, retry_at })
    }

    // Getters.

    /// Where the connection is.
    pub fn state(&self) -> State {
        match self.phase {
            Phase::Disconnected => State::Disconnected,
            Phase::Opening | Phase::Handshaking => State::Connecting,
            Phase::Connected => State::Connected,
            Phase::Waiting => State::Waiting { retry_at: self.clock.instant(self.deadline) },
            Phase::Failed => State::Failed,
        }
    }

    /// Why there is no connection, or why the last attempt failed.
    pub fn reason(&self) -> Option<Reason> {
        self.reason.filter(|_| self.phase != Phase::Connected)
    }

    /// The id of the present connection.
    pub fn socket_id(&self) -> Option<&str> {
        (self.phase == Phase::Connected).then_some(&self.socket_id)
    }

    /// Returns when something last came from the server on the present connection; `None` if there is none.
    pub fn last_activity(&self) -> Option<Instant> {
        (self.phase == Phase::Connected).then(|| self.liveness.last_activity())
    }

    /// How long the last answered ping of this connection took.
    pub fn round_trip(&self) -> Option<Duration> {
        self.liveness.round_trip()
    }

    // Inside.

    /// The code to close the transport with, if it is to be closed.
    pub(crate) fn poll_close(&mut self) -> Option<u16> {
        self.close_due.take()
    }

    /// What was just handled came from the socket at `at`, which may be earlier. A gap must not begin later than that.
    #[cfg(feature = "websocket")]
    pub(crate) fn received_at(&mut self, at: Instant) {
        self.liveness.set_last_activity(at);
    }

    /// The time to work with: `now`, or the latest time seen if the clock went back.
    #[cfg(feature = "websocket")]
    pub(crate) fn advance_clock(&mut self, now: Instant) -> Instant {
        self.clock.advance(now);
        self.clock.now()
    }

    /// The latest time seen.
    #[cfg(feature = "websocket")]
    pub(crate) const fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Takes `input` to the table of the connection; `false` if it changes nothing.
    fn step(&mut self, input: Input) -> bool {
        let Some((phase, transport)) = phase::next(self.phase, input) else { return false };
        trace!("connection: {:?} on {:?} becomes {:?}", self.phase, input, phase);
        self.phase = phase;
        match transport {
            Transport::Keep => {}
            Transport::Open => self.open_due = true,
            // Where the request to open was not even taken there is nothing to close.
            Transport::Close if self.open_due => self.open_due = false,
            Transport::Close => self.close_due = Some(1000),
        }
        true
    }

    /// A connection that has held counts as a good one. Asked whenever something comes in or a timer fires, because ticks
    /// come round.
    #[inline(never)] // size
    fn reset_backoff_if_stable(&mut self, now: Tick) {
        if self.phase == Phase::Connected && !now.is_before(self.established_at + self.config.reconnect.stable_after) {
            self.backoff.reset();
        }
    }

    /// Makes a new connection at once, because the server holds something on this one that cannot be taken back.
    pub(super) fn renew_connection(&mut self, now: Tick) {
        if self.phase != Phase::Connected {
            return;
        }
        self.reset_channels();
        self.step(Input::Abandon);
        self.last_error = None;
        self.deadline = now;
        self.missing_since = Some(now);
    }

    /// The connection ends, or an attempt fails, for `reason`, which decides between two inputs: one that leads to
    /// another attempt, and one that does not.
    fn end(&mut self, now: Tick, reason: Reason, again: Input, for_good: Input) {
        if !matches!(self.phase, Phase::Opening | Phase::Handshaking | Phase::Connected) {
            return;
        }
        if self.phase == Phase::Connected {
            self.reset_backoff_if_stable(now);
            self.missing_since = Some(now);
        }
        let mut policy = match reason {
            Reason::Code(code) => Policy::of(code),
            Reason::Misconfigured => Policy::Never,
            _ => Policy::BackOff,
        };
        if policy == Policy::Secure {
            // Asked for TLS and refused for want of it: nothing more can be done.
            policy = if self.secure { Policy::Never } else { policy };
            self.secure = true;
        }
        let wait = self.backoff.next(policy, &self.config.reconnect);
        trace!("connection: ends for {:?}, next attempt in {:?}", reason, wait);
        self.reset_channels();
        self.step(if wait.is_some() { again } else { for_good });
        self.deadline = now + wait.unwrap_or_default();
        self.reason = Some(reason);
        self.notice = true;
        self.last_error = None;
        if wait.is_none() {
            self.missing_since = None;
            self.unavailable_notice = false; // there is no next attempt to wait for
        }
    }
}
