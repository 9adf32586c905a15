//! What a frame from the server means to the application.
//!
//! | file | what it holds |
//! |---|---|
//! | `mod.rs` | [`Event`] and the parts of it |
//! | `presence.rs` | [`Presence`], [`Members`]: who is on a presence channel, read without storing it |
//! | `ids.rs` | a set of ids in fixed memory |
//! | `roster.rs` | [`Roster`]: the same kept up to date in fixed memory |
//! | `watchlist.rs` | [`Watchlist`]: which of the watched users came or went |

mod ids;
mod presence;
mod roster;
mod watchlist;

use core::fmt;

pub(crate) use presence::member;
pub use presence::{Member, Members, Presence};
pub use roster::Roster;
pub use watchlist::{UserIds, Watchlist, WatchlistChange};

use crate::channel::Channel;
use crate::channel::SubscribeError;
#[cfg(feature = "encrypted")]
use crate::encryption::DecryptError;
use crate::envelope::{Envelope, Payload};
use crate::time::Instant;

/// What one frame of the server tells the application. It borrows the frame, not the client, so commands may be given
/// while it is still being looked at.
#[derive(Debug)]
#[non_exhaustive]
#[repr(u32)] // size
pub enum Event<'f> {
    /// The connection is established (`pusher:connection_established`).
    Connected {
        /// The id of this connection, at most 64 bytes; every authorization is bound to it.
        socket_id: &'f str,
    },
    /// A subscription is confirmed (`pusher_internal:subscription_succeeded`).
    Subscribed {
        /// The channel.
        channel: Channel,
        /// The name of the channel. If the server's answer does not have it, [`Client`](crate::Client) leaves it empty (see
        /// [`channel_name`](crate::Client::channel_name)) and `Connection` adds it.
        channel_name: &'f str,
        /// Since when events on this channel may have been missed: set when an earlier subscription to it was lost with
        /// its connection. It is the time of the last byte that came before the loss, not the time when the loss was
        /// noticed. The server keeps nothing, so fetch what matters from where it is stored.
        gap_since: Option<Instant>,
        /// Who is there, for presence channels. It replaces whatever was known before. `None` if the server did not say:
        /// Pusher does not where it answers "Existing subscription".
        presence: Option<Presence<'f>>,
    },
    /// The server refuses a subscription.
    SubscriptionFailed {
        /// The channel.
        channel: Channel,
        /// The name of the channel. If the server's answer does not have it, [`Client`](crate::Client) leaves it empty (see
        /// [`channel_name`](crate::Client::channel_name)) and `Connection` adds it.
        channel_name: &'f str,
        /// What the server says about it.
        error: ServerError<'f>,
        /// When the next try is due; `None` when there is none on this connection.
        retry_at: Option<Instant>,
    },
    /// Somebody published an event on a channel.
    Channel(ChannelEvent<'f>),
    /// Somebody came to a presence channel (`pusher_internal:member_added`).
    MemberAdded {
        /// The channel.
        channel: Channel,
        /// The name of the channel.
        channel_name: &'f str,
        /// Who came.
        member: Member<'f>,
    },
    /// Somebody left a presence channel (`pusher_internal:member_removed`).
    MemberRemoved {
        /// The channel.
        channel: Channel,
        /// The name of the channel.
        channel_name: &'f str,
        /// Who left.
        user_id: &'f str,
    },
    /// How many connections subscribe to a channel (`pusher_internal:subscription_count`).
    SubscriptionCount {
        /// The channel.
        channel: Channel,
        /// The name of the channel.
        channel_name: &'f str,
        /// The number of connections.
        count: u32,
    },
    /// A cache channel has no last event to repeat (`pusher:cache_miss`).
    CacheMiss {
        /// The channel.
        channel: Channel,
        /// The name of the channel.
        channel_name: &'f str,
    },
    /// An event on an encrypted channel could not be decrypted and is lost. Where another key may help,
    /// [`Request::Rekey`](crate::Request::Rekey) asks for one.
    #[cfg(feature = "encrypted")]
    DecryptionFailed {
        /// The channel.
        channel: Channel,
        /// The name of the channel.
        channel_name: &'f str,
        /// The name of the event, which is not encrypted.
        event: &'f str,
        /// What is wrong with it.
        error: DecryptError,
    },
    /// The user is signed in on this connection (`pusher:signin_success`).
    SignedIn {
        /// Who it is.
        user_id: &'f str,
        /// Whether the channel of events to the user could be given a slot. If not, they only come from servers that
        /// send them unasked, as soketi and sockudo do.
        listening: Result<(), SubscribeError>,
    },
    /// The server refuses to sign the user in.
    SignInFailed {
        /// What the server says about it. Some close the connection afterwards.
        error: ServerError<'f>,
        /// When the next try is due; `None` when there is none on this connection.
        retry_at: Option<Instant>,
    },
    /// An event to the signed-in user.
    User(UserEvent<'f>),
    /// Users that the signed-in user watches came or went.
    Watchlist(Watchlist<'f>),
    /// The server reports an error that belongs to no subscription (`pusher:error`). The connection stays; if the server
    /// ends it afterwards, [`handle_close`](crate::Client::handle_close) acts on it.
    Error(ServerError<'f>),
    /// A frame that is none of the above: an unknown protocol event, or an event for a channel that is not subscribed,
    /// as a server may send for a moment after `unsubscribe`.
    Other(Other<'f>),
}

impl<'f> Event<'f> {
    /// An event with the frame as it came.
    pub(crate) fn other(envelope: &mut Envelope<'f>) -> Self {
        Self::Other(Other { event: envelope.event, channel_name: envelope.channel, payload: envelope.take_payload() })
    }
}

/// An event on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct ChannelEvent<'f> {
    /// The channel it came on.
    pub channel: Channel,
    /// The name of the channel.
    pub channel_name: &'f str,
    /// The name of the event; those that clients trigger begin with `client-`.
    pub event: &'f str,
    /// Its data.
    pub payload: Payload<'f>,
    /// Who triggered it, for client events on presence channels, if the server tells.
    pub user_id: Option<&'f str>,
}

/// An event to the signed-in user, whatever the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct UserEvent<'f> {
    /// The name of the event.
    pub event: &'f str,
    /// Its data.
    pub payload: Payload<'f>,
}

/// An error that the server reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct ServerError<'f> {
    /// Its code (protocol, "Error Codes") or the HTTP-like status of a subscription error; many have none.
    pub code: Option<u16>,
    /// What the server says about it; may be empty.
    pub message: &'f str,
}

impl core::error::Error for ServerError<'_> {}

impl fmt::Display for ServerError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.message) {
            (Some(code), "") => write!(f, "error {code}"),
            (Some(code), message) => write!(f, "{message} ({code})"),
            (None, "") => f.write_str("an error without an explanation"),
            (None, message) => f.write_str(message),
        }
    }
}

/// A frame that the client does not interpret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Other<'f> {
    /// The name of the event.
    pub event: &'f str,
    /// The channel that the server named.
    pub channel_name: Option<&'f str>,
    /// The data.
    pub payload: Payload<'f>,
}
