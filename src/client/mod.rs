//! The client: the Pusher Channels protocol over a WebSocket, as a state machine without I/O.
//!
//! | file | contents |
//! |---|---|
//! | `mod.rs` | [`Client`]: its inputs, commands, outputs and getters |
//! | `receive.rs` | inbound messages: `handle_text` |
//! | `server_error.rs` | errors that the server reports, and the subscription each one concerns |
//! | `transmit.rs` | outbound messages: `poll_transmit`, `authorize` |
//! | `subscriptions.rs` | `subscribe`, `unsubscribe`, `deny`, and the handling of failures |
//! | `trigger.rs` | client events |
//! | `user.rs` | user sign-in and user events: `sign_in`, `authenticate` |
//! | `encrypted.rs` | keys of encrypted channels: `rekey` |
//! | `timers.rs` | `handle_timeout`, `poll_timeout` |
//! | `phase.rs` | the state machine of the connection, as a table |
//! | `liveness.rs` | keep-alive: idle timers, ping and pong |
//! | `reconnect.rs` | reconnection policy: which close codes allow another attempt, and when |
//! | `pacing.rs` | pacing: the next message to send, and holding messages back |
//! | `rate_limit.rs` | the rate limiter for client events and for all messages |
//! | `debug.rs` | the `Debug` output of a client |
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

/// A close this soon after a `pusher:error` is attributed to it.
const ERROR_WINDOW: Duration = Duration::from_secs(5);

/// The longest `socket_id` that is accepted, in bytes. Pusher's have at most 21, UUIDs 36.
pub(crate) const MAX_SOCKET_ID: usize = 64;

/// A Pusher Channels client without I/O, with `CHANNELS` subscriptions and channel names of up to `NAME` bytes (255 at
/// most).
///
/// The client is `'static`, has no lifetime parameter and allocates nothing. Its size is 312 bytes (320 on a 64-bit
/// machine), plus, for each channel, `NAME + 31` rounded up to a multiple of 8, plus 1. The feature `encrypted` adds 48
/// bytes per channel.
///
/// A clone is a second client in the same state, for tests and models. It holds its own copy of the keys of encrypted
/// channels. Drive one connection with one client.
///
/// There are four kinds of method:
///
/// - **inputs** [`handle_open`](Self::handle_open), [`handle_text`](Self::handle_text),
///   [`handle_close`](Self::handle_close), [`handle_activity`](Self::handle_activity),
///   [`handle_timeout`](Self::handle_timeout): report that something happened. Early, late and repeated calls do no
///   harm.
/// - **commands** (verbs): requests of the application.
/// - **outputs** [`poll_request`](Self::poll_request), [`poll_transmit`](Self::poll_transmit),
///   [`poll_notice`](Self::poll_notice): after inputs and commands, call each until it returns `None`, in this order.
///   Outputs are derived from the state, so an omitted call delays its output and loses nothing. Exception: pending
///   notices about subscriptions on a lost connection are discarded. [`poll_timeout`](Self::poll_timeout) returns the
///   time by which to call `handle_timeout`.
/// - **getters** (nouns).
///
/// Every method may be called in every state. A call at the wrong moment returns an error or has no effect, and leaves
/// the state unchanged.
#[derive(Clone)]
#[repr(C)] // size
pub struct Client<const CHANNELS: usize = 8, const NAME: usize = 64> {
    phase: Phase,
    /// A transport has to be opened.
    open_due: bool,
    /// The server demanded TLS.
    secure: bool,
    /// `reason` has not been reported to the application yet.
    notice: bool,
    unavailable_notice: bool,
    /// The transport has to be closed with this code.
    close_due: Option<u16>,
    /// The code of a `pusher:error`, as long as the server has sent nothing after it on this connection.
    last_error: Option<u16>,
    /// Why there is no connection. Kept until the next one is established and this has been reported.
    reason: Option<Reason>,
    clock: Clock,
    /// When the phase times out: the handshake deadline, or the time of the next attempt.
    deadline: Tick,
    /// Since when a wanted connection has been missing; `None` once that has been reported.
    missing_since: Option<Tick>,
    liveness: Liveness,
    user: User,
    config: Config,
    established_at: Tick,
    backoff: Backoff,
    client_events: RateLimiter,
    /// The limiter for all messages sent on this connection.
    messages: RateLimiter,
    turns: Turns,
    socket_id: String<MAX_SOCKET_ID, u8>,
    slots: Slots<CHANNELS, NAME>,
}

