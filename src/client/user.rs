//! User sign-in and user events (protocol, "User authentication").
//!
//! A sign-in follows the same table as a subscription: whether it is wanted, and how far it is on this connection.

use core::mem;

use super::subscriptions::{back_off, retry_at};
use super::{AuthorizeError, Client, StaleTicket, Ticket, UserAuthentication};
use crate::channel::slots::SlotError;
use crate::channel::subscription::Subscription;
use crate::channel::table::Actual;
#[cfg(feature = "users")]
use crate::channel::table::Input;
use crate::channel::{NameError, SERVER_TO_USER, SubscribeError, SubscriptionFailure, USERS};
use crate::envelope::{Envelope, EnvelopeError, fields};
use crate::event::{Event, ServerError, UserEvent, Watchlist};
use crate::output::Writer;
use crate::time::{Instant, Tick};
use heapless::String;

/// The slot number of sign-in tickets; no channel uses it.
const USER: u16 = u16::MAX;

/// The state of the sign-in.
#[derive(Clone)]
pub(super) struct User {
    pub(super) subscription: Subscription,
    /// A hash of the id of the signed-in user, to recognize events for this user.
    id: u32,
    /// A `pusher:signin` was sent on this connection. Only the end of the connection undoes it, whatever the answer
    /// was.
    sent: bool,
}

impl User {
    pub(super) const fn new() -> Self {
        Self { subscription: Subscription::FREE, id: 0, sent: false }
    }

    /// Returns how far the sign-in is. Without the feature `users` it cannot begin, and the compiler drops the code
    /// that depends on it.
    pub(super) fn actual(&self) -> Actual {
        if USERS { self.subscription.actual() } else { Actual::Idle }
    }

    /// Resets the sign-in, because the server forgets the user when the connection ends.
    pub(super) fn reset(&mut self) {
        if USERS {
            self.sent = false;
            self.subscription.reset();
        }
    }

    pub(super) fn is_signed_in(&self) -> bool {
        self.actual() == Actual::Active
    }

    /// Returns whether the identity of the user is still undecided.
    pub(super) fn is_under_way(&self) -> bool {
        USERS
            && self.subscription.is_desired()
            && !matches!(self.subscription.actual(), Actual::Active | Actual::Failed)
    }

    /// Returns whether the server has not answered yet.
    pub(super) fn awaits_answer(&self) -> bool {
        USERS && self.subscription.in_flight().is_open()
    }

    pub(super) fn has_deadline(&self) -> bool {
        USERS && self.subscription.has_deadline()
    }

    /// Returns whether no notice, no request and no deadline is due.
    #[cfg(feature = "websocket")]
    pub(super) fn has_nothing_due(&self, now: Tick) -> bool {
        !USERS
            || !self.subscription.notice
                && !self.subscription.is_due()
                && (!self.has_deadline() || now.is_before(self.subscription.deadline))
    }

    /// Returns whether `failure` has not been reported to the application; `true` once.
    pub(super) fn take_notice(&mut self) -> bool {
        USERS && mem::take(&mut self.subscription.notice)
    }

    /// Returns the next authentication request, if one is due.
    pub(super) fn poll_ticket(&mut self, deadline: Tick) -> Option<Ticket> {
        if !self.wants_ticket() {
            return None;
        }
        Some(Ticket { slot: USER, serial: self.subscription.issue_ticket(deadline) })
    }

    /// Returns whether an authentication request is due.
    pub(super) fn wants_ticket(&self) -> bool {
        USERS && self.subscription.is_due()
    }

    /// Returns when the ticket held by the application expires.
    pub(super) fn ticket_deadline(&self) -> Option<Tick> {
        (self.actual() == Actual::Authorizing).then_some(self.subscription.deadline)
    }

    fn is_ticketed(&self, ticket: Ticket) -> bool {
        USERS && ticket.slot == USER && self.subscription.is_ticketed(ticket.serial)
    }
}

impl<const CHANNELS: usize, const NAME: usize> Client<CHANNELS, NAME> {
    /// Signs the user in, now or as soon as there is a connection, and again after every reconnect.
    /// [`Request::SignIn`](super::Request::SignIn) requests the authentication.
    ///
    /// Subscriptions to presence channels wait until the sign-in is decided. User events arrive on a channel that
    /// belongs to the server. It takes one of the client's slots and a name of `16 + id` bytes.
    #[cfg(feature = "users")]
    pub fn sign_in(&mut self, now: Instant) {
        self.clock.advance(now);
        self.user.subscription.subscribe();
    }

    /// Signs the user out. A server binds the user to the connection. If a `pusher:signin` was sent on this one, the
    /// client therefore reconnects at once, whatever the answer was. Everything else is renewed on the new connection.
    #[cfg(feature = "users")]
    pub fn sign_out(&mut self, now: Instant) {
        let now = self.clock.advance(now);
        let sent = self.user.sent;
        self.user.subscription.apply(Input::Unsubscribe);
        self.user.subscription.reset();
        self.user.subscription.renew();
        for (_, slot) in self.slots.iter_mut().filter(|(_, slot)| slot.is_internal()) {
            slot.update(Subscription::unsubscribe);
        }
        if sent {
            self.renew_connection(now);
        }
    }

