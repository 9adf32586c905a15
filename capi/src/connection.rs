//! The connection over a byte stream.

use core::ffi::{c_char, c_void};

use pusher_proto::channel::Channel;
use pusher_proto::client::Ticket;
use pusher_proto::connection::{Answer, Authorizer, SignInRequest, SubscriptionRequest, UserAnswer};
use pusher_proto::{Client, Connection, Payload};

use crate::action::{self, PUSHER_ACTION_AUTHORIZE, PUSHER_ACTION_SIGN_IN, PUSHER_ACTION_WRITE, pusher_action};
use crate::auth::{
    PUSHER_KIND_PUBLIC, pusher_authentication, pusher_authorization, pusher_channel_kind, pusher_request, pusher_ticket,
};
use crate::config::{Random, config, endpoint, pusher_options};
use crate::event::pusher_channel;
use crate::memory::{self, Held, Inner, by_capacity, pusher_connection, with_connection};
use crate::notice::{PUSHER_STATE_DISCONNECTED, pusher_channel_status, pusher_reason, pusher_state, split_reason};
use crate::status::*;
use crate::text::{Buffer, at, bytes, bytes_mut, c_text, copy, pusher_text, put};
use crate::time::{PUSHER_NEVER, until};

/// Puts off the answers to all requests: C gets them as actions.
struct Recorder {
    asked: Option<(Ticket, pusher_channel_kind, bool)>,
}

impl Authorizer for Recorder {
    fn authorize(&mut self, request: &SubscriptionRequest<'_>) -> Answer<'_> {
        self.asked = Some((request.ticket, request.kind.into(), false));
        Answer::Later
    }

    fn authenticate(&mut self, request: &SignInRequest<'_>) -> UserAnswer<'_> {
        self.asked = Some((request.ticket, PUSHER_KIND_PUBLIC, true));
        UserAnswer::Later
    }
}

/// Makes a connection in your memory. It stays down until pusher_connection_connect.
///
/// `memory` has `size` bytes: a `static PUSHER_CONNECTION(channels, name) memory;` is right. It must not move and must not
/// be used for anything else until pusher_connection_deinit. A handle that is already there is lost. `channels` and
/// `name` are one of the capacities of this library: 4 and 32, 8 and 64, 32 and 64, 64 and 164, unless it was built with
/// fewer. `name` is the length of the longest channel name in bytes. `options`: see there. On success `*connection` is the
/// handle, which is the address of `memory`. The call needs as much stack as the memory is large, and 300 bytes: call it early.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_MEMORY, PUSHER_ERROR_CAPACITY, PUSHER_ERROR_TEXT, PUSHER_ERROR_URL.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_init(
    connection: *mut *mut pusher_connection,
    memory: *mut c_void,
    size: usize,
    channels: u16,
    name: u16,
    options: *const pusher_options,
) -> pusher_status {
    unsafe fn init<R: FnMut(&mut [u8]), const CHANNELS: usize, const NAME: usize>(
        into_random: fn(Random) -> R,
        memory: *mut c_void,
        size: usize,
        magic: u32,
        options: &pusher_options,
    ) -> Result<(), pusher_status> {
        memory::check::<Inner<R, CHANNELS, NAME>>(memory, size)?;
        // SAFETY: the caller of pusher_connection_init passes what its documentation demands.
        unsafe {
            let random = into_random(Random::of(options)?);
            let rx = Buffer::new(options.receive_buffer, options.receive_size)?;
            let tx = Buffer::new(options.transmit_buffer, options.transmit_size)?;
            let (endpoint, config) = (endpoint(options)?, config(options.config)?);
            // SAFETY: `check` has found the memory large enough and aligned.
            memory.cast::<Held<Inner<R, CHANNELS, NAME>>>().write(Held {
                head: memory::Head::new(magic),
                inner: Connection::with_buffers(Client::new(config), endpoint, random, rx, tx),
            });
        }
        Ok(())
    }
    macro_rules! then {
        ($channels:literal, $name:literal, $magic:ident $options:ident) => {
            init::<_, $channels, $name>(Random::into_closure, memory, size, $magic, $options)
        };
    }
    // SAFETY: the caller passes what the documentation above demands.
    status((|| unsafe {
        let options = at(options)?;
        if connection.is_null() {
            return Err(PUSHER_ERROR_NULL);
        }
        let magic = memory::CONNECTION | memory::capacity(channels, name);
        by_capacity!(magic, memory::CONNECTION, Err(PUSHER_ERROR_CAPACITY), then magic options)?;
        put(connection, memory.cast())
    })())
}

/// Ends a connection, without a word to the server: see pusher_connection_disconnect. Keys of encrypted channels are wiped.
///
/// Afterwards the handle is not valid, and the memory, the buffers and the texts of the options are yours again. Close the
/// socket yourself.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_deinit(connection: *mut pusher_connection) -> pusher_status {
    status(with_connection!(mut connection, |_head, inner| {
        // SAFETY: the value is there, and `forget` ends its use.
        unsafe {
            core::ptr::drop_in_place(inner);
            memory::forget(connection.cast());
        }
        Ok(())
    }))
}

