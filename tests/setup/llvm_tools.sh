#!/usr/bin/env bash
# Prints the directory of an llvm-profdata and an llvm-cov that read what this rustc writes: those of rustup, or
# Debian's LLVM of the same major version.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cd "$ROOT"
RUSTUP="$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin"
[[ -x "$RUSTUP/llvm-cov" ]] || rustup component add llvm-tools >&2 </dev/null || true
if [[ -x "$RUSTUP/llvm-cov" ]]; then
    echo "$RUSTUP"
else
    MAJOR="$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')"
    apt_install "llvm-$MAJOR"
    echo "/usr/lib/llvm-$MAJOR/bin"
fi
