//! Signatures, replies of auth servers.

use core::ffi::c_char;

use pusher_proto::Authorization;
use pusher_proto::ChannelKind;
use pusher_proto::auth::{Credentials, SignError, form};
use pusher_proto::client::{AuthorizationRequest, Ticket, UserAuthentication};

use crate::event::pusher_channel;
use crate::status::*;
use crate::text::{at, bytes, bytes_mut, c_text, copy, optional_c_text, pusher_text, put};

/// One request for an authorization, on one connection. An answer to an old one is PUSHER_ERROR_STALE.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct pusher_ticket {
    /// Has no meaning to the application.
    pub id: u32,
}

impl From<Ticket> for pusher_ticket {
    fn from(ticket: Ticket) -> Self {
        // SAFETY: both are 4 bytes, and every value of them is valid.
        Self { id: unsafe { core::mem::transmute::<Ticket, u32>(ticket) } }
    }
}

impl From<pusher_ticket> for Ticket {
    fn from(ticket: pusher_ticket) -> Self {
        // SAFETY: as above. The library finds any other number stale.
        unsafe { core::mem::transmute::<u32, Ticket>(ticket.id) }
    }
}

/// The kind of a channel, which its name decides.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_channel_kind {
    /// Needs no authorization.
    PUSHER_KIND_PUBLIC = 0,
    /// `private-`, `private-cache-`
    PUSHER_KIND_PRIVATE,
    /// `presence-`, `presence-cache-`: the authorization needs `channel_data`, unless a user is signed in.
    PUSHER_KIND_PRESENCE,
    /// `private-encrypted-`, `private-encrypted-cache-`: the authorization needs a `shared_secret`.
    PUSHER_KIND_ENCRYPTED,
}

pub use pusher_channel_kind::*;

impl From<ChannelKind> for pusher_channel_kind {
    fn from(kind: ChannelKind) -> Self {
        if kind.is_presence() {
            PUSHER_KIND_PRESENCE
        } else if kind.is_encrypted() {
            PUSHER_KIND_ENCRYPTED
        } else if kind.needs_authorization() {
            PUSHER_KIND_PRIVATE
        } else {
            PUSHER_KIND_PUBLIC
        }
    }
}

/// A request of the client: authorize a subscription, or authenticate the user. Its texts point into the handle and are
/// valid until the next call with it that is not a getter.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_request {
    /// For the answer.
    pub ticket: pusher_ticket,
    /// The channel; not set for the user.
    pub channel: pusher_channel,
    /// The id of the connection, at most 64 bytes.
    pub socket_id: pusher_text,
    /// The name of the channel; NULL for the user.
    pub channel_name: pusher_text,
    /// The kind of the channel.
    pub channel_kind: pusher_channel_kind,
}

impl pusher_request {
    pub(crate) const NONE: Self = Self {
        ticket: pusher_ticket { id: u32::MAX },
        channel: pusher_channel { id: u32::MAX },
        socket_id: pusher_text::NONE,
        channel_name: pusher_text::NONE,
        channel_kind: PUSHER_KIND_PUBLIC,
    };

    /// Returns a request as C receives it. The texts are not bound to their lifetime, as its documentation states.
    pub(crate) fn new(ticket: Ticket, socket_id: Option<&str>, channel: Option<AuthorizationRequest<'_>>) -> Self {
        let mut request = Self { ticket: ticket.into(), socket_id: socket_id.into(), ..Self::NONE };
        if let Some(channel) = channel {
            request.channel = channel.channel.into();
            request.channel_name = channel.channel_name.into();
            request.channel_kind = channel.kind.into();
        }
        request
    }
}

/// The answer to a request of a channel. The texts are yours; they are needed only during the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_authorization {
    /// `KEY:SIGNATURE`.
    pub auth: pusher_text,
    /// For presence channels: the JSON that was signed, with a `user_id`. NULL if there is none.
    pub channel_data: pusher_text,
    /// For encrypted channels: 32 bytes in base64. It is never sent. NULL if there is none.
    pub shared_secret: pusher_text,
}

impl pusher_authorization {
    /// Returns the answer as the library takes it.
    pub(crate) unsafe fn get<'a>(this: *const Self) -> Result<Authorization<'a>, pusher_status> {
        // SAFETY: the caller passes NULL or an answer whose texts it keeps during the call.
        unsafe {
            let this = at(this)?;
            let mut authorization = Authorization::from_token(this.auth.required()?);
            if let Some(channel_data) = this.channel_data.get()? {
                authorization = authorization.with_channel_data(channel_data);
            }
            if let Some(shared_secret) = this.shared_secret.get()? {
                authorization = authorization.with_shared_secret(shared_secret);
            }
            Ok(authorization)
        }
    }
}

