#!/usr/bin/env bash
# Installs the C compiler for the host, with its sanitizers, and CMake and pkg-config for the C interface.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

command -v gcc >/dev/null || apt_install gcc libc6-dev
command -v cmake >/dev/null || apt_install cmake make
command -v pkg-config >/dev/null || apt_install pkg-config
# ASan comes with gcc, except on few machines.
printf 'int main(void) { return 0; }\n' | gcc -fsanitize=address,undefined -x c -o /dev/null - || apt_install libasan8 libubsan1
