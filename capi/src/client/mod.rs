//! The client over the WebSocket of the application.
//!
//! | file | contents |
//! |---|---|
//! | `mod.rs` | creation, polls |
//! | `answers.rs` | answers to requests |
//! | `commands.rs` | commands of the application |
//! | `getters.rs` | the state |
//! | `transport.rs` | inputs from the WebSocket and the clock |

mod answers;
mod commands;
mod getters;
mod transport;

use core::ffi::{c_char, c_void};

pub use answers::*;
pub use commands::*;
pub use getters::*;
use pusher_proto::Client;
use pusher_proto::client::{Config, Request};
pub use transport::*;

use crate::auth::pusher_request;
use crate::config::{config, pusher_config};
use crate::memory::{self, Head, Held, by_capacity, pusher_client, with};
use crate::notice::{self, pusher_notice};
use crate::status::*;
use crate::text::{bytes_mut, put};

/// The kind of a request of the client.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_client_request_kind {
    /// Nothing.
    PUSHER_REQUEST_NONE = 0,
    /// Open a WebSocket: `secure`. Then call pusher_client_handle_open, or pusher_client_handle_open_failed.
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

/// A request of the client.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_client_request {
    /// The kind.
    pub kind: pusher_client_request_kind,
    /// PUSHER_REQUEST_OPEN: whether the server demanded TLS. Use TLS then even if your URL does not require it.
    pub secure: bool,
    /// PUSHER_REQUEST_CLOSE: the close code.
    pub close_code: u16,
    /// The three others.
    pub request: pusher_request,
}

/// Creates a client in your memory. It does nothing until pusher_client_connect.
///
/// `memory` has `size` bytes: a `static PUSHER_CLIENT(channels, name) memory;` is right. It must not move and must not
/// be used for anything else until pusher_client_deinit. A handle that is already there is lost. `channels` and `name`:
/// see pusher_connection_init. `settings` is needed only during the call. On success `*client` is the handle, which is
/// the address of `memory`. The call needs as much stack as the memory is large, and 300 bytes: call it early.
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
        config: Config,
    ) -> Result<(), pusher_status> {
        memory::check::<Client<CHANNELS, NAME>>(memory, size)?;
        // SAFETY: `check` has found the memory large enough and aligned.
        unsafe {
            memory
                .cast::<Held<_>>()
                .write(Held { head: Head::new(magic), inner: Client::<CHANNELS, NAME>::new(config) })
        };
        Ok(())
    }
    macro_rules! then {
        ($channels:literal, $name:literal, $magic:ident $config:ident) => {
            init::<$channels, $name>(memory, size, $magic, $config)
        };
    }
    // SAFETY: the caller passes what the documentation above demands.
    status((|| unsafe {
        let config = config(settings)?;
        if client.is_null() {
            return Err(PUSHER_ERROR_NULL);
        }
        let magic = memory::CLIENT | memory::capacity(channels, name);
        by_capacity!(magic, memory::CLIENT, Err(PUSHER_ERROR_CAPACITY), then magic config)?;
        put(client, memory.cast())
    })())
}

/// Ends a client. Keys of encrypted channels are wiped.
///
/// Afterwards the handle is not valid, and the memory is yours again.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_deinit(client: *mut pusher_client) -> pusher_status {
    status(with!(client mut client, |inner| {
        // SAFETY: the value is there, and `forget` ends its use.
        unsafe {
            core::ptr::drop_in_place(inner);
            memory::forget(client.cast());
        }
        Ok(())
    }))
}

/// Returns the next request of the client. Call it after each input and each command until it is PUSHER_REQUEST_NONE,
/// then pusher_client_poll_transmit, then pusher_client_poll_notice.
///
/// On success `*request` is the request. Its texts are valid until the next call with this handle that is not a getter.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_poll_request(
    client: *mut pusher_client,
    request: *mut pusher_client_request,
) -> pusher_status {
    // SAFETY: the caller passes what the documentation above demands.
    status((|| unsafe {
        let out = request.as_mut().ok_or(PUSHER_ERROR_NULL)?;
        with!(client mut client, |inner| {
            *out = NO_REQUEST;
            let (kind, ticket) = match inner.poll_request() {
                Some(Request::Open { secure }) => {
                    out.secure = secure;
                    (PUSHER_REQUEST_OPEN, None)
                }
                Some(Request::Close(code)) => {
                    out.close_code = code;
                    (PUSHER_REQUEST_CLOSE, None)
                }
                Some(Request::Authorize(ticket)) => (PUSHER_REQUEST_AUTHORIZE, Some(ticket)),
                #[cfg(feature = "encrypted")]
                Some(Request::Rekey(ticket)) => (PUSHER_REQUEST_REKEY, Some(ticket)),
                Some(Request::SignIn(ticket)) => (PUSHER_REQUEST_SIGN_IN, Some(ticket)),
                _ => (PUSHER_REQUEST_NONE, None),
            };
            out.kind = kind;
            if let Some(ticket) = ticket {
                out.request = pusher_request::new(ticket, inner.socket_id(), inner.authorization_request(ticket));
            }
            Ok(())
        })
    })())
}

/// Writes the next message to send: pings, pongs, subscriptions. Call it until `*written` is 0, and send each as a text
/// message.
///
/// `now_ms`: your clock. `out` has `size` bytes and gets the message without a NUL: the longest channel name and 52
/// bytes do. `*written` is its length; 0 if there is none; after PUSHER_ERROR_TOO_SMALL the size that `out` needs.
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
    // SAFETY: the caller passes what the documentation above demands.
    status((|| unsafe {
        let out = bytes_mut(out.cast(), size)?;
        put(written, 0)?;
        with!(client mut client, now_ms, |now, inner| match inner.poll_transmit(now, out) {
            Ok(text) => put(written, text.map_or(0, str::len)),
            Err(error) => put(written, error.needed()).and(Err(PUSHER_ERROR_TOO_SMALL)),
        })
    })())
}

/// Returns the next change that no message reports. Call it until it is PUSHER_NOTICE_NONE.
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
    // SAFETY: the caller passes what the documentation above demands.
    status((|| unsafe {
        let out = notice.as_mut().ok_or(PUSHER_ERROR_NULL)?;
        with!(client mut client, now_ms, |now, inner| {
            notice::write(inner.poll_notice().as_ref(), now, out);
            Ok(())
        })
    })())
}

const NO_REQUEST: pusher_client_request =
    pusher_client_request { kind: PUSHER_REQUEST_NONE, secure: false, close_code: 0, request: pusher_request::NONE };

/// Writes the length of a message, or the size that it needs.
unsafe fn answer<E: Into<Sized>>(text: Result<&str, E>, written: *mut usize) -> Result<(), pusher_status> {
    let (status, length) = match text {
        Ok(text) => (Ok(()), text.len()),
        Err(error) => {
            let Sized(status, needed) = error.into();
            (Err(status), needed)
        }
    };
    // SAFETY: the caller has written there.
    unsafe { put(written, length) }.and(status)
}
