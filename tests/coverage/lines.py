"""Prints how many lines of src ran, by file and in total, from the LCOV that llvm-cov exports, and every line that did not.
Fails below the percentage of the second argument.

Test code does not count: what is behind `#[cfg(test)]`, and the files of TESTS.
"""

import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
least = float(sys.argv[1])
TESTS = ("src/client/explore/", "src/diagrams.rs")

lines, path = {}, None
for record in sys.stdin:
    kind, _, value = record.strip().partition(":")
    if kind == "SF":
        path = value.removeprefix(f"{root}/")
    elif kind == "DA" and path.startswith("src/") and not path.startswith(TESTS):
        number, count = value.split(",")[:2]
        of_file = lines.setdefault(path, {})
        of_file[int(number)] = max(of_file.get(int(number), 0), int(count))


def test_lines(source):
    """The numbers of the lines of every item behind `#[cfg(test)]` or `#[cfg(all(test, ..))]`."""
    numbers, inside = set(), False
    for number, line in enumerate(source, 1):
        inside = inside or re.match(r"#\[cfg\((all\()?test\b", line) is not None
        if inside:
            numbers.add(number)
        inside = inside and not re.match(r"\}|[^#\s].*;$", line)
    return numbers


ran, all_lines, missing = 0, 0, []
for path, of_file in sorted(lines.items()):
    text = (root / path).read_text().splitlines()
    tests = test_lines(text)
    counted = {number: count for number, count in of_file.items() if number not in tests}
    hit = sum(count > 0 for count in counted.values())
    ran, all_lines = ran + hit, all_lines + len(counted)
    if counted:
        print(f"{100 * hit / len(counted):6.1f} %  {hit:4} of {len(counted):4}  {path}")
    missing += [f"{path}:{number}: {text[number - 1].strip()}" for number, count in sorted(counted.items()) if not count]

print("\nlines that did not run:", *missing, sep="\n    ")
total = 100 * ran / all_lines
print(f"\n{total:.2f} % of the lines of src ran: {ran} of {all_lines}, {len(missing)} did not")
sys.exit(f"less than {least} %" if total < least else None)
