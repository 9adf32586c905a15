#!/usr/bin/env bash
# Makes the bare-metal targets available. Run it to prepare them all; source it for `cross_cargo`.
#
#     cross_cargo TARGET SUBCOMMAND ARGUMENT...     as `cargo SUBCOMMAND --target TARGET ARGUMENT...`
#     cross_output TARGET                           prints its output directory, below the current crate
#     cross_version TARGET                          prints the version of its compiler
#
# A target that the active toolchain has (`rustup target add`) is used as it is. For any other, Debian's compiler builds
# `core` from Debian's sources, once, into a sysroot in the cache. That sysroot holds only `core`: a crate that uses
# `alloc` or `std` does not compile against it. With CROSS_ALLOC set, it is another sysroot, with `alloc`, for the chip
# whose radio needs it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

CROSS_TARGETS=(thumbv6m-none-eabi thumbv7em-none-eabi thumbv7em-none-eabihf riscv32imc-unknown-none-elf wasm32-unknown-unknown)
[[ -z "${CROSS_ALLOC:-}" ]] || CROSS_TARGETS=(riscv32imc-unknown-none-elf)
CROSS_PACKAGES=(rustc-web cargo-web rust-web-src libstd-rust-web-dev lld binutils-arm-none-eabi)

toolchain_has() { compgen -G "$(rustc --print target-libdir --target "$1" 2>/dev/null)/libcore-*.rlib" >/dev/null; }

# The sysroot belongs to one build of one compiler, because no other can read its metadata.
cross_sysroot() { printf '%s/cross-%s%s\n' "$CACHE" "$(/usr/bin/rustc --version --verbose | sha256sum | cut -c 1-16)" "${CROSS_ALLOC:+-alloc}"; }

# Debian's compiler looks for targets in its installation; this wrapper makes it look in the cache. There, a link to the
# library of the host serves build scripts and macros.
write_cross_rustc() {
    local sysroot="$1" host
    host="$(/usr/bin/rustc --print host-tuple)"
    mkdir -p "$sysroot/bin" "$sysroot/lib/rustlib"
    ln -sfn "/usr/lib/rustlib/$host" "$sysroot/lib/rustlib/$host"
    # Replaced by a rename, because another run may be reading it.
    printf '#!/bin/sh\nexec /usr/bin/rustc --sysroot "%s" "$@"\n' "$sysroot" >"$sysroot/bin/rustc.new"
    chmod +x "$sysroot/bin/rustc.new"
    mv "$sysroot/bin/rustc.new" "$sysroot/bin/rustc"
}

# build_core SYSROOT TARGET...
build_core() {
    local sysroot="$1" work target
    shift
    work="$(mktemp -d "$CACHE/core.XXXXXX")"
    mkdir "$work/src"
    echo '#![no_std]' >"$work/src/lib.rs"
    printf '[package]\nname = "empty"\nedition = "2024"\n[workspace]\n[profile.release]\npanic = "abort"\n' >"$work/Cargo.toml"
    # Without bitcode in `core`, link-time optimisation over the whole image fails.
    (
        cd "$work"
        RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS='-C embed-bitcode=yes' CARGO_TARGET_DIR="$work/target" nice -n 5 \
            /usr/bin/cargo build --release -Z "build-std=core${CROSS_ALLOC:+,alloc}" "${@/#/--target=}" >&2 </dev/null
    )
    for target in "$@"; do
        mkdir -p "$sysroot/lib/rustlib/$target"
        rm -rf "$sysroot/lib/rustlib/$target/lib"
        mkdir "$sysroot/lib/rustlib/$target/lib"
        cp "$work/target/$target"/release/deps/lib{core,compiler_builtins}-*.rlib "$sysroot/lib/rustlib/$target/lib/"
        [[ -z "${CROSS_ALLOC:-}" ]] || cp "$work/target/$target"/release/deps/liballoc-*.rlib "$sysroot/lib/rustlib/$target/lib/"
        touch "$sysroot/complete-$target"
    done
    rm -rf "$work"
}

prepare_cross_targets() {
    local wanted=() missing=() target sysroot
    for target in "${CROSS_TARGETS[@]}"; do toolchain_has "$target" || wanted+=("$target"); done
    [[ ${#wanted[@]} == 0 ]] && return
    apt_install "${CROSS_PACKAGES[@]}" || { say "or: rustup target add ${wanted[*]}"; return 1; }
    sysroot="$(cross_sysroot)"
    for target in "${wanted[@]}"; do [[ -e "$sysroot/complete-$target" ]] || missing+=("$target"); done
    [[ ${#missing[@]} == 0 ]] && return
    say "building core${CROSS_ALLOC:+ and alloc} for ${missing[*]}"
    write_cross_rustc "$sysroot"
    build_core "$sysroot" "${missing[@]}"
}

# Debian's compiler has a separate target directory: two compilers in one would invalidate each other's cache.
cross_output() {
    local directory="${CARGO_TARGET_DIR:-target}"
    toolchain_has "$1" || directory="$directory/cross"
    printf '%s\n' "$directory/$1"
}

# Prints the version of the compiler for a target.
cross_version() { if toolchain_has "$1"; then rustc --version; else /usr/bin/rustc --version; fi; }

cross_cargo() {
    local target="$1" subcommand="$2" linker=ld.lld variable
    shift 2
    if toolchain_has "$target"; then
        cargo "$subcommand" --target "$target" "$@"
        return
    fi
    # Debian ships no rust-lld, the linker that these targets name.
    [[ "$target" == wasm32-* ]] && linker=wasm-ld
    variable="${target^^}"
    env "RUSTC=$(cross_sysroot)/bin/rustc" "CARGO_TARGET_${variable//-/_}_LINKER=$linker" \
        "CARGO_TARGET_DIR=$(dirname "$(cross_output "$target")")" /usr/bin/cargo "$subcommand" --target "$target" "$@"
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then
    locked cross
    prepare_cross_targets
fi
