//! What the client asks of its owner, and the answers.

use crate::channel::{Channel, ChannelKind};

/// Something the owner of the client must do; given by [`Client::poll_request`](crate::Client::poll_request).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Request {
    /// Open a WebSocket and call [`handle_open`](crate::Client::handle_open) when its handshake is done, or
    /// [`handle_close`](crate::Client::handle_close) with [`Close::Refused`](super::Close::Refused) if it fails.
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
}

/// Names one request for an authorization: on one connection, for one use of one channel slot.
///
/// Four bytes. An answer to a ticket that is no longer valid is refused with [`StaleTicket`](super::StaleTicket) and
/// never sent: the server would reject a signature over a `socket_id` that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Ticket {
    pub(crate) slot: u16,
    pub(crate) serial: u16,
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

/// An answer to a ticket: a token, and what belongs to it for some kinds of channel.
///
/// `Debug` prints neither the token nor the secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Authorization<'a> {
    pub(crate) key: &'a str,
    pub(crate) signature: &'a str,
    pub(crate) channel_data: Option<&'a str>,
    pub(crate) shared_secret: Option<&'a str>,
}

impl<'a> Authorization<'a> {
    /// A whole token `KEY:SIGNATURE`, as an auth endpoint returns it in `auth`.
    pub const fn from_token(token: &'a str) -> Self {
        Self { key: "", signature: token, channel_data: None, shared_secret: None }
    }

    /// A signature made here, with the key it was made for; they are joined when they are sent.
    pub const fn from_signature(key: &'a str, signature: &'a str) -> Self {
        Self { key, signature, channel_data: None, shared_secret: None }
    }

    /// Adds the `channel_data` of a presence channel. It is sent byte for byte as given, because it was signed so.
    #[must_use]
    pub const fn with_channel_data(mut self, channel_data: &'a str) -> Self {
        self.channel_data = Some(channel_data);
        self
    }

    /// Adds the `shared_secret` of an encrypted channel: 32 bytes in base64. It is never sent.
    #[must_use]
    pub const fn with_shared_secret(mut self, shared_secret: &'a str) -> Self {
        self.shared_secret = Some(shared_secret);
        self
    }

    /// The `channel_data`, if there is any.
    pub const fn channel_data(&self) -> Option<&'a str> {
        self.channel_data
    }

    /// The key and the signature as they are sent: `("", token)` for a whole token.
    pub const fn token_parts(&self) -> (&'a str, &'a str) {
        (self.key, self.signature)
    }

    /// The `shared_secret`, if there is any.
    pub const fn shared_secret(&self) -> Option<&'a str> {
        self.shared_secret
    }
}

impl core::fmt::Debug for Authorization<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Authorization").field("channel_data", &self.channel_data).finish_non_exhaustive()
    }
}
