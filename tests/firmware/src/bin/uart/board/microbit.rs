//! BBC micro:bit: nRF51822, a Cortex-M0 at 16 MHz.

#[path = "systick.rs"]
mod systick;

pub mod counter {
    pub use super::systick::*;

    pub const TICKS_PER_MS: u32 = 16_000;
}

/// The UART of the nRF51 (reference manual, "UART"): an event register is 1 after the event occurred.
pub mod uart {
    use core::ptr;
    use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

    const BASE: usize = 0x4000_2000;
    const START_RX: usize = 0x000;
    const START_TX: usize = 0x008;
    const RX_READY: usize = 0x108;
    const TX_READY: usize = 0x11c;
    const ENABLE: usize = 0x500;
    const RX: usize = 0x518;
    const TX: usize = 0x51c;
    const BAUD_RATE: usize = 0x524;

    pub fn start() {
        write(BAUD_RATE, 0x01d7_e000); // 115,200
        write(ENABLE, 4);
        write(START_RX, 1);
        write(START_TX, 1);
    }

    pub fn has_received() -> bool {
        read(RX_READY) == 1
    }

    pub fn receive() -> Option<u8> {
        has_received().then(|| {
            // In this order, because reading the byte makes the next one in the FIFO available.
            write(RX_READY, 0);
            read(RX) as u8
        })
    }

    /// Returns `false` if there is no space.
    pub fn send(byte: u8) -> bool {
        // The transmitter only reports a byte as sent, so before the first byte there is no event.
        static HAS_SENT: AtomicBool = AtomicBool::new(false);
        let room = !HAS_SENT.load(Relaxed) || read(TX_READY) == 1;
        if room {
            HAS_SENT.store(true, Relaxed);
            write(TX_READY, 0);
            write(TX, u32::from(byte));
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
