//! The client over the WebSocket of the application.

use core::ffi::{c_char, c_void};

use pusher_proto::channel::Channel;
use pusher_proto::client::Request;
use pusher_proto::{Client, Close};

use crate::auth::{PUSHER_KIND_PUBLIC, pusher_authentication, pusher_authorization, pusher_request, pusher_ticket};
use crate::config::{config, pusher_config};
use crate::connection::{payload, sized};
use crate::event::{self, pusher_channel, pusher_event};
use crate::memory::{self, Head, Held, by_capacity, pusher_client, with_client};
use crate::notice::{
    PUSHER_STATE_DISCONNECTED, pusher_channel_status, pusher_notice, pusher_reason, pusher_state, split_reason,
};
use crate::status::*;
use crate::text::{bytes_mut, c_text, pusher_text, put};
use crate::time::{PUSHER_NEVER, until};

/// What the client wants from you.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_client_request_kind {
    /// Nothing.
    PUSHER_REQUEST_NONE = 0,
    /// Open a WebSocket: `secure`. Then call pusher_client_opened, or pusher_client_open_failed.
    PUSHER_REQUEST_OPEN,
    /// Close the WebSocket with the code `close_code` and drop it. Pass nothing on that still arrives on it.
    PUSHER_REQUEST_CLOSE,
    /// Authorize a subscription: `request`. Now or within pusher_config.authorization_timeout_ms, call
    /// pusher_client_authorize or pusher_client_deny.
    PUSHER_REQUEST_AUTHORIZE,
    /// Get a new key for an encrypted channel: `request`. Call pusher_client_rekey or pusher_client_deny.
    PUSHER_REQUEST_REKEY,
    /// Authenticate the user: `request`. Call pusher_client_authenticate or pusher_client_deny.
    PUSHER_REQUEST_SIGN_IN,
}

pub use pusher_client_request_kind::*;

/// What the client wants from you.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_client_request {
    /// The kind.
    pub kind: pusher_client_request_kind,
    /// PUSHER_REQUEST_OPEN: whether the server demanded TLS. Use it then even if your URL does not say so.
    pub secure: bool,
    /// PUSHER_REQUEST_CLOSE: the close code.
    pub close_code: u16,
    /// The three others.
    pub request: pusher_request,
}

/// Makes a client in your memory. It stays down until pusher_client_connect.
///
/// `memory` has `size` bytes: a `static PUSHER_CLIENT(channels, name) memory;` is right. It must not move and must not be
/// used for anything else until pusher_client_deinit. A handle that is already there is lost. `channels` and `name`: see
/// pusher_connection_init. `settings` is needed only during the call. On success `*client` is the handle, which is the
/// address of `memory`. The call needs as much stack as the memory is large, and 300 bytes: call it early.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_MEMORY, PUSHER_ERROR_CAPACITY.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_init(
    client: *mut *mut pusher_client,
    memory: *mut c_void,
    size: usize,
    channels: u16,
    name: u16,
    settings: *const pusher_config,
) -> pusher_status {
    unsafe fn init<const CHANNELS: usize, const NAME: usize>(
        memory: *mut c_void,
        size: usize,
        magic: u32,
        settings: *const pusher_config,
    ) -> Result<(), pusher_status> {
        memory::check::<Client<CHANNELS, NAME>>(memory, size)?;
        // SAFETY: the caller passes NULL or settings.
        let config = unsafe { config(settings) }?;
        // SAFETY: `check` has found the memory large enough and aligned.
        unsafe {
            memory
                .cast::<Held<_>>()
                .write(Held { head: Head::new(magic), inner: Client::<CHANNELS, NAME>::new(config) })
        };
        Ok(())
    }
    macro_rules! then {
        ($channels:literal, $name:literal, $magic:ident) => {
            // SAFETY: the caller passes what the documentation above demands.
            unsafe { init::<$channels, $name>(memory, size, $magic, settings) }
        };
    }
    status((|| {
        if client.is_null() {
            return Err(PUSHER_ERROR_NULL);
        }
        let magic = memory::CLIENT | memory::capacity(channels, name);
        by_capacity!(magic, memory::CLIENT, Err(PUSHER_ERROR_CAPACITY), then magic)?;
        // SAFETY: the caller passes NULL or a pointer to a handle.
        unsafe { put(client, memory.cast()) }
    })())
}

