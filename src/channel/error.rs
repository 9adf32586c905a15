//! Why a channel cannot be subscribed. Here and not among the errors of the client, because an event carries it too.

use core::fmt;

use super::NameError;

/// Why [`Client::subscribe`](crate::Client::subscribe) refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SubscribeError {
    /// No server takes this name, or it is longer than the client's `NAME` bytes.
    InvalidName(NameError),
    /// All `CHANNELS` slots of the client are in use.
    TooManyChannels,
    /// An encrypted channel, and the crate is built without the feature `encrypted`.
    EncryptionNotBuilt,
}

impl fmt::Display for SubscribeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidName(error) => error.fmt(f),
            Self::TooManyChannels => f.write_str("all channel slots of the client are in use"),
            Self::EncryptionNotBuilt => f.write_str("encrypted channels need the feature `encrypted`"),
        }
    }
}

impl core::error::Error for SubscribeError {}
