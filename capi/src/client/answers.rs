//! Answers to requests.

use core::ffi::c_char;

use super::answer;
use crate::auth::{pusher_authentication, pusher_authorization, pusher_ticket};
use crate::memory::{pusher_client, with};
use crate::status::*;
use crate::text::{bytes_mut, put};

/// Answers a PUSHER_REQUEST_AUTHORIZE: writes the message that you must send.
///
/// `now_ms`: your clock. `authorization` and its texts are needed only during the call. `out` has `size` bytes and gets
/// the message without a NUL: 60 bytes, the name and the token; `channel_data` needs 18 more and its length with quotes
/// escaped. `*written` is its length; after PUSHER_ERROR_TOO_SMALL the size that `out` needs.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE. After the following the
/// ticket is still valid: PUSHER_ERROR_CHANNEL_DATA, PUSHER_ERROR_SHARED_SECRET, PUSHER_ERROR_TOO_SMALL.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_authorize(
    client: *mut pusher_client,
    now_ms: u32,
    ticket: pusher_ticket,
    authorization: *const pusher_authorization,
    out: *mut c_char,
    size: usize,
    written: *mut usize,
) -> pusher_status {
    // SAFETY: the caller passes what the documentation above demands.
    status((|| unsafe {
        let (authorization, out) = (pusher_authorization::get(authorization)?, bytes_mut(out.cast(), size)?);
        put(written, 0)?;
        with!(client mut client, now_ms, |now, inner| {
            answer(inner.authorize(now, ticket.into(), &authorization, out), written)
        })
    })())
}

/// Answers a PUSHER_REQUEST_REKEY. There is nothing to send.
///
/// `now_ms`: your clock. `authorization` and its texts are needed only during the call.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE, PUSHER_ERROR_NOT_BUILT,
/// PUSHER_ERROR_SHARED_SECRET (the ticket is still valid).
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_rekey(
    client: *mut pusher_client,
    now_ms: u32,
    ticket: pusher_ticket,
    authorization: *const pusher_authorization,
) -> pusher_status {
    #[cfg(feature = "encrypted")]
    // SAFETY: the caller passes NULL or an authorization.
    return status(unsafe { pusher_authorization::get(authorization) }.and_then(|authorization| {
        with!(client mut client, now_ms, |now, inner| {
            inner.rekey(now, ticket.into(), &authorization).map_err(|error| Sized::from(error).0)
        })
    }));
    #[cfg(not(feature = "encrypted"))]
    {
        let _ = (client, now_ms, ticket, authorization);
        PUSHER_ERROR_NOT_BUILT
    }
}

/// Answers a PUSHER_REQUEST_SIGN_IN: writes the message that you must send.
///
/// `now_ms`: your clock. `authentication` and its texts are needed only during the call. `out` has `size` bytes and
/// gets the message without a NUL: 59 bytes, the token and the user data with quotes escaped. `*written` is its length;
/// after PUSHER_ERROR_TOO_SMALL the size that `out` needs.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE, PUSHER_ERROR_TOO_SMALL (the
/// ticket is still valid).
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_authenticate(
    client: *mut pusher_client,
    now_ms: u32,
    ticket: pusher_ticket,
    authentication: *const pusher_authentication,
    out: *mut c_char,
    size: usize,
    written: *mut usize,
) -> pusher_status {
    #[cfg(feature = "users")]
    // SAFETY: the caller passes what the documentation above demands.
    return status((|| unsafe {
        let (authentication, out) = (pusher_authentication::get(authentication)?, bytes_mut(out.cast(), size)?);
        put(written, 0)?;
        with!(client mut client, now_ms, |now, inner| {
            answer(inner.authenticate(now, ticket.into(), &authentication, out), written)
        })
    })());
    #[cfg(not(feature = "users"))]
    {
        let _ = (client, now_ms, ticket, authentication, out, size, written);
        PUSHER_ERROR_STALE
    }
}

/// Denies a PUSHER_REQUEST_AUTHORIZE, _REKEY or _SIGN_IN: the subscription or sign-in fails permanently. Then poll.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_STALE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_deny(
    client: *mut pusher_client,
    now_ms: u32,
    ticket: pusher_ticket,
) -> pusher_status {
    status(with!(client mut client, now_ms, |now, inner| {
        inner.deny(now, ticket.into()).map_err(|_| PUSHER_ERROR_STALE)
    }))
}

/// Reports that your auth server answered with an HTTP status other than 200. 429 and 500 to 599 are retried with
/// backoff; use 503 if it did not answer at all. Then poll.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_STALE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_deny_with_status(
    client: *mut pusher_client,
    now_ms: u32,
    ticket: pusher_ticket,
    http_status: u16,
) -> pusher_status {
    status(with!(client mut client, now_ms, |now, inner| {
        inner.deny_with_status(now, ticket.into(), http_status).map_err(|_| PUSHER_ERROR_STALE)
    }))
}
