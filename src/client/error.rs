//! What can be wrong with a command. The application is at fault, and the state is as it was.

use core::fmt;

use crate::output::OutputTooSmall;
use crate::time::Instant;

/// The handle names a subscription that the application has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StaleChannel;

/// The ticket belongs to a connection or a subscription that is gone, or has been answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StaleTicket;

/// Why [`Client::authorize`](crate::Client::authorize) refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum AuthorizeError {
    /// See [`StaleTicket`]. There is nothing to send; a new ticket comes if one is needed.
    StaleTicket,
    /// A presence channel without `channel_data`, and no user signed in. The ticket is still valid.
    MissingChannelData,
    /// An encrypted channel without a `shared_secret` of 32 bytes in base64. The ticket is still valid.
    MissingSharedSecret,
    /// The output buffer is too small. The ticket is still valid.
    OutputTooSmall(OutputTooSmall),
}

/// Why [`Client::trigger`](crate::Client::trigger) refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TriggerError {
    /// See [`StaleChannel`].
    StaleChannel,
    /// The server has not confirmed the subscription, or there is no connection.
    NotSubscribed,
    /// Clients may not trigger events on this kind of channel: only on private and presence channels.
    NotAllowed,
    /// The name of the event does not begin with `client-`, or has more than 200 bytes.
    InvalidEventName,
    /// The data is larger than [`client_event_limit`](super::Config::client_event_limit).
    DataTooLarge {
        /// Its size in bytes.
        size: usize,
        /// The most bytes that are allowed.
        limit: usize,
    },
    /// The data was given as JSON and is not.
    NotJson,
    /// The value does not fit into the output buffer as JSON; its size is not known.
    ValueTooLarge,
    /// More events in a second than [`client_events_per_second`](super::Config::client_events_per_second), or more frames
    /// than [`pacing`](super::Config::pacing) allows.
    RateLimited {
        /// When the next event may be sent, as far as is known now.
        retry_at: Instant,
    },
    /// The output buffer is too small. Nothing has been counted or sent.
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
        f.write_str("the channel has been unsubscribed")
    }
}

impl fmt::Display for StaleTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ticket is no longer valid")
    }
}

impl fmt::Display for AuthorizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StaleTicket => StaleTicket.fmt(f),
            Self::MissingChannelData => f.write_str("the authorization of a presence channel needs channel_data"),
            Self::MissingSharedSecret => {
                f.write_str("the authorization of an encrypted channel needs a shared_secret of 32 bytes in base64")
            }
            Self::OutputTooSmall(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for TriggerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StaleChannel => StaleChannel.fmt(f),
            Self::NotSubscribed => f.write_str("the channel is not subscribed now"),
            Self::NotAllowed => f.write_str("clients may send events on private and presence channels only"),
            Self::InvalidEventName => {
                f.write_str("the name of a client event begins with client- and has at most 200 bytes")
            }
            Self::DataTooLarge { size, limit } => {
                write!(f, "the data of the event has {size} bytes, more than {limit}")
            }
            Self::NotJson => f.write_str("the data of the event is not JSON"),
            Self::ValueTooLarge => f.write_str("the data of the event does not fit into the output buffer"),
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
