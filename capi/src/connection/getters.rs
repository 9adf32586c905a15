//! The state.

use pusher_proto::Channel;

use crate::event::pusher_channel;
use crate::memory::{self, pusher_connection, with};
use crate::notice::{PUSHER_STATE_DISCONNECTED, pusher_channel_status, pusher_reason, pusher_state, split_reason};
use crate::text::{pusher_text, put};

/// Returns the size that the transmit buffer must have, in bytes, after PUSHER_ERROR_TOO_SMALL of a command.
///
/// A getter. 0 for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_needed(connection: *const pusher_connection) -> usize {
    // SAFETY: the handle is valid; a getter.
    with!(connection ref connection, |_inner| Ok(unsafe { memory::needed(connection.cast()) })).unwrap_or(0)
}

/// Returns the state of the connection.
///
/// A getter. PUSHER_STATE_DISCONNECTED for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_state(connection: *const pusher_connection) -> pusher_state {
    with!(connection ref connection, |inner| Ok(inner.client().state().into())).unwrap_or(PUSHER_STATE_DISCONNECTED)
}

/// Returns why there is no connection, or why the last attempt failed. `*code`, if `code` is not NULL, is the close
/// code, or 0.
///
/// A getter. PUSHER_REASON_NONE for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_reason(
    connection: *const pusher_connection,
    code: *mut u16,
) -> pusher_reason {
    let reason = with!(connection ref connection, |inner| Ok(inner.client().reason())).unwrap_or(None);
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
    let status = with!(connection ref connection, |inner| Ok(inner.client().channel_status(channel.into())));
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
    with!(connection ref connection, |inner| Ok(inner.client().channel_name(channel).into()))
        .unwrap_or(pusher_text::NONE)
}

/// Returns the id of the connection; NULL if there is none, or for a handle that is not valid. Valid until the next
/// pusher_connection_poll.
///
/// A getter.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_socket_id(connection: *const pusher_connection) -> pusher_text {
    with!(connection ref connection, |inner| Ok(inner.client().socket_id().into())).unwrap_or(pusher_text::NONE)
}

/// Returns whether the server has confirmed the sign-in.
///
/// A getter. False for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_is_signed_in(connection: *const pusher_connection) -> bool {
    #[cfg(feature = "users")]
    return with!(connection ref connection, |inner| Ok(inner.client().is_signed_in())).unwrap_or(false);
    #[cfg(not(feature = "users"))]
    {
        let _ = connection;
        false
    }
}
