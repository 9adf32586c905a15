//! The smallest image. It shows that a board runs these builds.

#![no_std]
#![no_main]

use core::panic::PanicInfo;

use firmware::{entry, exit, println};
use pusher_proto::Duration;

#[entry]
fn main() -> ! {
    let timeout = core::hint::black_box(Duration::from_secs(2));
    println!("hello from pusher-proto: {} ms", timeout.as_millis());
    exit(0)
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    println!("{info}");
    exit(101)
}
