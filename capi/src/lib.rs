//! The C interface of `pusher-proto`.
//!
//! `include/pusher_proto.h` is its documentation, written by cbindgen from the comments here. `docs/c.md` of the
//! repository is the guide.
//!
//! | file | contents |
//! |---|---|
//! | `action.rs` | what `pusher_connection_poll` reports |
//! | `auth.rs` | signatures, replies of auth servers |
//! | `client/` | the client over the WebSocket of the application |
//! | `config.rs` | the settings |
//! | `connection/` | the connection over a byte stream |
//! | `event.rs` | events and their parts |
//! | `iterators.rs` | members of presence channels, changes of a watchlist |
//! | `memory.rs` | handles in the memory of the caller |
//! | `notice.rs` | changes that no message reports |
//! | `status.rs` | error codes |
//! | `tests.rs` | a whole connection, as C calls it |
//! | `text.rs` | text passed between C and Rust |
//! | `time.rs` | 32-bit milliseconds that wrap around |
//!
//! `unsafe` is allowed here and nowhere else in the repository's library code. The top of the header states the rules
//! that a C program must obey.

#![no_std]
#![allow(non_camel_case_types)]

#[cfg(any(test, feature = "std"))]
extern crate std;

mod action;
mod auth;
#[cfg(feature = "client")]
mod client;
mod config;
mod connection;
mod event;
mod iterators;
mod memory;
mod notice;
mod status;
#[cfg(test)]
mod tests;
mod text;
mod time;

pub use action::*;
pub use auth::*;
#[cfg(feature = "client")]
pub use client::*;
pub use config::*;
pub use connection::*;
pub use event::*;
pub use iterators::*;
pub use memory::{pusher_client, pusher_connection};
pub use notice::*;
pub use status::*;
pub use text::*;

/// Never called. For the proof, `tests/steps/80_capi.sh` puts an undefined function in its place: then the library
/// links only if no panic can be reached.
#[cfg(all(feature = "panic-handler", not(any(test, feature = "std"))))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    #[cfg(pusher_panic_proof)]
    {
        unsafe extern "C" {
            fn a_panic_can_be_reached() -> !;
        }
        // SAFETY: never executed, because a program with this call does not link.
        unsafe { a_panic_can_be_reached() }
    }
    #[cfg(not(pusher_panic_proof))]
    loop {
        core::hint::spin_loop();
    }
}

/// The `core` of a system with unwinding refers to this function; `std` has it. Never called: this library does not
/// unwind.
#[cfg(all(feature = "panic-handler", not(any(test, feature = "std", target_os = "none"))))]
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// The planted panic that the proof must find.
#[cfg(pusher_planted_panic)]
#[unsafe(no_mangle)]
extern "C" fn pusher_planted_panic(index: usize) -> u8 {
    [1, 2, 3][index]
}
