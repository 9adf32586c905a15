//! Milliseconds since the start, counted by SysTick.

use core::arch::asm;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

use cortex_m_rt::exception;

const CONTROL: *mut u32 = 0xe000_e010 as *mut u32;
const RELOAD: *mut u32 = 0xe000_e014 as *mut u32;
const VALUE: *mut u32 = 0xe000_e018 as *mut u32;
/// The clock frequency of mps2-an386 is 25 MHz.
const TICKS_PER_MS: u32 = 25_000;

static MILLISECONDS: AtomicU32 = AtomicU32::new(0);

/// Starts the clock.
pub fn start() {
    // SAFETY: the registers of SysTick, which no other code uses.
    unsafe {
        ptr::write_volatile(RELOAD, TICKS_PER_MS - 1);
        ptr::write_volatile(VALUE, 0);
        ptr::write_volatile(CONTROL, 0b111);
    }
}

#[exception]
fn SysTick() {
    MILLISECONDS.fetch_add(1, Ordering::Relaxed);
}

/// Returns the time. It wraps after 49 days, much longer than a test.
pub fn milliseconds() -> u32 {
    MILLISECONDS.load(Ordering::Relaxed)
}

/// Sleeps until the next millisecond.
pub fn wait() {
    // SAFETY: waits for an interrupt, and SysTick is one.
    unsafe { asm!("wfi", options(nomem, nostack, preserves_flags)) };
}
