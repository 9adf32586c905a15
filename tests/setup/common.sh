# Functions that the setup scripts share. Sourced, never run.
#
# Large tools are kept outside the work tree: a fresh clone finds them, and `git clean` does not remove them.

# A failure inside $(...) also ends the script.
shopt -s inherit_errexit

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/pusher-proto"
mkdir -p "$CACHE"

# Progress goes to stderr: the stdout of a setup script is its result (a directory, the path of a binary).
say() { printf '%s\n' "$*" >&2; }

# Returns whether nothing may be skipped. CI systems set CI to "true" or "1".
in_ci() { [[ -n "${CI:-}" && "${CI:-}" != false && "${CI:-}" != 0 ]]; }

as_root() {
    if [[ "$(id -u)" == 0 ]]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null; then
        sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
    else
        say "this needs root or sudo without a password: $*"
        return 1
    fi
}

is_installed() { [[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]; }

# Package lists older than a day may name versions that the mirror has dropped.
refresh_apt() {
    local stamp="$CACHE/apt-lists-refreshed"
    if [[ -n "$(find "$stamp" -mtime -1 2>/dev/null)" ]] && compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null; then
        return
    fi
    say "refreshing apt's package lists"
    as_root apt-get update -q >&2 </dev/null
    touch "$stamp"
}

# apt_install PACKAGE...: installs the missing packages and prints their names. Never removes a package.
apt_install() {
    local missing=() package
    for package in "$@"; do is_installed "$package" || missing+=("$package"); done
    [[ ${#missing[@]} == 0 ]] && return
    command -v apt-get >/dev/null || { say "not a Debian system, install by hand: ${missing[*]}"; return 1; }
    # Two setup scripts may run at once.
    (
        flock 9
        refresh_apt
        say "installing Debian packages: ${missing[*]}"
        as_root apt-get install -q -y --no-install-recommends --no-remove -o DPkg::Lock::Timeout=600 "${missing[@]}" >&2 </dev/null
    ) 9>"$CACHE/apt.lock"
}

# locked NAME: holds a lock until the calling script ends, so that two runs never build the same tool at once.
locked() {
    exec {LOCK}>"$CACHE/$1.lock"
    flock "$LOCK"
}

# at_once FUNCTION ARGUMENT...: calls the function with each argument in parallel, and prints their output in the order
# of the arguments. Fails if one call fails.
at_once() {
    local function="$1" directory argument index=0 status=0 calls=()
    shift
    directory="$(mktemp -d)"
    for argument in "$@"; do
        (set -euo pipefail && "$function" "$argument") >"$directory/$argument" </dev/null &
        calls+=($!)
    done
    for argument in "$@"; do
        wait "${calls[index]}" || status=$?
        index=$((index + 1))
        cat "$directory/$argument"
    done
    rm -rf "$directory"
    return "$status"
}

# left_out WHAT...: records in one line what this machine cannot run. In CI this is a failure.
left_out() {
    if in_ci; then
        say "nothing may be left out in CI: $*"
        return 1
    fi
    say "left out: $*"
    [[ -z "${LEFT_OUT_LIST:-}" ]] || printf '%s\n' "$*" >>"$LEFT_OUT_LIST"
}