/// The answer to a request of the user. The texts are yours; they are needed only during the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_authentication {
    /// `KEY:SIGNATURE`.
    pub auth: pusher_text,
    /// The JSON that was signed, with an `id`.
    pub user_data: pusher_text,
}

impl pusher_authentication {
    /// Returns the answer as the library takes it.
    pub(crate) unsafe fn get<'a>(this: *const Self) -> Result<UserAuthentication<'a>, pusher_status> {
        // SAFETY: the caller passes NULL or an answer whose texts it keeps during the call.
        unsafe {
            let this = at(this)?;
            Ok(UserAuthentication::from_token(this.auth.required()?, this.user_data.required()?))
        }
    }
}

/// The key and the secret of an application. A device that strangers can open should use an auth server instead.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_credentials {
    /// The key. Ends with NUL.
    pub key: *const c_char,
    /// The secret.
    pub secret: *const u8,
    /// The length of the secret in bytes.
    pub secret_length: usize,
}

impl pusher_credentials {
    unsafe fn get<'a>(this: *const Self) -> Result<Credentials<'a>, pusher_status> {
        // SAFETY: the caller passes NULL or credentials that it keeps during the call.
        unsafe {
            let this = at(this)?;
            Ok(Credentials::new(c_text(this.key)?, bytes(this.secret, this.secret_length)?))
        }
    }
}

impl From<SignError> for pusher_status {
    fn from(_: SignError) -> Self {
        PUSHER_ERROR_SIGN
    }
}

/// Writes `KEY:SIGNATURE`.
unsafe fn write_token(key: &str, signature: &str, out: *mut c_char, size: usize) -> Result<pusher_text, pusher_status> {
    // SAFETY: the caller passes `size` bytes to write to.
    let out = unsafe { bytes_mut(out.cast(), size)? };
    let length = key.len().wrapping_add(1).wrapping_add(signature.len());
    let token = out.get_mut(..length).ok_or(PUSHER_ERROR_TOO_SMALL)?;
    copy(key.as_bytes(), token);
    if let Some(rest) = token.get_mut(key.len()..) {
        copy(b":", rest);
        copy(signature.as_bytes(), rest.get_mut(1..).unwrap_or_default());
    }
    Ok(pusher_text { bytes: token.as_ptr().cast(), length })
}

/// Signs the subscription of a channel with the secret of the application.
///
/// `credentials` are needed only during the call. `request` is that of PUSHER_ACTION_AUTHORIZE or
/// PUSHER_REQUEST_AUTHORIZE. `channel_data`, which ends with NUL, is the JSON of a presence channel, such as
/// `{"user_id":"7"}`; NULL for other channels. `out` gets the token: `out_size` must be the length of the key and 65
/// bytes. On success `authorization` points to `out` and `channel_data`: pass it on while they exist. For an encrypted
/// channel, add the `shared_secret`: see pusher_derive_secret.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_TEXT, PUSHER_ERROR_SIGN, PUSHER_ERROR_TOO_SMALL.
/// Interrupt: may be called, it has no state; it computes four or more blocks of SHA-256.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_sign_channel(
    credentials: *const pusher_credentials,
    request: *const pusher_request,
    channel_data: *const c_char,
    out: *mut c_char,
    out_size: usize,
    authorization: *mut pusher_authorization,
) -> pusher_status {
    // SAFETY: the caller passes what the documentation above demands.
    status((|| unsafe {
        let credentials = pusher_credentials::get(credentials)?;
        let request = at(request)?;
        let data = optional_c_text(channel_data)?;
        let signature =
            credentials.sign_channel(request.socket_id.required()?, request.channel_name.required()?, data)?;
        let auth = write_token(credentials.key(), signature.as_str(), out, out_size)?;
        put(authorization, pusher_authorization { auth, channel_data: data.into(), shared_secret: pusher_text::NONE })
    })())
}

/// Signs a user with the secret of the application.
///
/// `credentials` are needed only during the call. `request` is that of PUSHER_ACTION_SIGN_IN or PUSHER_REQUEST_SIGN_IN.
/// `user_data`, which ends with NUL, is JSON such as `{"id":"7"}`. `out` gets the token: `out_size` must be the length
/// of the key and 65 bytes. On success `authentication` points to `out` and `user_data`: pass it on while they exist.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_TEXT, PUSHER_ERROR_SIGN, PUSHER_ERROR_TOO_SMALL.
/// Interrupt: may be called, it has no state; it computes four or more blocks of SHA-256.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_sign_user(
    credentials: *const pusher_credentials,
    request: *const pusher_request,
    user_data: *const c_char,
    out: *mut c_char,
    out_size: usize,
    authentication: *mut pusher_authentication,
) -> pusher_status {
    // SAFETY: the caller passes what the documentation above demands.
    status((|| unsafe {
        let credentials = pusher_credentials::get(credentials)?;
        let user_data = c_text(user_data)?;
        let signature = credentials.sign_user(at(request)?.socket_id.required()?, user_data)?;
        let auth = write_token(credentials.key(), signature.as_str(), out, out_size)?;
        put(authentication, pusher_authentication { auth, user_data: user_data.into() })
    })())
}

