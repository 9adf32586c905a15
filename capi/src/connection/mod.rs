//! The connection over a byte stream.
//!
//! | file | contents |
//! |---|---|
//! | `mod.rs` | creation, the poll |
//! | `answers.rs` | answers to requests |
//! | `commands.rs` | commands of the application |
//! | `getters.rs` | the state |
//! | `transport.rs` | inputs from the socket, outputs to it |

mod answers;
mod commands;
mod getters;
mod transport;

use core::ffi::c_void;

pub use answers::*;
pub use commands::*;
pub use getters::*;
use pusher_proto::client::Ticket;
use pusher_proto::connection::{Answer, Authorizer, SignInRequest, SubscriptionRequest, UserAnswer};
use pusher_proto::{Client, Connection};
pub use transport::*;

use crate::action::{
    self, PUSHER_ACTION_AUTHORIZE, PUSHER_ACTION_OPEN, PUSHER_ACTION_PROGRESS, PUSHER_ACTION_SIGN_IN,
    PUSHER_ACTION_WRITE, pusher_action, pusher_action_kind,
};
use crate::auth::pusher_request;
use crate::config::{Parts, Random, pusher_options};
use crate::memory::{self, Held, Inner, by_capacity, pusher_connection, with};
use crate::status::*;
use crate::text::{at, put};
use crate::time::{PUSHER_NEVER, until};

/// Defers every answer, so that C receives requests as actions.
struct Recorder {
    kind: pusher_action_kind,
    ticket: Option<Ticket>,
}

impl Authorizer for Recorder {
    fn authorize(&mut self, request: &SubscriptionRequest<'_>) -> Answer<'_> {
        (self.kind, self.ticket) = (PUSHER_ACTION_AUTHORIZE, Some(request.ticket));
        Answer::Later
    }

    fn authenticate(&mut self, request: &SignInRequest<'_>) -> UserAnswer<'_> {
        (self.kind, self.ticket) = (PUSHER_ACTION_SIGN_IN, Some(request.ticket));
        UserAnswer::Later
    }
}

/// Creates a connection in your memory. It does nothing until pusher_connection_connect.
///
/// `memory` has `size` bytes: a `static PUSHER_CONNECTION(channels, name) memory;` is right. It must not move and must
/// not be used for anything else until pusher_connection_deinit. A handle that is already there is lost. `channels` and
/// `name` are one of the capacities of this library: 4 and 32, 8 and 64, 32 and 64, 64 and 164, unless it was built
/// with fewer. `name` is the length of the longest channel name in bytes. `options`: see there. On success
/// `*connection` is the handle, which is the address of `memory`. The call needs as much stack as the memory is large,
/// and 300 bytes: call it early.
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
        parts: Parts,
    ) -> Result<(), pusher_status> {
        memory::check::<Inner<R, CHANNELS, NAME>>(memory, size)?;
        let Parts { random, rx, tx, endpoint, config } = parts;
        // SAFETY: `check` has found the memory large enough and aligned.
        unsafe {
            memory.cast::<Held<Inner<R, CHANNELS, NAME>>>().write(Held {
                head: memory::Head::new(magic),
                inner: Connection::with_buffers(Client::new(config), endpoint, into_random(random), rx, tx),
            });
        }
        Ok(())
    }
    macro_rules! then {
        ($channels:literal, $name:literal, $magic:ident $parts:ident) => {
            init::<_, $channels, $name>(Random::into_closure, memory, size, $magic, $parts)
        };
    }
    // SAFETY: the caller passes what the documentation above demands.
    status((|| unsafe {
        let parts = Parts::of(at(options)?)?;
        if connection.is_null() {
            return Err(PUSHER_ERROR_NULL);
        }
        let magic = memory::CONNECTION | memory::capacity(channels, name);
        by_capacity!(magic, memory::CONNECTION, Err(PUSHER_ERROR_CAPACITY), then magic parts)?;
        put(connection, memory.cast())
    })())
}

/// Ends a connection without a close frame: see pusher_connection_disconnect. Keys of encrypted channels are wiped.
///
/// Afterwards the handle is not valid, and the memory, the buffers and the texts of the options are yours again. Close
/// the socket yourself.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_deinit(connection: *mut pusher_connection) -> pusher_status {
    status(with!(connection mut connection, |inner| {
        // SAFETY: the value is there, and `forget` ends its use.
        unsafe {
            core::ptr::drop_in_place(inner);
            memory::forget(connection.cast());
        }
        Ok(())
    }))
}

/// Returns the next action. Carry it out and poll again, until PUSHER_ACTION_READ, PUSHER_ACTION_WAIT, or a
/// PUSHER_ACTION_WRITE that the socket does not accept. Poll again after each input, each command, and when the timeout
/// has passed. It never blocks.
///
/// `now_ms`: your clock. On success `*action` is what to do. Its texts are valid until the next call with this handle
/// that is not a getter.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_poll(
    connection: *mut pusher_connection,
    now_ms: u32,
    action: *mut pusher_action,
) -> pusher_status {
    // SAFETY: the caller passes what the documentation above demands.
    status((|| unsafe {
        // Whatever was in it, it is written as a whole.
        let out = action.as_mut().ok_or(PUSHER_ERROR_NULL)?;
        with!(connection mut connection, now_ms, |now, inner| {
            let mut recorder = Recorder { kind: PUSHER_ACTION_PROGRESS, ticket: None };
            // The texts of the action point into the buffers and the handle, which outlive this call. The borrow ends
            // here for the compiler, and for the C program at the next call with the handle.
            let polled: &'static mut _ = &mut *core::ptr::from_mut(inner);
            action::write(&polled.poll(now, &mut recorder), now, out);
            match out.kind {
                PUSHER_ACTION_OPEN => out.u.open.secure |= inner.endpoint().is_secure(),
                PUSHER_ACTION_WRITE => out.u.timeout_ms = until(now, &inner.poll_timeout()),
                _ => {}
            }
            if let Some(ticket) = recorder.ticket {
                let client = inner.client();
                out.kind = recorder.kind;
                out.u.request = pusher_request::new(ticket, client.socket_id(), client.authorization_request(ticket));
            }
            Ok(())
        })
    })())
}

/// Returns how many milliseconds you may wait before the next pusher_connection_poll; PUSHER_NEVER: as long as you
/// like. 0 after an input or a command.
///
/// `now_ms`: your clock. PUSHER_NEVER for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_timeout_ms(connection: *mut pusher_connection, now_ms: u32) -> u32 {
    with!(connection mut connection, now_ms, |now, inner| {
        Ok(until(now, &inner.poll_timeout()))
    })
    .unwrap_or(PUSHER_NEVER)
}

/// Keeps the size that an error requires.
fn sized<E: Into<Sized>>(handle: *mut c_void, result: Result<(), E>) -> Result<(), pusher_status> {
    result.map_err(|error| {
        let Sized(status, needed) = error.into();
        // SAFETY: the caller has found the handle valid.
        unsafe { memory::set_needed(handle, needed) };
        status
    })
}
