//! A module for an environment without a clock, sockets or random numbers. Any dependency on the environment
//! would appear among the module's imports.
//!
//! The linker keeps everything that the exported function reaches: every public function of every layer, by the same
//! lists as the images without panics (`tests/footprint`).

#![no_std]

// The lists take these from the crate of the images, whose panic handler must not link; this one takes its place.
extern crate self as footprint;

use core::panic::PanicInfo;

use pusher_proto::Client;
pub use socket::Socket;

#[path = "../../footprint/src/socket.rs"]
mod socket;

/// The client type of the lists.
pub type Small = Client<8, 64>;

/// The connection type of the lists.
pub type Driven<'b> = pusher_proto::Connection<'b, fn(&mut [u8]), 8, 64>;

#[path = "../../footprint/src/bin/every/auth.rs"]
mod auth;
#[path = "../../footprint/src/bin/every/connection.rs"]
mod connection;
#[path = "../../footprint/src/bin/every/encrypted.rs"]
mod encrypted;
#[path = "../../footprint/src/bin/every/protocol.rs"]
mod protocol;
#[path = "../../footprint/src/bin/every/rest.rs"]
mod rest;
#[path = "../../footprint/src/bin/every/websocket.rs"]
mod websocket;

/// Keeps functions in the module, each written with the types of its arguments: `Small::connect(_, _);`.
#[macro_export]
macro_rules! keep {
    ($($($name:ident)::+($($argument:ty),*);)*) => {
        $(core::hint::black_box::<fn($($argument),*) -> _>($($name)::+);)*
    };
}

/// Keeps the messages of errors, by the names of their types.
macro_rules! keep_texts {
    ($($($name:ident)::+),* $(,)?) => {
        $(core::hint::black_box::<fn(_, _) -> _>(crate::write_text::<$($name)::+>);)*
    };
}
pub(crate) use keep_texts;

fn write_text<T: core::fmt::Display>(error: &T, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
    error.fmt(f)
}

#[unsafe(no_mangle)]
pub extern "C" fn every() {
    protocol::keep();
    auth::keep();
    websocket::keep();
    connection::keep();
    encrypted::keep();
    rest::keep();
}

/// Adds an import, to test the check; only built for that.
#[cfg(planted_import)]
#[unsafe(no_mangle)]
pub extern "C" fn planted() -> u32 {
    #[link(wasm_import_module = "host")]
    unsafe extern "C" {
        fn clock() -> u32;
    }
    // SAFETY: this module is never run.
    unsafe { clock() }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}