/// Derives the shared secret of an encrypted channel from the master key of the application.
///
/// `channel_name` is that of a request. `master_key` has 32 bytes. `out` gets 44 characters of base64 and no NUL:
/// `out_size` must be 44 or more. On success `shared_secret` points to `out`. Wipe `out` when you have passed it on.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_TEXT, PUSHER_ERROR_TOO_SMALL, PUSHER_ERROR_NOT_BUILT.
/// Interrupt: may be called, it has no state.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_derive_secret(
    channel_name: pusher_text,
    master_key: *const u8,
    out: *mut c_char,
    out_size: usize,
    shared_secret: *mut pusher_text,
) -> pusher_status {
    #[cfg(feature = "encrypted")]
    // SAFETY: the caller passes what the documentation above demands.
    return status((|| unsafe {
        let master_key = master_key.cast::<[u8; 32]>().as_ref().ok_or(PUSHER_ERROR_NULL)?;
        let key = pusher_proto::encryption::SharedSecret::derive(channel_name.required()?, master_key);
        let text = key.to_base64(bytes_mut(out.cast(), out_size)?).map_err(|_| PUSHER_ERROR_TOO_SMALL)?;
        put(shared_secret, text.into())
    })());
    #[cfg(not(feature = "encrypted"))]
    {
        let _ = (channel_name, master_key, out, out_size, shared_secret);
        PUSHER_ERROR_NOT_BUILT
    }
}

/// Writes the body of a request to your auth server: `socket_id=..&channel_name=..`, of the type
/// `application/x-www-form-urlencoded`.
///
/// `request` is that of PUSHER_ACTION_AUTHORIZE, or of PUSHER_ACTION_SIGN_IN: then there is no `channel_name`. `out`
/// gets the text without a NUL, and `length` its length; after PUSHER_ERROR_TOO_SMALL the size that `out_size` must be.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_TEXT, PUSHER_ERROR_TOO_SMALL.
/// Interrupt: may be called, it has no state.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_write_form(
    request: *const pusher_request,
    out: *mut c_char,
    out_size: usize,
    length: *mut usize,
) -> pusher_status {
    // SAFETY: the caller passes what the documentation above demands.
    status((|| unsafe {
        let request = at(request)?;
        let out = bytes_mut(out.cast(), out_size)?;
        let socket_id = request.socket_id.required()?;
        let written = match request.channel_name.get()? {
            Some(channel_name) => form::channel_form(socket_id, channel_name, &[], out),
            None => form::user_form(socket_id, &[], out),
        };
        match written {
            Ok(text) => put(length, text.len()),
            Err(error) => put(length, error.needed()).and(Err(PUSHER_ERROR_TOO_SMALL)),
        }
    })())
}

/// Reads the reply of your auth server for a channel: `{"auth": "..", "channel_data"?: "..", "shared_secret"?: ".."}`.
///
/// `reply` has `length` bytes, without a NUL. It is decoded in place: `authorization` points into it.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_REPLY. If the HTTP status is not 200, do not call it: see
/// pusher_connection_deny_with_status.
/// Interrupt: may be called, it has no state.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_read_authorization(
    reply: *mut c_char,
    length: usize,
    authorization: *mut pusher_authorization,
) -> pusher_status {
    // SAFETY: the caller passes what the documentation above demands.
    status((|| unsafe {
        let read = Authorization::from_json(bytes_mut(reply.cast(), length)?)?;
        put(
            authorization,
            pusher_authorization {
                auth: read.token().into(),
                channel_data: read.channel_data().into(),
                shared_secret: read.shared_secret().into(),
            },
        )
    })())
}

/// Reads the reply of your auth server for the user: `{"auth": "..", "user_data": ".."}`.
///
/// `reply` has `length` bytes, without a NUL. It is decoded in place: `authentication` points into it.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_REPLY.
/// Interrupt: may be called, it has no state.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_read_authentication(
    reply: *mut c_char,
    length: usize,
    authentication: *mut pusher_authentication,
) -> pusher_status {
    // SAFETY: the caller passes what the documentation above demands.
    status((|| unsafe {
        let read = UserAuthentication::from_json(bytes_mut(reply.cast(), length)?)?;
        put(authentication, pusher_authentication { auth: read.token().into(), user_data: read.user_data().into() })
    })())
}
