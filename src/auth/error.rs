//! The error of signing.

use core::fmt;

/// An error of signing, caused by the supplier of the name, often a peer. Nothing was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SignError {
    /// The socket id is empty or contains a colon.
    SocketId,
    /// The name of the channel is empty or contains a colon.
    Channel,
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SocketId => "the socket id to sign is empty or contains a colon",
            Self::Channel => "the name of the channel to sign is empty or contains a colon",
        })
    }
}

impl core::error::Error for SignError {}
