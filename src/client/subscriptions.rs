//! Subscriptions: the commands and getters that concern channels, and what becomes of a failure.

#[cfg(feature = "encrypted")]
use super::encrypted::asks_key;
use super::reconnect::doubled;
use super::{AuthorizationRequest, Client, StaleChannel, StaleTicket, Ticket};
use crate::channel::slots::{Slot, SlotError, handle};
use crate::channel::subscription::Subscription;
use crate::channel::table::Actual;
use crate::channel::{
    Channel, ChannelKind, ChannelStatus, MAX_NAME, STRICT_MAX_NAME, SubscribeError, SubscriptionFailure,
};
use crate::event::{Event, Presence};
use crate::time::{Clock, Duration, Instant, Tick};
use crate::trace::trace;

impl<const CHANNELS: usize, const NAME: usize> Client<CHANNELS, NAME> {
    /// Subscribes to a channel, now or as soon as there is a connection, and again after every reconnect.
    ///
    /// A channel that is subscribed already keeps its one subscription and its handle; one that has failed is tried
    /// again at once, with all its retries; one that waits for its next try goes on waiting.
    ///
    /// The slot of a channel that was unsubscribed is in use until [`poll_transmit`](Self::poll_transmit) has written the
    /// unsubscription. If the server still owes the answer to the subscription, it is in use until that answer comes or
    /// times out. To replace one channel by another at once, give the client one slot more.
    ///
    /// # Errors
    ///
    /// [`SubscribeError::InvalidName`] says what is wrong with the name and where,
    /// [`TooManyChannels`](SubscribeError::TooManyChannels) that all slots are in use,
    /// [`EncryptionNotBuilt`](SubscribeError::EncryptionNotBuilt) that an encrypted channel needs the feature
    /// `encrypted`.
    pub fn subscribe(&mut self, now: Instant, name: &str) -> Result<Channel, SubscribeError> {
        self.clock.advance(now);
        if cfg!(not(feature = "encrypted")) && ChannelKind::of(name).is_encrypted() {
            return Err(SubscribeError::EncryptionNotBuilt);
        }
        let limit = if self.config.strict_names { STRICT_MAX_NAME } else { MAX_NAME };
        let (index, slot, is_taken) = self.slots.claim(name, limit).map_err(|error| match error {
            SlotError::Name(error) => SubscribeError::InvalidName(error),
            SlotError::Full => SubscribeError::TooManyChannels,
        })?;
        slot.subscription.subscribe();
        let channel = handle(index, slot);
        if is_taken {
            self.renew_connection(self.clock.tick());
        }
        Ok(channel)
    }

    /// Ends a subscription. The handle is stale from now on, and no more events of the channel are given out as
    /// messages; what is under way is taken back as soon as the server allows.
    ///
    /// # Errors
    ///
    /// [`StaleChannel`] if it has been ended before.
    pub fn unsubscribe(&mut self, now: Instant, channel: Channel) -> Result<(), StaleChannel> {
        self.clock.advance(now);
        let slot = self.slots.get_mut(channel).ok_or(StaleChannel)?;
        slot.update(Subscription::unsubscribe);
        Ok(())
    }

    /// Sets how often this channel is tried again on one connection after failures that may pass, instead of
    /// [`Config::subscription_retries`](super::Config::subscription_retries) times; at most 254 times.
    ///
    /// # Errors
    ///
    /// [`StaleChannel`] if it has been unsubscribed.
    pub fn set_retries(&mut self, channel: Channel, retries: u8) -> Result<(), StaleChannel> {
        self.slots.get_mut(channel).ok_or(StaleChannel)?.subscription.set_retries(retries);
        Ok(())
    }

    /// Refuses a ticket: the subscription, or the sign-in, fails with [`SubscriptionFailure::Denied`]; a channel that
    /// asked for a new key keeps the old one.
    ///
    /// # Errors
    ///
    /// [`StaleTicket`] if it is not valid any more.
    pub fn deny(&mut self, now: Instant, ticket: Ticket) -> Result<(), StaleTicket> {
        self.refuse(now, ticket, SubscriptionFailure::Denied)
    }

    /// Says that the auth server answered with an HTTP `status` instead of an authorization. The subscription, or the
    /// sign-in, fails with [`SubscriptionFailure::AuthorizationFailed`]: for now if the status is 429 or 500 to 599, for
    /// good if it is another, such as 403. Where no server could be reached at all, 503 says so.
    ///
    /// # Errors
    ///
    /// [`StaleTicket`] if it is not valid any more.
    pub fn deny_with_status(&mut self, now: Instant, ticket: Ticket, status: u16) -> Result<(), StaleTicket> {
        self.refuse(now, ticket, SubscriptionFailure::AuthorizationFailed(status))
    }

    /// How far a subscription is; `None` if the handle is stale.
    pub fn channel_status(&self, channel: Channel) -> Option<ChannelStatus> {
        let slot = self.slots.get(channel)?;
        Some(match slot.actual() {
            Actual::Idle | Actual::Leaving => ChannelStatus::Waiting,
            Actual::Authorizing => ChannelStatus::Authorizing,
            Actual::Pending => ChannelStatus::Pending,
            Actual::Active => ChannelStatus::Subscribed,
            Actual::Backoff => ChannelStatus::Retrying(slot.subscription.failure),
            Actual::Failed => ChannelStatus::Failed(slot.subscription.failure),
        })
    }

