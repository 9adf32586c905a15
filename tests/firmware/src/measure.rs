//! Counts the instructions and the bytes of stack of a call.
//!
//! With QEMU's `-icount` the clock of a board advances by a fixed time per instruction, so both counts are exact and
//! reproducible.

use core::arch::asm;
use core::hint::black_box;
use core::ptr;

/// The cost of a call.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub instructions: u32,
    /// In bytes. Includes the measured call itself, which holds the results of the crate, as an application does.
    pub stack: u32,
}

/// Measures `call` with the value of `prepare`: once for the instructions, once for the stack.
pub fn cost<T, R>(prepare: fn() -> T, call: fn(&mut T) -> R) -> Cost {
    counter::start();
    let nothing: fn(&mut ()) = |()| ();
    let instructions = instructions(&mut prepare(), call) - instructions(&mut (), nothing);
    Cost { instructions, stack: stack(&mut prepare(), call) }
}

#[inline(never)]
fn instructions<T, R>(given: &mut T, call: fn(&mut T) -> R) -> u32 {
    let (given, call) = (black_box(given), black_box(call));
    let before = counter::now();
    let result = call(given);
    let after = counter::now();
    black_box(&result);
    counter::between(before, after)
}

const PAINT: u32 = 0x5a5a_a5a5;

#[inline(never)]
fn stack<T, R>(given: &mut T, call: fn(&mut T) -> R) -> u32 {
    unsafe extern "C" {
        /// The end of the static variables, from the linker script.
        static __sheap: u32;
    }
    let (given, call) = (black_box(given), black_box(call));
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
        // SAFETY: the memory between the static variables and the stack of this function is unused.
        unsafe { ptr::write_volatile(at as *mut u32, PAINT) };
    }
    let result = call(given);
    black_box(&result);
    // SAFETY: as above.
    let painted = (bottom..top).step_by(4).take_while(|&at| unsafe { ptr::read_volatile(at as *const u32) } == PAINT);
    (top - bottom) as u32 - 4 * painted.count() as u32
}

/// SysTick counts down at the clock of the board, whose period is `TENTHS_OF_NS`. QEMU with `-icount shift=10` advances
/// it by 1,024 ns per instruction.
#[cfg(target_arch = "arm")]
mod counter {
    use core::ptr;

    const CONTROL: *mut u32 = 0xe000_e010 as *mut u32;
    const RELOAD: *mut u32 = 0xe000_e014 as *mut u32;
    const VALUE: *mut u32 = 0xe000_e018 as *mut u32;
    const MASK: u32 = 0x00ff_ffff;
    const TENTHS_OF_NS: u64 = if cfg!(target_board = "microbit") { 625 } else { 400 };

    pub fn start() {
        // SAFETY: the registers of SysTick, which no other code uses.
        unsafe {
            ptr::write_volatile(RELOAD, MASK);
            ptr::write_volatile(VALUE, 0);
            ptr::write_volatile(CONTROL, 0b101);
        }
    }

    #[inline(always)]
    pub fn now() -> u32 {
        // SAFETY: as above.
        unsafe { ptr::read_volatile(VALUE) }
    }

    pub fn between(before: u32, after: u32) -> u32 {
        let ticks = u64::from(before.wrapping_sub(after) & MASK);
        ((ticks * TENTHS_OF_NS + 5120) / 10_240) as u32
    }
}

#[cfg(target_arch = "riscv32")]
mod counter {
    use core::arch::asm;

    pub fn start() {}

    #[inline(always)]
    pub fn now() -> u32 {
        let count;
        // SAFETY: reads a register.
        unsafe { asm!("csrr {}, minstret", out(reg) count) };
        count
    }

    pub fn between(before: u32, after: u32) -> u32 {
        after.wrapping_sub(before)
    }
}
