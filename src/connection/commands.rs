//! Commands that send a message, and their errors.

use core::fmt;

use super::{Connection, drive};
use crate::channel::{Channel, SubscribeError};
use crate::client::{
    Authorization, AuthorizeError, Client, StaleChannel, StaleTicket, Ticket, TriggerError, UserAuthentication,
};
use crate::envelope::Payload;
use crate::output::OutputTooSmall;
use crate::time::Instant;

impl<R: FnMut(&mut [u8]), const CHANNELS: usize, const NAME: usize, B: AsRef<[u8]> + AsMut<[u8]>>
    Connection<'_, R, CHANNELS, NAME, B>
{
    /// Connects, and reconnects until [`disconnect`](Self::disconnect); see [`Client::connect`].
    pub fn connect(&mut self, now: Instant) {
        self.command().connect(now);
    }

    /// Disconnects and keeps the subscriptions; see [`Client::disconnect`].
    pub fn disconnect(&mut self, now: Instant) {
        self.command().disconnect(now);
    }

    /// Pings the server now, or starts the next connection attempt now; see [`Client::ping_now`].
    pub fn ping_now(&mut self, now: Instant) {
        self.command().ping_now(now);
    }

    /// Subscribes to a channel on this connection and on each later one; see [`Client::subscribe`].
    ///
    /// # Errors
    ///
    /// [`SubscribeError`] if the client cannot subscribe to the name.
    pub fn subscribe(&mut self, now: Instant, name: &str) -> Result<Channel, SubscribeError> {
        self.command().subscribe(now, name)
    }

    /// Unsubscribes from a channel and invalidates its handle; see [`Client::unsubscribe`].
    ///
    /// # Errors
    ///
    /// [`StaleChannel`] if it was unsubscribed already.
    pub fn unsubscribe(&mut self, now: Instant, channel: Channel) -> Result<(), StaleChannel> {
        self.command().unsubscribe(now, channel)
    }

    /// Sets how many times a subscription is retried on one connection; see [`Client::set_retries`].
    ///
    /// # Errors
    ///
    /// [`StaleChannel`] if it was unsubscribed.
    pub fn set_retries(&mut self, channel: Channel, retries: u8) -> Result<(), StaleChannel> {
        self.command().set_retries(channel, retries)
    }

    /// Signs the user in, on this connection and on each later one; see [`Client::sign_in`].
    #[cfg(feature = "users")]
    pub fn sign_in(&mut self, now: Instant) {
        self.command().sign_in(now);
    }

    /// Signs the user out; see [`Client::sign_out`].
    #[cfg(feature = "users")]
    pub fn sign_out(&mut self, now: Instant) {
        self.command().sign_out(now);
    }

    /// Answers a request deferred by [`Answer::Later`](super::Answer::Later), for a subscription or for a new key.
    ///
    /// # Errors
    ///
    /// [`SendError::Busy`] while a message is being sent: try again after the next poll. [`SendError::Client`] with the
    /// error of [`Client::authorize`] or `Client::rekey`.
    pub fn authorize(
        &mut self,
        now: Instant,
        ticket: Ticket,
        authorization: &Authorization<'_>,
    ) -> Result<(), SendError<AuthorizeError>> {
        #[cfg(feature = "encrypted")]
        match self.client.rekey(now, ticket, authorization) {
            Err(AuthorizeError::StaleTicket) => {} // not a request for a key
            other => return other.map_err(SendError::Client),
        }
        self.send(|client, out| client.authorize(now, ticket, authorization, out))
    }

    /// Denies a request deferred by [`Answer::Later`](super::Answer::Later) or
    /// [`UserAnswer::Later`](super::UserAnswer::Later); see [`Client::deny`].
    ///
    /// # Errors
    ///
    /// [`StaleTicket`] if the ticket is no longer valid.
    pub fn deny(&mut self, now: Instant, ticket: Ticket) -> Result<(), StaleTicket> {
        self.command().deny(now, ticket)
    }

    /// Reports that the auth server answered a deferred request with an HTTP `status`; see
    /// [`Client::deny_with_status`].
    ///
    /// # Errors
    ///
    /// [`StaleTicket`] if the ticket is no longer valid.
    pub fn deny_with_status(&mut self, now: Instant, ticket: Ticket, status: u16) -> Result<(), StaleTicket> {
        self.command().deny_with_status(now, ticket, status)
    }

    /// Answers a sign-in request deferred by [`UserAnswer::Later`](super::UserAnswer::Later).
    ///
    /// # Errors
    ///
    /// [`SendError::Busy`] while a message is being sent: try again after the next poll. [`SendError::Client`] with the
    /// error of [`Client::authenticate`].
    pub fn authenticate(
        &mut self,
        now: Instant,
        ticket: Ticket,
        authentication: &UserAuthentication<'_>,
    ) -> Result<(), SendError<AuthorizeError>> {
        self.send(|client, out| client.authenticate(now, ticket, authentication, out))
    }

    /// Sends a client event; see [`Client::trigger`].
    ///
    /// # Errors
    ///
    /// [`SendError::Busy`] while a message is being sent: try again after the next poll. [`SendError::Client`] with the
    /// error of [`Client::trigger`].
    pub fn trigger(
        &mut self,
        now: Instant,
        channel: Channel,
        event: &str,
        data: Payload<'_>,
    ) -> Result<(), SendError<TriggerError>> {
        self.send(|client, out| client.trigger(now, channel, event, data, out))
    }

    /// Sends a client event whose data is `value`, serialized as JSON; see [`Client::trigger_value`].
    ///
    /// # Errors
    ///
    /// [`SendError::Busy`] while a message is being sent: try again after the next poll. [`SendError::Client`] with the
    /// error of [`Client::trigger_value`].
    pub fn trigger_value<T: serde::Serialize + ?Sized>(
        &mut self,
        now: Instant,
        channel: Channel,
        event: &str,
        value: &T,
    ) -> Result<(), SendError<TriggerError>> {
        self.send(|client, out| client.trigger_value(now, channel, event, value, out))
    }

    /// Returns the client for a command and wakes the connection, because an output may become due.
    const fn command(&mut self) -> &mut Client<CHANNELS, NAME> {
        self.at_rest = false;
        &mut self.client
    }

    /// Sends the message that the client writes through `write`.
    fn send<E: InBuffer>(
        &mut self,
        write: impl for<'o> FnOnce(&mut Client<CHANNELS, NAME>, &'o mut [u8]) -> Result<&'o str, E>,
    ) -> Result<(), SendError<E>> {
        if !self.unsent.is_empty() {
            return Err(SendError::Busy);
        }
        let length = write(&mut self.client, drive::room(self.tx.as_mut()))
            .map_err(|error| SendError::Client(error.map_size(drive::with_header)))?
            .len();
        self.encode_frame(length);
        Ok(())
    }
}

/// Errors that may report a required buffer size.
trait InBuffer {
    fn map_size(self, map: fn(OutputTooSmall) -> OutputTooSmall) -> Self;
}

impl InBuffer for AuthorizeError {
    fn map_size(self, map: fn(OutputTooSmall) -> OutputTooSmall) -> Self {
        if let Self::OutputTooSmall(error) = self { Self::OutputTooSmall(map(error)) } else { self }
    }
}

impl InBuffer for TriggerError {
    fn map_size(self, map: fn(OutputTooSmall) -> OutputTooSmall) -> Self {
        if let Self::OutputTooSmall(error) = self { Self::OutputTooSmall(map(error)) } else { self }
    }
}

/// The error type of commands that send a message. Nothing is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SendError<E> {
    /// A message is being sent: try again after the next poll.
    Busy,
    /// The client refused the command.
    Client(E),
}

impl<E: fmt::Display> fmt::Display for SendError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("a message is being sent; try again after the next poll"),
            Self::Client(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for SendError<E> {}
