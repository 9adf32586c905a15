//! The board: mps2-an386, a Cortex-M4, as QEMU emulates it. Replace this module, `clock` and `lan9118` for another
//! board.

use core::panic::PanicInfo;

use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::NVIC;
use cortex_m_rt::exception;
use embassy_net::Ipv4Address;
pub use semihosting::println;
use semihosting::process;

use crate::lan9118;

/// The server. With a name instead of an address, the feature `dns` of embassy-net and `Stack::dns_query`.
pub const ADDRESS: (Ipv4Address, u16) = (Ipv4Address::new(10, 0, 2, 100), 6001);
pub const URL: &str = "ws://10.0.2.100:6001";
/// The interrupt of the Ethernet controller.
const ETHERNET: u16 = 13;

#[derive(Clone, Copy)]
struct Interrupt(u16);

// SAFETY: the board has this interrupt.
unsafe impl InterruptNumber for Interrupt {
    fn number(self) -> u16 {
        self.0
    }
}

/// Enables the interrupt of the Ethernet controller.
pub fn enable_ethernet() {
    // SAFETY: no code relies on the interrupt being masked.
    unsafe { NVIC::unmask(Interrupt(ETHERNET)) };
}

#[exception]
unsafe fn DefaultHandler(number: i16) {
    if number == ETHERNET as i16 {
        lan9118::handle_interrupt();
    }
}

/// Returns 32 bits of which the server can guess none. This board has no source of them: a fixed seed makes the runs of
/// the tests reproducible. A product reads its hardware source of entropy here.
pub fn entropy() -> u32 {
    static STATE: critical_section::Mutex<core::cell::Cell<u32>> =
        critical_section::Mutex::new(core::cell::Cell::new(0x5eed_5eed));
    critical_section::with(|section| {
        let mut state = STATE.borrow(section).get();
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        STATE.borrow(section).set(state);
        state
    })
}

/// Ends the program.
pub fn exit() -> ! {
    process::exit(0)
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    println!("{info}");
    process::exit(101)
}
