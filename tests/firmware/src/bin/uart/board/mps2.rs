//! Arm MPS2 with the image AN386: a Cortex-M4 at 25 MHz.

#[path = "systick.rs"]
mod systick;

pub mod counter {
    pub use super::systick::*;

    pub const TICKS_PER_MS: u32 = 25_000;
}

/// The APB UART of the Cortex-M System Design Kit (technical reference manual, §4.3): a buffer of one byte per
/// direction.
pub mod uart {
    use core::ptr;

    const BASE: usize = 0x4000_4000;
    const DATA: usize = 0x00;
    const STATE: usize = 0x04;
    const CONTROL: usize = 0x08;
    const BAUD_DIVIDER: usize = 0x10;

    const TX_FULL: u32 = 1;
    const RX_FULL: u32 = 2;

    pub fn start() {
        write(BAUD_DIVIDER, 217); // 115,200
        write(CONTROL, 0b11); // both directions, no interrupts
    }

    pub fn has_received() -> bool {
        read(STATE) & RX_FULL != 0
    }

    pub fn receive() -> Option<u8> {
        has_received().then(|| read(DATA) as u8)
    }

    /// Returns `false` if there is no space.
    pub fn send(byte: u8) -> bool {
        let room = read(STATE) & TX_FULL == 0;
        if room {
            write(DATA, u32::from(byte));
        }
        room
    }

    fn read(register: usize) -> u32 {
        // SAFETY: a register of the UART, which no other code uses.
        unsafe { ptr::read_volatile((BASE + register) as *const u32) }
    }

    fn write(register: usize, value: u32) {
        // SAFETY: as above.
        unsafe { ptr::write_volatile((BASE + register) as *mut u32, value) }
    }
}
