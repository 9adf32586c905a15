//! What the client asks of its owner, and the answers.

use crate::channel::{Channel, ChannelKind};

/// Something the owner of the client must do; given by [`Client::poll_request`](crate::Client::poll_request).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Request {
    /// Open a WebSocket and call [`handle_open`](crate::Client::handle_open) when its handshake is done, or
    /// [`handle_close`](crate::Client::handle_close) with [`Close::OpenFailed`](super::Close::OpenFailed) if it fails.
    Open {
        /// The server demanded TLS (close code 4000): use `wss` even if the endpoint says `ws`.
        secure: bool,
    },
    /// Close the WebSocket with this code and forget it: no `handle_close` is needed, and nothing that still arrives on
    /// it may be given to the client.
    Close(u16),
    /// Authorize a subscription: look at [`Client::authorization_request`](crate::Client::authorization_request), then
    /// call [`authorize`](crate::Client::authorize) or [`deny`](crate::Client::deny), now or later, in any order.
    Authorize(Ticket),
    /// Get the key of an encrypted channel again, from where its authorization came from: an event could not be
    /// decrypted. Call [`rekey`](crate::Client::rekey) or [`deny`](crate::Client::deny). There is one such request at a
    /// time for each channel.
    #[cfg(feature = "encrypted")]
    Rekey(Ticket),
    /// Authenticate the user: call [`authenticate`](crate::Client::authenticate) or [`deny`](crate::Client::deny), now
    /// or later. What is signed is the [`socket_id`](crate::Client::socket_id) and the user's data.
    SignIn(Ticket),
}

/// Names one request for an authorization: on one connection, for one use of one channel slot.
///
/// Four bytes. An answer to a ticket that is no longer valid is refused with [`StaleTicket`](super::StaleTicket) and
/// never sent: the server would reject a signature over a `socket_id` that is gone. Tickets of a slot are numbered from 0
/// to 65,535 and then anew, so an answer must not come 65,536 requests late: discard the answers that are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Ticket {
    pub(crate) slot: u16,
    pub(crate) serial: u16,
}

#[cfg(feature = "websocket")]
impl Ticket {
    /// Names no request: there is no such slot.
    pub(crate) const NONE: Self = Self { slot: u16::MAX - 1, serial: 0 };
}

/// What has to be authorized: everything that goes into a signature but `channel_data`, which is the application's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct AuthorizationRequest<'a> {
    /// The present connection's id, at most 64 bytes.
    pub socket_id: &'a str,
    /// The name of the channel.
    pub channel_name: &'a str,
    /// Its kind: presence channels need `channel_data`, encrypted ones a shared secret.
    pub kind: ChannelKind,
    /// The handle of the channel.
    pub channel: Channel,
}
