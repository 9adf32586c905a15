#!/usr/bin/env bash
# Installs angr, a symbolic executor for machine code, and prints the path of the Python that has it. 440 MB.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

PINS="$ROOT/tests/proof/requirements.txt"
PLACE="$CACHE/angr"
locked angr

command -v python3 >/dev/null && python3 -c 'import ensurepip' 2>/dev/null || apt_install python3 python3-venv

STAMP="$PLACE/complete-$(cat "$PINS" <(python3 --version) | sha256sum | cut -c 1-16)"

if [[ ! -e "$STAMP" ]]; then
    say "installing angr"
    rm -rf "$PLACE"
    python3 -m venv "$PLACE"
    "$PLACE/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$PINS" >&2 </dev/null
    touch "$STAMP"
fi
printf '%s\n' "$PLACE/bin/python"
