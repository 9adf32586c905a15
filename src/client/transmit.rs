//! Outbound messages, written into the caller's buffer: all except client events.
//!
//! Pending messages are state, so a buffer that is too small changes nothing: the call can be repeated.

#[cfg(feature = "encrypted")]
use super::encrypted::shared_secret;
use super::phase::Phase;
use super::{Authorization, AuthorizeError, Client, Ticket};
use crate::channel::subscription::Subscription;
use crate::output::{OutputTooSmall, Writer};
use crate::time::Instant;

const PING: &str = r#"{"event":"pusher:ping","data":{}}"#;
const PONG: &str = r#"{"event":"pusher:pong","data":{}}"#;
/// The message up to the channel name.
const SUBSCRIBE: &str = r#"{"event":"pusher:subscribe","data":{"channel":"#;
const UNSUBSCRIBE: &str = r#"{"event":"pusher:unsubscribe","data":{"channel":"#;

impl<const CHANNELS: usize, const NAME: usize> Client<CHANNELS, NAME> {
    /// Writes the next outbound message, if any: pongs, pings, unsubscriptions, and subscriptions that need no
    /// authorization. The caller must send each returned message, because the client records it as sent.
    /// [`Config::pacing`](super::Config::pacing) may hold back subscriptions and unsubscriptions.
    ///
    /// `out` needs `NAME + 52` bytes at most.
    ///
    /// # Errors
    ///
    /// [`OutputTooSmall`]; the message is still pending.
    pub fn poll_transmit<'o>(&mut self, now: Instant, out: &'o mut [u8]) -> Result<Option<&'o str>, OutputTooSmall> {
        let now = self.clock.advance(now);
        if self.phase != Phase::Connected {
            return Ok(None);
        }
        let mut writer = Writer::new(out);
        let is_pong = self.liveness.pong_due;
        if is_pong || self.liveness.ping_due {
            writer.raw(if is_pong { PONG } else { PING });
            let text = writer.finish()?;
            if is_pong {
                self.liveness.pong_sent();
            } else {
                self.liveness.ping_sent(now);
            }
            self.message_sent(now);
            return Ok(Some(text));
        }
        let next = self.next_to_write().filter(|_| self.pace().is_ok());
        let Some((index, slot)) = next.and_then(|index| self.slots.at_mut(index).map(|slot| (index, slot))) else {
            self.slots.note_work();
            return Ok(None);
        };
        let leaving = slot.subscription.is_unsubscribe_due();
        writer.raw(if leaving { UNSUBSCRIBE } else { SUBSCRIBE });
        writer.string(slot.name());
        writer.raw("}}");
        let text = writer.finish()?;
        if leaving {
            slot.update(Subscription::left);
        } else {
            slot.subscription.sent(now + self.config.subscription_timeout);
            self.turns.message = self.turn_after(index);
        }
        self.message_sent(now);
        Ok(Some(text))
    }

    /// Answers a ticket: writes the `pusher:subscribe` message with the authorization, which the caller must send: the
    /// client records it as sent.
    ///
    /// `out` needs 60 bytes plus the name and the token. `channel_data` needs 18 more plus its length with quotes and
    /// backslashes escaped.
    ///
    /// # Errors
    ///
    /// [`AuthorizeError::StaleTicket`]: there is nothing to send. [`AuthorizeError::MissingChannelData`],
    /// [`AuthorizeError::MissingSharedSecret`] and [`AuthorizeError::OutputTooSmall`]: the ticket is still valid.
    pub fn authorize<'o>(
        &mut self,
        now: Instant,
        ticket: Ticket,
        reply: &Authorization<'_>,
        out: &'o mut [u8],
    ) -> Result<&'o str, AuthorizeError> {
        let now = self.clock.advance(now);
        let timeout = self.config.subscription_timeout;
        let signed_in = self.user.is_signed_in();
        let slot = self.ticketed(ticket).ok_or(AuthorizeError::StaleTicket)?;
        if slot.kind().is_presence() && reply.channel_data.is_none() && !signed_in {
            return Err(AuthorizeError::MissingChannelData);
        }
        #[cfg(feature = "encrypted")]
        let secret = if slot.kind().is_encrypted() { Some(shared_secret(reply)?) } else { None };
        let mut writer = Writer::new(out);
        writer.raw(SUBSCRIBE);
        writer.string(slot.name());
        writer.raw(r#","auth":"#);
        reply.token.write(&mut writer);
        if let Some(channel_data) = reply.channel_data {
            writer.raw(r#","channel_data":"#);
            writer.string(channel_data);
        }
        writer.raw("}}");
        let text = writer.finish()?;
        slot.subscription.sent(now + timeout);
        #[cfg(feature = "encrypted")]
        if let Some(secret) = secret {
            slot.key.set(secret);
        }
        self.message_sent(now);
        Ok(text)
    }
}
