# What `fuzz/src/targets` implies: the table, binaries and options of the fuzz targets, and the list in
# `fuzz/README.md`.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

UPDATE_DOCS=1 cargo test --quiet --all-features --test fuzz_targets
