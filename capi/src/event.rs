//! Events and their parts.

use core::ffi::c_char;

#[cfg(feature = "encrypted")]
use pusher_proto::encryption::DecryptError;
#[cfg(feature = "users")]
use pusher_proto::event::UserEvent;
use pusher_proto::event::{ChannelEvent, Member, Other, ServerError};
use pusher_proto::{Channel, Event, Instant, Payload};

use crate::iterators::{pusher_members, pusher_watchlist};
use crate::status::*;
use crate::text::pusher_text;
use crate::time::{PUSHER_NEVER, until};

/// A channel of a client. pusher_connection_subscribe returns it. It stays valid across reconnects until the
/// application unsubscribes; later use is PUSHER_ERROR_STALE.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct pusher_channel {
    /// For comparisons only.
    pub id: u32,
}

impl From<Channel> for pusher_channel {
    fn from(channel: Channel) -> Self {
        // SAFETY: both are 4 bytes aligned to 4, and every value of them is valid.
        Self { id: unsafe { core::mem::transmute::<Channel, u32>(channel) } }
    }
}

impl From<pusher_channel> for Channel {
    fn from(channel: pusher_channel) -> Self {
        // SAFETY: as above. The library finds any other number stale.
        unsafe { core::mem::transmute::<u32, Channel>(channel.id) }
    }
}

/// The kind of an event, and the member of the union that is set.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_event_kind {
    /// No event.
    PUSHER_EVENT_NONE = 0,
    /// The connection is established: `connected`.
    PUSHER_EVENT_CONNECTED,
    /// A subscription is confirmed: `subscribed`.
    PUSHER_EVENT_SUBSCRIBED,
    /// The server refused a subscription: `error`.
    PUSHER_EVENT_SUBSCRIPTION_FAILED,
    /// An event was published on a channel: `message`.
    PUSHER_EVENT_CHANNEL,
    /// A member joined a presence channel: `member`.
    PUSHER_EVENT_MEMBER_ADDED,
    /// A member left a presence channel: `member`, without information.
    PUSHER_EVENT_MEMBER_REMOVED,
    /// The number of connections that are subscribed to a channel: `count`.
    PUSHER_EVENT_SUBSCRIPTION_COUNT,
    /// A cache channel has no cached event.
    PUSHER_EVENT_CACHE_MISS,
    /// An event on an encrypted channel could not be decrypted and is lost: `undecryptable`.
    PUSHER_EVENT_DECRYPTION_FAILED,
    /// The user is signed in: `signed_in`.
    PUSHER_EVENT_SIGNED_IN,
    /// The server refused the sign-in: `error`.
    PUSHER_EVENT_SIGN_IN_FAILED,
    /// An event for the signed-in user: `message`.
    PUSHER_EVENT_USER,
    /// Users on the watchlist went online or offline: `watchlist`.
    PUSHER_EVENT_WATCHLIST,
    /// The server reported an error that belongs to no subscription: `error`. The connection stays open.
    PUSHER_EVENT_ERROR,
    /// Any other message, such as an event on a channel that is no longer subscribed: `message`. `channel_name` is set
    /// if the server named one.
    PUSHER_EVENT_OTHER,
}

pub use pusher_event_kind::*;

/// PUSHER_EVENT_SUBSCRIBED.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_subscribed {
    /// The members of a presence channel. `mark` is 0 if the server listed none.
    pub members: pusher_members,
    /// The number of members as the server counts them; 0 if it did not.
    pub member_count: u32,
    /// Whether events on this channel may have been missed, because an earlier subscription was lost with its
    /// connection.
    pub has_gap: bool,
    /// Since when, in the milliseconds of your clock, if `has_gap`: the last byte received before the loss. Fetch
    /// missed data from its source: the server keeps no events.
    pub gap_since_ms: u32,
}

/// An error that the server reported.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_server_error {
    /// Its text; may be empty.
    pub message: pusher_text,
    /// Milliseconds until the client retries; PUSHER_NEVER if it does not on this connection.
    pub retry_in_ms: u32,
    /// Its code, or the HTTP-like status of a subscription error; 0 if it has none.
    pub code: u16,
}

/// An event with a name and data.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_message {
    /// The name of the event. Names of client events begin with `client-`.
    pub name: pusher_text,
    /// Its data; NULL if it has none. A text without escapes, or JSON: see `is_json`.
    pub data: pusher_text,
    /// Whether `data` is a JSON value. Servers send most data as a text, which holds JSON of the publisher.
    pub is_json: bool,
    /// The user who triggered a client event on a presence channel, if the server names it.
    pub user_id: pusher_text,
}

/// PUSHER_EVENT_DECRYPTION_FAILED.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_undecryptable {
    /// The name of the event, which is not encrypted.
    pub name: pusher_text,
    /// The reason.
    pub error: pusher_decrypt_error,
}

