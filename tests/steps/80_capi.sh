# The C interface: its header is current, no panic can be reached from any function, and wrong calls are errors.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/cross.sh"
cd "$ROOT/capi"

cargo clippy --quiet --all-targets -- -D warnings
cargo clippy --quiet --no-default-features --features std,capacity-8x64 -- -D warnings
cargo test --quiet --lib
# Miri needs a nightly compiler, and checks each unsafe block that the unit tests execute: 10 seconds.
if cargo +nightly miri --version >/dev/null 2>&1; then
    cargo +nightly miri test --quiet --lib
else
    echo "-- the unit tests are not interpreted: no nightly compiler with Miri"
fi

HEADER=include/pusher_proto.h
if CBINDGEN="$(bash "$ROOT/tests/setup/cbindgen.sh")"; then
    "$CBINDGEN" --quiet --config cbindgen.toml . | diff -u --label "$HEADER" --label 'the source' "$HEADER" - ||
        { say "the C header is out of date: tests/run.sh --update header"; exit 1; }
else
    left_out "whether the C header is current: cbindgen could not be built"
fi
python3 tests/header.py "$HEADER"

if bash "$ROOT/tests/setup/c.sh"; then
    cargo rustc --quiet --release --crate-type staticlib
    for language in 'gcc -std=c99 -x c' 'gcc -std=c11 -x c' 'g++ -std=c++17 -x c++'; do
        ! command -v "${language%% *}" >/dev/null || $language -Wall -Wextra -Wpedantic -Werror -fsyntax-only "$HEADER"
    done
    for encrypted in 0 1; do gcc -std=c11 -DPUSHER_ENCRYPTED=$encrypted -fsyntax-only -Iinclude tests/sizes.c; done
    bash tests/host.sh misuse "$ROOT/capi/tests/misuse.c"
    target/host/misuse
    bash tests/host.sh fuzz "$ROOT/capi/tests/fuzz.c"
    target/host/fuzz "${FUZZ_RUNS:-$([[ -n "${LONG:-}" ]] && echo 20000000 || echo 300000)}"
    # The sanitizers see what C does; valgrind sees the library too.
    if command -v valgrind >/dev/null || apt_install valgrind; then
        gcc -std=c11 -g -O1 -Iinclude tests/fuzz.c target/release/libpusher_proto_c.a -Wl,--gc-sections -o target/host/fuzz_plain
        valgrind --quiet --error-exitcode=1 target/host/fuzz_plain 1500
    else
        left_out "the C library under valgrind: it could not be installed"
    fi
    # The program for lwIP, over lwIP as Debian has it, whose options for this machine lack both.
    if [[ -d /usr/include/lwip ]] || apt_install liblwip-dev; then
        bash tests/host.sh lwip "$ROOT/capi/tests/lwip_run.c" -isystem /usr/include/lwip -DSSIZE_MAX=LONG_MAX -DLWIP_DNS=1 -llwip
        target/host/lwip
    else
        left_out "the program for lwIP: no liblwip-dev"
    fi
    # A project that uses CMake, and one that uses pkg-config.
    bash tests/build_systems.sh
else
    left_out "programs in C: no compiler"
fi

# The header and its sizes, by a C compiler for each processor. The library asserts the same sizes in Rust.
syntax_only() {
    for encrypted in 0 1; do
        "$@" -std=c11 -ffreestanding -Wall -Wextra -Werror -DPUSHER_ENCRYPTED=$encrypted -fsyntax-only -Iinclude tests/sizes.c
    done
}
if command -v arm-none-eabi-gcc >/dev/null || apt_install gcc-arm-none-eabi; then
    syntax_only arm-none-eabi-gcc -mcpu=cortex-m0 -mthumb
    syntax_only arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb
else
    left_out "the sizes of the header on ARM: no arm-none-eabi-gcc"
fi
if command -v riscv64-unknown-elf-gcc >/dev/null || apt_install gcc-riscv64-unknown-elf; then
    syntax_only riscv64-unknown-elf-gcc -march=rv32imc -mabi=ilp32
else
    left_out "the sizes of the header on RISC-V: no riscv64-unknown-elf-gcc"
fi

bash "$ROOT/tests/setup/cross.sh" || { left_out "the proof that nothing panics in C: no compiler for bare metal"; exit 0; }
mapfile -t FUNCTIONS < <(python3 tests/header.py --functions "$HEADER")

# linked TARGET PROFILE CFG FUNCTION..: whether the functions link without a panic.
linked() {
    local target="$1" profile="$2" cfg="$3" output emulation=armelf
    shift 3
    [[ "$target" != riscv32* ]] || emulation=elf32lriscv
    output="$(cross_output "$target")"
    RUSTFLAGS="--cfg sha2_backend=\"soft\" --cfg sha2_backend_soft=\"compact\" $cfg" cross_cargo "$target" rustc --quiet \
        --profile "$profile" --crate-type staticlib || return
    # A symbol that nothing defines is an error: there is no other library.
    ld.lld -m $emulation --gc-sections --entry=0 "${@/#/--undefined=}" "$output/$profile/libpusher_proto_c.a" -o "$output/$profile/proof" &&
        python3 tests/proof.py "$output/$profile/proof" "$@"
}

proof() {
    local target="$1" profile planted
    export CARGO_TARGET_DIR="target/proof-$target"
    for profile in release fast; do
        echo "-- $target $profile: ${#FUNCTIONS[@]} functions"
        linked "$target" "$profile" '--cfg pusher_panic_proof' "${FUNCTIONS[@]}"
    done
    # The check must fail on a planted panic, and for no other reason.
    export CARGO_TARGET_DIR="target/planted-$target"
    if planted="$(linked "$target" fast '--cfg pusher_panic_proof --cfg pusher_planted_panic' pusher_planted_panic 2>&1)"; then
        say "a library with a panic in it links"
        exit 1
    fi
    grep -q 'undefined symbol: a_panic_can_be_reached' <<<"$planted" || { say "$planted"; exit 1; }
}

at_once proof thumbv6m-none-eabi thumbv7em-none-eabi riscv32imc-unknown-none-elf
