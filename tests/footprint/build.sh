# Builds the images of this folder. Sourced, from anywhere.
#
#     footprint_build PROFILE TARGET IMAGE [FEATURES]     prints the path of the image

FOOTPRINT="$ROOT/tests/footprint"

# The final binary chooses the form of SHA-256: the compact one has a fifth of the bytes and 70 % more instructions.
COMPACT_SHA='--cfg sha2_backend="soft" --cfg sha2_backend_soft="compact"'

footprint_build() {
    local profile="$1" target="$2" image="$3" features="${4:-}" output
    output="$(cross_output "$target")"
    [[ "$output" == /* ]] || output="$FOOTPRINT/$output"
    (
        cd "$FOOTPRINT"
        # With `&&`, because in a condition bash continues after a failure.
        RUSTFLAGS="$COMPACT_SHA" cross_cargo "$target" build --quiet --profile "$profile" --bin "$image" \
            --features "$features" >&2 &&
            printf '%s/%s/%s\n' "$output" "$profile" "$image"
    )
}
