//! An image with one planted panic, which must not link. Without the panic it must.

#![no_std]
#![no_main]

use footprint as _; // the panic handler

#[unsafe(no_mangle)]
pub extern "C" fn _start() {
    core::hint::black_box::<fn(&'static [u8], usize) -> &'static u8>(element);
    core::hint::black_box::<fn(Option<u8>) -> u8>(value);
    core::hint::black_box::<fn(u32, u32) -> u32>(quotient);
}

fn element(bytes: &'static [u8], at: usize) -> &'static u8 {
    if cfg!(feature = "planted_index") { &bytes[at] } else { &0 }
}

fn value(option: Option<u8>) -> u8 {
    if cfg!(feature = "planted_unwrap") { option.unwrap() } else { 0 }
}

fn quotient(dividend: u32, divisor: u32) -> u32 {
    if cfg!(feature = "planted_division") { dividend / divisor } else { 0 }
}