/// Connects, and reconnects until pusher_connection_disconnect. Poll afterwards.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_connect(connection: *mut pusher_connection, now_ms: u32) -> pusher_status {
    status(with_connection!(mut connection, |head, inner| {
        inner.connect(head.clock.advance(now_ms));
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
    status(with_connection!(mut connection, |head, inner| {
        inner.disconnect(head.clock.advance(now_ms));
        Ok(())
    }))
}

/// Pings the server now, or starts the next attempt now: after a sleep, or when the network has changed. Poll afterwards.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_ping_now(connection: *mut pusher_connection, now_ms: u32) -> pusher_status {
    status(with_connection!(mut connection, |head, inner| {
        inner.ping_now(head.clock.advance(now_ms));
        Ok(())
    }))
}

/// Subscribes to a channel on this connection and on each later one. Poll afterwards.
///
/// `now_ms`: your clock. `name` ends with NUL and is needed only during the call; its prefix decides the kind of the channel.
/// On success `*channel` is the channel; `channel` may be NULL. A second call with the same name returns the same channel.
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
    status(with_connection!(mut connection, |head, inner| {
        // SAFETY: the caller passes NULL or a text that ends with NUL.
        unsafe { c_text(name) }.and_then(|name| {
            let subscribed = inner.subscribe(head.clock.advance(now_ms), name)?;
            // SAFETY: the caller passes NULL or a pointer to a channel.
            let _ = unsafe { put(channel, subscribed.into()) };
            Ok(())
        })
    }))
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
    status(with_connection!(mut connection, |head, inner| {
        inner.unsubscribe(head.clock.advance(now_ms), channel.into()).map_err(|_| PUSHER_ERROR_STALE)
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
    status(with_connection!(mut connection, |_head, inner| {
        inner.set_retries(channel.into(), retries).map_err(|_| PUSHER_ERROR_STALE)
    }))
}

/// Signs the user in on this connection and on each later one: PUSHER_ACTION_SIGN_IN follows. It takes one channel of the
/// client and a name of 16 bytes and the id. Poll afterwards.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_NOT_BUILT.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_sign_in(connection: *mut pusher_connection, now_ms: u32) -> pusher_status {
    status(with_connection!(mut connection, |head, inner| {
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

/// Signs the user out. If the server knows the user, the connection is made anew. Poll afterwards.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_NOT_BUILT.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_sign_out(connection: *mut pusher_connection, now_ms: u32) -> pusher_status {
    status(with_connection!(mut connection, |head, inner| {
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

/// Sends an event to the other clients on a private or presence channel. Poll afterwards.
///
/// `now_ms`: your clock. `event` begins with `client-` and ends with NUL. `data` has `length` bytes of UTF-8; NULL: none.
/// `is_json`: send it as this JSON value; else as a text. All are needed only during the call.
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
    status(with_connection!(mut connection, |head, inner| {
        // SAFETY: the caller passes what the documentation above demands.
        unsafe { payload(data, length, is_json).and_then(|data| Ok((c_text(event)?, data))) }.and_then(
            |(event, data)| {
                let now = head.clock.advance(now_ms);
                sized(head, inner.trigger(now, channel.into(), event, data))
            },
        )
    }))
}

/// Answers a PUSHER_ACTION_AUTHORIZE. Poll afterwards.
///
/// `now_ms`: your clock. `authorization` and its texts are needed only during the call.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE. After the following the ticket is
/// still valid: PUSHER_ERROR_BUSY, PUSHER_ERROR_CHANNEL_DATA, PUSHER_ERROR_SHARED_SECRET, PUSHER_ERROR_TOO_SMALL (the
/// transmit buffer; see pusher_connection_needed).
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_authorize(
    connection: *mut pusher_connection,
    now_ms: u32,
    ticket: pusher_ticket,
    authorization: *const pusher_authorization,
) -> pusher_status {
    status(with_connection!(mut connection, |head, inner| {
        // SAFETY: the caller passes NULL or an authorization.
        unsafe { pusher_authorization::get(authorization) }.and_then(|authorization| {
            let now = head.clock.advance(now_ms);
            sized(head, inner.authorize(now, ticket.into(), &authorization))
        })
    }))
}

/// Answers a PUSHER_ACTION_SIGN_IN. Poll afterwards.
///
/// `now_ms`: your clock. `authentication` and its texts are needed only during the call.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE. After the following the ticket is
/// still valid: PUSHER_ERROR_BUSY, PUSHER_ERROR_TOO_SMALL (the transmit buffer; see pusher_connection_needed).
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_authenticate(
    connection: *mut pusher_connection,
    now_ms: u32,
    ticket: pusher_ticket,
    authentication: *const pusher_authentication,
) -> pusher_status {
    status(with_connection!(mut connection, |head, inner| {
        // SAFETY: the caller passes NULL or an authentication.
        unsafe { pusher_authentication::get(authentication) }.and_then(|authentication| {
            let now = head.clock.advance(now_ms);
            sized(head, inner.authenticate(now, ticket.into(), &authentication))
        })
    }))
}

/// Refuses a PUSHER_ACTION_AUTHORIZE or a PUSHER_ACTION_SIGN_IN: it fails for good. Poll afterwards.
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
    status(with_connection!(mut connection, |head, inner| {
        inner.deny(head.clock.advance(now_ms), ticket.into()).map_err(|_| PUSHER_ERROR_STALE)
    }))
}

/// Reports that your auth server answered with an HTTP status other than 200. 429 and 500 to 599 are retried with backoff;
/// use 503 if it did not answer at all. Poll afterwards.
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
    status(with_connection!(mut connection, |head, inner| {
        inner.deny_with_status(head.clock.advance(now_ms), ticket.into(), http_status).map_err(|_| PUSHER_ERROR_STALE)
    }))
}

/// Reports that the socket of PUSHER_ACTION_OPEN is open. Poll afterwards.
///
/// `now_ms`: your clock. `attempt` is that of the action; if it is over, the call has no effect: see
/// pusher_connection_is_opening.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_opened(
    connection: *mut pusher_connection,
    now_ms: u32,
    attempt: u16,
) -> pusher_status {
    status(with_connection!(mut connection, |head, inner| {
        inner.handle_opened(head.clock.advance(now_ms), action::attempt(attempt));
        Ok(())
    }))
}

/// Returns whether a socket is still wanted for `attempt`, for programs that open sockets in the background. If not, drop
/// the socket.
///
/// A getter. False for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_is_opening(connection: *const pusher_connection, attempt: u16) -> bool {
    with_connection!(ref connection, |_head, inner| Ok(inner.is_opening(action::attempt(attempt)))).unwrap_or(false)
}

/// Reports that the socket of PUSHER_ACTION_OPEN cannot be opened. The connection tries again later. Poll afterwards.
///
/// `now_ms`: your clock. `attempt` is that of the action; if it is over, the call has no effect.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_open_failed(
    connection: *mut pusher_connection,
    now_ms: u32,
    attempt: u16,
) -> pusher_status {
    status(with_connection!(mut connection, |head, inner| {
        inner.handle_open_failed(head.clock.advance(now_ms), action::attempt(attempt));
        Ok(())
    }))
}

/// Reports that the socket has ended or failed. Bytes passed before are still decoded; then PUSHER_ACTION_CLOSE follows.
///
/// `now_ms`: your clock. `error` is a pusher_socket_error; any other number counts as PUSHER_SOCKET_OTHER.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_socket_error(
    connection: *mut pusher_connection,
    now_ms: u32,
    error: u32,
) -> pusher_status {
    status(with_connection!(mut connection, |head, inner| {
        inner.handle_socket_error(head.clock.advance(now_ms), action::socket_error(error));
        Ok(())
    }))
}

/// Reports that the socket takes no more bytes but may still return some, such as the reason of the server. Read it to its
/// end and call pusher_connection_socket_error. After 2 s the connection ends in any case.
///
/// `now_ms`: your clock. `error` is a pusher_socket_error; any other number counts as PUSHER_SOCKET_OTHER.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_write_error(
    connection: *mut pusher_connection,
    now_ms: u32,
    error: u32,
) -> pusher_status {
    status(with_connection!(mut connection, |head, inner| {
        inner.handle_write_error(head.clock.advance(now_ms), action::socket_error(error));
        Ok(())
    }))
}

/// Passes received bytes to the connection, which copies as many as its receive buffer has space for. Poll until
/// PUSHER_ACTION_READ, then pass the rest.
///
/// `received` has `length` bytes, needed only during the call. `*taken` is the number that was taken: 0 if no socket is wanted
/// any more, or before the poll.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_recv(
    connection: *mut pusher_connection,
    received: *const u8,
    length: usize,
    taken: *mut usize,
) -> pusher_status {
    status(with_connection!(mut connection, |_head, inner| {
        // SAFETY: the caller passes `length` bytes and a pointer to a size.
        unsafe {
            bytes(received, length).and_then(|received| {
                let count = copy(received, inner.receive_space());
                put(taken, count)?;
                inner.handle_received(count);
                Ok(())
            })
        }
    }))
}

