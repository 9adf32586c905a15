//! Requests of the client to its caller, and the types for the answers.

use crate::channel::{Channel, ChannelKind};

/// An action that the caller must carry out; returned by [`Client::poll_request`](crate::Client::poll_request).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Request {
    /// Open a WebSocket. Call [`handle_open`](crate::Client::handle_open) when its handshake is complete, or
    /// [`handle_close`](crate::Client::handle_close) with [`Close::OpenFailed`](super::Close::OpenFailed) if it fails.
    Open {
        /// The server demanded TLS (close code 4000): use `wss` even if the endpoint is `ws`.
        secure: bool,
    },
    /// Close the WebSocket with this code and drop it. No call of `handle_close` is needed. Do not pass the client
    /// anything that still arrives on it.
    Close(u16),
    /// Authorize a subscription. Read [`Client::authorization_request`](crate::Client::authorization_request), then
    /// call [`authorize`](crate::Client::authorize) or [`deny`](crate::Client::deny), now or later, in any order.
    Authorize(Ticket),
    /// Get a new key for an encrypted channel from the source of its authorization, because an event could not be
    /// decrypted. Call [`rekey`](crate::Client::rekey) or [`deny`](crate::Client::deny). There is one such request at a
    /// time for each channel.
    #[cfg(feature = "encrypted")]
    Rekey(Ticket),
    /// Authenticate the user. Call [`authenticate`](crate::Client::authenticate) or [`deny`](crate::Client::deny), now
    /// or later. The signature covers the [`socket_id`](crate::Client::socket_id) and the user's data.
    SignIn(Ticket),
}

/// A handle for one authorization request, on one connection, for one use of one channel slot.
///
/// Its size is 4 bytes. An answer to a ticket that is no longer valid is refused with
/// [`StaleTicket`](super::StaleTicket) and never sent. The server would reject a signature over an old `socket_id`. The
/// tickets of a slot are numbered from 0 to 65,535 and then wrap around. An answer must not come 65,536 requests late,
/// so discard refused answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Ticket {
    pub(crate) slot: u16,
    pub(crate) serial: u16,
}

#[cfg(feature = "websocket")]
impl Ticket {
    /// A ticket for no request: there is no such slot.
    pub(crate) const NONE: Self = Self { slot: u16::MAX - 1, serial: 0 };
}

/// The data to authorize: everything that goes into a signature except `channel_data`, which the application supplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct AuthorizationRequest<'a> {
    /// The id of the current connection, at most 64 bytes.
    pub socket_id: &'a str,
    /// The name of the channel.
    pub channel_name: &'a str,
    /// The kind of the channel. Presence channels need `channel_data`, encrypted ones a shared secret.
    pub kind: ChannelKind,
    /// The handle of the channel.
    pub channel: Channel,
}
