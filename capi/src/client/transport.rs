//! Inputs from the WebSocket and the clock.

use core::ffi::c_char;

use pusher_proto::Close;

use crate::event::{self, pusher_event};
use crate::memory::{pusher_client, with};
use crate::status::*;
use crate::text::bytes_mut;
use crate::time::{PUSHER_NEVER, until};

/// Reports that the WebSocket of PUSHER_REQUEST_OPEN is open: its handshake has succeeded. Poll afterwards.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_handle_open(client: *mut pusher_client, now_ms: u32) -> pusher_status {
    status(with!(client mut client, now_ms, |now, inner| {
        inner.handle_open(now);
        Ok(())
    }))
}

/// Reports that the WebSocket of PUSHER_REQUEST_OPEN cannot be opened. The client tries again later. Poll afterwards.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_handle_open_failed(client: *mut pusher_client, now_ms: u32) -> pusher_status {
    status(with!(client mut client, now_ms, |now, inner| {
        inner.handle_close(now, Close::OpenFailed);
        Ok(())
    }))
}

/// Reports that the WebSocket closed. The code decides what follows. Not needed after PUSHER_REQUEST_CLOSE. Poll
/// afterwards.
///
/// `now_ms`: your clock. `code` is the code of the close frame; 0 if there was none.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_handle_close(
    client: *mut pusher_client,
    now_ms: u32,
    code: u16,
) -> pusher_status {
    status(with!(client mut client, now_ms, |now, inner| {
        let close = if code == 0 { Close::Abnormal } else { Close::Code(code) };
        inner.handle_close(now, close);
        Ok(())
    }))
}

/// Reports that the server sent a ping or a pong of the WebSocket: it is alive.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_handle_activity(client: *mut pusher_client, now_ms: u32) -> pusher_status {
    status(with!(client mut client, now_ms, |now, inner| {
        inner.handle_activity(now);
        Ok(())
    }))
}

/// Passes a text message of the server to the client. Poll afterwards.
///
/// `now_ms`: your clock. `text` has `length` bytes; it is decoded in place, so it must be yours to change. On success
/// `*event` is the event in it; PUSHER_EVENT_NONE if it concerns only the client. The event's texts point into `text`.
/// They are valid until you change it. Texts from the handle are valid until the next call that is not a getter.
/// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_MESSAGE, PUSHER_ERROR_NOT_OPEN.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_handle_text(
    client: *mut pusher_client,
    now_ms: u32,
    text: *mut c_char,
    length: usize,
    event: *mut pusher_event,
) -> pusher_status {
    // SAFETY: the caller passes what the documentation above demands.
    status((|| unsafe {
        // Whatever was in it, it is written as a whole.
        let out = event.as_mut().ok_or(PUSHER_ERROR_NULL)?;
        let text = bytes_mut(text.cast(), length)?;
        with!(client mut client, now_ms, |now, inner| {
            event::write(inner.handle_text(now, text)?.as_ref(), now, out);
            Ok(())
        })
    })())
}

/// Handles expired timers. Call it when pusher_client_timeout_ms has passed; earlier does no harm. Poll afterwards.
///
/// `now_ms`: your clock.
/// Errors: PUSHER_ERROR_HANDLE.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_handle_timeout(client: *mut pusher_client, now_ms: u32) -> pusher_status {
    status(with!(client mut client, now_ms, |now, inner| {
        inner.handle_timeout(now);
        Ok(())
    }))
}

/// Returns how many milliseconds you may wait before the next pusher_client_handle_timeout; PUSHER_NEVER: as long as
/// you like. Call it after the polls.
///
/// `now_ms`: your clock. PUSHER_NEVER for a handle that is not valid.
/// Interrupt: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_client_timeout_ms(client: *mut pusher_client, now_ms: u32) -> u32 {
    with!(client mut client, now_ms, |now, inner| {
        Ok(until(now, &inner.poll_timeout().map(|(at, _)| at)))
    })
    .unwrap_or(PUSHER_NEVER)
}