/// Returns the space for the next bytes of the socket, to read into it without a copy. Then call pusher_connection_received.
///
/// `*length` is its size in bytes; not 0 after PUSHER_ACTION_READ. The space is part of the receive buffer, valid until the
/// next call with this handle. NULL for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_space(connection: *mut pusher_connection, length: *mut usize) -> *mut u8 {
    with_connection!(mut connection, |_head, inner| {
        let space = inner.receive_space();
        // SAFETY: the caller passes NULL or a pointer to a size.
        unsafe { put(length, space.len()) }.map(|()| space.as_mut_ptr())
    })
    .unwrap_or(core::ptr::null_mut())
}

/// Reports that `length` bytes were read into the front of pusher_connection_space. Poll afterwards.
///
/// More than the space counts as the space.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_received(
    connection: *mut pusher_connection,
    length: usize,
) -> pusher_status {
    status(with_connection!(mut connection, |_head, inner| {
        let space = inner.receive_space().len();
        inner.handle_received(length.min(space));
        Ok(())
    }))
}

/// Copies bytes to send into your buffer and counts them as sent: for a transport that takes them all.
///
/// `out` has `size` bytes. `*length` is the number of bytes to send; 0 if there is none. Call again until it is 0, then poll.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_send(
    connection: *mut pusher_connection,
    out: *mut u8,
    size: usize,
    length: *mut usize,
) -> pusher_status {
    status(with_connection!(mut connection, |_head, inner| {
        // SAFETY: the caller passes `size` bytes and a pointer to a size.
        unsafe {
            bytes_mut(out, size).and_then(|out| {
                let count = copy(inner.unsent(), out);
                put(length, count)?;
                inner.handle_sent(count);
                Ok(())
            })
        }
    }))
}