/// Ends a client. Keys of encrypted channels are wiped.
///
/// Afterwards the handle is not valid, and the memory is yours again.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_deinit(client: *mut pusher_client) -> pusher_status {
    status(with_client!(mut client, |_head, inner| {
        // SAFETY: the value is there, and `forget` ends its use.
        unsafe {
            core::ptr::drop_in_place(inner);
            memory::forget(client.cast());
        }
        Ok(())
    }))
}

/// Connects, and reconnects until pusher_client_disconnect. Then poll.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_connect(client: *mut pusher_client, now_ms: u32) -> pusher_status {
    status(with_client!(mut client, |head, inner| {
        inner.connect(head.clock.advance(now_ms));
        Ok(())
    }))
}

/// Disconnects and keeps the subscriptions for the next pusher_client_connect. PUSHER_REQUEST_CLOSE follows.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_disconnect(client: *mut pusher_client, now_ms: u32) -> pusher_status {
    status(with_client!(mut client, |head, inner| {
        inner.disconnect(head.clock.advance(now_ms));
        Ok(())
    }))
}

/// Pings the server now, or starts the next attempt now: after a sleep, or when the network has changed. Then poll.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_ping_now(client: *mut pusher_client, now_ms: u32) -> pusher_status {
    status(with_client!(mut client, |head, inner| {
        inner.ping_now(head.clock.advance(now_ms));
        Ok(())
    }))
}

/// Subscribes to a channel on this connection and on each later one. Then poll.
///
/// `now_ms`: your clock. `name` ends with NUL and is needed only during the call; its prefix decides the kind of the channel.
/// On success `*channel` is the channel; `channel` may be NULL. A second call with the same name returns the same channel.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_NAME, PUSHER_ERROR_FULL,
/// PUSHER_ERROR_NOT_BUILT.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_subscribe(
    client: *mut pusher_client,
    now_ms: u32,
    name: *const c_char,
    channel: *mut pusher_channel,
) -> pusher_status {
    status(with_client!(mut client, |head, inner| {
        // SAFETY: the caller passes NULL or a text that ends with NUL.
        unsafe { c_text(name) }.and_then(|name| {
            let subscribed = inner.subscribe(head.clock.advance(now_ms), name)?;
            // SAFETY: the caller passes NULL or a pointer to a channel.
            let _ = unsafe { put(channel, subscribed.into()) };
            Ok(())
        })
    }))
}

/// Unsubscribes from a channel. Then poll.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_STALE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_unsubscribe(
    client: *mut pusher_client,
    now_ms: u32,
    channel: pusher_channel,
) -> pusher_status {
    status(with_client!(mut client, |head, inner| {
        inner.unsubscribe(head.clock.advance(now_ms), channel.into()).map_err(|_| PUSHER_ERROR_STALE)
    }))
}

/// Sets how many times the subscription of a channel is retried on one connection, in place of
/// pusher_config.subscription_retries.
///
/// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_STALE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_set_retries(
    client: *mut pusher_client,
    channel: pusher_channel,
    retries: u8,
) -> pusher_status {
    status(with_client!(mut client, |_head, inner| {
        inner.set_retries(channel.into(), retries).map_err(|_| PUSHER_ERROR_STALE)
    }))
}

/// Signs the user in on this connection and on each later one: PUSHER_REQUEST_SIGN_IN follows. It takes one channel of the
/// client and a name of 16 bytes and the id. Then poll.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_NOT_BUILT.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_sign_in(client: *mut pusher_client, now_ms: u32) -> pusher_status {
    status(with_client!(mut client, |head, inner| {
        let now = head.clock.advance(now_ms);
        #[cfg(feature = "users")]
        let done = {
            inner.sign_in(now);
            Ok(())
        };
        #[cfg(not(feature = "users"))]
        let done = {
            let _ = (now, inner);
            Err(PUSHER_ERROR_NOT_BUILT)
        };
        done
    }))
}

