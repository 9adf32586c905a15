//! Code shared by all images.
//!
//! An image keeps functions and calls none of them. Arguments and callers are opaque to the compiler, so it can neither
//! remove a part of a function nor prove that some case cannot occur.

#![no_std]

#[cfg(feature = "driver")]
mod socket;

use core::panic::PanicInfo;

use pusher_proto::Client;
#[cfg(feature = "driver")]
pub use socket::Socket;

/// The client that the images are built for.
pub type Small = Client<8, 64>;

/// The connection that the images are built for.
#[cfg(feature = "driver")]
pub type Driven<'b> = pusher_proto::Connection<'b, fn(&mut [u8]), 8, 64>;

/// Keeps functions in the image, each written with the types of its arguments: `Small::connect(_, _);`.
#[macro_export]
macro_rules! keep {
    ($($($name:ident)::+($($argument:ty),*);)*) => {
        $(core::hint::black_box::<fn($($argument),*) -> _>($($name)::+);)*
    };
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        /// Undefined, so an image in which a panic is reachable does not link.
        fn a_panic_can_be_reached() -> !;
    }
    // SAFETY: never executed, because it never links.
    unsafe { a_panic_can_be_reached() }
}