/// Why an event cannot be decrypted.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_decrypt_error {
    /// The channel has no key.
    PUSHER_DECRYPT_NO_KEY = 0,
    /// The data does not have the form of encrypted data. It may have been published without encryption.
    PUSHER_DECRYPT_MALFORMED,
    /// The data was encrypted with another key, or changed.
    PUSHER_DECRYPT_NOT_AUTHENTIC,
    /// The decrypted data is not UTF-8.
    PUSHER_DECRYPT_NOT_TEXT,
}

pub use pusher_decrypt_error::*;

/// A member of a presence channel.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_member {
    /// The id of the user.
    pub user_id: pusher_text,
    /// The information about the user: a text or JSON. NULL if there is none.
    pub user_info: pusher_text,
    /// Whether `user_info` is a JSON value.
    pub is_json: bool,
}

/// PUSHER_EVENT_SIGNED_IN.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_signed_in {
    /// The id of the user.
    pub user_id: pusher_text,
    /// PUSHER_OK, or why the channel of user events has no slot. Then user events arrive only from servers that send
    /// them without a subscription.
    pub listening: pusher_status,
}

/// The part of an event that depends on its kind.
#[repr(C)]
#[derive(Clone, Copy)]
pub union pusher_event_data {
    /// PUSHER_EVENT_CONNECTED: the id of the connection.
    pub connected: pusher_text,
    /// PUSHER_EVENT_SUBSCRIBED.
    pub subscribed: pusher_subscribed,
    /// PUSHER_EVENT_SUBSCRIPTION_FAILED, _SIGN_IN_FAILED, _ERROR.
    pub error: pusher_server_error,
    /// PUSHER_EVENT_CHANNEL, _USER, _OTHER.
    pub message: pusher_message,
    /// PUSHER_EVENT_DECRYPTION_FAILED.
    pub undecryptable: pusher_undecryptable,
    /// PUSHER_EVENT_MEMBER_ADDED, _MEMBER_REMOVED.
    pub member: pusher_member,
    /// PUSHER_EVENT_SUBSCRIPTION_COUNT.
    pub count: u32,
    /// PUSHER_EVENT_SIGNED_IN.
    pub signed_in: pusher_signed_in,
    /// PUSHER_EVENT_WATCHLIST.
    pub watchlist: pusher_watchlist,
}

impl core::fmt::Debug for pusher_event_data {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("..")
    }
}

/// An event from the server. Its texts point into the receive buffer (client: into the text that you passed) or into
/// the handle. They are valid until the next call with the handle that is not a getter.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_event {
    /// The kind.
    pub kind: pusher_event_kind,
    /// The channel, for events of a channel.
    pub channel: pusher_channel,
    /// Its name, for events of a channel; NULL otherwise. May be empty if the server did not send it: see
    /// pusher_client_channel_name.
    pub channel_name: pusher_text,
    /// The part that depends on `kind`.
    pub u: pusher_event_data,
}

impl pusher_event {
    pub(crate) const NONE: Self = Self {
        kind: PUSHER_EVENT_NONE,
        channel: pusher_channel { id: u32::MAX },
        channel_name: pusher_text::NONE,
        u: pusher_event_data { count: 0 },
    };
}

impl From<Member<'_>> for pusher_member {
    fn from(member: Member<'_>) -> Self {
        let (user_info, is_json) = split_payload(&member.user_info);
        Self { user_id: member.user_id.into(), user_info, is_json }
    }
}

fn split_payload(payload: &Payload<'_>) -> (pusher_text, bool) {
    match *payload {
        Payload::Json(json) => (json.into(), true),
        Payload::Text(text) => (text.into(), false),
        _ => (pusher_text::NONE, false),
    }
}

/// Returns the data of an event to send.
pub(crate) unsafe fn payload<'a>(
    data: *const c_char,
    length: usize,
    is_json: bool,
) -> Result<Payload<'a>, pusher_status> {
    // SAFETY: the caller passes NULL or `length` bytes.
    Ok(match unsafe { pusher_text { bytes: data, length }.get() }? {
        None => Payload::Absent,
        Some(text) if is_json => Payload::Json(text),
        Some(text) => Payload::Text(text),
    })
}

#[inline(never)] // size
fn message(out: &mut pusher_event, event: &str, data: &Payload<'_>) {
    let (data, is_json) = split_payload(data);
    out.u.message = pusher_message { name: event.into(), data, is_json, user_id: pusher_text::NONE };
}

fn error(out: &mut pusher_event, error: &ServerError<'_>, retry_in_ms: u32) {
    let (message, code) = (error.message.into(), error.code.unwrap_or_default());
    out.u.error = pusher_server_error { message, retry_in_ms, code };
}

