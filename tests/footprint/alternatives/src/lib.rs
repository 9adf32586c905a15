//! Code shared by all images. Each keeps one function, whose arguments are opaque to the compiler.

#![no_std]

use core::panic::PanicInfo;

/// Defines an image that keeps functions of these types.
#[macro_export]
macro_rules! image {
    ($($function:expr => $type:ty),*) => {
        #[unsafe(no_mangle)]
        pub extern "C" fn _start() {
            $(core::hint::black_box::<$type>($function);)*
        }
    };
}

/// Remains only in an image in which a panic is reachable.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    a_panic_can_be_reached()
}

#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn a_panic_can_be_reached() -> ! {
    loop {
        core::hint::black_box(());
    }
}
