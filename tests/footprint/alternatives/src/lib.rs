//! What every image shares. Each has one function, whose arguments the compiler cannot know.

#![no_std]

use core::panic::PanicInfo;

/// An image that holds on to functions of these types.
#[macro_export]
macro_rules! image {
    ($($function:expr => $type:ty),*) => {
        #[unsafe(no_mangle)]
        pub extern "C" fn _start() {
            $(core::hint::black_box::<$type>($function);)*
        }
    };
}

/// Stays in an image from which a panic can be reached, and only there.
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
