// SysTick of a Cortex-M, polled without an interrupt. It is a 24-bit down counter at the processor clock.

use core::ptr;

const CONTROL: *mut u32 = 0xe000_e010 as *mut u32;
const RELOAD: *mut u32 = 0xe000_e014 as *mut u32;
const VALUE: *mut u32 = 0xe000_e018 as *mut u32;

pub const MASK: u32 = 0x00ff_ffff;

pub fn start() {
    // SAFETY: the registers of SysTick, which no other code uses.
    unsafe {
        ptr::write_volatile(RELOAD, MASK);
        ptr::write_volatile(VALUE, 0);
        ptr::write_volatile(CONTROL, 0b101);
    }
}

/// Returns the count, which increases.
pub fn count() -> u32 {
    // SAFETY: as above.
    MASK - unsafe { ptr::read_volatile(VALUE) }
}