/// Signs the user out. If the server knows the user, the connection is made anew. Then poll.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_NOT_BUILT.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_sign_out(client: *mut pusher_client, now_ms: u32) -> pusher_status {
    status(with_client!(mut client, |head, inner| {
        let now = head.clock.advance(now_ms);
        #[cfg(feature = "users")]
        let done = {
            inner.sign_out(now);
            Ok(())
        };
        #[cfg(not(feature = "users"))]
        let done = {
            let _ = (now, inner);
            Err(PUSHER_ERROR_NOT_BUILT)
        };
        done
    }))
}

/// Writes an event to the other clients on a private or presence channel, which you must send as a text message.
///
/// `now_ms`: your clock. `event` begins with `client-` and ends with NUL. `data` has `length` bytes of UTF-8; NULL: none.
/// `is_json`: send it as this JSON value; else as a text. `out` has `size` bytes and gets the message without a NUL:
/// 33 bytes, the names and the data; a text needs 2 more, and 1 for each quote and backslash. `*written` is its length; after
/// PUSHER_ERROR_TOO_SMALL the size that `out` needs.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE, PUSHER_ERROR_NOT_SUBSCRIBED,
/// PUSHER_ERROR_NOT_ALLOWED, PUSHER_ERROR_EVENT_NAME, PUSHER_ERROR_TOO_LARGE, PUSHER_ERROR_NOT_JSON,
/// PUSHER_ERROR_RATE_LIMITED, PUSHER_ERROR_TOO_SMALL.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_trigger(
    client: *mut pusher_client,
    now_ms: u32,
    channel: pusher_channel,
    event: *const c_char,
    data: *const c_char,
    length: usize,
    is_json: bool,
    out: *mut c_char,
    size: usize,
    written: *mut usize,
) -> pusher_status {
    status(with_client!(mut client, |head, inner| {
        // SAFETY: the caller passes what the documentation above demands.
        unsafe {
            (|| {
                let (data, event, out) =
                    (payload(data, length, is_json)?, c_text(event)?, bytes_mut(out.cast(), size)?);
                put(written, 0)?;
                let now = head.clock.advance(now_ms);
                let text = inner.trigger(now, channel.into(), event, data, out).map(str::len);
                answer(head, text, written)
            })()
        }
    }))
}

