//! A module for an environment that offers nothing: no clock, no socket, no random numbers. Whatever the crate took from its
//! surroundings would stand among the module's imports.
//!
//! The linker keeps what the exported functions reach, so they call the crate's whole interface.

#![no_std]

use core::panic::PanicInfo;

use pusher_proto::Duration;

#[unsafe(no_mangle)]
pub extern "C" fn milliseconds(seconds: u32) -> u32 {
    Duration::from_secs(seconds).as_millis()
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
