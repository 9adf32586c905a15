//! Who is at this end: signing in, and what the server tells the user (protocol, "User authentication").
//!
//! Signing in runs on the same table as a subscription: wanted or not, and how far it is on this connection.

#[cfg(feature = "users")]
use super::connection::{Input, Phase};
use super::subscriptions::{may_pass, pause};
use super::{AuthorizeError, Client, StaleTicket, Ticket, UserAuthentication};
use crate::channel::slots::SlotError;
use crate::channel::table::{self, Actual, Desired, Input as Step};
use crate::channel::{NameError, SERVER_TO_USER, SubscriptionFailure, USERS};
use crate::client::SubscribeError;
use crate::event::{Event, ServerError, UserEvent, Watchlist};
use crate::frame::{Frame, FrameError, fields};
use crate::output::Writer;
use crate::time::{Instant, Tick};
use core::mem;
use heapless::String;

/// The slot number of tickets for signing in; no channel has it.
const USER: u16 = u16::MAX;

/// Signing in.
#[derive(Clone)]
pub(super) struct User {
    desired: Desired,
    actual: Actual,
    ticket: u16,
    failures: u8,
    pub(super) failure: SubscriptionFailure,
    notice: bool,
    pub(super) deadline: Tick,
}

impl User {
    pub(super) const fn new() -> Self {
        Self {
            desired: Desired::Nothing,
            actual: Actual::Idle,
            ticket: 0,
            failures: 0,
            failure: SubscriptionFailure::NONE,
            notice: false,
            deadline: Tick::ZERO,
        }
    }

    /// How far signing in is. Without the feature `users` nobody can, and the compiler leaves out what would follow.
    pub(super) fn actual(&self) -> Actual {
        if USERS { self.actual } else { Actual::Idle }
    }

    fn apply(&mut self, input: Step) -> bool {
        let Some((desired, actual)) = table::next((self.desired, self.actual), input) else { return false };
        self.desired = desired;
        self.actual = actual;
        true
    }

    /// The connection is gone, and with it the server's memory of who this is.
    pub(super) fn reset(&mut self) {
        if USERS {
            self.failures = 0;
            self.notice = false;
            self.apply(Step::Down);
        }
    }

    pub(super) fn is_signed_in(&self) -> bool {
        self.actual() == Actual::Active
    }

    /// Whether it is not yet known who this will be.
    pub(super) fn is_under_way(&self) -> bool {
        USERS && self.desired == Desired::Subscribed && !matches!(self.actual, Actual::Active | Actual::Failed)
    }

    pub(super) fn has_deadline(&self) -> bool {
        matches!(self.actual(), Actual::Authorizing | Actual::Pending | Actual::Backoff)
    }

    /// Whether the application has not yet been told of `failure`; told once.
    pub(super) fn take_notice(&mut self) -> bool {
        USERS && mem::take(&mut self.notice)
    }

    /// The next request for an authentication, if one is due.
    pub(super) fn poll_ticket(&mut self, deadline: Tick) -> Option<Ticket> {
        if !USERS || self.desired != Desired::Subscribed || self.actual != Actual::Idle {
            return None;
        }
        self.apply(Step::Asked);
        self.ticket = self.ticket.wrapping_add(1);
        self.deadline = deadline;
        Some(Ticket { slot: USER, serial: self.ticket })
    }

    pub(super) fn is_ticketed(&self, ticket: Ticket) -> bool {
        ticket.slot == USER && ticket.serial == self.ticket && self.actual() == Actual::Authorizing
    }
}

impl<const CHANNELS: usize, const NAME: usize> Client<CHANNELS, NAME> {
    /// Signs the user in, now or as soon as there is a connection, and again after every reconnect:
    /// [`Request::SignIn`](super::Request::SignIn) asks for the authentication.
    ///
    /// Subscriptions to presence channels wait until it is decided who the user is. Events to the user come on a channel
    /// of the server's, which takes one of the client's slots and `16 + id` bytes of name.
    #[cfg(feature = "users")]
    pub fn sign_in(&mut self, now: Instant) {
        self.clock.advance(now);
        self.user.failures = 0;
        self.user.apply(Step::Subscribe);
    }

    /// Signs the user out. A server binds a user to the connection, so if one is signed in a new connection is made at
    /// once; everything else starts again on it by itself.
    #[cfg(feature = "users")]
    pub fn sign_out(&mut self, now: Instant) {
        let now = self.clock.advance(now);
        let told = matches!(self.user.actual, Actual::Pending | Actual::Active);
        self.user = User { ticket: self.user.ticket, ..User::new() };
        for (_, slot) in self.slots.iter_mut().filter(|(_, slot)| slot.is_internal()) {
            slot.unsubscribe();
        }
        if told && self.phase == Phase::Connected {
            self.reset_channels();
            self.step(Input::Abandon);
            self.last_error = None;
            self.deadline = now;
            self.missing_since = Some(now);
        }
    }

