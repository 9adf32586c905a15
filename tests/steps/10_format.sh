# Formatting of the crate and of the small crates under tests/ outside its workspace, and the length of lines of prose.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

find . -name Cargo.toml -not -path '*/target/*' -not -path '*/node_modules/*' | sort | while read -r manifest; do
    cargo fmt --check --manifest-path "$manifest"
done

# rustfmt leaves comments alone. A line of a comment or of a document has at most 120 characters. Left out: lines with a
# URL, tables, programs, pictures, the targets of links, and three generated documents.
find . \( -name target -o -name node_modules -o -name .git \
    -o -path ./docs/compatibility.md -o -path ./docs/footprint.md -o -path ./docs/states.md \) -prune \
    -o \( -name '*.rs' -o -name '*.sh' -o -name '*.py' -o -name '*.md' \) -print | sort | python3 -c '
import re, sys
long = []
for path in sys.stdin.read().split():
    is_document, in_program = path.endswith(".md"), False
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.rstrip("\n")
        if is_document and line.lstrip().startswith("```"):
            in_program = not in_program
        if len(line) <= 120 or "http" in line or in_program:
            continue
        if is_document:
            is_prose = not re.match(r"\s*(\||<|!\[|\[[^\]]+\]: )", line)
        else:
            is_prose = re.match(r"\s*(//|#)", line) and not re.match(r"\s*(//[/!]?|#) *\|", line)
        if is_prose:
            long.append(f"{path}:{number}: {len(line)} characters")
sys.exit("\n".join(long) or 0)'