    /// The name of a channel; `None` if the handle is stale.
    pub fn channel_name(&self, channel: Channel) -> Option<&str> {
        self.slots.get(channel).map(Slot::name)
    }

    /// A subscription is confirmed; there is an event if that is new, or if `data` is, and the application wants it.
    pub(super) fn succeed<'f>(
        &mut self,
        channel: Channel,
        channel_name: &'f str,
        data: Option<&'f mut [u8]>,
    ) -> Option<Event<'f>> {
        let slot = self.slots.at_mut(channel.slot.into())?;
        let is_new = slot.actual() != Actual::Active;
        if !slot.subscription.succeeded() || !is_new && data.is_none() {
            return None;
        }
        let gap_since = slot.take_gap();
        if is_new {
            slot.begin(self.clock.now());
        }
        if slot.is_internal() {
            return None;
        }
        let presence = data.filter(|_| slot.kind().is_presence()).and_then(Presence::decode);
        Some(Event::Subscribed { channel, channel_name, gap_since, presence })
    }

    /// Adds the name of the channel to an event whose frame does not have it.
    #[cfg(feature = "websocket")]
    pub(crate) fn name_channel<'a>(&'a self, event: &mut Event<'a>) {
        if let Event::Subscribed { channel, channel_name, .. } | Event::SubscriptionFailed { channel, channel_name, .. } =
            event
            && channel_name.is_empty()
        {
            *channel_name = self.channel_name(*channel).unwrap_or_default();
        }
    }

    /// The channels that the application is subscribed to, or wants to be.
    pub fn channels(&self) -> impl Iterator<Item = Channel> {
        self.slots.iter().filter(|(_, slot)| slot.is_desired() && !slot.is_internal()).map(|(channel, _)| channel)
    }

    /// What a ticket asks for; `None` if it is not valid any more.
    pub fn authorization_request(&self, ticket: Ticket) -> Option<AuthorizationRequest<'_>> {
        let index = usize::from(ticket.slot);
        let slot = self.slots.at(index).filter(|slot| is_ticketed(slot, ticket) || asks_key(slot, ticket))?;
        Some(AuthorizationRequest {
            socket_id: &self.socket_id,
            channel_name: slot.name(),
            kind: slot.kind(),
            channel: handle(index, slot),
        })
    }

    /// No subscription outlives its connection. The link may have died right after the last byte that came over it,
    /// however much later that is noticed.
    pub(super) fn reset_channels(&mut self) {
        let last_activity = self.liveness.last_activity();
        self.user.reset();
        for (_, slot) in self.slots.iter_mut() {
            if slot.actual() == Actual::Active {
                slot.open_gap(last_activity);
            }
            slot.update(Subscription::reset);
        }
        self.slots.forget();
    }

    /// A subscription failed; returns when it is tried again.
    pub(super) fn fail(&mut self, channel: Channel, failure: SubscriptionFailure) -> Option<Instant> {
        let now = self.clock.tick();
        let slot = self.slots.at_mut(channel.slot.into())?;
        trace!("channel {}: {:?}", slot.name(), failure);
        let retries = self.config.subscription_retries;
        slot.update(|subscription| {
            subscription.fail(failure, retries);
            back_off(subscription, now);
        });
        retry_at(&slot.subscription, &self.clock)
    }

    /// The application has no authorization for `ticket`.
    pub(crate) fn refuse(
        &mut self,
        now: Instant,
        ticket: Ticket,
        failure: SubscriptionFailure,
    ) -> Result<(), StaleTicket> {
        self.clock.advance(now);
        #[cfg(feature = "encrypted")]
        if self.deny_key(ticket) {
            return Ok(());
        }
        let Some(slot) = self.ticketed(ticket) else { return self.refuse_sign_in(ticket, failure) };
        slot.subscription.notice = true;
        let channel = handle(ticket.slot.into(), slot);
        self.fail(channel, failure);
        Ok(())
    }

    /// The slot that waits for the answer to `ticket`.
    pub(super) fn ticketed(&mut self, ticket: Ticket) -> Option<&mut Slot<NAME>> {
        self.slots.at_mut(ticket.slot.into()).filter(|slot| is_ticketed(slot, ticket))
    }
}

/// Sets the pause before a retry, if there is one: 1 s, 2 s, 4 s .. 64 s.
pub(super) fn back_off(subscription: &mut Subscription, now: Tick) {
    if subscription.actual() == Actual::Backoff {
        let failures = subscription.count_failure();
        subscription.deadline = now + doubled(Duration::from_secs(1), failures.min(6).into());
    }
}

/// When a subscription that has failed is tried again: at its deadline, never, or already.
pub(super) fn retry_at(subscription: &Subscription, clock: &Clock) -> Option<Instant> {
    match subscription.actual() {
        Actual::Backoff => Some(clock.instant(subscription.deadline)),
        Actual::Failed => None,
        _ => Some(clock.now()),
    }
}

pub(super) fn is_ticketed<const NAME: usize>(slot: &Slot<NAME>, ticket: Ticket) -> bool {
    slot.subscription.is_ticketed(ticket.serial)
}

/// Without encryption no ticket asks for a key.
#[cfg(not(feature = "encrypted"))]
fn asks_key<const NAME: usize>(_: &Slot<NAME>, _: Ticket) -> bool {
    false
}