    /// Answers a [`Request::SignIn`](super::Request::SignIn): writes the `pusher:signin` message, which the caller must
    /// send: the client records it as sent.
    ///
    /// `out` needs 59 bytes plus the token and `user_data`, with its quotes and backslashes escaped.
    ///
    /// # Errors
    ///
    /// [`AuthorizeError::StaleTicket`]: there is nothing to send. [`AuthorizeError::OutputTooSmall`]: the ticket is
    /// still valid.
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
        self.user.sent = true;
        self.user.subscription.sent(now + self.config.subscription_timeout);
        self.message_sent(now);
        Ok(text)
    }

    /// Returns whether the server has confirmed the sign-in.
    pub fn is_signed_in(&self) -> bool {
        self.user.is_signed_in()
    }

    /// Records that the application has no authentication for `ticket`.
    pub(super) fn refuse_sign_in(&mut self, ticket: Ticket, failure: SubscriptionFailure) -> Result<(), StaleTicket> {
        if !self.user.is_ticketed(ticket) {
            return Err(StaleTicket);
        }
        self.user.subscription.notice = true;
        self.fail_sign_in(failure);
        Ok(())
    }

    /// Handles `{"user_data": "{\"id\": ..}"}`, with `user_data` as an object (soketi, sockudo) or as a string
    /// (Pusher).
    pub(super) fn handle_signed_in<'f>(
        &mut self,
        envelope: &mut Envelope<'f>,
    ) -> Result<Option<Event<'f>>, EnvelopeError> {
        // A valid answer names no channel and follows a sign-in on this connection.
        if envelope.channel.is_some() || !self.user.sent {
            return Ok(Some(Event::other(envelope)));
        }
        let [user_data] = fields(envelope.take_json(), ["user_data"]);
        let [user_id] = fields(user_data.json(), ["id"]);
        let user_id = user_id.text().filter(|id| !id.is_empty()).ok_or(EnvelopeError::MissingData)?;
        if !self.user.subscription.signed_in() {
            return Ok(None);
        }
        self.user.id = hash(user_id);
        let listening = self.listen(user_id);
        if !self.user.is_signed_in() {
            return Ok(None); // retried on a new connection, because the channel's slot was taken
        }
        Ok(Some(Event::SignedIn { user_id, listening }))
    }

    /// Subscribes to this user's channel and unsubscribes from any other user channel.
    fn listen(&mut self, user_id: &str) -> Result<(), SubscribeError> {
        let is_own = |name: &str| name.strip_prefix(SERVER_TO_USER) == Some(user_id);
        for (_, slot) in self.slots.iter_mut().filter(|(_, slot)| slot.is_internal() && !is_own(slot.name())) {
            slot.update(Subscription::unsubscribe);
        }
        // Its escaped form would exceed the size that `poll_transmit` promises.
        if let Some(at) = user_id.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)) {
            let at = SERVER_TO_USER.len().saturating_add(at);
            return Err(SubscribeError::InvalidName(NameError::BadCharacter { at }));
        }
        let mut name: String<NAME, u8> = String::new();
        let length = SERVER_TO_USER.len().saturating_add(user_id.len());
        name.push_str(SERVER_TO_USER)
            .and_then(|()| name.push_str(user_id))
            .map_err(|_| SubscribeError::InvalidName(NameError::TooLong { length, limit: NAME }))?;
        let (_, slot, is_taken) = self.slots.claim_unchecked(&name).map_err(|error| match error {
            SlotError::Name(error) => SubscribeError::InvalidName(error),
            SlotError::Full => SubscribeError::TooManyChannels,
        })?;
        slot.subscription.subscribe();
        if is_taken {
            self.renew_connection(self.clock.tick());
        }
        Ok(())
    }

    /// Handles the server's refusal of a sign-in.
    pub(super) fn reject_sign_in<'f>(&mut self, error: ServerError<'f>) -> Event<'f> {
        let (now, retries) = (self.clock.tick(), self.config.subscription_retries);
        let sign_in = &mut self.user.subscription;
        if !sign_in.refused(SubscriptionFailure::Rejected(error.code), retries) {
            return Event::Error(error); // another sign-in is pending or has succeeded
        }
        back_off(sign_in, now);
        Event::SignInFailed { error, retry_at: retry_at(sign_in, &self.clock) }
    }

    /// Records that the sign-in failed.
    fn fail_sign_in(&mut self, failure: SubscriptionFailure) {
        let (now, retries) = (self.clock.tick(), self.config.subscription_retries);
        self.user.subscription.fail(failure, retries);
        back_off(&mut self.user.subscription, now);
    }

    pub(super) fn handle_user_deadline(&mut self, now: Tick) {
        if !USERS {
            return;
        }
        if let Some(failure) = self.user.subscription.expire(now) {
            self.user.subscription.notice = true;
            self.fail_sign_in(failure);
        }
    }

    /// Returns an event for the user or about watched users, if the message is one.
    pub(super) fn user_event<'f>(&self, envelope: &mut Envelope<'f>) -> Option<Event<'f>> {
        match (envelope.event, envelope.channel) {
            _ if !USERS => None,
            (event, Some(channel)) => {
                let user_id = channel.strip_prefix(SERVER_TO_USER)?;
                let is_own = self.user.is_signed_in() && self.user.id == hash(user_id);
                is_own.then(|| Event::User(UserEvent { event, payload: envelope.take_payload() }))
            }
            // sockudo sends one event for each direction, without a prefix and without a channel.
            ("online" | "offline", None) => {
                Some(Event::Watchlist(Watchlist::decode_one(envelope.event, envelope.take_json())))
            }
            _ => None,
        }
    }
}

/// Hashes an id (FNV-1a).
fn hash(id: &str) -> u32 {
    id.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(all(test, feature = "users"))]
impl User {
    /// Adds all state that decides future behaviour; see `explore`.
    pub(super) fn fingerprint(&self, into: &mut super::explore::Fingerprint) {
        let Self { subscription, id, sent } = self;
        subscription.fingerprint(into);
        into.number((*id).into());
        into.flags(&[*sent]);
    }
}
