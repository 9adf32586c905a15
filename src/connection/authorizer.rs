//! Authorizers: answer authorization requests for subscriptions and sign-ins.

use crate::auth::text::channel_parts;
use crate::auth::{Credentials, SignError, Signature, TextToSign};
use crate::channel::ChannelKind;
use crate::client::{Authorization, Ticket, UserAuthentication};
#[cfg(feature = "encrypted")]
use crate::encryption::SharedSecret;
#[cfg(feature = "encrypted")]
use zeroize::Zeroize;

/// A private or presence subscription that needs an authorization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct SubscriptionRequest<'a> {
    /// The id of the current connection, at most 64 bytes.
    pub socket_id: &'a str,
    /// The name of the channel.
    pub channel_name: &'a str,
    /// The member data of the application for presence channels, see
    /// [`Connection::set_channel_data`](super::Connection::set_channel_data); `None` on other channels.
    pub channel_data: Option<&'a str>,
    /// The kind of the channel.
    pub kind: ChannelKind,
    /// The ticket for [`Connection::authorize`](super::Connection::authorize), after [`Answer::Later`].
    pub ticket: Ticket,
}

impl<'a> SubscriptionRequest<'a> {
    /// Creates a request for tests of an [`Authorizer`]. Its ticket is not valid on any connection.
    pub fn new(socket_id: &'a str, channel_name: &'a str) -> Self {
        let (kind, ticket) = (ChannelKind::of(channel_name), Ticket::NONE);
        Self { socket_id, channel_name, channel_data: None, kind, ticket }
    }

    /// Sets the member data of the application.
    #[must_use]
    pub const fn with_channel_data(mut self, channel_data: &'a str) -> Self {
        self.channel_data = Some(channel_data);
        self
    }

    /// Returns the text to sign, for a secure element that signs instead of [`Credentials`].
    ///
    /// # Errors
    /// See [`TextToSign::channel`]. Answer [`Answer::Deny`].
    pub fn text_to_sign(&self) -> Result<TextToSign<'a>, SignError> {
        TextToSign::channel(self.socket_id, self.channel_name, self.channel_data)
    }
}

