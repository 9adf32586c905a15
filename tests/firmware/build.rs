//! Gives the linker the board's memory map and the runtime's linker script.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    let riscv = env::var("CARGO_CFG_TARGET_ARCH").unwrap() == "riscv32";
    let map = if riscv { "memory/riscv-virt.x" } else { "memory/cortex-m.x" };
    fs::copy(map, out.join("memory.x")).unwrap();
    println!("cargo:rerun-if-changed={map}");
    println!("cargo:rustc-link-search={}", out.display());
    if riscv {
        println!("cargo:rustc-link-arg-bins=-Tmemory.x");
    }
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    println!("cargo:rustc-check-cfg=cfg(target_board, values(\"microbit\"))");
    if env::var("TARGET").unwrap() == "thumbv6m-none-eabi" {
        println!("cargo:rustc-cfg=target_board=\"microbit\"");
    }
}
