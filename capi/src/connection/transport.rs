//! Inputs from the socket, outputs to it.

use crate::action;
use crate::memory::{pusher_connection, with};
use crate::status::*;
use crate::text::{bytes, bytes_mut, copy, put};

/// Reports that the socket of PUSHER_ACTION_OPEN is open. Poll afterwards.
///
/// `now_ms`: your clock. `attempt` is that of the action; if it is over, the call has no effect: see
/// pusher_connection_is_opening.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_handle_opened(
    connection: *mut pusher_connection,
    now_ms: u32,
    attempt: u16,
) -> pusher_status {
    status(with!(connection mut connection, now_ms, |now, inner| {
        inner.handle_opened(now, action::attempt(attempt));
        Ok(())
    }))
}

/// Returns whether the attempt `attempt` still waits for a socket, for programs that open sockets in the background. If
/// not, drop the socket.
///
/// A getter. False for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_is_opening(connection: *const pusher_connection, attempt: u16) -> bool {
    with!(connection ref connection, |inner| Ok(inner.is_opening(action::attempt(attempt)))).unwrap_or(false)
}

/// Reports that the socket of PUSHER_ACTION_OPEN cannot be opened. The connection tries again later. Poll afterwards.
///
/// `now_ms`: your clock. `attempt` is that of the action; if it is over, the call has no effect.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_handle_open_failed(
    connection: *mut pusher_connection,
    now_ms: u32,
    attempt: u16,
) -> pusher_status {
    status(with!(connection mut connection, now_ms, |now, inner| {
        inner.handle_open_failed(now, action::attempt(attempt));
        Ok(())
    }))
}

/// Reports that the socket has ended or failed. Bytes passed before are still decoded; then PUSHER_ACTION_CLOSE
/// follows.
///
/// `now_ms`: your clock. `error` is a pusher_socket_error; any other number counts as PUSHER_SOCKET_OTHER.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_handle_socket_error(
    connection: *mut pusher_connection,
    now_ms: u32,
    error: u32,
) -> pusher_status {
    status(with!(connection mut connection, now_ms, |now, inner| {
        inner.handle_socket_error(now, action::socket_error(error));
        Ok(())
    }))
}

/// Reports that the socket accepts no more bytes but may still return some, such as the reason of the server. Read it
/// to its end and call pusher_connection_handle_socket_error. After 2 s the connection ends in any case.
///
/// `now_ms`: your clock. `error` is a pusher_socket_error; any other number counts as PUSHER_SOCKET_OTHER.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_handle_write_error(
    connection: *mut pusher_connection,
    now_ms: u32,
    error: u32,
) -> pusher_status {
    status(with!(connection mut connection, now_ms, |now, inner| {
        inner.handle_write_error(now, action::socket_error(error));
        Ok(())
    }))
}

/// Passes received bytes to the connection, which copies as many as fit its receive buffer. Poll until
/// PUSHER_ACTION_READ, then pass the rest.
///
/// `received` has `length` bytes, needed only during the call. `*taken` is the number of bytes taken: 0 if the attempt
/// is over, or before the poll.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_recv(
    connection: *mut pusher_connection,
    received: *const u8,
    length: usize,
    taken: *mut usize,
) -> pusher_status {
    status(with!(connection mut connection, |inner| {
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

/// Returns the space for the next bytes of the socket, to read into it without a copy. Then call
/// pusher_connection_handle_received.
///
/// `*length` is its size in bytes; not 0 after PUSHER_ACTION_READ. The space is part of the receive buffer, valid until
/// the next call with this handle. NULL for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_receive_space(
    connection: *mut pusher_connection,
    length: *mut usize,
) -> *mut u8 {
    with!(connection mut connection, |inner| {
        let space = inner.receive_space();
        // SAFETY: the caller passes NULL or a pointer to a size.
        unsafe { put(length, space.len()) }.map(|()| space.as_mut_ptr())
    })
    .unwrap_or(core::ptr::null_mut())
}

/// Reports that `length` bytes were read into the front of pusher_connection_receive_space. Poll afterwards.
///
/// More than the space counts as the space.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_handle_received(
    connection: *mut pusher_connection,
    length: usize,
) -> pusher_status {
    status(with!(connection mut connection, |inner| {
        let space = inner.receive_space().len();
        inner.handle_received(length.min(space));
        Ok(())
    }))
}

/// Copies bytes to send into your buffer and counts them as sent: for a transport that takes them all.
///
/// `out` has `size` bytes. `*length` is the number of bytes to send; 0 if there is none. Call again until it is 0, then
/// poll.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_send(
    connection: *mut pusher_connection,
    out: *mut u8,
    size: usize,
    length: *mut usize,
) -> pusher_status {
    status(with!(connection mut connection, |inner| {
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

/// Returns the bytes to send, for a transport that may take a part of them. Then call pusher_connection_handle_sent.
///
/// `*length` is their number; 0 if there is none. They are part of the transmit buffer, valid until the next call with
/// this handle. A getter. NULL for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_connection_unsent(
    connection: *const pusher_connection,
    length: *mut usize,
) -> *const u8 {
    with!(connection ref connection, |inner| {
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
pub unsafe extern "C" fn pusher_connection_handle_sent(
    connection: *mut pusher_connection,
    length: usize,
) -> pusher_status {
    status(with!(connection mut connection, |inner| {
        inner.handle_sent(length);
        Ok(())
    }))
}
