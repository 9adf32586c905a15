//! The most stack that a program has used since a moment, to the word.

use core::arch::asm;
use core::ptr;

const PAINT: u32 = 0x5a5a_a5a5;

/// Painted memory, from the static variables up to the stack in use.
pub struct HighWater {
    bottom: usize,
    top: usize,
}

impl HighWater {
    /// Paints the memory that is not in use.
    #[inline(never)]
    pub fn new() -> Self {
        unsafe extern "C" {
            /// The end of the static variables, from the linker script.
            static __sheap: u32;
        }
        let bottom = &raw const __sheap as usize;
        let top: usize;
        // SAFETY: reads a register.
        unsafe {
            #[cfg(target_arch = "arm")]
            asm!("mov {}, sp", out(reg) top);
            #[cfg(target_arch = "riscv32")]
            asm!("mv {}, sp", out(reg) top);
        }
        for at in (bottom..top).step_by(4) {
            // SAFETY: between the static variables and the stack of this function nothing is in use.
            unsafe { ptr::write_volatile(at as *mut u32, PAINT) };
        }
        Self { bottom, top }
    }

    /// Returns the bytes of stack used below the caller of [`new`](Self::new).
    pub fn stack(&self) -> u32 {
        let words = (self.bottom..self.top).step_by(4);
        // SAFETY: memory of the board, which nothing else writes.
        let painted = words.take_while(|&at| unsafe { ptr::read_volatile(at as *const u32) } == PAINT);
        (self.top - self.bottom) as u32 - 4 * painted.count() as u32
    }

    /// Returns the bytes of static memory of the image.
    pub fn statics(&self) -> u32 {
        unsafe extern "C" {
            /// The beginning of the static variables, from the linker script.
            static __sdata: u32;
        }
        (self.bottom - &raw const __sdata as usize) as u32
    }
}

impl Default for HighWater {
    fn default() -> Self {
        Self::new()
    }
}
