# Clippy with every feature set, so that code behind a feature is linted alone as well.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$ROOT/tests/setup/features.sh"

# So that the step does not wait for the tests, which build at the same time.
export CARGO_TARGET_DIR="$ROOT/target/lints"

grep -q '^rust-version = "1.88"$' Cargo.toml || { say "Cargo.toml does not declare the oldest Rust version, 1.88"; exit 1; }

feature_sets | while read -r features; do
    echo "-- cargo clippy $features"
    cargo clippy --quiet --all-targets $features -- -D warnings </dev/null
done

# `--all-targets` skips the test targets that plain `cargo test` does not run.
mapfile -t LEFT < <(cargo metadata --no-deps --format-version 1 | python3 -c '
import json, sys
for target in json.load(sys.stdin)["packages"][0]["targets"]:
    if target["kind"] == ["test"] and not target["test"]:
        print("--test", target["name"], sep="\n")')
((${#LEFT[@]} >= 18)) || { say "only these live tests: ${LEFT[*]}"; exit 1; }
echo "-- cargo clippy --all-features ${LEFT[*]}"
cargo clippy --quiet --all-features "${LEFT[@]}" -- -D warnings

# The pedantic lints apply to the library. These are off, each for a reason:
OFF=(
    cast_possible_truncation    # the line above checks the range, or the truncation is intended
    default_trait_access        # the type is an alias in another crate, with a long name
    doc_markdown                # mistakes names such as SockJS for items
    inline_always               # measured: docs/performance.md
    many_single_char_names      # the registers of SHA-1 and the digits of an escape have such names
    match_same_arms             # a transition table has a row for each reason, not for each result
    must_use_candidate          # set where dropping a value is a mistake; on every getter it would be noise
    needless_bitwise_bool       # without a branch the loop becomes vector code
    needless_pass_by_value      # intended: the value cannot be used twice
    single_match_else           # a `match` with two arms shows both cases alike
    struct_field_names          # `slots` of `Slots`, `client_events` of `Client`
    trivially_copy_pass_by_ref  # the functions are passed to iterators over references
    unnecessary_wraps           # the signatures are those of a trait of serde
)
echo "-- cargo clippy --lib, pedantic"
cargo clippy --quiet --lib --all-features -- -D clippy::pedantic "${OFF[@]/#/-Aclippy::}"
