//! Commands of the application.

use core::ffi::c_char;

use super::sized;
use crate::event::{payload, pusher_channel};
use crate::memory::{pusher_connection, with};
use crate::status::*;
use crate::text::{c_text, put};

/// Connects, and reconnects until pusher_connection_disconnect. Poll afterwards.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_connect(connection: *mut pusher_connection, now_ms: u32) -> pusher_status {
    status(with!(connection mut connection, now_ms, |now, inner| {
        inner.connect(now);
        Ok(())
    }))
}

/// Disconnects and keeps the subscriptions for the next pusher_connection_connect. Poll until PUSHER_ACTION_WAIT: the
/// connection sends a close frame first.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_disconnect(
    connection: *mut pusher_connection,
    now_ms: u32,
) -> pusher_status {
    status(with!(connection mut connection, now_ms, |now, inner| {
        inner.disconnect(now);
        Ok(())
    }))
}

/// Pings the server now, or starts the next attempt now: after a sleep, or when the network has changed. Poll
/// afterwards.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_ping_now(connection: *mut pusher_connection, now_ms: u32) -> pusher_status {
    status(with!(connection mut connection, now_ms, |now, inner| {
        inner.ping_now(now);
        Ok(())
    }))
}

/// Subscribes to a channel on this connection and on each later one. Poll afterwards.
///
/// `now_ms`: your clock. `name` ends with NUL and is needed only during the call; its prefix decides the kind of the
/// channel. On success `*channel` is the channel; `channel` may be NULL. A second call with the same name returns the
/// same channel.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_NAME, PUSHER_ERROR_FULL,
/// PUSHER_ERROR_NOT_BUILT.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_subscribe(
    connection: *mut pusher_connection,
    now_ms: u32,
    name: *const c_char,
    channel: *mut pusher_channel,
) -> pusher_status {
    status((|| {
        // SAFETY: the caller passes NULL or a text that ends with NUL.
        let name = unsafe { c_text(name) }?;
        let subscribed =
            with!(connection mut connection, now_ms, |now, inner| inner.subscribe(now, name).map_err(Into::into))?;
        // SAFETY: the caller passes NULL or a pointer to a channel.
        let _ = unsafe { put(channel, subscribed.into()) };
        Ok(())
    })())
}

/// Unsubscribes from a channel. Poll afterwards.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_STALE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_unsubscribe(
    connection: *mut pusher_connection,
    now_ms: u32,
    channel: pusher_channel,
) -> pusher_status {
    status(with!(connection mut connection, now_ms, |now, inner| {
        inner.unsubscribe(now, channel.into()).map_err(|_| PUSHER_ERROR_STALE)
    }))
}

/// Sets how many times the subscription of a channel is retried on one connection, in place of
/// pusher_config.subscription_retries.
///
/// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_STALE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_set_retries(
    connection: *mut pusher_connection,
    channel: pusher_channel,
    retries: u8,
) -> pusher_status {
    status(with!(connection mut connection, |inner| {
        inner.set_retries(channel.into(), retries).map_err(|_| PUSHER_ERROR_STALE)
    }))
}

/// Signs the user in on this connection and on each later one: PUSHER_ACTION_SIGN_IN follows. It takes one channel of
/// the client and a name of 16 bytes and the id. Poll afterwards.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_NOT_BUILT.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_sign_in(connection: *mut pusher_connection, now_ms: u32) -> pusher_status {
    #[cfg(feature = "users")]
    return status(with!(connection mut connection, now_ms, |now, inner| {
        inner.sign_in(now);
        Ok(())
    }));
    #[cfg(not(feature = "users"))]
    {
        let _ = (connection, now_ms);
        PUSHER_ERROR_NOT_BUILT
    }
}

/// Signs the user out. If the server may know the user, the client reconnects. Poll afterwards.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_NOT_BUILT.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_sign_out(connection: *mut pusher_connection, now_ms: u32) -> pusher_status {
    #[cfg(feature = "users")]
    return status(with!(connection mut connection, now_ms, |now, inner| {
        inner.sign_out(now);
        Ok(())
    }));
    #[cfg(not(feature = "users"))]
    {
        let _ = (connection, now_ms);
        PUSHER_ERROR_NOT_BUILT
    }
}

/// Sends an event to the other clients on a private or presence channel. Poll afterwards.
///
/// `now_ms`: your clock. `event` begins with `client-` and ends with NUL. `data` has `length` bytes of UTF-8; NULL:
/// none. `is_json`: send it as this JSON value; else as a text. All are needed only during the call.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE, PUSHER_ERROR_BUSY,
/// PUSHER_ERROR_NOT_SUBSCRIBED, PUSHER_ERROR_NOT_ALLOWED, PUSHER_ERROR_EVENT_NAME, PUSHER_ERROR_TOO_LARGE,
/// PUSHER_ERROR_NOT_JSON, PUSHER_ERROR_RATE_LIMITED, PUSHER_ERROR_TOO_SMALL (see pusher_connection_needed).
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_trigger(
    connection: *mut pusher_connection,
    now_ms: u32,
    channel: pusher_channel,
    event: *const c_char,
    data: *const c_char,
    length: usize,
    is_json: bool,
) -> pusher_status {
    // SAFETY: the caller passes what the documentation above demands.
    status((|| unsafe {
        let (data, event) = (payload(data, length, is_json)?, c_text(event)?);
        with!(connection mut connection, now_ms, |now, inner| {
            sized(connection.cast(), inner.trigger(now, channel.into(), event, data))
        })
    })())
}
