#!/usr/bin/env bash
# Compiles a program in C with the sanitizers and links it with the library: target/host/NAME.
#
#     host.sh NAME SOURCE [OPTION..]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p target/host
gcc -std=c11 -Wall -Wextra -Werror -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -Iinclude "$2" \
    target/release/libpusher_proto_c.a "${@:3}" -o "target/host/$1"