    /// Answers a [`Request::SignIn`](super::Request::SignIn): writes the `pusher:signin` frame, which must be sent.
    ///
    /// `out` needs 59 bytes, the token, and `user_data` with its quotes and backslashes escaped.
    ///
    /// # Errors
    ///
    /// [`AuthorizeError::StaleTicket`]: there is nothing to send. [`AuthorizeError::OutputTooSmall`]: the ticket is still
    /// valid.
    pub fn authenticate<'o>(
        &mut self,
        now: Instant,
        ticket: Ticket,
        reply: &UserAuthentication<'_>,
        out: &'o mut [u8],
    ) -> Result<&'o str, AuthorizeError> {
        let now = self.clock.advance(now);
        if !self.user.is_ticketed(ticket) {
            return Err(AuthorizeError::StaleTicket);
        }
        let mut writer = Writer::new(out);
        writer.raw(r#"{"event":"pusher:signin","data":{"auth":"#);
        reply.token.write(&mut writer);
        writer.raw(r#","user_data":"#);
        writer.string(reply.user_data);
        writer.raw("}}");
        let text = writer.finish()?;
        self.user.apply(Step::Sent);
        self.user.deadline = now + self.config.subscription_timeout;
        self.liveness.sent(now);
        Ok(text)
    }

    /// Whether the server knows who the user is.
    pub fn is_signed_in(&self) -> bool {
        self.user.is_signed_in()
    }

    /// The application has no authentication for `ticket`.
    pub(super) fn refuse_sign_in(&mut self, ticket: Ticket, failure: SubscriptionFailure) -> Result<(), StaleTicket> {
        if !self.user.is_ticketed(ticket) {
            return Err(StaleTicket);
        }
        self.user.notice = true;
        self.fail_sign_in(failure);
        Ok(())
    }

    /// `{"user_data": "{\"id\": ..}"}`, as an object (soketi, sockudo) or as a string (Pusher).
    pub(super) fn handle_signed_in<'f>(&mut self, data: &'f mut [u8]) -> Result<Option<Event<'f>>, FrameError> {
        let [user_data] = fields(data, ["user_data"]);
        let [user_id] = fields(user_data.json(), ["id"]);
        let user_id = user_id.text().filter(|id| !id.is_empty()).ok_or(FrameError::MissingData)?;
        if !self.user.apply(Step::Succeeded) {
            return Ok(None);
        }
        self.user.failures = 0;
        self.user.failure = SubscriptionFailure::NONE;
        self.user.notice = false;
        let listening = self.listen(user_id);
        Ok(Some(Event::SignedIn { user_id, listening }))
    }

    /// Subscribes to the channel of events to the user, and to no other of the kind.
    fn listen(&mut self, user_id: &str) -> Result<(), SubscribeError> {
        let is_own = |name: &str| name.strip_prefix(SERVER_TO_USER) == Some(user_id);
        for (_, slot) in self.slots.iter_mut().filter(|(_, slot)| slot.is_internal() && !is_own(slot.name())) {
            slot.unsubscribe();
        }
        // In a frame it would be longer than `poll_transmit` promises.
        if let Some(at) = user_id.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)) {
            let at = SERVER_TO_USER.len().saturating_add(at);
            return Err(SubscribeError::InvalidName(NameError::BadCharacter { at }));
        }
        let mut name: String<NAME, u8> = String::new();
        let length = SERVER_TO_USER.len().saturating_add(user_id.len());
        name.push_str(SERVER_TO_USER)
            .and_then(|()| name.push_str(user_id))
            .map_err(|_| SubscribeError::InvalidName(NameError::TooLong { length, limit: NAME }))?;
        let (_, slot) = self.slots.claim_unchecked(&name).map_err(|error| match error {
            SlotError::Name(error) => SubscribeError::InvalidName(error),
            SlotError::Full => SubscribeError::TooManyChannels,
        })?;
        slot.apply(Step::Subscribe);
        Ok(())
    }

    /// The server refuses to sign the user in.
    pub(super) fn reject_sign_in<'f>(&mut self, error: ServerError<'f>) -> Event<'f> {
        let retry_at = self.fail_sign_in(SubscriptionFailure::Rejected(error.code));
        Event::SignInFailed { error, retry_at }
    }

    /// Signing in failed; returns when it is tried again.
    pub(super) fn fail_sign_in(&mut self, failure: SubscriptionFailure) -> Option<Instant> {
        let again = may_pass(failure) && self.user.failures < self.config.subscription_retries;
        self.user.failure = failure;
        self.user.apply(if again { Step::Retry } else { Step::GiveUp });
        if self.user.actual != Actual::Backoff {
            return None;
        }
        self.user.deadline = self.clock.tick() + pause(self.user.failures);
        self.user.failures = self.user.failures.saturating_add(1);
        Some(self.clock.instant(self.user.deadline))
    }

    pub(super) fn handle_user_deadline(&mut self, now: Tick) {
        if !self.user.has_deadline() || now.is_before(self.user.deadline) {
            return;
        }
        let failure = match self.user.actual {
            Actual::Authorizing => SubscriptionFailure::AuthorizationTimeout,
            Actual::Pending => SubscriptionFailure::SubscriptionTimeout,
            _ => {
                self.user.apply(Step::Due);
                return;
            }
        };
        self.user.notice = true;
        self.fail_sign_in(failure);
    }
}

/// An event to the user or about users watched, if the frame is one.
pub(super) fn user_event<'f>(frame: &mut Frame<'f>) -> Option<Event<'f>> {
    match (frame.event, frame.channel) {
        _ if !USERS => None,
        (event, Some(channel)) if channel.starts_with(SERVER_TO_USER) => {
            Some(Event::User(UserEvent { event, payload: frame.take_payload() }))
        }
        // sockudo says it in one event for each direction, without a prefix and without a channel.
        ("online" | "offline", None) => Some(Event::Watchlist(Watchlist::decode_one(frame.event, frame.take_json()))),
        _ => None,
    }
}

#[cfg(all(test, feature = "users"))]
impl User {
    /// Adds everything that decides what happens next; see `explore`.
    pub(super) fn fingerprint(&self, into: &mut super::explore::Fingerprint) {
        let Self { desired, actual, ticket: _, failures, failure, notice, deadline } = self;
        into.number(*desired as u64);
        into.number(*actual as u64);
        into.number((*failures).into());
        into.number(failure.fingerprint());
        into.flags(&[*notice]);
        if self.has_deadline() {
            into.tick(*deadline);
        }
    }
}
