//! Events: the messages from the server that concern the application.
//!
//! | file | contents |
//! |---|---|
//! | `mod.rs` | [`Event`] and its parts |
//! | `presence.rs` | [`Presence`], [`Members`]: the members of a presence channel, read without storing them |
//! | `ids.rs` | a set of ids in fixed memory |
//! | `roster.rs` | [`Roster`]: the members, kept up to date in fixed memory |
//! | `watchlist.rs` | [`Watchlist`]: changes among the watched users |

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

/// An event in one message from the server. It borrows the message, not the client, so commands may be called while the
/// event is in use.
#[derive(Debug)]
#[non_exhaustive]
#[repr(u32)] // size
pub enum Event<'f> {
    /// The connection is established (`pusher:connection_established`).
    Connected {
        /// The id of this connection, at most 64 bytes. Every authorization is bound to it.
        socket_id: &'f str,
    },
    /// A subscription is confirmed (`pusher_internal:subscription_succeeded`).
    Subscribed {
        /// The channel.
        channel: Channel,
        /// The name of the channel. If the server's answer does not have it, [`Client`](crate::Client) leaves it empty
        /// (see [`channel_name`](crate::Client::channel_name)) and `Connection` adds it.
        channel_name: &'f str,
        /// Since when events on this channel may have been missed; set if an earlier subscription was lost with its
        /// connection. It is the time of the last byte received before the loss, not the time when the loss was
        /// noticed. The server keeps no events, so fetch important data from its source.
        gap_since: Option<Instant>,
        /// The members, for presence channels. They replace all members known before. `None` if the server did not list
        /// them: Pusher does not when it answers "Existing subscription".
        presence: Option<Presence<'f>>,
    },
    /// The server refused a subscription.
    SubscriptionFailed {
        /// The channel.
        channel: Channel,
        /// The name of the channel. If the server's answer does not have it, [`Client`](crate::Client) leaves it empty
        /// (see [`channel_name`](crate::Client::channel_name)) and `Connection` adds it.
        channel_name: &'f str,
        /// The error that the server reported.
        error: ServerError<'f>,
        /// When the client retries; `None` if it does not retry on this connection.
        retry_at: Option<Instant>,
    },
    /// An event was published on a channel.
    Channel(ChannelEvent<'f>),
    /// A member joined a presence channel (`pusher_internal:member_added`).
    MemberAdded {
        /// The channel.
        channel: Channel,
        /// The name of the channel.
        channel_name: &'f str,
        /// The new member.
        member: Member<'f>,
    },
    /// A member left a presence channel (`pusher_internal:member_removed`).
    MemberRemoved {
        /// The channel.
        channel: Channel,
        /// The name of the channel.
        channel_name: &'f str,
        /// The id of the member.
        user_id: &'f str,
    },
    /// The number of connections subscribed to a channel (`pusher_internal:subscription_count`).
    SubscriptionCount {
        /// The channel.
        channel: Channel,
        /// The name of the channel.
        channel_name: &'f str,
        /// The number of connections.
        count: u32,
    },
    /// A cache channel has no cached event (`pusher:cache_miss`).
    CacheMiss {
        /// The channel.
        channel: Channel,
        /// The name of the channel.
        channel_name: &'f str,
    },
    /// An event on an encrypted channel could not be decrypted and is lost. If another key may help,
    /// [`Request::Rekey`](crate::Request::Rekey) requests one.
    #[cfg(feature = "encrypted")]
    DecryptionFailed {
        /// The channel.
        channel: Channel,
        /// The name of the channel.
        channel_name: &'f str,
        /// The name of the event, which is not encrypted.
        event: &'f str,
        /// The reason.
        error: DecryptError,
    },
    /// The user is signed in on this connection (`pusher:signin_success`).
    SignedIn {
        /// The id of the user.
        user_id: &'f str,
        /// Whether the channel of user events got a slot. If not, user events arrive only from servers that send them
        /// without a subscription, such as soketi and sockudo.
        listening: Result<(), SubscribeError>,
    },
    /// The server refused the sign-in.
    SignInFailed {
        /// The error that the server reported. Some servers close the connection afterwards.
        error: ServerError<'f>,
        /// When the client retries; `None` if it does not retry on this connection.
        retry_at: Option<Instant>,
    },
    /// An event for the signed-in user.
    User(UserEvent<'f>),
    /// Users on the watchlist of the signed-in user went online or offline.
    Watchlist(Watchlist<'f>),
    /// The server reported an error that belongs to no subscription (`pusher:error`). The connection stays open. If the
    /// server closes it afterwards, [`handle_close`](crate::Client::handle_close) takes the error into account.
    Error(ServerError<'f>),
    /// Any other message: an unknown protocol event, or an event on a channel that is not subscribed. A server may send
    /// the latter for a moment after `unsubscribe`.
    Other(Other<'f>),
}

impl<'f> Event<'f> {
    /// Creates an event from the uninterpreted message.
    pub(crate) fn other(envelope: &mut Envelope<'f>) -> Self {
        Self::Other(Other { event: envelope.event, channel_name: envelope.channel, payload: envelope.take_payload() })
    }
}

/// An event on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct ChannelEvent<'f> {
    /// The channel.
    pub channel: Channel,
    /// The name of the channel.
    pub channel_name: &'f str,
    /// The name of the event. Names of client events begin with `client-`.
    pub event: &'f str,
    /// Its data.
    pub payload: Payload<'f>,
    /// The user who triggered it, for client events on presence channels, if the server includes it.
    pub user_id: Option<&'f str>,
}

/// An event for the signed-in user, independent of channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct UserEvent<'f> {
    /// The name of the event.
    pub event: &'f str,
    /// Its data.
    pub payload: Payload<'f>,
}

/// An error reported by the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct ServerError<'f> {
    /// Its code (protocol, "Error Codes") or the HTTP-like status of a subscription error. Many errors have none.
    pub code: Option<u16>,
    /// The text of the error; may be empty.
    pub message: &'f str,
}

impl core::error::Error for ServerError<'_> {}

impl fmt::Display for ServerError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.message) {
            (Some(code), "") => write!(f, "the server reported error {code}"),
            (Some(code), message) => write!(f, "{message} ({code})"),
            (None, "") => f.write_str("the server reported an error without a code or a message"),
            (None, message) => f.write_str(message),
        }
    }
}

/// A message that the client does not interpret.
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn an_error_of_the_server_shows_what_it_brought() {
        let error = |code, message| ServerError { code, message }.to_string();
        assert_eq!(error(Some(4301), ""), "the server reported error 4301");
        assert_eq!(error(Some(4301), "too fast"), "too fast (4301)");
        assert_eq!(error(None, ""), "the server reported an error without a code or a message");
        assert_eq!(error(None, "too fast"), "too fast");
    }
}
