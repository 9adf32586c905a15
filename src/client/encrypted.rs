//! The keys of encrypted channels: set by authorizations, requested again when an event cannot be decrypted.

use super::{Authorization, AuthorizeError, Client, Ticket};
use crate::channel::Channel;
use crate::channel::slots::Slot;
use crate::channel::table::Actual;
use crate::encryption::{DecryptError, SharedSecret};
use crate::envelope::Envelope;
use crate::event::{ChannelEvent, Event};
use crate::time::Instant;

impl<const CHANNELS: usize, const NAME: usize> Client<CHANNELS, NAME> {
    /// Answers a [`Request::Rekey`](super::Request::Rekey). From now on the channel decrypts with the
    /// [`shared_secret`](Authorization::with_shared_secret) of this authorization. Nothing has to be sent.
    ///
    /// # Errors
    ///
    /// [`AuthorizeError::StaleTicket`], or [`AuthorizeError::MissingSharedSecret`] if the key is missing or is not 32
    /// bytes in base64. In the second case the ticket is still valid.
    pub fn rekey(&mut self, now: Instant, ticket: Ticket, reply: &Authorization<'_>) -> Result<(), AuthorizeError> {
        self.clock.advance(now);
        let slot = self.slots.at_mut(ticket.slot.into()).filter(|slot| is_rekey_ticket(slot, ticket));
        let slot = slot.ok_or(AuthorizeError::StaleTicket)?;
        slot.key.set(shared_secret(reply)?);
        Ok(())
    }

    /// Returns the next request for a new key, if one is due.
    pub(super) fn poll_key(&mut self) -> Option<Ticket> {
        let index = self.slots.due(0, |slot| slot.actual() == Actual::Active && slot.key.renewal_due())?;
        let slot = self.slots.at_mut(index)?;
        slot.key.set_renewal_requested();
        Some(Ticket { slot: index as u16, serial: slot.subscription.next_ticket() })
    }

    /// Denies a request for a new key; returns `false` if the ticket is not such a request.
    pub(super) fn deny_key(&mut self, ticket: Ticket) -> bool {
        let slot = self.slots.at_mut(ticket.slot.into()).filter(|slot| is_rekey_ticket(slot, ticket));
        slot.is_some_and(|slot| {
            slot.key.deny();
            true
        })
    }

    /// Decrypts an event on an encrypted channel.
    #[inline(never)] // size
    pub(super) fn decrypted<'f>(
        &mut self,
        channel: Channel,
        channel_name: &'f str,
        envelope: &mut Envelope<'f>,
    ) -> Event<'f> {
        let (now, pause, event) = (self.clock.now(), self.config.authorization_timeout, envelope.event);
        // An unencrypted event does not come from a holder of the key, so it is not reported as a message of the
        // channel.
        let data = envelope.take_json();
        let key = self.slots.key_mut(channel);
        match key.ok_or(DecryptError::NoKey).and_then(|key| key.decrypt(now, pause, data)) {
            Ok(payload) => Event::Channel(ChannelEvent { channel, channel_name, event, payload, user_id: None }),
            Err(error) => {
                self.slots.touch_key();
                Event::DecryptionFailed { channel, channel_name, event, error }
            }
        }
    }
}

/// Returns whether `ticket` requests a new key for the channel in `slot`.
pub(super) fn is_rekey_ticket<const NAME: usize>(slot: &Slot<NAME>, ticket: Ticket) -> bool {
    slot.actual() == Actual::Active && slot.key.renewal_requested() && slot.subscription.is_ticket(ticket.serial)
}

/// Returns the base64 key in an authorization.
pub(super) fn shared_secret<'a>(reply: &Authorization<'a>) -> Result<&'a str, AuthorizeError> {
    reply.shared_secret.filter(|text| SharedSecret::is_base64(text)).ok_or(AuthorizeError::MissingSharedSecret)
}
