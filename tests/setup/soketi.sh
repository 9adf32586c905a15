#!/usr/bin/env bash
# Installs soketi, a Pusher server for Node, as a test peer, and prints its directory.
#
# soketi depends on uWebSockets.js by a git address. The package `uwebsockets` contains the same prebuilt binaries, and
# `overrides` in package.json substitutes it. The lock file pins every package by its integrity hash.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

PINS="$ROOT/tests/peers/soketi"
PLACE="$CACHE/soketi"
locked soketi

node_is_new_enough() { command -v node >/dev/null && (($(node -p 'process.versions.node.split(".")[0]') >= 18)); }

node_is_new_enough || apt_install nodejs
command -v npm >/dev/null || apt_install npm
node_is_new_enough || { say "soketi needs Node 18 or newer, found $(node --version)"; exit 1; }

# The installed binary fits one version of Node, so the stamp contains it.
ABI="$(node -p '[process.platform, process.arch, process.versions.modules].join("_")')"
STAMP="$PLACE/complete-$ABI-$(cat "$PINS/package.json" "$PINS/package-lock.json" | sha256sum | cut -c 1-16)"

if [[ ! -e "$STAMP" ]]; then
    say "installing soketi from its lock file"
    rm -rf "$PLACE"
    mkdir -p "$PLACE"
    cp "$PINS/package.json" "$PINS/package-lock.json" "$PLACE/"
    (cd "$PLACE" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 </dev/null)
    # Removes the prebuilt binaries for other systems and versions of Node, which are most of the download.
    find "$PLACE/node_modules/uWebSockets.js" -name '*.node' ! -name "uws_$ABI.node" -delete
    [[ -e "$PLACE/node_modules/uWebSockets.js/uws_$ABI.node" ]] || { say "no uWebSockets.js binary for $ABI"; exit 1; }
    touch "$STAMP"
fi
printf '%s\n' "$PLACE"
