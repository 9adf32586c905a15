//! A module for an environment that offers nothing: no clock, no socket, no random numbers. Whatever the crate took from its
//! surroundings would stand among the module's imports.
//!
//! The linker keeps what the exported function reaches: every public function of every layer, by the same lists as the
//! images in which no panic can be linked (`tests/footprint`).

#![no_std]

// The lists take these from the crate of the images, whose panic handler must not link; this one takes its place.
extern crate self as footprint;

use core::panic::PanicInfo;

use pusher_proto::Client;
pub use socket::Socket;

#[path = "../../footprint/src/socket.rs"]
mod socket;

/// The client that the lists are built for.
pub type Small = Client<8, 64>;

/// Its connection.
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

/// Holds on to functions, each written with the types of its arguments: `Small::connect(_, _);`.
#[macro_export]
macro_rules! keep {
    ($($($name:ident)::+($($argument:ty),*);)*) => {
        $(core::hint::black_box::<fn($($argument),*) -> _>($($name)::+);)*
    };
}

/// Holds on to the texts of errors, by the names of their types.
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

/// Shows that the check sees an import: built only for that.
#[cfg(planted_import)]
#[unsafe(no_mangle)]
pub extern "C" fn planted() -> u32 {
    #[link(wasm_import_module = "host")]
    unsafe extern "C" {
        fn clock() -> u32;
    }
    // SAFETY: nobody runs this module.
    unsafe { clock() }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}
