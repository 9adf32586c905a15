//! The state.

use pusher_proto::Channel;

use crate::event::pusher_channel;
use crate::memory::{pusher_client, with};
use crate::notice::{PUSHER_STATE_DISCONNECTED, pusher_channel_status, pusher_reason, pusher_state, split_reason};
use crate::text::{pusher_text, put};

/// Returns the state of the connection.
///
/// A getter. PUSHER_STATE_DISCONNECTED for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_state(client: *const pusher_client) -> pusher_state {
    with!(client ref client, |inner| Ok(inner.state().into())).unwrap_or(PUSHER_STATE_DISCONNECTED)
}

/// Returns why there is no connection, or why the last attempt failed. `*code`, if `code` is not NULL, is the close
/// code, or 0.
///
/// A getter. PUSHER_REASON_NONE for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_reason(client: *const pusher_client, code: *mut u16) -> pusher_reason {
    let reason = with!(client ref client, |inner| Ok(inner.reason())).unwrap_or(None);
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
    let status = with!(client ref client, |inner| Ok(inner.channel_status(channel.into())));
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
    with!(client ref client, |inner| Ok(inner.channel_name(channel).into())).unwrap_or(pusher_text::NONE)
}

/// Returns the id of the connection; NULL if there is none, or for a handle that is not valid. Valid until the next
/// pusher_client_handle_text.
///
/// A getter.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_socket_id(client: *const pusher_client) -> pusher_text {
    with!(client ref client, |inner| Ok(inner.socket_id().into())).unwrap_or(pusher_text::NONE)
}

/// Returns whether the server has confirmed the sign-in.
///
/// A getter. False for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_is_signed_in(client: *const pusher_client) -> bool {
    #[cfg(feature = "users")]
    return with!(client ref client, |inner| Ok(inner.is_signed_in())).unwrap_or(false);
    #[cfg(not(feature = "users"))]
    {
        let _ = client;
        false
    }
}