/// Returns the bytes to send, for a transport that may take a part of them. Then call pusher_connection_sent.
///
/// `*length` is their number; 0 if there is none. They are part of the transmit buffer, valid until the next call with this
/// handle. A getter. NULL for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_unsent(
    connection: *const pusher_connection,
    length: *mut usize,
) -> *const u8 {
    with_connection!(ref connection, |_head, inner| {
        let unsent = inner.unsent();
        // SAFETY: the caller passes NULL or a pointer to a size.
        unsafe { put(length, unsent.len()) }.map(|()| unsent.as_ptr())
    })
    .unwrap_or(core::ptr::null())
}

/// Reports that the first `length` bytes of pusher_connection_unsent were sent. More than there are counts as all. Poll
/// afterwards.
///
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_sent(connection: *mut pusher_connection, length: usize) -> pusher_status {
    status(with_connection!(mut connection, |_head, inner| {
        inner.handle_sent(length);
        Ok(())
    }))
}

/// Does what can be done without you, and reports what you have to do. Call it until it reports PUSHER_ACTION_READ,
/// PUSHER_ACTION_WAIT, or a PUSHER_ACTION_WRITE that the socket does not take; call it again after each input, each command,
/// and when the timeout has passed. It never blocks.
///
/// `now_ms`: your clock. On success `*action` is what to do. Its texts are valid until the next call with this handle that is
/// not a getter.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_poll(
    connection: *mut pusher_connection,
    now_ms: u32,
    action: *mut pusher_action,
) -> pusher_status {
    status(with_connection!(mut connection, |head, inner| {
        // SAFETY: the caller passes NULL or a pointer to an action. Whatever was in it, it is written as a whole.
        match unsafe { action.as_mut() } {
            None => Err(PUSHER_ERROR_NULL),
            Some(out) => {
                let now = head.clock.advance(now_ms);
                let mut recorder = Recorder { asked: None };
                let is_secure = inner.endpoint().is_secure();
                // SAFETY: the texts of the action point into the buffers and the handle, which outlive this call. The borrow
                // ends here for the compiler, and for the C program at the next call with the handle.
                let polled: &'static mut _ = unsafe { &mut *core::ptr::from_mut(inner) };
                action::write(polled.poll(now, &mut recorder), now, is_secure, out);
                if out.kind == PUSHER_ACTION_WRITE {
                    out.u.timeout_ms = until(now, inner.poll_timeout());
                }
                if let Some((ticket, channel_kind, is_user)) = recorder.asked {
                    let client = inner.client();
                    let request = client.authorization_request(ticket);
                    out.kind = if is_user { PUSHER_ACTION_SIGN_IN } else { PUSHER_ACTION_AUTHORIZE };
                    out.u.request = pusher_request {
                        ticket: ticket.into(),
                        channel: request.map_or(pusher_channel { id: u32::MAX }, |request| request.channel.into()),
                        socket_id: client.socket_id().into(),
                        channel_name: request.map(|request| request.channel_name).into(),
                        channel_kind,
                    };
                }
                Ok(())
            }
        }
    }))
}

