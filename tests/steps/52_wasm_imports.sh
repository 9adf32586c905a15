# A WebAssembly module of the crate has no imports: the crate uses no clock, socket or random numbers of its host.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/features.sh"
source "$ROOT/tests/setup/cross.sh"

bash "$ROOT/tests/setup/cross.sh" || { left_out "the WebAssembly module: no compiler for it"; exit 0; }
cd "$ROOT/tests/wasm"
TARGET=wasm32-unknown-unknown

# imports [RUSTC-ARGUMENT...]: builds the module with all features of the crate that fit a device, lists its imports.
imports() {
    local features
    features="$(feature_names device | sed 's|^|pusher-proto/|' | paste -sd ,)"
    cross_cargo "$TARGET" rustc --quiet --release --features "$features" -- "$@"
    python3 imports.py "$(cross_output "$TARGET")/release/wasm.wasm"
}

planted="$(imports --cfg planted_import)"
[[ "$planted" == "host clock" ]] || { say "the check did not find the planted import: '$planted'"; exit 1; }
found="$(imports)"
[[ -z "$found" ]] || { say "the module imports: $found"; exit 1; }
ls -l "$(cross_output "$TARGET")/release/wasm.wasm" | awk '{ print "no imports in a module of " $5 " bytes" }'
