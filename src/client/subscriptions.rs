//! Subscriptions: commands and getters for channels, and the handling of failures.

#[cfg(feature = "encrypted")]
use super::encrypted::is_rekey_ticket;
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
    /// If the channel is subscribed already, its subscription and handle are kept. If the subscription has failed, it
    /// is retried at once, with all its retries. If it waits for its next retry, it keeps waiting.
    ///
    /// The slot of an unsubscribed channel stays in use until [`poll_transmit`](Self::poll_transmit) has written the
    /// unsubscription. If the server has not answered the subscription yet, the slot stays in use until the answer
    /// arrives or times out. To replace one channel by another at once, add one slot to the client.
    ///
    /// # Errors
    ///
    /// [`SubscribeError::InvalidName`] if the name is invalid, with the reason and the position.
    /// [`TooManyChannels`](SubscribeError::TooManyChannels) if all slots are in use.
    /// [`EncryptionNotBuilt`](SubscribeError::EncryptionNotBuilt) if an encrypted channel needs the feature
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

    /// Ends a subscription. The handle becomes stale, and events of the channel are no longer reported as its messages.
    /// A pending request is undone as soon as the server allows it.
    ///
    /// # Errors
    ///
    /// [`StaleChannel`] if it has been unsubscribed already.
    pub fn unsubscribe(&mut self, now: Instant, channel: Channel) -> Result<(), StaleChannel> {
        self.clock.advance(now);
        let slot = self.slots.get_mut(channel).ok_or(StaleChannel)?;
        slot.update(Subscription::unsubscribe);
        Ok(())
    }

    /// Sets the number of retries per connection after a transient failure of this channel, instead of
    /// [`Config::subscription_retries`](super::Config::subscription_retries). The maximum is 254.
    ///
    /// # Errors
    ///
    /// [`StaleChannel`] if it has been unsubscribed.
    pub fn set_retries(&mut self, channel: Channel, retries: u8) -> Result<(), StaleChannel> {
        self.slots.get_mut(channel).ok_or(StaleChannel)?.subscription.set_retries(retries);
        Ok(())
    }

    /// Denies a ticket: the subscription or the sign-in fails with [`SubscriptionFailure::Denied`]. A channel that
    /// requested a new key keeps the old one.
    ///
    /// # Errors
    ///
    /// [`StaleTicket`] if the ticket is no longer valid.
    pub fn deny(&mut self, now: Instant, ticket: Ticket) -> Result<(), StaleTicket> {
        self.refuse(now, ticket, SubscriptionFailure::Denied)
    }

    /// Reports that the auth server answered a ticket with an HTTP `status` instead of an authorization. The
    /// subscription or the sign-in fails with [`SubscriptionFailure::AuthorizationFailed`]. The failure is transient if
    /// the status is 429 or 500 to 599; any other, such as 403, is permanent. Use 503 if the server could not be
    /// reached.
    ///
    /// # Errors
    ///
    /// [`StaleTicket`] if the ticket is no longer valid.
    pub fn deny_with_status(&mut self, now: Instant, ticket: Ticket, status: u16) -> Result<(), StaleTicket> {
        self.refuse(now, ticket, SubscriptionFailure::AuthorizationFailed(status))
    }

    /// Returns the status of a channel's subscription; `None` if the handle is stale.
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

    /// Returns the name of a channel; `None` if the handle is stale.
    pub fn channel_name(&self, channel: Channel) -> Option<&str> {
        self.slots.get(channel).map(Slot::name)
    }

    /// Confirms a subscription. Returns an event if the subscription or `data` is new and the application wants it.
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

    /// Adds the channel name to an event whose message does not have it.
    #[cfg(feature = "websocket")]
    pub(crate) fn name_channel<'a>(&'a self, event: &mut Event<'a>) {
        if let Event::Subscribed { channel, channel_name, .. } | Event::SubscriptionFailed { channel, channel_name, .. } =
            event
            && channel_name.is_empty()
        {
            *channel_name = self.channel_name(*channel).unwrap_or_default();
        }
    }

    /// Returns the channels that the application has subscribed to, confirmed or not.
    pub fn channels(&self) -> impl Iterator<Item = Channel> {
        self.slots.iter().filter(|(_, slot)| slot.is_desired() && !slot.is_internal()).map(|(channel, _)| channel)
    }

    /// Returns the authorization that a ticket requests; `None` if the ticket is no longer valid.
    pub fn authorization_request(&self, ticket: Ticket) -> Option<AuthorizationRequest<'_>> {
        let index = usize::from(ticket.slot);
        let slot = self.slots.at(index).filter(|slot| is_ticketed(slot, ticket) || is_rekey_ticket(slot, ticket))?;
        Some(AuthorizationRequest {
            socket_id: &self.socket_id,
            channel_name: slot.name(),
            kind: slot.kind(),
            channel: handle(index, slot),
        })
    }

    /// Resets all subscriptions, because none outlives its connection. The connection may have died right after the
    /// last byte received, however much later that is noticed.
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

    /// Records that a subscription failed; returns when it is retried.
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

    /// Records that the application has no authorization for `ticket`.
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

    /// Returns the slot that waits for the answer to `ticket`.
    pub(super) fn ticketed(&mut self, ticket: Ticket) -> Option<&mut Slot<NAME>> {
        self.slots.at_mut(ticket.slot.into()).filter(|slot| is_ticketed(slot, ticket))
    }
}

/// Sets the backoff before a retry, if there is one: 1 s, 2 s, 4 s .. 64 s.
pub(super) fn back_off(subscription: &mut Subscription, now: Tick) {
    if subscription.actual() == Actual::Backoff {
        let failures = subscription.count_failure();
        subscription.deadline = now + doubled(Duration::from_secs(1), failures.min(6).into());
    }
}

/// Returns when a failed subscription is retried: at its deadline, never, or already.
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

/// Returns `false`: without encryption no ticket requests a key.
#[cfg(not(feature = "encrypted"))]
fn is_rekey_ticket<const NAME: usize>(_: &Slot<NAME>, _: Ticket) -> bool {
    false
}