/// Returns how many milliseconds you may wait before the next pusher_connection_poll; PUSHER_NEVER: as long as you like. 0
/// after an input or a command.
///
/// `now_ms`: your clock. PUSHER_NEVER for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_timeout_ms(connection: *mut pusher_connection, now_ms: u32) -> u32 {
    with_connection!(mut connection, |head, inner| {
        let now = head.clock.advance(now_ms);
        Ok(until(now, inner.poll_timeout()))
    })
    .unwrap_or(PUSHER_NEVER)
}

/// Returns the size that the transmit buffer must have, in bytes, after PUSHER_ERROR_TOO_SMALL of a command.
///
/// A getter. 0 for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_needed(connection: *const pusher_connection) -> usize {
    with_connection!(ref connection, |head, _inner| Ok(head.needed as usize)).unwrap_or(0)
}

/// Returns the state of the connection.
///
/// A getter. PUSHER_STATE_DISCONNECTED for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_state(connection: *const pusher_connection) -> pusher_state {
    with_connection!(ref connection, |_head, inner| Ok(inner.client().state().into()))
        .unwrap_or(PUSHER_STATE_DISCONNECTED)
}

/// Returns why there is no connection, or why the last attempt failed. `*code`, if `code` is not NULL, is the close code, or
/// 0.
///
/// A getter. PUSHER_REASON_NONE for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_reason(
    connection: *const pusher_connection,
    code: *mut u16,
) -> pusher_reason {
    let reason = with_connection!(ref connection, |_head, inner| Ok(inner.client().reason())).unwrap_or(None);
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
pub unsafe extern "C" fn pusher_connection_channel_status(
    connection: *const pusher_connection,
    channel: pusher_channel,
) -> pusher_channel_status {
    let status = with_connection!(ref connection, |_head, inner| Ok(inner.client().channel_status(channel.into())));
    status.unwrap_or(None).into()
}

/// Returns the name of a channel; NULL if it was unsubscribed, or for a handle that is not valid. Valid until it is
/// unsubscribed.
///
/// A getter.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_channel_name(
    connection: *const pusher_connection,
    channel: pusher_channel,
) -> pusher_text {
    let channel = Channel::from(channel);
    with_connection!(ref connection, |_head, inner| Ok(inner.client().channel_name(channel).into()))
        .unwrap_or(pusher_text::NONE)
}

/// Returns the id of the connection; NULL if there is none, or for a handle that is not valid. Valid until the next
/// pusher_connection_poll.
///
/// A getter.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_socket_id(connection: *const pusher_connection) -> pusher_text {
    with_connection!(ref connection, |_head, inner| Ok(inner.client().socket_id().into())).unwrap_or(pusher_text::NONE)
}

/// Returns whether the server has confirmed the sign-in.
///
/// A getter. False for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_is_signed_in(connection: *const pusher_connection) -> bool {
    #[cfg(feature = "users")]
    return with_connection!(ref connection, |_head, inner| Ok(inner.client().is_signed_in())).unwrap_or(false);
    #[cfg(not(feature = "users"))]
    {
        let _ = connection;
        false
    }
}

/// Keeps the size that an error asks for.
pub(crate) fn sized<E: Into<Sized>>(head: &mut memory::Head, result: Result<(), E>) -> Result<(), pusher_status> {
    result.map_err(|error| {
        let Sized(status, needed) = error.into();
        head.needed = needed as u32;
        status
    })
}

/// Returns the data of an event to send.
pub(crate) unsafe fn payload<'a>(
    data: *const c_char,
    length: usize,
    is_json: bool,
) -> Result<Payload<'a>, pusher_status> {
    // SAFETY: the caller passes NULL or `length` bytes.
    Ok(match unsafe { pusher_text { bytes: data, length }.get() }? {
        None => Payload::Absent,
        Some(text) if is_json => Payload::Json(text),
        Some(text) => Payload::Text(text),
    })
}
