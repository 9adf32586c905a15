//! Channels: their names and kinds, the handle an application keeps, and the state machine of a subscription.
//!
//! | file | what it holds |
//! |---|---|
//! | `mod.rs` | [`Channel`], [`ChannelStatus`], [`SubscriptionFailure`] |
//! | `error.rs` | [`SubscribeError`] |
//! | `kind.rs` | [`ChannelKind`] and which names are valid |
//! | `name.rs` | the name of a channel as a slot keeps it |
//! | `key.rs` | the key of an encrypted channel |
//! | `table.rs` | what the application wants × what the server has confirmed, as a table |
//! | `in_flight.rs` | requests that the server has not answered, counted |
//! | `subscription.rs` | the state of one subscription, or of the sign-in: the table, the count, the failures |
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
pub(crate) use kind::{SERVER_TO_USER, USERS};

/// Names one subscription of one client: four bytes, `Copy`, given by
/// [`Client::subscribe`](crate::Client::subscribe).
///
/// It stays valid across reconnects, until the application unsubscribes. After that it is stale. Each use of a slot has
/// another generation, of which there are 65,536: after so many subscriptions in one slot an old handle names a channel
/// again, so do not keep stale handles for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C, align(4))] // size
pub struct Channel {
    pub(crate) slot: u16,
    pub(crate) generation: u16,
}

/// How far a subscription is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ChannelStatus {
    /// Waits for a connection, or for its turn on it.
    Waiting,
    /// The application has a ticket and has not answered it.
    Authorizing,
    /// `pusher:subscribe` is sent and not yet confirmed.
    Pending,
    /// The server has confirmed: events arrive.
    Subscribed,
    /// Failed for the reason given; tried again after a pause.
    Retrying(SubscriptionFailure),
    /// Failed for the reason given; tried again only after a reconnect or another call of `subscribe`.
    Failed(SubscriptionFailure),
}

/// Why a subscription failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SubscriptionFailure {
    /// The application refused the authorization.
    Denied,
    /// The authorization of a presence channel was given without `channel_data`, and no user is signed in.
    MissingChannelData,
    /// The authorization of an encrypted channel was given without a shared secret of 32 bytes in base64.
    MissingSharedSecret,
    /// The authentication of a user was given without the user's data.
    MissingUserData,
    /// The application could not get an authorization: its auth server answered with this HTTP status.
    AuthorizationFailed(u16),
    /// The application did not answer the ticket within
    /// [`authorization_timeout`](crate::client::Config::authorization_timeout).
    AuthorizationTimeout,
    /// The server did not answer within [`subscription_timeout`](crate::client::Config::subscription_timeout).
    SubscriptionTimeout,
    /// The server refused, with this status or error code if it named one.
    Rejected(Option<u16>),
}

impl SubscriptionFailure {
    /// Whether the same request may succeed later although nothing has been changed.
    pub(crate) fn is_transient(self) -> bool {
        match self {
            Self::AuthorizationTimeout | Self::SubscriptionTimeout => true,
            // Limits and faults of the server, as HTTP and Pusher number them (soketi: 4100 a full presence channel;
            // Reverb: 4301 too many frames).
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
            Self::MissingChannelData => f.write_str("the authorization of a presence channel needs channel_data"),
            Self::MissingSharedSecret => f.write_str("the authorization of an encrypted channel needs a shared_secret"),
            Self::MissingUserData => f.write_str("the authentication of a user needs user_data"),
            Self::AuthorizationFailed(status) => write!(f, "the auth server answered with {status}"),
            Self::AuthorizationTimeout => f.write_str("the authorization was not answered in time"),
            Self::SubscriptionTimeout => f.write_str("the server did not answer the subscription in time"),
            Self::Rejected(Some(code)) => write!(f, "the server refused the subscription with {code}"),
            Self::Rejected(None) => f.write_str("the server refused the subscription"),
        }
    }
}

#[cfg(all(test, feature = "users"))]
impl SubscriptionFailure {
    /// A number for each failure; see `client::explore`.
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
