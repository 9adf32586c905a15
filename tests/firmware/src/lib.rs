//! Code shared by all images: startup, output and exit.

#![no_std]

pub mod high_water;
pub mod measure;

#[cfg(target_arch = "arm")]
pub use cortex_m_rt::entry;
#[cfg(target_arch = "riscv32")]
pub use riscv_rt::entry;
pub use semihosting::println;
pub use semihosting::process::exit;
