#!/usr/bin/env bash
# Cargo's RUSTC_WORKSPACE_WRAPPER: compiles this crate so that it counts what runs, and its dependencies as ever.
exec "$@" -C instrument-coverage
