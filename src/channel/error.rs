//! Why a channel cannot be subscribed. Here and not among the errors of the client, because an event carries it too.

use core::fmt;

use super::NameError;

/// The error type of [`Client::subscribe`](crate::Client::subscribe).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SubscribeError {
    /// The name is not valid on any server, or it is longer than the client's `NAME` bytes.
    InvalidName(NameError),
    /// All `CHANNELS` slots of the client are in use.
    TooManyChannels,
    /// The channel is encrypted, but the crate is built without the feature `encrypted`.
    EncryptionNotBuilt,
}

impl fmt::Display for SubscribeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidName(error) => error.fmt(f),
            Self::TooManyChannels => {
                f.write_str("all channel slots are in use; unsubscribe from a channel or increase CHANNELS")
            }
            Self::EncryptionNotBuilt => {
                f.write_str("encrypted channels are not built in; enable the feature `encrypted`")
            }
        }
    }
}

impl core::error::Error for SubscribeError {}