/// Answers a PUSHER_REQUEST_AUTHORIZE: writes the message that you must send.
///
/// `now_ms`: your clock. `authorization` and its texts are needed only during the call. `out` has `size` bytes and gets the
/// message without a NUL: 60 bytes, the name and the token; `channel_data` needs 18 more and its length with quotes escaped.
/// `*written` is its length; after PUSHER_ERROR_TOO_SMALL the size that `out` needs.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE. After the following the ticket is
/// still valid: PUSHER_ERROR_CHANNEL_DATA, PUSHER_ERROR_SHARED_SECRET, PUSHER_ERROR_TOO_SMALL.
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
    status(with_client!(mut client, |head, inner| {
        // SAFETY: the caller passes what the documentation above demands.
        unsafe {
            (|| {
                let (authorization, out) = (pusher_authorization::get(authorization)?, bytes_mut(out.cast(), size)?);
                put(written, 0)?;
                let now = head.clock.advance(now_ms);
                let text = inner.authorize(now, ticket.into(), &authorization, out).map(str::len);
                answer(head, text, written)
            })()
        }
    }))
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
    return status(with_client!(mut client, |head, inner| {
        // SAFETY: the caller passes NULL or an authorization.
        unsafe { pusher_authorization::get(authorization) }.and_then(|authorization| {
            let now = head.clock.advance(now_ms);
            sized(head, inner.rekey(now, ticket.into(), &authorization))
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
/// `now_ms`: your clock. `authentication` and its texts are needed only during the call. `out` has `size` bytes and gets the
/// message without a NUL: 59 bytes, the token and the user data with quotes escaped. `*written` is its length; after
/// PUSHER_ERROR_TOO_SMALL the size that `out` needs.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE, PUSHER_ERROR_TOO_SMALL (the ticket
/// is still valid).
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
    return status(with_client!(mut client, |head, inner| {
        // SAFETY: the caller passes what the documentation above demands.
        unsafe {
            (|| {
                let (authentication, out) = (pusher_authentication::get(authentication)?, bytes_mut(out.cast(), size)?);
                put(written, 0)?;
                let now = head.clock.advance(now_ms);
                let text = inner.authenticate(now, ticket.into(), &authentication, out).map(str::len);
                answer(head, text, written)
            })()
        }
    }));
    #[cfg(not(feature = "users"))]
    {
        let _ = (client, now_ms, ticket, authentication, out, size, written);
        PUSHER_ERROR_STALE
    }
}

/// Refuses a PUSHER_REQUEST_AUTHORIZE, _REKEY or _SIGN_IN: it fails for good. Then poll.
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
    status(with_client!(mut client, |head, inner| {
        inner.deny(head.clock.advance(now_ms), ticket.into()).map_err(|_| PUSHER_ERROR_STALE)
    }))
}

/// Reports that your auth server answered with an HTTP status other than 200. 429 and 500 to 599 are retried with backoff;
/// use 503 if it did not answer at all. Then poll.
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
    status(with_client!(mut client, |head, inner| {
        inner.deny_with_status(head.clock.advance(now_ms), ticket.into(), http_status).map_err(|_| PUSHER_ERROR_STALE)
    }))
}

/// Reports that the WebSocket of PUSHER_REQUEST_OPEN is open: its handshake has succeeded. Poll afterwards.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_opened(client: *mut pusher_client, now_ms: u32) -> pusher_status {
    status(with_client!(mut client, |head, inner| {
        inner.handle_open(head.clock.advance(now_ms));
        Ok(())
    }))
}

/// Reports that the WebSocket of PUSHER_REQUEST_OPEN cannot be opened. The client tries again later. Poll afterwards.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_open_failed(client: *mut pusher_client, now_ms: u32) -> pusher_status {
    status(with_client!(mut client, |head, inner| {
        inner.handle_close(head.clock.advance(now_ms), Close::OpenFailed);
        Ok(())
    }))
}

/// Reports that the WebSocket closed. The code decides what follows. Not needed after PUSHER_REQUEST_CLOSE. Poll afterwards.
///
/// `now_ms`: your clock. `code` is the code of the close frame; 0 if there was none.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_closed(client: *mut pusher_client, now_ms: u32, code: u16) -> pusher_status {
    status(with_client!(mut client, |head, inner| {
        let close = if code == 0 { Close::Abnormal } else { Close::Code(code) };
        inner.handle_close(head.clock.advance(now_ms), close);
        Ok(())
    }))
}

/// Reports that the server sent a ping or a pong of the WebSocket: it is alive.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_activity(client: *mut pusher_client, now_ms: u32) -> pusher_status {
    status(with_client!(mut client, |head, inner| {
        inner.handle_activity(head.clock.advance(now_ms));
        Ok(())
    }))
}

/// Passes a text message of the server to the client. Poll afterwards.
///
/// `now_ms`: your clock. `text` has `length` bytes; it is decoded in place, so it must be yours to change. On success
/// `*event` is the event in it; PUSHER_EVENT_NONE if it concerns only the client. Its texts point into `text` and are valid
/// while you keep that unchanged, those of the handle until the next call with it that is not a getter.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_MESSAGE, PUSHER_ERROR_NOT_OPEN.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_text(
    client: *mut pusher_client,
    now_ms: u32,
    text: *mut c_char,
    length: usize,
    event: *mut pusher_event,
) -> pusher_status {
    status(with_client!(mut client, |head, inner| {
        // SAFETY: the caller passes `length` bytes and a pointer to an event. Whatever was in it, it is written as a whole.
        unsafe {
            (|| {
                let out = event.as_mut().ok_or(PUSHER_ERROR_NULL)?;
                let text = bytes_mut(text.cast(), length)?;
                let now = head.clock.advance(now_ms);
                *out = pusher_event::NONE;
                if let Some(event) = inner.handle_text(now, text)? {
                    event::write(event, now, out);
                }
                Ok(())
            })()
        }
    }))
}

