//! Answers to requests.

use core::ffi::c_char;

use pusher_proto::Authorization;
use pusher_proto::auth::Credentials;
use pusher_proto::client::UserAuthentication;

use super::sized;
use crate::auth::{pusher_authentication, pusher_authorization, pusher_ticket};
use crate::memory::{pusher_connection, with};
use crate::status::*;
use crate::text::{c_text, optional_c_text};

/// Signs the subscription of a PUSHER_ACTION_AUTHORIZE with the secret of the application, and answers it. Poll
/// afterwards.
///
/// `now_ms`: your clock. `secret` is the secret that belongs to pusher_options.key. `channel_data` is the JSON of a
/// presence channel, such as `{"user_id":"7"}`; NULL for other channels. Both end with NUL and are needed only during
/// the call. For an encrypted channel use pusher_sign_channel, which leaves room for the shared secret.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE. After the following the
/// ticket is still valid: PUSHER_ERROR_SIGN, PUSHER_ERROR_BUSY, PUSHER_ERROR_CHANNEL_DATA, PUSHER_ERROR_SHARED_SECRET,
/// PUSHER_ERROR_TOO_SMALL (the transmit buffer; see pusher_connection_needed).
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_sign(
    connection: *mut pusher_connection,
    now_ms: u32,
    ticket: pusher_ticket,
    secret: *const c_char,
    channel_data: *const c_char,
) -> pusher_status {
    // SAFETY: the caller passes what the documentation above demands.
    status((|| unsafe {
        let secret = c_text(secret)?;
        let channel_data = optional_c_text(channel_data)?;
        with!(connection mut connection, now_ms, |now, inner| {
            let key = inner.endpoint().key();
            let request = inner.client().authorization_request(ticket.into()).ok_or(PUSHER_ERROR_STALE)?;
            // Ends before the result is checked: the credentials are wiped in one place.
            let signature = Credentials::new(key, secret.as_bytes()).sign_channel(
                request.socket_id,
                request.channel_name,
                channel_data,
            );
            let signature = signature?;
            let mut authorization = Authorization::from_signature(key, signature.as_str());
            if let Some(channel_data) = channel_data {
                authorization = authorization.with_channel_data(channel_data);
            }
            sized(connection.cast(), inner.authorize(now, ticket.into(), &authorization))
        })
    })())
}

/// Signs the user of a PUSHER_ACTION_SIGN_IN with the secret of the application, and answers it. Poll afterwards.
///
/// `now_ms`: your clock. `secret` is the secret that belongs to pusher_options.key. `user_data` is JSON such as
/// `{"id":"7"}`. Both end with NUL and are needed only during the call.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE. After the following the
/// ticket is still valid: PUSHER_ERROR_SIGN, PUSHER_ERROR_BUSY, PUSHER_ERROR_TOO_SMALL (the transmit buffer; see
/// pusher_connection_needed).
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_sign_user(
    connection: *mut pusher_connection,
    now_ms: u32,
    ticket: pusher_ticket,
    secret: *const c_char,
    user_data: *const c_char,
) -> pusher_status {
    // SAFETY: the caller passes what the documentation above demands.
    status((|| unsafe {
        let (secret, user_data) = (c_text(secret)?, c_text(user_data)?);
        with!(connection mut connection, now_ms, |now, inner| {
            let key = inner.endpoint().key();
            let socket_id = inner.client().socket_id().ok_or(PUSHER_ERROR_STALE)?;
            let signature = Credentials::new(key, secret.as_bytes()).sign_user(socket_id, user_data)?;
            let authentication = UserAuthentication::from_signature(key, signature.as_str(), user_data);
            sized(connection.cast(), inner.authenticate(now, ticket.into(), &authentication))
        })
    })())
}

/// Answers a PUSHER_ACTION_AUTHORIZE. Poll afterwards.
///
/// `now_ms`: your clock. `authorization` and its texts are needed only during the call.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE. After the following the
/// ticket is still valid: PUSHER_ERROR_BUSY, PUSHER_ERROR_CHANNEL_DATA, PUSHER_ERROR_SHARED_SECRET,
/// PUSHER_ERROR_TOO_SMALL (the transmit buffer; see pusher_connection_needed).
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_authorize(
    connection: *mut pusher_connection,
    now_ms: u32,
    ticket: pusher_ticket,
    authorization: *const pusher_authorization,
) -> pusher_status {
    // SAFETY: the caller passes NULL or an authorization.
    status(unsafe { pusher_authorization::get(authorization) }.and_then(|authorization| {
        with!(connection mut connection, now_ms, |now, inner| {
            sized(connection.cast(), inner.authorize(now, ticket.into(), &authorization))
        })
    }))
}

/// Answers a PUSHER_ACTION_SIGN_IN. Poll afterwards.
///
/// `now_ms`: your clock. `authentication` and its texts are needed only during the call.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE. After the following the
/// ticket is still valid: PUSHER_ERROR_BUSY, PUSHER_ERROR_TOO_SMALL (the transmit buffer; see
/// pusher_connection_needed).
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_authenticate(
    connection: *mut pusher_connection,
    now_ms: u32,
    ticket: pusher_ticket,
    authentication: *const pusher_authentication,
) -> pusher_status {
    // SAFETY: the caller passes NULL or an authentication.
    status(unsafe { pusher_authentication::get(authentication) }.and_then(|authentication| {
        with!(connection mut connection, now_ms, |now, inner| {
            sized(connection.cast(), inner.authenticate(now, ticket.into(), &authentication))
        })
    }))
}

/// Denies a PUSHER_ACTION_AUTHORIZE or a PUSHER_ACTION_SIGN_IN: the subscription or sign-in fails permanently. Poll
/// afterwards.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_STALE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_deny(
    connection: *mut pusher_connection,
    now_ms: u32,
    ticket: pusher_ticket,
) -> pusher_status {
    status(with!(connection mut connection, now_ms, |now, inner| {
        inner.deny(now, ticket.into()).map_err(|_| PUSHER_ERROR_STALE)
    }))
}

/// Reports that your auth server answered with an HTTP status other than 200. 429 and 500 to 599 are retried with
/// backoff; use 503 if it did not answer at all. Poll afterwards.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_STALE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_deny_with_status(
    connection: *mut pusher_connection,
    now_ms: u32,
    ticket: pusher_ticket,
    http_status: u16,
) -> pusher_status {
    status(with!(connection mut connection, now_ms, |now, inner| {
        inner.deny_with_status(now, ticket.into(), http_status).map_err(|_| PUSHER_ERROR_STALE)
    }))
}
