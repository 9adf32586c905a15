//! Errors of commands, caused by the caller. The state is unchanged.

use core::fmt;

use crate::output::OutputTooSmall;
use crate::time::Instant;

/// The handle refers to a subscription that the application has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StaleChannel;

/// The ticket belongs to a past connection or subscription, or has been answered already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StaleTicket;

/// The error type of [`Client::authorize`](crate::Client::authorize).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum AuthorizeError {
    /// See [`StaleTicket`]. There is nothing to send. The client issues a new ticket if it needs one.
    StaleTicket,
    /// The channel is a presence channel, but the answer has no `channel_data` and no user is signed in. The ticket is
    /// still valid.
    MissingChannelData,
    /// The channel is encrypted, but the answer has no `shared_secret` of 32 bytes in base64. The ticket is still
    /// valid.
    MissingSharedSecret,
    /// The output buffer is too small. The ticket is still valid.
    OutputTooSmall(OutputTooSmall),
}

/// The error type of [`Client::trigger`](crate::Client::trigger).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TriggerError {
    /// See [`StaleChannel`].
    StaleChannel,
    /// The server has not confirmed the subscription, or there is no connection.
    NotSubscribed,
    /// Clients may send events only on private and presence channels.
    NotAllowed,
    /// The event name does not begin with `client-`, or has more than 200 bytes.
    InvalidEventName,
    /// The data exceeds [`client_event_limit`](super::Config::client_event_limit).
    DataTooLarge {
        /// Its size in bytes.
        size: usize,
        /// The maximum in bytes.
        limit: usize,
    },
    /// The data was passed as JSON but is not valid JSON.
    NotJson,
    /// The serialized value does not fit into the output buffer. Its size is unknown.
    ValueTooLarge,
    /// The limit of [`client_events_per_second`](super::Config::client_events_per_second) or of
    /// [`pacing`](super::Config::pacing) is reached.
    RateLimited {
        /// The earliest time for the next event, as far as known now.
        retry_at: Instant,
    },
    /// The output buffer is too small. Nothing was counted or sent.
    OutputTooSmall(OutputTooSmall),
}

impl From<StaleTicket> for AuthorizeError {
    fn from(_: StaleTicket) -> Self {
        Self::StaleTicket
    }
}

impl From<OutputTooSmall> for AuthorizeError {
    fn from(error: OutputTooSmall) -> Self {
        Self::OutputTooSmall(error)
    }
}

impl From<OutputTooSmall> for TriggerError {
    fn from(error: OutputTooSmall) -> Self {
        Self::OutputTooSmall(error)
    }
}

impl fmt::Display for StaleChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the channel handle is stale: the channel was unsubscribed; subscribe again")
    }
}

impl fmt::Display for StaleTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ticket is stale; ignore it, the client issues a new one if needed")
    }
}

impl fmt::Display for AuthorizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StaleTicket => StaleTicket.fmt(f),
            Self::MissingChannelData => {
                f.write_str("no channel_data for the presence channel; add it to the authorization")
            }
            Self::MissingSharedSecret => f.write_str(
                "the authorization of an encrypted channel needs a shared_secret of 32 bytes in base64; add it",
            ),
            Self::OutputTooSmall(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for TriggerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StaleChannel => StaleChannel.fmt(f),
            Self::NotSubscribed => f.write_str("the channel is not subscribed; wait for Event::Subscribed"),
            Self::NotAllowed => f.write_str("clients may send events on private and presence channels only"),
            Self::InvalidEventName => {
                f.write_str("the name of a client event begins with client- and has at most 200 bytes")
            }
            Self::DataTooLarge { size, limit } => {
                write!(f, "the data of the event has {size} bytes, more than {limit}")
            }
            Self::NotJson => f.write_str("the data of the event is not JSON"),
            Self::ValueTooLarge => f.write_str("the data of the event does not fit into the output buffer; enlarge it"),
            Self::RateLimited { retry_at } => {
                write!(f, "too many client events; the next may be sent at {} ms", retry_at.as_millis())
            }
            Self::OutputTooSmall(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for StaleChannel {}
impl core::error::Error for StaleTicket {}
impl core::error::Error for AuthorizeError {}
impl core::error::Error for TriggerError {}
