//! What every image shares.
//!
//! An image holds on to functions and calls none of them. Their arguments and callers are what the compiler cannot know, so
//! it can neither leave a part of them out nor prove that something in them does not happen.

#![no_std]

#[cfg(feature = "driver")]
mod socket;

use core::panic::PanicInfo;

use pusher_proto::Client;
#[cfg(feature = "driver")]
pub use socket::Socket;

/// The client that the images are built for.
pub type Small = Client<8, 64>;

/// Its connection.
#[cfg(feature = "driver")]
pub type Driven<'b> = pusher_proto::Connection<'b, fn(&mut [u8]), 8, 64>;

/// Holds on to functions, each written with the types of its arguments: `Small::connect(_, _);`.
#[macro_export]
macro_rules! keep {
    ($($($name:ident)::+($($argument:ty),*);)*) => {
        $(core::hint::black_box::<fn($($argument),*) -> _>($($name)::+);)*
    };
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        /// Exists nowhere: an image from which a panic can be reached does not link.
        fn a_panic_can_be_reached() -> !;
    }
    // SAFETY: never executed, for it never links.
    unsafe { a_panic_can_be_reached() }
}
