//! QEMU's RISC-V board `virt`.

/// The lower half of `mtime`, at 10 MHz.
pub mod counter {
    use core::ptr;

    const MTIME: *const u32 = 0x0200_bff8 as *const u32;

    pub const MASK: u32 = u32::MAX;
    pub const TICKS_PER_MS: u32 = 10_000;

    /// Does nothing: the counter always runs.
    pub fn start() {}

    pub fn count() -> u32 {
        // SAFETY: reads a register without a side effect.
        unsafe { ptr::read_volatile(MTIME) }
    }
}

/// A 16550 UART.
pub mod uart {
    use core::ptr;

    const BASE: usize = 0x1000_0000;
    const DATA: usize = 0;
    const INTERRUPTS: usize = 1;
    const FIFO_CONTROL: usize = 2;
    const LINE_CONTROL: usize = 3;
    const LINE_STATUS: usize = 5;

    const DATA_READY: u8 = 1 << 0;
    const TX_EMPTY: u8 = 1 << 5;

    pub fn start() {
        write(INTERRUPTS, 0);
        write(LINE_CONTROL, 0b11); // 8 bits, no parity, one stop bit
        write(FIFO_CONTROL, 0b111); // enabled, both FIFOs cleared
    }

    pub fn has_received() -> bool {
        read(LINE_STATUS) & DATA_READY != 0
    }

    pub fn receive() -> Option<u8> {
        has_received().then(|| read(DATA))
    }

    /// Returns `false` if there is no space.
    pub fn send(byte: u8) -> bool {
        let room = read(LINE_STATUS) & TX_EMPTY != 0;
        if room {
            write(DATA, byte);
        }
        room
    }

    fn read(register: usize) -> u8 {
        // SAFETY: a register of the UART, which no other code uses.
        unsafe { ptr::read_volatile((BASE + register) as *const u8) }
    }

    fn write(register: usize, value: u8) {
        // SAFETY: as above.
        unsafe { ptr::write_volatile((BASE + register) as *mut u8, value) }
    }
}