impl<const CHANNELS: usize, const NAME: usize> Client<CHANNELS, NAME> {
    /// Creates a client that is not connected and has no subscriptions.
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
            messages: RateLimiter::new(),
            turns: Turns::FIRST,
            user: User::new(),
            slots: Slots::new(),
            config,
        }
    }

    // Inputs.

    /// Reports that the WebSocket requested by [`Request::Open`] is open: its opening handshake succeeded.
    pub fn handle_open(&mut self, now: Instant) {
        let now = self.clock.advance(now);
        if self.open_due {
            return; // as in `handle_close`
        }
        if self.step(Input::Opened) && self.phase == Phase::Handshaking {
            self.deadline = now + self.config.handshake_timeout;
        }
    }

    /// Reports that the WebSocket closed or could not be opened. No call is needed after [`Request::Close`].
    ///
    /// The close code decides what follows: see [`State`] and [`Notice::Disconnected`]. Without a code, a preceding
    /// `pusher:error` supplies it (Reverb closes this way). That error must be the last message received, at most 5 s
    /// ago.
    pub fn handle_close(&mut self, now: Instant, close: Close) {
        let now = self.clock.advance(now);
        if self.open_due {
            return; // the next transport has not been requested yet, so this concerns the previous one
        }
        // An error long before the close is not its cause.
        let silent = now.since(self.liveness.last_received());
        let last_error = self.last_error.filter(|_| silent <= ERROR_WINDOW);
        let reason = match (close, last_error) {
            (Close::OpenFailed, _) => Reason::ConnectFailed,
            (Close::Misconfigured, _) => Reason::Misconfigured,
            (Close::Code(code), _) if code != 1005 && code != 1006 => Reason::Code(code),
            (_, Some(code)) => Reason::Code(code),
            _ => Reason::Abnormal,
        };
        self.end(now, reason, Input::Lost, Input::Refused);
    }

    /// Reports that the server sent bytes that are not a message: a WebSocket ping or pong. They prove that the peer is
    /// alive.
    pub fn handle_activity(&mut self, now: Instant) {
        let now = self.clock.advance(now);
        self.liveness.received(&self.clock);
        self.reset_backoff_if_stable(now);
        self.last_error = None; // the server has sent something since
    }

    // Commands.

    /// Connects, and stays connected until [`disconnect`](Self::disconnect). While waiting for the next attempt, starts
    /// it now.
    pub fn connect(&mut self, now: Instant) {
        let now = self.clock.advance(now);
        let waiting = self.phase == Phase::Waiting;
        if !self.step(Input::Connect) {
            return;
        }
        self.deadline = now + self.config.handshake_timeout;
        if !waiting {
            // A new start begins with the application's endpoint, whatever a server demanded before.
            self.secure = false;
            self.backoff.reset();
            self.missing_since = Some(now);
        }
    }

    /// Disconnects and stays disconnected. Subscriptions are kept and start again with the next
    /// [`connect`](Self::connect).
    pub fn disconnect(&mut self, now: Instant) {
        self.clock.advance(now);
        self.reset_channels();
        self.step(Input::Disconnect);
        self.missing_since = None;
        self.unavailable_notice = false;
        self.reason = None;
        self.last_error = None;
    }

    /// Pings the server now, for example after a network change or a sleep. While waiting for the next attempt, starts
    /// it now.
    pub fn ping_now(&mut self, now: Instant) {
        let tick = self.clock.advance(now);
        match self.phase {
            Phase::Connected => self.liveness.check(tick, self.config.pong_timeout),
            Phase::Waiting => self.connect(now),
            _ => {}
        }
    }

    // Outputs.

    /// Returns the next request that the caller must carry out, if any.
    #[must_use = "the client stops until the request is carried out"]
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
        let serial = slot.subscription.issue_ticket(self.clock.tick() + self.config.authorization_timeout);
        self.turns.ticket = self.turn_after(index);
        Some(Request::Authorize(Ticket { slot: index as u16, serial }))
    }

    /// Returns the next change caused by the clock or the transport, if any.
    #[must_use = "a notice is reported once"]
    #[inline(never)] // size
    pub fn poll_notice(&mut self) -> Option<Notice> {
        if self.notice {
            self.notice = false;
            let retry_at = match self.phase {
                Phase::Waiting => Some(self.clock.instant(self.deadline)),
                Phase::Failed => None,
                _ => Some(self.clock.now()), // the next attempt has started already
            };
            let reason = self.reason;
            if self.phase == Phase::Connected {
                self.reason = None; // kept until now, when it is reported
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

    /// Returns the state of the connection.
    pub fn state(&self) -> State {
        match self.phase {
            Phase::Disconnected => State::Disconnected,
            Phase::Opening | Phase::Handshaking => State::Connecting,
            Phase::Connected => State::Connected,
            Phase::Waiting => State::Waiting { retry_at: self.clock.instant(self.deadline) },
            Phase::Failed => State::Failed,
        }
    }

    /// Returns why there is no connection, or why the last attempt failed.
    pub fn reason(&self) -> Option<Reason> {
        self.reason.filter(|_| self.phase != Phase::Connected)
    }

    /// Returns the id of the current connection.
    pub fn socket_id(&self) -> Option<&str> {
        (self.phase == Phase::Connected).then_some(&self.socket_id)
    }

    /// Returns when the current connection last received something from the server; `None` if there is no connection.
    pub fn last_activity(&self) -> Option<Instant> {
        (self.phase == Phase::Connected).then(|| self.liveness.last_activity())
    }

    /// Returns the round-trip time of the last answered ping on this connection.
    pub fn round_trip(&self) -> Option<Duration> {
        self.liveness.round_trip()
    }

    // Inside.

    /// Returns the code to close the transport with, if a close is pending.
    pub(crate) fn poll_close(&mut self) -> Option<u16> {
        self.close_due.take()
    }

    /// Sets the time at which the message just handled reached the socket. It may be earlier than now. A gap must not
    /// begin later.
    #[cfg(feature = "websocket")]
    pub(crate) fn received_at(&mut self, at: Instant) {
        self.liveness.set_last_activity(at);
    }

    /// Advances the clock and returns the time to work with: `now`, or the latest time seen if the clock went back.
    #[cfg(feature = "websocket")]
    pub(crate) fn advance_clock(&mut self, now: Instant) -> Instant {
        self.clock.advance(now);
        self.clock.now()
    }

    /// Returns the latest time seen.
    #[cfg(feature = "websocket")]
    pub(crate) const fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Applies `input` to the connection's transition table; returns `false` if nothing changes.
    fn step(&mut self, input: Input) -> bool {
        let Some((phase, transport)) = phase::next(self.phase, input) else { return false };
        trace!("connection: {:?} on {:?} becomes {:?}", self.phase, input, phase);
        self.phase = phase;
        match transport {
            Transport::Keep => {}
            Transport::Open => self.open_due = true,
            // If the open request was not even polled, there is nothing to close.
            Transport::Close if self.open_due => self.open_due = false,
            Transport::Close => self.close_due = Some(1000),
        }
        true
    }

    /// Resets the backoff after `stable_after`. Called for every message and timeout, because ticks wrap around.
    #[inline(never)] // size
    fn reset_backoff_if_stable(&mut self, now: Tick) {
        if self.phase == Phase::Connected && !now.is_before(self.established_at + self.config.reconnect.stable_after) {
            self.backoff.reset();
        }
    }

    /// Reconnects at once, because the server holds state on this connection that cannot be undone.
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

    /// Ends the connection or the attempt. `reason` selects the input: `again` leads to another attempt, `for_good`
    /// does not.
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
            // The server demanded TLS on a TLS connection: another attempt cannot help.
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
            self.unavailable_notice = false; // no attempt will follow
        }
    }
}