/// Does what the clock demands. Call it when pusher_client_timeout_ms has passed; earlier does no harm. Poll afterwards.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_timeout(client: *mut pusher_client, now_ms: u32) -> pusher_status {
    status(with_client!(mut client, |head, inner| {
        inner.handle_timeout(head.clock.advance(now_ms));
        Ok(())
    }))
}

/// Returns how many milliseconds you may wait before the next pusher_client_timeout; PUSHER_NEVER: as long as you like. Call
/// it after the polls.
///
/// `now_ms`: your clock. PUSHER_NEVER for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_timeout_ms(client: *mut pusher_client, now_ms: u32) -> u32 {
    with_client!(mut client, |head, inner| {
        let now = head.clock.advance(now_ms);
        Ok(until(now, inner.poll_timeout().map(|(at, _)| at)))
    })
    .unwrap_or(PUSHER_NEVER)
}

/// Asks what the client wants from you. Call it after each input and each command until it is PUSHER_REQUEST_NONE, then
/// pusher_client_poll_transmit, then pusher_client_poll_notice.
///
/// On success `*request` is the request. Its texts are valid until the next call with this handle that is not a getter.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_poll_request(
    client: *mut pusher_client,
    request: *mut pusher_client_request,
) -> pusher_status {
    status(with_client!(mut client, |_head, inner| {
        if request.is_null() {
            Err(PUSHER_ERROR_NULL)
        } else {
            let mut c = NO_REQUEST;
            let mut asked = None;
            match inner.poll_request() {
                Some(Request::Open { secure }) => (c.kind, c.secure) = (PUSHER_REQUEST_OPEN, secure),
                Some(Request::Close(code)) => (c.kind, c.close_code) = (PUSHER_REQUEST_CLOSE, code),
                Some(Request::Authorize(ticket)) => (c.kind, asked) = (PUSHER_REQUEST_AUTHORIZE, Some(ticket)),
                #[cfg(feature = "encrypted")]
                Some(Request::Rekey(ticket)) => (c.kind, asked) = (PUSHER_REQUEST_REKEY, Some(ticket)),
                Some(Request::SignIn(ticket)) => (c.kind, asked) = (PUSHER_REQUEST_SIGN_IN, Some(ticket)),
                _ => {}
            }
            if let Some(ticket) = asked {
                let channel = inner.authorization_request(ticket);
                c.request.ticket = ticket.into();
                c.request.socket_id = inner.socket_id().into();
                if let Some(channel) = channel {
                    c.request.channel = channel.channel.into();
                    c.request.channel_name = channel.channel_name.into();
                    c.request.channel_kind = channel.kind.into();
                }
            }
            // SAFETY: the caller passes a pointer to a request.
            unsafe { put(request, c) }
        }
    }))
}

/// Writes the next message to send: pings, pongs, subscriptions. Call it until `*written` is 0, and send each as a text
/// message.
///
/// `now_ms`: your clock. `out` has `size` bytes and gets the message without a NUL: the longest channel name and 52 bytes do.
/// `*written` is its length; 0 if there is none; after PUSHER_ERROR_TOO_SMALL the size that `out` needs.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TOO_SMALL (the message stays pending).
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_poll_transmit(
    client: *mut pusher_client,
    now_ms: u32,
    out: *mut c_char,
    size: usize,
    written: *mut usize,
) -> pusher_status {
    status(with_client!(mut client, |head, inner| {
        // SAFETY: the caller passes `size` bytes and a pointer to a size.
        unsafe {
            (|| {
                let out = bytes_mut(out.cast(), size)?;
                put(written, 0)?;
                match inner.poll_transmit(head.clock.advance(now_ms), out) {
                    Ok(text) => put(written, text.map_or(0, str::len)),
                    Err(error) => put(written, error.needed()).and(Err(PUSHER_ERROR_TOO_SMALL)),
                }
            })()
        }
    }))
}

