//! Channels: their names and kinds, their handles, and the state machine of a subscription.
//!
//! | file | contents |
//! |---|---|
//! | `mod.rs` | [`Channel`], [`ChannelStatus`], [`SubscriptionFailure`] |
//! | `error.rs` | [`SubscribeError`] |
//! | `kind.rs` | [`ChannelKind`] and the valid names |
//! | `name.rs` | the name of a channel as stored in a slot |
//! | `key.rs` | the key of an encrypted channel |
//! | `table.rs` | what the application wants × what the server has confirmed, as a table |
//! | `in_flight.rs` | a counter of requests that the server has not answered |
//! | `subscription.rs` | the state of one subscription or of the sign-in: the table, the counter, the failures |
//! | `slots.rs` | the fixed set of channels inside a client |

mod error;
mod in_flight;
#[cfg(feature = "encrypted")]
pub(crate) mod key;
mod kind;
mod name;
pub(crate) mod slots;
pub(crate) mod subscription;
pub(crate) mod table;

use core::fmt;

pub use error::SubscribeError;
pub use kind::{ChannelKind, MAX_NAME, NameError, STRICT_MAX_NAME};
pub(crate) use kind::{SERVER_TO_USER, USERS, leading_name};

/// A handle for one subscription of one client. Its size is 4 bytes, it is `Copy`, and
/// [`Client::subscribe`](crate::Client::subscribe) returns it.
///
/// It stays valid across reconnects until the application unsubscribes; then it is stale. Each use of a slot has its
/// own generation, of which there are 65,536. After that many subscriptions in one slot an old handle is valid again,
/// so do not keep stale handles for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C, align(4))] // size
pub struct Channel {
    pub(crate) slot: u16,
    pub(crate) generation: u16,
}

/// The status of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ChannelStatus {
    /// The subscription waits for a connection, or for its turn on it.
    Waiting,
    /// The application holds a ticket and has not answered it.
    Authorizing,
    /// `pusher:subscribe` was sent and is not confirmed yet.
    Pending,
    /// The server has confirmed the subscription: events arrive.
    Subscribed,
    /// The subscription failed for this reason and is retried with backoff.
    Retrying(SubscriptionFailure),
    /// The subscription failed for this reason. It is retried only after a reconnect or another call of `subscribe`.
    Failed(SubscriptionFailure),
}

/// Why a subscription failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SubscriptionFailure {
    /// The application denied the authorization.
    Denied,
    /// The authorization of a presence channel has no `channel_data`, and no user is signed in.
    MissingChannelData,
    /// The authorization of an encrypted channel has no shared secret of 32 bytes in base64.
    MissingSharedSecret,
    /// The authentication of a user has no user data.
    MissingUserData,
    /// The application could not get an authorization: its auth server answered with this HTTP status.
    AuthorizationFailed(u16),
    /// The application did not answer the ticket within
    /// [`authorization_timeout`](crate::client::Config::authorization_timeout).
    AuthorizationTimeout,
    /// The server did not answer within [`subscription_timeout`](crate::client::Config::subscription_timeout).
    SubscriptionTimeout,
    /// The server refused the subscription, with this status or error code if it sent one.
    Rejected(Option<u16>),
}

impl SubscriptionFailure {
    /// Returns whether the same request may succeed later although nothing has been changed.
    pub(crate) fn is_transient(self) -> bool {
        match self {
            Self::AuthorizationTimeout | Self::SubscriptionTimeout => true,
            // Limits and errors of the server, in the numbering of HTTP and of Pusher (soketi: 4100 a full presence
            // channel; Reverb: 4301 too many messages).
            Self::Rejected(Some(code)) | Self::AuthorizationFailed(code) => {
                matches!(code, 429 | 500..=599 | 4100..=4299 | 4301)
            }
            _ => false,
        }
    }
}

impl core::error::Error for SubscriptionFailure {}

impl fmt::Display for SubscriptionFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => f.write_str("the application denied the authorization"),
            Self::MissingChannelData => f.write_str(
                "no channel_data for the presence channel; call set_channel_data or add it to the authorization",
            ),
            Self::MissingSharedSecret => f.write_str(
                "the authorization of an encrypted channel needs a shared_secret of 32 bytes in base64; add it",
            ),
            Self::MissingUserData => f.write_str("no user_data for the sign-in; call set_user_data"),
            Self::AuthorizationFailed(status) => write!(f, "the auth server answered with HTTP status {status}"),
            Self::AuthorizationTimeout => {
                f.write_str("the application did not answer the authorization request in time")
            }
            Self::SubscriptionTimeout => f.write_str("the server did not answer the subscription in time"),
            Self::Rejected(Some(code)) => write!(f, "the server refused the subscription with {code}"),
            Self::Rejected(None) => f.write_str("the server refused the subscription"),
        }
    }
}

#[cfg(all(test, feature = "users"))]
impl SubscriptionFailure {
    /// Returns a number for each failure; see `client::explore`.
    pub(crate) fn fingerprint(self) -> u64 {
        match self {
            Self::Denied => 1,
            Self::MissingChannelData => 4,
            Self::MissingSharedSecret => 5,
            Self::MissingUserData => 6,
            Self::AuthorizationTimeout => 2,
            Self::SubscriptionTimeout => 3,
            Self::AuthorizationFailed(status) => 0x1_0000 | u64::from(status),
            Self::Rejected(Some(code)) => 0x2_0000 | u64::from(code),
            Self::Rejected(None) => 0x3_0000,
        }
    }
}
