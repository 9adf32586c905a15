#!/usr/bin/env bash
# Installs pusher-js, the reference client, and prints its directory.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

PINS="$ROOT/tests/live/pusher-js"
PLACE="$CACHE/pusher-js"
locked pusher-js

node_is_new_enough() { command -v node >/dev/null && (($(node -p 'process.versions.node.split(".")[0]') >= 18)); }

node_is_new_enough || apt_install nodejs
command -v npm >/dev/null || apt_install npm
node_is_new_enough || { say "pusher-js needs Node 18 or newer, found $(node --version)"; exit 1; }

STAMP="$PLACE/complete-$(cat "$PINS/package.json" "$PINS/package-lock.json" | sha256sum | cut -c 1-16)"

if [[ ! -e "$STAMP" ]]; then
    say "installing pusher-js from its lock file"
    rm -rf "$PLACE"
    mkdir -p "$PLACE"
    cp "$PINS/package.json" "$PINS/package-lock.json" "$PLACE/"
    (cd "$PLACE" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 </dev/null)
    touch "$STAMP"
fi
printf '%s\n' "$PLACE"
