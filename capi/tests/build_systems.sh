#!/usr/bin/env bash
# Installs the library by CMake below target/, and compiles a program by pkg-config and one by CMake.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

place="$PWD/target/cmake"
mkdir -p "$place/user"
{
    cmake -S . -B "$place/library" -DPUSHER_CARGO_OUTPUT="$PWD/target"
    cmake --build "$place/library"
    cmake --install "$place/library" --prefix "$place/prefix"
} >"$place/log" 2>&1 || { cat "$place/log" >&2; exit 1; }
export PKG_CONFIG_PATH="$place/prefix/lib/pkgconfig"
# shellcheck disable=SC2046
gcc -std=c11 -Wall -Werror examples/monitor.c $(pkg-config --cflags --libs pusher_proto) -o "$place/monitor"

cat >"$place/user/CMakeLists.txt" <<EOT
cmake_minimum_required(VERSION 3.16)
project(user LANGUAGES C)
add_subdirectory($PWD pusher_proto)
add_executable(monitor $PWD/examples/monitor.c)
target_link_libraries(monitor PRIVATE pusher_proto)
EOT
{
    cmake -S "$place/user" -B "$place/user/build" -DPUSHER_CARGO_OUTPUT="$PWD/target"
    cmake --build "$place/user/build"
} >"$place/log" 2>&1 || { cat "$place/log" >&2; exit 1; }
echo "programs by CMake and by pkg-config"