/// Authorizes subscriptions: signs them, has them signed elsewhere, or denies them.
///
/// [`Credentials`] sign with the application's secret. Other implementations may call an auth server:
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
///         let form = pusher_proto::auth::form::channel_form(request.socket_id, request.channel_name, &[], &mut form);
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
    /// Answers one request. Called before the subscription is sent, again on each connection.
    ///
    /// The method may block, but the deadline for the server's answer counts from the time passed to this step. If the
    /// auth server may take seconds, call it elsewhere and return [`Answer::Later`].
    fn authorize(&mut self, request: &SubscriptionRequest<'_>) -> Answer<'_>;

    /// Answers a sign-in request, for applications that use `Client::sign_in`. The default implementation denies it.
    fn authenticate(&mut self, request: &SignInRequest<'_>) -> UserAnswer<'_> {
        let _ = request;
        UserAnswer::Deny
    }
}

/// Implements the trait for closures, for applications without a sign-in. The answer must not borrow: keys must be
/// `'static`, such as literals. Implement the trait on a type for answers that borrow a buffer.
///
/// ```
/// use pusher_proto::auth::Credentials;
/// use pusher_proto::connection::{Answer, Authorizer, SubscriptionRequest};
///
/// let credentials = Credentials::new("key", b"secret");
/// let mut authorizer = |request: &SubscriptionRequest<'_>| match request.channel_name {
///     "private-admin" => Answer::Deny,
///     _ => Answer::sign(&credentials, request),
/// };
/// let request = SubscriptionRequest::new("1.1", "private-admin");
/// assert!(matches!(Authorizer::authorize(&mut authorizer, &request), Answer::Deny));
/// ```
impl<F: FnMut(&SubscriptionRequest<'_>) -> Answer<'static>> Authorizer for F {
    fn authorize(&mut self, request: &SubscriptionRequest<'_>) -> Answer<'_> {
        self(request)
    }
}

/// A sign-in that needs an authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct SignInRequest<'a> {
    /// The id of the current connection, at most 64 bytes.
    pub socket_id: &'a str,
    /// The user data, see [`Connection::set_user_data`](super::Connection::set_user_data).
    pub user_data: Option<&'a str>,
    /// The ticket for [`Connection::authenticate`](super::Connection::authenticate), after [`UserAnswer::Later`].
    pub ticket: Ticket,
}

impl<'a> SignInRequest<'a> {
    /// Creates a request for tests of an [`Authorizer`]. Its ticket is not valid on any connection.
    pub const fn new(socket_id: &'a str, user_data: Option<&'a str>) -> Self {
        Self { socket_id, user_data, ticket: Ticket::NONE }
    }

    /// Returns the text to sign, for a secure element that signs instead of [`Credentials`]. If the application has set
    /// no user data, the connection refuses the signature and reports the reason.
    ///
    /// # Errors
    /// See [`TextToSign::user`]. Answer [`UserAnswer::Deny`].
    pub fn text_to_sign(&self) -> Result<TextToSign<'a>, SignError> {
        TextToSign::user(self.socket_id, self.user_data.unwrap_or_default())
    }
}

/// The answer to a sign-in request.
#[derive(Debug)]
#[non_exhaustive]
pub enum UserAnswer<'a> {
    /// A signature over the unchanged request, with the application's key.
    Signature {
        /// The key.
        key: &'a str,
        /// The signature.
        signature: Signature,
    },
    /// A whole authentication.
    Authentication(UserAuthentication<'a>),
    /// A refusal: the sign-in fails with [`Denied`](crate::channel::SubscriptionFailure::Denied).
    Deny,
    /// The auth server answered with this HTTP status; see [`Answer::Failed`].
    Failed(u16),
    /// No answer yet: the application calls [`Connection::authenticate`](super::Connection::authenticate) later.
    Later,
}

/// The answer to an authorization request.
#[derive(Debug)]
#[non_exhaustive]
pub enum Answer<'a> {
    /// A signature over the unchanged request, with the application's key.
    Signature {
        /// The key.
        key: &'a str,
        /// The signature.
        signature: Signature,
    },
    /// A whole authorization. If it has no `channel_data`, that of the request is sent.
    Authorization(Authorization<'a>),
    /// A refusal: the subscription fails with [`Denied`](crate::channel::SubscriptionFailure::Denied).
    Deny,
    /// The auth server answered with this HTTP status. After 429 and 500 to 599 the subscription is retried with
    /// backoff; otherwise it fails with
    /// [`AuthorizationFailed`](crate::channel::SubscriptionFailure::AuthorizationFailed). Use 503 if the server did not
    /// answer at all.
    Failed(u16),
    /// No answer yet: the application calls [`Connection::authorize`](super::Connection::authorize) within
    /// [`authorization_timeout`](crate::client::Config::authorization_timeout).
    Later,
}

impl<'a> Answer<'a> {
    /// Signs a request with the secret. Denies it if its `channel_data` is missing or invalid (see
    /// [`Credentials::sign_channel`]).
    pub fn sign(credentials: &Credentials<'a>, request: &SubscriptionRequest<'_>) -> Self {
        // Without `sign_channel`, whose result would be copied. // stack
        match channel_parts(request.socket_id, request.channel_name, request.channel_data) {
            Ok(parts) => Self::Signature { key: credentials.key(), signature: credentials.sign(&parts) },
            Err(_) => Self::Deny,
        }
    }
}

/// Signs every request with the secret. Presence channels need [`channel_data`](super::Connection::set_channel_data) or
/// a signed-in user; without either they fail with
/// [`MissingChannelData`](crate::channel::SubscriptionFailure::MissingChannelData).
impl Authorizer for Credentials<'_> {
    fn authorize(&mut self, request: &SubscriptionRequest<'_>) -> Answer<'_> {
        Answer::sign(self, request)
    }

    fn authenticate(&mut self, request: &SignInRequest<'_>) -> UserAnswer<'_> {
        // Without data the connection refuses the signature and reports the reason.
        match self.sign_user(request.socket_id, request.user_data.unwrap_or_default()) {
            Ok(signature) => UserAnswer::Signature { key: self.key(), signature },
            Err(_) => UserAnswer::Deny,
        }
    }
}

/// [`Credentials`] with the master key of encrypted channels, from which they derive each channel's key.
///
/// The master key can decrypt every encrypted channel of the application. A device to which strangers have physical
/// access should call an auth server instead.
#[cfg(feature = "encrypted")]
#[derive(Debug)]
pub struct EncryptedCredentials<'a> {
    credentials: Credentials<'a>,
    master_key: SharedSecret,
    signature: Option<Signature>,
    /// The base64 form of the most recently derived key.
    shared_secret: Base64Key,
}

/// A key of 44 characters, wiped on drop and never printed.
#[cfg(feature = "encrypted")]
struct Base64Key([u8; 44]);

#[cfg(feature = "encrypted")]
impl<'a> EncryptedCredentials<'a> {
    /// Adds the 32-byte master key to `credentials`.
    pub const fn new(credentials: Credentials<'a>, master_key: [u8; 32]) -> Self {
        Self {
            credentials,
            master_key: SharedSecret::new(master_key),
            signature: None,
            shared_secret: Base64Key([0; 44]),
        }
    }
}

#[cfg(feature = "encrypted")]
impl Authorizer for EncryptedCredentials<'_> {
    fn authorize(&mut self, request: &SubscriptionRequest<'_>) -> Answer<'_> {
        if !request.kind.is_encrypted() {
            return self.credentials.authorize(request);
        }
        let key = SharedSecret::derive(request.channel_name, self.master_key.as_bytes());
        let signed = self.credentials.sign_channel(request.socket_id, request.channel_name, None);
        self.signature = signed.ok();
        let (Some(signature), Ok(secret)) = (&self.signature, key.to_base64(&mut self.shared_secret.0)) else {
            return Answer::Deny;
        };
        let authorization = Authorization::from_signature(self.credentials.key(), signature.as_str());
        Answer::Authorization(authorization.with_shared_secret(secret))
    }

    fn authenticate(&mut self, request: &SignInRequest<'_>) -> UserAnswer<'_> {
        self.credentials.authenticate(request)
    }
}

#[cfg(feature = "encrypted")]
impl Drop for Base64Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(feature = "encrypted")]
impl core::fmt::Debug for Base64Key {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("..")
    }
}

/// An authorizer that denies every request, for applications that only use public channels.
#[derive(Clone, Copy, Debug, Default)]
pub struct DenyAll;

impl Authorizer for DenyAll {
    fn authorize(&mut self, _: &SubscriptionRequest<'_>) -> Answer<'_> {
        Answer::Deny
    }
}
