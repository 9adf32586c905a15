#!/usr/bin/env bash
# Installs kosoku, which runs the cases of the Autobahn suite, and prints the path of its program.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

PLACE="$CACHE/kosoku"
locked kosoku

command -v python3 >/dev/null && python3 -c 'import ensurepip' 2>/dev/null || apt_install python3 python3-venv

if ! "$PLACE/bin/kosoku" --help >/dev/null 2>&1; then
    say "installing kosoku"
    rm -rf "$PLACE"
    python3 -m venv "$PLACE"
    "$PLACE/bin/pip" install --quiet --disable-pip-version-check --no-deps kosoku==0.1.0 >&2 </dev/null
fi
printf '%s\n' "$PLACE/bin/kosoku"
