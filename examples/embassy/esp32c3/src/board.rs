//! The board: any ESP32-C3.

use core::panic::PanicInfo;

use embassy_net::Ipv4Address;
use esp_hal::rng::Rng;
pub use esp_println::println;

/// The server. With a name instead of an address, the feature `dns` of embassy-net and `Stack::dns_query`.
pub const ADDRESS: (Ipv4Address, u16) = (Ipv4Address::new(192, 168, 1, 2), 6001);
pub const URL: &str = "ws://192.168.1.2:6001";

/// Returns 32 bits of which the server can guess none. The radio feeds the generator, so it must be on.
pub fn entropy() -> u32 {
    Rng::new().random()
}

/// Ends the program: a device starts again.
pub fn exit() -> ! {
    esp_hal::system::software_reset()
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    println!("{info}");
    exit()
}
