//! Dispatches inbound messages.

use super::liveness::Liveness;
use super::pacing::Turns;
use super::phase::{Input, Phase};
use super::rate_limit::RateLimiter;
use super::reconnect::Policy;
use super::server_error::decode_error;
use super::{Client, MAX_SOCKET_ID, Reason};
use crate::channel::{Channel, ChannelKind, MAX_NAME, USERS};
use crate::envelope::{Envelope, EnvelopeError, fields};
use crate::event::{ChannelEvent, Event, Watchlist, member};
use crate::time::{Duration, Instant, Tick};
use crate::trace::trace;

/// The activity timeout if the server names none (protocol, "Connection established").
const DEFAULT_ACTIVITY_TIMEOUT: u32 = 120;

impl<const CHANNELS: usize, const NAME: usize> Client<CHANNELS, NAME> {
    /// Handles one complete text message. It is decoded in place, and the event borrows it.
    ///
    /// The `poll_*` methods return the answers and requests that follow from it. `None` means that the message has no
    /// event for the application.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError`] if the message is malformed or unexpected. The state is unchanged, and the connection can
    /// continue.
    pub fn handle_text<'f>(&mut self, now: Instant, text: &'f mut [u8]) -> Result<Option<Event<'f>>, EnvelopeError> {
        let now = self.clock.advance(now);
        if !matches!(self.phase, Phase::Handshaking | Phase::Connected) {
            return Err(EnvelopeError::NotOpen);
        }
        let event =
            Envelope::decode_tolerating(text, true).and_then(|mut envelope| self.handle_decoded(now, &mut envelope));
        if let Err(error) = &event {
            trace!("message refused: {:?}", error);
        }
        event
    }

    fn handle_decoded<'f>(
        &mut self,
        now: Tick,
        envelope: &mut Envelope<'f>,
    ) -> Result<Option<Event<'f>>, EnvelopeError> {
        let is_first = self.phase == Phase::Handshaking;
        let event = if is_first { self.handle_first_message(now, envelope) } else { self.dispatch(now, envelope) };
        if let Ok(event) = &event {
            self.liveness.received(&self.clock);
            self.reset_backoff_if_stable(now);
            if !matches!(event, Some(Event::Error(_))) {
                self.last_error = None; // the server has sent something since
            }
        }
        event
    }

    /// Handles the first messages: before the connection is established, the server either establishes it or reports an
    /// error.
    #[inline(never)] // stack
    fn handle_first_message<'f>(
        &mut self,
        now: Tick,
        envelope: &mut Envelope<'f>,
    ) -> Result<Option<Event<'f>>, EnvelopeError> {
        match envelope.event {
            "pusher:connection_established" => self.handle_established(now, envelope.take_json()),
            "pusher:error" => {
                let error = decode_error(envelope);
                if let Some(code) = error.code {
                    // Reverb reports the error and leaves the socket open, so the client closes it.
                    self.end(now, Reason::Code(code), Input::Abandon, Input::AbandonForGood);
                }
                Ok(Some(Event::Error(error)))
            }
            _ => Err(EnvelopeError::NotEstablished),
        }
    }

    fn handle_established<'f>(&mut self, now: Tick, data: &'f mut [u8]) -> Result<Option<Event<'f>>, EnvelopeError> {
        let [socket_id, timeout] = fields(data, ["socket_id", "activity_timeout"]);
        let socket_id = socket_id.text().filter(|id| !id.is_empty()).ok_or(EnvelopeError::MissingData)?;
        if socket_id.len() > MAX_SOCKET_ID {
            return Err(EnvelopeError::SocketIdTooLong { length: socket_id.len() });
        }
        self.socket_id.clear();
        let _ = self.socket_id.push_str(socket_id); // fits, see above
        let timeout = timeout.number().filter(|&secs| secs != 0);
        let timeout = Duration::from_secs(timeout.unwrap_or(DEFAULT_ACTIVITY_TIMEOUT));
        self.liveness = Liveness::new(&self.clock, timeout.min(self.config.activity_timeout));
        self.messages = RateLimiter::new(); // servers count for each connection
        self.turns = Turns::FIRST;
        self.established_at = now;
        self.missing_since = None;
        self.unavailable_notice = false;
        if !self.notice {
            self.reason = None;
        }
        self.step(Input::Established);
        Ok(Some(Event::Connected { socket_id }))
    }

    fn dispatch<'f>(&mut self, now: Tick, envelope: &mut Envelope<'f>) -> Result<Option<Event<'f>>, EnvelopeError> {
        let internal = envelope.event.strip_prefix("pusher_internal:");
        match internal.or_else(|| envelope.event.strip_prefix("pusher:")) {
            Some(name) => self.protocol_event(now, name, envelope),
            None => Ok(Some(self.message(envelope))),
        }
    }

    /// Handles a protocol event; `name` is its name without the prefix.
    #[inline(never)] // stack
    fn protocol_event<'f>(
        &mut self,
        now: Tick,
        name: &str,
        envelope: &mut Envelope<'f>,
    ) -> Result<Option<Event<'f>>, EnvelopeError> {
        // An event of a channel is reported only if the application is subscribed to it.
        let active = envelope.channel.and_then(|name| self.active(name));
        match (name, active) {
            ("ping", _) => {
                self.liveness.pong_due = true;
                Ok(None)
            }
            ("pong", _) => {
                self.liveness.pong_received(now);
                Ok(None)
            }
            ("error", _) => Ok(Some(self.handle_error(envelope))),
            ("subscription_succeeded", _) => self.handle_succeeded(envelope),
            ("subscription_error", _) => self.handle_subscription_error(envelope),
            ("signin_success", _) if USERS => self.handle_signed_in(envelope),
            ("watchlist_events", _) if USERS => Ok(Some(Event::Watchlist(Watchlist::decode(envelope.take_json())))),
            ("member_added" | "member_removed", Some((channel, kind))) if kind.is_presence() => {
                let channel_name = envelope.channel.unwrap_or_default();
                let [user_id, user_info] = fields(envelope.take_json(), ["user_id", "user_info"]);
                let user_id = user_id.text().ok_or(EnvelopeError::MissingData)?;
                if name == "member_removed" {
                    return Ok(Some(Event::MemberRemoved { channel, channel_name, user_id }));
                }
                Ok(Some(Event::MemberAdded { channel, channel_name, member: member(user_id, user_info) }))
            }
            ("subscription_count", Some((channel, _))) => {
                let channel_name = envelope.channel.unwrap_or_default();
                let [count] = fields(envelope.take_json(), ["subscription_count"]);
                let count = count.number().ok_or(EnvelopeError::MissingData)?;
                Ok(Some(Event::SubscriptionCount { channel, channel_name, count }))
            }
            ("cache_miss", Some((channel, _))) => {
                Ok(Some(Event::CacheMiss { channel, channel_name: envelope.channel.unwrap_or_default() }))
            }
            _ => Ok(Some(Event::other(envelope))),
        }
    }

    /// Returns the event for an application message, if the application is subscribed to the channel.
    #[inline(never)] // stack
    fn message<'f>(&mut self, envelope: &mut Envelope<'f>) -> Event<'f> {
        if let Some(event) = self.user_event(envelope) {
            return event;
        }
        let channel_name = envelope.channel.unwrap_or_default();
        let Some((channel, kind)) = self.active(channel_name) else { return Event::other(envelope) };
        #[cfg(feature = "encrypted")]
        if kind.is_encrypted() {
            return self.decrypted(channel, channel_name, envelope);
        }
        let payload = envelope.take_payload();
        // On other channels the server has not verified the sender.
        let user_id = envelope.user_id.filter(|id| !id.is_empty() && kind.is_presence());
        Event::Channel(ChannelEvent { channel, channel_name, event: envelope.event, payload, user_id })
    }

    /// Returns the handle and kind of the channel called `name`, if the application receives its events.
    fn active(&mut self, name: &str) -> Option<(Channel, ChannelKind)> {
        let (channel, slot) = self.slots.named(name.as_bytes())?;
        (slot.subscription.receives() && !slot.is_internal()).then_some((channel, slot.kind()))
    }

    fn handle_succeeded<'f>(&mut self, envelope: &mut Envelope<'f>) -> Result<Option<Event<'f>>, EnvelopeError> {
        let name = envelope.channel.ok_or(EnvelopeError::MissingData)?;
        let Some((channel, _)) = self.slots.named(name.as_bytes()) else {
            self.unsubscribe_unknown(name);
            return Ok(None);
        };
        Ok(self.succeed(channel, name, Some(envelope.take_json())))
    }

    /// Unsubscribes from a channel that the server confirmed but no slot holds.
    #[inline(never)] // stack
    fn unsubscribe_unknown(&mut self, name: &str) {
        if self.slots.has_room() {
            if let Ok((_, slot, _)) = self.slots.claim(name, MAX_NAME) {
                slot.subscription.succeeded();
            }
        } else if self.slots.has_forgotten()
            // A server can provoke this on every connection, so the backoff applies as to a close with 4200.
            && let Some(wait) = self.backoff.next(Policy::AtOnce, &self.config.reconnect)
        {
            // There is no slot to remember it in, so only a new connection gets rid of it.
            let now = self.clock.tick();
            self.renew_connection(now);
            self.deadline = now + wait;
        }
    }
}
