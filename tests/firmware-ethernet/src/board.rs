//! What the images share: the clock as the crate wants it, what is printed, and how much stack was in use.

use core::arch::asm;
use core::panic::PanicInfo;
use core::ptr;

use pusher_proto::{Event, Instant};
use semihosting::println;
use semihosting::process::exit;

use crate::clock;

/// Seeds the backoff, TCP, the keys of the WebSocket, and TLS. It is fixed, so that runs are reproducible. A product
/// needs a hardware source of entropy for all of these, because the server must not be able to guess them.
pub const SEED: u32 = 0x5eed_5eed;

/// Prints an event of the server. Returns its name if it was published on a channel.
pub fn print<'c>(event: &Event<'c>) -> Option<&'c str> {
    match event {
        Event::Connected { .. } => println!("connected"),
        Event::Subscribed { gap_since, presence, .. } => {
            let kind = if presence.is_some() { "presence" } else { "private" };
            println!("subscribed {kind}, {}", if gap_since.is_some() { "with a gap" } else { "without gap" });
        }
        Event::MemberAdded { member, .. } => println!("joined {}", member.user_id),
        Event::MemberRemoved { user_id, .. } => println!("left {user_id}"),
        Event::Channel(message) => {
            println!("event {} {}", message.event, message.payload.as_str());
            return Some(message.event);
        }
        other => println!("{other:?}"),
    }
    None
}

pub fn now() -> Instant {
    Instant::from_millis(clock::milliseconds().into())
}

pub fn xorshift(state: &mut u32) -> u8 {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    (*state >> 24) as u8
}

const PAINT: u32 = 0x5a5a_a5a5;

unsafe extern "C" {
    /// The end of the static variables, and the start of the stack, which grows towards it. The linker script defines
    /// both.
    static __sheap: u32;
    static _stack_start: u32;
}

#[inline(never)]
pub fn paint_stack() {
    let top: usize;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, sp", out(reg) top) };
    for at in (&raw const __sheap as usize..top).step_by(4) {
        // SAFETY: the memory between the static variables and the stack of this function is unused.
        unsafe { ptr::write_volatile(at as *mut u32, PAINT) };
    }
}

/// Returns the peak stack usage in bytes since the stack was painted.
pub fn stack_used() -> usize {
    let (bottom, top) = (&raw const __sheap as usize, &raw const _stack_start as usize);
    // SAFETY: RAM of this board.
    let is_painted = |at: &usize| unsafe { ptr::read_volatile(*at as *const u32) } == PAINT;
    top - bottom - 4 * (bottom..top).step_by(4).take_while(is_painted).count()
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    println!("{info}");
    exit(101)
}
