//! Who answers when a subscription has to be authorized.

use crate::auth::{Credentials, Signature};
use crate::channel::ChannelKind;
use crate::client::{Authorization, Ticket};

/// A private or presence subscription that is about to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct SubscriptionRequest<'a> {
    /// The id of the present connection, at most 64 bytes.
    pub socket_id: &'a str,
    /// The name of the channel.
    pub channel_name: &'a str,
    /// What the application says about itself on presence channels, see
    /// [`Connection::set_channel_data`](super::Connection::set_channel_data); `None` on other channels.
    pub channel_data: Option<&'a str>,
    /// The kind of the channel.
    pub kind: ChannelKind,
    /// Names this request in [`Connection::authorize`](super::Connection::authorize), after [`Answer::Later`].
    pub ticket: Ticket,
}

/// Decides about subscriptions: signs them, has them signed elsewhere, or refuses.
///
/// [`Credentials`] sign with the secret of the application. An authorizer of one's own may ask an auth server:
///
/// ```
/// use pusher_proto::client::Authorization;
/// use pusher_proto::connection::{Answer, Authorizer, SubscriptionRequest};
///
/// struct AuthServer {
///     reply: [u8; 512],
/// }
///
/// impl Authorizer for AuthServer {
///     fn authorize(&mut self, request: &SubscriptionRequest<'_>) -> Answer<'_> {
///         if request.channel_name.starts_with("private-admin-") {
///             return Answer::Deny;
///         }
///         let mut form = [0; 256];
///         let form = pusher_proto::auth::endpoint::channel_form(request.socket_id, request.channel_name, &[], &mut form);
///         # fn post(_: &str, reply: &mut [u8]) -> usize { reply[..15].copy_from_slice(br#"{"auth":"k:00"}"#); 15 }
///         let Ok(form) = form else { return Answer::Deny };
///         let length = post(form, &mut self.reply); // over whatever HTTP client there is
///         match Authorization::from_json(&mut self.reply[..length]) {
///             Ok(authorization) => Answer::Authorization(authorization),
///             Err(_) => Answer::Deny,
///         }
///     }
/// }
/// ```
pub trait Authorizer {
    /// Answers one request. Called before the subscription is sent, on each connection anew.
    fn authorize(&mut self, request: &SubscriptionRequest<'_>) -> Answer<'_>;
}

/// The answer to a request.
#[derive(Debug)]
#[non_exhaustive]
pub enum Answer<'a> {
    /// A signature over the request as it was given, with the key of the application.
    Signature {
        /// The key.
        key: &'a str,
        /// The signature.
        signature: Signature,
    },
    /// A whole authorization. Where it has no `channel_data`, that of the request is sent.
    Authorization(Authorization<'a>),
    /// No: the subscription fails with [`Denied`](crate::channel::SubscriptionFailure::Denied).
    Deny,
    /// Not yet: [`Connection::authorize`](super::Connection::authorize) follows, within
    /// [`authorization_timeout`](crate::client::Config::authorization_timeout).
    Later,
}

/// Signs every request with the secret. Presence channels need
/// [`channel_data`](super::Connection::set_channel_data), without it they are denied.
impl Authorizer for Credentials<'_> {
    fn authorize(&mut self, request: &SubscriptionRequest<'_>) -> Answer<'_> {
        if request.kind.is_presence() && request.channel_data.is_none() {
            return Answer::Deny;
        }
        match self.sign_channel(request.socket_id, request.channel_name, request.channel_data) {
            Ok(signature) => Answer::Signature { key: self.key(), signature },
            Err(_) => Answer::Deny,
        }
    }
}

/// An authorizer for applications that only use public channels.
#[derive(Clone, Copy, Debug, Default)]
pub struct DenyAll;

impl Authorizer for DenyAll {
    fn authorize(&mut self, _: &SubscriptionRequest<'_>) -> Answer<'_> {
        Answer::Deny
    }
}