/// Asks for the next change that no message reports. Call it until it is PUSHER_NOTICE_NONE.
///
/// `now_ms`: your clock. On success `*notice` is the notice, which holds no pointers.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_poll_notice(
    client: *mut pusher_client,
    now_ms: u32,
    notice: *mut pusher_notice,
) -> pusher_status {
    status(with_client!(mut client, |head, inner| {
        if notice.is_null() {
            Err(PUSHER_ERROR_NULL)
        } else {
            let now = head.clock.advance(now_ms);
            let next = inner.poll_notice().map_or(pusher_notice::NONE, |notice| pusher_notice::new(notice, now));
            // SAFETY: the caller passes a pointer to a notice.
            unsafe { put(notice, next) }
        }
    }))
}

/// Returns the state of the connection.
///
/// A getter. PUSHER_STATE_DISCONNECTED for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_state(client: *const pusher_client) -> pusher_state {
    with_client!(ref client, |_head, inner| Ok(inner.state().into())).unwrap_or(PUSHER_STATE_DISCONNECTED)
}

/// Returns why there is no connection, or why the last attempt failed. `*code`, if `code` is not NULL, is the close code, or
/// 0.
///
/// A getter. PUSHER_REASON_NONE for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_reason(client: *const pusher_client, code: *mut u16) -> pusher_reason {
    let reason = with_client!(ref client, |_head, inner| Ok(inner.reason())).unwrap_or(None);
    let (reason, number) = split_reason(reason);
    // SAFETY: the caller passes NULL or a pointer to a number.
    let _ = unsafe { put(code, number) };
    reason
}

/// Returns the status of a subscription.
///
/// A getter. PUSHER_CHANNEL_STALE for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_channel_status(
    client: *const pusher_client,
    channel: pusher_channel,
) -> pusher_channel_status {
    let status = with_client!(ref client, |_head, inner| Ok(inner.channel_status(channel.into())));
    status.unwrap_or(None).into()
}

/// Returns the name of a channel; NULL if it was unsubscribed, or for a handle that is not valid. Valid until it is
/// unsubscribed.
///
/// A getter.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_channel_name(
    client: *const pusher_client,
    channel: pusher_channel,
) -> pusher_text {
    let channel = Channel::from(channel);
    with_client!(ref client, |_head, inner| Ok(inner.channel_name(channel).into())).unwrap_or(pusher_text::NONE)
}

/// Returns the id of the connection; NULL if there is none, or for a handle that is not valid. Valid until the next
/// pusher_client_text.
///
/// A getter.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_socket_id(client: *const pusher_client) -> pusher_text {
    with_client!(ref client, |_head, inner| Ok(inner.socket_id().into())).unwrap_or(pusher_text::NONE)
}

/// Returns whether the server has confirmed the sign-in.
///
/// A getter. False for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_is_signed_in(client: *const pusher_client) -> bool {
    #[cfg(feature = "users")]
    return with_client!(ref client, |_head, inner| Ok(inner.is_signed_in())).unwrap_or(false);
    #[cfg(not(feature = "users"))]
    {
        let _ = client;
        false
    }
}

const NO_REQUEST: pusher_client_request = pusher_client_request {
    kind: PUSHER_REQUEST_NONE,
    secure: false,
    close_code: 0,
    request: pusher_request {
        ticket: pusher_ticket { id: u32::MAX },
        channel: pusher_channel { id: u32::MAX },
        socket_id: pusher_text::NONE,
        channel_name: pusher_text::NONE,
        channel_kind: PUSHER_KIND_PUBLIC,
    },
};

/// Reports the length of a message, or the size that it needs.
unsafe fn answer<E: Into<Sized>>(
    head: &mut Head,
    text: Result<usize, E>,
    written: *mut usize,
) -> Result<(), pusher_status> {
    let status = match text {
        // SAFETY: the caller has written there.
        Ok(length) => return unsafe { put(written, length) },
        Err(error) => sized(head, Err(error)),
    };
    // SAFETY: as above.
    unsafe { put(written, head.needed as usize) }.and(status)
}
