# Formatting of the crate and of the small crates under tests/ outside its workspace, and the length of comments.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

find . -name Cargo.toml -not -path '*/target/*' -not -path '*/node_modules/*' | sort | while read -r manifest; do
    cargo fmt --check --manifest-path "$manifest"
done

# rustfmt leaves comments alone. A comment has at most 120 characters. Left out: lines with a URL and rows of tables.
find . \( -name target -o -name node_modules -o -name .git \) -prune \
    -o \( -name '*.rs' -o -name '*.sh' -o -name '*.py' \) -print | sort | python3 -c '
import re, sys
long = []
for path in sys.stdin.read().split():
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.rstrip("\n")
        if len(line) <= 120 or "http" in line:
            continue
        if re.match(r"\s*(//|#)", line) and not re.match(r"\s*(//[/!]?|#) *\|", line):
            long.append(f"{path}:{number}: a comment of {len(line)} characters")
sys.exit("\n".join(long) or 0)'