/// Writes an event as C receives it, in place. Its texts have no bound to their lifetime, as its documentation states.
/// The caller does not use the event again: iterators are moved out of it.
#[inline(never)] // size
pub(crate) fn write(event: Option<&Event<'_>>, now: Instant, out: &mut pusher_event) {
    out.kind = PUSHER_EVENT_NONE;
    out.channel = pusher_event::NONE.channel;
    out.channel_name = pusher_text::NONE;
    let Some(event) = event else { return };
    match event {
        Event::Subscribed { channel, channel_name, .. }
        | Event::SubscriptionFailed { channel, channel_name, .. }
        | Event::Channel(ChannelEvent { channel, channel_name, .. })
        | Event::MemberAdded { channel, channel_name, .. }
        | Event::MemberRemoved { channel, channel_name, .. }
        | Event::SubscriptionCount { channel, channel_name, .. }
        | Event::CacheMiss { channel, channel_name } => {
            out.channel = (*channel).into();
            out.channel_name = (*channel_name).into();
        }
        #[cfg(feature = "encrypted")]
        Event::DecryptionFailed { channel, channel_name, .. } => {
            out.channel = (*channel).into();
            out.channel_name = (*channel_name).into();
        }
        _ => {}
    }
    out.kind = match event {
        Event::Connected { socket_id } => {
            out.u.connected = (*socket_id).into();
            PUSHER_EVENT_CONNECTED
        }
        Event::Subscribed { gap_since, presence, .. } => {
            // SAFETY: a member of the union is about to be set, field by field.
            let subscribed = unsafe { &mut out.u.subscribed };
            subscribed.has_gap = gap_since.is_some();
            subscribed.gap_since_ms = gap_since.map_or(0, |since| since.as_millis() as u32);
            subscribed.member_count = 0;
            subscribed.members.mark = 0;
            if let Some(presence) = presence {
                subscribed.member_count = presence.count().unwrap_or_default();
                // SAFETY: moved, because the caller does not use the event again.
                subscribed.members.set(unsafe { core::ptr::read(presence) }.members());
            }
            PUSHER_EVENT_SUBSCRIBED
        }
        Event::SubscriptionFailed { error: reported, retry_at, .. } => {
            error(out, reported, until(now, retry_at));
            PUSHER_EVENT_SUBSCRIPTION_FAILED
        }
        Event::Channel(ChannelEvent { event, payload, user_id, .. }) => {
            message(out, event, payload);
            out.u.message.user_id = (*user_id).into();
            PUSHER_EVENT_CHANNEL
        }
        Event::MemberAdded { member, .. } => {
            message(out, member.user_id, &member.user_info);
            PUSHER_EVENT_MEMBER_ADDED
        }
        Event::MemberRemoved { user_id, .. } => {
            message(out, user_id, &Payload::Absent);
            PUSHER_EVENT_MEMBER_REMOVED
        }
        Event::SubscriptionCount { count, .. } => {
            out.u.count = *count;
            PUSHER_EVENT_SUBSCRIPTION_COUNT
        }
        Event::CacheMiss { .. } => PUSHER_EVENT_CACHE_MISS,
        #[cfg(feature = "encrypted")]
        Event::DecryptionFailed { event, error, .. } => {
            let error = match error {
                DecryptError::NoKey => PUSHER_DECRYPT_NO_KEY,
                DecryptError::NotAuthentic => PUSHER_DECRYPT_NOT_AUTHENTIC,
                DecryptError::NotText => PUSHER_DECRYPT_NOT_TEXT,
                _ => PUSHER_DECRYPT_MALFORMED,
            };
            out.u.undecryptable = pusher_undecryptable { name: (*event).into(), error };
            PUSHER_EVENT_DECRYPTION_FAILED
        }
        // Never without the feature.
        #[cfg(feature = "users")]
        Event::SignedIn { user_id, listening } => {
            let listening = listening.err().map_or(PUSHER_OK, pusher_status::from);
            out.u.signed_in = pusher_signed_in { user_id: (*user_id).into(), listening };
            PUSHER_EVENT_SIGNED_IN
        }
        #[cfg(feature = "users")]
        Event::SignInFailed { error: reported, retry_at } => {
            error(out, reported, until(now, retry_at));
            PUSHER_EVENT_SIGN_IN_FAILED
        }
        #[cfg(feature = "users")]
        Event::User(UserEvent { event, payload, .. }) => {
            message(out, event, payload);
            PUSHER_EVENT_USER
        }
        #[cfg(feature = "users")]
        Event::Watchlist(watchlist) => {
            // SAFETY: a member of the union is about to be set; moved as above.
            unsafe { out.u.watchlist.set(core::ptr::read(watchlist)) };
            PUSHER_EVENT_WATCHLIST
        }
        Event::Error(reported) => {
            error(out, reported, PUSHER_NEVER);
            PUSHER_EVENT_ERROR
        }
        Event::Other(Other { event, channel_name, payload, .. }) => {
            out.channel_name = (*channel_name).into();
            message(out, event, payload);
            PUSHER_EVENT_OTHER
        }
        _ => PUSHER_EVENT_NONE,
    };
}
