# Formatting of the crate and of the small crates under tests/ outside its workspace.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

find . -name Cargo.toml -not -path '*/target/*' -not -path '*/node_modules/*' | sort | while read -r manifest; do
    cargo fmt --check --manifest-path "$manifest"
done
