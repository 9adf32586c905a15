#!/usr/bin/env bash
# Makes QEMU's boards available. Run it to install QEMU; source it for `run_board`.
#
#     run_board TARGET IMAGE SECONDS [QEMU-ARGUMENT...]
#
# Runs a firmware image on the board for that target until it exits by semihosting, for at most SECONDS. Returns the
# status of the image, or 124 on a timeout. An error of QEMU, such as a missing file, returns 1, as a panic does.
# Callers therefore also check a printed line.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

QEMU_PACKAGES=(qemu-system-arm qemu-system-misc)
QEMU_BESIDE="$CACHE/qemu"

# Debian's packages require the `qemu-utils` of the same version: they would remove an installed one of another version.
qemu_needs_removals() { ! apt-get install -s -q --no-install-recommends --no-remove "${QEMU_PACKAGES[@]}" >/dev/null 2>&1; }

# The dependencies of the packages, without QEMU's packages. Of alternatives, the first.
qemu_libraries() {
    apt-cache depends --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@" |
        sed -n 's/^ *|\{0,1\}Depends: \([^<]*\)$/\1/p' | grep -v '^qemu-' | sort -u
}

unpack_qemu_beside() {
    local packages=("${QEMU_PACKAGES[@]}" qemu-system-data qemu-system-common) libraries file
    say "another qemu-utils is installed: unpacking QEMU into the cache instead"
    mapfile -t libraries < <(qemu_libraries "${packages[@]}")
    apt_install "${libraries[@]}"
    rm -rf "$QEMU_BESIDE.new"
    mkdir -p "$QEMU_BESIDE.new/packages"
    (
        cd "$QEMU_BESIDE.new/packages"
        # apt drops its privileges to a user that may not write here.
        apt-get download -q -o APT::Sandbox::User=root "${packages[@]}" >&2 </dev/null
        for file in *.deb; do dpkg -x "$file" ..; done
    )
    rm -rf "$QEMU_BESIDE.new/packages"
    mv "$QEMU_BESIDE.new" "$QEMU_BESIDE"
}

qemu_program() {
    if [[ -x "$QEMU_BESIDE/usr/bin/$1" ]]; then echo "$QEMU_BESIDE/usr/bin/$1"; else command -v "$1"; fi
}

qemu_works() { local program; program="$(qemu_program "$1")" && "$program" --version >/dev/null 2>&1; }

prepare_qemu() {
    qemu_works qemu-system-arm && qemu_works qemu-system-riscv32 && return
    command -v apt-get >/dev/null || { say "not a Debian system, install QEMU for arm and riscv32 by hand"; return 1; }
    refresh_apt
    # Removes an unpacked QEMU whose libraries this machine lacks.
    rm -rf "$QEMU_BESIDE"
    if qemu_needs_removals; then unpack_qemu_beside; else apt_install "${QEMU_PACKAGES[@]}"; fi
    qemu_works qemu-system-arm && qemu_works qemu-system-riscv32
}

# The memory map of each board is in tests/firmware/memory. With `-icount shift=10` QEMU's clock advances by 1,024 ns
# per instruction, so the counters of the boards are exact and reproducible.
run_board() {
    local target="$1" image="$2" seconds="$3" program=qemu-system-arm board data=()
    shift 3
    case "$target" in
        thumbv6m-none-eabi) board=(-machine microbit) ;;
        thumbv7em-none-eabi | thumbv7em-none-eabihf) board=(-machine mps2-an386) ;;
        riscv32imc-unknown-none-elf)
            program=qemu-system-riscv32
            board=(-machine virt -bios none)
            ;;
        *) say "no board for $target"; return 2 ;;
    esac
    [[ ! -d "$QEMU_BESIDE" ]] || data=(-L "$QEMU_BESIDE/usr/share/qemu")
    timeout --kill-after=5 "$seconds" "$(qemu_program "$program")" "${data[@]}" "${board[@]}" -display none -monitor none \
        -semihosting-config enable=on,target=native -kernel "$image" "$@" </dev/null
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then
    locked qemu
    prepare_qemu
fi
